package server

import (
	"cmp"
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/enroll-project/enroll/gen/api"
	"github.com/enroll-project/enroll/internal/contract"
	"github.com/enroll-project/enroll/internal/operation"
	"github.com/enroll-project/enroll/internal/trace"
	"github.com/enroll-project/enroll/internal/wire"
)

// defaultSite is the site of a request with neither Site-Id nor `site_id`, as the contract
// says. So clients of a deployment with site 1 only need not name it.
const defaultSite = 1

// validate checks a request by the contract. The field errors of headers and body are in
// one answer, so that a client can correct them together. An unknown site is refused
// before the body is read, because no body can be right for it.
func (s *server) validate(next echo.HandlerFunc) echo.HandlerFunc {
	return func(ec echo.Context) error {
		req := ec.Request()
		c := operation.CallOf(req.Context())
		// Pages and documents are not in the contract. An unknown path ends in the router.
		if c.Op == nil {
			return next(ec)
		}
		_, span := trace.Start(req.Context(), "validate")
		err := s.check(ec, c)
		span.End()
		if err != nil {
			return err
		}
		return next(ec)
	}
}

// check is validate for an operation.
func (s *server) check(ec echo.Context, c *operation.Call) (err error) {
	req := ec.Request()
	joinLanguages(req.Header)
	// Parameters first: their errors are reported together with those of the body.
	found := c.Op.CheckParameters(req, wire.PathParameters(ec))
	if c.Site, err = siteOf(c.Op, req, found); err != nil {
		return err
	}
	if c.Site != 0 && !s.sites[c.Site] { // check: site-known
		return &problem{reason: api.ReasonSiteUnknown}
	}
	if s.compat {
		// Two cookies with different values are ignored: it is not known which one is right.
		c.InviteHint, _ = sentCookie(req, inviteCookie)
	}
	// CheckBody gets net/http's own writer and not echo's, because MaxBytesReader can close the
	// connection only through that one.
	return c.Op.CheckBody(ec.Response().Writer, req, found)
}

// joinLanguages joins several headers Accept-Language into one. A list may be sent in
// several (RFC 9110, section 5.3), but the generated code accepts one.
func joinLanguages(h http.Header) {
	if lines := h["Accept-Language"]; len(lines) > 1 {
		h["Accept-Language"] = []string{strings.Join(lines, ", ")}
	}
}

// siteParameter names the site in the query, as AnQiCMS's clients do. The contract describes
// it once for all operations (x-api-parameters).
const siteParameter = "site_id"

// siteOf returns the site of a request, or 0 if a parameter that names it is invalid. It is the one
// place that reads the site. An operation without the parameter has the default site. Two sites that
// differ are refused: a proxy in front may have sent the request here by either of them.
func siteOf(op *contract.Operation, req *http.Request, found contract.FieldErrors) (int64, error) {
	switch {
	case !op.Takes("Site-Id"):
		return defaultSite, nil
	case found.Names("Site-Id"), found.Names(siteParameter):
		return 0, nil
	}
	header, query := siteNumber(req.Header.Get("Site-Id")), int64(0)
	// Most requests have no query to parse.
	if req.URL.RawQuery != "" {
		query = siteNumber(req.URL.Query().Get(siteParameter))
	}
	if header != 0 && query != 0 && header != query { // check: site-one
		return 0, &problem{reason: api.ReasonSiteAmbiguous}
	}
	return cmp.Or(header, query, defaultSite), nil
}

// siteNumber returns the number of a parameter that CheckParameters has accepted, or 0 if it was not
// given. The number 0 means "not given", too.
func siteNumber(sent string) int64 {
	// The contract's schema has refused all other texts, so only "" gives an error.
	site, err := strconv.ParseInt(sent, 10, 64)
	if err != nil {
		return 0
	}
	return site
}
