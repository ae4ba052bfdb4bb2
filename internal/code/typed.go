package code

import (
	"strings"
	"unicode"
)

// digits is how many a code has.
const digits = 6

// read finds the code in what a person typed or pasted: its six decimal digits, of any
// script. All else is dropped, so "123 456", "１２３-４５６" and "Your code is 123456." are
// the same. It is not ok if there are fewer digits or more.
func read(typed string) (code string, ok bool) {
	var b strings.Builder
	for _, r := range typed {
		if !unicode.IsDigit(r) {
			continue
		}
		if b.Len() == digits {
			return "", false // more than one number: which of them is meant is not known
		}
		b.WriteByte('0' + value(r))
	}
	return b.String(), b.Len() == digits
}

// value is the value of a decimal digit. Unicode encodes the digits of each script as ten
// neighbors from zero on (The Unicode Standard, section 4.6), so the place within a range
// of the table gives it.
func value(r rune) byte {
	for _, t := range unicode.Nd.R16 {
		if lo, hi := rune(t.Lo), rune(t.Hi); lo <= r && r <= hi {
			return byte((r - lo) % 10)
		}
	}
	for _, t := range unicode.Nd.R32 {
		if lo, hi := rune(t.Lo), rune(t.Hi); lo <= r && r <= hi {
			return byte((r - lo) % 10)
		}
	}
	return 0
}
