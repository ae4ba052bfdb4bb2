package postgres_test

import (
	"context"
	"testing"
	"time"

	"github.com/enroll-project/enroll/internal/postgres"
	"github.com/enroll-project/enroll/test/pgtest"
)

// TestClock: the clock shows the database's time within a second, even if the machine's
// clock is far off.
func TestClock(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	databaseTime := func() (now time.Time) {
		if err := pool.QueryRow(t.Context(), "SELECT clock_timestamp()").Scan(&now); err != nil {
			t.Fatal(err)
		}
		return now
	}
	for name, off := range map[string]time.Duration{
		"right": 0, "five minutes ahead": 5 * time.Minute, "five minutes behind": -5 * time.Minute,
		"a day ahead": 24 * time.Hour, "years behind": -50_000 * time.Hour,
	} {
		local := func() time.Time { return time.Now().Add(off) }
		c := postgres.NewClock(local)
		if lag := local().Sub(c.Now()); lag > time.Minute || lag < -time.Minute || c.Skew() != 0 {
			t.Errorf("%s: before it has asked it is %v off the local clock", name, lag)
		}
		for c.Sync(t.Context(), pool) != nil { // the machine is too busy for a fast round trip
			if t.Context().Err() != nil {
				t.Fatal("no time")
			}
		}
		before := databaseTime()
		now := c.Now()
		after := databaseTime()
		if now.Before(before.Add(-time.Second)) || now.After(after.Add(time.Second)) {
			t.Errorf("%s: %v, not from %v to %v", name, now, before, after)
		}
		if d := c.Skew() - off; d > time.Second || d < -time.Second {
			t.Errorf("%s: a skew of %v, not %v", name, c.Skew(), off)
		}
		if now.Location() != time.UTC {
			t.Errorf("%s: in %v", name, now.Location())
		}
	}
}

// TestClockGoesOn: a database that does not answer, or answers too slowly, changes
// nothing, and the clock goes on.
func TestClockGoesOn(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	at := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	var step time.Duration
	c := postgres.NewClock(func() time.Time { at = at.Add(step); return at })
	step = 2 * time.Second // the time that the round trip takes
	if err := c.Sync(t.Context(), pool); err == nil || c.Skew() != 0 {
		t.Errorf("it trusts an exchange of two seconds: %v", err)
	}
	step = -time.Minute
	if err := c.Sync(t.Context(), pool); err == nil || c.Skew() != 0 {
		t.Errorf("it trusts an exchange that ended before it began: %v", err)
	}
	step = 0
	if err := c.Sync(t.Context(), pool); err != nil {
		t.Fatal(err)
	}
	first := c.Now()
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	at = at.Add(time.Hour)
	if err := c.Sync(gone, pool); err == nil || c.Now().Sub(first) != time.Hour {
		t.Errorf("%v, and after an hour %v have passed", err, c.Now().Sub(first))
	}
}
