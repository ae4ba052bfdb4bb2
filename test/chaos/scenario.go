package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// scenario is a fault, and what is expected of it.
type scenario struct {
	name, about string
	bound       time.Duration // of the whole scenario
	rounds      int
	length      time.Duration // of the fault
	gap         time.Duration // between two of them
	short       int           // rounds in the short set, 0 if it is not part of that
	phones      int           // planted codes

	settings []string                           // of the replicas
	arrange  func(context.Context, *play) error // before the replicas start
	prepare  func(context.Context, *play) error // before the load
	fault    func(ctx context.Context, p *play, round int) error
	// examine adds violations to the verdict that the check does not look for.
	examine func(context.Context, *play, *verdict) error
	// previous means that the replicas are of the previous version at first.
	previous bool
	// fails is for a control, in which the check must find a broken promise. nil: all promises must be kept.
	fails func(verdict) bool
	// mistold is for a control: it does not settle unknown fates, and reports them as refused.
	mistold bool
	// none means that no request may fail.
	none bool
}

// play is a scenario that runs.
type play struct {
	scenario
	stage *stage
	crowd *crowd
	pair  *pair // of scenarios with a standby

	cluster *cluster // of scenarios with Patroni
	next    string   // the program of this version, if the replicas are of the previous one
	undone  undone   // what a restore has undone
	clock   string   // the program whose clock can be set wrong
	keys    []string // files of token keys, the signing one first, once they were rotated

	pooler    *pooler
	receivers *receivers

	mu    sync.Mutex
	notes []string
	// mended is the time at which the database could be written again. It is set by a fault that
	// does further work after that.
	mended time.Time
}

func (p *play) note(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.notes = append(p.notes, fmt.Sprintf(format, args...))
}

// result is a line of the table.
type result struct {
	verdict
	rounds           int
	outage, recovery time.Duration
	notes            []string
}

func (r result) line(s scenario) string {
	line := fmt.Sprintf("| %s | %d | %d | %d | %d | %d | %d | %d, %d | %.1f s | %.1f s | `make chaos CHAOS=%s` |",
		s.name, r.rounds, r.Acknowledged, r.Lost, r.Phantom, r.Double, r.Tokens, r.Unknown, r.Settled,
		r.outage.Seconds(), r.recovery.Seconds(), s.name)
	for _, note := range r.notes {
		line += "\n  " + note
	}
	return line
}

// play runs a scenario and returns an error if a promise is broken. In a control a promise is
// broken on purpose: then play returns an error if the check does not find it.
func (s scenario) play(ctx context.Context, o options) (r result, err error) {
	if o.rounds > 0 {
		s.rounds = o.rounds
	}
	if o.length > 0 {
		s.length = o.length
	}
	p := &play{scenario: s, next: o.binary}
	binary := o.binary
	if s.previous {
		var remove func()
		if binary, remove, err = buildPrevious(ctx, p); err != nil {
			return r, err
		}
		defer remove()
	}
	if p.stage, err = openStage(ctx, binary, o.folder); err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, p.stage.close(ctx)) }()
	p.stage.settings = slices.Clone(s.settings)
	if s.arrange != nil {
		if err := s.arrange(ctx, p); err != nil {
			return r, err
		}
	}
	for range 2 {
		if _, err := p.stage.serve(ctx); err != nil {
			return r, err
		}
	}
	phones, err := p.stage.plant(ctx, max(s.phones, 60_000))
	if err != nil {
		return r, err
	}
	p.crowd = newCrowd([]string{p.stage.replicas[0].api, p.stage.replicas[1].api}, phones)
	p.crowd.settle = !s.mistold
	if s.prepare != nil {
		if err := s.prepare(ctx, p); err != nil {
			return r, err
		}
	}
	if r, err = p.run(ctx, o.clients); err != nil {
		return r, err
	}
	if o.keep != "" {
		name := filepath.Join(o.keep, s.name+".jsonl")
		if err := errors.Join(os.MkdirAll(o.keep, 0o755), p.crowd.history.write(name)); err != nil {
			return r, err
		}
	}
	if s.examine != nil {
		err = s.examine(ctx, p, &r.verdict)
	}
	r.notes = append(p.notes, p.reasons())
	return r, errors.Join(err, p.check(r))
}

// run lets the clients register while the faults are played, and checks the result.
func (p *play) run(ctx context.Context, clients int) (r result, err error) {
	load, stop := context.WithCancel(ctx)
	defer stop()
	var all sync.WaitGroup
	all.Go(func() { p.crowd.register(load, clients) })
	r.rounds = p.rounds
	var restored []time.Time
	for round := range p.rounds {
		if err := pause(ctx, p.gap); err != nil {
			return r, err
		}
		p.mended = time.Time{}
		if err := p.fault(ctx, p, round); err != nil {
			return r, fmt.Errorf("round %d: %w", round+1, err)
		}
		if p.mended.IsZero() {
			p.mended = time.Now()
		}
		restored = append(restored, p.mended)
	}
	begin := time.Now()
	if err := pause(ctx, p.gap); err != nil {
		return r, err
	}
	end := time.Now()
	stop()
	all.Wait()
	h := p.crowd.history
	r.outage = h.outage(h.sorted()[0].At, end)
	var recoveries []time.Duration
	for _, moment := range restored {
		took, ok := h.after(moment)
		if !ok {
			took = time.Since(begin)
		}
		recoveries = append(recoveries, took)
	}
	slices.Sort(recoveries)
	if len(recoveries) > 0 {
		r.recovery = recoveries[len(recoveries)/2]
	}
	for _, replica := range p.stage.replicas {
		if err := replica.await(ctx); err != nil {
			return r, err
		}
	}
	if p.mistold {
		h.mistell()
	}
	r.verdict, err = check(ctx, p.crowd, p.stage.database())
	return r, err
}

// reasons counts the last reasons of registrations that were not acknowledged.
func (p *play) reasons() string {
	n := map[string]int{}
	for _, a := range p.crowd.history.sorted() {
		if a.Fate != acknowledged {
			n[string(a.Fate)+" "+a.Reason]++
		}
	}
	var all []string
	for reason, count := range n {
		all = append(all, fmt.Sprintf("%s: %d", reason, count))
	}
	slices.Sort(all)
	return strings.Join(all, ", ")
}

// mistell makes every unknown fate a refusal, like a service that answers "nothing was created" after a lost commit.
func (h *history) mistell() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for i := range h.attempts {
		if h.attempts[i].Fate == unknown {
			h.attempts[i].Fate = refused
		}
	}
}

func (p *play) check(r result) error {
	if p.fails != nil {
		if !p.fails(r.verdict) {
			return fmt.Errorf("the check did not find what it must: %+v", r.verdict)
		}
		return nil
	}
	if !r.good() {
		return fmt.Errorf("a promise is broken: %s", strings.Join(r.examples, "; "))
	}
	if r.Acknowledged == 0 {
		return errors.New("nobody was registered")
	}
	// If two clients register one name, one of them is refused, which is not a failure.
	if failed := p.crowd.failures(); p.none && failed > 0 {
		return fmt.Errorf("%d requests failed", failed)
	}
	return nil
}

// failures counts the attempts that ended neither in success nor with a name that is taken.
func (c *crowd) failures() (n int) {
	for _, a := range c.history.sorted() {
		if a.Fate != acknowledged && a.Reason != "user_name_taken" || a.Tries > 1 {
			n++
		}
	}
	return n
}
