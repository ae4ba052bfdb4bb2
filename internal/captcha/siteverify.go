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

// MaxVerify bounds one verification: the wait for a connection, the DNS look-up, the request
// and the answer. A person waits for it.
const MaxVerify = 3 * time.Second

// TokenLife is how long a spent token is remembered. It exceeds the validity of tokens,
// which is 300 seconds for Turnstile, and 120 for hCaptcha and reCAPTCHA.
const TokenLife = 10 * time.Minute

// maxToken is the longest token in bytes that is sent to the third party. Turnstile
// documents a maximum of 2,048; hCaptcha and reCAPTCHA document none.
const maxToken = 8 << 10

// tokenInfo is a prefix of the hashed token, so that the nonce differs from other hashes of the token.
const tokenInfo = "enroll captcha siteverify v1\x00"

// SiteVerifyConfig configures [NewSiteVerify].
type SiteVerifyConfig struct {
	// URL is the third party's endpoint: absolute and https, since requests carry the
	// secret. Turnstile: https://challenges.cloudflare.com/turnstile/v0/siteverify,
	// hCaptcha: https://api.hcaptcha.com/siteverify, reCAPTCHA:
	// https://www.google.com/recaptcha/api/siteverify, or www.recaptcha.net where
	// Google cannot be reached.
	URL string
	// Secret and SiteKey are the keys of the account with the third party. SiteKey is
	// public and sent to clients.
	Secret, SiteKey string
	// Hostnames lists the hosts of the pages on which a challenge may be solved, at
	// least one. Without it, an attacker could show the challenges of the public site key
	// on another page and have visitors solve them there.
	Hostnames []string
	// Action is the action that a token must have been issued for, any if empty.
	// hCaptcha and reCAPTCHA v2 have no actions.
	Action string
	// MinScore is the lowest accepted score of reCAPTCHA v3, from 0 to 1, where 1 is
	// most likely a person. 0 accepts answers without a score. hCaptcha's score runs
	// the other way (1 is most likely a bot): leave MinScore 0 for it.
	MinScore float64
	// SendRemote sends the client's address to the third party. That may improve its
	// detection, and shows it the addresses of all users.
	SendRemote bool
	// Timeout bounds one verification. It is at most MaxVerify. Zero means MaxVerify.
	Timeout time.Duration
	// RootCAs are the accepted certificate authorities of the third party, the system's
	// if nil.
	RootCAs *x509.CertPool
	// Now is the clock, time.Now if nil.
	Now func() time.Time
}

// SiteVerify leaves challenges to a third party with the siteverify protocol, which
// reCAPTCHA introduced: its widget gives the page a token, and its endpoint verifies
// the token. It fails closed: a token is accepted only if every field of the answer
// that is configured agrees. It is safe for concurrent use.
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

// NewSiteVerify returns an error if a setting is missing or out of bounds. Its errors
// hold neither the URL nor the secret. It makes no connection.
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
		now: cfg.Now,
		// A slow third party must not hold a connection for each request of a flood:
		// beyond 64, verifications wait for a free one until they time out.
		client: outbound.Client(cfg.RootCAs, outbound.Bounds{
			Open: MaxVerify, Idle: 30 * time.Second, Connections: 64,
		}),
	}, nil
}

func (cfg SiteVerifyConfig) check() error {
	// The parser's error is dropped: it quotes the URL, which may hold a secret.
	u, err := url.Parse(cfg.URL)
	switch {
	case err != nil:
		return errors.New("the URL cannot be parsed")
	case u.Scheme != "https" || u.Hostname() == "":
		return errors.New("the URL is not an absolute https URL")
	case u.User != nil || u.Fragment != "":
		return errors.New("the URL must have neither credentials nor a fragment")
	case cfg.Secret == "" || cfg.SiteKey == "":
		return errors.New("the secret or the site key is missing")
	case len(cfg.Hostnames) == 0 || slices.Contains(cfg.Hostnames, ""):
		return errors.New("the list of host names is empty, or has an empty one")
	case !(cfg.MinScore >= 0 && cfg.MinScore <= 1):
		return fmt.Errorf("the lowest score %v is not within 0 and 1", cfg.MinScore)
	case cfg.Timeout < 0 || cfg.Timeout > MaxVerify:
		return fmt.Errorf("the timeout %s is not within 0 and %s", cfg.Timeout, MaxVerify)
	}
	return nil
}

// Kind returns KindSiteVerify.
func (c *SiteVerify) Kind() Kind { return KindSiteVerify }

// Challenge returns the site key. It sends no request.
func (c *SiteVerify) Challenge(ctx context.Context, _ Scope) (Challenge, error) {
	if err := ctx.Err(); err != nil {
		return Challenge{}, err
	}
	return Challenge{Kind: KindSiteVerify, SiteKey: c.siteKey}, nil
}

// Attempt takes the widget's token as the answer and ignores the id. Its nonce is a
// hash of the token alone, so that a token can be spent once over all sites, even if
// the third party accepts it more often. It sends no request; Verify does.
func (c *SiteVerify) Attempt(scope Scope, _, token string) (Attempt, error) {
	invisible := func(r rune) bool { return r <= ' ' || r > '~' }
	if token == "" || len(token) > maxToken || strings.ContainsFunc(token, invisible) {
		return Attempt{}, ErrUnknown
	}
	nonce := sha256.Sum256([]byte(tokenInfo + token))
	expires := c.now().Add(TokenLife).UTC().Truncate(time.Microsecond)
	return Attempt{nonce[:], expires, func(ctx context.Context) error { return c.verify(ctx, scope, token) }}, nil
}

// Close closes idle connections. It does not affect verifications in progress.
func (c *SiteVerify) Close() { c.client.CloseIdleConnections() }
