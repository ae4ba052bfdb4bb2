package server

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/enroll-project/enroll/internal/account"
	"github.com/enroll-project/enroll/internal/limit"
	"github.com/enroll-project/enroll/internal/token"
)

// DefaultTimeout bounds a request where Config.Timeout is not given: less than
// the 10 to 30 seconds after which proxies and clients commonly give up, so that
// they hear our answer and not their own.
const DefaultTimeout = 8 * time.Second

// Config holds what [New] needs. Every field without another word is required.
type Config struct {
	// Accounts decides who registers and who logs in, and issues captchas.
	Accounts *account.Service
	// Tokens reads the tokens that requests carry, renews them in the last hour
	// of their life, and publishes the keys.
	Tokens *token.Signer
	// Sites are the values of Site-Id that this deployment serves, at least one.
	Sites []int64
	// Locale is the language of whoever asks for none that there is: "zh-CN" if
	// empty, or "en".
	Locale string
	// AlwaysOK answers refusals under /api/ with HTTP status 200, for clients
	// that read only the envelope's code. Body and headers stay as they are.
	AlwaysOK bool
	// FormatPhone writes a phone for responses. It is given E.164 and never "".
	FormatPhone func(e164 string) string
	// AssetBase is the absolute http(s) URL below which site-relative avatars
	// lie. Where it is empty they have no full_avatar_url.
	AssetBase string
	// Limiter bounds the requests of a client network to the operations below /api/ of
	// this process; nil where there is no bound.
	Limiter *limit.Limiter
	// DocumentLimiter does the same for all other paths: key set, documents, page.
	DocumentLimiter *limit.Limiter
	// Proxies are those whose X-Forwarded-For is believed; nobody's if zero.
	Proxies limit.Proxies
	// Origins are the web origins, besides the service's own, whose scripts may call
	// the operations (CORS), each as [CheckOrigin] wants it. None by default.
	Origins []string
	// Logger takes one line for each request.
	Logger *slog.Logger
	// Registry takes the metrics of this package.
	Registry prometheus.Registerer
	// Now is the clock.
	Now func() time.Time
	// Rand is the source of request ids: fit for secrets and safe for
	// concurrent use, as crypto/rand.Reader is.
	Rand io.Reader
	// Timeout bounds what a request may wait for, from its first header to its
	// answer; DefaultTimeout if zero. It does not bound the reading of the body:
	// that is http.Server's ReadTimeout.
	Timeout time.Duration
	// Docs is the human-readable documentation, shown below /docs/. It sees
	// paths from there on: "/" is its front page. nil for none. It sets its own
	// caching and security headers.
	Docs http.Handler
	// Page is for people, shown at "/" with its files below "/signup/"; it sees
	// these paths as they are. nil for none. It sets its own caching and security
	// headers.
	Page http.Handler
}

// check returns what a deployment has to mend, all of it at once.
func (c *Config) check() error {
	var problems []error
	need := func(name string, given bool) {
		if !given {
			problems = append(problems, fmt.Errorf("server: Config.%s is missing", name))
		}
	}
	need("Accounts", c.Accounts != nil)
	need("Tokens", c.Tokens != nil)
	need("Sites", len(c.Sites) > 0)
	need("FormatPhone", c.FormatPhone != nil)
	need("Logger", c.Logger != nil)
	need("Registry", c.Registry != nil)
	need("Now", c.Now != nil)
	need("Rand", c.Rand != nil)
	if c.Timeout < 0 {
		problems = append(problems, errors.New("server: Config.Timeout is negative"))
	}
	for _, origin := range c.Origins {
		if err := CheckOrigin(origin); err != nil {
			problems = append(problems, fmt.Errorf("server: Config.Origins: %w", err))
		}
	}
	if base, err := url.Parse(c.AssetBase); c.AssetBase != "" && (err != nil || base.Host == "" || !strings.HasPrefix(base.Scheme, "http")) {
		problems = append(problems, errors.New("server: Config.AssetBase is not an absolute http(s) URL"))
	}
	return errors.Join(problems...)
}
