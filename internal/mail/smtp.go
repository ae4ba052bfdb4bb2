package mail

import (
	"context"
	"crypto/rand"
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
)

// MaxTimeout bounds one delivery, from the look-up of the name to the server's
// goodbye. A person waits for it.
const MaxTimeout = 5 * time.Second

// maxAnswers is how much is read of a server in one delivery, in bytes, its
// certificates included. An honest one says a tenth of it (OWASP API10).
const maxAnswers = 64 << 10

// SMTPConfig holds what [NewSMTP] needs.
type SMTPConfig struct {
	// URL is the mail server:
	//
	//	smtp://[user:password@]host[:587][?from=...&tls=...]   TLS by STARTTLS
	//	smtps://[user:password@]host[:465][?from=...]          TLS from the start
	//
	// User and password are percent-encoded, user%40example.com for example. TLS with
	// a certificate for host is demanded unless the host is this one (localhost,
	// 127.0.0.1, ::1) and there is no password. tls=required demands it there too;
	// tls=off does without it elsewhere, but never with a password: then the network
	// between must be private, since codes pass it readable.
	URL string
	// From is the sender, as noreply@example.com or Example <noreply@example.com>;
	// URL's from if empty. A name is shown in the message, and the domain is that of
	// Message-IDs and of EHLO.
	From string
	// Timeout bounds one delivery; MaxTimeout if zero, which it cannot exceed.
	Timeout time.Duration
	// RootCAs are the authorities that may vouch for the server; the system's if nil.
	RootCAs *x509.CertPool
	// Now is the clock of Date; time.Now if nil.
	Now func() time.Time
	// Rand makes the Message-IDs. It must be safe for concurrent use;
	// crypto/rand.Reader if nil.
	Rand io.Reader
}

// SMTP hands each message to one mail server, over a connection of its own. It is
// safe for concurrent use.
type SMTP struct {
	server  server
	tls     *tls.Config
	from    mail.Address
	timeout time.Duration
	now     func() time.Time
	rand    io.Reader
}

// NewSMTP returns an error if a setting is out of bounds. It does not connect. No
// error text holds the URL or a part of it.
func NewSMTP(cfg SMTPConfig) (*SMTP, error) {
	server, err := parseServer(cfg.URL)
	if err != nil {
		return nil, fmt.Errorf("mail: SMTP: %w", err)
	}
	from, err := parseSender(defaulted(cfg.From, server.from))
	if err != nil {
		return nil, fmt.Errorf("mail: SMTP: %w", err)
	}
	if cfg.Timeout == 0 {
		cfg.Timeout = MaxTimeout
	}
	if cfg.Timeout < 0 || cfg.Timeout > MaxTimeout {
		return nil, fmt.Errorf("mail: SMTP: timeout %s is not within 0 and %s", cfg.Timeout, MaxTimeout)
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Rand == nil {
		cfg.Rand = rand.Reader
	}
	return &SMTP{
		server: server, from: *from, timeout: cfg.Timeout, now: cfg.Now, rand: cfg.Rand,
		tls: &tls.Config{MinVersion: tls.VersionTLS12, ServerName: server.host, RootCAs: cfg.RootCAs},
	}, nil
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

// Send delivers the message once and waits for the server to take it, no longer
// than the timeout.
func (s *SMTP) Send(ctx context.Context, m Message) error {
	data, err := s.write(m)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	if err := s.deliver(ctx, m.To, data); err != nil {
		return failure(ctx, err)
	}
	return nil
}

// deliver is one connection from hello to goodbye. The library's own Client is not
// used: it stops listening to ctx once connected, gives each step a new deadline, and
// reports messages as failed that the server has taken.
func (s *SMTP) deliver(ctx context.Context, to string, data []byte) error {
	raw, err := new(net.Dialer).DialContext(ctx, "tcp", s.server.address())
	if err != nil {
		return err
	}
	defer raw.Close()
	// The end of ctx breaks off whatever reads or writes then.
	stop := context.AfterFunc(ctx, func() { raw.Close() })
	defer stop()
	var conn net.Conn = &bounded{raw, maxAnswers}
	if s.server.implicit {
		conn = tls.Client(conn, s.tls)
	}
	c, err := smtp.NewClient(conn, s.server.host)
	if err != nil {
		return err
	}
	// The message is taken or refused by then: what the server says to a goodbye
	// changes nothing.
	defer func() { _ = c.Quit() }()
	if err := s.greet(c); err != nil {
		return err
	}
	if err := c.Mail("<" + s.from.Address + ">"); err != nil {
		return err
	}
	if err := c.Rcpt("<" + to + ">"); err != nil {
		return &recipientError{err}
	}
	w, err := c.Data()
	if err != nil {
		return err
	}
	if _, err := w.Write(data); err != nil {
		return err
	}
	return w.Close()
}

// greet says who we are, encrypts the connection and logs in, as far as the settings
// demand it; more than they demand is not done.
func (s *SMTP) greet(c *smtp.Client) error {
	// Addresses are ASCII, so that no server needs more for them.
	c.SkipSMTPUTF8(true)
	if err := c.Hello(s.domain()); err != nil {
		return err
	}
	if s.server.starttls {
		if offered, _ := c.Extension("STARTTLS"); !offered {
			return &DeliveryError{Kind: Unsupported}
		}
		// Says hello again: what was offered before cannot be believed.
		if err := c.StartTLS(s.tls); err != nil {
			return err
		}
	}
	if s.server.user == "" {
		return nil
	}
	// Both show the password to the server, which TLS has shown to be the right one.
	// Mechanisms that do not (SCRAM) are rare, and rarely the only ones.
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

// bounded ends a connection that has said too much.
type bounded struct {
	net.Conn
	left int
}

var errTalkative = errors.New("mail: the server says too much")

func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errTalkative
	}
	n, err := b.Conn.Read(p[:min(len(p), b.left)])
	b.left -= n
	return n, err
}
