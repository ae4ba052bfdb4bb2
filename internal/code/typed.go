package code

import (
	"strings"

	"github.com/enroll-project/enroll/internal/digit"
)

// digits is how many a code has.
const digits = 6

// read finds the code in what a person typed or pasted: its six decimal digits, of any
// script. All else is dropped, so "123 456", "１２３-４５６" and "Your code is 123456." are
// the same. It is not ok if there are fewer digits or more.
func read(typed string) (code string, ok bool) {
	var b strings.Builder
	for _, r := range typed {
		value, ok := digit.Value(r)
		if !ok {
			continue
		}
		if b.Len() == digits {
			return "", false // more than one number: which of them is meant is not known
		}
		b.WriteByte('0' + value)
	}
	return b.String(), b.Len() == digits
}
