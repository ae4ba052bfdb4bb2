package code_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/enroll-project/enroll/gen/db"
	"github.com/enroll-project/enroll/internal/code"
)

var home = from("192.0.2.0/24")

// stranger is one of many other networks.
func stranger(i int) code.Origin { return from(fmt.Sprintf("198.51.%d.0/24", i)) }

// TestStrangersLeaveTheHolderTries: all strangers together may give five wrong answers to a code,
// and the subnet that requested the code still has five of its own (I10 of package account).
func TestStrangersLeaveTheHolderTries(t *testing.T) {
	t.Parallel()
	d := newDesk(t, code.Limits{})
	right := d.mustAsk(phone(victim), home)
	for i := range 5 {
		d.expect(d.redeem(phone(victim), stranger(i), d.wrong()), code.Wrong)
	}
	d.expect(d.redeem(phone(victim), stranger(9), d.wrong()), code.Exhausted)
	d.expect(d.redeem(phone(victim), stranger(9), right), code.Exhausted)
	for range 4 {
		d.expect(d.redeem(phone(victim), home, d.wrong()), code.Wrong)
	}
	fatal(t, d.redeem(phone(victim), home, right))
	d.expect(d.redeem(phone(victim), home, right), code.Expired)
}

// TestHolderMayComeByAnotherNetwork: a code that was requested in one network is valid in another.
func TestHolderMayComeByAnotherNetwork(t *testing.T) {
	t.Parallel()
	d := newDesk(t, code.Limits{})
	fatal(t, d.redeem(phone(victim), stranger(1), d.mustAsk(phone(victim), home)))
}

// TestGuessesAtOnce: of 200 concurrent wrong answers, exactly five are compared for the requesting
// subnet and five for the others, and each of the ten is counted for the address (I3 of package
// account).
func TestGuessesAtOnce(t *testing.T) {
	t.Parallel()
	d := newDesk(t, code.Limits{})
	d.mustAsk(phone(victim), home)
	var group sync.WaitGroup
	var mu sync.Mutex
	ends := map[string]int{}
	for i := range 200 {
		group.Go(func() {
			by, who := home, "home"
			if i%2 == 1 {
				by, who = stranger(i), "elsewhere"
			}
			err := d.redeem(phone(victim), by, d.wrong())
			mu.Lock()
			defer mu.Unlock()
			ends[fmt.Sprint(who, " ", err)]++
		})
	}
	group.Wait()
	if ends["home code: wrong"] != 5 || ends["elsewhere code: wrong"] != 5 || len(ends) != 4 {
		t.Errorf("ends: %v", ends)
	}
	if d.count("budgets WHERE scope = 'address_failures' AND used = 10") != 1 {
		t.Error("the address does not have ten failures")
	}
}

// TestSubnetHasNineFailures: over all codes of an address, one subnet has nine wrong answers
// in 30 days. After them it can neither try nor request codes, and the holder is not affected.
func TestSubnetHasNineFailures(t *testing.T) {
	t.Parallel()
	d := newDesk(t, code.Limits{})
	guesser := stranger(1)
	for n := range 9 {
		if n%4 == 0 { // strangers have tries at each of the holder's codes
			d.advance(time.Hour)
			d.mustAsk(phone(victim), home)
		}
		d.expect(d.redeem(phone(victim), guesser, d.wrong()), code.Wrong)
	}
	last := d.mustAsk(phone(victim), home)
	d.expect(d.redeem(phone(victim), guesser, last), code.Exhausted)
	d.advance(time.Hour)
	_, err := d.ask(phone(victim), guesser)
	d.expect(err, code.TooMany)
	fatal(t, d.redeem(phone(victim), home, d.mustAsk(phone(victim), home)))
}

