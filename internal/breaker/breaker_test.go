package breaker_test

import (
	"testing"
	"time"

	"github.com/enroll-project/enroll/internal/breaker"
)

// clock is a clock that a test moves.
type clock struct{ now time.Time }

func (c *clock) Now() time.Time { return c.now }

// fail makes n attempts at the same time, all of which fail, and returns how many were allowed.
func fail(b *breaker.Breaker, n int) int {
	var attempts []breaker.Attempt
	for range n {
		if a, ok := b.Allow(); ok {
			attempts = append(attempts, a)
		}
	}
	for _, a := range attempts {
		b.Report(a, false)
	}
	return len(attempts)
}

// TestFailuresAtTheSameTimeCountOnce: a hundred requests that fail together are one
// failure, five such rounds are five.
func TestFailuresAtTheSameTimeCountOnce(t *testing.T) {
	t.Parallel()
	b := breaker.New((&clock{}).Now)
	for round := range 5 {
		if n := fail(b, 100); n != 100 {
			t.Errorf("round %d: %d of 100 are allowed", round, n)
		}
	}
	if n := fail(b, 100); n != 0 {
		t.Errorf("after 5 rounds %d of 100 are allowed", n)
	}
}

// TestPause: after five failures nothing is allowed for 30 s, and then one request every 30 s until one
// succeeds.
func TestPause(t *testing.T) {
	t.Parallel()
	c := &clock{}
	b := breaker.New(c.Now)
	for range 5 {
		fail(b, 1)
	}
	for _, step := range []struct {
		wait    time.Duration
		allowed int
	}{{0, 0}, {30*time.Second - 1, 0}, {1, 1}, {30*time.Second - 1, 0}, {1, 1}} {
		c.now = c.now.Add(step.wait)
		if n := fail(b, 3); n != step.allowed {
			t.Errorf("after %v: %d allowed, want %d", step.wait, n, step.allowed)
		}
	}
	c.now = c.now.Add(30 * time.Second)
	probe, ok := b.Allow()
	if !ok {
		t.Fatal("no request is allowed after the pause")
	}
	b.Report(probe, true)
	if n := fail(b, 4); n != 4 {
		t.Errorf("after a success %d of 4 are allowed", n)
	}
}

// TestForget: an attempt that made no request is neither a success nor a failure, and the next request is allowed in
// place of a forgotten one after a pause. An attempt of an older pause changes nothing.
func TestForget(t *testing.T) {
	t.Parallel()
	c := &clock{}
	b := breaker.New(c.Now)
	for range 5 {
		a, _ := b.Allow()
		b.Forget(a)
		fail(b, 1)
	}
	if n := fail(b, 1); n != 0 {
		t.Fatal("an attempt without a request has ended a row of failures")
	}
	c.now = c.now.Add(30 * time.Second)
	old, _ := b.Allow()
	b.Forget(old)
	if n := fail(b, 2); n != 1 {
		t.Errorf("after a forgotten request %d are allowed, want 1", n)
	}
	b.Forget(old)
	if n := fail(b, 1); n != 0 {
		t.Error("an attempt of an older pause has ended this one")
	}
}
