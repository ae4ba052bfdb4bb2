package main

import (
	"crypto/rand"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/enroll-project/enroll/internal/breach"
	"github.com/enroll-project/enroll/internal/hook"
	"github.com/enroll-project/enroll/internal/mail"
	"github.com/enroll-project/enroll/internal/settings"
	"github.com/enroll-project/enroll/internal/wording"
)

// newBreaches returns nil if no API of breached passwords is set. If the API does not
// answer, a password passes: registration must not depend on a third party.
func newBreaches(c settings.Config, registry prometheus.Registerer) (*breach.Checker, error) {
	if c.BreachCheckURL == "" {
		return nil, nil
	}
	// The check measures only durations, so it uses the clock of the process.
	breaches, err := breach.New(breach.Config{URL: c.BreachCheckURL, Now: time.Now, Metrics: registry})
	if err != nil {
		return nil, fmt.Errorf("ENROLL_BREACH_CHECK_URL: %w", err)
	}
	return breaches, nil
}

// newHook returns nil if no program of the operator decides about registrations. It makes no connection: a program
// that is away does not keep the service from starting.
func newHook(c settings.Config, registry prometheus.Registerer) (*hook.Hook, error) {
	if c.HookURL == "" {
		return nil, nil
	}
	// Receivers refuse a signature whose time is minutes off, by their own clock, so this is the clock of the process.
	decides, err := hook.New(hook.Config{
		URL: c.HookURL, Secret: c.HookSecret, Open: c.HookFail == "open", Now: time.Now, Rand: rand.Reader, Metrics: registry,
	})
	if err != nil {
		return nil, fmt.Errorf("ENROLL_HOOK_URL, ENROLL_HOOK_SECRET: %w", err)
	}
	return decides, nil
}

// newMail returns nil if no sender of mails is set, except in development, where codes are
// logged. Without a mail sender no email can be verified.
//
// No sender makes a connection now: a mail server that is away does not keep the service from starting.
func newMail(c settings.Config, words *wording.Words, log *slog.Logger) (mail.Sender, error) {
	switch c.MailSender() {
	// A message is written by the same code for both senders, with the operator's words.
	case "smtp":
		smtp, err := mail.NewSMTP(mail.SMTPConfig{
			URL: c.SMTPURL, From: c.MailFrom, Words: words, Now: time.Now, Rand: rand.Reader,
		})
		if err != nil {
			return nil, fmt.Errorf("ENROLL_SMTP_URL, ENROLL_MAIL_FROM: %w", err)
		}
		return smtp, nil
	case "ses":
		// Signatures have the time of the process, as those for SMS: AWS refuses one that is five minutes off.
		// The keys of a role are fetched for the first mail. Until then an outage of AWS is not noticed, as with a mail
		// server that is away.
		role, err := newRole(c, c.SESKeyID, c.SESRegion, os.Getenv, log)
		if err != nil {
			return nil, err
		}
		ses, err := mail.NewSES(mail.SESConfig{
			KeyID: c.SESKeyID, SecretKey: c.SESSecretKey, Role: role, Region: c.SESRegion, From: c.MailFrom,
			ConfigurationSet: c.SESConfigSet, Words: words, Endpoint: c.SESEndpoint, Now: time.Now, Rand: rand.Reader,
		})
		if err != nil {
			return nil, fmt.Errorf("ENROLL_MAIL_FROM, ENROLL_MAIL_SES_…: %w", err)
		}
		return ses, nil
	}
	// Without a sender, requests for a code by email are refused as not offered here.
	// A code in the log is a credential in the log, so codes are logged with --dev only.
	if c.Dev {
		return mail.NewLog(log), nil
	}
	return nil, nil
}
