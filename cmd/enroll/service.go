package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	random "math/rand/v2"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/enroll-project/enroll/internal/account"
	"github.com/enroll-project/enroll/internal/audit"
	"github.com/enroll-project/enroll/internal/captcha"
	"github.com/enroll-project/enroll/internal/command"
	"github.com/enroll-project/enroll/internal/event"
	"github.com/enroll-project/enroll/internal/extra"
	"github.com/enroll-project/enroll/internal/identifier"
	"github.com/enroll-project/enroll/internal/limit"
	"github.com/enroll-project/enroll/internal/password"
	"github.com/enroll-project/enroll/internal/postgres"
	"github.com/enroll-project/enroll/internal/price"
	"github.com/enroll-project/enroll/internal/server"
	"github.com/enroll-project/enroll/internal/settings"
	"github.com/enroll-project/enroll/internal/smscount"
	"github.com/enroll-project/enroll/internal/swaggerui"
	"github.com/enroll-project/enroll/internal/terms"
	"github.com/enroll-project/enroll/internal/token"
	"github.com/enroll-project/enroll/internal/wording"
)

// service has the parts that serve uses itself: the handlers, and the parts with methods that it calls
// on a timer or at the end. The handlers hold all other parts that newService makes.
type service struct {
	accounts *account.Service
	sms      *smscount.Counter
	audit    *audit.Log
	events   *event.Log
	sender   *event.Sender // nil if there is no receiver of events
	api      http.Handler
	admin    http.Handler // nil if it is off
	receipts http.Handler // nil if they are off
}

// newService makes every part from the settings, each after the parts that it uses.
// An error names the settings that cause it. keys returns nil once all stored keys of
// identifiers are of this version. now is the database's clock, by which codes, captchas
// and tokens expire. Parts that only measure durations (rate limits, the breach check,
// latencies) use time.Now, which is monotonic.
func newService(
	c settings.Config, pool *postgres.Pool, keys func(context.Context) error, now func() time.Time,
	registry prometheus.Registerer, log *slog.Logger, hashers int,
) (*service, error) {
	secret, err := c.SecretBytes()
	if err != nil {
		return nil, err
	}
	// These rules only format phones in answers. Package account parses phones by rules of
	// its own, which it makes from the same settings.
	phones, err := identifier.NewPhoneRules(c.PhoneRegion, c.ServedCountries())
	if err != nil {
		return nil, fmt.Errorf("ENROLL_PHONE_REGION, ENROLL_PHONE_COUNTRIES: %w", err)
	}
	if phones, err = phones.Also(c.PhoneAlso); err != nil {
		return nil, fmt.Errorf("ENROLL_PHONE_ALSO: %w", err)
	}
	tokens, err := newTokens(c, now)
	if err != nil {
		return nil, err
	}
	captchas, err := newCaptchas(c, secret, now)
	if err != nil {
		return nil, err
	}
	// New tests the argon2id implementation that suits this CPU against x/crypto and
	// falls back if they differ: a user with a wrong hash could never log in again.
	hasher, err := password.New(password.Config{Workers: hashers, Metrics: registry})
	if err != nil {
		return nil, err
	}
	// The log says if hashes are slower than this CPU allows.
	implementation, failure := hasher.Implementation()
	logHasher(log, implementation, failure)
	// Both APIs check extra data by this schema, so that its bound of checks at a time covers both.
	described, err := command.NewExtra(c)
	if err != nil {
		return nil, err
	}
	// Messages are counted in memory and stored by the purge, so that a message costs no statement.
	messages := smscount.New(pool, now)
	accounts, err := newAccounts(c, pool, now, registry, log, secret, tokens, captchas, hasher, described, messages)
	if err != nil {
		return nil, err
	}
	api, err := newAPI(c, keys, registry, log, accounts, tokens, phones)
	if err != nil {
		return nil, err
	}
	// The purge and the admin API use this log. The use cases write its entries, in their transactions.
	entries, err := audit.New(audit.Config{Pool: pool, Keep: c.AuditKeep, Now: now})
	if err != nil {
		return nil, err
	}
	events, receivers, err := newEvents(c, pool, now)
	if err != nil {
		return nil, err
	}
	// The admin API comes after the accounts, because it uses their check of sessions. Its error fails
	// the start even if the public API could serve: an address that is set must work.
	operators, err := newAdmin(c, pool, now, log, accounts, tokens, entries, events, hasher, described)
	if err != nil {
		return nil, err
	}
	sender, err := newEventSender(c, receivers, pool, now, registry, log)
	if err != nil {
		return nil, err
	}
	receipts, err := newReceipts(c, secret, messages, registry, log)
	if err != nil {
		return nil, err
	}
	return &service{
		accounts: accounts, sms: messages, audit: entries, events: events, sender: sender, api: api, admin: operators,
		receipts: receipts,
	}, nil
}

