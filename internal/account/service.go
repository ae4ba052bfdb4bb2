package account

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/enroll-project/enroll/gen/db"
	"github.com/enroll-project/enroll/internal/address"
	"github.com/enroll-project/enroll/internal/breach"
	"github.com/enroll-project/enroll/internal/captcha"
	"github.com/enroll-project/enroll/internal/challenge"
	"github.com/enroll-project/enroll/internal/code"
	"github.com/enroll-project/enroll/internal/credential"
	"github.com/enroll-project/enroll/internal/export"
	"github.com/enroll-project/enroll/internal/extra"
	"github.com/enroll-project/enroll/internal/holder"
	"github.com/enroll-project/enroll/internal/hook"
	"github.com/enroll-project/enroll/internal/idempotency"
	"github.com/enroll-project/enroll/internal/identifier"
	"github.com/enroll-project/enroll/internal/leave"
	"github.com/enroll-project/enroll/internal/locale"
	"github.com/enroll-project/enroll/internal/login"
	"github.com/enroll-project/enroll/internal/mail"
	"github.com/enroll-project/enroll/internal/notice"
	"github.com/enroll-project/enroll/internal/password"
	"github.com/enroll-project/enroll/internal/profile"
	"github.com/enroll-project/enroll/internal/session"
	"github.com/enroll-project/enroll/internal/sms"
	"github.com/enroll-project/enroll/internal/terms"
	"github.com/enroll-project/enroll/internal/throttle"
	"github.com/enroll-project/enroll/internal/token"
	"github.com/enroll-project/enroll/internal/tx"
)

// Config holds the parts and settings of a [Service]. A pointer, an interface or a function
// is required unless its comment says "may be nil". So are Secret, PhoneRegion, TokenLife,
// LoginLife and SessionMax. Any other field may have its zero value.
type Config struct {
	Pool     *pgxpool.Pool
	Policy   *password.Policy
	Hasher   *password.Hasher
	Tokens   *token.Signer
	Captchas captcha.Provider // may be nil: no captcha is required
	// CaptchaOn are the operations that require a captcha, if Captchas is set.
	CaptchaOn      []Operation
	CaptchaNetwork CaptchaNetwork
	SMS            sms.Sender // may be nil: requests with a phone code are refused
	// Calls reports whether a sender calls the phones of a country; may be nil: a code is not spoken in a call.
	Calls    func(country string) bool
	Mail     mail.Sender     // may be nil: no email can be verified
	Breaches *breach.Checker // may be nil: passwords are compared with the built-in list only
	Hook     *hook.Hook      // may be nil: no program of the operator decides about registrations
	// Signup says who can register; it is open if it is empty.
	Signup Signup
	// MinAge is how many years old a person must be to register; 0 is no minimum.
	MinAge int
	// Terms are what people have to accept to register and to log in; the zero value is none.
	Terms terms.Terms
	// Methods are the ways to register. If empty, they are all that SMS and Mail allow.
	Methods []Method
	Limits  Limits
	// Secret is the source of the keys of codes, remembered requests, and counted and
	// reserved names. It has at least 32 bytes and is the same on all replicas. If it changes,
	// pending codes become invalid, counts begin anew, and reserved names are free. Users and
	// tokens are not affected.
	Secret []byte
	// PhoneRegion is the country of phones without a calling code. PhoneCountries are
	// the countries whose phones may register; empty for all. Both are ISO 3166-1 codes.
	PhoneRegion    string
	PhoneCountries []string
	// PhoneAlso are prefixes of mobile numbers that are newer than the metadata.
	PhoneAlso []string
	// EmailDomains are the domains whose emails may be used, empty for all, and EmailDenied those that may not. They
	// are entries of identifier.NewEmailRules.
	EmailDomains, EmailDenied []string
	// EmailDisposableDenied refuses the built-in list of disposable mail domains, except EmailDisposableExcept, which
	// has such entries, too.
	EmailDisposableDenied bool
	EmailDisposableExcept []string
	SiteWords             []string      // words that must not be a password, such as the site's name
	TokenLife             time.Duration // of a registration's token, and of a login's with Remember
	LoginLife             time.Duration // of a login's token without Remember
	SessionMax            time.Duration // from a login or registration to the end of its last token
	DeleteAfter           time.Duration // from the request of a deletion to the deletion; may be 0
	// NameQuarantine is how long the user name of a deleted user is kept from others; may be 0.
	NameQuarantine time.Duration
	// NameChangeAfter is how long a changed user name cannot be changed again; 0 means no bound.
	NameChangeAfter time.Duration
	// Extra describes the extra data that users may keep; may be nil: they may keep none.
	Extra *extra.Schema
	// Languages are those of messages; nil means all.
	Languages   *locale.Set
	GroupID     int64 // group of a new user
	InviteLimit int32 // how many each new user may invite; 0 is any number
	Now         func() time.Time
	Rand        io.Reader
	Metrics     prometheus.Registerer
	Log         *slog.Logger // of messages that fail after their answer; may be nil
}

