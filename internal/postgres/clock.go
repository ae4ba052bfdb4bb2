package postgres

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"
)

// maxSyncRoundTrip is the longest round trip from which [Clock.Sync] takes the time. The
// server read the time at some moment of the round trip, so the error is at most half of
// the round trip.
const maxSyncRoundTrip = time.Second

// Clock returns the database's time, so that codes, captchas and tokens expire at the
// same moment on all replicas, even if a machine's clock is wrong. [Clock.Sync] reads
// the database's time; from there Clock counts on by the machine's monotonic clock,
// which cannot be set. Between two calls of Sync, Clock is wrong by at most half a round
// trip and the drift of the machine's clock, usually milliseconds each.
//
// The monotonic clock stops while a machine is suspended, so Clock is then late until
// the next Sync. Clock is safe for concurrent use.
type Clock struct {
	local func() time.Time
	last  atomic.Pointer[reading]
}

// reading is one moment as both clocks show it.
type reading struct{ local, database time.Time }

// NewClock returns a clock that shows local's time until its first Sync. local is
// time.Now except in tests.
func NewClock(local func() time.Time) *Clock { return &Clock{local: local} }

// Now returns the database's time, in UTC; before the first Sync, the local time.
func (c *Clock) Now() time.Time {
	now := c.local()
	if r := c.last.Load(); r != nil {
		return r.database.Add(now.Sub(r.local)) // check: clock-database
	}
	return now.UTC()
}

// Skew returns how far the local clock is ahead of the database's, and 0 before the
// first Sync.
func (c *Clock) Skew() time.Duration {
	if c.last.Load() == nil {
		return 0
	}
	return c.local().Round(0).Sub(c.Now()) // Round drops the monotonic reading: this is about the wall clock
}

// Sync reads the database's time. If it returns an error, for example because the round
// trip took more than maxSyncRoundTrip, the clock goes on as before.
func (c *Clock) Sync(ctx context.Context, pool *Pool) error {
	conn, err := Acquire(ctx, pool) // before the measurement: it may wait for a free connection
	if err != nil {
		return err
	}
	defer conn.Release()
	begin := c.local()
	var database time.Time
	if err := conn.QueryRow(ctx, "SELECT clock_timestamp()").Scan(&database); err != nil {
		return fmt.Errorf("postgres: time: %w", Safe(err))
	}
	took := c.local().Sub(begin)
	if took < 0 || took > maxSyncRoundTrip { // check: clock-slow
		return errors.New("postgres: time: the round trip took too long")
	}
	c.last.Store(&reading{local: begin.Add(took / 2), database: database.UTC()})
	return nil
}
