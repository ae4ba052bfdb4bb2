package server

import (
	"net/netip"

	"github.com/labstack/echo/v4"

	"github.com/enroll-project/enroll/gen/api"
)

// limit refuses whoever asks too often, before anything of the request is
// read. Who probes paths that do not exist is counted like all others.
func (s *server) limit(next echo.HandlerFunc) echo.HandlerFunc {
	return func(ec echo.Context) error {
		c := callOf(ec.Request().Context())
		if s.limiter == nil || !c.api {
			return next(ec)
		}
		if ok, wait := s.limiter.Allow(c.client); !ok {
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
