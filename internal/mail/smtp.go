package mail

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/mail"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/wneessen/go-mail/smtp"

	"github.com/enroll-project/enroll/internal/outbound"
	"github.com/enroll-project/enroll/internal/trace"
	"github.com/enroll-project/enroll/internal/wording"
)

// MaxTimeout bounds one delivery, from the resolution of the name to the reply to
// QUIT. A person may be waiting for the answer to the request that caused it.
const MaxTimeout = 5 * time.Second

// maxAnswers bounds what is read from a server in one delivery, in bytes, its
// certificates included (OWASP API10). A line of a reply has at most 512 bytes
// (RFC 5321, 4.5.3.1.5), and a chain of certificates a few KiB.
const maxAnswers = 64 << 10

// SMTPConfig configures [NewSMTP].
type SMTPConfig struct {
	// URL is the mail server:
	//
	//	smtp://[user:password@]host[:587][?from=...&tls=...]   TLS by STARTTLS
	//	smtps://[user:password@]host[:465][?from=...]          TLS from the start
	//
	// User and password are percent-encoded, user%40example.com for example. TLS with
	// a certificate for host is required, unless the host is this machine (localhost,
	// 127.0.0.1, ::1) and there is no password. tls=required requires it there, too.
	// tls=off allows another host without TLS, but not together with a password. Its
	// network must then be private, because codes are sent in plain text.
	URL string
	// From is the sender, as noreply@example.com or Example <noreply@example.com>. If From is
	// empty, the sender is the URL's parameter from. The subject begins with the name, if there
	// is one. The address's domain is in Message-IDs and EHLO.
	From string
	// Words are the operator's words, nil if all are built in.
	Words *wording.Words
	// Timeout bounds one delivery. It is at most MaxTimeout. Zero means MaxTimeout.
	Timeout time.Duration
	// RootCAs are the accepted certificate authorities of the server, the system's if
	// nil.
	RootCAs *x509.CertPool
	// Now is the clock of the field Date and of deletions that are due, time.Now if nil.
	Now func() time.Time
	// Rand is the source of Message-IDs, crypto/rand.Reader if nil. It must be safe
	// for concurrent use.
	Rand io.Reader
}

// SMTP delivers each message to one mail server over a new connection, so there is no
// state between messages. It is safe for concurrent use.
type SMTP struct {
	composer
	server  server
	tls     *tls.Config
	timeout time.Duration
	// connections has one element for each open connection.
	connections chan struct{}
}

// NewSMTP returns an error if a setting is out of bounds. Its errors hold no part of
// the URL. It makes no connection.
func NewSMTP(cfg SMTPConfig) (*SMTP, error) {
	server, err := parseServer(cfg.URL)
	if err != nil {
		return nil, fmt.Errorf("mail: SMTP: %w", err)
	}
	from, err := parseSender(defaulted(cfg.From, server.from))
	if err != nil {
		return nil, fmt.Errorf("mail: SMTP: %w", err)
	}
	timeout, err := within(cfg.Timeout)
	if err != nil {
		return nil, fmt.Errorf("mail: SMTP: %w", err)
	}
	return &SMTP{
		composer: newComposer(*from, cfg.Words, cfg.Now, cfg.Rand), server: server, timeout: timeout,
		tls:         &tls.Config{MinVersion: tls.VersionTLS12, ServerName: server.host, RootCAs: cfg.RootCAs},
		connections: make(chan struct{}, outbound.SenderConnections), // check: smtp-connections
	}, nil
}

// within returns the timeout of one delivery, MaxTimeout if none is set.
func within(timeout time.Duration) (time.Duration, error) {
	if timeout == 0 {
		timeout = MaxTimeout
	}
	if timeout < 0 || timeout > MaxTimeout {
		return 0, fmt.Errorf("timeout %s is not within 0 and %s", timeout, MaxTimeout)
	}
	return timeout, nil
}

func parseSender(s string) (*mail.Address, error) {
	if s == "" {
		return nil, errors.New("there is no sender: set it, or from in the URL")
	}
	from, err := mail.ParseAddress(s)
	if err != nil || !isAddress(from.Address) {
		return nil, errors.New("the sender is not an address in ASCII, or a name and <address>")
	}
	if strings.ContainsFunc(from.Name, unicode.IsControl) {
		return nil, errors.New("the sender's name has a control character")
	}
	return from, nil
}

