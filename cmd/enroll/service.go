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
	"github.com/enroll-project/enroll/internal/breach"
	"github.com/enroll-project/enroll/internal/captcha"
	"github.com/enroll-project/enroll/internal/identifier"
	"github.com/enroll-project/enroll/internal/limit"
	"github.com/enroll-project/enroll/internal/mail"
	"github.com/enroll-project/enroll/internal/password"
	"github.com/enroll-project/enroll/internal/postgres"
	"github.com/enroll-project/enroll/internal/server"
	"github.com/enroll-project/enroll/internal/signup"
	"github.com/enroll-project/enroll/internal/sms"
	"github.com/enroll-project/enroll/internal/swaggerui"
	"github.com/enroll-project/enroll/internal/token"
)

// service is what serve wires together.
type service struct {
	accounts *account.Service
	api      http.Handler
}

// close gives up the connections that senders and judges keep for the next
// request; call it when no request is being served any more.
func (s *service) close() {
	for _, part := range []any{s.accounts.SMS, s.accounts.Captchas} {
		if keeper, ok := part.(interface{ Close() }); ok {
			keeper.Close()
		}
	}
	if s.accounts.Breaches != nil {
		s.accounts.Breaches.Close()
	}
}

// newService makes every part from the settings, in the order in which they
// need each other. now is the clock by which things end; what only measures how
// long something takes has the machine's own.
func newService(
	c config, pool *postgres.Pool, now func() time.Time, registry prometheus.Registerer, log *slog.Logger, hashers int,
) (*service, error) {
	secret, err := c.secret()
	if err != nil {
		return nil, err
	}
	phones, err := identifier.NewPhoneRules(c.PhoneRegion, c.phoneCountries())
	if err != nil {
		return nil, fmt.Errorf("ENROLL_PHONE_REGION, ENROLL_PHONE_COUNTRIES: %w", err)
	}
	tokens, err := c.newTokens(now)
	if err != nil {
		return nil, err
	}
	captchas, err := c.newCaptchas(secret, now)
	if err != nil {
		return nil, err
	}
	hasher, err := password.New(password.Config{Workers: hashers, Metrics: registry})
	if err != nil {
		return nil, err
	}
	implementation, fault := hasher.Implementation()
	logHasher(log, implementation, fault)
	accounts, err := c.newAccounts(pool, now, registry, log, secret, tokens, captchas, hasher)
	if err != nil {
		return nil, err
	}
	api, err := c.newAPI(registry, log, accounts, tokens, phones)
	if err != nil {
		return nil, err
	}
	return &service{accounts: accounts, api: api}, nil
}

func (c config) newAccounts(
	pool *postgres.Pool, now func() time.Time, registry prometheus.Registerer, log *slog.Logger,
	secret []byte, tokens *token.Signer, captchas captcha.Provider, hasher *password.Hasher,
) (*account.Service, error) {
	policy, err := password.NewPolicy(password.PolicyConfig{MinLength: c.PasswordMin})
	if err != nil {
		return nil, fmt.Errorf("ENROLL_PASSWORD_MIN_LENGTH: %w", err)
	}
	breaches, err := c.newBreaches(registry)
	if err != nil {
		return nil, err
	}
	sender, err := c.newSender(log)
	if err != nil {
		return nil, err
	}
	mails, err := c.newMail(log)
	if err != nil {
		return nil, err
	}
	return account.New(account.Config{
		Pool: pool, Policy: policy, Breaches: breaches, Hasher: hasher, Tokens: tokens, SMS: sender, Mail: mails,
		Captchas: captchas, CaptchaOn: c.captchaOn(), CaptchaNetwork: account.CaptchaNetwork(c.CaptchaNetwork),
		PhoneRegion: c.PhoneRegion, PhoneCountries: c.phoneCountries(), Limits: c.limits(), SiteWords: c.SiteWords,
		Secret: secret, TokenLife: c.TokenTTL, LoginLife: c.LoginTTL, GroupID: c.GroupID, InviteLimit: c.InviteLimit,
		Now: now, Rand: rand.Reader, Metrics: registry,
	})
}

// logHasher says what computes the hashes, and warns if it is not what it
// should be on this CPU.
func logHasher(log *slog.Logger, implementation string, fault error) {
	if fault != nil {
		log.Warn("a faster argon2id failed its test and is not used", "implementation", implementation, "err", fault)
		return
	}
	log.Info("argon2id tested", "implementation", implementation)
}

