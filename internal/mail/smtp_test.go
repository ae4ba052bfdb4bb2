package mail_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"

	"github.com/emersion/go-smtp"

	"github.com/enroll-project/enroll/internal/mail"
)

const sender = "Enroll <noreply@site.example>"

// newSMTP returns an SMTP for a URL, with sender as From if cfg has none.
func newSMTP(t testing.TB, url string, cfg mail.SMTPConfig) *mail.SMTP {
	t.Helper()
	cfg.URL = url
	if cfg.From == "" {
		cfg.From = sender
	}
	s, err := mail.NewSMTP(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// failed checks that err is a DeliveryError of this kind and reply, which is permanent for a reply from 500 on only,
// and that its text has nothing of the message, the settings or the server's texts.
func failed(t *testing.T, err error, kind mail.Kind, reply int) {
	t.Helper()
	var d *mail.DeliveryError
	if !errors.As(err, &d) || d.Kind != kind || d.Reply != reply {
		t.Errorf("error %v, want kind %s with reply %d", err, kind, reply)
		return
	}
	if d.Permanent() != (reply >= 500) {
		t.Errorf("reply %d is permanent: %t", reply, d.Permanent())
	}
	text := fmt.Sprintf("%v %+v %#v", err, err, d)
	for _, leak := range []string{
		"wang", "mail.example", "site.example", message.Code, user, "relay", password, "word", "127.0.0.1",
		"server says",
	} {
		if strings.Contains(text, leak) {
			t.Errorf("the error has %q: %s", leak, text)
		}
	}
}

func TestSMTPDelivers(t *testing.T) {
	t.Parallel()
	plain, several := []string{"PLAIN"}, []string{"LOGIN", "PLAIN", "NTLM"}
	const withLogin = "://" + login + "@$"
	for name, tc := range map[string]struct {
		post *post
		url  string // with $ for the address
		user string
		tls  bool
	}{
		"STARTTLS and PLAIN":         {post: &post{mechanisms: plain}, url: "smtp" + withLogin, user: user, tls: true},
		"STARTTLS and LOGIN":         {post: &post{mechanisms: several[:1]}, url: "smtp" + withLogin, user: user, tls: true},
		"STARTTLS and a choice":      {post: &post{mechanisms: several}, url: "smtp" + withLogin, user: user, tls: true},
		"STARTTLS of TLS 1.2":        {post: &post{maxTLS: tls.VersionTLS12}, url: "smtp://$?tls=required", tls: true},
		"smtps without login":        {post: &post{implicit: true}, url: "smtps://$/", tls: true},
		"smtps, required":            {post: &post{implicit: true}, url: "smtps://$?tls=required", tls: true},
		"this host, TLS not offered": {post: &post{plain: true}, url: "smtp://$"},
		"this host, TLS offered":     {post: &post{}, url: "smtp://$"},
		"this host, TLS required":    {post: &post{}, url: "smtp://$?tls=required", tls: true},
		"TLS off":                    {post: &post{mechanisms: plain}, url: "smtp://$?tls=off"},
		"smtps and PLAIN": {
			post: &post{implicit: true, mechanisms: plain}, url: "smtps" + withLogin, user: user, tls: true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := tc.post.start(t)
			s := newSMTP(t, strings.Replace(tc.url, "$", p.address, 1), mail.SMTPConfig{RootCAs: p.roots})
			if err := s.Send(t.Context(), message); err != nil {
				t.Fatal(err)
			}
			p.stop(t)
			if p.connections > 2 || len(p.letters) != 1 { // the server begins a second session after STARTTLS
				t.Fatalf("%d messages in %d sessions, want 1 in 2 at most", len(p.letters), p.connections)
			}
			want := letter{
				hello: "site.example", from: "noreply@site.example", to: message.To, user: tc.user, tls: tc.tls,
				data: p.letters[0].data, // other tests compare it
			}
			if got := p.letters[0]; got != want {
				t.Errorf("accepted %+v, want %+v", got, want)
			}
		})
	}
}

// TestSMTPKeepsSecrets: if the URL has a password or tls=required, nothing is sent to a server without TLS, or with a
// certificate that is not accepted. Nothing is sent either to one that offers neither PLAIN nor LOGIN.
func TestSMTPKeepsSecrets(t *testing.T) {
	t.Parallel()
	other := []net.IP{net.IPv4(127, 0, 0, 2)}
	mechanisms := []string{"PLAIN", "LOGIN"}
	const withLogin = "://" + login + "@$"
	for name, tc := range map[string]struct {
		post    *post
		url     string
		unknown bool // the certificate's authority is not in the client's pool
		want    mail.Kind
	}{
		"STARTTLS not offered":       {post: &post{plain: true}, url: "smtp" + withLogin, want: mail.Unsupported},
		"none offered, but required": {post: &post{plain: true}, url: "smtp://$?tls=required", want: mail.Unsupported},
		"unknown authority":          {post: &post{}, url: "smtp" + withLogin, unknown: true, want: mail.Untrusted},
		"unknown authority, smtps": {
			post: &post{implicit: true}, url: "smtps" + withLogin, unknown: true, want: mail.Untrusted,
		},
		"another host's certificate": {post: &post{names: other}, url: "smtp" + withLogin, want: mail.Untrusted},
		"TLS 1.1":                    {post: &post{maxTLS: tls.VersionTLS11}, url: "smtp" + withLogin, want: mail.Untrusted},
		"smtps to a plain server":    {post: &post{plain: true}, url: "smtps" + withLogin, want: mail.Untrusted},
		"another host's, smtps": {
			post: &post{implicit: true, names: other}, url: "smtps" + withLogin, want: mail.Untrusted,
		},
		"no accepted mechanism": {
			post: &post{mechanisms: []string{"NTLM", "CRAM-MD5"}}, url: "smtp" + withLogin, want: mail.Unsupported,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if tc.post.mechanisms == nil {
				tc.post.mechanisms = mechanisms
			}
			p := tc.post.start(t)
			cfg := mail.SMTPConfig{RootCAs: p.roots}
			if tc.unknown {
				cfg.RootCAs = x509.NewCertPool()
			}
			s := newSMTP(t, strings.Replace(tc.url, "$", p.address, 1), cfg)
			failed(t, s.Send(t.Context(), message), tc.want, 0)
			p.stop(t)
			if p.logins != 0 || p.bareTry != 0 || len(p.letters) != 0 {
				t.Errorf("%d logins, %d of them without TLS, %d messages", p.logins, p.bareTry, len(p.letters))
			}
		})
	}
}

