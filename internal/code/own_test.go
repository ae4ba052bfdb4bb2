package code_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/enroll-project/enroll/internal/code"
)

// siegeOf makes ten networks use up their parts of the budgets of one phone.
func siegeOf(d *desk) *siege {
	s := &siege{desk: d, assault: assault{to: func(int, int) code.Destination { return phone(victim) }}, begun: d.now()}
	s.burst()
	return s
}

// used returns the count of a scope, over all keys.
func (d *desk) used(scope string) (n int) {
	d.Helper()
	const sum = "SELECT coalesce(sum(used), 0) FROM budgets WHERE scope = $1 AND ends_at > $2"
	fatal(d.T, d.pool.QueryRow(d.Context(), sum, scope, d.now()).Scan(&n))
	return n
}

// TestEachNetworkHasTwoCodes: ten networks have used up their parts of the budgets of one phone. Each of two more
// networks still gets two codes, one of which may be lost. Their third code is refused, and so is the first of a
// thirteenth network.
func TestEachNetworkHasTwoCodes(t *testing.T) {
	t.Parallel()
	d := newDesk(t, code.Limits{})
	siegeOf(d)
	for n := range 2 {
		by := from(fmt.Sprintf("203.0.%d.0/24", n))
		d.mustAsk(phone(victim), by)
		d.mustAsk(phone(victim), by)
		d.advance(code.Cooldown)
		_, err := d.ask(phone(victim), by)
		d.expect(err, code.TooMany)
	}
	_, err := d.ask(phone(victim), from("203.0.3.0/24"))
	d.expect(err, code.TooMany)
	d.honored(err, func() error { _, err := d.ask(phone(victim), from("203.0.3.0/24")); return err })
}

// TestRightCodeGivesBack: a person travels through six networks a day and loses the first message in each. A right code
// gives back what the network that requested it and the one that uses it have taken of the phone, so that the
// attackers' codes are the only ones left in the count.
func TestRightCodeGivesBack(t *testing.T) {
	t.Parallel()
	for name, networks := range map[string]func(n int) (asks, uses code.Origin){
		"IPv4": func(n int) (code.Origin, code.Origin) {
			by := from(fmt.Sprintf("203.0.%d.0/24", n))
			return by, by
		},
		"IPv6": func(n int) (code.Origin, code.Origin) { return customer(100+n, 1), customer(100+n, 1) },
		"IPv4, used elsewhere": func(n int) (code.Origin, code.Origin) {
			return from(fmt.Sprintf("203.0.%d.0/24", n)), from("203.1.0.0/24")
		},
		"IPv6, used elsewhere": func(n int) (code.Origin, code.Origin) { return customer(100+n, 1), customer(200, n) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t, code.Limits{})
			siegeOf(d)
			taken := d.used("address_first")
			for n := range 6 {
				asks, uses := networks(n)
				d.mustAsk(phone(victim), asks)
				fatal(t, d.redeem(phone(victim), uses, d.mustAsk(phone(victim), asks)))
				if first, parts := d.used("address_first"), d.used("asker_first"); first != taken || parts != taken {
					t.Errorf("the phone has %d codes, its networks %d, want %d", first, parts, taken)
				}
			}
		})
	}
}

// TestWrongCodesAreGivenBack: ten networks have entered ninety wrong codes. A person types two wrong ones before the
// right one in each of forty networks, twenty of IPv4 and twenty of IPv6, and twenty more at home, where a code was
// redeemed before. None of them stays in the count of the phone, so it does not reach its bound of 100.
func TestWrongCodesAreGivenBack(t *testing.T) {
	t.Parallel()
	d := newDesk(t, code.Limits{})
	typos := func(by code.Origin, n int) {
		right := d.mustAsk(phone(victim), by)
		for range n {
			d.expect(d.redeem(phone(victim), by, d.wrong()), code.Wrong)
		}
		fatal(t, d.redeem(phone(victim), by, right))
	}
	typos(home, 0)
	for n := range 90 {
		if n%5 == 0 { // the strangers' tries at a code
			d.advance(3 * time.Hour)
			d.mustAsk(phone(victim), home)
		}
		d.expect(d.redeem(phone(victim), attacker(n%10, n), d.wrong()), code.Wrong)
	}
	for n := range 20 {
		d.advance(6 * time.Hour)
		typos(from(fmt.Sprintf("203.0.%d.0/24", n)), 2)
		d.advance(6 * time.Hour)
		typos(customer(100+n, 1), 2)
		d.advance(6 * time.Hour)
		typos(home, 1)
	}
	if got := d.used("address_failures"); got != 90 {
		t.Errorf("%d wrong codes count for the phone, want 90", got)
	}
}

