package server

import (
	"github.com/labstack/echo/v4"

	"github.com/enroll-project/enroll/gen/api"
	"github.com/enroll-project/enroll/internal/operation"
)

// limit refuses a request if its client's network has sent too many requests. It runs before the
// body is read. Requests for paths that do not exist count like all others, so that probing is
// bounded. Files and keys have a rate of their own, so that loading a page takes nothing
// from the operations.
func (s *server) limit(next echo.HandlerFunc) echo.HandlerFunc {
	return func(ec echo.Context) error {
		c := operation.CallOf(ec.Request().Context())
		limiter := s.limiter
		if !c.API {
			limiter = s.documents // check: limit-documents
		}
		if limiter == nil { // check: limit-required
			return next(ec)
		}
		// A refused request does not count, so that a client that obeys Retry-After is served.
		if ok, wait := limiter.Allow(c.Client); !ok {
			return &problem{reason: api.ReasonRateLimited, wait: wait}
		}
		return next(ec)
	}
}
