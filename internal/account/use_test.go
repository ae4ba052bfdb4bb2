package account_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/enroll-project/enroll/internal/account"
	"github.com/enroll-project/enroll/internal/credential"
	"github.com/enroll-project/enroll/internal/holder"
	"github.com/enroll-project/enroll/internal/refusal"
)

// TestPasswordChangesAreBounded: a change of the password needs no captcha, so a user can try ten an hour,
// with a right or a wrong password. Further changes wait for the rest of that hour. A user gets at most
// twenty notices a day. Another user is not affected.
func TestPasswordChangesAreBounded(t *testing.T) {
	t.Parallel()
	w := setup(t)
	current := map[string]holder.SignedIn{}
	for _, name := range []string{"alice", "bob"} {
		in, err := w.Register(t.Context(), account.Registration{
			Site: 1, UserName: name, Password: goodPassword, Email: name + "@example.com",
		})
		fatal(t, err)
		current[name] = in
	}
	w.exec(t, "UPDATE users SET email_verified_at = now()")
	old := map[string]string{"alice": goodPassword, "bob": goodPassword}
	change := func(name, old, fresh string) error {
		claims, err := w.tokens.Parse(current[name].Token)
		fatal(t, err)
		by, err := w.Holder(t.Context(), claims)
		fatal(t, err)
		in, err := w.ChangePassword(t.Context(), credential.Change{By: by, OldPassword: old, Password: fresh})
		if err == nil {
			current[name] = in
		}
		return err
	}
	for hour := range 3 {
		for i := range 10 {
			if hour == 0 && i == 9 {
				expect(t, change("alice", "not the old one", "another-password"), refusal.CredentialsWrong)
				continue
			}
			fresh := fmt.Sprintf("a new password %d of %d", i, hour)
			expect(t, change("alice", old["alice"], fresh), "")
			old["alice"] = fresh
		}
		w.clock.advance(10 * time.Minute)
		err := change("alice", old["alice"], "the eleventh password")
		var e *refusal.Error
		if !errors.As(err, &e) || e.Reason != refusal.RateLimited || e.RetryAfter != 50*time.Minute {
			t.Errorf("hour %d: %v", hour, err)
		}
		expect(t, change("bob", old["bob"], fmt.Sprintf("password %d of bob", hour)), "")
		old["bob"] = fmt.Sprintf("password %d of bob", hour)
		w.clock.advance(50 * time.Minute)
	}
	for name, want := range map[string]int{"alice": 20, "bob": 3} {
		id := current[name].User.ID
		const counted = "budgets WHERE scope = 'notice_user' AND key = $1::text AND used = $2"
		if w.count(t, counted, fmt.Sprint(id), want) != 1 {
			t.Errorf("%s has not had %d notices", name, want)
		}
	}
}
