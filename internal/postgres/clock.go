package postgres

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"
)

// maxSyncRoundTrip is the longest exchange from which [Clock.Sync] takes the
// time: the database's answer was true at some moment of it.
const maxSyncRoundTrip = time.Second

// Clock tells the database's time, so that all replicas judge the end of a code,
// a captcha or a token by one clock, however wrong the clocks of their machines
// are. It asks the database now and then and counts on from the answer, by the
// machine's monotonic clock, which no one can set: between two questions it is
// off by half an exchange and by what a quartz loses, both milliseconds.
//
// A machine that was suspended does not know it, and is late until the next
// [Clock.Sync]. It is safe for concurrent use.
type Clock struct {
	local func() time.Time
	last  atomic.Pointer[reading]
}

// reading is one moment by two clocks.
type reading struct{ local, database time.Time }

// NewClock returns a clock that is the local one, time.Now but in tests, until
// it has asked the database for the first time.
func NewClock(local func() time.Time) *Clock { return &Clock{local: local} }

// Now is the database's time, in UTC.
func (c *Clock) Now() time.Time {
	now := c.local()
	if r := c.last.Load(); r != nil {
		return r.database.Add(now.Sub(r.local))
	}
	return now.UTC()
}

// Skew is how far the local clock is ahead of the database's; 0 as long as that
// is not known.
func (c *Clock) Skew() time.Duration {
	if c.last.Load() == nil {
		return 0
	}
	return c.local().Round(0).Sub(c.Now()) // Round: what the machine shows, not what it counts
}

// Sync asks the database for its time. After an error, such as an exchange that
// took more than a second, the clock goes on as before.
func (c *Clock) Sync(ctx context.Context, pool *Pool) error {
	conn, err := pool.Acquire(ctx) // whose wait says nothing of the time
	if err != nil {
		return fmt.Errorf("postgres: time: %w", Safe(err))
	}
	defer conn.Release()
	begin := c.local()
	var database time.Time
	if err := conn.QueryRow(ctx, "SELECT clock_timestamp()").Scan(&database); err != nil {
		return fmt.Errorf("postgres: time: %w", Safe(err))
	}
	took := c.local().Sub(begin)
	if took < 0 || took > maxSyncRoundTrip {
		return errors.New("postgres: time: the exchange took too long to tell it")
	}
	c.last.Store(&reading{local: begin.Add(took / 2), database: database.UTC()})
	return nil
}
