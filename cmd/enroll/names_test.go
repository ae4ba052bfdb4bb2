package main

import (
	"log/slog"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/enroll-project/enroll/internal/listener"
	"github.com/enroll-project/enroll/internal/postgres"
	"github.com/enroll-project/enroll/internal/settings"
	"github.com/enroll-project/enroll/test/pgtest"
)

// besides returns the other settings that a setting needs. Without them its value is not
// checked.
func besides(name string) []string {
	const third = "ENROLL_CAPTCHA=siteverify ENROLL_SITEVERIFY_URL=https://captcha.example.com/ " +
		"ENROLL_SITEVERIFY_SECRET=hush " +
		"ENROLL_SITEVERIFY_SITE_KEY=key ENROLL_SITEVERIFY_HOSTNAMES=www.example.com"
	switch name {
	case "ENROLL_SMS_WEBHOOK_URL":
		return []string{"ENROLL_SMS=webhook", "ENROLL_SMS_WEBHOOK_SECRET=whsec_" + strings.Repeat("A", 44)}
	case "ENROLL_SMS_WEBHOOK_SECRET":
		return []string{"ENROLL_SMS=webhook", "ENROLL_SMS_WEBHOOK_URL=https://sms.example.com/"}
	case "ENROLL_SMTP_URL":
		return []string{"ENROLL_MAIL_FROM=noreply@example.com"}
	case "ENROLL_MAIL_FROM":
		return []string{"ENROLL_SMTP_URL=smtps://mail.example.com"}
	}
	if strings.HasPrefix(name, "ENROLL_SITEVERIFY") {
		return strings.Fields(third)
	}
	return nil
}

// startError returns the error with which serve would fail to start with these settings. It makes the
// same checks as serve, but closes its ports at once and does not change GOMAXPROCS.
func startError(t *testing.T, pool *postgres.Pool, environ []string) error {
	t.Helper()
	c, err := settings.Read(false, environ)
	if err == nil {
		err = c.Needs()
	}
	if err != nil {
		return err
	}
	for setting, address := range map[string]string{"ENROLL_ADDR": c.Addr, "ENROLL_OPS_ADDR": c.OpsAddr} {
		port, err := listener.Listen(setting, address)
		if err != nil {
			return err
		}
		if err := port.Close(); err != nil {
			t.Fatal(err)
		}
	}
	service, err := newService(c, pool, keysDone, time.Now, prometheus.NewRegistry(), slog.New(slog.DiscardHandler), 1)
	if err == nil {
		service.accounts.Close()
	}
	return err
}

// TestErrorsNameTheirSetting sets one setting after the other to each of several
// texts that few settings accept. A refusal names the setting, and shows no secret.
func TestErrorsNameTheirSetting(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	usual := append(production(t), "ENROLL_DATABASE_URL="+pool.Config().ConnString(), "ENROLL_ADDR=127.0.0.1:0",
		"ENROLL_OPS_ADDR=127.0.0.1:0")
	if err := startError(t, pool, usual); err != nil {
		t.Fatal(err)
	}
	texts := []string{"xyzzy", ":xyzzy", "https://xyzzy:xyzzy/", "ftp://xyzzy/", "-1", strings.Repeat("xyzzy", 60)}
	refused := 0
	for _, text := range texts {
		var accepted []settings.Field // by package settings, which does not check the form of all
		for _, f := range settings.Fields() {
			environ := append(usual[:len(usual):len(usual)], besides(f.Name)...)
			if _, err := settings.Read(false, append(environ, set(f, text))); err != nil {
				refused++
				if !mentions(err, f.Name) || strings.Contains(err.Error(), hidden) {
					t.Errorf("%s: %v", set(f, text), err)
				}
			} else {
				accepted = append(accepted, f)
			}
		}
		refused += refusedByParts(t, pool, usual, accepted, text)
	}
	if refused < 150 {
		t.Errorf("only %d texts are refused, want at least 150", refused)
	}
}

// refusedByParts sets all these settings to a text, and returns how many of them a part of the
// service refuses. It sets them together, because making a service takes long. Each error names
// one setting, and the next attempt is made without it, until the service starts.
func refusedByParts(
	t *testing.T, pool *postgres.Pool, usual []string, all []settings.Field, text string,
) (refused int) {
	t.Helper()
	for {
		environ := slices.Clone(usual)
		for _, f := range all {
			environ = append(environ, besides(f.Name)...)
		}
		for _, f := range all {
			environ = append(environ, set(f, text))
		}
		err := startError(t, pool, environ)
		if err == nil {
			return refused
		}
		// An error may name several, of which one at least has the text.
		named := slices.IndexFunc(all, func(f settings.Field) bool { return mentions(err, f.Name) })
		if named < 0 {
			t.Errorf("%q: the error names none of the settings with it: %v", text, err)
			return refused
		}
		if strings.Contains(err.Error(), hidden) {
			t.Errorf("the error shows a secret: %v", err)
		}
		refused++
		all = slices.Delete(all, named, named+1)
	}
}

// hidden replaces the word xyzzy in the texts of secrets. No error may show it.
const hidden = "plugh"

// set returns the line of an environment that sets a setting to a text.
func set(f settings.Field, text string) string {
	if f.Secret {
		text = strings.ReplaceAll(text, "xyzzy", hidden)
	}
	return f.Name + "=" + text
}

// mentions reports whether an error has a setting's name, and not only one that begins with it.
func mentions(err error, name string) bool {
	return regexp.MustCompile(`\b` + name + `\b`).MatchString(err.Error())
}
