package account_test

import (
	"testing"
	"time"

	"github.com/enroll-project/enroll/internal/account"
	"github.com/enroll-project/enroll/internal/postgres"
	"github.com/enroll-project/enroll/internal/refusal"
	"github.com/enroll-project/enroll/test/pgtest"
)

// TestClocksApart: services on machines whose clocks are wrong accept a code for its life by the
// database's clock, and no longer (F-17 in docs/rules.md).
func TestClocksApart(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	service := func(off time.Duration, asks bool) *world {
		follower := postgres.NewClock(func() time.Time { return time.Now().Add(off) })
		for asks && follower.Sync(t.Context(), pool) != nil {
			if t.Context().Err() != nil {
				t.Fatal("no time")
			}
		}
		return on(t, pool, &clock{now: time.Now()}, func(c *account.Config) { c.Now = follower.Now })
	}
	sender := service(0, true)
	for _, off := range []time.Duration{-24 * time.Hour, -5 * time.Minute, 0, 5 * time.Minute, 24 * time.Hour} {
		other := service(off, true)
		sender.exec(t, "DELETE FROM one_time_codes; DELETE FROM budgets; DELETE FROM users")
		expect(t, other.registerPhone(t, sender.code(t, phone, account.ForRegister)), "")

		sender.exec(t, "DELETE FROM one_time_codes; DELETE FROM budgets; DELETE FROM users")
		late := sender.code(t, phone, account.ForRegister)
		sender.exec(t, "UPDATE one_time_codes SET expires_at = now() - interval '1 second'")
		expect(t, other.registerPhone(t, late), refusal.CodeExpired)

		sender.exec(t, "DELETE FROM one_time_codes; DELETE FROM budgets")
		expect(t, sender.registerPhone(t, other.code(t, phone, account.ForRegister)), "")
	}
	// As a control: services that use the clocks of their machines disagree.
	sender.exec(t, "DELETE FROM one_time_codes; DELETE FROM budgets; DELETE FROM users")
	expect(t, service(24*time.Hour, false).registerPhone(t, sender.code(t, phone, account.ForRegister)),
		refusal.CodeExpired)
}