// TestTenNetworksCannotLockAnAddress: whenever ten networks attack an address, the holder still
// gets a code and has tries, even in a network that was never seen.
func TestTenNetworksCannotLockAnAddress(t *testing.T) {
	t.Parallel()
	for name, address := range map[string]func(network, request int) code.Origin{
		"IPv4": func(network, _ int) code.Origin { return stranger(network) },
		// Each request comes from another /64 of the ten /48.
		"IPv6": customer,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			besiege(t, address)
		})
	}
}

// customer is one of the subnets of an IPv6 /48.
func customer(network, subnet int) code.Origin {
	return code.Origin{
		Subnet: fmt.Sprintf("2001:db8:%x:%x::/64", network, subnet), Network: fmt.Sprintf("2001:db8:%x::/48", network),
	}
}

func besiege(t *testing.T, address func(network, request int) code.Origin) {
	requests := 0
	attacker := func(i int) code.Origin {
		requests++
		return address(i, requests)
	}
	d := newDesk(t, code.Limits{SMSPerPrefix: 100, SMSPerNetwork: 50, SMSTotal: 10_000})
	for range 36 { // every hour for a day and a half
		d.advance(time.Hour)
		for i := range 10 {
			_, _ = d.ask(phone(victim), attacker(i))
			_ = d.redeem(phone(victim), attacker(i), d.wrong())
			d.advance(code.Cooldown)
		}
	}
	fresh := from("203.0.113.0/24")
	right, err := d.ask(phone(victim), fresh)
	fatal(t, err)
	for i := range 10 {
		_ = d.redeem(phone(victim), attacker(i), d.wrong())
	}
	fatal(t, d.redeem(phone(victim), fresh, right))
	// The holder's network is known from now on, so the attackers cannot use up its budgets.
	for range 3 {
		d.advance(code.Cooldown)
		for i := range 10 {
			_, _ = d.ask(phone(victim), attacker(i))
		}
		fatal(t, d.redeem(phone(victim), fresh, d.mustAsk(phone(victim), fresh)))
	}
}

// TestSubnetsOfACustomer: all /64 of a /48 together have nine wrong answers for an address, and as
// many codes as one subnet. A subnet that is known for the address is not affected, and a right
// code gives the /48 its tries back.
func TestSubnetsOfACustomer(t *testing.T) {
	t.Parallel()
	d := newDesk(t, code.Limits{})
	holder, neighbor := customer(1, 1), customer(1, 2)
	fatal(t, d.redeem(phone(victim), holder, d.mustAsk(phone(victim), holder)))
	for n := range 9 {
		if n%4 == 0 {
			d.advance(time.Hour)
			d.mustAsk(phone(victim), holder)
		}
		d.expect(d.redeem(phone(victim), customer(1, 100+n), d.wrong()), code.Wrong)
	}
	d.expect(d.redeem(phone(victim), neighbor, d.wrong()), code.Exhausted)
	_, err := d.ask(phone(victim), neighbor)
	d.expect(err, code.TooMany)
	fatal(t, d.redeem(phone(victim), holder, d.mustAsk(phone(victim), holder)))
	d.expect(d.redeem(phone(victim), neighbor, d.wrong()), code.Wrong)
	sent := 0
	for n := range 10 {
		d.advance(code.Cooldown)
		if _, err := d.ask(phone(victim), customer(1, 200+n)); err == nil {
			sent++
		}
	}
	if sent != 3 {
		t.Errorf("ten subnets of one customer had %d codes sent within ten minutes, want 3", sent)
	}
	d.mustAsk(phone(victim), holder)
}