// newEvents returns the log of events and the receivers to which they are sent.
func newEvents(c settings.Config, pool *postgres.Pool, now func() time.Time) (*event.Log, []event.Receiver, error) {
	// Package settings has parsed the same texts, to refuse them together with other mistakes.
	receivers, err := event.ParseReceivers(c.EventsURL, c.EventsSecret)
	if err != nil {
		return nil, nil, fmt.Errorf("ENROLL_EVENTS_URL, ENROLL_EVENTS_SECRET: %w", err)
	}
	// Triggers of the database write the events. This log reads and purges them, and queues those that an operator
	// replays, so it knows the names of the receivers. It needs no part of the service but the pool: the sender finds
	// what is queued in the database.
	events, err := event.New(event.Config{Pool: pool, Keep: c.EventsKeep, Now: now, Receivers: receivers})
	return events, receivers, err
}

// newEventSender returns nil if there is no receiver of events. Then nothing of it runs, and no row is written. The
// jitter of retries protects no secret, so its random numbers need not be those of crypto/rand.
func newEventSender(
	c settings.Config, receivers []event.Receiver, pool *postgres.Pool, now func() time.Time,
	registry prometheus.Registerer, log *slog.Logger,
) (*event.Sender, error) {
	if len(receivers) == 0 {
		return nil, nil
	}
	return event.NewSender(event.SenderConfig{
		Pool: pool, Receivers: receivers, Retry: event.RetryFor, Keep: c.EventsKeep, Now: now,
		Rand: random.Float64, Metrics: registry, Log: log,
	})
}

// newAccounts makes the account service and the parts that only it uses: the password
// policy, the breach check and the senders. If a way to send is not set, its sender is
// nil, and account refuses what needs it.
func newAccounts(
	c settings.Config, pool *postgres.Pool, now func() time.Time, registry prometheus.Registerer, log *slog.Logger,
	secret []byte, tokens *token.Signer, captchas captcha.Provider, hasher *password.Hasher, described *extra.Schema,
	messages *smscount.Counter,
) (*account.Service, error) {
	// The list of common passwords is part of the policy and needs no connection. The
	// API of breached passwords is queried in addition.
	policy, err := password.NewPolicy(password.PolicyConfig{MinLength: c.PasswordMin})
	if err != nil {
		return nil, fmt.Errorf("ENROLL_PASSWORD_MIN_LENGTH: %w", err)
	}
	breaches, err := newBreaches(c, registry)
	if err != nil {
		return nil, err
	}
	decides, err := newHook(c, registry)
	if err != nil {
		return nil, err
	}
	// Prices come before the senders and the limits, because both use them.
	prices, err := newPrices(c)
	if err != nil {
		return nil, err
	}
	// Words come before both senders, so that one mistake in a file is one error.
	words, err := command.NewWords(c)
	if err != nil {
		return nil, err
	}
	sender, err := newSender(c, words, prices, log, registry, countSMS(messages, prices, command.NewTexts(c, words)))
	if err != nil {
		return nil, err
	}
	mails, err := newMail(c, words, log)
	if err != nil {
		return nil, err
	}
	// Now and Rand are parameters of account so that its tests can choose times, codes
	// and invitations. rand.Reader is the system's random source.
	return account.New(account.Config{
		Pool: pool, Policy: policy, Breaches: breaches, Hasher: hasher, Tokens: tokens, SMS: sender, Mail: mails,
		Calls:  callsTo(c),
		Signup: account.Signup(c.Signup), MinAge: c.MinAge, Methods: registerBy(c), Hook: decides,
		Terms:    terms.Terms{Version: c.Terms, URL: c.TermsURL},
		Captchas: captchas, CaptchaOn: captchaOn(c), CaptchaNetwork: account.CaptchaNetwork(c.CaptchaNetwork),
		PhoneRegion: c.PhoneRegion, PhoneCountries: c.ServedCountries(), PhoneAlso: c.PhoneAlso,
		EmailDomains: c.EmailDomains, EmailDenied: c.EmailDenied,
		EmailDisposableDenied: c.EmailDisposable == "deny", EmailDisposableExcept: c.EmailDisposableExcept,
		Limits: limits(c, prices, words, log), SiteWords: c.SiteWords,
		Secret: secret, TokenLife: c.TokenTTL, LoginLife: c.LoginTTL, SessionMax: c.SessionMax, DeleteAfter: c.DeleteAfter,
		NameQuarantine: c.NameQuarantine, NameChangeAfter: c.NameChangeAfter,
		Extra: described, Languages: c.Languages,
		GroupID: c.GroupID, InviteLimit: c.InviteLimit,
		Now: now, Rand: rand.Reader, Metrics: registry, Log: log, // check: clock-account
	})
}

