package operation

import (
	"context"
	"errors"
	"testing"

	"github.com/enroll-project/enroll/internal/account"
	"github.com/enroll-project/enroll/internal/holder"
)

// TestRenewalAfterChange: the answer to a committed change has the new token, or the token that was sent if
// that cannot be renewed.
func TestRenewalAfterChange(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fresh string
		err   error
		want  string
	}{
		"renewed":   {"new", nil, "new"},
		"not due":   {"", nil, "old"},
		"no answer": {"", errors.New("the database is gone"), "old"},
	} {
		h := Handlers{renewed: func(context.Context, holder.Holder, account.Origin, string) (string, error) {
			return c.fresh, c.err
		}}
		request := &Call{Sent: Token{Raw: "old"}}
		if got := h.renewAfter(t.Context(), request); got != c.want || request.Fresh != c.fresh {
			t.Errorf("%s: %q, sent as Update-Token: %q", name, got, request.Fresh)
		}
	}
}
