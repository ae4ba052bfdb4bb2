package account_test

import (
	"testing"
	"time"

	"github.com/enroll-project/enroll/internal/account"
	"github.com/enroll-project/enroll/internal/refusal"
	"github.com/enroll-project/enroll/internal/token"
)

// TestDisablingEndsTokens: an operator disables a user by hand, and enables it again. The tokens
// from before stay refused, with a session and without; new ones are good.
func TestDisablingEndsTokens(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.clock.advance(time.Since(w.clock.Now())) // the database's clock decides
	alice := account.Registration{Site: 1, UserName: "alice", Password: goodPassword}
	in, err := w.Register(t.Context(), alice)
	fatal(t, err)
	old := token.Claims{Subject: token.Subject{UserID: in.User.ID, SiteID: 1}, ID: "old", IssuedAt: w.clock.Now()}
	both := func(want refusal.Reason) {
		t.Helper()
		_, err := w.holderOf(in.Token)
		expect(t, err, want)
		_, err = w.Holder(t.Context(), old)
		expect(t, err, want)
	}
	both("")
	w.exec(t, "UPDATE users SET real_name = 'x'")
	both("")
	w.exec(t, "UPDATE users SET status = 0")
	both(refusal.AccountDisabled)
	w.exec(t, "UPDATE users SET status = 1")
	both(refusal.TokenInvalid)
	w.clock.advance(2 * time.Second)
	in, err = w.Login(t.Context(), account.Login{Site: 1, UserName: "alice", Password: goodPassword})
	fatal(t, err)
	old.IssuedAt = w.clock.Now()
	both("")
}

// TestDisabledInTheSameSecond: all sessions were ended a moment ago, so the time from which tokens are valid is
// ahead of the clock. If the user is then disabled, that time moves again and ends the sessions that began since.
func TestDisabledInTheSameSecond(t *testing.T) {
	t.Parallel()
	w := setup(t)
	in, err := w.Register(t.Context(), account.Registration{Site: 1, UserName: "alice", Password: goodPassword})
	fatal(t, err)
	ahead := time.Now().Add(time.Hour).Truncate(time.Second)
	w.exec(t, "UPDATE users SET tokens_valid_from = $1", ahead)
	in, err = w.Login(t.Context(), account.Login{Site: 1, UserName: "alice", Password: goodPassword})
	fatal(t, err)
	w.exec(t, "UPDATE users SET status = 0")
	if w.count(t, "users WHERE tokens_valid_from > $1", ahead) != 1 || w.count(t, "sessions") != 0 {
		t.Errorf("%d sessions of a disabled user", w.count(t, "sessions"))
	}
	w.exec(t, "UPDATE users SET status = 1")
	_, err = w.holderOf(in.Token)
	expect(t, err, refusal.TokenInvalid)
}
