package server

import (
	"context"
	"net/http"
	"net/netip"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/enroll-project/enroll/internal/account"
	"github.com/enroll-project/enroll/internal/operation"
)

// begin makes the call, sets the headers that every answer has, and gives the request's
// context a deadline, which bounds all that the request waits for.
func (s *server) begin(next echo.HandlerFunc) echo.HandlerFunc {
	return func(ec echo.Context) error {
		req := ec.Request()
		c := &operation.Call{
			ID:    s.ids.Of(req.Header),
			Start: s.now(),
			Texts: s.languages.Of(req.Header),
			Op:    s.contract.Operation(req.Method, ec.Path()),
			API:   strings.HasPrefix(req.URL.Path, "/api/"),
		}
		// The limits and the log need the client's address for every request.
		c.Client = s.proxies.Client(req.RemoteAddr, req.Header)
		c.Network = network(c.Client)
		c.From = account.OriginOf(c.Client)
		c.Agent = req.UserAgent()
		c.Secure = s.compat && s.isSecure(req)
		c.Connection = operation.With(req.Context(), c)
		// check: request-deadline
		ctx, cancel := context.WithTimeout(c.Connection, s.timeout)
		defer cancel()
		ec.SetRequest(req.WithContext(ctx))
		h := ec.Response().Header()
		h.Set("X-Request-Id", c.ID)
		// Browsers must not guess that JSON is HTML.
		h.Set("X-Content-Type-Options", "nosniff") // check: header-nosniff
		if c.API {
			markAPI(c, h)
		} else if c.Op != nil {
			// Verifiers may cache the keys for five minutes. In a rotation a new key is published
			// at least that long before it signs (docs/integrate.md), so a cached set has it.
			h.Set("Cache-Control", "public, max-age=300")
		}
		ec.Response().Before(func() {
			complete(c, h)
			if s.compat {
				s.writeCookie(h, c)
			}
		})
		return next(ec)
	}
}

// markAPI sets the headers of an envelope: it must not be cached, because it may have data
// of one person, and its language depends on Accept-Language.
func markAPI(c *operation.Call, h http.Header) {
	h.Set("Cache-Control", "no-store")     // check: header-no-store
	h.Set("Content-Language", c.Texts.Tag) // check: header-language
	h.Set("Vary", "Accept-Language")
}

// complete sets headers right before they are sent. The generated code writes the media
// type without its charset, and no headers of the contract (tools/overlay.yaml).
func complete(c *operation.Call, h http.Header) {
	if h.Get("Content-Type") == "application/json" {
		h.Set("Content-Type", "application/json; charset=utf-8")
	}
	// A refusal does not carry a new token, although the handler may have renewed it before it failed.
	if c.Fresh != "" && c.Reason == "" {
		h.Set("Update-Token", c.Fresh) // check: header-renewal
	}
}

// network returns the client's /24 or /48, for the log. That suffices to see an attack and
// to block it, and it does not identify a person. It is "" if the address is not known.
func network(client netip.Addr) string {
	bits := 48
	if client.Is4() {
		bits = 24 // check: log-network
	}
	if prefix, err := client.Prefix(bits); err == nil && prefix.IsValid() {
		return prefix.String()
	}
	return ""
}
