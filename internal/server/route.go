package server

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/enroll-project/enroll/gen/api"
	"github.com/enroll-project/enroll/internal/contract"
	"github.com/enroll-project/enroll/internal/wire"
)

// route refuses a method that no route has for an existing path. echo itself would answer OPTIONS
// with 204, and adds OPTIONS to Allow.
func (s *server) route(next echo.HandlerFunc) echo.HandlerFunc {
	return func(ec echo.Context) error {
		allow, ok := wire.Allowed(ec)
		if !ok { // check: method-listed
			return next(ec)
		}
		ec.Response().Header().Set("Allow", allow)
		return &problem{reason: api.ReasonMethodNotAllowed}
	}
}

// router registers the operations for the generated code, and HEAD beside each GET whose path has HEAD
// in the contract. net/http omits the body of an answer to HEAD.
type router struct {
	*echo.Echo
	contract *contract.Contract
}

// GET registers an operation, and HEAD if the contract has it for the path.
func (r router) GET(path string, h echo.HandlerFunc, m ...echo.MiddlewareFunc) *echo.Route {
	if r.contract.Operation(http.MethodHead, path) != nil {
		r.HEAD(path, h, m...)
	}
	return r.Echo.GET(path, h, m...)
}