// logHasher logs which implementation computes the hashes. If a faster one failed
// its self-test at the start, that is a warning: hashes are right, but slower.
func logHasher(log *slog.Logger, implementation string, failure error) {
	if failure != nil {
		log.Warn("a faster argon2id failed its test and is not used", "implementation", implementation, "err", failure)
		return
	}
	log.Info("argon2id tested", "implementation", implementation)
}

// newAPI makes the HTTP handler of the API, the page and Swagger UI. Swagger UI is always
// served, at /docs/: the contract is public, and the API does not rely on its secrecy.
func newAPI(
	c settings.Config, keys func(context.Context) error, registry prometheus.Registerer, log *slog.Logger,
	accounts *account.Service, tokens *token.Signer, phones identifier.PhoneRules,
) (http.Handler, error) {
	// An IPv4 address and an IPv6 /64 have one rate, because a household has one of
	// them. A /24 and a /48 have another, because a provider's customer may have one of
	// them. The counts are in memory and not in the database, so that a flood is refused
	// without a query.
	limiter, err := limit.New(limit.Config{
		IPv4Addr: c.LimitAddress, IPv6Subnet: c.LimitAddress,
		IPv4Block: c.LimitNetwork, IPv6Site: c.LimitNetwork, Now: time.Now,
	})
	if err != nil {
		return nil, fmt.Errorf("ENROLL_LIMIT_ADDRESS, ENROLL_LIMIT_NETWORK: %w", err)
	}
	// Documents are cheap to serve and are cached by browsers and proxies, so one rate for all of
	// them suffices. The rate of a network is ten times as high, as the setting's description says.
	network := c.LimitDocuments
	network.Count = min(10*network.Count, limit.MaxCount)
	documents, err := limit.New(limit.Config{
		IPv4Addr: c.LimitDocuments, IPv6Subnet: c.LimitDocuments, IPv4Block: network, IPv6Site: network, Now: time.Now,
	})
	if err != nil {
		return nil, fmt.Errorf("ENROLL_LIMIT_DOCUMENTS: %w", err)
	}
	// In development a reload of Swagger UI keeps the token. In production a token
	// must not stay in the browser's storage.
	var docs []swaggerui.Option
	if c.Dev {
		docs = append(docs, swaggerui.PersistAuthorization())
	}
	return server.New(server.Config{
		Accounts: accounts, Tokens: tokens, Sites: c.Sites, Languages: c.Languages,
		Keys:        keys, // check: keys-wired
		AlwaysOK:    alwaysOK(c),
		Compat:      c.Compat != "",
		FormatPhone: func(e164 string) string { return phones.Format(e164, identifier.PhoneStyle(c.PhoneFormat)) },
		AssetBase:   c.AssetBase, Limiter: limiter, DocumentLimiter: documents,
		Proxies: c.TrustedProxies, Origins: c.CORSOrigins,
		Logger: log, Registry: registry, Now: time.Now, Rand: rand.Reader,
		Docs: swaggerui.Handler(spec(c), docs...), Page: newPage(c, accounts.Offers()),
	})
}