// Limits bound messages, wrong passwords and captchas, over all replicas: these are counted in
// PostgreSQL, so that a client gains nothing by going from one replica to the next. 0 is no
// limit.
type Limits struct {
	// The first seven digits of a phone usually name one block of one carrier.
	SMSPerPrefix   int32 // SMS to the first seven digits of a phone, an hour
	SMSPerNetwork  int32 // SMS requested by a client network, an hour
	SMSTotal       int32 // SMS of the whole deployment, a day
	MailPerUser    int32 // mails requested by a user, a day
	MailPerNetwork int32 // mails requested by a client network, an hour
	MailPerDomain  int32 // mails to a domain that were requested without a login, an hour
	MailTotal      int32 // mails of the whole deployment, a day
	// Money bounds what SMS cost; nil is no limit.
	Money           *code.Money
	LoginPerNetwork int32 // failed passwords of an account from a client network, an hour
	LoginPerAccount int32 // failed passwords of an account, an hour
	LoginAccounts   int32 // accounts at which logins from a client network fail, an hour
	// CaptchasPerNetwork bounds the captchas that a client network requests and does not
	// solve, an hour.
	CaptchasPerNetwork int32
}

// Codes returns the limits that package code enforces.
func (l Limits) Codes() code.Limits {
	return code.Limits{
		SMSPerPrefix: l.SMSPerPrefix, SMSPerNetwork: l.SMSPerNetwork, SMSTotal: l.SMSTotal,
		MailPerUser: l.MailPerUser, MailPerNetwork: l.MailPerNetwork, MailPerDomain: l.MailPerDomain, MailTotal: l.MailTotal,
		Money: l.Money,
	}
}

// logins returns the limits that package throttle enforces. Limits has the limits of both packages,
// because an operator sets them side by side.
func (l Limits) logins() throttle.Limits {
	return throttle.Limits{PerNetwork: l.LoginPerNetwork, PerAccount: l.LoginPerAccount, Accounts: l.LoginAccounts}
}

// Service has the use cases of accounts, for all sites of a deployment. It is safe for
// concurrent use; all its state but messages on their way is in PostgreSQL.
type Service struct {
	// The methods of these embedded types are use cases of the Service.
	*holder.Holders
	*profile.Profiles
	*credential.Passwords
	*address.Addresses
	*login.Logins

	config  Config // without its secret
	methods []Method
	run     *tx.Runner
	queries *db.Queries
	// The use cases share these parts. Most of them have tables of their own.
	codes      *code.Service
	keys       *idempotency.Keys
	prover     *holder.Prover
	logins     *throttle.Throttle
	notices    *notice.Service
	challenges *challenge.Service
	sessions   *session.Service
	leaving    *leave.Service
	exports    *export.Service
	phones     identifier.PhoneRules
	emails     identifier.EmailRules
}

// New returns a Service, or an error if a required field is missing or out of bounds.
func New(cfg Config) (*Service, error) {
	switch {
	case cfg.Pool == nil || cfg.Policy == nil || cfg.Hasher == nil || cfg.Tokens == nil || cfg.Now == nil ||
		cfg.Rand == nil || cfg.Metrics == nil:
		return nil, errors.New("account: a dependency is missing")
	// The bound is the length of the output of SHA-256, which derives the keys.
	case len(cfg.Secret) < 32:
		return nil, errors.New("account: the secret has less than 32 bytes")
	case !cfg.Signup.valid():
		return nil, fmt.Errorf("account: Signup is %q", cfg.Signup)
	case cfg.TokenLife <= 0 || cfg.LoginLife <= 0:
		return nil, errors.New("account: TokenLife and LoginLife must be positive")
	}
	s := &Service{config: cfg, run: tx.New(cfg.Pool)}
	s.queries = s.run.Queries()
	if err := s.addRules(); err != nil {
		return nil, fmt.Errorf("account: %w", err)
	}
	var err error
	if s.methods, err = offeredMethods(cfg); err != nil {
		return nil, err
	}
	// Each part that gets the secret derives keys of its own from it (HKDF, RFC 5869), one for each
	// use, so that a value of one use is not valid in another.
	s.keys, err = idempotency.New(idempotency.Config{Pool: cfg.Pool, Secret: cfg.Secret, Now: cfg.Now, Rand: cfg.Rand})
	if err != nil {
		return nil, fmt.Errorf("account: %w", err)
	}
	s.logins, err = throttle.New(throttle.Config{
		Pool: cfg.Pool, Limits: cfg.Limits.logins(), Secret: cfg.Secret, Now: cfg.Now,
	})
	if err != nil {
		return nil, fmt.Errorf("account: %w", err)
	}
	// Package code has the same clock as this package, so that a code expires for both at one moment.
	s.codes, err = code.New(code.Config{
		Pool: cfg.Pool, Limits: cfg.Limits.Codes(), Secret: cfg.Secret, Now: cfg.Now, Rand: cfg.Rand, Metrics: cfg.Metrics,
	})
	if err != nil {
		return nil, fmt.Errorf("account: %w", err)
	}
	s.challenges, err = challenge.New(challenge.Config{
		Pool: cfg.Pool, Captchas: cfg.Captchas, On: cfg.CaptchaOn, Network: cfg.CaptchaNetwork,
		PerNetwork: cfg.Limits.CaptchasPerNetwork, Pressure: s.codes.Pressure, Now: cfg.Now,
	})
	if err != nil {
		return nil, fmt.Errorf("account: %w", err)
	}
	s.sessions, err = session.New(session.Config{
		Pool: cfg.Pool, Tokens: cfg.Tokens, Max: cfg.SessionMax, Now: cfg.Now, Rand: cfg.Rand,
	})
	if err != nil {
		return nil, fmt.Errorf("account: %w", err)
	}
	s.notices, err = notice.New(notice.Config{
		Pool: cfg.Pool, Mail: cfg.Mail, SMS: cfg.SMS, Charge: s.codes.ChargeNotice, Languages: cfg.Languages,
		Now: cfg.Now, Metrics: cfg.Metrics,
	})
	if err != nil {
		return nil, fmt.Errorf("account: %w", err)
	}
	s.leaving, err = leave.New(leave.Config{
		Pool: cfg.Pool, Codes: s.codes, Logins: s.logins, After: cfg.DeleteAfter,
		Quarantine: cfg.NameQuarantine, Secret: cfg.Secret, Now: cfg.Now, Metrics: cfg.Metrics,
	})
	if err != nil {
		return nil, fmt.Errorf("account: %w", err)
	}
	s.exports = export.New(cfg.Pool, s.logins, cfg.Now)
	s.config.Secret = nil // the parts have derived their keys from it
	s.addUseCases()
	return s, nil
}

