package server

import (
	"fmt"
	"net/http"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/enroll-project/enroll/gen/api"
	"github.com/enroll-project/enroll/internal/contract"
)

// route refuses methods that the contract does not list for a path. The router
// itself would answer OPTIONS with 204 and name it in Allow, as if that told
// anything.
func (s *server) route(next echo.HandlerFunc) echo.HandlerFunc {
	return func(ec echo.Context) error {
		allow, ok := ec.Get(echo.ContextKeyHeaderAllow).(string)
		if !ok {
			return next(ec)
		}
		ec.Response().Header().Set("Allow", withoutOptions(allow))
		return &refusal{reason: api.ReasonMethodNotAllowed}
	}
}

// router registers operations for the generated code, and a HEAD beside each GET for
// which the contract has one. net/http leaves the content of its answer out.
type router struct {
	*echo.Echo
	contract *contract.Contract
}

// GET registers an operation.
func (r router) GET(path string, h echo.HandlerFunc, m ...echo.MiddlewareFunc) *echo.Route {
	if r.contract.Operation(http.MethodHead, path) != nil {
		r.HEAD(path, h, m...)
	}
	return r.Echo.GET(path, h, m...)
}

// withoutOptions takes the method that the router adds out of its list.
func withoutOptions(allow string) string {
	methods := strings.Split(allow, ", ")
	kept := methods[:0]
	for _, m := range methods {
		if m != http.MethodOptions {
			kept = append(kept, m)
		}
	}
	return strings.Join(kept, ", ")
}

// panicked is a panic on its way to the log. Its text has no value of a panic
// that is not the runtime's own: nobody knows what that value holds.
type panicked struct {
	what  string
	stack []byte
}

func (p *panicked) Error() string { return "panic: " + p.what + "\n" + string(p.stack) }

// rescue turns a panic into an internal error, so that it ends one request and no other.
func (s *server) rescue(next echo.HandlerFunc) echo.HandlerFunc {
	return func(ec echo.Context) (err error) {
		defer func() {
			switch v := recover().(type) {
			case nil:
			case error:
				if v == http.ErrAbortHandler {
					panic(v) // net/http's own way to drop a connection
				}
				p := &panicked{what: fmt.Sprintf("%T", v), stack: debug.Stack()}
				if text, ok := v.(runtime.Error); ok {
					p.what = text.Error()
				}
				err = p
			default:
				err = &panicked{what: fmt.Sprintf("%T", v), stack: debug.Stack()}
			}
		}()
		return next(ec)
	}
}