// newTokens makes the signer from the keys of the settings. It returns an error if the
// first key cannot sign, if a key is listed twice, or if issuer or audience do not
// have 1 to 255 bytes of text.
func newTokens(c settings.Config, now func() time.Time) (*token.Signer, error) {
	// The files are read once. A key that is added takes effect at the next start.
	keys, err := c.SigningKeys()
	if err != nil {
		return nil, err
	}
	signer, err := token.New(token.Config{
		Keys: keys, Issuer: c.TokenIssuer, Audience: c.TokenAudience, Now: now, Rand: rand.Reader, // check: clock-token
	})
	if err != nil {
		return nil, fmt.Errorf("ENROLL_TOKEN_KEYS, ENROLL_TOKEN_ISSUER, ENROLL_TOKEN_AUDIENCE: %w", err)
	}
	return signer, nil
}

// newCaptchas returns nil if captchas are off.
func newCaptchas(c settings.Config, secret []byte, now func() time.Time) (captcha.Provider, error) {
	// Images and proofs of work are sealed with the secret, so every replica can check
	// those of the others.
	common := captcha.Config{Secret: secret, Now: now, Rand: rand.Reader} // check: clock-captcha
	switch c.Captcha {
	case "image":
		return captcha.NewImages(common)
	case "pow":
		return captcha.NewWork(captcha.WorkConfig{Config: common})
	case "image+pow":
		return captcha.NewImagesWithWork(captcha.WorkConfig{Config: common})
	case "siteverify":
		// The third party verifies the answers, so the secret of this service is not needed.
		third, err := captcha.NewSiteVerify(captcha.SiteVerifyConfig{
			URL: c.SiteVerifyURL, Secret: c.SiteVerifySecret, SiteKey: c.SiteVerifyKey, Hostnames: c.SiteVerifyHosts, Now: now,
		})
		if err != nil {
			return nil, fmt.Errorf("ENROLL_SITEVERIFY_URL, ENROLL_SITEVERIFY_HOSTNAMES: %w", err)
		}
		return third, nil
	}
	return nil, nil // off: package settings has refused all other values
}

// captchaOn returns the operations that require a captcha. Package settings has checked their names.
// With captchas off the list has no effect.
func captchaOn(c settings.Config) []account.Operation {
	// The setting is a list of text, for the reason that registerBy gives.
	var on []account.Operation
	for _, op := range c.CaptchaOn {
		on = append(on, account.Operation(op))
	}
	return on
}

// limits returns the budgets of sending and the bounds on wrong passwords and unsolved
// captchas. 0 means no bound.
func limits(
	c settings.Config, prices *price.Table, words *wording.Words, log *slog.Logger,
) account.Limits {
	// A Count is an int32 with a text form of its own, so no conversion overflows.
	return account.Limits{
		SMSPerPrefix: int32(c.LimitSMSPrefix), SMSPerNetwork: int32(c.LimitSMSNetwork), SMSTotal: int32(c.LimitSMSDay),
		MailPerUser: int32(c.LimitMailUser), MailPerNetwork: int32(c.LimitMailNetwork),
		MailPerDomain: int32(c.LimitMailDomain), MailTotal: int32(c.LimitMailDay), Money: newMoney(c, prices, words, log),
		LoginPerNetwork: int32(c.LimitLoginNet), LoginPerAccount: int32(c.LimitLogin),
		LoginAccounts: int32(c.LimitLoginSpray), CaptchasPerNetwork: int32(c.LimitCaptchas),
	}
}

// alwaysOK reports whether refusals are answered with HTTP status 200.
func alwaysOK(c settings.Config) bool { return c.HTTPStatus == "always-200" || c.Compat != "" }

// spec is the URL of the contract that Swagger UI shows: the one that describes the
// answers of this deployment.
func spec(c settings.Config) string {
	if alwaysOK(c) {
		return "/openapi-always-200.yaml"
	}
	return "/openapi.yaml"
}
