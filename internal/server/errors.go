package server

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/enroll-project/enroll/gen/api"
	"github.com/enroll-project/enroll/internal/contract"
	"github.com/enroll-project/enroll/internal/operation"
	"github.com/enroll-project/enroll/internal/refusal"
	"github.com/enroll-project/enroll/internal/token"
	"github.com/enroll-project/enroll/internal/wire"
)

// statusGone is recorded if the client disconnected before the answer. nginx uses the same
// number. It is not 5xx, so that clients cannot trigger alerts, and it is never sent.
const statusGone = 499

// problem is an error in the form that becomes the envelope: one of this package, or one
// of another package after refusalOf.
type problem struct {
	reason api.Reason
	limit  int           // the bound that was exceeded, for the message; 0 for none
	wait   time.Duration // for Retry-After; 0 if it is not known
	fields contract.FieldErrors
	msg    string // the operator's text for the person, at the fields, too; "" means the message of the reason
	cause  error  // for the log only
}

// Error names the reason and no value.
func (r *problem) Error() string { return string(r.reason) }

// refusalOf translates an error of any package. An error that it does not know becomes
// internal. ctx is the context of the request.
func refusalOf(ctx context.Context, err error) *problem {
	if r := (*problem)(nil); errors.As(err, &r) {
		return r
	}
	// contract has reasons of its own type with the same texts (TestReasonsAgree).
	if e := (*contract.Error)(nil); errors.As(err, &e) {
		return &problem{reason: api.Reason(e.Reason), fields: e.Fields}
	}
	// Refusals come before the check of the context: a refusal is an answer even if it comes late.
	if r := fromAccount(err); r != nil {
		return r
	}
	switch {
	case errors.Is(err, token.ErrExpired):
		return &problem{reason: api.ReasonTokenExpired}
	// The answer does not say why a token is invalid. The log does.
	case errors.Is(err, token.ErrInvalid):
		return &problem{reason: api.ReasonTokenInvalid, cause: err}
	case ctx.Err() != nil, errors.Is(err, context.DeadlineExceeded):
		// The time is up, or the client is gone, or the server stops. If the client still
		// reads the answer, unavailable is right.
		return &problem{reason: api.ReasonUnavailable, cause: err}
	}
	// echo returns this error for a path that it does not know.
	if he := (*echo.HTTPError)(nil); errors.As(err, &he) && he.Code == http.StatusNotFound {
		return &problem{reason: api.ReasonNotFound}
	}
	return &problem{reason: api.ReasonInternal, cause: err}
}

// fromAccount translates the refusals of use cases (package refusal) in a tree of errors.
// The first one gives the reason of the answer, and those with a field become its field
// errors. It returns nil if the tree has no refusal.
func fromAccount(err error) *problem {
	var r *problem
	// Only some refusals are about a field. The first one may be about the request as a whole.
	for e := range refusal.All(err) {
		reason := api.Reason(e.Reason)
		if r == nil {
			r = &problem{reason: reason, limit: e.Limit, wait: e.RetryAfter, msg: e.Message, cause: e.Err}
		}
		if e.Field != "" {
			r.fields.Add(e.Field, contract.Reason(reason), e.Limit)
		}
	}
	return r
}

// refuse sends the answer for an error. All refusals are written here, so that each is
// checked against the contract.
func (s *server) refuse(err error, ec echo.Context) {
	ctx := ec.Request().Context()
	c := operation.CallOf(ctx)
	if ec.Response().Committed {
		// The headers have been sent: the connection broke during the answer, or a handler
		// panicked. Only the log and the metrics can still show it.
		c.Cause, c.Status, c.Reason = err, statusGone, api.ReasonUnavailable
		if p := (*wire.Panic)(nil); errors.As(err, &p) {
			c.Status, c.Reason = http.StatusInternalServerError, api.ReasonInternal
		}
		return
	}
	r := refusalOf(ctx, err)
	// A reason that the contract does not list for the operation is a mistake in this code, so it is
	// logged as an error, and the client gets the reason internal, which it knows.
	if !s.mayAnswer(c.Op, r.reason) {
		r = &problem{reason: api.ReasonInternal, cause: undocumented(r)}
	}
	status, _ := s.contract.Status(contract.Reason(r.reason))
	c.Reason, c.Status, c.Cause = r.reason, status, r.cause
	h := ec.Response().Header()
	// A refusal outside /api/ gets these headers, too, because it is an envelope.
	markAPI(c, h)
	if status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", challenge(r.reason))
	}
	// RFC 9110 and RFC 6585 give Retry-After to 503 and 429. Other refusals have it if the
	// rule knows when a repetition can succeed.
	seconds := 0
	if status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable || r.wait > 0 {
		seconds = retryAfter(r.wait)
		h.Set("Retry-After", strconv.Itoa(seconds)) // check: retry-after
	}
	body := envelope(c, r, api.RefusalCode(wire.Code(status)), seconds)
	// The status changes only here, after metrics and Retry-After have used the status of the reason.
	if s.alwaysOK && c.API {
		status = http.StatusOK
	}
	// A write error means that the client is gone.
	_ = ec.JSONBlob(status, body) // check: refusal-status
	// The deadline ends the context with DeadlineExceeded, so Canceled means that the client has
	// disconnected.
	if errors.Is(ctx.Err(), context.Canceled) {
		c.Status = statusGone
	}
}

// mayAnswer reports whether the contract lists a reason for an operation. internal is
// allowed everywhere, and each reason of the contract if there is no operation.
func (s *server) mayAnswer(op *contract.Operation, r api.Reason) bool {
	// A reason without a status is in no x-reasons of the contract.
	if _, known := s.contract.Status(contract.Reason(r)); !known {
		return false
	}
	return r == api.ReasonInternal || op == nil || op.Allows(contract.Reason(r)) // check: refusal-listed
}

// undocumented returns the internal error for a reason that the contract does not list for the
// operation. It includes the cause, for the log.
func undocumented(r *problem) error {
	return errors.Join(fmt.Errorf("the contract does not list %s here", r.reason), r.cause)
}

// envelope returns the body of a refusal. seconds is Retry-After, for the message.
func envelope(c *operation.Call, r *problem, code api.RefusalCode, seconds int) []byte {
	env := api.RefusalEnvelope{
		Code:      code,
		Msg:       cmp.Or(r.msg, c.Refusal(string(r.reason), r.limit, seconds)), // check: refusal-cause
		Reason:    r.reason,
		RequestID: c.ID,
	}
	// A field's message has the same seconds: the field code may be refused with a wait.
	for _, f := range r.fields {
		env.Errors = append(env.Errors, api.FieldError{
			Field:  f.Field,
			Reason: api.Reason(f.Reason),
			Msg:    cmp.Or(r.msg, c.Refusal(string(f.Reason), f.Limit, seconds)),
		})
	}
	// encoding/json escapes <, > and &, so that the body is harmless even if it is shown
	// as HTML.
	body, err := json.Marshal(env)
	if err != nil {
		panic(err) // strings and integers only
	}
	return body
}

// challenge returns the header WWW-Authenticate (RFC 6750, section 3). It has no error
// code if the request had no token.
func challenge(r api.Reason) string {
	if r == api.ReasonTokenMissing {
		return "Bearer"
	}
	return `Bearer error="invalid_token"`
}
