package main

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// punctuality shows whether the generator kept its rate. A latency counts from
// the time at which its request was due, so that a late generator makes the server
// look worse, never better.
type punctuality struct {
	Due    int     `json:"due"`
	Sent   int     `json:"sent"`
	Unsent int     `json:"unsent"` // no connection was free, and maxConnections were open
	Late   summary `json:"late"`   // from due to sent
	Opened int     `json:"opened"` // connections
}

// kept reports whether all requests were sent, 99 % of them at most 50 ms late. If not, the goals
// of the flood count as not measured.
func (p *punctuality) kept() bool {
	return p.Unsent == 0 && p.Late.P99 <= 50*time.Millisecond
}

// maxConnections bounds the requests under way at once, for a server that does
// not answer.
const maxConnections = 4096

// open is the pool of connections of a flood. A request takes the connection that
// became free last, or opens another.
type open struct {
	address string
	people  applicants

	mu    sync.Mutex
	free  []*sender
	all   []*sender
	group sync.WaitGroup
	sent  atomic.Int64
	over  atomic.Bool // the measured time has ended
}

// sender is one connection of a flood.
type sender struct {
	due   chan time.Time
	tally *tally
}

// flood sends registrations at a constant rate. It does not wait for answers.
func (b *bench) flood(ctx context.Context, name string, rate float64, people applicants, v *served) (load, error) {
	m, err := newMeter(b.testbed.postmaster, v)
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
	o.over.Store(true) // later answers do not count in the rate
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

// arrive sends one registration. It returns false if maxConnections are busy.
func (o *open) arrive(due time.Time) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if last := len(o.free) - 1; last >= 0 {
		o.free[last].due <- due // does not block: the channel of a free connection is empty
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
		body, _ = o.people.next(body[:0]) // byPassword never runs out
		s.tally.late = append(s.tally.late, time.Since(due))
		o.sent.Add(1)
		a, err := c.register(body)
		s.tally.note(a, err, time.Since(due), !o.over.Load())
		o.mu.Lock()
		o.free = append(o.free, s)
		o.mu.Unlock()
	}
}

// finish waits for the answers that are still outstanding.
func (o *open) finish() {
	for _, s := range o.all {
		close(s.due)
	}
	o.group.Wait()
}
