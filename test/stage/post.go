package main

import (
	"encoding/base64"
	"errors"
	"io"
	"log"
	"mime"
	"mime/multipart"
	"net"
	"net/mail"
	"regexp"
	"strings"

	"github.com/emersion/go-smtp"
)

// post is the mail server of the stage. It accepts every letter, except to unreachableHost,
// and keeps nothing of it but the code.
type post struct {
	server   *smtp.Server
	listener net.Listener
}

// newPost starts a mail server on loopback. It calls deliver for each code.
func newPost(deliver func(address, code string)) (*post, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &post{listener: listener, server: smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) {
		return &session{deliver: deliver}, nil
	}))}
	p.server.ErrorLog = log.New(io.Discard, "", 0) // connections end with the stage
	p.server.Domain = "localhost"
	go func() { _ = p.server.Serve(listener) }()
	return p, nil
}

// close may be called before Serve has begun. In that case Serve would not end by itself.
func (p *post) close() error {
	err := errors.Join(p.server.Close(), p.listener.Close())
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

// settings makes the service send its letters here. On loopback they need no
// encryption.
func (p *post) settings() []string {
	return []string{
		"ENROLL_SMTP_URL=smtp://" + p.listener.Addr().String() + "?tls=off", "ENROLL_MAIL_FROM=noreply@stage.example",
	}
}

// session is one connection.
type session struct {
	deliver func(address, code string)
	to      string
}

func (s *session) Mail(string, *smtp.MailOptions) error { return nil }

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	if strings.HasSuffix(to, unreachableHost) {
		return &smtp.SMTPError{Code: 451, Message: "not today"}
	}
	s.to = to
	return nil
}

func (s *session) Data(r io.Reader) error {
	code, err := codeOf(r)
	if errors.Is(err, errNoCode) {
		return nil // a notice, which tells that something was changed
	}
	if err == nil {
		s.deliver(s.to, code)
	}
	return err
}

func (s *session) Reset()        {}
func (s *session) Logout() error { return nil }

var errNoCode = errors.New("the letter holds no code")

// ownLine finds the code, which stands on a line of its own.
var ownLine = regexp.MustCompile(`(?m)^\s+(\d{6})\s*$`)

// codeOf reads the code from a letter (RFC 5322, RFC 2045).
func codeOf(r io.Reader) (string, error) {
	letter, err := mail.ReadMessage(r)
	if err != nil {
		return "", err
	}
	_, parameters, err := mime.ParseMediaType(letter.Header.Get("Content-Type"))
	if err != nil {
		return "", err
	}
	// The text comes before the HTML. NextPart decodes quoted-printable itself.
	part, err := multipart.NewReader(letter.Body, parameters["boundary"]).NextPart()
	if err != nil {
		return "", err
	}
	var body io.Reader = part
	if strings.EqualFold(part.Header.Get("Content-Transfer-Encoding"), "base64") {
		body = base64.NewDecoder(base64.StdEncoding, part)
	}
	text, err := io.ReadAll(body)
	if err != nil {
		return "", err
	}
	found := ownLine.FindSubmatch(text)
	if found == nil {
		return "", errNoCode
	}
	return string(found[1]), nil
}
