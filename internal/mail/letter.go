package mail

import (
	"bytes"
	"embed"
	"encoding/hex"
	"fmt"
	"io"
	"net/mail"
	"strings"
	"text/template"
	"time"

	gomail "github.com/wneessen/go-mail"
)

//go:embed text/*.tmpl
var texts embed.FS

// letters has a template "subject" and a template "body" for each language. Only the
// body has the code: subjects are shown on locked screens and in the logs of mail
// servers.
var letters = map[string]*template.Template{
	"zh-CN": template.Must(template.ParseFS(texts, "text/zh-CN.tmpl")),
	"en":    template.Must(template.ParseFS(texts, "text/en.tmpl")),
}

// letterOf returns the letter for a BCP 47 tag: en for any English, zh-CN for every
// other language.
func letterOf(locale string) *template.Template {
	if language, _, _ := strings.Cut(locale, "-"); strings.EqualFold(language, "en") {
		return letters["en"]
	}
	return letters["zh-CN"]
}

// words are the values of the templates.
type words struct {
	Name, Code, Purpose string
	Minutes, Seconds    int64 // the text shows Seconds if Minutes is 0
	At                  string
	Until               string // "" if no deletion is pending
	Gone                bool   // the deletion is due, so the account is gone for the person
}

// write returns the message in the Internet message format with MIME (RFC 5322, RFC 2045). It returns
// ErrAddress if To is not an address, and an error if the source of randomness fails.
func (s *SMTP) write(m Message) ([]byte, error) {
	if !isAddress(m.To) {
		return nil, ErrAddress
	}
	var id [16]byte
	if _, err := io.ReadFull(s.rand, id[:]); err != nil {
		return nil, fmt.Errorf("mail: no randomness: %w", err)
	}
	w := words{
		Name: s.from.Name, Code: m.Code, Purpose: m.Purpose,
		Minutes: int64(m.ExpiresIn / time.Minute), Seconds: int64(m.ExpiresIn / time.Second),
		At: written(m.At),
	}
	if !m.Until.IsZero() {
		w.Until = written(m.Until)
		// A deletion at once is due by its own times: the clock of the host that requested it may be ahead.
		w.Gone = !m.Until.After(m.At) || !m.Until.After(s.now())
	}
	var subject, body, out bytes.Buffer
	letter := letterOf(m.Locale)
	if err := letter.ExecuteTemplate(&subject, "subject", w); err != nil {
		return nil, fmt.Errorf("mail: subject: %w", err)
	}
	if err := letter.ExecuteTemplate(&body, "body", w); err != nil {
		return nil, fmt.Errorf("mail: body: %w", err)
	}
	// Base64 is shorter for Chinese. Quoted-printable keeps English readable in the
	// source of a message.
	encoding := gomail.EncodingQP
	if letter == letters["zh-CN"] {
		encoding = gomail.EncodingB64
	}
	msg := gomail.NewMsg(gomail.WithEncoding(encoding), gomail.WithNoDefaultUserAgent())
	msg.FromMailAddress(&s.from)
	msg.ToMailAddress(&mail.Address{Address: m.To})
	msg.Subject(subject.String())
	msg.SetDateWithValue(s.now().UTC())
	msg.SetMessageIDWithValue(hex.EncodeToString(id[:]) + "@" + s.domain())
	// These fields suppress out-of-office replies: RFC 3834, and Exchange's own field.
	msg.SetGenHeader("Auto-Submitted", "auto-generated")
	msg.SetGenHeader(gomail.HeaderXAutoResponseSuppress, "All")
	// Text in base64 must have the line ends CR LF (RFC 2045, 6.8). The library
	// converts them only for other encodings.
	msg.SetBodyString(gomail.TypeTextPlain, strings.ReplaceAll(body.String(), "\n", "\r\n"))
	if _, err := msg.WriteTo(&out); err != nil {
		return nil, fmt.Errorf("mail: write: %w", err)
	}
	return out.Bytes(), nil
}

// written formats a time for a letter, in UTC because the reader's time zone is not
// known.
func written(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }

// domain returns the domain of the sender's address.
func (s *SMTP) domain() string {
	return s.from.Address[strings.LastIndexByte(s.from.Address, '@')+1:]
}

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
