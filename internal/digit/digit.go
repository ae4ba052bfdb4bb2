// Package digit reads the decimal digits of all writing systems. People type codes, phones
// and the digits of a captcha on the keyboard of their language. So ١٢٣ and 123 are the
// same number in codes, phones and captchas.
package digit

import "unicode"

// Value returns the value of a decimal digit, 0 to 9, of any script. ok is false for
// every other character, also for numerals that are not decimal digits, such as ① or 一.
//
// Unicode encodes the decimal digits of each script as ten neighbors from zero on (The
// Unicode Standard, section 4.6), so the place within a range of the table gives the
// value. A range may hold several sets of ten.
func Value(r rune) (value byte, ok bool) {
	// Most typed digits are ASCII, so this case comes first.
	if r <= unicode.MaxASCII {
		return byte(r - '0'), '0' <= r && r <= '9'
	}
	for _, t := range unicode.Nd.R16 {
		if lo, hi := rune(t.Lo), rune(t.Hi); lo <= r && r <= hi {
			return byte((r - lo) % 10), true // check: digit-scripts
		}
	}
	for _, t := range unicode.Nd.R32 {
		if lo, hi := rune(t.Lo), rune(t.Hi); lo <= r && r <= hi {
			return byte((r - lo) % 10), true
		}
	}
	return 0, false
}
