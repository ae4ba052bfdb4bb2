package code

import (
	"strings"

	"github.com/enroll-project/enroll/internal/digit"
)

// Digits is the number of digits of a code.
const Digits = 6

// read finds the code in what a person typed or pasted: its six decimal digits, of any
// script. It ignores all other characters, so "123 456", "１２３-４５６" and "Your code is
// 123456." are the same. ok is false if there are fewer digits or more.
func read(typed string) (code string, ok bool) {
	var b strings.Builder
	for _, r := range typed {
		value, ok := digit.Value(r)
		if !ok {
			continue // check: code-separators
		}
		if b.Len() == Digits {
			return "", false // more than one number: the code may be any of them
		}
		b.WriteByte('0' + value)
	}
	return b.String(), b.Len() == Digits
}
