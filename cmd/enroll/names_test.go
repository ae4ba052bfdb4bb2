package main

import (
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/enroll-project/enroll/internal/listener"
	"github.com/enroll-project/enroll/internal/postgres"
	"github.com/enroll-project/enroll/internal/settings"
	"github.com/enroll-project/enroll/test/pgtest"
)

// besides returns the other settings that a setting needs, without which its value is not
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

// startError is why serve would not start with these settings. It does what serve
// does, in the same order, but listens nowhere and leaves GOMAXPROCS alone.
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
	service, err := newService(c, pool, time.Now, prometheus.NewRegistry(), slog.New(slog.DiscardHandler), 1)
	if err == nil {
		service.accounts.Close()
	}
	return err
}

// TestErrorsNameTheirSetting sets one setting after the other to each of several
// texts that few settings take. A refusal names the setting, and tells no secret.
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
	for _, f := range settings.Fields() {
		for _, text := range texts {
			environ := append(usual[:len(usual):len(usual)], besides(f.Name)...)
			err := startError(t, pool, append(environ, f.Name+"="+text))
			if err == nil {
				continue
			}
			refused++
			if !strings.Contains(err.Error(), f.Name) {
				t.Errorf("%s=%q: %v", f.Name, text, err)
			}
			if f.Secret && strings.Contains(err.Error(), "xyzzy") {
				t.Errorf("%s=%q: the error shows the value: %v", f.Name, text, err)
			}
		}
	}
	if refused < 150 {
		t.Errorf("only %d texts are refused", refused)
	}
}
