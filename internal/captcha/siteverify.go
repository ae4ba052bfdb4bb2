package captcha

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/enroll-project/enroll/internal/outbound"
)

// MaxVerify bounds one verification, from the look-up of the name to the end of the
// answer. A person waits for it.
const MaxVerify = 3 * time.Second

// TokenLife is how long a spent token is remembered. The third parties accept one for
// less: Turnstile for 300 seconds, hCaptcha and reCAPTCHA for 120.
const TokenLife = 10 * time.Minute

// maxToken is the longest token in bytes that is passed on. Turnstile documents 2,048;
// those of hCaptcha and reCAPTCHA have been seen to be about as long.
const maxToken = 8 << 10

// tokenInfo separates the hash of a token from every other hash of it.
const tokenInfo = "enroll captcha siteverify v1\x00"

// SiteVerifyConfig holds what [NewSiteVerify] needs.
type SiteVerifyConfig struct {
	// URL is where tokens are verified: absolute and https, since the secret goes
	// there. Turnstile: https://challenges.cloudflare.com/turnstile/v0/siteverify,
	// hCaptcha: https://api.hcaptcha.com/siteverify, reCAPTCHA:
	// https://www.google.com/recaptcha/api/siteverify, or www.recaptcha.net where
	// Google cannot be reached.
	URL string
	// Secret is what the third party knows us by; SiteKey is its public half, which
	// clients are told.
	Secret, SiteKey string
	// Hostnames are those of the pages that the challenge may have been solved on, at
	// least one: a site key is public, and so anybody can have people solve its
	// challenges on a page of their own.
	Hostnames []string
	// Action is what the token must have been made for; any if empty. hCaptcha and
	// reCAPTCHA v2 know none.
	Action string
	// MinScore is the least score of reCAPTCHA v3, whose 1 is a person, that passes:
	// 0 to 1, and none is asked for if 0. hCaptcha's score runs the other way, its 1
	// is a robot: leave this 0 there.
	MinScore float64
	// SendRemote passes the client's address on to the third party: it may judge
	// better, and learns who registers.
	SendRemote bool
	// Timeout bounds one verification; MaxVerify if zero, which it cannot exceed.
	Timeout time.Duration
	// RootCAs are the authorities that may vouch for the third party; the system's if nil.
	RootCAs *x509.CertPool
	// Now is the clock; time.Now if nil.
	Now func() time.Time
}

// SiteVerify leaves the challenge to a third party that speaks the protocol which
// reCAPTCHA began: a widget gives the page a token, and siteverify tells what it is
// worth. It fails closed: only an answer that says so in every respect passes. It is
// safe for concurrent use.
type SiteVerify struct {
	url, secret, siteKey string
	hostnames            []string
	action               string
	minScore             float64
	sendRemote           bool
	timeout              time.Duration
	now                  func() time.Time
	client               *http.Client
}

// NewSiteVerify returns an error if a setting is missing or out of bounds. No error
// text holds the URL or the secret.
func NewSiteVerify(cfg SiteVerifyConfig) (*SiteVerify, error) {
	if err := cfg.check(); err != nil {
		return nil, fmt.Errorf("captcha: siteverify: %w", err)
	}
	if cfg.Timeout == 0 {
		cfg.Timeout = MaxVerify
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	return &SiteVerify{
		url: cfg.URL, secret: cfg.Secret, siteKey: cfg.SiteKey, hostnames: slices.Clone(cfg.Hostnames),
		action: cfg.Action, minScore: cfg.MinScore, sendRemote: cfg.SendRemote, timeout: cfg.Timeout,
		now: cfg.Now, client: outbound.Client(cfg.RootCAs, outbound.Bounds{Open: MaxVerify, Idle: 30 * time.Second, Connections: 64}),
	}, nil
}

func (cfg SiteVerifyConfig) check() error {
	// The parser's error quotes the URL, which may hold more than it should.
	u, err := url.Parse(cfg.URL)
	switch {
	case err != nil:
		return errors.New("the URL cannot be parsed")
	case u.Scheme != "https" || u.Hostname() == "":
		return errors.New("the URL is not an absolute https URL")
	case u.User != nil || u.Fragment != "":
		return errors.New("the URL has credentials or a fragment, which are never sent")
	case cfg.Secret == "" || cfg.SiteKey == "":
		return errors.New("the secret or the site key is missing")
	case len(cfg.Hostnames) == 0 || slices.Contains(cfg.Hostnames, ""):
		return errors.New("no host name, or an empty one, may have solved challenges")
	case !(cfg.MinScore >= 0 && cfg.MinScore <= 1):
		return fmt.Errorf("the least score %v is not within 0 and 1", cfg.MinScore)
	case cfg.Timeout < 0 || cfg.Timeout > MaxVerify:
		return fmt.Errorf("the timeout %s is not within 0 and %s", cfg.Timeout, MaxVerify)
	}
	return nil
}

// Challenge tells the site key. It asks nobody.
func (c *SiteVerify) Challenge(ctx context.Context, _ Scope) (Challenge, error) {
	if err := ctx.Err(); err != nil {
		return Challenge{}, err
	}
	return Challenge{Kind: KindSiteVerify, SiteKey: c.siteKey}, nil
}

// Attempt takes the widget's token as the answer; the id is not looked at. The token
// is spent here as well, in all sites at once, however often the third party would
// take it. It asks nobody until it is judged.
func (c *SiteVerify) Attempt(scope Scope, _, token string) (Attempt, error) {
	if token == "" || len(token) > maxToken || strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return Attempt{}, ErrUnknown
	}
	nonce := sha256.Sum256([]byte(tokenInfo + token))
	expires := c.now().Add(TokenLife).UTC().Truncate(time.Microsecond)
	return Attempt{nonce[:], expires, func(ctx context.Context) error { return c.verify(ctx, scope, token) }}, nil
}

// Close drops the idle connections. Verifications under way are not affected.
func (c *SiteVerify) Close() { c.client.CloseIdleConnections() }
