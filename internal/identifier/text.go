package identifier

import (
	"errors"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// MaxText bounds a text of [ParseText] in code points.
const MaxText = 500

// ErrText is the error of a text that is too long or cannot be shown.
var ErrText = errors.New("text: too long, or with characters that cannot be shown")

// ParseText returns a text of several lines in NFC, with U+000A at the end of each line but the last. As in a
// display name, a line may have no hidden characters and not too many marks on one letter, because the text
// is shown beside those of others. It may have tabs, and may be empty. If it has nothing but spaces, tabs, ends of
// lines and U+3000, the result is "".
func ParseText(s string) (string, error) {
	s = norm.NFC.String(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(s))
	if utf8.RuneCountInString(s) > MaxText {
		return "", ErrText
	}
	for line := range strings.SplitSeq(s, "\n") {
		// The tab is a control character, but people type it.
		seen := strings.ReplaceAll(line, "\t", " ")
		if strings.ContainsFunc(seen, hidden) || buried(seen) {
			return "", ErrText
		}
	}
	if strings.Trim(s, " \t\n\u3000") == "" {
		return "", nil
	}
	return s, nil
}
