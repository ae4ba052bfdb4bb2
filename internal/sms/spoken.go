package sms

import (
	"embed"
	"errors"
	"fmt"
	"strings"
	"text/template"

	"github.com/enroll-project/enroll/internal/locale"
	"github.com/enroll-project/enroll/internal/wording"
)

//go:embed spoken/*.tmpl
var spokenTexts embed.FS

// spokenWordings has the built-in text of a call in each language of [locale.All]. A text names the service and the use
// of the code, as those of SMS do: otherwise a person could be talked into reading out a code for another use.
var spokenWordings = func() map[string]*template.Template {
	all := map[string]*template.Template{}
	for _, tag := range locale.All() {
		all[tag] = template.Must(template.ParseFS(spokenTexts, "spoken/"+tag+".tmpl"))
	}
	return all
}()

// Spoken returns what a call says, in the language of the message, which must be one of [locale.All]. The digits of the
// code stand apart, so that a voice does not read them as one number. A sender speaks the text twice.
func (t Texts) Spoken(m Message) (string, error) {
	digits := strings.Join(strings.Split(m.Code, ""), pause(m.Locale))
	// There are no minutes and no lines for programs: a person listens, and types at once.
	if own := t.own(m); own != nil {
		return own.Fill(wording.Values{Name: t.Name, Code: digits}), nil
	}
	// Requests have a language of the list, so another one is a mistake of the code, which must not stop the process.
	words := spokenWordings[m.Locale]
	if words == nil {
		return "", fmt.Errorf("sms: there is no spoken text in %.35q", m.Locale)
	}
	var text strings.Builder
	if err := words.Execute(&text, map[string]any{"Name": t.Name, "Code": digits, "Purpose": m.Purpose}); err != nil {
		return "", fmt.Errorf("sms: spoken text: %w", err)
	}
	return text.String(), nil
}

// pause returns the comma of a language, at which voices pause. Only the digits 0 to 9 stand between: each voice
// reads them in its own language.
func pause(tag string) string {
	switch tag {
	case "zh-CN", "zh-TW":
		return "，"
	case "ja":
		return "、"
	case "ar":
		return "، "
	}
	return ", "
}

// checkSpoken returns an error if the built-in texts of calls cannot be spoken. Package wording has checked the
// operator's files.
func (t Texts) checkSpoken() error {
	// The rules of a name are those for SMS, which the same setting has to fit. A voice reads any characters, so
	// unprintable ones are left to the check of SMS.
	if t.Name == "" || strings.TrimSpace(t.Name) != t.Name || len([]rune(t.Name)) > MaxName {
		return errors.New("a call needs the name of the service, of 1 to 20 characters and without blanks at its ends")
	}
	return nil
}
