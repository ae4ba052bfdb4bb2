package account_test

import (
	"context"
	"testing"
	"time"

	"github.com/enroll-project/enroll/gen/db"
	"github.com/enroll-project/enroll/internal/account"
	"github.com/enroll-project/enroll/internal/holder"
	"github.com/enroll-project/enroll/internal/refusal"
	"github.com/enroll-project/enroll/internal/session"
	"github.com/enroll-project/enroll/test/pgtest"
)

// TestEachLoginBeginsASession: a registration, its repetition and each login have a session of their
// own, whose id is in the token. The session stores the network and the browser and system of the
// client.
func TestEachLoginBeginsASession(t *testing.T) {
	t.Parallel()
	w := setup(t)
	from := account.Origin{Subnet: "2001:db8:1:2::/64", Network: "2001:db8:1::/48"}
	const firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
	r := account.Registration{Site: 1, Phone: phone, Code: w.code(t, phone, account.ForRegister), UserName: "alice",
		Password: goodPassword, IdempotencyKey: "key-1", From: from, UserAgent: firefox}
	l := account.Login{Site: 1, UserName: "alice", Password: goodPassword, From: from, UserAgent: firefox}
	ways := []func() (holder.SignedIn, error){
		func() (holder.SignedIn, error) { return w.Register(t.Context(), r) },
		func() (holder.SignedIn, error) { return w.Register(t.Context(), r) },
		func() (holder.SignedIn, error) { return w.Login(t.Context(), l) },
		func() (holder.SignedIn, error) {
			w.clock.advance(time.Minute)
			byCode := account.Login{Site: 1, Phone: phone, Code: w.code(t, phone, account.ForLogin), From: from,
				UserAgent: firefox}
			return w.Login(t.Context(), byCode)
		},
	}
	for i, way := range ways {
		in, err := way()
		fatal(t, err)
		claims, err := w.tokens.Parse(in.Token)
		fatal(t, err)
		if n := w.count(t, `sessions WHERE user_id = $1 AND id = $2 AND created_at = $3 AND used_at = $3
			AND network = '2001:db8:1::/48' AND agent = 'Firefox, Linux' AND expires_at > $4 AND ended_at IS NULL`,
			in.User.ID, claims.SessionID, w.clock.Now(), claims.ExpiresAt); n != 1 {
			t.Errorf("login %d: %d sessions of %+v", i, n, claims)
		}
		if n := w.count(t, "sessions"); n != i+1 {
			t.Errorf("after login %d: %d sessions", i, n)
		}
	}
}

// TestNoSessionWithoutAUser: a refused registration leaves no session, and a deleted user none.
func TestNoSessionWithoutAUser(t *testing.T) {
	t.Parallel()
	w := setup(t)
	r := account.Registration{Site: 1, UserName: "alice", Password: goodPassword}
	in, err := w.Register(t.Context(), r)
	fatal(t, err)
	_, err = w.Register(t.Context(), r)
	expect(t, err, refusal.UserNameTaken)
	if n := w.count(t, "sessions"); n != 1 {
		t.Errorf("%d sessions of one user, want 1", n)
	}
	w.exec(t, "DELETE FROM users")
	if n := w.count(t, "sessions"); n != 0 {
		t.Errorf("%d sessions of no user", n)
	}
	_, err = w.holderOf(in.Token)
	expect(t, err, refusal.TokenInvalid)
}

// TestLoginBesideEndOfSessions: all sessions are ended while a login is between its look-up and
// its session. If the password was changed, too, the login is refused. If it was not, as after
// "log out everywhere", the login succeeds like a later one.
func TestLoginBesideEndOfSessions(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]struct {
		sql  string
		want refusal.Reason
	}{
		"another password": {"UPDATE users SET password_hash = '$2a$04$' || repeat('a', 53)", refusal.CredentialsWrong},
		"another time":     {"UPDATE users SET updated_at = updated_at", ""},
		"disabled":         {"UPDATE users SET status = 0", refusal.AccountDisabled},
		"deleted":          {"DELETE FROM users", refusal.CredentialsWrong},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := setup(t)
			in, err := w.Register(t.Context(), account.Registration{Site: 1, UserName: "alice", Password: goodPassword})
			fatal(t, err)
			ending, err := w.pool.Begin(t.Context())
			fatal(t, err)
			defer func() { _ = ending.Rollback(context.WithoutCancel(t.Context())) }()
			_, err = ending.Exec(t.Context(), change.sql)
			fatal(t, err)
			fatal(t, session.EndAll(t.Context(), db.New(ending), in.User.ID, w.clock.Now()))
			var again holder.SignedIn
			loggedIn := pgtest.Blocked(t, w.pool, func() (err error) {
				again, err = w.Login(t.Context(), account.Login{Site: 1, UserName: "alice", Password: goodPassword})
				return err
			})
			fatal(t, ending.Commit(t.Context()))
			expect(t, loggedIn(), change.want)
			if _, err := w.holderOf(in.Token); err == nil {
				t.Error("a session from before is live")
			}
			live := 0
			if change.want == "" {
				live = 1
				_, err = w.holderOf(again.Token)
				fatal(t, err)
			}
			if n := w.count(t, "sessions"); n != live {
				t.Errorf("%d sessions, want %d", n, live)
			}
		})
	}
}
