package main

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// load is one load and its results.
type load struct {
	Name    string  `json:"name"`
	Kind    string  `json:"kind"`
	Clients int     `json:"clients,omitempty"` // connections of a closed loop
	Offered float64 `json:"offered,omitempty"` // arrivals per second of an open one
	Servers int     `json:"servers"`
	Users   int     `json:"users"` // rows in the table of users when it began, rounded
	Seconds float64 `json:"seconds"`
	Rate    float64 `json:"per_second"` // InTime / Seconds
	InTime  int     `json:"in_time"`    // registrations answered within Seconds; Served also has later ones
	// Limit is the rate that this load is compared with, measured right before and
	// after it: hashes, pgbench's transactions, or the same load without users.
	Limit     float64        `json:"limit,omitempty"`
	Served    summary        `json:"served"`
	Refused   summary        `json:"refused"`
	Reasons   map[string]int `json:"reasons,omitempty"`
	Errors    []string       `json:"errors,omitempty"`
	Usage     usage          `json:"usage"`
	Generator *punctuality   `json:"generator,omitempty"`
	Posted    int64          `json:"events_posted,omitempty"` // also in the seconds at its start that are not counted
}

// perServed divides CPU time by the number of registrations.
func (l load) perServed(cpu time.Duration) time.Duration {
	if l.InTime == 0 {
		return 0
	}
	return cpu / time.Duration(l.InTime)
}

// ofLimit is the rate as a share of Limit. Limit is measured beside each load
// because other tenants of the machine changed it by a quarter within minutes.
func (l load) ofLimit() float64 { return ratio(l.Rate, l.Limit) }

// line is the load in a few words.
func (l load) line() string {
	s := fmt.Sprintf("%-22s %8.1f/s  p50 %8s p95 %8s p99 %8s  cpu each: server %s, postgres %s, generator %s  peak %d MiB",
		l.Name, l.Rate, short(l.Served.P50), short(l.Served.P95), short(l.Served.P99),
		short(l.perServed(l.Usage.Server)), short(l.perServed(l.Usage.PostgreSQL)), short(l.perServed(l.Usage.Generator)),
		l.Usage.ServerPeak/1024)
	if l.Limit > 0 {
		s += fmt.Sprintf("  of %.1f/s: %.3f", l.Limit, l.ofLimit())
	}
	for _, reason := range slices.Sorted(maps.Keys(l.Reasons)) {
		s += fmt.Sprintf("  %s %d", reason, l.Reasons[reason])
	}
	for _, text := range l.Errors {
		s += "\n    broken: " + text
	}
	return s
}

func short(d time.Duration) string {
	switch {
	case d >= 100*time.Millisecond:
		return d.Round(time.Millisecond).String()
	case d >= time.Millisecond:
		return d.Round(10 * time.Microsecond).String()
	}
	return d.Round(time.Microsecond).String()
}

// closed keeps n connections busy. Each sends its next registration when the one before was
// answered; after a refusal it waits as Retry-After says. (flood measures clients that do not
// wait.) When the time is over, it waits for the requests that are under way and counts them, so
// that the slowest are not left out.
func (b *bench) closed(ctx context.Context, name string, n int, people applicants, servers ...*served) (load, error) {
	loop := &loop{people: people, end: make(chan struct{})}
	tallies := make([]*tally, n)
	var group sync.WaitGroup
	for i := range n {
		tallies[i] = newTally()
		group.Go(func() { loop.run(newClient(servers[i%len(servers)].api), tallies[i]) })
	}
	stop := sync.OnceFunc(func() { close(loop.end); group.Wait() })
	defer stop()
	if err := wait(ctx, b.plan.warm); err != nil {
		return load{}, err
	}
	m, err := newMeter(b.testbed.postmaster, servers...)
	if err != nil {
		return load{}, err
	}
	begun := time.Now()
	loop.counting.Store(true)
	if err := wait(ctx, b.plan.load); err != nil {
		return load{}, err
	}
	stop()
	took := time.Since(begun)
	u, err := m.since()
	if err == nil && loop.usedUp.Load() {
		err = errNoApplicants
	}
	l := load{Name: name, Clients: n, Servers: len(servers), Usage: u}
	l.fill(tallies, took)
	return l, err
}

// loop is what the connections of a closed loop share.
type loop struct {
	people           applicants
	counting, usedUp atomic.Bool
	end              chan struct{}
}

func (o *loop) run(c *client, t *tally) {
	defer c.close()
	var body []byte
	for {
		select {
		case <-o.end:
			return
		default:
		}
		var ok bool
		if body, ok = o.people.next(body[:0]); !ok {
			o.usedUp.Store(true)
			return
		}
		begun := time.Now()
		counted := o.counting.Load()
		a, err := c.register(body)
		if counted || err != nil {
			t.note(a, err, time.Since(begun), true) // the measured time ends with the last answer
		}
		pause := a.retryAfter
		if err != nil { // if the server is gone, do not retry in a busy loop
			pause = 100 * time.Millisecond
		}
		if pause == 0 {
			continue
		}
		select {
		case <-o.end:
			return
		case <-time.After(pause + rand.N(pause/2)): // jitter spreads the retries
		}
	}
}

// fill adds up the tallies of all connections.
func (l *load) fill(tallies []*tally, took time.Duration) {
	all := newTally()
	for _, t := range tallies {
		all.add(t)
	}
	l.Seconds = took.Seconds()
	l.InTime, l.Rate = all.inTime, float64(all.inTime)/l.Seconds
	l.Served, l.Refused, l.Reasons = all.served.summary(), all.refused.summary(), all.reasons
	l.Errors = all.errs[:min(len(all.errs), 3)]
}

func wait(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
