package server

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/enroll-project/enroll/gen/api"
	"github.com/enroll-project/enroll/internal/contract"
)

// defaultSite is the site of a request without Site-Id, as the contract says. A deployment
// with one site needs no header then.
const defaultSite = 1

// validate checks a request by the contract. The field errors of headers and body are in
// one answer, so that a client can correct them together. An unknown site is refused
// before the body is read, because no body can be right for it.
func (s *server) validate(next echo.HandlerFunc) echo.HandlerFunc {
	return func(ec echo.Context) error {
		req := ec.Request()
		c := callOf(req.Context())
		// Pages and documents are not in the contract. An unknown path ends in the router.
		if c.op == nil {
			return next(ec)
		}
		joinLanguages(req.Header)
		// Parameters first: their errors are reported together with those of the body.
		found := c.op.CheckParameters(req, pathParameters(ec))
		c.site = siteOf(c.op, req.Header, found)
		if c.site != 0 && !s.sites[c.site] { // check: site-known
			return &refusal{reason: api.ReasonSiteUnknown}
		}
		// net/http's own writer and not echo's: MaxBytesReader tells only that one to close
		// the connection.
		if err := c.op.CheckBody(ec.Response().Writer, req, found); err != nil {
			return err
		}
		return next(ec)
	}
}

// pathParameters returns the values that the router found in the path, by name.
func pathParameters(ec echo.Context) map[string]string {
	// Most operations have none, and need no map.
	names := ec.ParamNames()
	if len(names) == 0 {
		return nil
	}
	values := make(map[string]string, len(names))
	for _, name := range names {
		values[name] = ec.Param(name)
	}
	return values
}

// joinLanguages joins several headers Accept-Language into one. A list may be sent in
// several (RFC 9110, section 5.3), but the generated code accepts one.
func joinLanguages(h http.Header) {
	if lines := h["Accept-Language"]; len(lines) > 1 {
		h["Accept-Language"] = []string{strings.Join(lines, ", ")}
	}
}

// siteOf returns the site of a request, or 0 if the header Site-Id is invalid.
func siteOf(op *contract.Operation, h http.Header, found contract.FieldErrors) int64 {
	sent := h["Site-Id"]
	switch {
	case !op.Takes("Site-Id"), len(sent) == 0:
		return defaultSite
	case found.Names("Site-Id"):
		return 0
	}
	// CheckParameters has found no error, so this is one spelling of one number.
	site, err := strconv.ParseInt(sent[0], 10, 64)
	switch {
	case err != nil:
		return 0 // the contract's schema of the header lets no such value pass
	case site == 0: // "not given", as in every number of a request
		return defaultSite
	}
	return site
}
