package main

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// punctuality tells whether the generator kept the rate that it claims. A
// latency counts from when its request was due, so that a late generator makes
// the server look worse, never better.
type punctuality struct {
	Due    int     `json:"due"`
	Sent   int     `json:"sent"`
	Unsent int     `json:"unsent"` // no connection was free and no more may be opened
	Late   summary `json:"late"`   // from due to sent
	Opened int     `json:"opened"` // connections
}

// kept: whatever was due was sent, and 99 of 100 within 50 ms. A flood of which
// that is not true says so and meets no goal.
func (p *punctuality) kept() bool {
	return p.Unsent == 0 && p.Late.P99 <= 50*time.Millisecond
}

// maxConnections bounds an open loop: a server that answers nobody is offered
// this many requests at once and no more.
const maxConnections = 4096

// open is a crowd of connections. An arrival takes the one that was free last,
// or opens another.
type open struct {
	address string
	people  applicants

	mu    sync.Mutex
	free  []*sender
	all   []*sender
	group sync.WaitGroup
	sent  atomic.Int64
	over  atomic.Bool // the clock has stopped
}

// sender is one connection of it.
type sender struct {
	due   chan time.Time
	tally *tally
}

// flood has people arrive at a constant rate, whether or not those before have
// been answered.
func (b *bench) flood(ctx context.Context, name string, rate float64, people applicants, v *served) (load, error) {
	m, err := newMeter(b.stage.postmaster, v)
	if err != nil {
		return load{}, err
	}
	o := &open{address: v.api, people: people}
	p := &punctuality{}
	begun := time.Now()
	for n := 0; ctx.Err() == nil; n++ {
		due := begun.Add(time.Duration(float64(n) / rate * float64(time.Second)))
		if due.Sub(begun) >= b.plan.flood {
			break
		}
		time.Sleep(time.Until(due))
		p.Due++
		if !o.arrive(due) {
			p.Unsent++
		}
	}
	o.over.Store(true) // before the clock stops: what comes after it is not counted
	took := time.Since(begun)
	u, err := m.since()
	o.finish()
	p.Sent, p.Opened = int(o.sent.Load()), len(o.all)
	l := load{Name: name, Offered: rate, Servers: 1, Usage: u, Generator: p}
	var tallies []*tally
	var late latencies
	for _, s := range o.all {
		tallies = append(tallies, s.tally)
		late = append(late, s.tally.late...)
	}
	l.fill(tallies, took)
	p.Late = late.summary()
	if err == nil {
		err = ctx.Err()
	}
	return l, err
}

// arrive sends somebody off, and tells whether that was possible.
func (o *open) arrive(due time.Time) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if last := len(o.free) - 1; last >= 0 {
		o.free[last].due <- due // buffered, and empty while it is free
		o.free = o.free[:last]
		return true
	}
	if len(o.all) == maxConnections {
		return false
	}
	s := &sender{due: make(chan time.Time, 1), tally: newTally()}
	s.due <- due
	o.all = append(o.all, s)
	o.group.Go(func() { o.work(s) })
	return true
}

func (o *open) work(s *sender) {
	c := newClient(o.address)
	defer c.close()
	var body []byte
	for due := range s.due {
		body, _ = o.people.next(body[:0]) // by password: never at an end
		s.tally.late = append(s.tally.late, time.Since(due))
		o.sent.Add(1)
		a, err := c.register(body)
		s.tally.note(a, err, time.Since(due), !o.over.Load())
		o.mu.Lock()
		o.free = append(o.free, s)
		o.mu.Unlock()
	}
}

// finish waits for the answers that are still to come.
func (o *open) finish() {
	for _, s := range o.all {
		close(s.due)
	}
	o.group.Wait()
}
