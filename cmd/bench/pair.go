package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// pairClients is the number of connections of the loads of a pair.
const pairClients = 32

// pair is one kind of registration with the binary of this commit and with that of an earlier one.
type pair struct {
	Kind   string      `json:"kind"`
	Before string      `json:"before"` // the earlier commit
	Events bool        `json:"events"` // each binary that has events posts them to a receiver
	Rounds []pairRound `json:"rounds"`
}

// pairRound has a load of each binary, one right after the other.
type pairRound struct {
	Before load `json:"before"`
	Now    load `json:"now"`
}

// measurePair compares registrations with those of an earlier commit. The two binaries take turns within one run,
// and each is first in about half of the rounds, so that other work of the machine slows both. The range of the
// rounds shows how unequally it still slowed them. With -events all is measured a second time, with a receiver of
// events.
func measurePair(ctx context.Context, b *bench) error {
	commit, err := commitOf(ctx, b.before)
	if err != nil {
		b.say("not measured: %v", err) // an archive without a history, or the first commit
		return nil
	}
	earlier, err := b.testbed.build(ctx, commit)
	if err != nil {
		return err
	}
	if err := b.pairs(ctx, commit, earlier, nil); err != nil || !b.events {
		return err
	}
	r, err := openReceiver()
	if err != nil {
		return err
	}
	return errors.Join(b.pairs(ctx, commit, earlier, r), r.close())
}

// pairs measures both kinds of registration, in databases of their own. r is nil if nothing receives events.
func (b *bench) pairs(ctx context.Context, commit, earlier string, r *receiver) (err error) {
	databases := map[string]string{} // by binary: an older one has an older schema
	for _, binary := range []string{earlier, b.testbed.binary} {
		err := b.testbed.using(binary, func() (err error) {
			databases[binary], err = b.testbed.database(ctx)
			return err
		})
		if err != nil {
			return err
		}
	}
	for _, kind := range []string{"password", "phone"} {
		p := pair{Kind: kind, Before: commit, Events: r != nil}
		for i := range b.plan.pairs {
			round, err := b.pairRound(ctx, kind, i, earlier, databases, r)
			if err != nil {
				return err
			}
			p.Rounds = append(p.Rounds, round)
		}
		b.report.Pairs = append(b.report.Pairs, p)
		b.say("    %s", p.line())
	}
	for _, database := range databases {
		err = errors.Join(err, b.testbed.drop(ctx, database))
	}
	return err
}

// pairRound runs one load with each binary, which is started anew for it.
func (b *bench) pairRound(
	ctx context.Context, kind string, i int, earlier string, databases map[string]string, receiver *receiver,
) (r pairRound, err error) {
	loads := map[string]*load{earlier: &r.Before, b.testbed.binary: &r.Now}
	order := []string{earlier, b.testbed.binary}
	if i%2 == 1 {
		slices.Reverse(order)
	}
	for _, binary := range order {
		name := map[bool]string{true: "before", false: "now"}[binary == earlier]
		err := b.testbed.using(binary, func() error {
			more, err := receiver.settings(ctx, b.testbed)
			if err != nil {
				return err
			}
			return b.onServer(ctx, databases[binary], func(v *served) error {
				posted := receiver.posted()
				*loads[binary], err = b.pairLoad(ctx, kind, name, databases[binary], v)
				loads[binary].Posted = receiver.posted() - posted
				if err == nil && len(more) > 0 && loads[binary].Posted == 0 {
					err = errors.New("the server has posted no event")
				}
				return err
			}, more...)
		})
		if err != nil {
			return r, err
		}
		b.say("%s", loads[binary].line())
	}
	return r, nil
}

func (b *bench) pairLoad(ctx context.Context, kind, name, database string, v *served) (load, error) {
	var people applicants = newByPassword()
	if kind == "phone" {
		planted, err := b.testbed.plant(ctx, database, b.planted())
		if err != nil {
			return load{}, err
		}
		people = planted
	}
	if err := b.testbed.calm(ctx); err != nil {
		return load{}, err
	}
	l, err := b.closed(ctx, fmt.Sprintf("by %s, %s", kind, name), pairClients, people, v)
	l.Kind = kind
	return l, err
}

