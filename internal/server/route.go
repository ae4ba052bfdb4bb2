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

// route refuses methods that the contract does not list for a path. echo itself would
// answer OPTIONS with 204 and list it in Allow.
func (s *server) route(next echo.HandlerFunc) echo.HandlerFunc {
	return func(ec echo.Context) error {
		// echo sets this key if the path exists and the method does not.
		allow, ok := ec.Get(echo.ContextKeyHeaderAllow).(string)
		if !ok { // check: method-listed
			return next(ec)
		}
		ec.Response().Header().Set("Allow", withoutOptions(allow))
		return &problem{reason: api.ReasonMethodNotAllowed}
	}
}

// router registers the operations for the generated code, and HEAD beside each GET for
// which the contract has it. net/http leaves the body of its answer out.
type router struct {
	*echo.Echo
	contract *contract.Contract
}

// GET registers an operation and, if the contract has it, its HEAD.
func (r router) GET(path string, h echo.HandlerFunc, m ...echo.MiddlewareFunc) *echo.Route {
	if r.contract.Operation(http.MethodHead, path) != nil {
		r.HEAD(path, h, m...)
	}
	return r.Echo.GET(path, h, m...)
}

// withoutOptions removes OPTIONS, which echo adds, from a list of methods.
func withoutOptions(allow string) string {
	// echo's form of the list.
	methods := strings.Split(allow, ", ")
	kept := methods[:0] // in place: Split has made the slice
	for _, m := range methods {
		if m != http.MethodOptions {
			kept = append(kept, m)
		}
	}
	return strings.Join(kept, ", ")
}

// panicked is a panic, as an error for the log. It has the text of a runtime error only:
// any other value of a panic may contain data of a request.
type panicked struct {
	what  string
	stack []byte
}

// Error returns the cause and the stack.
func (p *panicked) Error() string { return "panic: " + p.what + "\n" + string(p.stack) }

// rescue turns a panic into an internal error, so that it ends one request and no other.
func (s *server) rescue(next echo.HandlerFunc) echo.HandlerFunc {
	return func(ec echo.Context) (err error) {
		defer func() {
			switch v := recover().(type) {
			case nil:
			case error:
				// The only panic that is no mistake: it makes net/http close the connection.
				if v == http.ErrAbortHandler {
					panic(v) // net/http's own way to drop a connection
				}
				// The type of a panic's value helps, and has no data.
				p := &panicked{what: fmt.Sprintf("%T", v), stack: debug.Stack()}
				if text, ok := v.(runtime.Error); ok {
					p.what = text.Error()
				}
				err = p
			default:
				err = &panicked{what: fmt.Sprintf("%T", v), stack: debug.Stack()} // check: panic
			}
		}()
		return next(ec)
	}
}
