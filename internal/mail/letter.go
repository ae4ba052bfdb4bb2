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

// letters has a template "subject" and a template "body" for each language. The code
// stands in the body only: subjects are shown on locked screens and in the logs of
// mail servers.
var letters = map[string]*template.Template{
	"zh-CN": template.Must(template.ParseFS(texts, "text/zh-CN.tmpl")),
	"en":    template.Must(template.ParseFS(texts, "text/en.tmpl")),
}

// letterOf takes any English for en and all else for zh-CN.
func letterOf(locale string) *template.Template {
	if language, _, _ := strings.Cut(locale, "-"); strings.EqualFold(language, "en") {
		return letters["en"]
	}
	return letters["zh-CN"]
}

// words are what the templates may use.
type words struct {
	Name, Code, Purpose string
	Minutes, Seconds    int64 // Seconds if Minutes is 0
}

// write makes the message as SMTP carries it (RFC 5322, RFC 2045). It fails only for
// want of randomness, or with ErrAddress.
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
	}
	var subject, body, out bytes.Buffer
	letter := letterOf(m.Locale)
	if err := letter.ExecuteTemplate(&subject, "subject", w); err != nil {
		return nil, fmt.Errorf("mail: subject: %w", err)
	}
	if err := letter.ExecuteTemplate(&body, "body", w); err != nil {
		return nil, fmt.Errorf("mail: body: %w", err)
	}
	// Base64 is the shorter one for Chinese; English stays readable in the other.
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
	// Out-of-office answers stay away: RFC 3834, and Exchange's own field.
	msg.SetGenHeader("Auto-Submitted", "auto-generated")
	msg.SetGenHeader(gomail.HeaderXAutoResponseSuppress, "All")
	// Base64 keeps line ends as they are, and mail has CR LF (RFC 2045, 6.8).
	msg.SetBodyString(gomail.TypeTextPlain, strings.ReplaceAll(body.String(), "\n", "\r\n"))
	if _, err := msg.WriteTo(&out); err != nil {
		return nil, fmt.Errorf("mail: write: %w", err)
	}
	return out.Bytes(), nil
}

// domain is that of the sender's address.
func (s *SMTP) domain() string {
	return s.from.Address[strings.LastIndexByte(s.from.Address, '@')+1:]
}

// isAddress reports whether s is a bare address, whole and in visible ASCII, so
// that it is one word in a header and in a command of SMTP, whatever stands in it.
// What is a good address is decided elsewhere.
func isAddress(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' {
			return false
		}
	}
	// What is quoted, named or commented comes out of the parser without that.
	addr, err := mail.ParseAddress(s)
	return err == nil && addr.Address == s && len(s) <= maxAddress
}

// maxAddress is in bytes (RFC 5321, 4.5.3.1 and erratum 1690).
const maxAddress = 254
