package account_test

import (
	"errors"
	"testing"
	"time"

	"github.com/enroll-project/enroll/internal/account"
	"github.com/enroll-project/enroll/internal/refusal"
)

// TestReplaysAreBounded: a key answers twenty right repetitions, over all services. Each needs no captcha of its own.
// The refusal of the next one says how long the key lives, and another request does not get further.
func TestReplaysAreBounded(t *testing.T) {
	t.Parallel()
	for name, g := range guessed {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := setup(t)
			b := on(t, a.pool, a.clock)
			right, user := remembered(t, a, g.request)
			// The function remembered has registered, and repeats nothing.
			for i := range 20 {
				got, err := []*world{a, b}[i%2].Register(t.Context(), right)
				fatal(t, err)
				if got.User.ID != user.ID {
					t.Errorf("user %d, not %d", got.User.ID, user.ID)
				}
			}
			sessions := a.count(t, "sessions")
			a.clock.advance(time.Hour)
			for _, w := range []*world{a, b} {
				_, err := w.Register(t.Context(), right)
				var e *refusal.Error
				if !errors.As(err, &e) || e.Reason != refusal.RateLimited || e.RetryAfter > 23*time.Hour ||
					e.RetryAfter < 22*time.Hour {
					t.Errorf("after 20: %v", err)
				}
			}
			if n := a.count(t, "sessions"); n != sessions {
				t.Errorf("%d sessions, not %d", n, sessions)
			}
			wrong := right
			g.guess(&wrong, 1)
			// The digest does not cover the password, and after twenty repetitions the password is not
			// verified.
			want := refusal.IdempotencyKeyReused
			if right.Password != "" {
				want = refusal.RateLimited
			}
			_, err := a.Register(t.Context(), wrong)
			expect(t, err, want)
			// A key that has expired begins anew.
			a.clock.advance(24 * time.Hour)
			bob := account.Registration{Site: 1, UserName: "bob", Password: goodPassword, IdempotencyKey: "key-1"}
			for range 21 {
				_, err = a.Register(t.Context(), bob)
				expect(t, err, "")
			}
		})
	}
}
