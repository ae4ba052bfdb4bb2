package settings

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"time"

	"github.com/enroll-project/enroll/internal/account"
	"github.com/enroll-project/enroll/internal/audit"
	"github.com/enroll-project/enroll/internal/event"
	"github.com/enroll-project/enroll/internal/origin"
	"github.com/enroll-project/enroll/internal/terms"
)

// maxHashers bounds ENROLL_HASHERS, so that a mistyped number fails at the start
// and not when memory runs out.
const maxHashers = 1024

// maxAge bounds ENROLL_MIN_AGE. With a greater one by mistake nobody could register.
const maxAge = 120

// maxDomains bounds ENROLL_EMAIL_DOMAINS, which each client may read. The contract has the same bound.
const maxDomains = 1000

// check returns the errors that the types and allowed values of single settings do not catch:
// bounds, and settings that need or exclude each other. Some settings without effect are errors,
// too: they show that another setting was forgotten. Needs checks what only `serve` requires, so
// that `enroll config` works before all is set.
func (c Config) check() []error {
	var errs []error
	refuse := func(when bool, format string, args ...any) {
		if when {
			errs = append(errs, fmt.Errorf(format, args...))
		}
	}
	for _, op := range c.CaptchaOn {
		refuse(!slices.Contains(account.Operations(), account.Operation(op)),
			"ENROLL_CAPTCHA_ON must be of register, verify_phone, verify_email, login, password_reset")
	}
	refuse(c.Captcha == "siteverify" && (c.SiteVerifyURL == "" || c.SiteVerifySecret == "" || c.SiteVerifyKey == "" ||
		len(c.SiteVerifyHosts) == 0),
		"ENROLL_CAPTCHA=siteverify needs ENROLL_SITEVERIFY_URL, ENROLL_SITEVERIFY_SECRET, ENROLL_SITEVERIFY_SITE_KEY and "+
			"ENROLL_SITEVERIFY_HOSTNAMES")
	errs = append(errs, c.checkSMS()...)
	errs = append(errs, c.checkMail()...)
	errs = append(errs, c.checkRole()...)
	errs = append(errs, c.checkMethods()...)
	errs = append(errs, c.checkTerms()...)
	err := account.CheckEmailDomains(c.EmailDomains)
	refuse(err != nil, "ENROLL_EMAIL_DOMAINS: %v", err)
	refuse(len(c.EmailDomains) > maxDomains, "ENROLL_EMAIL_DOMAINS cannot have more than %d domains", maxDomains)
	err = account.CheckEmailDomains(c.EmailDenied)
	refuse(err != nil, "ENROLL_EMAIL_DOMAINS_DENIED: %v", err)
	err = account.CheckEmailDomains(c.EmailDisposableExcept)
	refuse(err != nil, "ENROLL_EMAIL_DISPOSABLE_EXCEPT: %v", err)
	// Exceptions alone show that the operator believes the rule to be on.
	refuse(len(c.EmailDisposableExcept) > 0 && c.EmailDisposable != "deny",
		"ENROLL_EMAIL_DISPOSABLE_EXCEPT needs ENROLL_EMAIL_DISPOSABLE=deny")
	// A password of 64 characters must be accepted (ASVS 6.2.9), so the minimum may not be greater.
	refuse(c.PasswordMin < 8 || c.PasswordMin > 64, "ENROLL_PASSWORD_MIN_LENGTH must be 8 to 64")
	// No person is older than the greatest value.
	refuse(c.MinAge < 0 || c.MinAge > maxAge, "ENROLL_MIN_AGE must be 0 to %d", maxAge)
	// An unsigned request could be made by anybody, and a secret alone shows that the URL was forgotten.
	refuse((c.HookURL == "") != (c.HookSecret == ""), "ENROLL_HOOK_URL and ENROLL_HOOK_SECRET (whsec_…) need each other")
	// Shorter tokens would expire before a client with a slightly wrong clock uses them.
	refuse(c.TokenTTL < time.Minute || c.LoginTTL < time.Minute || c.SessionMax < time.Minute,
		"ENROLL_TOKEN_TTL, ENROLL_LOGIN_TTL and ENROLL_SESSION_MAX must be a minute or more")
	refuse(c.DeleteAfter < 0 || c.NameQuarantine < 0,
		"ENROLL_DELETE_AFTER and ENROLL_NAME_QUARANTINE cannot be negative")
	refuse(c.AdminAddr != "" && c.AdminRemote != "on" && !isLoopback(c.AdminAddr), // check: admin-loopback
		"ENROLL_ADMIN_ADDR must be an address of this machine such as 127.0.0.1:9091, or set ENROLL_ADMIN_REMOTE=on")
	refuse(c.AdminRemote == "on" && c.AdminAddr == "", "ENROLL_ADMIN_REMOTE=on needs ENROLL_ADMIN_ADDR")
	refuse(c.AuditKeep < audit.MinKeep, "ENROLL_AUDIT_KEEP must be 720h or more")
	refuse(c.EventsKeep < event.MinKeep, "ENROLL_EVENTS_KEEP must be 24h or more")
	_, err = event.ParseReceivers(c.EventsURL, c.EventsSecret)
	refuse(err != nil, "ENROLL_EVENTS_URL, ENROLL_EVENTS_SECRET: %v", err)
	refuse(c.EventsURL != "" && c.EventsKeep < event.MinKeepSent, // check: event-kept-for-retries
		"ENROLL_EVENTS_KEEP must be 96h or more with ENROLL_EVENTS_URL, which is tried again for 72h")
	refuse(c.EventsURL == "" && c.EventsSecret != "", "ENROLL_EVENTS_SECRET is set, but ENROLL_EVENTS_URL is not")
	// The header Site-Id is an int32 in the contract, and 0 means "not given".
	refuse(len(c.Sites) == 0 || slices.Min(c.Sites) < 1 || slices.Max(c.Sites) > 1<<31-1,
		"ENROLL_SITES must be ids from 1 to 2147483647")
	refuse(c.Hashers < 0 || c.Hashers > maxHashers, "ENROLL_HASHERS must be 0 to %d", maxHashers)
	refuse(c.GroupID < 0 || c.InviteLimit < 0 || c.DBMaxConns < 0 || c.MaxConnections < 0,
		"ENROLL_GROUP_ID, ENROLL_INVITE_LIMIT, ENROLL_DB_MAX_CONNS and ENROLL_MAX_CONNECTIONS cannot be negative")
	// The page's Content-Security-Policy allows scripts of its own origin only.
	refuse(c.Page == "on" && c.Captcha == "siteverify" &&
		(slices.Contains(c.CaptchaOn, "register") || slices.Contains(c.CaptchaOn, "verify_phone")),
		"ENROLL_PAGE=on does not go with ENROLL_CAPTCHA=siteverify: the page loads nothing of third parties; serve a copy "+
			"with the widget (docs/page.md)")
	refuse(!isAssetBase(c.AssetBase), "ENROLL_ASSET_BASE must be an absolute URL such as https://cdn.example.com/")
	for _, one := range c.CORSOrigins {
		err := origin.Check(one)
		refuse(err != nil, "ENROLL_CORS_ORIGINS: %v", err)
	}
	refuse(c.StopDelay < 0 || c.DrainTime < 0, "ENROLL_STOP_DELAY and ENROLL_DRAIN_TIME cannot be negative")
	return errs
}

