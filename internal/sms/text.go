package sms

import (
	"embed"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"text/template"
	"time"
	"unicode"
	"unicode/utf16"

	"github.com/enroll-project/enroll/internal/locale"
	"github.com/enroll-project/enroll/internal/wording"
)

//go:embed text/*.tmpl
var texts embed.FS

// wordings has the built-in text of a message in each language of [locale.All]. A text names the service, as
// carriers demand. With the longest name it is one SMS: 160 characters of GSM 03.38, or 70 units of UTF-16 for a
// text with any other character (3GPP TS 23.038), which Chinese texts have.
var wordings = func() map[string]*template.Template {
	all := map[string]*template.Template{}
	for _, tag := range locale.All() {
		all[tag] = template.Must(template.ParseFS(texts, "text/"+tag+".tmpl"))
	}
	return all
}()

// MaxName is the length of the longest name of a service, in units of UTF-16.
const MaxName = 20

// Texts are the words of the senders that send texts: the built-in ones, those of the operator's files, and the
// lines by which a phone offers to type a code.
type Texts struct {
	// Name is the name of the service.
	Name string
	// Words are the operator's files, nil if there are none.
	Words *wording.Words
	// Locales are the languages in which the deployment sends, nil for all.
	Locales []string
	// Host is the host of the page on which codes are typed. If it is set, the last line of an SMS with a code is
	// "@host #code", which iOS, macOS and Chrome read (Origin-bound one-time codes delivered via SMS, WICG). They
	// offer the code on pages of that host only, and so not on those of a phisher.
	Host string
	// AppHash is the hash of an Android app, 11 characters. If it is set, it is the last line of an SMS with a code,
	// which Google Play services then hand to the app (SMS Retriever). With a Host it is the line before that one,
	// because a browser reads the last line only.
	AppHash string
}

// check returns an error if a name, or a built-in text with the lines after it, cannot be sent. Package wording has
// checked the operator's files.
func (t Texts) check() error {
	switch {
	case t.Name == "" || len(utf16.Encode([]rune(t.Name))) > MaxName:
		return fmt.Errorf("the name of the service must have 1 to %d characters", MaxName)
	case strings.TrimSpace(t.Name) != t.Name ||
		strings.ContainsFunc(t.Name, func(r rune) bool { return !unicode.IsPrint(r) }):
		return errors.New("the name of the service must be printable, without blanks at its ends")
	}
	locales := t.Locales
	if locales == nil {
		locales = locale.All()
	}
	for _, tag := range locales {
		for _, purpose := range []string{"register", "login", "reset", "change", ""} {
			m := Message{Code: "000000", Purpose: purpose, Locale: tag, ExpiresIn: 10 * time.Minute}
			// A built-in text that a file of all sites replaces is never sent.
			if t.own(m) != nil {
				continue
			}
			text, err := t.builtIn(m)
			if err != nil {
				return err
			}
			text += t.Lines(m.Code)
			if _, n := wording.Segments(text); n > wording.MaxSegments { // check: sms-lines-length
				return fmt.Errorf("with the host the built-in text in %s needs %d SMS, more than %d", tag, n,
					wording.MaxSegments)
			}
			if n := wording.Bytes(text); t.AppHash != "" && n > wording.MaxRetrieved { // check: sms-hash-length
				return fmt.Errorf("with ENROLL_SMS_ANDROID_HASH the built-in text in %s has %d bytes, and Android hands %d at "+
					"most to an app: shorten ENROLL_SMS_NAME, write a shorter text (docs/templates.md), leave the language out of "+
					"ENROLL_LOCALES, or unset one of ENROLL_SMS_ANDROID_HASH and ENROLL_SMS_AUTOFILL_HOST", tag, n,
					wording.MaxRetrieved)
			}
		}
	}
	return nil
}

// Of returns the text of a message. Its language must be one of [locale.All].
func (t Texts) Of(m Message) (string, error) {
	text, err := t.words(m)
	if err != nil {
		return "", err
	}
	if m.Code != "" { // check: sms-lines
		text += t.Lines(m.Code)
	}
	return text, nil
}

// Parts returns how many SMS the text of a message needs, and [wording.MaxSegments] if it has no text.
func (t Texts) Parts(m Message) int {
	text, err := t.Of(m)
	if err != nil {
		return wording.MaxSegments
	}
	_, n := wording.Segments(text)
	return n
}

// Source returns the name of the operator's file that has the text of a message, or "" if it is built in.
func (t Texts) Source(m Message) string {
	if own := t.own(m); own != nil {
		return own.File
	}
	return ""
}

// own returns the operator's template for a message, or nil.
func (t Texts) own(m Message) *wording.Template {
	names := wording.SMS(m.Purpose, m.Code != "")
	if m.Voice {
		names = wording.Voice(m.Purpose)
	}
	return t.Words.Find(m.SiteID, m.Locale, wording.EndText, names)
}

// words returns the text without the lines for programs.
func (t Texts) words(m Message) (string, error) {
	if own := t.own(m); own != nil {
		return own.Fill(wording.Values{Name: t.Name, Code: m.Code, Minutes: strconv.Itoa(minutes(m))}), nil
	}
	return t.builtIn(m)
}

// builtIn returns the built-in text. The code stands near its beginning, where previews of messages and the keyboards
// that offer codes find it.
func (t Texts) builtIn(m Message) (string, error) {
	// Package notice has mapped the language of a stored row, and requests have one of the list. So this is a mistake of
	// the code, which must not stop the process.
	words := wordings[m.Locale]
	if words == nil {
		return "", fmt.Errorf("sms: there is no text in %.35q", m.Locale)
	}
	var text strings.Builder
	err := words.Execute(&text, map[string]any{
		"Name": t.Name, "Code": m.Code, "Purpose": m.Purpose, "Minutes": minutes(m),
	})
	if err != nil {
		return "", fmt.Errorf("sms: text: %w", err)
	}
	return text.String(), nil
}

// minutes returns how long a code is valid. It is rounded down, so that no person types a code that has just expired.
func minutes(m Message) int { return int(m.ExpiresIn / time.Minute) }

// Lines returns what follows the words of an SMS with a code, "" if nothing is set.
func (t Texts) Lines(code string) (lines string) {
	// A blank line separates them from the words, so that a person can see where those end.
	if t.AppHash != "" || t.Host != "" {
		lines = "\n"
	}
	if t.AppHash != "" {
		lines += "\n" + t.AppHash
	}
	if t.Host != "" { // check: sms-host-last
		lines += "\n@" + t.Host + " #" + code
	}
	return lines
}
