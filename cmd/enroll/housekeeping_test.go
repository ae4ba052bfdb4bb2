package main

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestChoresWaitForNoOtherGroup: a chore that hangs, as one that waits for a mail server does, delays only its own
// group. A chore that fails is logged and keeps no other from running.
func TestChoresWaitForNoOtherGroup(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		var out bytes.Buffer
		ran := map[string]int{} // each key is of one group
		group := func(name string, first func(context.Context) error) []chore {
			return []chore{{name + " failed", first}, {"", func(context.Context) error { ran[name]++; return nil }}}
		}
		done := make(chan struct{})
		go func() {
			defer close(done)
			keepHouse(ctx, slog.New(slog.NewTextHandler(&out, nil)),
				group("hanging", func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }),
				group("broken", func(context.Context) error { return errors.New("no database") }))
		}()
		time.Sleep(3 * time.Minute) // of the bubble's clock
		synctest.Wait()
		if ran["broken"] != 3 || ran["hanging"] != 0 {
			t.Errorf("beside a chore that hangs %d ran, after it %d", ran["broken"], ran["hanging"])
		}
		cancel()
		<-done
		if n := strings.Count(out.String(), "broken failed; it is tried again in a minute"); n != 3 ||
			strings.Contains(out.String(), "hanging failed") {
			t.Errorf("logged %s", &out)
		}
	})
}

// TestNoticesAreAChoreOfTheirOwn: no chore of the database waits for notices, whose mail server may hang.
func TestNoticesAreAChoreOfTheirOwn(t *testing.T) {
	t.Parallel()
	for _, group := range (&service{}).chores() {
		for _, one := range group {
			if strings.Contains(one.failure, "notices") && len(group) != 1 {
				t.Errorf("%d chores are in the group of the notices", len(group))
			}
		}
	}
}
