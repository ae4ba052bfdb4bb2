package wording

import (
	"strings"
	"unicode/utf16"
)

// MaxSegments is the most SMS that one text may need. Providers price each of them, and some networks lose messages of
// more parts.
const MaxSegments = 3

// MaxSpoken is the most characters of a text that a call speaks, about 20 seconds. The call speaks it twice.
const MaxSpoken = 300

// The default alphabet of 3GPP TS 23.038, section 6.2.1, and its extension, whose characters take two septets. A text
// with any other character is sent in UCS-2.
const (
	basic = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?" +
		"¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
	extension = "\f^{}\\[~]|€"
)

// Segments returns how many characters a text has on the air, and how many SMS it needs: one of 160 characters, or
// of 70 if a character is not in the default alphabet; otherwise parts of 153 or 67, because each has a header (3GPP TS
// 23.040, section 9.2.3.24.1). A character of two units is not split between two parts.
func Segments(text string) (units, segments int) {
	// A character of the extension is sent as two: an escape, and another character.
	one, part := 160, 153
	size := func(r rune) int { return 1 + min(strings.Count(extension, string(r)), 1) }
	if wide(text) {
		// A character beyond the basic plane, such as an emoji, is two units.
		one, part = 70, 67
		size = func(r rune) int { return utf16.RuneLen(r) }
	}
	// last is how many units the last part has. Parts are filled in order, as senders do.
	last := 0
	segments = 1
	for _, r := range text {
		n := size(r)
		if units += n; last+n > part {
			segments++
			last = 0
		}
		last += n
	}
	// One SMS has no header, so it is longer than a part.
	if units <= one {
		segments = 1
	}
	return units, segments
}

// wide reports whether a text has a character that is not in the default alphabet.
func wide(text string) bool {
	return strings.ContainsFunc(text, func(r rune) bool { return !strings.ContainsRune(basic+extension, r) })
}

// MaxRetrieved is the most bytes of an SMS that Google Play services hand to an app (Google's documents on the SMS
// Retriever).
const MaxRetrieved = 140

// Bytes returns the length of a text for the comparison with [MaxRetrieved]. Google does not say in which encoding it
// counts. A character of the default alphabet counts as one byte, although it has seven bits on the air, and each unit
// of UCS-2 as two.
func Bytes(text string) int {
	units, _ := Segments(text)
	if wide(text) {
		return 2 * units
	}
	return units
}
