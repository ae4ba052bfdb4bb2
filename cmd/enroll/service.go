package main

import (
	"crypto/rand"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/enroll-project/enroll/internal/account"
	"github.com/enroll-project/enroll/internal/captcha"
	"github.com/enroll-project/enroll/internal/identifier"
	"github.com/enroll-project/enroll/internal/password"
	"github.com/enroll-project/enroll/internal/postgres"
	"github.com/enroll-project/enroll/internal/server"
	"github.com/enroll-project/enroll/internal/sms"
	"github.com/enroll-project/enroll/internal/swaggerui"
	"github.com/enroll-project/enroll/internal/token"
)

// service is what serve wires together.
type service struct {
	accounts *account.Service
	api      http.Handler
}

// newService makes every part from the settings, in the order in which they
// need each other.
func newService(c config, pool *postgres.Pool, registry prometheus.Registerer, log *slog.Logger) (*service, error) {
	secret, err := c.secret()
	if err != nil {
		return nil, err
	}
	tokens, err := c.newTokens()
	if err != nil {
		return nil, err
	}
	captchas, err := c.newCaptchas(secret)
	if err != nil {
		return nil, err
	}
	sender, err := c.newSender(log)
	if err != nil {
		return nil, err
	}
	phones, err := identifier.NewPhoneRules(c.PhoneRegion, c.phoneCountries())
	if err != nil {
		return nil, fmt.Errorf("ENROLL_PHONE_REGION, ENROLL_PHONE_COUNTRIES: %w", err)
	}
	policy, err := password.NewPolicy(password.PolicyConfig{MinLength: c.PasswordMin})
	if err != nil {
		return nil, fmt.Errorf("ENROLL_PASSWORD_MIN_LENGTH: %w", err)
	}
	hasher, err := password.New(password.Config{Metrics: registry})
	if err != nil {
		return nil, err
	}
	accounts, err := account.New(account.Config{
		Pool: pool, Policy: policy, Hasher: hasher, Tokens: tokens, PhoneRegion: c.PhoneRegion, PhoneCountries: c.phoneCountries(), Captchas: captchas, SMS: sender,
		Secret: secret, TokenLife: c.TokenTTL, LoginLife: c.LoginTTL, GroupID: c.GroupID, InviteLimit: c.InviteLimit,
		Now: time.Now, Rand: rand.Reader, Metrics: registry,
	})
	if err != nil {
		return nil, err
	}
	var docs []swaggerui.Option
	if c.dev {
		docs = append(docs, swaggerui.PersistAuthorization())
	}
	api, err := server.New(server.Config{
		Accounts: accounts, Tokens: tokens, Captcha: captchas, Sites: c.Sites, Locale: c.Locale,
		AlwaysOK: c.HTTPStatus == "always-200", FormatPhone: func(e164 string) string { return phones.Format(e164, identifier.PhoneStyle(c.PhoneFormat)) },
		AssetBase: c.AssetBase, Logger: log, Registry: registry, Now: time.Now, Rand: rand.Reader, Docs: swaggerui.Handler("/openapi.yaml", docs...),
	})
	if err != nil {
		return nil, err
	}
	return &service{accounts: accounts, api: api}, nil
}

func (c config) newTokens() (*token.Signer, error) {
	keys, err := c.tokenKeys()
	if err != nil {
		return nil, err
	}
	return token.New(token.Config{Keys: keys, Issuer: c.TokenIssuer, Audience: c.TokenAudience, Now: time.Now, Rand: rand.Reader})
}

// newCaptchas returns nil where captchas are off.
func (c config) newCaptchas(secret []byte) (*captcha.Images, error) {
	if c.Captcha == "off" {
		return nil, nil
	}
	return captcha.NewImages(captcha.Config{Secret: secret, Now: time.Now, Rand: rand.Reader})
}

// newSender returns nil where no sender is configured: phones cannot
// register then.
func (c config) newSender(log *slog.Logger) (sms.Sender, error) {
	switch c.SMS {
	case "log":
		return sms.NewLog(log), nil
	case "webhook":
		webhook, err := sms.NewWebhook(sms.WebhookConfig{URL: c.SMSWebhookURL, Secret: c.SMSWebhookSecret, Now: time.Now, Rand: rand.Reader})
		if err != nil {
			return nil, fmt.Errorf("ENROLL_SMS_WEBHOOK_URL, ENROLL_SMS_WEBHOOK_SECRET: %w", err)
		}
		return webhook, nil
	}
	return nil, nil
}

// phoneCountries is nil for all countries.
func (c config) phoneCountries() []string {
	switch {
	case len(c.PhoneCountries) == 0:
		return []string{c.PhoneRegion}
	case slices.Contains(c.PhoneCountries, "*"):
		return nil
	}
	return c.PhoneCountries
}
