package account_test

import (
	"context"
	"testing"
	"time"

	"github.com/enroll-project/enroll/internal/account"
	"github.com/enroll-project/enroll/internal/holder"
	"github.com/enroll-project/enroll/internal/terms"
	"github.com/enroll-project/enroll/test/pgtest"
)

// TestTermsOfLoginsAtOnce: of two logins at once that accept the same version, the first one is stored. The second
// one begins its session, shows what the first has stored, and adds no entry to the audit log.
func TestTermsOfLoginsAtOnce(t *testing.T) {
	t.Parallel()
	w := setup(t, withTerms("2"))
	in, err := on(t, w.pool, w.clock).Register(t.Context(), account.Registration{
		Site: 1, UserName: "alice", Password: goodPassword,
	})
	fatal(t, err)
	sessions := w.count(t, "sessions")
	other := terms.Acceptance{Version: "2", Language: "zh-CN", At: w.clock.Now()}
	first, err := w.pool.Begin(t.Context())
	fatal(t, err)
	defer func() { _ = first.Rollback(context.WithoutCancel(t.Context())) }()
	_, err = first.Exec(t.Context(), `UPDATE users SET terms_version = $1, terms_at = $2, terms_language = $3`,
		other.Version, other.At, other.Language)
	fatal(t, err)
	w.clock.advance(time.Minute)
	var second holder.SignedIn
	ended := pgtest.Blocked(t, w.pool, func() (err error) {
		second, err = w.Login(t.Context(), account.Login{
			Site: 1, UserName: "alice", Password: goodPassword, AcceptedTerms: "2", Locale: "en",
		})
		return err
	})
	fatal(t, first.Commit(t.Context()))
	fatal(t, ended())
	if second.User.ID != in.User.ID || second.Token == "" || second.User.Accepted != other {
		t.Errorf("%+v, want %+v", second.User, other)
	}
	if got, want := w.accepted(t, in.User.ID), "2 "+other.At.Format(time.DateTime)+" zh-CN"; got != want {
		t.Errorf("%q is stored, want %q", got, want)
	}
	if w.count(t, "audit_entries") != 0 || w.count(t, "sessions") != sessions+1 {
		t.Error("the second login has an entry in the log, or no session")
	}
}
