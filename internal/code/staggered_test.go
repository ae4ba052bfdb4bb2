package code_test

import (
	"strconv"
	"testing"
	"time"

	"github.com/enroll-project/enroll/internal/code"
)

// TestStaggeredFailures: ten networks cannot lock an address either if their windows of wrong codes
// begin at another time than the window of the address.
func TestStaggeredFailures(t *testing.T) {
	t.Parallel()
	d := newDesk(t, code.Limits{})
	guess := func(i, n int) {
		for range n {
			if refused(d.redeem(phone(victim), stranger(i), d.wrong())) != code.Wrong {
				d.advance(code.Cooldown)
				_, _ = d.ask(phone(victim), stranger(i))
				_ = d.redeem(phone(victim), stranger(i), d.wrong())
			}
		}
	}
	guess(0, 1) // begins the window of the address
	d.advance(24 * time.Hour)
	for i := 1; i < 10; i++ {
		guess(i, 1) // begins the windows of the other networks
	}
	d.advance(29 * 24 * time.Hour)
	for range 3 { // days
		for range 9 {
			for i := range 10 {
				guess(i, 1)
			}
		}
		d.advance(24 * time.Hour)
	}
	fresh := from("203.0.113.0/24")
	right, err := d.ask(phone(victim), fresh)
	fatal(t, err)
	fatal(t, d.redeem(phone(victim), fresh, right))
}

// TestStaggeredShares: ten networks cannot use up a daily budget either if the days of their shares begin half a
// day after the day of the budget.
func TestStaggeredShares(t *testing.T) {
	t.Parallel()
	for channel, limits := range map[string]code.Limits{
		"mail": {MailPerNetwork: 1000, MailTotal: 48}, "SMS": {SMSPerNetwork: 1000, SMSTotal: 96},
	} {
		t.Run(channel, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t, limits)
			n := 0
			next := func() code.Destination {
				n++
				if channel == "SMS" {
					return phone("+86138" + strconv.Itoa(10000000+n*10000))
				}
				return code.Destination{Site: 1, Address: strconv.Itoa(n) + "@example.com", Channel: code.Email,
					Purpose: code.ForRegister}
			}
			send := func(i int) {
				to := next()
				if right, err := d.ask(to, stranger(i)); err == nil {
					fatal(t, d.redeem(to, stranger(i), right)) // so that its codes are redeemed
				}
			}
			d.mustAsk(next(), home) // begins the day of the budget
			d.advance(12 * time.Hour)
			for i := range 10 {
				send(i) // begins the days of the networks
			}
			d.advance(12 * time.Hour)
			for range 2 {
				d.mustAsk(next(), home)
				for range 10 {
					for i := range 10 {
						send(i)
					}
				}
				d.advance(12 * time.Hour)
			}
			d.advance(-time.Hour)
			d.mustAsk(next(), from("203.0.113.0/24"))
		})
	}
}

// TestStaggeredOwnCodes: ten networks cannot use up the codes that each network has of an address if they begin to
// request them half a day after the day of the address has begun.
func TestStaggeredOwnCodes(t *testing.T) {
	t.Parallel()
	d := newDesk(t, code.Limits{})
	round := func() {
		for i := range 10 {
			_, _ = d.ask(phone(victim), stranger(i))
			d.advance(code.Cooldown)
		}
	}
	d.mustAsk(phone(victim), home) // begins the day of the address
	begun := d.now()
	for _, hours := range []time.Duration{12, 35, 36, 37} {
		d.advance(begun.Add(hours * time.Hour).Sub(d.now()))
		if hours == 35 {
			d.mustAsk(phone(victim), from("203.0.112.0/24")) // begins the next one
			d.advance(code.Cooldown)
		}
		round()
	}
	for range 2 {
		d.mustAsk(phone(victim), from("203.0.113.0/24"))
	}
}
