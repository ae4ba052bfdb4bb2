package wire

import (
	"fmt"
	"net/http"
	"runtime"
	"runtime/debug"

	"github.com/labstack/echo/v4"
)

// Panic is a panic of a handler, as an error for the log. It has the text of a runtime error only:
// any other value of a panic may contain data of a request.
type Panic struct {
	what  string
	stack []byte
}

// Error returns the cause and the stack.
func (p *Panic) Error() string { return "panic: " + p.what + "\n" + string(p.stack) }

// Rescue turns a panic into an internal error, so that it ends one request and no other.
func Rescue(next echo.HandlerFunc) echo.HandlerFunc {
	return func(ec echo.Context) (err error) {
		defer func() {
			v := recover()
			if v == nil {
				return
			}
			// This panic is not a mistake: a handler uses it to make net/http close the connection.
			if v == http.ErrAbortHandler {
				panic(v) // net/http recovers from it
			}
			// The type of a panic's value helps to find the mistake, and holds no data of a request.
			p := &Panic{what: fmt.Sprintf("%T", v), stack: debug.Stack()}
			if text, ok := v.(runtime.Error); ok {
				p.what = text.Error()
			}
			err = p // check: panic
		}()
		return next(ec)
	}
}
