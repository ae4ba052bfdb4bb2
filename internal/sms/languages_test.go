package sms

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/enroll-project/enroll/internal/locale"
	"github.com/enroll-project/enroll/internal/wording"
)

// TestLanguages: each language of the product has each text, one of its own for each purpose. With the longest name
// each is one SMS.
func TestLanguages(t *testing.T) {
	t.Parallel()
	files, err := texts.ReadDir("text")
	if err != nil || len(files) != len(locale.All()) {
		t.Errorf("%d files of %d languages, %v", len(files), len(locale.All()), err)
	}
	name, seen := strings.Repeat("N", MaxName), map[string]string{}
	for _, tag := range locale.All() {
		for _, m := range []Message{
			{Code: "918273", Purpose: "register"}, {Code: "918273", Purpose: "login"}, {Code: "918273", Purpose: "reset"},
			{Code: "918273", Purpose: "change"}, {Code: "918273", Purpose: "other"},
			{Purpose: PhoneChanged}, {Purpose: PasswordChanged}, {Purpose: "other"},
		} {
			m.Locale, m.ExpiresIn = tag, 10*time.Minute
			text, err := Texts{Name: name}.Of(m)
			if err != nil {
				t.Fatal(err)
			}
			about := tag + ", " + m.Purpose
			units, n := wording.Segments(text)
			switch {
			case n != 1:
				t.Errorf("%s: %d characters are %d SMS: %s", about, units, n, text)
			case !strings.Contains(text, name) || m.Code != "" && strings.Count(text, "918273") != 1:
				t.Errorf("%s: without the name or the code: %s", about, text)
			case m.Code != "" && !strings.Contains(text, "10"):
				t.Errorf("%s: without the time: %s", about, text)
			case seen[text] != "":
				t.Errorf("%s has the text of %s: %s", about, seen[text], text)
			case strings.TrimSpace(text) != text || strings.ContainsAny(text, "\n{}"):
				t.Errorf("%s: %q", about, text)
			}
			seen[text] = about
		}
	}
	// An unknown language is a mistake of the code. It fails one message.
	if text, err := (Texts{Name: name}).Of(Message{Locale: "tlh", Code: "918273"}); err == nil {
		t.Errorf("an unknown language has the text %s", text)
	}
	if tags := slices.Sorted(slices.Values(locale.All())); len(slices.Compact(tags)) != len(locale.All()) {
		t.Error("a language is listed twice")
	}
}
