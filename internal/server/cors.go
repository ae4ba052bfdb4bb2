package server

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"
)

// What scripts of an allowed origin may send and read besides what the Fetch
// standard lets everybody. There is no Allow-Credentials: nothing here lives in
// cookies, so no browser adds anything that its script does not know.
const (
	corsRequestHeaders = "Accept-Language, Authorization, Content-Type, Idempotency-Key, Site-Id, Token"
	corsAnswerHeaders  = "Content-Language, Retry-After, Update-Token, X-Request-Id"
	// The most that Chromium keeps a preflight for, in seconds; others keep it longer.
	corsMaxAge = "7200"
)

// origins are the web origins whose scripts may call the operations. It is never
// changed once it is made.
type origins map[string]bool

func newOrigins(allowed []string) origins {
	o := make(origins, len(allowed))
	for _, one := range allowed {
		o[one] = true
	}
	return o
}

// CheckOrigin returns an error unless origin is written as browsers write the
// header Origin (RFC 6454, section 6.2): scheme http or https and host in lower
// case, the port only if it is not the scheme's own, nothing behind it. Origins are
// compared as text, so any other form would never match. "null", the origin of
// sandboxes and files, is nobody's and is not one.
func CheckOrigin(origin string) error {
	u, err := url.Parse(origin)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" {
		return errors.New("not an origin such as https://www.example.com")
	}
	standard := map[string]string{"http": "80", "https": "443"}
	switch {
	case origin != u.Scheme+"://"+u.Host:
		return errors.New("an origin ends with its host or port")
	case strings.ToLower(origin) != origin || strings.ContainsFunc(origin, func(r rune) bool { return r > '~' || r == '*' }):
		return errors.New("an origin is one host in lower case ASCII, without patterns")
	case strings.HasSuffix(origin, ":"), u.Port() == standard[u.Scheme]:
		return fmt.Errorf("an origin leaves the port of %s out", u.Scheme)
	}
	return nil
}

// cors lets scripts of the allowed origins call the operations and read every
// answer, refusals included (Fetch standard, section 3.2). Where no origin is
// allowed it does nothing. It refuses nobody: who is no browser is not bound by
// any of this, and a browser keeps the answer from scripts of other origins.
func (s *server) cors(next echo.HandlerFunc) echo.HandlerFunc {
	return func(ec echo.Context) error {
		req, h := ec.Request(), ec.Response().Header()
		methods, unlisted := ec.Get(echo.ContextKeyHeaderAllow).(string)
		wanted := req.Header.Get("Access-Control-Request-Method")
		preflight := unlisted && req.Method == http.MethodOptions && wanted != ""
		c := callOf(req.Context())
		op := c.op
		if preflight {
			op = s.contract.Operation(wanted, ec.Path())
		}
		if len(s.origins) == 0 || !c.api && op == nil {
			return next(ec)
		}
		// On every answer, so that no cache gives one origin what was said to another.
		// The last moment, because others set Vary as well.
		ec.Response().Before(func() { h.Add("Vary", "Origin") })
		sent := req.Header.Get("Origin")
		if !s.origins[sent] {
			return next(ec)
		}
		h.Set("Access-Control-Allow-Origin", sent)
		if !preflight {
			h.Set("Access-Control-Expose-Headers", corsAnswerHeaders)
			return next(ec)
		}
		h.Set("Access-Control-Allow-Methods", withoutOptions(methods))
		h.Set("Access-Control-Allow-Headers", corsRequestHeaders)
		h.Set("Access-Control-Max-Age", corsMaxAge)
		return ec.NoContent(http.StatusNoContent)
	}
}
