package identifier

import (
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// MaxRealName bounds a display name in code points.
const MaxRealName = 64

// ErrRealName is the error of a display name that is too long or cannot be shown.
var ErrRealName = errors.New("real name: too long, or with characters that cannot be shown")

// Bounds of the marks on one letter, in NFD. Many marks on one letter cover the text around it. The
// bound of marks that all scripts share (Unicode script Inherited) is lower than that of all marks:
// Greek and Vietnamese use at most three of them, while a Tibetan stack has up to eight marks.
const (
	maxNameCommonMarks = 4
	maxNameMarks       = 8
)

// ParseRealName returns a display name of any script in NFC. It refuses names that would
// disturb the text around them, because a name is shown to others: controls and invisible
// characters that change the direction of text or hide in it (Unicode categories Cc, Cf,
// Zl, Zp, Cs, Co), letters that look like a blank, names without a visible character, and
// too many marks on one letter. The joiners U+200C and U+200D are accepted after a
// character, since Persian and Indic names and emoji need them.
func ParseRealName(s string) (string, error) {
	s = norm.NFC.String(s)
	// check: real-name-visible
	if utf8.RuneCountInString(s) > MaxRealName || strings.ContainsFunc(s, hidden) || s != "" && !visible(s) || buried(s) {
		return "", ErrRealName
	}
	return s, nil
}

// hidden reports whether a character cannot be seen or changes the direction of others. The joiners
// and the Mongolian separator do not count as hidden, because names of some languages need them.
func hidden(r rune) bool {
	switch r {
	case '\u200c', '\u200d', mongolianSeparator:
		return false
	}
	// check: real-name-filler
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Cs, unicode.Co) || looksBlank(r)
}

// mongolianSeparator is the only formatting character (Cf) besides the joiners that
// names need.
const mongolianSeparator = '\u180e'

// looksBlank reports whether r is drawn as nothing or as a blank, although it is a
// letter, a mark or a symbol: the fillers of Hangul and of Khmer, the grapheme joiner,
// the empty Braille cell, and the ignorable code points that are not assigned yet.
func looksBlank(r rune) bool {
	return r == '\u2800' || unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r)
}

// visible reports whether s has a visible character, and has joiners and variation
// selectors only directly after a character that is not a blank.
func visible(s string) bool {
	drawn, before := false, ' '
	for _, r := range s {
		joined := r == '\u200d' && unicode.Is(unicode.Variation_Selector, before) // an emoji before another one
		switch {
		case !isInvisible(r):
			drawn = drawn || !unicode.IsSpace(r) && !unicode.Is(unicode.M, r)
			before = r
		case unicode.IsSpace(before) || isInvisible(before) && !joined:
			return false
		default:
			before = r
		}
	}
	return drawn
}

// isInvisible reports whether a character only changes the one before it.
func isInvisible(r rune) bool {
	return r == '\u200c' || r == '\u200d' || r == mongolianSeparator || unicode.Is(unicode.Variation_Selector, r)
}

// buried reports whether a character has more marks than any language writes.
func buried(s string) bool {
	// Counted from one base character to the next, in NFD, where every mark is separate.
	common, all := 0, 0
	for _, r := range norm.NFD.String(s) {
		switch {
		case unicode.Is(unicode.Variation_Selector, r):
		case !unicode.In(r, unicode.Mn, unicode.Me):
			common, all = 0, 0
		default:
			if all++; unicode.Is(unicode.Inherited, r) {
				common++
			}
		}
		if common > maxNameCommonMarks || all > maxNameMarks {
			return true
		}
	}
	return false
}
