package account_test

import (
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/enroll-project/enroll/internal/account"
	"github.com/enroll-project/enroll/internal/holder"
	"github.com/enroll-project/enroll/internal/password"
	"github.com/enroll-project/enroll/internal/refusal"
	"github.com/enroll-project/enroll/test/pgtest"
)

// guessed has remembered registrations, each with the change that a guesser makes to it.
var guessed = map[string]struct {
	request account.Registration
	guess   func(r *account.Registration, i int)
}{
	"password": {
		account.Registration{UserName: "alice", Password: goodPassword},
		func(r *account.Registration, i int) { r.Password = "a guess at it " + string(rune('a'+i)) },
	},
	"password of a phone": {
		account.Registration{Phone: phone, Password: goodPassword},
		func(r *account.Registration, i int) { r.Password = "a guess at it " + string(rune('a'+i)) },
	},
	"code": {
		account.Registration{Phone: phone},
		func(r *account.Registration, _ int) { r.Code = other(r.Code) },
	},
}

// remembered registers r under a key.
func remembered(t *testing.T, w *world, r account.Registration) (account.Registration, holder.User) {
	t.Helper()
	if r.Site, r.IdempotencyKey = 1, "key-1"; r.Phone != "" {
		r.Code = w.code(t, r.Phone, account.ForRegister)
	}
	got, err := w.Register(t.Context(), r)
	fatal(t, err)
	return r, got.User
}

// TestReplayGuesses: a key allows five wrong repetitions, over all services. A right
// one in between does not reset the count. After the fifth the right one is refused as
// well, until the key has expired.
func TestReplayGuesses(t *testing.T) {
	t.Parallel()
	for name, g := range guessed {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := setup(t)
			b := on(t, a.pool, a.clock)
			right, user := remembered(t, a, g.request)
			for i := range 5 {
				got, err := a.Register(t.Context(), right)
				fatal(t, err)
				if got.User.ID != user.ID {
					t.Errorf("user %d, not %d", got.User.ID, user.ID)
				}
				wrong := right
				g.guess(&wrong, i)
				_, err = []*world{a, b}[i%2].Register(t.Context(), wrong)
				expect(t, err, refusal.IdempotencyKeyReused)
			}
			for _, w := range []*world{a, b} {
				_, err := w.Register(t.Context(), right)
				expect(t, err, refusal.IdempotencyKeyReused)
			}
			a.clock.advance(24*time.Hour + time.Microsecond)
			_, err := a.Register(t.Context(), account.Registration{Site: 1, UserName: "bob", Password: goodPassword,
				IdempotencyKey: "key-1"})
			expect(t, err, "")
		})
	}
}

// TestReplayGuessesAtOnce: of 60 guesses at once, on two services, no more than five
// are compared or verified.
func TestReplayGuessesAtOnce(t *testing.T) {
	t.Parallel()
	for name, g := range guessed {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			registry := prometheus.NewRegistry()
			hasher, err := password.New(password.Config{
				Params: password.Params{Memory: 64, Passes: 1, Threads: 1}, Queue: 1024, MaxWait: time.Minute, Metrics: registry,
			})
			fatal(t, err)
			a := setup(t, func(c *account.Config) { c.Hasher = hasher })
			b := on(t, a.pool, a.clock, func(c *account.Config) { c.Hasher = hasher })
			right, _ := remembered(t, a, g.request)
			before := hashes(t, registry)
			for range 10 {
				ends := atOnce(60, func(i int) error {
					wrong := right
					g.guess(&wrong, i)
					_, err := []*world{a, b}[i%2].Register(t.Context(), wrong)
					return err
				})
				if ends[refusal.IdempotencyKeyReused] == 0 ||
					ends[refusal.IdempotencyKeyReused]+ends[refusal.IdempotencyInProgress] != 60 {
					t.Fatalf("ends: %v", ends)
				}
			}
			if n := hashes(t, registry) - before; n > 5 {
				t.Errorf("%d passwords were verified", n)
			}
			_, err = a.Register(t.Context(), right)
			expect(t, err, refusal.IdempotencyKeyReused)
		})
	}
}

// TestReplayOfManyAtOnce: repetitions of the right request at the same moment do
// not use up its failures.
func TestReplayOfManyAtOnce(t *testing.T) {
	t.Parallel()
	for name, g := range guessed {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := setup(t)
			right, _ := remembered(t, w, g.request)
			// With the repetition below, these are the twenty that a key allows.
			ends := atOnce(19, func(int) error { _, err := w.Register(t.Context(), right); return err })
			if ends[""] == 0 || ends[""]+ends[refusal.IdempotencyInProgress] != 19 {
				t.Errorf("ends: %v", ends)
			}
			_, err := w.Register(t.Context(), right)
			expect(t, err, "")
			if w.count(t, "idempotency_keys WHERE failures = 0") != 1 {
				t.Error("a right repetition is counted as a failure")
			}
		})
	}
}

// TestReplayThatFailsIsNoFailure: a repetition that could not be verified is not counted as wrong,
// and releases the key.
func TestReplayThatFailsIsNoFailure(t *testing.T) {
	t.Parallel()
	w := on(t, pgtest.Fresh(t), &clock{now: time.Now().UTC()})
	right, user := remembered(t, w, guessed["password"].request)
	w.exec(t, "ALTER TABLE users RENAME TO away")
	for range 6 {
		if _, err := w.Register(t.Context(), right); err == nil || reason(err) == refusal.IdempotencyKeyReused {
			t.Errorf("without the table: %v", err)
		}
	}
	w.exec(t, "ALTER TABLE away RENAME TO users")
	got, err := w.Register(t.Context(), right)
	fatal(t, err)
	if got.User.ID != user.ID {
		t.Errorf("user %d, not %d", got.User.ID, user.ID)
	}
}

// TestGuessesDuringAnAttempt: other requests are counted also while the first one is
// under way or has crashed. Otherwise codes could be tried without a count.
func TestGuessesDuringAnAttempt(t *testing.T) {
	t.Parallel()
	w := setup(t)
	right, _ := remembered(t, w, guessed["code"].request)
	w.exec(t, "UPDATE idempotency_keys SET user_id = NULL, claimed_until = $1", w.clock.Now().Add(30*time.Second))
	w.exec(t, "DELETE FROM users")
	for range 5 {
		wrong := right
		wrong.Code = other(right.Code)
		_, err := w.Register(t.Context(), wrong)
		expect(t, err, refusal.IdempotencyKeyReused)
	}
	w.clock.advance(time.Minute)
	_, err := w.Register(t.Context(), right)
	expect(t, err, refusal.IdempotencyKeyReused)
}
