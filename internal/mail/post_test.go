package mail_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log"
	"math/big"
	"net"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"github.com/enroll-project/enroll/internal/mail"
)

var message = mail.Message{
	To: "wang.wei@mail.example", Code: "918273", Purpose: mail.ForVerify,
	ExpiresIn: 10 * time.Minute, Locale: "zh-CN", SiteID: 1,
}

// The credentials of the server, escaped as in a URL and plain. The user is an email
// address, so it needs escaping.
const (
	login    = "relay%40mail.example:pass%2Fword"
	user     = "relay@mail.example"
	password = "pass/word"
)

// post is a mail server on loopback. Its first fields configure it before start. The
// others hold what it received, and are complete after stop.
type post struct {
	implicit, plain              bool // TLS from the start, or no TLS; STARTTLS otherwise
	mechanisms                   []string
	onMail, onRcpt, onData       error
	names                        []net.IP // of the certificate
	maxTLS                       uint16
	roots                        *x509.CertPool
	server                       *smtp.Server
	address                      string
	mu                           sync.Mutex
	connections, logins, bareTry int
	letters                      []letter
}

// letter is a message that the server accepted, with its session.
type letter struct {
	hello, from, to, user string
	utf8, tls             bool
	data                  string
}

// start serves until the test ends.
func (p *post) start(t testing.TB) *post {
	t.Helper()
	if p.names == nil {
		p.names = []net.IP{net.IPv4(127, 0, 0, 1)}
	}
	certificate, roots := certify(t, p.names)
	p.roots = roots
	p.server = smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.connections++
		return &session{post: p, conn: c}, nil
	}))
	p.server.ErrorLog = log.New(io.Discard, "", 0) // some connections are meant to fail
	p.server.AllowInsecureAuth = true              // so that a password sent without TLS is seen
	p.server.EnableSMTPUTF8 = true
	p.server.Domain = "mail.example"
	config := &tls.Config{
		Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS10, MaxVersion: p.maxTLS,
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p.address = listener.Addr().String()
	switch {
	case p.implicit:
		listener = tls.NewListener(listener, config)
	case !p.plain:
		p.server.TLSConfig = config
	}
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = p.server.Serve(listener)
	}()
	t.Cleanup(func() {
		p.server.Close()
		listener.Close() // Close of the server misses it if Serve has not run yet
		<-served
	})
	return p
}

// stop waits for the end of all connections, so that the fields are complete.
func (p *post) stop(t *testing.T) {
	t.Helper()
	if err := p.server.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// taken returns the messages so far.
func (p *post) taken() []letter {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.letters)
}

// session is one connection.
type session struct {
	post     *post
	conn     *smtp.Conn
	user     string
	from, to string
	utf8     bool
}

func (s *session) encrypted() bool { _, ok := s.conn.TLSConnectionState(); return ok }

func (s *session) AuthMechanisms() []string { return s.post.mechanisms }

func (s *session) Auth(mechanism string) (sasl.Server, error) {
	s.post.mu.Lock()
	defer s.post.mu.Unlock()
	s.post.logins++
	if !s.encrypted() {
		s.post.bareTry++
	}
	check := func(u, p string) error {
		if u != user || p != password {
			return &smtp.SMTPError{Code: 535, Message: "the server says " + u + " is not " + p}
		}
		s.user = u
		return nil
	}
	if mechanism == sasl.Login {
		return &loginServer{check: check}, nil
	}
	return sasl.NewPlainServer(func(_, u, p string) error { return check(u, p) }), nil
}

func (s *session) Mail(from string, o *smtp.MailOptions) error {
	s.from, s.utf8 = from, o.UTF8
	return s.post.onMail
}

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.to = to
	return s.post.onRcpt
}

func (s *session) Data(r io.Reader) error {
	data, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	if s.post.onData != nil {
		return s.post.onData
	}
	s.post.mu.Lock()
	defer s.post.mu.Unlock()
	s.post.letters = append(s.post.letters,
		letter{s.conn.Hostname(), s.from, s.to, s.user, s.utf8, s.encrypted(), string(data)})
	return nil
}

func (s *session) Reset()        {}
func (s *session) Logout() error { return nil }

// loginServer is the server's side of AUTH LOGIN, which go-sasl does not have.
type loginServer struct {
	check   func(user, password string) error
	answers []string
}

func (l *loginServer) Next(answer []byte) (challenge []byte, done bool, err error) {
	if answer != nil {
		l.answers = append(l.answers, string(answer))
	}
	switch len(l.answers) {
	case 0:
		return []byte("Username:"), false, nil
	case 1:
		return []byte("Password:"), false, nil
	}
	return nil, true, l.check(l.answers[0], l.answers[1])
}

// certify returns a self-signed certificate for addresses, and a pool that accepts it.
func certify(t testing.TB, names []net.IP) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: names, IsCA: true, BasicConstraintsValid: true,
		KeyUsage:    x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(certificate)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, roots
}
