package admin

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/enroll-project/enroll/internal/audit"
	"github.com/enroll-project/enroll/internal/contract"
	"github.com/enroll-project/enroll/internal/message"
	"github.com/enroll-project/enroll/internal/network"
	"github.com/enroll-project/enroll/internal/servicekey"
	"github.com/enroll-project/enroll/internal/trace"
	"github.com/enroll-project/enroll/internal/wire"
)

// call has the facts about one request. Only the goroutine that serves the request uses it.
type call struct {
	id      string // X-Request-Id
	start   time.Time
	texts   *message.Texts
	op      *contract.Operation // nil if the contract has no such operation
	network string              // of the client: IPv4 /24 or IPv6 /48
	key     servicekey.Holder   // the zero value until authorize has checked it
	// The outcome, for the log. reason is "" for a success.
	status int
	reason string
	cause  error
}

// callKey is the key of the call in a context.
type callKey struct{}

// callOf returns the call of a request's context, in which begin has put it.
func callOf(ctx context.Context) *call {
	// begin is the outermost middleware, so each request has one.
	c, _ := ctx.Value(callKey{}).(*call)
	return c
}

// actor returns the service key of the call as the actor of an audit entry. The entry has the client's network,
// not the address, as sessions do: the network suffices to find an operator's machine.
func (c *call) actor() audit.Actor {
	return audit.Actor{Kind: audit.Key, Name: c.key.Name(), Network: c.network}
}

// operation returns the operation's id, or "none".
func (c *call) operation() string {
	if c.op == nil {
		return "none"
	}
	return c.op.ID
}

// begin makes the call, sets the headers of every answer, and bounds the time of the request.
func (s *service) begin(next echo.HandlerFunc) echo.HandlerFunc {
	return func(ec echo.Context) error {
		req := ec.Request()
		// The address of the connection, or the one that a trusted proxy names.
		client := s.config.Proxies.Client(req.RemoteAddr, req.Header)
		// The request always gets a new id. An id that the client sends is not used: an operator's program has
		// its own log.
		c := &call{
			id: wire.IDs{Rand: s.config.Rand}.New(), start: s.config.Now(), texts: s.languages.Of(req.Header),
			op: s.contract.Operation(req.Method, ec.Path()), network: network.OriginOf(client).Network,
		}
		ctx, cancel := context.WithTimeout(context.WithValue(req.Context(), callKey{}, c), timeout)
		defer cancel()
		ec.SetRequest(req.WithContext(ctx))
		h := ec.Response().Header()
		h.Set("X-Request-Id", c.id)
		// Browsers must not guess that JSON is HTML.
		h.Set("X-Content-Type-Options", "nosniff")
		// Answers have personal data, so they must not be cached.
		h.Set("Cache-Control", "no-store")
		h.Set("Content-Language", c.texts.Tag)
		return next(ec)
	}
}

// observe turns the error of a request into its answer, and logs one line for each request. The line has the name of
// the key and the client's network. It has neither the path nor the query, since an identifier may be in them (I8).
func (s *service) observe(next echo.HandlerFunc) echo.HandlerFunc {
	return func(ec echo.Context) error {
		if err := next(ec); err != nil {
			s.refuse(err, ec)
		}
		c := callOf(ec.Request().Context())
		// refuse has set status and reason of a refusal.
		if c.reason == "" {
			c.status = ec.Response().Status
		}
		trace.Current(ec.Request().Context()).Answer(wire.Method(ec.Request().Method), ec.Path(),
			c.operation(), c.status, c.reason)
		// Operators' requests are few, so each has its line.
		level := slog.LevelInfo
		if c.status == http.StatusInternalServerError {
			level = slog.LevelError
		}
		// A search for the name of a key finds all its requests, also those that were refused. The name is empty if
		// the request was refused before authorize had checked its key.
		attrs := []slog.Attr{
			slog.String("request_id", c.id), slog.String("operation", c.operation()), slog.Int("status", c.status),
			// The names are those of the public API's line, so that one search finds both.
			slog.Float64("seconds", s.config.Now().Sub(c.start).Seconds()), slog.String("network", c.network),
			slog.String("key", c.key.Name()), slog.String("reason", c.reason),
		}
		// A cause must not have values of a request: refusalOf and package refusal pass errors of the database
		// through postgres.Safe.
		if c.cause != nil {
			attrs = append(attrs, slog.String("cause", c.cause.Error()))
		}
		s.config.Logger.LogAttrs(context.WithoutCancel(ec.Request().Context()), level, "admin request", attrs...)
		return nil
	}
}

// route refuses a path or a method that the contract does not list.
func (s *service) route(next echo.HandlerFunc) echo.HandlerFunc {
	return func(ec echo.Context) error {
		if allow, ok := wire.Allowed(ec); ok {
			ec.Response().Header().Set("Allow", allow)
			return &refusal{reason: "method_not_allowed"}
		}
		// This also refuses a path that only the public listener has.
		if callOf(ec.Request().Context()).op == nil {
			return &refusal{reason: "not_found"}
		}
		return next(ec)
	}
}

// authorize refuses a request without a valid key that has the scope of the operation. This is the one place where
// keys and scopes are checked, so that no operation can forget it.
func (s *service) authorize(next echo.HandlerFunc) echo.HandlerFunc {
	return func(ec echo.Context) error {
		req := ec.Request()
		c := callOf(req.Context())
		// Two Authorization headers are refused, because a proxy may read the other one.
		// The key is not accepted in a query, which would be in the logs of proxies.
		sent := req.Header["Authorization"]
		if len(sent) == 0 {
			return &refusal{reason: "key_missing"}
		}
		scheme, key, _ := strings.Cut(sent[0], " ")
		if len(sent) > 1 || !strings.EqualFold(scheme, "Bearer") {
			return &refusal{reason: "key_invalid"}
		}
		// Each request makes one query for the key, so that a revoked key is refused at once on every replica.
		holder, err := s.config.Keys.Check(req.Context(), strings.TrimSpace(key))
		if errors.Is(err, servicekey.ErrInvalid) { // check: admin-key
			return &refusal{reason: "key_invalid"}
		}
		if err != nil {
			return err
		}
		// From here on the log names the key, also in a refusal.
		c.key = holder
		// The scope is checked after the key, so that only the holder of a key learns about scopes.
		if scope, known := scopes[c.op.ID]; !known || !holder.Allows(scope) { // check: admin-scope
			return &refusal{reason: "scope_missing"}
		}
		return next(ec)
	}
}

// validate checks a request by the contract.
func (s *service) validate(next echo.HandlerFunc) echo.HandlerFunc {
	return func(ec echo.Context) error {
		c := callOf(ec.Request().Context())
		// Errors of parameters and body are in one answer.
		found := c.op.CheckParameters(ec.Request(), wire.PathParameters(ec))
		found = c.op.CheckQueryNames(ec.Request(), found)
		// MaxBytesReader can close the connection only through net/http's own writer, so echo's is not used.
		if err := c.op.CheckBody(ec.Response().Writer, ec.Request(), found); err != nil { // check: admin-validated
			return err
		}
		return next(ec)
	}
}
