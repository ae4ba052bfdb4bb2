package mail_test

import (
	"strings"
	"testing"
	"time"

	"github.com/enroll-project/enroll/internal/mail"
)

// named is the query of a URL with a sender that has a name.
const named = "?from=Site+%3Cnoreply%40site.example%3E"

func TestNewSMTPRefuses(t *testing.T) {
	t.Parallel()
	const good = "smtp://relay:querysecret@mail.example"
	for name, tc := range map[string]struct {
		cfg mail.SMTPConfig // From: "" means the usual sender, "-" no sender
		ok  bool
	}{
		"good":                    {mail.SMTPConfig{URL: good}, true},
		"port and slash":          {mail.SMTPConfig{URL: good + ":2525/"}, true},
		"smtps":                   {mail.SMTPConfig{URL: "smtps://relay:querysecret@mail.example"}, true},
		"IPv6":                    {mail.SMTPConfig{URL: "smtp://[2001:db8::1]:25"}, true},
		"sender in URL":           {mail.SMTPConfig{URL: good + "?from=noreply%40site.example", From: "-"}, true},
		"named sender in URL":     {mail.SMTPConfig{URL: good + named + "&tls=required", From: "-"}, true},
		"TLS off, no password":    {mail.SMTPConfig{URL: "smtp://mail.example?tls=off"}, true},
		"longest timeout":         {mail.SMTPConfig{URL: good, Timeout: 5 * time.Second}, true},
		"no URL":                  {mail.SMTPConfig{}, false},
		"other scheme":            {mail.SMTPConfig{URL: "http://relay:querysecret@mail.example"}, false},
		"no scheme":               {mail.SMTPConfig{URL: "mail.example:587/querysecret"}, false},
		"no host":                 {mail.SMTPConfig{URL: "smtp://relay:querysecret@"}, false},
		"port only":               {mail.SMTPConfig{URL: "smtp://relay:querysecret@:587"}, false},
		"port 0":                  {mail.SMTPConfig{URL: good + ":0"}, false},
		"port out of range":       {mail.SMTPConfig{URL: good + ":65536"}, false},
		"port of letters":         {mail.SMTPConfig{URL: good + ":querysecret"}, false},
		"unescaped password":      {mail.SMTPConfig{URL: "smtp://relay:query%secret@mail.example"}, false},
		"control character":       {mail.SMTPConfig{URL: good + "\x7f"}, false},
		"path":                    {mail.SMTPConfig{URL: good + "/querysecret"}, false},
		"fragment":                {mail.SMTPConfig{URL: good + "#querysecret"}, false},
		"user only":               {mail.SMTPConfig{URL: "smtp://querysecret@mail.example"}, false},
		"empty password":          {mail.SMTPConfig{URL: "smtp://querysecret:@mail.example"}, false},
		"password only":           {mail.SMTPConfig{URL: "smtp://:querysecret@mail.example"}, false},
		"unknown query":           {mail.SMTPConfig{URL: good + "?starttls=querysecret"}, false},
		"repeated query":          {mail.SMTPConfig{URL: "smtp://mail.example?tls=required&tls=off"}, false},
		"broken query":            {mail.SMTPConfig{URL: good + "?from=%querysecret"}, false},
		"unknown tls":             {mail.SMTPConfig{URL: good + "?tls=querysecret"}, false},
		"empty tls":               {mail.SMTPConfig{URL: "smtp://mail.example?tls="}, false},
		"password without TLS":    {mail.SMTPConfig{URL: good + "?tls=off"}, false},
		"and on this host":        {mail.SMTPConfig{URL: "smtp://relay:querysecret@localhost?tls=off"}, false},
		"smtps without TLS":       {mail.SMTPConfig{URL: "smtps://mail.example?tls=off"}, false},
		"no sender":               {mail.SMTPConfig{URL: good, From: "-"}, false},
		"sender is no address":    {mail.SMTPConfig{URL: good, From: "querysecret"}, false},
		"sender not in ASCII":     {mail.SMTPConfig{URL: good, From: "站点@site.example"}, false},
		"two senders":             {mail.SMTPConfig{URL: good, From: "a@site.example, b@site.example"}, false},
		"sender of several lines": {mail.SMTPConfig{URL: good, From: "=?utf-8?q?a=0AB?= <a@site.example>"}, false},
		"long timeout":            {mail.SMTPConfig{URL: good, Timeout: 5*time.Second + 1}, false},
		"negative timeout":        {mail.SMTPConfig{URL: good, Timeout: -time.Second}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			switch tc.cfg.From {
			case "":
				tc.cfg.From = sender
			case "-":
				tc.cfg.From = ""
			}
			_, err := mail.NewSMTP(tc.cfg)
			if (err == nil) != tc.ok {
				t.Errorf("error %v, want none: %t", err, tc.ok)
			}
			if err != nil && (strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), "example")) {
				t.Errorf("the error has a setting: %v", err)
			}
		})
	}
}

// TestSMTPSender shows that From takes precedence over the URL's parameter.
func TestSMTPSender(t *testing.T) {
	t.Parallel()
	p := (&post{plain: true}).start(t)
	for _, from := range []string{"", "own@other.example"} {
		s, err := mail.NewSMTP(mail.SMTPConfig{URL: "smtp://" + p.address + named, From: from})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Send(t.Context(), message); err != nil {
			t.Fatal(err)
		}
	}
	a, b := p.taken()[0], p.taken()[1]
	if a.from != "noreply@site.example" || b.from != "own@other.example" || b.hello != "other.example" {
		t.Errorf("sent by %+v and %+v", a, b)
	}
}

// FuzzNewSMTP shows that no error quotes the URL or the sender.
func FuzzNewSMTP(f *testing.F) {
	for _, seed := range []string{
		"smtp://u:p@mail.example", "smtps://mail.example:465?from=a%40b.example", "smtp://%zz", "smtp://u:p@h?tls=off",
		"smtp://[::1",
	} {
		f.Add(seed, sender)
	}
	f.Fuzz(func(t *testing.T, url, from string) {
		_, err := mail.NewSMTP(mail.SMTPConfig{URL: url, From: from})
		if err == nil {
			return
		}
		for _, setting := range []string{url, from} {
			if len(setting) > 8 && strings.Contains(err.Error(), setting) {
				t.Errorf("%q is quoted: %v", setting, err)
			}
		}
	})
}
