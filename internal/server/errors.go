package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/enroll-project/enroll/gen/api"
	"github.com/enroll-project/enroll/internal/account"
	"github.com/enroll-project/enroll/internal/contract"
	"github.com/enroll-project/enroll/internal/token"
)

// statusGone is recorded for requests whose client did not wait for the answer,
// after nginx's custom, so that they alarm nobody. It is never sent.
const statusGone = 499

// refusal is what leaves as an envelope: an error of this package, or one of
// another package translated.
type refusal struct {
	reason api.Reason
	limit  int           // for the message; 0 for none
	wait   time.Duration // for Retry-After; 0 for not known
	fields contract.FieldErrors
	cause  error // for the log only
}

// Error names the reason and no value.
func (r *refusal) Error() string { return string(r.reason) }

// refusalOf translates an error. ctx is the context of the request.
func refusalOf(ctx context.Context, err error) *refusal {
	if r := (*refusal)(nil); errors.As(err, &r) {
		return r
	}
	if e := (*contract.Error)(nil); errors.As(err, &e) {
		return &refusal{reason: api.Reason(e.Reason), fields: e.Fields}
	}
	if r := fromAccount(err); r != nil {
		return r
	}
	switch {
	case errors.Is(err, token.ErrExpired):
		return &refusal{reason: api.ReasonTokenExpired}
	case errors.Is(err, token.ErrInvalid):
		return &refusal{reason: api.ReasonTokenInvalid, cause: err}
	case ctx.Err() != nil, errors.Is(err, context.DeadlineExceeded):
		// Out of time, or the client is gone. Should it still listen (we might be
		// stopping), then this is true as well.
		return &refusal{reason: api.ReasonUnavailable, cause: err}
	}
	if he := (*echo.HTTPError)(nil); errors.As(err, &he) && he.Code == http.StatusNotFound {
		return &refusal{reason: api.ReasonNotFound}
	}
	return &refusal{reason: api.ReasonInternal, cause: err}
}

// fromAccount translates a tree of refusals: the first one speaks for all, and
// those with a field are listed. It returns nil for a tree that has none.
func fromAccount(err error) *refusal {
	var r *refusal
	for e := range accountErrors(err) {
		reason := api.Reason(e.Reason)
		if r == nil {
			r = &refusal{reason: reason, limit: e.Limit, wait: e.RetryAfter, cause: e.Err}
		}
		if e.Field != "" {
			r.fields.Add(e.Field, contract.Reason(reason), e.Limit)
		}
	}
	return r
}

// accountErrors yields the refusals of package account in a tree of errors, in order. What stands below
// a refusal is its cause and no refusal of its own.
func accountErrors(err error) iter.Seq[*account.Error] {
	return func(yield func(*account.Error) bool) { walk(err, yield) }
}

func walk(err error, yield func(*account.Error) bool) bool {
	switch e := err.(type) {
	case *account.Error:
		return yield(e)
	case interface{ Unwrap() error }:
		return walk(e.Unwrap(), yield)
	case interface{ Unwrap() []error }:
		for _, one := range e.Unwrap() {
			if !walk(one, yield) {
				return false
			}
		}
	}
	return true
}

// refuse answers with what an error means. It is the only writer of a refusal.
func (s *server) refuse(err error, ec echo.Context) {
	ctx := ec.Request().Context()
	c := callOf(ctx)
	if ec.Response().Committed {
		// Too late for another answer: the connection broke while it was sent, or
		// an internal error stands behind it.
		c.cause, c.status, c.reason = err, statusGone, api.ReasonUnavailable
		if p := (*panicked)(nil); errors.As(err, &p) {
			c.status, c.reason = http.StatusInternalServerError, api.ReasonInternal
		}
		return
	}
	r := refusalOf(ctx, err)
	if !s.mayAnswer(c.op, r.reason) {
		r = &refusal{reason: api.ReasonInternal, cause: undocumented(r)}
	}
	status, _ := s.contract.Status(contract.Reason(r.reason))
	c.reason, c.status, c.cause = r.reason, status, r.cause
	h := ec.Response().Header()
	c.markAPI(h)
	if status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", challenge(r.reason))
	}
	seconds := 0
	if status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable || r.wait > 0 {
		seconds = retryAfter(r.wait)
		h.Set("Retry-After", strconv.Itoa(seconds))
	}
	body := c.envelope(r, codeOf(status), seconds)
	if s.alwaysOK && c.api {
		status = http.StatusOK
	}
	// Who went away is not served better by an error about it.
	_ = ec.JSONBlob(status, body)
	if errors.Is(ctx.Err(), context.Canceled) {
		c.status = statusGone
	}
}

// mayAnswer tells whether the contract foresees a reason here. An internal
// error is answered everywhere: there is nothing else to say.
func (s *server) mayAnswer(op *contract.Operation, r api.Reason) bool {
	if _, known := s.contract.Status(contract.Reason(r)); !known {
		return false
	}
	return r == api.ReasonInternal || op == nil || op.Allows(contract.Reason(r))
}

// undocumented is the internal error of an operation that refuses with a reason
// which the contract does not list for it.
func undocumented(r *refusal) error {
	return errors.Join(fmt.Errorf("the contract does not list %s here", r.reason), r.cause)
}

// envelope writes the body of a refusal.
func (c *call) envelope(r *refusal, code api.RefusalCode, seconds int) []byte {
	env := api.RefusalEnvelope{
		Code:      code,
		Msg:       c.texts.of(string(r.reason), r.limit, seconds),
		Reason:    r.reason,
		RequestID: c.id,
	}
	for _, f := range r.fields {
		env.Errors = append(env.Errors, api.FieldError{
			Field:  f.Field,
			Reason: api.Reason(f.Reason),
			Msg:    c.texts.of(string(f.Reason), f.Limit, seconds),
		})
	}
	body, err := json.Marshal(env)
	if err != nil {
		panic(err) // strings and integers only
	}
	return body
}

// challenge is WWW-Authenticate by RFC 6750: whoever sent no token is told the
// scheme and no error.
func challenge(r api.Reason) string {
	if r == api.ReasonTokenMissing {
		return "Bearer"
	}
	return `Bearer error="invalid_token"`
}

// codeOf gives a status its code of the envelope.
func codeOf(status int) api.RefusalCode {
	switch status {
	case http.StatusUnauthorized:
		return api.RefusalCodeNotLoggedIn
	case http.StatusForbidden:
		return api.RefusalCodeNotAllowed
	}
	return api.RefusalCodeRefused
}