func (c config) newAPI(
	registry prometheus.Registerer, log *slog.Logger, accounts *account.Service, tokens *token.Signer,
	phones identifier.PhoneRules,
) (http.Handler, error) {
	limiter, err := limit.New(limit.Config{
		IPv4Addr: c.LimitAddress, IPv6Subnet: c.LimitAddress,
		IPv4Block: c.LimitNetwork, IPv6Site: c.LimitNetwork, Now: time.Now,
	})
	if err != nil {
		return nil, fmt.Errorf("ENROLL_LIMIT_ADDRESS, ENROLL_LIMIT_NETWORK: %w", err)
	}
	var docs []swaggerui.Option
	if c.dev {
		docs = append(docs, swaggerui.PersistAuthorization())
	}
	var page http.Handler
	if c.Page == "on" {
		page = signup.Handler(signup.Options{PasswordMin: c.PasswordMin, Phone: c.SMS != ""})
	}
	return server.New(server.Config{
		Accounts: accounts, Tokens: tokens, Sites: c.Sites, Locale: c.Locale,
		AlwaysOK:    c.HTTPStatus == "always-200",
		FormatPhone: func(e164 string) string { return phones.Format(e164, identifier.PhoneStyle(c.PhoneFormat)) },
		AssetBase:   c.AssetBase, Limiter: limiter, Proxies: c.TrustedProxies, Origins: c.CORSOrigins,
		Logger: log, Registry: registry, Now: time.Now, Rand: rand.Reader,
		Docs: swaggerui.Handler("/openapi.yaml", docs...), Page: page,
	})
}

func (c config) newTokens(now func() time.Time) (*token.Signer, error) {
	keys, err := c.tokenKeys()
	if err != nil {
		return nil, err
	}
	signer, err := token.New(token.Config{
		Keys: keys, Issuer: c.TokenIssuer, Audience: c.TokenAudience, Now: now, Rand: rand.Reader,
	})
	if err != nil {
		return nil, fmt.Errorf("ENROLL_TOKEN_KEYS, ENROLL_TOKEN_ISSUER, ENROLL_TOKEN_AUDIENCE: %w", err)
	}
	return signer, nil
}

// newCaptchas returns nil where captchas are off.
func (c config) newCaptchas(secret []byte, now func() time.Time) (captcha.Provider, error) {
	common := captcha.Config{Secret: secret, Now: now, Rand: rand.Reader}
	switch c.Captcha {
	case "image":
		return captcha.NewImages(common)
	case "pow":
		return captcha.NewWork(captcha.WorkConfig{Config: common})
	case "siteverify":
		third, err := captcha.NewSiteVerify(captcha.SiteVerifyConfig{
			URL: c.SiteVerifyURL, Secret: c.SiteVerifySecret, SiteKey: c.SiteVerifyKey, Hostnames: c.SiteVerifyHosts, Now: now,
		})
		if err != nil {
			return nil, fmt.Errorf("ENROLL_SITEVERIFY_URL, ENROLL_SITEVERIFY_HOSTNAMES: %w", err)
		}
		return third, nil
	}
	return nil, nil
}

func (c config) captchaOn() []account.Operation {
	var on []account.Operation
	for _, op := range c.CaptchaOn {
		on = append(on, account.Operation(op))
	}
	return on
}

// newBreaches returns nil where no API of breached passwords is to be asked.
func (c config) newBreaches(registry prometheus.Registerer) (*breach.Checker, error) {
	if c.BreachCheckURL == "" {
		return nil, nil
	}
	breaches, err := breach.New(breach.Config{URL: c.BreachCheckURL, Now: time.Now, Metrics: registry})
	if err != nil {
		return nil, fmt.Errorf("ENROLL_BREACH_CHECK_URL: %w", err)
	}
	return breaches, nil
}

// newSender returns nil where no sender is configured: phones cannot
// register then.
func (c config) newSender(log *slog.Logger) (sms.Sender, error) {
	switch c.SMS {
	case "log":
		return sms.NewLog(log), nil
	case "webhook":
		webhook, err := sms.NewWebhook(sms.WebhookConfig{
			URL: c.SMSWebhookURL, Secret: c.SMSWebhookSecret, Now: time.Now, Rand: rand.Reader,
		})
		if err != nil {
			return nil, fmt.Errorf("ENROLL_SMS_WEBHOOK_URL, ENROLL_SMS_WEBHOOK_SECRET: %w", err)
		}
		return webhook, nil
	}
	return nil, nil
}

// newMail returns nil where there is no mail server: no email can be verified
// then.
func (c config) newMail(log *slog.Logger) (mail.Sender, error) {
	if c.SMTPURL == "" {
		if c.dev {
			return mail.NewLog(log), nil
		}
		return nil, nil
	}
	smtp, err := mail.NewSMTP(mail.SMTPConfig{URL: c.SMTPURL, From: c.MailFrom, Now: time.Now, Rand: rand.Reader})
	if err != nil {
		return nil, fmt.Errorf("ENROLL_SMTP_URL, ENROLL_MAIL_FROM: %w", err)
	}
	return smtp, nil
}

func (c config) limits() account.Limits {
	return account.Limits{
		SMSPerPrefix: int32(c.LimitSMSPrefix), SMSPerNetwork: int32(c.LimitSMSNetwork), SMSTotal: int32(c.LimitSMSDay),
		MailPerUser: int32(c.LimitMailUser), MailPerNetwork: int32(c.LimitMailNetwork), MailTotal: int32(c.LimitMailDay),
		LoginPerNetwork: int32(c.LimitLoginNet), LoginPerAccount: int32(c.LimitLogin),
	}
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
