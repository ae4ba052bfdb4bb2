//go:build !race

// Ten thousand requests take too long with the race detector. TestMoneyAtOnce in money_test.go has few requests and
// runs with it.

package code_test

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/enroll-project/enroll/internal/code"
)

// pump requests 10,000 codes for phones of a country, each another one, from 500 networks, at two replicas at once.
// It returns how many were sent.
func (d *desk) pump(p *funds, phones string) int64 {
	d.Helper()
	const requests, networks = 10_000, 500
	// The tables grow from nothing within seconds, so PostgreSQL would go on with plans for empty tables.
	replicas := []*desk{
		d.twin(moneyLimits(p), "enable_seqscan", "off"), d.twin(moneyLimits(p), "enable_seqscan", "off"),
	}
	var next, sent atomic.Int64
	var wait sync.WaitGroup
	for i := range 4 {
		replica := replicas[i%2]
		wait.Go(func() {
			for n := next.Add(1); n <= requests; n = next.Add(1) {
				by := from(fmt.Sprintf("10.%d.%d.0/24", n%networks/256, n%networks%256))
				if _, err := replica.ask(phone(fmt.Sprintf(phones, n)), by); err == nil {
					sent.Add(1)
				} else if refused(err) != code.TooMany {
					d.Error(err)
				}
			}
		})
	}
	wait.Wait()
	return sent.Load()
}

// TestMoneyStopsPumping: strangers in 500 networks request 10,000 codes for phones of a country whose people use
// theirs. They spend four fifths of the day's money, to the last message, and then no more. A holder gets a code
// before and after. Each alarm is raised once.
func TestMoneyStopsPumping(t *testing.T) {
	t.Parallel()
	p := newFunds(t, "50.00/1d", "0.045", "0.045")
	d := newDesk(t, moneyLimits(p))
	fatal(t, d.redeem(phone(victim), home, d.mustAsk(phone(victim), home)))
	d.usedIn("CN")
	d.advance(time.Hour)
	// 40.00 pay 888 messages, one of them the holder's.
	if sent := d.pump(p, "+86138%08d"); sent != 887 || d.spent("1d").String() != "39.96" {
		t.Errorf("%d were sent for %s, want 887 for 39.96", sent, d.spent("1d"))
	}
	d.mustAsk(phone(victim), home)
	if got := p.percents("1d"); !slices.Equal(got, []int{50, 80}) {
		t.Errorf("alarms %v", got)
	}
}

// TestMoneyStopsPumpingOfACountry: strangers in 500 networks request 10,000 codes for phones of a country in which
// none are used. They spend half of the day's money, to the last message. Then strangers still get codes for phones
// of another country, and for phones of this one a network whose codes are used and a holder in a known network.
// When codes are used in the country again, strangers get codes, too.
func TestMoneyStopsPumpingOfACountry(t *testing.T) {
	t.Parallel()
	p := newFunds(t, "50.00/1d", "0.045", "0.045")
	registry := prometheus.NewRegistry()
	d := newDeskOn(t, moneyLimits(p), registry)
	german := func(n int) code.Destination { return phone(fmt.Sprintf("+49151%08d", n)) }
	proven := from("203.0.112.0/24")
	fatal(t, d.redeem(german(20_001), home, d.mustAsk(german(20_001), home)))
	fatal(t, d.redeem(number(20_002), proven, d.mustAsk(number(20_002), proven)))
	d.advance(time.Hour)
	// 25.00 pay 555 messages, two of them before.
	if sent := d.pump(p, "+49151%08d"); sent != 553 || d.spent("1d").String() != "24.975" {
		t.Errorf("%d were sent for %s, want 553 for 24.975", sent, d.spent("1d"))
	}
	if got := p.percents("1d"); !slices.Equal(got, []int{50}) {
		t.Errorf("alarms %v", got)
	}
	_, err := d.ask(german(20_003), stranger(1))
	d.expect(err, code.TooMany)
	if n := counterOf(t, registry, "enroll_sms_country_refusals_total"); n != 1 {
		t.Errorf("%v refusals because of the country", n)
	}
	if n := counterOf(t, registry, "enroll_sms_budget_refusals_total"); n != 0 {
		t.Errorf("%v refusals because the money is gone", n)
	}
	d.mustAsk(number(20_003), stranger(1))
	d.mustAsk(german(20_004), proven)
	d.mustAsk(german(20_001), home)
	d.usedIn("DE")
	d.mustAsk(german(20_003), stranger(1))
	if got := d.days(); len(got) != 2 {
		t.Errorf("counts %q", got)
	}
}

// counterOf returns the sum of a counter over its labels, 0 if it has none.
func counterOf(t *testing.T, registry *prometheus.Registry, name string) (sum float64) {
	t.Helper()
	families, err := registry.Gather()
	fatal(t, err)
	for _, family := range families {
		if family.GetName() == name {
			for _, m := range family.GetMetric() {
				sum += m.GetCounter().GetValue()
			}
		}
	}
	return sum
}
