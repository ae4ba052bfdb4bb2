package server

import (
	"net/netip"

	"github.com/labstack/echo/v4"

	"github.com/enroll-project/enroll/gen/api"
)

// limit refuses requests of a network that sends too many, before anything of them is
// read. Requests for paths that do not exist count like all others. Files and keys
// have a rate of their own, so that loading a page takes nothing from the operations.
func (s *server) limit(next echo.HandlerFunc) echo.HandlerFunc {
	return func(ec echo.Context) error {
		c := callOf(ec.Request().Context())
		limiter := s.limiter
		if !c.api {
			limiter = s.documents
		}
		if limiter == nil {
			return next(ec)
		}
		if ok, wait := limiter.Allow(c.client); !ok {
			return &refusal{reason: api.ReasonRateLimited, wait: wait}
		}
		return next(ec)
	}
}

// network is the network that a client is in, /24 or /48: enough to see an
// attack and to act on it, and no personal data of its own. It is empty where
// the client has no IP address.
func network(client netip.Addr) string {
	bits := 48
	if client.Is4() {
		bits = 24
	}
	if prefix, err := client.Prefix(bits); err == nil && prefix.IsValid() {
		return prefix.String()
	}
	return ""
}
