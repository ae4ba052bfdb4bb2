package operator_test

import (
	"errors"
	"testing"

	"github.com/enroll-project/enroll/internal/operator"
)

// TestApprove: an approval admits a user that waits, and no disabled one. Enabling admits a user that waits, too.
// Disabling ends the wait, and a user that waits can be deleted. A repetition has no entry, and a dry run changes
// nothing.
func TestApprove(t *testing.T) {
	t.Parallel()
	o := open(t)
	approve := func(a operator.Act) (operator.User, error) { return o.Approve(t.Context(), a) }
	enable := func(a operator.Act) (operator.User, error) { return o.Enable(t.Context(), a) }
	disable := func(a operator.Act) (operator.User, error) { return o.Disable(t.Context(), a) }
	remove := func(a operator.Act) (operator.User, error) { return o.Delete(t.Context(), a) }
	for n, c := range []struct {
		do     func(operator.Act) (operator.User, error)
		act    string
		where  string
		active bool
		waits  bool
	}{
		{approve, "user.approved", "status = 1 AND NOT waiting", true, false},
		{enable, "user.enabled", "status = 1 AND NOT waiting", true, false},
		{disable, "user.disabled", "status = 0 AND NOT waiting", false, false},
		{remove, "user.deleted", "status = 0 AND waiting AND delete_at IS NOT NULL", false, true},
	} {
		id := o.add(1, n)
		o.exec("UPDATE users SET status = 0, waiting = true WHERE id = $1", id)
		if u, err := o.Get(t.Context(), id, 1); err != nil || u.Active || !u.Waiting {
			t.Errorf("before: %+v, %v", u, err)
		}
		_, err := c.do(operator.Act{By: by, User: id, DryRun: true})
		o.fatal(err)
		if o.count("users WHERE id = $1 AND waiting AND status = 0 AND delete_at IS NULL", id) != 1 {
			t.Errorf("%s: a dry run is done", c.act)
		}
		for range 2 {
			u, err := c.do(operator.Act{By: by, User: id, Site: 1})
			if err != nil || u.Active != c.active || u.Waiting != c.waits {
				t.Errorf("%s: %+v, %v", c.act, u, err)
			}
			entries := o.count("audit_entries WHERE user_id = $1 AND act = $2 AND actor_name = 'support'", id, c.act)
			if o.count("users WHERE id = $1 AND "+c.where, id) != 1 || entries != 1 {
				t.Errorf("%s: %d entries, or another state", c.act, entries)
			}
		}
	}
	disabled := o.add(1, 20)
	o.exec("UPDATE users SET status = 0 WHERE id = $1", disabled)
	if _, err := approve(operator.Act{By: by, User: disabled}); !errors.Is(err, operator.ErrNotWaiting) {
		t.Errorf("a disabled user: %v", err)
	}
	if _, err := approve(operator.Act{By: by, User: disabled, Site: 2}); !errors.Is(err, operator.ErrUserUnknown) {
		t.Errorf("of another site: %v", err)
	}
	if o.count("users WHERE id = $1 AND status = 0", disabled) != 1 ||
		o.count("audit_entries WHERE user_id = $1", disabled) != 0 {
		t.Error("a disabled user is approved")
	}
}
