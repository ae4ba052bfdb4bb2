package account_test

import (
	"errors"
	"testing"
	"time"

	"github.com/enroll-project/enroll/internal/account"
	"github.com/enroll-project/enroll/internal/refusal"
	"github.com/enroll-project/enroll/test/pgtest"
)

func keyed() account.Registration {
	return account.Registration{Site: 1, UserName: "alice", Password: goodPassword, IdempotencyKey: "key-1"}
}

// TestReplay: the same request under the same key gives the same user, with another token (I5).
func TestReplay(t *testing.T) {
	t.Parallel()
	a := setup(t)
	b := on(t, a.pool, a.clock)
	first, err := a.Register(t.Context(), keyed())
	fatal(t, err)
	again, err := b.Register(t.Context(), keyed())
	fatal(t, err)
	if again.User != first.User || again.Token == "" || again.Token == first.Token {
		t.Errorf("first %+v\nagain %+v", first, again)
	}
	for name, change := range map[string]func(*account.Registration){
		"name":     func(r *account.Registration) { r.UserName = "bob" },
		"email":    func(r *account.Registration) { r.Email = "alice@example.com" },
		"password": func(r *account.Registration) { r.Password = "MyPassword124" },
	} {
		r := keyed()
		change(&r)
		if _, err := a.Register(t.Context(), r); reason(err) != refusal.IdempotencyKeyReused {
			t.Errorf("other %s: %v", name, refusals(err))
		}
	}
	// The same key belongs to another request on another site, and after a day.
	r := keyed()
	r.Site = 2
	_, err = a.Register(t.Context(), r)
	expect(t, err, "")
	a.clock.advance(24*time.Hour + time.Second)
	_, err = a.Register(t.Context(), keyed())
	expect(t, err, refusal.UserNameTaken)
	if n := a.count(t, "users"); n != 2 {
		t.Errorf("%d users, want 2", n)
	}
}

func TestReplayNeedsNoNewCode(t *testing.T) {
	t.Parallel()
	w := setup(t)
	r := account.Registration{Site: 1, Phone: phone, Code: w.code(t, phone, account.ForRegister), IdempotencyKey: "key-1"}
	first, err := w.Register(t.Context(), r)
	fatal(t, err)
	again, err := w.Register(t.Context(), r)
	fatal(t, err)
	if again.User.ID != first.User.ID {
		t.Errorf("user %d, then %d", first.User.ID, again.User.ID)
	}
}

// TestTwins: many equal requests at once create one user. Each gets this user, or is refused
// because another is in progress.
func TestTwins(t *testing.T) {
	t.Parallel()
	a := setup(t)
	b := on(t, a.pool, a.clock)
	ends := atOnce(50, func(i int) error {
		_, err := []*world{a, b}[i%2].Register(t.Context(), keyed())
		return err
	})
	if ends[""] < 1 || ends[""]+ends[refusal.IdempotencyInProgress] != 50 {
		t.Errorf("ends: %v", ends)
	}
	if n := a.count(t, "users"); n != 1 {
		t.Errorf("%d users, want 1", n)
	}
	_, err := a.Register(t.Context(), keyed())
	expect(t, err, "")
}

// TestRefusalFreesTheKey: a corrected request may be sent under the key of the refused one.
func TestRefusalFreesTheKey(t *testing.T) {
	t.Parallel()
	w := setup(t)
	_, err := w.Register(t.Context(), account.Registration{Site: 1, UserName: "taken", Password: goodPassword})
	fatal(t, err)
	r := keyed()
	r.UserName = "taken"
	_, err = w.Register(t.Context(), r)
	expect(t, err, refusal.UserNameTaken)
	_, err = w.Register(t.Context(), keyed())
	expect(t, err, "")
}

// crashed returns a service on which the registration of keyed has ended in an unknown
// outcome, without a user.
func crashed(t *testing.T) *world {
	t.Helper()
	w := on(t, pgtest.Fresh(t), &clock{now: time.Now().UTC().Truncate(time.Microsecond)})
	w.exec(t, `CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql
		AS $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$`)
	w.exec(t, `CREATE CONSTRAINT TRIGGER die AFTER INSERT ON users DEFERRABLE INITIALLY DEFERRED
		FOR EACH ROW EXECUTE FUNCTION die()`)
	_, err := w.Register(t.Context(), keyed())
	expect(t, err, refusal.OutcomeUnknown)
	w.exec(t, `DROP TRIGGER die ON users`)
	return w
}

// TestCrashedAttempt: a claim that no attempt ends expires. Until then the outcome is
// not known, and only the same request may take the key over.
func TestCrashedAttempt(t *testing.T) {
	t.Parallel()
	w := crashed(t)
	w.clock.advance(4 * time.Second)
	_, err := w.Register(t.Context(), keyed())
	expect(t, err, refusal.IdempotencyInProgress)
	if got := wait(err); got != 6*time.Second {
		t.Errorf("a wait of %v", got)
	}
	w.clock.advance(6 * time.Second)
	other := keyed()
	other.UserName = "bob"
	_, err = w.Register(t.Context(), other)
	expect(t, err, refusal.IdempotencyKeyReused)
	_, err = w.Register(t.Context(), keyed())
	expect(t, err, "")
	if n := w.count(t, "users"); n != 1 {
		t.Errorf("%d users, want 1", n)
	}
	w.clock.advance(25 * time.Hour)
	n, err := w.Purge(t.Context())
	fatal(t, err)
	if n != 1 || w.count(t, "idempotency_keys") != 0 {
		t.Errorf("purged %d", n)
	}
}

// TestNothingSecretIsRemembered: neither the password nor the token is stored with a key (I6).
func TestNothingSecretIsRemembered(t *testing.T) {
	t.Parallel()
	w := setup(t)
	got, err := w.Register(t.Context(), keyed())
	fatal(t, err)
	if w.count(t, "idempotency_keys k WHERE strpos(k::text, $1) > 0 OR strpos(k::text, $2) > 0", goodPassword,
		got.Token) != 0 {
		t.Error("a secret stands in idempotency_keys")
	}
}

// wait returns the Retry-After of a refusal, or 0.
func wait(err error) time.Duration {
	if refused := (*refusal.Error)(nil); errors.As(err, &refused) {
		return refused.RetryAfter
	}
	return 0
}
