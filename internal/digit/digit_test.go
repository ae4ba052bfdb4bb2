//go:build !race

// One goroutine tries very many values, so the race detector would find nothing: tools/make/test.sh runs this
// without it.

package digit_test

import (
	"strings"
	"testing"
	"unicode"

	"golang.org/x/text/unicode/runenames"

	"github.com/enroll-project/enroll/internal/digit"
)

// TestValueOfEveryCharacter compares the values with the names of the characters, which end
// with them. Unicode's table of numeric values is not in the standard library.
func TestValueOfEveryCharacter(t *testing.T) {
	t.Parallel()
	words := strings.Fields("ZERO ONE TWO THREE FOUR FIVE SIX SEVEN EIGHT NINE")
	digits := 0
	for r := rune(0); r <= unicode.MaxRune; r++ {
		value, ok := digit.Value(r)
		if ok != unicode.IsDigit(r) {
			t.Errorf("%U: a digit: %t", r, ok)
		}
		if !ok {
			continue
		}
		digits++
		if name := runenames.Name(r); name != "" && !strings.HasSuffix(name, words[value]) {
			t.Errorf("%U %s has the value %d", r, name, value)
		}
	}
	if digits < 600 {
		t.Errorf("only %d digits, want at least 600", digits)
	}
}
