package server

import (
	"context"
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
	"github.com/enroll-project/enroll/internal/locale"
	"github.com/enroll-project/enroll/internal/origin"
	"github.com/enroll-project/enroll/internal/token"
)

// DefaultTimeout bounds a request if Config.Timeout is zero. It is less than the 10 to 30
// seconds after which proxies and clients commonly give up, so that the client gets
// Enroll's answer and not a proxy's.
const DefaultTimeout = 8 * time.Second

// Config holds the parts and settings of the handler that [New] returns. A field is
// required unless it is a bool or its comment says what nil, zero or empty means.
type Config struct {
	// Accounts has the rules of accounts, and issues captchas.
	Accounts *account.Service
	// Tokens verifies the tokens of requests and publishes the keys.
	Tokens *token.Signer
	// Keys returns nil once all stored keys of identifiers are of the version of this process. Until then
	// the operations that read an identifier are refused with its error as the cause. It is called for each
	// of their requests.
	Keys func(context.Context) error
	// Sites are the values of Site-Id that this deployment serves, at least one. A request
	// with neither Site-Id nor `site_id` is for site 1.
	Sites []int64
	// Languages are those of messages. nil: all languages of Enroll, with zh-CN if Accept-Language matches none.
	Languages *locale.Set
	// AlwaysOK answers refusals under /api/ with HTTP status 200, for clients that read only the
	// envelope's code. Body and headers do not change. Log and metrics still have the status of the
	// reason.
	AlwaysOK bool
	// Compat serves clients of AnQiCMS that do not keep to this contract: it implies AlwaysOK,
	// ignores unknown fields, trims names and addresses, and reads the cookies token and invite.
	// docs/anqicms.md has the details.
	Compat bool
	// FormatPhone returns the form of a phone in answers. Its argument is in E.164.
	FormatPhone func(e164 string) string
	// AssetBase is the absolute http(s) URL that full_avatar_url puts in front of an
	// avatar_url that is a path. If it is empty, full_avatar_url is "" for a path.
	AssetBase string
	// Limiter bounds the requests to paths below /api/ that one client's network sends to this
	// process. nil: no bound.
	Limiter *limit.Limiter
	// DocumentLimiter bounds the requests to all other paths: key set, documents, page. nil: no bound.
	DocumentLimiter *limit.Limiter
	// Proxies are the proxies whose X-Forwarded-For is trusted. Empty: none.
	Proxies limit.Proxies
	// Origins are the web origins, besides the service's own, whose scripts may call the
	// operations (CORS), in the form that [origin.Check] requires. Empty: none.
	Origins []string
	// Logger gets one line for each request, at the level that observe.go chooses.
	Logger *slog.Logger
	// Registry gets the metrics of this package.
	Registry prometheus.Registerer
	// Now is the clock. It measures durations only, so it can be the machine's own clock.
	Now func() time.Time
	// Rand is the source of request ids: fit for secrets and safe for
	// concurrent use, as crypto/rand.Reader is.
	Rand io.Reader
	// Timeout bounds a request from its headers to its answer; DefaultTimeout if zero. It
	// does not bound the reading of the body, which http.Server's ReadTimeout does.
	Timeout time.Duration
	// Docs serves the documentation below /docs/. It sees paths without the prefix /docs,
	// and sets its own headers for caching and security. nil: none.
	Docs http.Handler
	// Page serves the pages at "/", their files below "/pages/", and a redirect at
	// "/.well-known/change-password". It sees these paths as they are, and sets its own
	// headers for caching and security. nil: none.
	Page http.Handler
}

// check returns all errors of the configuration together.
func (c *Config) check() error {
	var problems []error
	need := func(name string, given bool) {
		if !given {
			problems = append(problems, fmt.Errorf("server: Config.%s is missing", name))
		}
	}
	need("Accounts", c.Accounts != nil)
	need("Tokens", c.Tokens != nil)
	need("Keys", c.Keys != nil)
	need("Sites", len(c.Sites) > 0)
	need("FormatPhone", c.FormatPhone != nil)
	need("Logger", c.Logger != nil)
	need("Registry", c.Registry != nil)
	need("Now", c.Now != nil)
	need("Rand", c.Rand != nil)
	if c.Timeout < 0 {
		problems = append(problems, errors.New("server: Config.Timeout is negative"))
	}
	for _, one := range c.Origins {
		if err := origin.Check(one); err != nil {
			problems = append(problems, fmt.Errorf("server: Config.Origins: %w", err))
		}
	}
	if base, err := url.Parse(c.AssetBase); c.AssetBase != "" &&
		(err != nil || base.Host == "" || !strings.HasPrefix(base.Scheme, "http")) {
		problems = append(problems, errors.New("server: Config.AssetBase is not an absolute http(s) URL"))
	}
	return errors.Join(problems...)
}
