package server

import (
	"slices"

	"github.com/labstack/echo/v4"

	"github.com/enroll-project/enroll/gen/api"
	"github.com/enroll-project/enroll/internal/contract"
	"github.com/enroll-project/enroll/internal/operation"
)

// identify refuses an operation that reads an identifier until all stored keys are of the version of this
// process. With keys of an older version, a registration could get a name that looks like a taken one, and a
// login would not find its user. Readiness is off meanwhile, but a load balancer that knows no ready replica
// may send requests all the same.
func (s *server) identify(next echo.HandlerFunc) echo.HandlerFunc {
	return func(ec echo.Context) error {
		ctx := ec.Request().Context()
		if op := operation.CallOf(ctx).Op; op != nil && readsIdentifier(op) { // check: keys-current
			if err := s.keys(ctx); err != nil {
				return &problem{reason: api.ReasonUnavailable, cause: err}
			}
		}
		return next(ec)
	}
}

// readsIdentifier reports whether a request of an operation may name a user, a phone or an email. It reads the
// contract, so that no new operation can be forgotten.
func readsIdentifier(op *contract.Operation) bool {
	return slices.ContainsFunc([]string{"user_name", "email", "phone"}, op.Reads)
}
