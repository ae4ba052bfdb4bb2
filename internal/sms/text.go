package sms

import (
	"embed"
	"errors"
	"fmt"
	"strings"
	"text/template"
	"time"
	"unicode"
	"unicode/utf16"
)

//go:embed text/*.tmpl
var texts embed.FS

// wordings has the text of a message in each language, for providers that have no templates of their own. A text
// names the service, as carriers demand. With the longest name it is one SMS: 160 characters of GSM 03.38, or
// 70 units of UTF-16 for a text with any other character (3GPP TS 23.038), which Chinese texts have.
var wordings = map[string]*template.Template{
	"zh-CN": template.Must(template.ParseFS(texts, "text/zh-CN.tmpl")),
	"en":    template.Must(template.ParseFS(texts, "text/en.tmpl")),
}

// MaxName is the length of the longest name of a service, in units of UTF-16.
const MaxName = 20

// checkName returns an error if a service's name cannot stand in a text.
func checkName(name string) error {
	switch {
	case name == "" || len(utf16.Encode([]rune(name))) > MaxName:
		return fmt.Errorf("the name of the service must have 1 to %d characters", MaxName)
	case strings.TrimSpace(name) != name || strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) }):
		return errors.New("the name of the service must be printable, without blanks at its ends")
	}
	return nil
}

// textOf returns the text of a message. The code stands near its beginning, where previews of messages and the
// keyboards that offer codes find it. The text is in English for any English locale, in Chinese for every other
// language, as mails have it. Minutes are rounded down, so that no person types a code that has just expired.
func textOf(name string, m Message) (string, error) {
	wording := wordings["zh-CN"]
	if language, _, _ := strings.Cut(m.Locale, "-"); strings.EqualFold(language, "en") {
		wording = wordings["en"]
	}
	var text strings.Builder
	err := wording.Execute(&text, map[string]any{
		"Name": name, "Code": m.Code, "Purpose": m.Purpose, "Minutes": int(m.ExpiresIn / time.Minute),
	})
	if err != nil {
		return "", fmt.Errorf("sms: text: %w", err)
	}
	return text.String(), nil
}
