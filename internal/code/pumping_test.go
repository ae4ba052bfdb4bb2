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

	"github.com/enroll-project/enroll/internal/code"
)

// TestMoneyStopsPumping: strangers in 500 networks request 10,000 codes for phones of their own, at two replicas at
// once. They spend four fifths of the day's money, to the last message, and then no more. A holder gets a code before
// and after. Each alarm is raised once.
func TestMoneyStopsPumping(t *testing.T) {
	t.Parallel()
	const requests, networks = 10_000, 500
	p := newFunds(t, "50.00/1d", "0.045", "0.045")
	d := newDesk(t, moneyLimits(p))
	fatal(t, d.redeem(phone(victim), home, d.mustAsk(phone(victim), home)))
	d.advance(time.Hour)
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
				if _, err := replica.ask(number(int(n)), by); err == nil {
					sent.Add(1)
				} else if refused(err) != code.TooMany {
					t.Error(err)
				}
			}
		})
	}
	wait.Wait()
	// 40.00 pay 888 messages, one of them the holder's.
	if sent.Load() != 887 || d.spent("1d").String() != "39.96" {
		t.Errorf("%d were sent for %s, want 887 for 39.96", sent.Load(), d.spent("1d"))
	}
	d.mustAsk(phone(victim), home)
	if got := p.percents("1d"); !slices.Equal(got, []int{50, 80}) {
		t.Errorf("alarms %v", got)
	}
}
