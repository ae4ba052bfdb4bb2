package account_test

import (
	"context"
	"testing"
	"time"

	"github.com/enroll-project/enroll/internal/account"
	"github.com/enroll-project/enroll/internal/refusal"
	"github.com/enroll-project/enroll/test/pgtest"
)

// TestLoginBesideItsDeletion: a login has found that a deletion is pending, and the user changes before it
// cancels the deletion. It reports, notes and tells no cancellation that it has not made.
func TestLoginBesideItsDeletion(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]struct {
		sql  string
		want refusal.Reason
	}{
		"canceled by another login": {"UPDATE users SET delete_at = NULL", ""},
		"disabled":                  {"UPDATE users SET status = 0", refusal.AccountDisabled},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := leaver(t)
			_, err := r.leave(t, r.user.Token, goodPassword)
			fatal(t, err)
			mails, entries := r.mails.count(), r.count(t, "audit_entries")
			other, err := r.pool.Begin(t.Context())
			fatal(t, err)
			defer func() { _ = other.Rollback(context.WithoutCancel(t.Context())) }()
			_, err = other.Exec(t.Context(), change.sql)
			fatal(t, err)
			canceled := false
			loggedIn := pgtest.Blocked(t, r.pool, func() error {
				in, err := r.Login(t.Context(), account.Login{Site: 1, UserName: "holder", Password: goodPassword})
				canceled = in.DeletionCanceled
				return err
			})
			fatal(t, other.Commit(t.Context()))
			expect(t, loggedIn(), change.want)
			r.Close()
			if n := r.count(t, "audit_entries"); canceled || n != entries || r.mails.count() != mails {
				t.Errorf("canceled: %t, %d more entries, %d more mails", canceled, n-entries, r.mails.count()-mails)
			}
			if n := r.count(t, "users WHERE delete_at IS NOT NULL"); (n == 0) != (change.want == "") {
				t.Errorf("%d deletions are pending", n)
			}
		})
	}
}

// TestCancellationIsWhole (I7): if the notice or the entry of the audit log cannot be written, the login is
// refused, the deletion stays, and there is no session.
func TestCancellationIsWhole(t *testing.T) {
	t.Parallel()
	for _, table := range []string{"notices", "audit_entries"} {
		t.Run(table, func(t *testing.T) {
			t.Parallel()
			w := on(t, pgtest.Fresh(t), &clock{now: time.Now()}, func(c *account.Config) {
				c.Mail, c.DeleteAfter = &mailbag{}, deleteAfter
			})
			w.registerAlice(t)
			w.exec(t, "UPDATE users SET delete_at = $1", w.clock.Now().Add(time.Hour))
			w.exec(t, "DELETE FROM sessions")
			w.exec(t, "CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS "+
				"$$ BEGIN RAISE EXCEPTION 'no space'; END $$")
			w.exec(t, "CREATE TRIGGER fail BEFORE INSERT ON "+table+" FOR EACH ROW EXECUTE FUNCTION fail()")
			if _, err := w.Login(t.Context(), account.Login{Site: 1, UserName: "alice", Password: goodPassword}); err == nil {
				t.Error("the login succeeds")
			}
			pending, live := w.count(t, "users WHERE delete_at IS NOT NULL"), w.count(t, "sessions")
			if pending != 1 || live != 0 {
				t.Errorf("%d deletions are pending, and %d sessions live", pending, live)
			}
		})
	}
}

// TestLoginWithoutItsTable: if the user cannot be read, the answer does not say that the password is wrong, and no
// try is counted.
func TestLoginWithoutItsTable(t *testing.T) {
	t.Parallel()
	w := on(t, pgtest.Fresh(t), &clock{now: time.Now()})
	w.registerAlice(t)
	w.exec(t, "ALTER TABLE users RENAME TO others")
	for _, l := range alices {
		if got := w.tryAs(t, l, goodPassword); got == refusal.CredentialsWrong || got == "" {
			t.Errorf("%+v: %q", l, got)
		}
	}
	if n := w.count(t, "login_tries"); n != 0 {
		t.Errorf("%d counts", n)
	}
}

// TestSitesCountTriesApart: wrong passwords for a name at one site take nothing from the same name at another.
func TestSitesCountTriesApart(t *testing.T) {
	t.Parallel()
	const tries = 3
	w := setup(t, func(c *account.Config) { c.Limits.LoginPerNetwork = tries })
	for site := range int64(2) {
		_, err := w.Register(t.Context(), account.Registration{Site: site + 1, UserName: "alice", Password: goodPassword})
		fatal(t, err)
	}
	here := account.Login{Site: 1, UserName: "alice", From: account.Origin{Subnet: "192.0.2.0/24"}}
	there := here
	there.Site = 2
	for range tries {
		if got := w.tryAs(t, here, "somethingelse"); got != refusal.CredentialsWrong {
			t.Errorf("a wrong password: %q", got)
		}
	}
	if got := w.tryAs(t, here, goodPassword); got != refusal.LoginTooMany {
		t.Errorf("the right password at the same site: %q", got)
	}
	if got := w.tryAs(t, there, goodPassword); got != "" {
		t.Errorf("the right password at the other site: %q", got)
	}
}
