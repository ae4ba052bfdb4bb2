package refusal_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/enroll-project/enroll/internal/identifier"
	"github.com/enroll-project/enroll/internal/refusal"
	"github.com/enroll-project/enroll/internal/session"
)

// TestOf: a refusal passes as it is, also if other errors wrap it. A canceled request is not a refusal. A time
// limit is an outage that changed nothing.
func TestOf(t *testing.T) {
	t.Parallel()
	known := fmt.Errorf("in a transaction: %w", &refusal.Error{Reason: refusal.InviteInvalid})
	for _, same := range []error{nil, known, context.Canceled} {
		if got := refusal.Of(same); got != same {
			t.Errorf("%v became %v", same, got)
		}
	}
	var e *refusal.Error
	err := refusal.Of(context.DeadlineExceeded)
	if !errors.As(err, &e) || e.Reason != refusal.Unavailable || e.RetryAfter <= 0 {
		t.Errorf("a time limit: %v", err)
	}
	if err := refusal.Of(errors.New("bug")); errors.As(err, &e) {
		t.Errorf("an internal error became %v", e)
	}
}

// TestOfRooms: each package's error has its reason and field.
func TestOfRooms(t *testing.T) {
	t.Parallel()
	for want, err := range map[string]error{
		"token_invalid":                 refusal.OfSession(session.ErrEnded),
		"account_disabled":              refusal.OfSession(session.ErrDisabled),
		"user_name: user_name_reserved": refusal.OfUserName(identifier.ErrUserNameReserved),
		"email: email_too_long":         refusal.OfEmail(identifier.ErrEmailTooLong),
		"phone: phone_country":          refusal.OfPhone(identifier.ErrPhoneCountry),
	} {
		if err.Error() != want {
			t.Errorf("%q, want %q", err, want)
		}
	}
}
