package code_test

import (
	"testing"
	"time"

	"github.com/enroll-project/enroll/internal/code"
	"github.com/enroll-project/enroll/internal/price"
	"github.com/enroll-project/enroll/internal/sms"
)

// TestNoticesHaveTheirPart: notices may cost a tenth of each amount beyond it, and two SMS at least, and take nothing
// of what codes may cost. What was not sent is given back. Late notices have a tenth of their own in addition.
func TestNoticesHaveTheirPart(t *testing.T) {
	t.Parallel()
	p := newFunds(t, "2.00/1h,100.00/1d", "0.05", "0.30")
	d := newDesk(t, moneyLimits(p))
	charge := func(phone string, late, want bool) {
		t.Helper()
		_, ok, err := d.ChargeNotice(t.Context(), sms.Message{Phone: phone}, late)
		if err != nil || ok != want {
			t.Errorf("charged %v, %v, want %v", ok, err, want)
		}
	}
	notices := func(window, want string) {
		t.Helper()
		var n float64
		fatal(t, d.pool.QueryRow(t.Context(), "SELECT money::float8 / 1e6 FROM budgets WHERE scope = 'sms_money_notice' "+
			"AND key = 'CNY ' || $1 AND ends_at > $2", window, d.now()).Scan(&n))
		if got := priceOf(n); got != want {
			t.Errorf("notices of %s cost %s, want %s", window, got, want)
		}
	}
	for range 3 {
		charge(victim, false, true)
	}
	giveBack, ok, err := d.ChargeNotice(t.Context(), sms.Message{Phone: victim}, false)
	if err != nil || !ok {
		t.Fatalf("%v, %v", ok, err)
	}
	charge(victim, false, false)
	notices("1h", "0.20")
	fatal(t, giveBack(t.Context()))
	notices("1h", "0.15")
	notices("1d", "0.15")
	charge(victim, false, true)
	notices("1h", "0.20")
	for range 4 {
		charge(victim, true, true)
	}
	charge(victim, true, false)
	notices("1h", "0.20")
	if d.spent("1h") != 0 || len(d.days()) != 0 || d.count("one_time_codes") != 0 {
		t.Errorf("a notice counts as a code: %s, %q", d.spent("1h"), d.days())
	}
	if got := p.percents("1h"); len(got) != 0 {
		t.Errorf("alarms %v", got)
	}
	d.mustAsk(number(1), home)
	d.advance(time.Hour)
	charge("+4915112345678", false, true) // two of 0.30, although a tenth is 0.20
	charge("+4915112345678", false, true)
	charge("+4915112345678", false, false)
	free := newDesk(t, code.Limits{})
	giveBack, ok, err = free.ChargeNotice(t.Context(), sms.Message{Phone: victim}, false)
	if err != nil || !ok || giveBack(t.Context()) != nil {
		t.Errorf("without budgets: %v, %v", ok, err)
	}
	if n := free.count("budgets"); n != 0 {
		t.Errorf("%d rows without budgets", n)
	}
}

// priceOf returns an amount with two decimals.
func priceOf(n float64) string { return price.Amount(n*1e6 + 0.5).String() }
