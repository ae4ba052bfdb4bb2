// Package admission decides which request is hashed, which waits and which is
// refused.
package admission

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// ErrBusy is what every [BusyError] is, for errors.Is.
var ErrBusy = errors.New("admission: all hashers are busy")

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

// Gate lets as many jobs run at once as it has slots. Others wait, those of a
// class in the order of their coming, unless they would wait too long: those
// are refused at once, before they cost anything. The callers' own goroutines
// do the work, so that a gate has nothing to start, stop or leak. Safe for
// concurrent use.
type Gate struct {
	maxWait  time.Duration
	maxQueue int
	metrics  *metrics

	mu sync.Mutex
	// idle holds the numbers of the slots without a job; a slot is idle only
	// while nobody waits for one.
	idle  []int
	slots []job
	lanes [classes]lane
	clock float64 // see lane.used
	pace  pace
}

// job is what runs on a slot.
type job struct {
	effort float64
	since  time.Time
}

// New returns a gate, or an error if a metric is registered already; a nil
// registry keeps the metrics unseen.
func New(slots, maxQueue int, maxWait time.Duration, registry prometheus.Registerer) (*Gate, error) {
	m := newMetrics()
	if err := m.register(registry); err != nil {
		return nil, fmt.Errorf("admission: metrics: %w", err)
	}
	g := &Gate{
		maxWait: maxWait, maxQueue: maxQueue, metrics: m,
		slots: make([]job, slots),
	}
	for i := range slots {
		g.idle = append(g.idle, slots-1-i) // the first job gets slot 0
	}
	return g, nil
}

// Admit promises a job of about the given effort, in KiB, or refuses it with a
// *BusyError. Whoever is admitted runs the job or withdraws.
func (g *Gate) Admit(ctx context.Context, class Class, effort float64) (*Promise, error) {
	now := time.Now()
	g.mu.Lock()
	defer g.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("admission: asking for a hasher: %w", err)
	}
	// An idle slot is given whatever the estimate says, so that an estimate gone
	// wrong, say by a suspended machine, is corrected by the next hash.
	if len(g.idle) <= g.promised() {
		deadline, limited := ctx.Deadline()
		wait := g.longest(now, class)
		switch {
		case g.lanes[class].promises-len(g.idle) >= g.maxQueue:
			return nil, g.refuse(refusedQueue, now)
		case wait > g.maxWait:
			return nil, g.refuse(refusedWait, now)
		case limited && now.Add(wait+g.pace.time(effort)).After(deadline):
			return nil, g.refuse(refusedDeadline, now)
		}
	}
	p := &Promise{class: class, effort: effort, slot: make(chan int, 1)}
	g.lanes[class].add(p)
	return p, nil
}

// Run does a job that was promised, on a slot, whose number it is told; effort
// is what it turned out to be. It returns the context's error if that ends
// first, or a *BusyError if hashing has become slower since; then the job was
// not and will not be done. A job once begun is done to its end.
func (g *Gate) Run(ctx context.Context, p *Promise, effort float64, do func(slot int)) error {
	start := time.Now()
	slot, err := g.enter(ctx, p, effort, start)
	if err != nil {
		return err
	}
	g.metrics.waited.Observe(time.Since(start).Seconds())
	done := false
	defer func() { g.leave(slot, done) }() // also when the job panics
	do(slot)
	done = true
	return nil
}

// enter redeems a promise: it takes an idle slot, or waits for one.
func (g *Gate) enter(ctx context.Context, p *Promise, effort float64, now time.Time) (int, error) {
	g.mu.Lock()
	lane := &g.lanes[p.class]
	if err := ctx.Err(); err != nil {
		lane.remove(p)
		g.mu.Unlock()
		return 0, fmt.Errorf("admission: asking for a hasher: %w", err)
	}
	lane.resize(p, effort)
	if last := len(g.idle) - 1; last >= 0 {
		slot := g.idle[last]
		g.idle = g.idle[:last]
		lane.remove(p)
		g.give(lane, p, slot, now)
		g.metrics.running.Inc()
		g.mu.Unlock()
		return <-p.slot, nil
	}
	lane.enqueue(p)
	g.metrics.queued.Set(float64(g.queued()))
	g.mu.Unlock()
	return g.await(ctx, p)
}

