package admin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	gen "github.com/enroll-project/enroll/gen/admin"
	"github.com/enroll-project/enroll/internal/contract"
	"github.com/enroll-project/enroll/internal/event"
	"github.com/enroll-project/enroll/internal/operator"
	"github.com/enroll-project/enroll/internal/postgres"
	rules "github.com/enroll-project/enroll/internal/refusal"
	"github.com/enroll-project/enroll/internal/wire"
)

// refusal is an answer with a reason of the contract.
type refusal struct {
	reason string
	fields contract.FieldErrors
	retry  time.Duration // 0 for unknown
	cause  error         // for the log only
}

// Error names the reason and no value.
func (r *refusal) Error() string { return r.reason }

// refusalOf translates an error of any package. An unknown error becomes internal.
func refusalOf(ctx context.Context, err error) *refusal {
	// An error of this package is a refusal already.
	if r := (*refusal)(nil); errors.As(err, &r) {
		return r
	}
	// contract.Error is a request that the contract does not allow.
	if e := (*contract.Error)(nil); errors.As(err, &e) {
		return &refusal{reason: string(e.Reason), fields: e.Fields}
	}
	// A violation of a registration rule has the same reason as in the public API.
	if r := ofRules(err); r != nil {
		return r
	}
	switch {
	case errors.Is(err, operator.ErrUserUnknown):
		return &refusal{reason: "user_unknown"}
	case errors.Is(err, operator.ErrNotWaiting):
		return &refusal{reason: "user_not_waiting"}
	// A refusal about one field names that field, as in the public API.
	case errors.Is(err, operator.ErrGroupUnknown):
		return about("group_unknown", "group_id")
	// Only createGroup finds an id taken, and its body has the id.
	case errors.Is(err, operator.ErrGroupTaken):
		return about("group_taken", "id")
	// No field of the request is to blame.
	case errors.Is(err, operator.ErrGroupInUse):
		return &refusal{reason: "group_in_use"}
	case errors.Is(err, operator.ErrGroupTitle):
		return about("text_invalid", "title")
	case errors.Is(err, operator.ErrGroupAbout):
		return about("text_invalid", "description")
	case errors.Is(err, operator.ErrInvitationUnknown):
		return &refusal{reason: "invitation_unknown"}
	// The email is named, because one of the two has to go.
	case errors.Is(err, operator.ErrInvitationBound):
		return about("one_address", "email")
	case errors.Is(err, operator.ErrInvitationNote):
		return about("text_invalid", "note")
	case errors.Is(err, operator.ErrUnrecoverable):
		return &refusal{reason: "not_recoverable"}
	case errors.Is(err, operator.ErrAddress):
		return about("address_invalid", "address")
	case errors.Is(err, operator.ErrCursor), errors.Is(err, event.ErrCursor):
		return about("cursor_invalid", "cursor")
	case errors.Is(err, event.ErrReceiverUnknown):
		return about("receiver_unknown", "receiver")
	case errors.Is(err, event.ErrEventUnknown):
		return about("event_unknown", "webhook_id")
	case errors.Is(err, event.ErrAfterUnknown):
		return about("event_unknown", "after")
	// Each of the members is right by itself, and one of them has to go.
	case errors.Is(err, event.ErrSelection):
		return about("invalid_request", "since")
	// This case comes before unavailable, because that reason says that nothing was done (I11 in account/doc.go).
	case errors.Is(err, postgres.ErrOutcomeUnknown):
		return &refusal{reason: "outcome_unknown", cause: postgres.Safe(err)}
	case errors.Is(err, ErrUnavailable), ctx.Err() != nil, errors.Is(err, context.DeadlineExceeded),
		postgres.IsUnavailable(err):
		return &refusal{reason: "unavailable", cause: postgres.Safe(err)}
	}
	return &refusal{reason: "internal", cause: postgres.Safe(err)}
}

// ofRules finds all *rules.Error values in an error tree and merges them into one refusal. It returns nil if there are
// none. As in the public API, the first gives the reason of the answer, and each one with a field adds a field error.
func ofRules(err error) (r *refusal) {
	for e := range rules.All(err) {
		if r == nil {
			r = &refusal{reason: string(e.Reason), retry: e.RetryAfter, cause: e.Err}
		}
		if e.Field != "" {
			r.fields.Add(e.Field, contract.Reason(e.Reason), e.Limit)
		}
	}
	return r
}

// about returns a refusal of one field. The answer and the field have the same reason.
func about(reason, field string) *refusal {
	r := &refusal{reason: reason}
	r.fields.Add(field, contract.Reason(reason), 0)
	return r
}

// refuse sends the answer for an error. All refusals are written here, so that each is checked against the
// contract.
func (s *service) refuse(err error, ec echo.Context) {
	ctx := ec.Request().Context()
	c := callOf(ctx)
	r := refusalOf(ctx, err)
	// A reason that the contract does not list for this operation is an error in this code.
	if c.op != nil && r.reason != "internal" && !c.op.Allows(contract.Reason(r.reason)) {
		err = postgres.Safe(err)
		r = &refusal{reason: "internal", cause: fmt.Errorf("the contract does not list %s here: %w", r.reason, err)}
	}
	// Each reason has one status, in the whole contract.
	status, _ := s.contract.Status(contract.Reason(r.reason))
	c.reason, c.status, c.cause = r.reason, status, r.cause
	// The headers are sent already, so the answer broke off. Only the log can show the error.
	if ec.Response().Committed {
		return
	}
	// Rounded up, so that a client that waits for it is not too early.
	seconds := int((r.retry + time.Second - 1) / time.Second)
	env := gen.RefusalEnvelope{
		Code: wire.Code(status), Msg: c.texts.Of(r.reason, 0, seconds), Reason: r.reason, RequestID: c.id,
	}
	for _, f := range r.fields {
		env.Errors = append(env.Errors, gen.FieldError{
			Field: f.Field, Reason: string(f.Reason), Msg: c.texts.Of(string(f.Reason), f.Limit, 0),
		})
	}
	h := ec.Response().Header()
	switch status {
	case http.StatusUnauthorized:
		h.Set("WWW-Authenticate", "Bearer") // RFC 6750
	case http.StatusServiceUnavailable:
		h.Set("Retry-After", "5") // a failover takes some seconds
	case http.StatusTooManyRequests:
		h.Set("Retry-After", strconv.Itoa(max(seconds, 1)))
	}
	// encoding/json escapes <, > and &, so the body is harmless if it is shown as HTML.
	body, err := json.Marshal(env)
	if err != nil {
		panic(err) // strings and integers only
	}
	// A write error means that the client is gone.
	_ = ec.Blob(status, "application/json; charset=utf-8", body)
}
