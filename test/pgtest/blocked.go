package pgtest

import (
	"errors"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// poll is how often Blocked asks PostgreSQL.
const poll = 2 * time.Millisecond

// waiters is a query for the number of sessions of a database that wait for a lock.
const waiters = `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`

// Blocked starts calls side by side and returns when each of them waits for a lock in the database of
// the pool. The test then releases the lock. results waits for the calls and joins their errors.
//
// If a call returns before it waits, the test fails at once. Otherwise this function would wait for the
// call's lock until the test binary times out.
func Blocked(t testing.TB, pool *pgxpool.Pool, calls ...func() error) (results func() error) {
	t.Helper()
	ended := make(chan error, len(calls)) // no call blocks on it after the test has failed
	for _, call := range calls {
		go func() { ended <- call() }()
	}
	for tick := time.NewTicker(poll); ; {
		var waiting int
		if err := pool.QueryRow(t.Context(), waiters).Scan(&waiting); err != nil {
			t.Fatal(err)
		}
		if waiting >= len(calls) {
			tick.Stop()
			break
		}
		select {
		case err := <-ended:
			t.Fatalf("a call returned without waiting for a lock: %v", err)
		case <-tick.C:
		}
	}
	return func() error {
		var all error
		for range calls {
			all = errors.Join(all, <-ended)
		}
		return all
	}
}
