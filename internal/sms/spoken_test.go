package sms

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/enroll-project/enroll/internal/locale"
	"github.com/enroll-project/enroll/internal/wording"
)

// TestSpoken: each language has a text for each purpose, with the name once and the digits apart, and it is short.
// Twilio and Vonage have a voice for each.
func TestSpoken(t *testing.T) {
	t.Parallel()
	files, err := spokenTexts.ReadDir("spoken")
	if err != nil || len(files) != len(locale.All()) || len(twilioVoices) != len(locale.All()) {
		t.Errorf("%d files and %d voices of %d languages, %v", len(files), len(twilioVoices), len(locale.All()), err)
	}
	seen := map[string]string{}
	for _, tag := range locale.All() {
		for _, purpose := range []string{"register", "login", "reset", "change", "other"} {
			text, err := Texts{Name: "Enroll"}.Spoken(Message{Code: "918273", Purpose: purpose, Locale: tag, Voice: true})
			if err != nil {
				t.Fatal(err)
			}
			digits := ""
			for _, r := range text {
				if r >= '0' && r <= '9' {
					digits += string(r)
				}
			}
			about := tag + ", " + purpose
			switch {
			case digits != "918273" || strings.Contains(text, "91"):
				t.Errorf("%s: the digits are not apart: %s", about, text)
			case strings.Count(text, "Enroll") != 1 || strings.ContainsAny(text, "\n{}"):
				t.Errorf("%s: %q", about, text)
			case len([]rune(text)) > wording.MaxSpoken:
				t.Errorf("%s is too long: %s", about, text)
			case seen[text] != "":
				t.Errorf("%s has the text of %s: %s", about, seen[text], text)
			}
			seen[text] = about
		}
		if v := twilioVoices[tag]; v[0] == "" || v[1] == "" || vonageVoices[tag] == "" {
			t.Errorf("%s has no voice", tag)
		}
	}
	if text, err := (Texts{Name: "Enroll"}).Spoken(Message{Locale: "tlh", Code: "918273"}); err == nil {
		t.Errorf("an unknown language has the text %s", text)
	}
}

// TestSpokenByFile: an operator's file replaces the built-in text, that of the purpose before the general one. A file
// for SMS does not.
func TestSpokenByFile(t *testing.T) {
	t.Parallel()
	words, err := wording.Load(fstest.MapFS{
		"en/voice-code.txt":  {Data: []byte("Code {code}.")},
		"en/voice-login.txt": {Data: []byte("{name}, to log in: {code}.")},
		"en/sms-reset.txt":   {Data: []byte("{code}")},
	}, wording.Bounds{Locale: "en", Sites: []int64{1}, SMSName: "Shop", Code: "123456", Minutes: "10"})
	if err != nil {
		t.Fatal(err)
	}
	for purpose, want := range map[string]string{"login": "Shop, to log in: 1, 2.", "reset": "Code 1, 2."} {
		m := Message{Code: "12", Purpose: purpose, Locale: "en", SiteID: 1, Voice: true}
		if got, err := (Texts{Name: "Shop", Words: words}).Spoken(m); err != nil || got != want {
			t.Errorf("%s: %q, %v", purpose, got, err)
		}
	}
	for text, want := range map[string]string{
		"no code":                                "{code} is missing",
		"{code} for {minutes}":                   "is not a variable here",
		"{code}" + strings.Repeat(" again", 200): "a call would be too long",
	} {
		_, err := wording.Load(fstest.MapFS{"en/voice-code.txt": {Data: []byte(text)}},
			wording.Bounds{Locale: "en", Sites: []int64{1}, SMSName: "Shop"})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.20s: %v", text, err)
		}
	}
}
