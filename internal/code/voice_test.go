package code_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/enroll-project/enroll/internal/code"
	"github.com/enroll-project/enroll/internal/price"
	"github.com/enroll-project/enroll/internal/sms"
)

// called is a destination of which the code is spoken.
func called(to code.Destination) code.Destination {
	to.Call = true
	return to
}

// TestCallComesAfterAnSMS: a call needs a code of the same network, phone, purpose and site that is still valid, and
// the minute between two codes. Codes of other networks do not count, so that the answer tells nothing about them.
func TestCallComesAfterAnSMS(t *testing.T) {
	t.Parallel()
	d := newDesk(t, code.Limits{})
	here, elsewhere := from("192.0.2.0/24"), from("198.51.100.0/24")
	call := called(phone(victim))
	_, err := d.ask(call, here)
	d.expect(err, code.SMSFirst)
	first := d.mustAsk(phone(victim), here)
	_, err = d.ask(call, here)
	d.expect(err, code.TooSoon)
	d.advance(code.Cooldown)
	login, site := call, call
	login.Purpose, site.Site = code.ForLogin, 2
	for _, to := range []code.Destination{login, site, called(phone("+8613900139000"))} {
		_, err = d.ask(to, here)
		d.expect(err, code.SMSFirst)
	}
	_, err = d.ask(call, elsewhere)
	d.expect(err, code.SMSFirst)
	second, err := d.ask(call, here)
	fatal(t, err)
	// The call has a code of its own, and that of the SMS, which may still arrive, stays valid.
	if first == second {
		t.Error("the call repeats the code of the SMS")
	}
	fatal(t, d.redeem(phone(victim), here, first))
	fatal(t, d.redeem(phone(victim), here, second))
	// No code is left, so another call needs another SMS.
	d.advance(code.Cooldown)
	_, err = d.ask(call, here)
	d.expect(err, code.SMSFirst)
	d.mustAsk(phone(victim), here)
	d.advance(code.Life)
	_, err = d.ask(call, here)
	d.expect(err, code.SMSFirst)
}

// TestCallsShareTheBudgets: calls count in the budgets of the phone, the network, the prefix and the day, as SMS do.
func TestCallsShareTheBudgets(t *testing.T) {
	t.Parallel()
	for name, limits := range map[string]code.Limits{
		"phone":   {},
		"network": {SMSPerNetwork: 2},
		"prefix":  {SMSPerPrefix: 2},
		"day":     {SMSTotal: 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t, limits)
			by := from("192.0.2.0/24")
			d.mustAsk(phone(victim), by)
			d.mustAsk(called(phone(victim)), by)
			if name == "phone" { // one network gets three codes an hour for a phone
				d.mustAsk(called(phone(victim)), by)
			}
			d.advance(code.Cooldown)
			_, err := d.ask(called(phone(victim)), by)
			d.expect(err, code.TooMany)
			_, err = d.ask(phone(victim), by)
			d.expect(err, code.TooMany)
		})
	}
}

// TestCallCostsItsOwnPrice: a call takes from the budget of money what a call costs.
func TestCallCostsItsOwnPrice(t *testing.T) {
	t.Parallel()
	p := newFunds(t, "20.00/1d", "0.05", "0.05")
	ofSMS := p.Cost
	p.Cost = func(m sms.Message) price.Amount {
		if m.Voice {
			return 300_000
		}
		return ofSMS(m)
	}
	d := newDesk(t, moneyLimits(p))
	by := from("192.0.2.0/24")
	d.mustAsk(phone(victim), by)
	if got := d.spent("1d").String(); got != "0.05" {
		t.Errorf("an SMS costs %s", got)
	}
	d.mustAsk(called(phone(victim)), by)
	if got := d.spent("1d").String(); got != "0.35" {
		t.Errorf("an SMS and a call cost %s, want 0.35", got)
	}
	// A call that was certainly not made gives back its price.
	d.advance(time.Minute)
	down := errors.New("no connection")
	_, err := d.Send(t.Context(), called(phone(victim)), by,
		func(context.Context, string) (bool, error) { return false, down })
	if !errors.Is(err, down) {
		t.Fatal(err)
	}
	if got := d.spent("1d").String(); got != "0.35" {
		t.Errorf("after a call that was not made, %s are spent", got)
	}
}
