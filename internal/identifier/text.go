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

// ParseText returns a text of several lines in NFC, with U+000A at the end of each but the last. Each line
// keeps the rules of a display name about what can be seen, because the text is shown beside those of
// others; it may also have tabs, and be empty. A text of blanks only is the empty text.
func ParseText(s string) (string, error) {
	s = norm.NFC.String(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(s))
	if utf8.RuneCountInString(s) > MaxText {
		return "", ErrText
	}
	for line := range strings.SplitSeq(s, "\n") {
		// The tab is a control, but one that people type.
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