// TestStrangerInTheHoldersNetwork has the figures that SECURITY.md states: for how long a stranger in the subnet of a
// person keeps that subnet from codes of one address. The person gets one elsewhere all the while.
func TestStrangerInTheHoldersNetwork(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	codes := func(most int) func(d *desk) int {
		return func(d *desk) (sent int) {
			for sent < most {
				_, err := d.ask(phone(victim), home)
				refusal := new(code.Refusal)
				switch {
				case err == nil:
					sent++
				case !errors.As(err, &refusal):
					d.Fatal(err)
				default:
					d.advance(refusal.RetryAfter)
				}
			}
			return sent
		}
	}
	// guesses enters wrong codes until nine were counted and the next one is refused although the newest code has tries
	// left. A code has five tries, so it requests more of them.
	guesses := func(d *desk) (wrong int) {
		for refused(d.redeem(phone(victim), home, d.wrong())) != code.Exhausted || wrong < 9 {
			d.mustAsk(phone(victim), home)
			for wrong < 9 && refused(d.redeem(phone(victim), home, d.wrong())) == code.Wrong {
				wrong++
			}
		}
		return wrong
	}
	for name, c := range map[string]struct {
		known   bool
		attack  func(*desk) int
		want    int
		end     time.Duration // after the first request of the attack
		atLeast time.Duration // that the attack takes
	}{
		"codes":              {false, codes(5), 5, day, time.Hour},
		"codes, known":       {true, codes(10), 10, day, time.Hour},
		"wrong codes":        {false, guesses, 9, 30 * day, 0},
		"wrong codes, known": {true, guesses, 9, 3 * day, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t, code.Limits{})
			if c.known {
				fatal(t, d.redeem(phone(victim), home, d.mustAsk(phone(victim), home)))
				d.advance(2 * day)
			}
			begun := d.now()
			if got := c.attack(d); got != c.want || d.now().Sub(begun) < c.atLeast {
				t.Errorf("%d in %s", got, d.now().Sub(begun))
			}
			elsewhere := from("203.0.113.0/24")
			fatal(t, d.redeem(phone(victim), elsewhere, d.mustAsk(phone(victim), elsewhere)))
			d.advance(code.Cooldown)
			_, err := d.ask(phone(victim), home)
			d.expect(err, code.TooMany)
			refusal := new(code.Refusal)
			if !errors.As(err, &refusal) {
				t.Fatal(err)
			}
			// The wrong codes begin some minutes after the first request.
			if end := d.now().Add(refusal.RetryAfter).Sub(begun); end < c.end || end > c.end+10*code.Cooldown {
				t.Errorf("home is shut out until %s after the first request, want %s", end, c.end)
			}
			d.honored(err, func() error { _, err := d.ask(phone(victim), home); return err })
		})
	}
}

// TestHoldersNeedNoConversion: a stranger in the holder's network has twenty SMS sent to other phones and redeems none,
// so the watch on redeemed codes closes the network. A holder who is known there still gets a code.
func TestHoldersNeedNoConversion(t *testing.T) {
	t.Parallel()
	d := newDesk(t, code.Limits{SMSPerPrefix: 100, SMSPerNetwork: 50, SMSTotal: 10_000})
	fatal(t, d.redeem(phone(victim), home, d.mustAsk(phone(victim), home)))
	d.advance(48 * time.Hour)
	sent := 0
	for n := range 40 {
		if _, err := d.ask(phone(fmt.Sprintf("+86138%08d", (n+10)*1_000_000)), home); err == nil {
			sent++
		}
		if _, err := d.ask(phone(fmt.Sprintf("+8613800%06d", n)), home); err == nil { // the holder's prefix
			sent++
		}
	}
	_, err := d.ask(phone("+8613900139000"), home)
	d.expect(err, code.TooMany)
	if sent != 20 {
		t.Errorf("%d were sent", sent)
	}
	fatal(t, d.redeem(phone(victim), home, d.mustAsk(phone(victim), home)))
}

// TestPrivateClientsHaveTheirOwn: clients without a public address share a budget of their own. So ten public
// networks cannot use up their codes.
func TestPrivateClientsHaveTheirOwn(t *testing.T) {
	t.Parallel()
	d := newDesk(t, code.Limits{})
	siegeOf(d)
	inside := code.Origin{Network: "10.0.0.0/24"}
	for range 5 {
		d.mustAsk(phone(victim), inside)
	}
}

