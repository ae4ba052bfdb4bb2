package account_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/enroll-project/enroll/internal/account"
	"github.com/enroll-project/enroll/internal/credential"
	"github.com/enroll-project/enroll/internal/password"
	"github.com/enroll-project/enroll/internal/profile"
	"github.com/enroll-project/enroll/internal/refusal"
)

// TestBusyCostsNoUse: a request that is refused as busy does not count as a use of its operation, so that strangers
// who keep the hashers busy cannot lock a holder out of a change.
func TestBusyCostsNoUse(t *testing.T) {
	t.Parallel()
	hasher, err := password.New(password.Config{
		Params:  password.Params{Memory: 64, Passes: 1, Threads: 1},
		Workers: 1, Queue: 1, MaxWait: time.Hour, Metrics: prometheus.NewRegistry(),
	})
	fatal(t, err)
	w := setup(t, func(c *account.Config) { c.Hasher = hasher })
	in, err := w.Register(t.Context(), account.Registration{Site: 1, UserName: "newuser", Password: goodPassword})
	fatal(t, err)
	claims, err := w.tokens.Parse(in.Token)
	fatal(t, err)
	by, err := w.Holder(t.Context(), claims)
	fatal(t, err)
	other := "othername"
	for what, do := range map[string]func() error{
		"change of the password": func() error {
			_, err := w.ChangePassword(t.Context(), credential.Change{
				By: by, OldPassword: goodPassword, Password: "another-password"})
			return err
		},
		"deletion": func() error {
			_, err := w.Delete(t.Context(), account.Deletion{By: by, Password: goodPassword})
			return err
		},
		"change of the name": func() error {
			_, err := w.ChangeProfile(t.Context(), profile.Change{By: by, UserName: &other, OldPassword: goodPassword})
			return err
		},
	} {
		free := occupy(t, hasher)
		for i := range 11 {
			if err := do(); reason(err) != refusal.Busy {
				t.Errorf("%s %d: %v", what, i, err)
			}
		}
		free()
		if used := w.count(t, "budgets WHERE used > 0 AND key = $1", fmt.Sprint(in.User.ID)); used != 0 {
			t.Errorf("%s: %d budgets are used", what, used)
		}
	}
}
