package server

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/enroll-project/enroll/internal/operation"
	"github.com/enroll-project/enroll/internal/wire"
)

// The headers that scripts of an allowed origin may send and read, besides those that the
// Fetch standard always allows. Access-Control-Allow-Credentials is not sent: cookies are for
// pages of our own origin only (cookie.go).
const (
	// The last two are sent by AnQiCMS's app with each call, and are ignored.
	corsRequestHeaders = "Accept-Language, Authorization, Content-Type, Idempotency-Key, Site-Id, Token, " +
		"Version, X-Requested-With"
	corsAnswerHeaders = "Content-Language, Retry-After, Update-Token, X-Request-Id"
	// How long a browser may cache a preflight, in seconds: Chromium's maximum.
	corsMaxAge = "7200"
)

// origins are the web origins whose scripts may call the operations. The map does not
// change after newOrigins.
type origins map[string]bool

// newOrigins returns the set of the allowed origins.
func newOrigins(allowed []string) origins {
	o := make(origins, len(allowed))
	for _, one := range allowed {
		o[one] = true
	}
	return o
}

// cors lets scripts of the allowed origins call the operations and read every answer,
// refusals included (Fetch standard, "CORS protocol"). If no origin is allowed, it does
// nothing. It never refuses a request: a browser keeps the answer from scripts of other
// origins, and clients that are not browsers are not subject to CORS.
func (s *server) cors(next echo.HandlerFunc) echo.HandlerFunc {
	return func(ec echo.Context) error {
		req, h := ec.Request(), ec.Response().Header()
		// A preflight is a request whose method is not allowed, because the contract has no OPTIONS.
		methods, unlisted := wire.Allowed(ec)
		wanted := req.Header.Get("Access-Control-Request-Method")
		preflight := unlisted && req.Method == http.MethodOptions && wanted != ""
		c := operation.CallOf(req.Context())
		op := c.Op
		if preflight {
			op = s.contract.Operation(wanted, ec.Path())
		}
		if len(s.origins) == 0 || !c.API && op == nil {
			return next(ec)
		}
		// Every answer has Vary, so that no cache serves one origin the answer to another. It is added
		// last, because others set Vary as well.
		ec.Response().Before(func() { h.Add("Vary", "Origin") }) // check: cors-vary
		// A browser sends one Origin. Other clients may send anything, and gain nothing.
		sent := req.Header.Get("Origin")
		if !s.origins[sent] { // check: cors-origin
			return next(ec)
		}
		h.Set("Access-Control-Allow-Origin", sent)
		if !preflight {
			h.Set("Access-Control-Expose-Headers", corsAnswerHeaders)
			return next(ec)
		}
		h.Set("Access-Control-Allow-Methods", methods)
		h.Set("Access-Control-Allow-Headers", corsRequestHeaders)
		h.Set("Access-Control-Max-Age", corsMaxAge)
		return ec.NoContent(http.StatusNoContent)
	}
}