// TestHundredFailuresEnd: a hundred failures from many networks shut out networks that are
// not known, for 30 days from the first one and no longer.
func TestHundredFailuresEnd(t *testing.T) {
	t.Parallel()
	d := newDesk(t, code.Limits{})
	fatal(t, d.redeem(phone(victim), home, d.mustAsk(phone(victim), home)))
	start := d.now()
	for n := range 100 {
		if n%5 == 0 {
			d.advance(6 * time.Hour)
			d.mustAsk(phone(victim), home)
		}
		d.expect(d.redeem(phone(victim), stranger(n), d.wrong()), code.Wrong)
	}
	d.expect(d.redeem(phone(victim), stranger(200), d.wrong()), code.Exhausted)
	d.advance(6 * time.Hour)
	right := d.mustAsk(phone(victim), home)
	d.expect(d.redeem(phone(victim), stranger(200), right), code.Exhausted)
	fatal(t, d.redeem(phone(victim), home, right))
	d.advance(start.Add(31 * 24 * time.Hour).Sub(d.now()))
	fatal(t, d.redeem(phone(victim), stranger(200), d.mustAsk(phone(victim), stranger(200))))
}

// TestResetFreesAnAddress: after a reset nothing is counted for the address, and no code is valid.
func TestResetFreesAnAddress(t *testing.T) {
	t.Parallel()
	d := newDesk(t, code.Limits{})
	other := phone("+8613900139000")
	d.mustAsk(other, home)
	right := d.mustAsk(phone(victim), home)
	d.expect(d.redeem(phone(victim), stranger(1), d.wrong()), code.Wrong)
	before := d.count("budgets")
	fatal(t, d.Reset(t.Context(), victim))
	d.expect(d.redeem(phone(victim), home, right), code.Expired)
	if n := d.count("budgets"); n == 0 || n >= before || d.count("one_time_codes") != 1 {
		t.Errorf("%d of %d budgets are left", n, before)
	}
	_, err := d.ask(phone(victim), home)
	fatal(t, err)
}

// TestCodeIsBound: a code is valid for its site, address, purpose and user only.
func TestCodeIsBound(t *testing.T) {
	t.Parallel()
	d := newDesk(t, code.Limits{})
	to := phone(victim)
	right := d.mustAsk(to, home)
	for _, c := range []func(*code.Destination){
		func(e *code.Destination) { e.Site = 2 }, func(e *code.Destination) { e.Address = "+8613800138001" },
		func(e *code.Destination) { e.Purpose = code.ForLogin }, func(e *code.Destination) { e.User = 7 },
	} {
		elsewhere := to
		c(&elsewhere)
		d.expect(d.redeem(elsewhere, home, right), code.Expired)
		// The code is also wrong if the other destination has a code of its own.
		fatal(t, d.Reset(t.Context(), elsewhere.Address))
		right = d.mustAsk(to, home)
		if own := d.mustAsk(elsewhere, home); own != right {
			d.expect(d.redeem(elsewhere, home, right), code.Wrong)
		}
	}
}

// TestOneQuestionForEachCode: an answer that an email is taken is given once for each code. A registration without
// a code has no such bound.
func TestOneQuestionForEachCode(t *testing.T) {
	t.Parallel()
	d := newDesk(t, code.Limits{})
	proven, err := d.Try(t.Context(), phone(victim), home, d.mustAsk(phone(victim), home))
	fatal(t, err)
	fatal(t, d.AskEmail(t.Context(), proven))
	for range 2 {
		d.expect(d.AskEmail(t.Context(), proven), code.Exhausted)
		fatal(t, d.AskEmail(t.Context(), code.Proven{}))
	}
}

// TestSpendingRaces: of 32 transactions with one code, exactly one spends the code (I2 of package
// account).
func TestSpendingRaces(t *testing.T) {
	t.Parallel()
	d := newDesk(t, code.Limits{})
	right := d.mustAsk(phone(victim), home)
	proven, err := d.Try(t.Context(), phone(victim), home, right)
	fatal(t, err)
	var group sync.WaitGroup
	var mu sync.Mutex
	spent := 0
	for range 32 {
		group.Go(func() {
			if err := proven.Spend(t.Context(), db.New(d.pool), d.now()); err == nil {
				mu.Lock()
				defer mu.Unlock()
				spent++
			} else if refused(err) != code.Expired {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if spent != 1 {
		t.Errorf("spent %d times", spent)
	}
}