// addRules makes the rules for the phones and emails of new users.
func (s *Service) addRules() (err error) {
	if s.phones, err = identifier.NewPhoneRules(s.config.PhoneRegion, s.config.PhoneCountries); err != nil {
		return err
	}
	if s.phones, err = s.phones.Also(s.config.PhoneAlso); err != nil {
		return err
	}
	s.emails, err = identifier.NewEmailRules(s.config.EmailDomains, s.config.EmailDenied)
	if err == nil && s.config.EmailDisposableDenied {
		s.emails, err = s.emails.DenyDisposable(s.config.EmailDisposableExcept)
	}
	return err
}

// addUseCases makes the parts that have use cases. They use the parts that keep rows, which New has made.
func (s *Service) addUseCases() {
	c := s.config
	s.prover = holder.NewProver(holder.ProverConfig{Pool: c.Pool, Codes: s.codes, Logins: s.logins, Now: c.Now})
	s.Holders = holder.NewHolders(s.sessions)
	s.Logins = login.New(login.Config{
		Pool: c.Pool, Hasher: c.Hasher, Codes: s.codes, Tries: s.logins, Challenges: s.challenges, Sessions: s.sessions,
		Leaving: s.leaving, Notices: s.notices, Phones: s.phones, SMS: c.SMS, Mail: c.Mail,
		Terms: c.Terms, LoginLife: c.LoginLife, TokenLife: c.TokenLife, Now: c.Now,
	})
	s.Profiles = profile.New(profile.Config{
		Pool: c.Pool, Hasher: c.Hasher, Prover: s.prover, Codes: s.codes, Notices: s.notices, Leaving: s.leaving,
		Phones: s.phones, Emails: s.emails, SMS: c.SMS, Mail: c.Mail, NameChangeAfter: c.NameChangeAfter, Extra: c.Extra,
		Terms: c.Terms, Now: c.Now,
	})
	s.Passwords = credential.New(credential.Config{
		Pool: c.Pool, Policy: c.Policy, Hasher: c.Hasher, Breaches: c.Breaches, Prover: s.prover, Codes: s.codes,
		Challenges: s.challenges, Sessions: s.sessions, Notices: s.notices, Phones: s.phones,
		SMS: c.SMS, Mail: c.Mail, SiteWords: c.SiteWords, LoginLife: c.LoginLife, Now: c.Now,
	})
	s.Addresses = address.New(address.Config{
		Pool: c.Pool, Codes: s.codes, Challenges: s.challenges, Phones: s.phones,
		Emails: s.emails,
		SMS:    c.SMS, Calls: c.Calls, Mail: c.Mail, RegisterByPhone: s.offers(ByPhone), RegisterByEmail: s.offers(ByEmail),
		Closed: s.closed(), Invited: c.Signup == SignupInvite, Now: c.Now, Log: c.Log,
	})
}

// Close waits for the messages that are sent after their answer, for as long as their
// sender takes at most. Then it closes the idle connections to the SMS gateway, to the
// captcha provider, to the API of breached passwords and to the hook. Call it after the last
// request has ended.
func (s *Service) Close() {
	s.Addresses.Close()
	s.notices.Close()
	for _, part := range []any{s.config.SMS, s.config.Captchas} {
		if keeper, ok := part.(interface{ Close() }); ok {
			keeper.Close()
		}
	}
	if s.config.Breaches != nil {
		s.config.Breaches.Close()
	}
	if s.config.Hook != nil {
		s.config.Hook.Close()
	}
}
