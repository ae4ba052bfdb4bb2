package main

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// goal is one row of the printed table.
type goal struct {
	What     string `json:"what"`
	Want     string `json:"want"`
	Measured string `json:"measured"`
	Verdict  string `json:"verdict"` // met, missed, or not measured
}

const (
	met         = "met"
	missed      = "MISSED"
	notMeasured = "not measured"
)

// goals compares the measurements with their goals.
func (r *report) goals() []goal {
	var all []goal
	all = append(all, r.hashGoals()...)
	all = append(all, r.costGoals()...)
	all = append(all, r.pairGoals()...)
	for _, f := range r.Floods {
		all = append(all, f.goals()...)
	}
	all = append(all, r.memoryGoal())
	all = append(all, r.growthGoals()...)
	all = append(all,
		atMost("start to ready, migrated, median", 150*time.Millisecond, r.Starts.Migrated.P50),
		atMost("start to ready, empty database, median", 400*time.Millisecond, r.Starts.Empty.P50),
	)
	size := goal{"size of the binary", "≤ 30 MB", fmt.Sprintf("%.1f MB", float64(r.Size)/1e6), verdict(r.Size <= 30e6)}
	if r.Size == 0 {
		size.Measured, size.Verdict = "", notMeasured
	}
	return append(all, size)
}

func verdict(good bool) string {
	if good {
		return met
	}
	return missed
}

// atLeast compares a ratio with its lower bound; 0 means "not measured".
func atLeast(what string, want, got float64) goal {
	g := goal{what, fmt.Sprintf("≥ %.2f", want), fmt.Sprintf("%.3f", got), verdict(got >= want)}
	if got == 0 {
		g.Measured, g.Verdict = "", notMeasured
	}
	return g
}

// atMost compares a time with its upper bound; 0 means "not measured".
func atMost(what string, want, got time.Duration) goal {
	g := goal{what, "≤ " + want.String(), short(got), verdict(got <= want)}
	if got == 0 {
		g.Measured, g.Verdict = "", notMeasured
	}
	return g
}

func ratio(a, b float64) float64 {
	if b == 0 {
		return 0
	}
	return a / b
}

// plain returns the first closed loop of a kind on one server in a database with
// the given number of users. The parts "scale" and "grow" add loads that look the same. They
// run after "register", so the first load is that of "register" if this part was chosen.
func (r *report) plain(kind string, clients, users int) (load, bool) {
	i := slices.IndexFunc(r.Loads, func(l load) bool {
		return l.Kind == kind && l.Clients == clients && l.Users == users && l.Servers == 1
	})
	if i < 0 {
		return load{}, false
	}
	return r.Loads[i], true
}

func (r *report) hashGoals() []goal {
	all := []goal{atLeast("hashes/s ÷ golang.org/x/crypto's", 1.8, ratio(r.Ceiling.Hashes, r.Ceiling.XCrypto))}
	for _, clients := range []int{8, 32, 128} {
		l, _ := r.plain("password", clients, 0)
		all = append(all, atLeast(fmt.Sprintf("by password/s ÷ hash rate, %d connections", clients), 0.95, l.ofLimit()))
	}
	l, _ := r.plain("phone", transactionClients, 0)
	return append(all, atLeast(fmt.Sprintf("by phone/s ÷ pgbench, %d connections", transactionClients), 0.6, l.ofLimit()))
}

// costGoals are about the CPU time of a registration beyond its hash. They use
// registrations by phone, which do everything but hash: subtracting the time of a
// hash from the time of a registration with a password would leave mostly noise.
func (r *report) costGoals() []goal {
	l, _ := r.plain("phone", transactionClients, 0)
	return []goal{
		atMost("CPU beyond the hash, our process (by phone)", 400*time.Microsecond, l.perServed(l.Usage.Server)),
		atMost("CPU beyond the hash, with PostgreSQL (by phone)", time.Millisecond,
			l.perServed(l.Usage.Server+l.Usage.PostgreSQL)),
	}
}

// pairGoals compare this commit with an earlier one. The bound is below 1, because two loads of
// one binary differ as well; the range of the rounds shows by how much. What events cost is printed and has no goal.
func (r *report) pairGoals() (all []goal) {
	for _, kind := range []string{"password", "phone"} {
		g := atLeast(fmt.Sprintf("by %s/s ÷ an earlier commit's", kind), 0.97, 0)
		for _, p := range r.Pairs {
			if rounds := p.ratios(); p.Kind == kind && !p.Events && len(rounds) > 0 {
				g = atLeast(fmt.Sprintf("by %s/s ÷ that of %.12s", kind, p.Before), 0.97, rounds[len(rounds)/2])
			}
		}
		all = append(all, g)
	}
	return all
}

func (f flooded) goals() []goal {
	at := fmt.Sprintf(" at %gx", f.Multiple)
	goodput, refusal := 0.95, 20*time.Millisecond
	if f.Multiple > 3 {
		goodput, refusal = 0.90, 100*time.Millisecond
	}
	all := []goal{
		atLeast("goodput ÷ capacity"+at, goodput, f.Goodput),
		atMost("p99 of the served"+at, time.Second, f.Served.P99),
		atMost("p99 of a refusal"+at, refusal, f.Refused.P99),
		{"back to unloaded p99" + at, "≤ 2s", short(f.Recovered), verdict(f.Recovered <= 2*time.Second)},
		{"nothing but 200 and busy" + at, "all", f.others(), verdict(f.others() == "all")},
	}
	if !f.Generator.kept() {
		for i := range all {
			all[i].Verdict = "not measured: the generator was late"
		}
	}
	return all
}

// others names the answers that are neither 200 nor busy, or returns "all" if
// there are none.
func (f flooded) others() string {
	var found []string
	for reason, n := range f.Reasons {
		if reason != "busy" {
			found = append(found, fmt.Sprintf("%s %d", reason, n))
		}
	}
	if found == nil {
		return "all"
	}
	slices.Sort(found)
	return strings.Join(found, ", ")
}

func (r *report) memoryGoal() goal {
	peak := 0
	for _, l := range r.Loads {
		peak = max(peak, l.Usage.ServerPeak)
	}
	for _, f := range r.Floods {
		peak = max(peak, f.Usage.ServerPeak)
	}
	g := goal{"peak memory of the server", "≤ 150 MiB", fmt.Sprintf("%d MiB", peak/1024), verdict(peak <= 150*1024)}
	if peak == 0 {
		g.Measured, g.Verdict = "", notMeasured
	}
	return g
}

// growthGoals compare the fullest database with the empty one.
func (r *report) growthGoals() []goal {
	var all []goal
	for kind, want := range map[string]float64{"password": 0.98, "phone": 0.70} {
		g := atLeast("by "+kind+"/s beside the most users ÷ none", want, r.growth(kind))
		if full := r.fullest(); full > 0 {
			g.What = fmt.Sprintf("by %s/s beside %d users ÷ none", kind, full)
		}
		all = append(all, g)
	}
	slices.SortFunc(all, func(a, b goal) int { return strings.Compare(a.What, b.What) })
	return all
}

func (r *report) fullest() int {
	most := 0
	for _, l := range r.Loads {
		most = max(most, l.Users)
	}
	return most
}

// growth is the rate in the fullest database as a share of the rate in an empty
// one, or 0 if it was not measured.
func (r *report) growth(kind string) float64 {
	most := r.fullest()
	i := slices.IndexFunc(r.Loads, func(l load) bool { return most > 0 && l.Kind == kind && l.Users == most })
	if i < 0 {
		return 0
	}
	return r.Loads[i].ofLimit()
}