// TestOwnCodesAtOnce: of many requests of one network at once, one takes the last of its own codes. The others are
// refused as too soon, and need to wait for the cooldown only.
func TestOwnCodesAtOnce(t *testing.T) {
	t.Parallel()
	d := newDesk(t, code.Limits{})
	d.mustAsk(phone(victim), home)
	d.advance(code.Cooldown)
	var group sync.WaitGroup
	for range 20 {
		group.Go(func() {
			refusal := new(code.Refusal)
			if _, err := d.ask(phone(victim), home); errors.As(err, &refusal) {
				if refusal.Why != code.TooSoon || refusal.RetryAfter > code.Cooldown {
					t.Errorf("%v for %s", refusal, refusal.RetryAfter)
				}
			} else if err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if len(d.sent) != 2 || d.used("asker_first") != 2 {
		t.Errorf("%d were sent, %d of the network's own", len(d.sent), d.used("asker_first"))
	}
}

// TestSpendingAndAskingAtOnce: networks request codes of a phone, enter wrong ones and redeem right ones at once. These
// statements lock the counts of the phone in one order, so none of them is a victim of a deadlock.
func TestSpendingAndAskingAtOnce(t *testing.T) {
	t.Parallel()
	d := newDesk(t, code.Limits{SMSPerPrefix: 10_000, SMSPerNetwork: 10_000, SMSTotal: 100_000})
	var group sync.WaitGroup
	for worker := range 8 {
		group.Go(func() {
			for i := range 40 {
				to := phone(fmt.Sprintf("+8613800%02d%04d", worker/4, i)) // four workers share a phone
				by := attacker(worker, i%2)
				right, err := d.ask(to, by)
				if err == nil {
					for _, err := range []error{
						d.redeem(to, attacker(worker+1, i%2), d.wrong()), d.redeem(to, by, d.wrong()), d.redeem(to, by, right),
					} {
						if err != nil && refused(err) < 0 {
							t.Error(err)
						}
					}
				}
				if err != nil && refused(err) < 0 {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
}

// TestStrangersCodesEndNone: four other networks request five codes of the same address and purpose. The holder's
// code, which is the oldest, stays valid.
func TestStrangersCodesEndNone(t *testing.T) {
	t.Parallel()
	d := newDesk(t, code.Limits{})
	holder := from("203.0.113.0/24")
	right := d.mustAsk(phone(victim), holder)
	for n := range 3 {
		d.mustAsk(phone(victim), from(fmt.Sprintf("198.51.%d.0/24", n)))
	}
	for range 2 {
		d.mustAsk(phone(victim), from("198.51.100.0/24"))
	}
	fatal(t, d.redeem(phone(victim), holder, right))
}

// TestFourthCodeEndsTheFirst: of one client's codes for an address and a purpose the newest three are valid.
func TestFourthCodeEndsTheFirst(t *testing.T) {
	t.Parallel()
	d := newDesk(t, code.Limits{})
	elsewhere := from("198.51.100.0/24")
	others := d.mustAsk(phone(victim), elsewhere)
	var own [4]string
	for n := range own {
		// A subnet gets three codes an hour; all clients without a public address get five.
		own[n] = d.mustAsk(phone(victim), code.Origin{})
	}
	d.expect(d.redeem(phone(victim), code.Origin{}, own[0]), code.Wrong)
	for _, typed := range []string{others, own[1]} {
		if _, err := d.Try(t.Context(), phone(victim), elsewhere, typed); err != nil {
			t.Errorf("a code after the fourth: %v", err)
		}
	}
}

// TestBudgetsOfAllSites: the counts for an address are over all sites: those of clients without a public address, five
// codes an hour and ten a day, and the wrong codes of a subnet, nine.
func TestBudgetsOfAllSites(t *testing.T) {
	t.Parallel()
	d := newDesk(t, code.Limits{})
	at := func(n int) code.Destination { to := phone(victim); to.Site = int64(1 + n%2); return to }
	unknown := code.Origin{} // such clients share five codes an hour and ten a day for an address
	full := func() {
		for site := range 2 {
			d.advance(code.Cooldown)
			_, err := d.ask(at(site), unknown)
			d.expect(err, code.TooMany)
		}
	}
	for range 2 {
		for n := range 5 {
			d.mustAsk(at(n), unknown)
		}
		full()
		d.advance(time.Hour)
	}
	full() // a new hour of the same day

	guesser := stranger(1)
	d.advance(48 * time.Hour)
	for n := range 9 {
		if n%4 == 0 { // new codes, before the five tries that strangers have at each one are used up
			d.advance(time.Hour)
			d.mustAsk(at(0), home)
			d.mustAsk(at(1), from("203.0.113.0/24"))
		}
		d.expect(d.redeem(at(n), guesser, d.wrong()), code.Wrong)
	}
	for site := range 2 {
		last := d.mustAsk(at(site), unknown)
		d.expect(d.redeem(at(site), guesser, last), code.Exhausted)
	}
}