// TestSMTPRefused shows that a server's refusal is returned as its code, and whether it
// concerns the recipient.
func TestSMTPRefused(t *testing.T) {
	t.Parallel()
	no := func(code int) error {
		return &smtp.SMTPError{Code: code, Message: "the server says <" + message.To + "> to " + message.Code}
	}
	for name, tc := range map[string]struct {
		post  *post
		login string
		want  mail.Kind
		reply int
	}{
		"sender":               {post: &post{onMail: no(550)}, want: mail.Refused, reply: 550},
		"sender, for now":      {post: &post{onMail: no(451)}, want: mail.Refused, reply: 451},
		"recipient":            {post: &post{onRcpt: no(550)}, want: mail.RecipientRefused, reply: 550},
		"recipient, for now":   {post: &post{onRcpt: no(450)}, want: mail.RecipientRefused, reply: 450},
		"goodbye at recipient": {post: &post{onRcpt: no(421)}, want: mail.Refused, reply: 421},
		"message":              {post: &post{onData: no(554)}, want: mail.Refused, reply: 554},
		"message, for now":     {post: &post{onData: no(452)}, want: mail.Refused, reply: 452},
		"credentials": {
			post: &post{mechanisms: []string{"PLAIN"}}, login: "relay:wrongword@", want: mail.Refused, reply: 535,
		},
		"credentials with LOGIN": {
			post: &post{mechanisms: []string{"LOGIN"}}, login: "relay:wrongword@", want: mail.Refused, reply: 535,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := tc.post.start(t)
			err := newSMTP(t, "smtp://"+tc.login+p.address, mail.SMTPConfig{RootCAs: p.roots}).Send(t.Context(), message)
			failed(t, err, tc.want, tc.reply)
			p.stop(t)
			if len(p.letters) != 0 || p.logins > 1 {
				t.Errorf("%d messages taken, %d logins", len(p.letters), p.logins)
			}
		})
	}
}

func TestSMTPNoServer(t *testing.T) {
	t.Parallel()
	t.Run("port closed", func(t *testing.T) {
		t.Parallel()
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		l.Close()
		s := newSMTP(t, "smtp://"+l.Addr().String(), mail.SMTPConfig{})
		failed(t, s.Send(t.Context(), message), mail.Unreachable, 0)
	})
	t.Run("no such host", func(t *testing.T) {
		t.Parallel()
		// A label of 64 characters is invalid (RFC 1035), so no query leaves the machine.
		s := newSMTP(t, "smtp://"+strings.Repeat("a", 64)+".invalid", mail.SMTPConfig{})
		failed(t, s.Send(t.Context(), message), mail.Unresolved, 0)
	})
	t.Run("context canceled before", func(t *testing.T) {
		t.Parallel()
		p := (&post{}).start(t)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		failed(t, newSMTP(t, "smtp://"+p.address, mail.SMTPConfig{}).Send(ctx, message), mail.Canceled, 0)
	})
}

func BenchmarkSend(b *testing.B) {
	p := (&post{mechanisms: []string{"PLAIN"}}).start(b)
	s := newSMTP(b, "smtp://"+login+"@"+p.address, mail.SMTPConfig{RootCAs: p.roots})
	for b.Loop() {
		if err := s.Send(b.Context(), message); err != nil {
			b.Fatal(err)
		}
	}
}
