package password

import (
	"container/list"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// ErrBusy is what every [BusyError] is, for errors.Is.
var ErrBusy = errors.New("password: all hashers are busy")

// BusyError refuses a caller who could not be hashed for in time. Nothing was
// computed for it.
type BusyError struct {
	// RetryAfter is when to come back: the time the present queue will take, in
	// whole seconds, at least one.
	RetryAfter time.Duration
}

// Error says how long to stay away.
func (e *BusyError) Error() string { return fmt.Sprintf("%v: retry in %v", ErrBusy, e.RetryAfter) }

// Is makes errors.Is(err, ErrBusy) true.
func (e *BusyError) Is(target error) bool { return target == ErrBusy }

// gate lets as many jobs run at once as it has slots. Others wait in the order
// of their coming, unless they would wait too long: those are refused at once, before
// they cost anything. The callers' own goroutines do the work, so that a gate
// has nothing to start, stop or leak. Safe for concurrent use.
type gate struct {
	maxWait  time.Duration
	maxQueue int
	metrics  *metrics

	mu sync.Mutex
	// idle holds the numbers of the slots without a job; a slot is idle only
	// while nobody waits.
	idle  []int
	slots []job
	queue list.List // of *waiter
	// promised is the effort of all in the queue.
	promised float64
	pace     pace
}

// job is what runs on a slot.
type job struct {
	effort float64
	since  time.Time
}

// waiter is one in the queue.
type waiter struct {
	effort float64
	slot   chan int // buffered: giving never waits
}

func newGate(slots, maxQueue int, maxWait time.Duration, m *metrics) *gate {
	g := &gate{
		maxWait: maxWait, maxQueue: maxQueue, metrics: m,
		slots: make([]job, slots),
	}
	for i := range slots {
		g.idle = append(g.idle, slots-1-i) // the first job gets slot 0
	}
	return g
}

// run does a job of the given effort, in KiB, on a slot, whose number it is
// told. It returns a *BusyError, at once where that can be foreseen, or the
// context's error if that ends first; then the job was not and will not be
// done. A job once begun is done to its end.
func (g *gate) run(ctx context.Context, effort float64, do func(slot int)) error {
	start := time.Now()
	slot, place, err := g.join(ctx, effort, start)
	if err != nil {
		return err
	}
	if place != nil {
		if slot, err = g.await(ctx, place); err != nil {
			return err
		}
	}
	g.metrics.waited.Observe(time.Since(start).Seconds())
	done := false
	defer func() { g.leave(slot, done) }() // also when the job panics
	do(slot)
	done = true
	return nil
}

// join gives an idle slot, or else a place in the queue, or else refuses.
func (g *gate) join(ctx context.Context, effort float64, now time.Time) (int, *list.Element, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return 0, nil, fmt.Errorf("password: asking for a hasher: %w", err)
	}
	// An idle slot is given whatever the estimate says, so that an estimate gone
	// wrong, say by a suspended machine, is corrected by the next hash.
	if last := len(g.idle) - 1; last >= 0 {
		slot := g.idle[last]
		g.idle = g.idle[:last]
		g.slots[slot] = job{effort: effort, since: now}
		g.metrics.running.Inc()
		return slot, nil, nil
	}
	wait := g.estimate(now)
	deadline, limited := ctx.Deadline()
	switch {
	case g.queue.Len() >= g.maxQueue:
		return 0, nil, g.refuse(refusedQueue, wait)
	case wait > g.maxWait:
		return 0, nil, g.refuse(refusedWait, wait)
	case limited && now.Add(wait+g.pace.time(effort)).After(deadline):
		return 0, nil, g.refuse(refusedDeadline, wait)
	}
	place := g.queue.PushBack(&waiter{effort: effort, slot: make(chan int, 1)})
	g.promised += effort
	g.metrics.queued.Set(float64(g.queue.Len()))
	return 0, place, nil
}

// await waits at a place in the queue for its slot.
func (g *gate) await(ctx context.Context, place *list.Element) (int, error) {
	w := place.Value.(*waiter)
	timer := time.NewTimer(g.maxWait)
	defer timer.Stop()
	select {
	case slot := <-w.slot:
		if err := ctx.Err(); err != nil {
			// Whoever has gone away is not hashed for, even if their turn has come.
			g.leave(slot, false)
			return 0, fmt.Errorf("password: waiting for a hasher: %w", err)
		}
		return slot, nil
	case <-ctx.Done():
		if slot, given := g.abandon(place); given {
			g.leave(slot, false)
		}
		return 0, fmt.Errorf("password: waiting for a hasher: %w", ctx.Err())
	case <-timer.C:
		// The estimate was wrong: hashing has become slower since.
		if slot, given := g.abandon(place); given {
			return slot, nil
		}
		g.mu.Lock()
		defer g.mu.Unlock()
		return 0, g.refuse(refusedWait, g.estimate(time.Now()))
	}
}

// abandon gives up a place in the queue, unless a slot has been given to it
// already, which it then returns.
func (g *gate) abandon(place *list.Element) (slot int, given bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	w := place.Value.(*waiter)
	select {
	case slot := <-w.slot:
		return slot, true
	default:
		g.drop(place)
		return 0, false
	}
}

// leave gives a slot back, to the first in the queue if there is one. If the
// job was done, the time since the slot was given teaches the pace.
func (g *gate) leave(slot int, done bool) {
	now := time.Now()
	g.mu.Lock()
	defer g.mu.Unlock()
	if done {
		took := now.Sub(g.slots[slot].since)
		g.metrics.hashed.Observe(took.Seconds())
		g.pace.learn(g.slots[slot].effort, took)
	}
	next := g.queue.Front()
	if next == nil {
		g.slots[slot] = job{}
		g.idle = append(g.idle, slot)
		g.metrics.running.Dec()
		return
	}
	w := next.Value.(*waiter)
	g.drop(next)
	g.slots[slot] = job{effort: w.effort, since: now}
	w.slot <- slot
}

// drop takes a place out of the queue. The caller holds mu.
func (g *gate) drop(place *list.Element) {
	g.queue.Remove(place)
	g.promised -= place.Value.(*waiter).effort
	if g.queue.Len() == 0 {
		g.promised = 0 // sums of floats drift
	}
	g.metrics.queued.Set(float64(g.queue.Len()))
}

// estimate is how long one that joined the queue now would wait: the work
// promised and the rest of the work begun, shared among the slots. The caller
// holds mu.
func (g *gate) estimate(now time.Time) time.Duration {
	work := g.pace.time(g.promised)
	for _, j := range g.slots {
		work += max(0, g.pace.time(j.effort)-now.Sub(j.since))
	}
	return work / time.Duration(len(g.slots))
}

// refuse counts a refusal. The caller holds mu.
func (g *gate) refuse(reason string, wait time.Duration) error {
	g.metrics.refusals.WithLabelValues(reason).Inc()
	seconds := (wait + time.Second - 1) / time.Second
	return &BusyError{RetryAfter: max(1, seconds) * time.Second}
}
