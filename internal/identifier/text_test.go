package identifier

import (
	"errors"
	"strings"
	"testing"
)

// TestTexts: line breaks, tabs and full-width blanks stay. A text that has only blanks becomes "".
func TestTexts(t *testing.T) {
	t.Parallel()
	for sent, want := range map[string]string{
		"": "", " \n\t\u3000": "", "a": "a", "a\r\nb\rc\n": "a\nb\nc\n", "　　你好\t!": "　　你好\t!", "e\u0301": "é",
		"a\n\nb": "a\n\nb", "👩\u200d💻": "👩\u200d💻", strings.Repeat("好", 500): strings.Repeat("好", 500),
	} {
		if got, err := ParseText(sent); err != nil || got != want {
			t.Errorf("%q: %q, %v", sent, got, err)
		}
	}
	for _, sent := range []string{"a\x07", "a\u202eb", "a\nb\u200e", "a\u2028b", "\u2800", strings.Repeat("好", 501),
		"a" + strings.Repeat("\u0301", 20)} {
		if got, err := ParseText(sent); !errors.Is(err, ErrText) {
			t.Errorf("%q: %q, %v", sent, got, err)
		}
	}
}
