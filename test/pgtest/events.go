package pgtest

import (
	"testing"
	"time"

	"github.com/enroll-project/enroll/internal/postgres"
)

// Listed waits until all events that are stored can be listed. A transaction of another test that runs in the same
// cluster holds them back, as one of another database of an operator does.
func Listed(t testing.TB, pool *postgres.Pool) {
	t.Helper()
	for listed := false; !listed; time.Sleep(time.Millisecond) {
		err := pool.QueryRow(t.Context(), "SELECT coalesce(max(tx), 0) < events_below() FROM events").Scan(&listed)
		if err != nil {
			t.Fatal(err)
		}
	}
}