// await waits in the queue for a slot, a quarter longer than was foreseen at the
// most: whoever has spent something in trust in the estimate is not refused for
// a small error of it.
func (g *Gate) await(ctx context.Context, p *Promise) (int, error) {
	timer := time.NewTimer(g.maxWait + g.maxWait/4)
	defer timer.Stop()
	select {
	case slot := <-p.slot:
		if err := ctx.Err(); err != nil {
			// Whoever has gone away is not hashed for, even if their turn has come.
			g.leave(slot, false)
			return 0, fmt.Errorf("admission: waiting for a hasher: %w", err)
		}
		return slot, nil
	case <-ctx.Done():
		if slot, given := g.Withdraw(p); given {
			g.leave(slot, false)
		}
		return 0, fmt.Errorf("admission: waiting for a hasher: %w", ctx.Err())
	case <-timer.C:
		// The estimate was wrong: hashing has become slower since.
		if slot, given := g.Withdraw(p); given {
			return slot, nil
		}
		g.mu.Lock()
		defer g.mu.Unlock()
		return 0, g.refuse(refusedWait, time.Now())
	}
}

// Withdraw takes a promise back, unless a slot has been given to it already,
// which it then returns.
func (g *Gate) Withdraw(p *Promise) (slot int, given bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	select {
	case slot := <-p.slot:
		return slot, true
	default:
		g.lanes[p.class].remove(p)
		g.metrics.queued.Set(float64(g.queued()))
		return 0, false
	}
}

// leave gives a slot back, to whoever is next if anybody waits. If the job was
// done, the time since the slot was given teaches the pace.
func (g *Gate) leave(slot int, done bool) {
	now := time.Now()
	g.mu.Lock()
	defer g.mu.Unlock()
	if done {
		took := now.Sub(g.slots[slot].since)
		g.metrics.hashed.Observe(took.Seconds())
		g.pace.learn(g.slots[slot].effort, took)
	}
	lane := next(&g.lanes)
	if lane == nil {
		g.slots[slot] = job{}
		g.idle = append(g.idle, slot)
		g.metrics.running.Dec()
		return
	}
	p := lane.first()
	lane.remove(p)
	g.metrics.queued.Set(float64(g.queued()))
	g.give(lane, p, slot, now)
}

// give hands a slot to a promise that has left its lane. A class that comes after
// a pause is level with the others from then on: it is not owed what it did not
// want. The caller holds mu.
func (g *Gate) give(l *lane, p *Promise, slot int, now time.Time) {
	g.clock = max(l.used, g.clock)
	l.used = g.clock + p.effort
	g.slots[slot] = job{effort: p.effort, since: now}
	p.slot <- slot
}

// longest is how long one of a class that was admitted now would wait at the
// most: the rest of the work begun, all that its class was promised, and as much
// again for each other class, whose jobs may come meanwhile and get an equal
// share. The caller holds mu.
func (g *Gate) longest(now time.Time, class Class) time.Duration {
	return (g.begun(now) + classes*g.pace.time(g.lanes[class].work)) / time.Duration(len(g.slots))
}

// begun is the rest of the work on the slots. The caller holds mu.
func (g *Gate) begun(now time.Time) (rest time.Duration) {
	for _, j := range g.slots {
		rest += max(0, g.pace.time(j.effort)-now.Sub(j.since))
	}
	return rest
}

// promised is how many jobs are to come. The caller holds mu.
func (g *Gate) promised() (n int) {
	for i := range g.lanes {
		n += g.lanes[i].promises
	}
	return n
}

// queued is how many of them have come and wait. The caller holds mu.
func (g *Gate) queued() (n int) {
	for i := range g.lanes {
		n += g.lanes[i].queue.Len()
	}
	return n
}

// refuse counts a refusal and tells when the work at hand will be done. The
// caller holds mu.
func (g *Gate) refuse(reason string, now time.Time) error {
	g.metrics.refusals.WithLabelValues(reason).Inc()
	work := g.begun(now)
	for i := range g.lanes {
		work += g.pace.time(g.lanes[i].work)
	}
	seconds := (work/time.Duration(len(g.slots)) + time.Second - 1) / time.Second
	return &BusyError{RetryAfter: max(1, seconds) * time.Second}
}