// ratios are the rates of this commit divided by those of the earlier one, ascending.
func (p pair) ratios() (all []float64) {
	for _, r := range p.Rounds {
		all = append(all, ratio(r.Now.Rate, r.Before.Rate))
	}
	slices.Sort(all)
	return all
}

// line is the pair in a few words: medians of the rounds, and the range of the ratio.
func (p pair) line() string {
	all := p.ratios()
	both := func(format string, of func(load) float64) string {
		return fmt.Sprintf(format+" and "+format, p.median(before, of), p.median(now, of))
	}
	line := fmt.Sprintf("by %s, before (%.12s) and now: %s/s, %.3f (rounds %.3f to %.3f); each %s us of CPU, "+
		"%s allocations, %s KiB", p.Kind, p.Before, both("%.1f", load.rate), all[len(all)/2], all[0], all[len(all)-1],
		both("%.0f", load.cpu), both("%.0f", load.allocations), both("%.1f", load.allocated))
	if p.Events {
		line += "; events posted: " + both("%.0f", load.posted)
	}
	return line
}

// before and now are the two loads of a round.
func before(r pairRound) load { return r.Before }
func now(r pairRound) load    { return r.Now }

// median is the median over the rounds of a figure of one of the two loads.
func (p pair) median(which func(pairRound) load, of func(load) float64) float64 {
	var all []float64
	for _, r := range p.Rounds {
		all = append(all, of(which(r)))
	}
	slices.Sort(all)
	return all[len(all)/2]
}

// rate, cpu, allocations and allocated are figures of a load: registrations a second, and for each registration
// microseconds of the server, objects and KiB on its heap.
func (l load) rate() float64        { return l.Rate }
func (l load) cpu() float64         { return float64(l.perServed(l.Usage.Server)) / 1e3 }
func (l load) allocations() float64 { return ratio(l.Usage.Allocations, float64(l.InTime)) }
func (l load) allocated() float64   { return ratio(l.Usage.Allocated, float64(l.InTime)) / 1024 }

// posted is the number of events that the server has posted during a load.
func (l load) posted() float64 { return float64(l.Posted) }

// commitOf returns the full name of a commit.
func commitOf(ctx context.Context, name string) (string, error) {
	out, err := exec.CommandContext(ctx, "git", "rev-parse", "--verify", "--quiet", name+"^{commit}").Output()
	if err != nil {
		return "", fmt.Errorf("there is no commit %s to compare with", name)
	}
	return strings.TrimSpace(string(out)), nil
}

// build compiles the binary of a commit as `make build` does, from an archive: the checkout stays as it is.
func (s *testbed) build(ctx context.Context, commit string) (binary string, err error) {
	sources, err := filepath.Abs(filepath.Join(s.dir, "before"))
	if err != nil {
		return "", err
	}
	binary = sources + ".bin"
	if err := os.RemoveAll(sources); err != nil { // of a run that was interrupted
		return "", err
	}
	if err := os.Mkdir(sources, 0o755); err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(sources)) }()
	archive := sources + ".tar"
	defer os.Remove(archive)
	for _, cmd := range []*exec.Cmd{
		exec.CommandContext(ctx, "git", "archive", "--output="+archive, commit),
		exec.CommandContext(ctx, "tar", "-xf", archive, "-C", sources),
		exec.CommandContext(ctx, "go", "build", "-C", sources, "-trimpath", "-buildvcs=false", "-ldflags", "-s -w",
			"-o", binary, "./cmd/enroll"),
	} {
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := cmd.CombinedOutput(); err != nil {
			return "", fmt.Errorf("build %s: %w: %s", commit, err, out)
		}
	}
	return binary, nil
}

// using calls do with another binary of the server.
func (s *testbed) using(binary string, do func() error) error {
	defer func(old string) { s.binary = old }(s.binary)
	s.binary = binary
	return do()
}
