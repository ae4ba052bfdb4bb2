package mail

import (
	"bytes"
	"embed"
	"fmt"
	"net/mail"
	"strconv"
	"text/template"
	"time"

	"github.com/enroll-project/enroll/internal/locale"
	"github.com/enroll-project/enroll/internal/wording"
)

//go:embed text/*.tmpl
var texts embed.FS

// letters has a template "subject" and a template "body" for each language of [locale.All]. Only the
// body has the code: subjects are shown on locked screens and in the logs of mail
// servers.
var letters = func() map[string]*template.Template {
	all := map[string]*template.Template{}
	for _, tag := range locale.All() {
		all[tag] = template.Must(template.ParseFS(texts, "text/"+tag+".tmpl"))
	}
	return all
}()

// words are the values of the templates.
type words struct {
	Name, Code, Purpose string
	Minutes, Seconds    int64 // the text shows Seconds if Minutes is 0
	At                  string
	Until               string // "" if no deletion is pending
	Gone                bool   // the deletion is due, so the account is gone for the person
}

// Letter is what a person reads of a mail: the same in text and in HTML. Only the bodies have the code.
type Letter struct{ Subject, Text, HTML string }

// Letters are the words of mails: the built-in ones and those of the operator's files.
type Letters struct {
	// Name is the name of the service, "" if none is set.
	Name string
	// Words are the operator's files, nil if there are none.
	Words *wording.Words
}

// Of returns the letter for a message, whose language must be one of [locale.All]. now tells whether a deletion is due.
func (l Letters) Of(m Message, now time.Time) (letter Letter, err error) {
	w := l.wordsOf(m, now)
	if letter, err = builtIn(m.Locale, w); err != nil {
		return Letter{}, err
	}
	if own := l.find(m, w, wording.EndSubject); own != nil {
		letter.Subject = own.Fill(w.values())
	}
	own := l.find(m, w, wording.EndText)
	if own != nil {
		letter.Text = own.Fill(w.values()) + "\n"
	}
	if own != nil && own.HTML != nil {
		letter.HTML = own.HTML.Fill(w.values())
		return letter, nil
	}
	letter.HTML, err = pageOf(m.Locale, letter, m.Code)
	return letter, err
}

// Source returns the name of the operator's file that has a message's text, or "" if it is built in.
func (l Letters) Source(m Message, now time.Time) string {
	if own := l.find(m, l.wordsOf(m, now), wording.EndText); own != nil {
		return own.File
	}
	return ""
}

// builtIn returns the built-in subject and text.
func builtIn(tag string, w words) (Letter, error) {
	var subject, body bytes.Buffer
	of := letters[tag]
	if of == nil {
		return Letter{}, fmt.Errorf("mail: there is no text in %.35q", tag)
	}
	if err := of.ExecuteTemplate(&subject, "subject", w); err != nil {
		return Letter{}, fmt.Errorf("mail: subject: %w", err)
	}
	if err := of.ExecuteTemplate(&body, "body", w); err != nil {
		return Letter{}, fmt.Errorf("mail: body: %w", err)
	}
	return Letter{Subject: subject.String(), Text: body.String()}, nil
}

// wordsOf returns the values for a message.
func (l Letters) wordsOf(m Message, now time.Time) words {
	w := words{
		Name: l.Name, Code: m.Code, Purpose: m.Purpose,
		Minutes: int64(m.ExpiresIn / time.Minute), Seconds: int64(m.ExpiresIn / time.Second),
		At: written(m.At),
	}
	if !m.Until.IsZero() {
		w.Until = written(m.Until)
		// A deletion at once is due by its own times: the clock of the host that requested it may be ahead.
		w.Gone = !m.Until.After(m.At) || !m.Until.After(now)
	}
	return w
}

// find returns the operator's template for a part of a message, or nil.
func (l Letters) find(m Message, w words, ending string) *wording.Template {
	return l.Words.Find(m.SiteID, m.Locale, ending, wording.Mail(w.state(), m.Code != ""))
}

// state returns the name of a file for the message. What a notice about a deletion says follows what has become of the
// deletion, as it does in the built-in texts.
func (w words) state() string {
	switch {
	case w.Purpose != DeletionRequested && w.Purpose != DeletionCanceled:
		return w.Purpose
	case w.Gone: // check: template-deleted
		return "deleted"
	case w.Until != "":
		return DeletionRequested
	}
	return DeletionCanceled
}

// values returns the values of the variables in an operator's file.
func (w words) values() wording.Values {
	v := wording.Values{Name: w.Name, Code: w.Code, Minutes: strconv.FormatInt(w.Minutes, 10), Time: w.At}
	if w.Until != "" {
		v.Time = w.Until
	}
	return v
}

// written formats a time for a letter, in UTC because the reader's time zone is not
// known.
func written(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }

// isAddress reports whether s is one bare address in visible ASCII: then it adds no
// line, field or recipient to a header or to a command of SMTP (ASVS 1.3.11). Which
// addresses may register is decided by package identifier.
func isAddress(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' {
			return false
		}
	}
	// The parser removes quotes, names and comments, so an address that has any
	// differs from its parsed form.
	addr, err := mail.ParseAddress(s)
	return err == nil && addr.Address == s && len(s) <= maxAddress
}

// maxAddress is the longest address in bytes (RFC 5321, 4.5.3.1, and erratum 1690 of
// RFC 3696).
const maxAddress = 254