// Send delivers the message once and waits until the server has accepted it, at most
// until the timeout or the end of ctx.
func (s *SMTP) Send(ctx context.Context, m Message) error {
	data, err := s.write(m)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	// Without a bound, a server that hangs would take all file descriptors of the process. The time of a message begins
	// before it waits, so that a person does not wait longer behind others.
	// A message that waits in vain has no connection, so it was not handed over.
	select {
	case s.connections <- struct{}{}:
		defer func() { <-s.connections }()
	case <-ctx.Done():
		return failure(ctx, ctx.Err())
	}
	_, span := trace.Call(ctx, "mail smtp")
	defer span.End()
	handed, err := s.deliver(ctx, m.To, data)
	if err != nil {
		failed := failure(ctx, err)
		span.Fail(string(failed.Kind))
		failed.handed = handed && failed.Reply == 0
		return failed
	}
	return nil
}

// quitTimeout bounds the end of a session whose outcome is known.
const quitTimeout = 500 * time.Millisecond

// deliver opens a connection, sends one message over it and closes it. It does not use
// the library's own Client, which ignores ctx once it is connected, gives each step a
// new deadline, and returns an error for a message that the server has accepted if the
// connection then breaks.
//
// handed is true from the moment at which the end of the message is sent: if
// the connection breaks before it, the server delivers nothing (RFC 5321, section 4.1.1.4).
func (s *SMTP) deliver(ctx context.Context, to string, data []byte) (handed bool, err error) {
	raw, err := new(net.Dialer).DialContext(ctx, "tcp", s.server.address())
	if err != nil {
		return false, err
	}
	defer raw.Close()
	// The end of ctx closes the connection, which ends a read or write in progress.
	stop := context.AfterFunc(ctx, func() { raw.Close() })
	defer stop()
	var conn net.Conn = &bounded{raw, maxAnswers}
	if s.server.implicit {
		conn = tls.Client(conn, s.tls)
	}
	c, err := smtp.NewClient(conn, s.server.host)
	if err != nil {
		return false, err
	}
	// The message is accepted or refused before QUIT. So the reply to QUIT is ignored, and
	// the wait for it is short.
	defer func() {
		_ = raw.SetDeadline(time.Now().Add(quitTimeout))
		_ = c.Quit()
	}()
	if err := s.greet(c); err != nil {
		return false, err
	}
	if err := c.Mail("<" + s.from.Address + ">"); err != nil {
		return false, err
	}
	if err := c.Rcpt("<" + to + ">"); err != nil {
		return false, &recipientError{err}
	}
	w, err := c.Data()
	if err != nil {
		return false, err
	}
	if _, err := w.Write(data); err != nil {
		return false, err
	}
	return true, w.Close()
}

// greet sends EHLO. It starts TLS and logs in if the settings require it.
func (s *SMTP) greet(c *smtp.Client) error {
	// Addresses are ASCII, so SMTPUTF8 is not needed.
	c.SkipSMTPUTF8(true)
	if err := c.Hello(s.domain()); err != nil {
		return err
	}
	if s.server.starttls {
		if offered, _ := c.Extension("STARTTLS"); !offered {
			return &DeliveryError{Kind: Unsupported}
		}
		// StartTLS sends EHLO again, since the extensions that were offered in plain
		// text can be forged (RFC 3207, 4.2).
		if err := c.StartTLS(s.tls); err != nil {
			return err
		}
	}
	if s.server.user == "" {
		return nil
	}
	// Both mechanisms send the password, which TLS protects: parseServer accepts no password
	// without TLS. Mechanisms that do not send the password (SCRAM) are rarely offered alone.
	_, offered := c.Extension("AUTH")
	mechanisms := strings.Fields(strings.ToUpper(offered))
	switch {
	case slices.Contains(mechanisms, "PLAIN"):
		return c.Auth(smtp.PlainAuth("", s.server.user, s.server.password, s.server.host, false))
	case slices.Contains(mechanisms, "LOGIN"):
		return c.Auth(smtp.LoginAuth(s.server.user, s.server.password, s.server.host, false))
	}
	return &DeliveryError{Kind: Unsupported}
}

// bounded is a connection whose reads fail after left bytes.
type bounded struct {
	net.Conn
	left int
}

var errAnswersTooLong = errors.New("mail: the server's answers are too long")

func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errAnswersTooLong
	}
	n, err := b.Conn.Read(p[:min(len(p), b.left)])
	b.left -= n
	return n, err
}

// SenderName returns the name in the sender's address of an [SMTPConfig] with this URL and From, "" if there is none.
func SenderName(url, from string) string {
	// A URL that cannot be parsed is an error of NewSMTP.
	if server, err := parseServer(url); err == nil {
		from = defaulted(from, server.from)
	}
	sender, err := parseSender(from)
	if err != nil {
		return ""
	}
	return sender.Name
}