// isAssetBase reports whether text can be put in front of a path: it is empty or an
// absolute http or https URL.
func isAssetBase(text string) bool {
	base, err := url.Parse(text)
	return text == "" || err == nil && base.Host != "" && (base.Scheme == "http" || base.Scheme == "https")
}

// Needs returns an error that names the settings without which `serve` cannot run
// outside --dev, and how to get each.
func (c Config) Needs() error {
	var missing []error
	need := func(lacks bool, what string) {
		if lacks {
			missing = append(missing, errors.New(what))
		}
	}
	need(c.DatabaseURL == "", "ENROLL_DATABASE_URL is not set: give the URL of a PostgreSQL database")
	need(c.Secret == "", "ENROLL_SECRET is not set: make one with enroll keygen DIR and set ENROLL_SECRET_FILE")
	need(len(c.TokenKeys) == 0 && c.TokenSecret == "", "ENROLL_TOKEN_KEYS is not set: make a key with enroll keygen DIR")
	return errors.Join(missing...)
}

// isLoopback reports whether an address to listen on can be reached from this machine only. It returns
// false for a name other than localhost, which may resolve to any address.
func isLoopback(address string) bool {
	// An empty host means every address of the machine. ParseAddr below refuses it.
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	// IsLoopback accepts all of 127.0.0.0/8, and ::1.
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

// checkMethods returns the errors of ENROLL_METHODS: a name of no method, a name twice, and a method
// whose codes could not be sent. Each registration by such a method would fail.
func (c Config) checkMethods() (errs []error) {
	// If a name occurs twice, the operator probably meant another one, so it is refused like an unknown name.
	seen := map[string]bool{}
	for _, name := range c.Methods {
		// The error lists all names, so that the operator need not look them up.
		if !slices.Contains(account.Methods(), account.Method(name)) || seen[name] {
			return []error{errors.New("ENROLL_METHODS must be of user_name, phone, email, comma-separated, each once")}
		}
		seen[name] = true
	}
	// The error also names the setting of the sender, because in most cases that is the one to set.
	if seen["phone"] && len(c.SMS) == 0 {
		errs = append(errs, errors.New("ENROLL_METHODS has phone, but ENROLL_SMS is not set, so no code can be sent"))
	}
	// With --dev, mails go to the log.
	if seen["email"] && c.MailSender() == "" && !c.Dev {
		errs = append(errs, errors.New("ENROLL_METHODS has email, but neither ENROLL_SMTP_URL nor ENROLL_MAIL is set, so no "+
			"code can be sent"))
	}
	return errs
}

// checkTerms returns the errors of ENROLL_TERMS and ENROLL_TERMS_URL. A version without a URL is allowed: an app may
// have the text built in.
func (c Config) checkTerms() (errs []error) {
	if c.Terms != "" && !terms.ValidVersion(c.Terms) {
		errs = append(errs, errors.New("ENROLL_TERMS must be 1 to 32 ASCII letters, digits and . _ -, such as 2026-11"))
	}
	// Browsers open the URL, and a client may show it without another check.
	if c.TermsURL != "" && !terms.ValidURL(c.TermsURL) {
		errs = append(errs, errors.New("ENROLL_TERMS_URL must be an absolute URL such as https://www.example.com/terms, "+
			"of 1,000 bytes at most"))
	}
	// Without a version nobody would be asked, although the operator believes that people accept the terms.
	if c.Terms == "" && c.TermsURL != "" {
		errs = append(errs, errors.New("ENROLL_TERMS_URL is set, but ENROLL_TERMS is not"))
	}
	return errs
}
