package server

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/enroll-project/enroll/gen/api"
	"github.com/enroll-project/enroll/internal/contract"
)

// defaultSite is the site of a request without Site-Id.
const defaultSite = 1

// validate holds a request against its operation. All field errors of headers and
// body go into one answer, so that a client can mend them together. A site
// that is not served is told before the body is read: nothing about the
// request can be right on a site that does not exist.
func (s *server) validate(next echo.HandlerFunc) echo.HandlerFunc {
	return func(ec echo.Context) error {
		req := ec.Request()
		c := callOf(req.Context())
		if c.op == nil {
			return next(ec)
		}
		joinLanguages(req.Header)
		found := c.op.CheckParameters(req, pathParameters(ec))
		c.site = siteOf(c.op, req.Header, found)
		if c.site != 0 && !s.sites[c.site] {
			return &refusal{reason: api.ReasonSiteUnknown}
		}
		// The writer below echo's, as only net/http's own closes the connection.
		if err := c.op.CheckBody(ec.Response().Writer, req, found); err != nil {
			return err
		}
		return next(ec)
	}
}

// pathParameters returns the values that the router found in the path, by name.
func pathParameters(ec echo.Context) map[string]string {
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

// joinLanguages makes one line of the lines of Accept-Language. A list may come in
// several (RFC 9110, 5.3), but the generated code takes one.
func joinLanguages(h http.Header) {
	if lines := h["Accept-Language"]; len(lines) > 1 {
		h["Accept-Language"] = []string{strings.Join(lines, ", ")}
	}
}

// siteOf returns the site of a request, and 0 if it is not known because the
// header is wrong.
func siteOf(op *contract.Operation, h http.Header, found contract.FieldErrors) int64 {
	sent := h["Site-Id"]
	switch {
	case !op.Takes("Site-Id"), len(sent) == 0:
		return defaultSite
	case found.Names("Site-Id"):
		return 0
	}
	site, err := strconv.ParseInt(sent[0], 10, 64)
	switch {
	case err != nil:
		return 0 // the contract's schema of the header lets no such value pass
	case site == 0: // "not given", as in every number of a request
		return defaultSite
	}
	return site
}
