package session_test

import (
	"context"
	"testing"
	"time"

	"github.com/enroll-project/enroll/internal/session"
	"github.com/enroll-project/enroll/test/pgtest"
)

// locked holds the lock of the user while calls wait for it, and then releases it. It returns their
// errors.
func (w *world) locked(calls ...func() error) error {
	w.Helper()
	tx, err := w.pool.Begin(w.Context())
	w.fatal(err)
	defer func() { _ = tx.Rollback(context.WithoutCancel(w.Context())) }()
	_, err = tx.Exec(w.Context(), "SELECT FROM users FOR UPDATE")
	w.fatal(err)
	results := pgtest.Blocked(w, w.pool, calls...)
	w.fatal(tx.Commit(w.Context()))
	return results()
}

// TestEndOthersAtOnce: a person who ends the others twice at once, with one token, succeeds twice and stays
// logged in.
func TestEndOthersAtOnce(t *testing.T) {
	t.Parallel()
	for name, raw := range map[string]func(*world) string{"session": (*world).login, "no session": (*world).old} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := setup(t)
			mine, other := raw(w), w.login()
			live := w.live(mine)
			end := func() error { return w.EndOthers(t.Context(), live, session.Client{}) }
			w.fatal(w.locked(end, end))
			w.live(mine)
			w.ended(other)
		})
	}
}

// TestRenewalOfAnEndedSession: a session that was ended after the check of its token gets no new token.
func TestRenewalOfAnEndedSession(t *testing.T) {
	t.Parallel()
	w := setup(t)
	raw := w.login()
	w.now = w.now.Add(23*time.Hour + time.Minute)
	live := w.live(raw)
	w.fatal(w.EndThis(t.Context(), live))
	if fresh, err := w.Renew(t.Context(), live, session.Client{}); fresh != "" || err != nil {
		t.Errorf("renewed as %q, %v", fresh, err)
	}
}
