package account_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/enroll-project/enroll/internal/account"
	"github.com/enroll-project/enroll/internal/address"
	"github.com/enroll-project/enroll/internal/code"
	"github.com/enroll-project/enroll/test/pgtest"
)

// TestCodesLeaveConnections: 16 requests for codes wait for a lock that all of them need. They hold half of the
// connections, so a registration by password does not wait for them.
func TestCodesLeaveConnections(t *testing.T) {
	t.Parallel()
	first := setup(t)
	config := first.pool.Config()
	config.MaxConns = 4
	config.ConnConfig.RuntimeParams["lock_timeout"] = "0"
	pool, err := pgxpool.NewWithConfig(t.Context(), config)
	fatal(t, err)
	t.Cleanup(pool.Close)
	w := on(t, pool, first.clock, func(c *account.Config) { c.Limits.SMSTotal = 1000 })
	send := func(n int) error {
		_, err := w.SendPhoneCode(t.Context(), address.CodeRequest{
			Site: 1, Phone: fmt.Sprint(13800000000 + 10000*n), Purpose: code.ForRegister, Locale: "en",
		})
		return err
	}
	fatal(t, send(0))
	holder, err := first.pool.Begin(t.Context())
	fatal(t, err)
	defer func() { _ = holder.Rollback(context.WithoutCancel(t.Context())) }() // if the test ends early
	_, err = holder.Exec(t.Context(), "SELECT FROM budgets WHERE scope = 'sms_total' FOR UPDATE")
	fatal(t, err)
	two := pgtest.Blocked(t, first.pool, func() error { return send(1) }, func() error { return send(2) })
	var others sync.WaitGroup
	for i := range 14 {
		others.Go(func() {
			if err := send(3 + i); err != nil {
				t.Error(err)
			}
		})
	}
	// The other requests come to the lock while these register.
	for i := range 20 {
		_, err = w.Register(t.Context(), account.Registration{
			Site: 1, UserName: fmt.Sprint("user", i), Password: "MyPassword123",
		})
		fatal(t, err)
	}
	fatal(t, holder.Rollback(t.Context()))
	fatal(t, two())
	others.Wait()
	if n := w.count(t, "budgets WHERE scope = 'sms_total' AND used = 17"); n != 1 {
		t.Error("not all codes are counted")
	}
}
