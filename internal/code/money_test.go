package code_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/enroll-project/enroll/internal/code"
	"github.com/enroll-project/enroll/internal/price"
	"github.com/enroll-project/enroll/internal/sms"
)

// funds has budgets of money and the alarms that were raised.
type funds struct {
	code.Money
	mu     sync.Mutex
	raised []code.Alarm
}

// newFunds returns budgets such as 5.00/1h, and a price for phones of China and one for all others.
func newFunds(t *testing.T, budgets, china, others string) *funds {
	t.Helper()
	amount := func(text string) price.Amount {
		a, err := price.ParseAmount(text)
		fatal(t, err)
		return a
	}
	all, err := price.ParseBudgets(budgets)
	fatal(t, err)
	p := &funds{}
	cheap, dear := amount(china), amount(others)
	p.Money = code.Money{
		Currency: "CNY", Budgets: all,
		Cost: func(m sms.Message) price.Amount {
			if m.Phone[:3] == "+86" {
				return cheap
			}
			return dear
		},
		Alarm: func(a code.Alarm) {
			p.mu.Lock()
			defer p.mu.Unlock()
			p.raised = append(p.raised, a)
		},
	}
	return p
}

// percents returns the alarms of a window since the last call.
func (p *funds) percents(window string) (all []int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.raised = slices.DeleteFunc(p.raised, func(a code.Alarm) bool {
		if a.Budget.Name() == window {
			all = append(all, a.Percent)
		}
		return a.Budget.Name() == window
	})
	return all
}

// spent returns the money that is counted in a window.
func (d *desk) spent(window string) price.Amount {
	d.Helper()
	var n int64
	fatal(d.T, d.pool.QueryRow(d.Context(),
		"SELECT coalesce(max(money), 0) FROM budgets WHERE scope = 'sms_money' AND key = 'CNY ' || $1 AND ends_at > $2",
		window, d.now()).Scan(&n))
	return price.Amount(n)
}

// moneyLimits are limits of which only the money refuses a request of these tests.
func moneyLimits(p *funds) code.Limits { return code.Limits{SMSPerNetwork: 1000, Money: &p.Money} }

// number returns a phone of China, each with a prefix of its own.
func number(n int) code.Destination { return phone(fmt.Sprintf("+86138%08d", n)) }

// TestMoneyOfEachStanding: networks whose codes are not redeemed may spend four fifths of a budget, those whose codes
// are redeemed nine tenths, and a holder in a known network all of it. The answer says when the window ends.
func TestMoneyOfEachStanding(t *testing.T) {
	t.Parallel()
	p := newFunds(t, "5.00/1h", "0.05", "0.05")
	d := newDesk(t, moneyLimits(p))
	holder := number(1)
	fatal(t, d.redeem(holder, home, d.mustAsk(holder, home)))
	d.usedIn("CN")
	proven := from("203.0.112.0/24")
	fatal(t, d.redeem(number(2), proven, d.mustAsk(number(2), proven)))
	d.advance(2 * time.Hour) // home and proven stay so for a day and longer
	n := 10
	spend := func(by code.Origin, most int) (sent int) {
		for range most {
			n++
			if _, err := d.ask(number(n), by); err != nil {
				d.expect(err, code.TooMany)
				continue
			}
			sent++
		}
		return sent
	}
	p.percents("1h")
	opened := d.now()
	strangers := 0
	for i := range 20 {
		strangers += spend(stranger(i), 10)
	}
	if strangers != 80 || d.spent("1h").String() != "4.00" {
		t.Errorf("strangers had %d sent, %s", strangers, d.spent("1h"))
	}
	if got := p.percents("1h"); !slices.Equal(got, []int{50, 80}) {
		t.Errorf("alarms %v", got)
	}
	sent := spend(proven, 20)
	if sent != 5 { // then fewer than a fifth of its codes are redeemed
		t.Errorf("a network with redeemed codes had %d sent", sent)
	}
	for i := range 3 {
		other := from(fmt.Sprintf("203.0.11%d.0/24", i+3))
		d.exec("INSERT INTO budgets (scope, key, ends_at, used, redeemed) VALUES ('network_day', $1, $2, 10, 10)",
			other.Network, d.now().Add(time.Hour))
		sent += spend(other, 20)
	}
	if sent != 10 || d.spent("1h").String() != "4.50" {
		t.Errorf("networks with redeemed codes had %d sent, %s", sent, d.spent("1h"))
	}
	for i := range 10 { // holders
		by := from(fmt.Sprintf("198.51.100.%d/32", i))
		d.exec("INSERT INTO budgets (scope, key, ends_at, used, redeemed) "+
			"SELECT 'asker_known', left(key, 32) || '/' || $1, $2, 1, 0 FROM budgets WHERE scope = 'asker_known' LIMIT 1",
			by.Subnet, d.now().Add(time.Hour))
		d.advance(code.Cooldown)
		if i < 5 {
			_, err := d.ask(holder, by)
			fatal(t, err)
		}
	}
	for i := range 5 { // others of the ten: five are what a subnet of a holder may have in an hour
		by := from(fmt.Sprintf("198.51.100.%d/32", i+5))
		d.advance(code.Cooldown)
		_, err := d.ask(holder, by)
		fatal(t, err)
	}
	if got := p.percents("1h"); d.spent("1h").String() != "5.00" || !slices.Equal(got, []int{100}) {
		t.Errorf("%s are spent, alarms %v", d.spent("1h"), got)
	}
	d.advance(code.Cooldown)
	_, err := d.ask(holder, home)
	refusal := new(code.Refusal)
	left := opened.Add(time.Hour).Sub(d.now())
	if !errors.As(err, &refusal) || refusal.Why != code.TooMany || refusal.RetryAfter != left {
		t.Errorf("with nothing left: %v after %v", err, refusal.RetryAfter)
	}
	d.advance(refusal.RetryAfter)
	_, err = d.ask(holder, home)
	fatal(t, err)
	_, err = d.ask(number(9999), stranger(1))
	fatal(t, err)
}

// exec runs a statement.
func (d *desk) exec(sql string, args ...any) {
	d.Helper()
	_, err := d.pool.Exec(d.Context(), sql, args...)
	fatal(d.T, err)
}

// usedIn makes a country one whose codes are used.
func (d *desk) usedIn(country string) {
	d.Helper()
	d.exec("INSERT INTO sms_days (day, country, codes, used) VALUES ($1, $2, 10000, 10000) "+
		"ON CONFLICT ON CONSTRAINT sms_days_pk DO UPDATE SET codes = 10000, used = 10000", d.now().UTC(), country)
}

// TestMoneyIsGivenBack: a message that was certainly not sent costs nothing, one that may arrive costs its price. What
// was taken in a window that has ended is not given back in the next one.
func TestMoneyIsGivenBack(t *testing.T) {
	t.Parallel()
	p := newFunds(t, "1.00/1d,0.50/1h", "0.045", "0.10")
	d := newDesk(t, moneyLimits(p))
	failure := errors.New("no")
	send := func(n int, handed bool, during func()) {
		t.Helper()
		_, err := d.Send(t.Context(), number(n), stranger(n), func(context.Context, string) (bool, error) {
			during()
			return handed, failure
		})
		if !errors.Is(err, failure) {
			t.Errorf("got %v", err)
		}
	}
	wants := func(hour, day string) {
		t.Helper()
		if d.spent("1h").String() != hour || d.spent("1d").String() != day {
			t.Errorf("%s of the hour, %s of the day, want %s and %s", d.spent("1h"), d.spent("1d"), hour, day)
		}
	}
	send(1, false, func() { wants("0.045", "0.045") })
	wants("0.00", "0.00")
	send(2, true, func() {})
	wants("0.045", "0.045")
	send(3, false, func() {
		d.advance(time.Hour)
		_, err := d.ask(number(4), stranger(4))
		fatal(t, err)
	})
	wants("0.045", "0.09")
}

// TestMoneyByPrice: each message counts what it costs, and a dear one is refused while a cheap one is sent. What costs
// nothing is not counted.
func TestMoneyByPrice(t *testing.T) {
	t.Parallel()
	p := newFunds(t, "1.00/1h", "0.10", "0.35")
	d := newDesk(t, moneyLimits(p))
	abroad := func(n int) code.Destination { return phone(fmt.Sprintf("+49151%08d", n)) }
	for i := range 2 {
		_, err := d.ask(abroad(i), stranger(i))
		fatal(t, err)
	}
	_, err := d.ask(abroad(2), stranger(2))
	d.expect(err, code.TooMany)
	_, err = d.ask(number(3), stranger(3))
	fatal(t, err)
	_, err = d.ask(number(4), stranger(4))
	d.expect(err, code.TooMany)
	if got := d.spent("1h").String(); got != "0.80" {
		t.Errorf("%s were spent", got)
	}
	free := newFunds(t, "1.00/1h", "0", "0")
	d = newDesk(t, moneyLimits(free))
	d.mustAsk(number(1), home)
	if n := d.count("budgets WHERE scope LIKE 'sms_money%'"); n != 0 {
		t.Errorf("%d rows count money though messages are free", n)
	}
}

// TestMoneyOfANetwork: one network may spend a sixteenth of a budget, two messages at least, and with clients in known
// networks a fourteenth.
func TestMoneyOfANetwork(t *testing.T) {
	t.Parallel()
	p := newFunds(t, "11.20/1d,1.00/1h", "0.10", "0.10")
	p.Budgets = p.Budgets[:1]
	d := newDesk(t, moneyLimits(p))
	holder := number(1)
	fatal(t, d.redeem(holder, home, d.mustAsk(holder, home)))
	sent := 0
	for i := range 20 {
		if _, err := d.ask(number(100+i), home); err == nil {
			sent++
		}
	}
	if sent != 6 { // beside that of the holder
		t.Errorf("a network had %d sent", sent)
	}
	d.mustAsk(holder, home)
	d.advance(code.Cooldown)
	_, err := d.ask(holder, home)
	d.expect(err, code.TooMany)

	// For phones of a country whose codes are not used, it is a 32nd.
	p = newFunds(t, "11.20/1d", "0.10", "0.10")
	d = newDesk(t, moneyLimits(p))
	d.exec("INSERT INTO sms_days (day, country, codes) VALUES ($1, 'CN', 20)", d.now().UTC())
	sent = 0
	for i := range 20 {
		if _, err := d.ask(number(i), home); err == nil {
			sent++
		}
	}
	if sent != 3 {
		t.Errorf("a network had %d sent to a country whose codes are not used", sent)
	}

	p = newFunds(t, "1.00/1h", "0.10", "0.10")
	d = newDesk(t, moneyLimits(p))
	for i := range 2 {
		_, err := d.ask(number(i), home)
		fatal(t, err)
	}
	_, err = d.ask(number(3), home)
	d.expect(err, code.TooMany)
}

// TestMoneyIsMeasured: the metrics have what all replicas have counted, and lose it when the window ends. The price of
// a captcha rises with the money.
func TestMoneyIsMeasured(t *testing.T) {
	t.Parallel()
	p := newFunds(t, "1.00/1h", "0.20", "0.20")
	registry := prometheus.NewRegistry()
	d := newDeskOn(t, moneyLimits(p), registry)
	other := d.twin(moneyLimits(p))
	wants := func(name string, want float64) {
		t.Helper()
		families, err := registry.Gather()
		fatal(t, err)
		for _, family := range families {
			if family.GetName() == name {
				m := family.GetMetric()[0]
				if got := m.GetGauge().GetValue() + m.GetCounter().GetValue(); got != want {
					t.Errorf("%s is %v, want %v", name, got, want)
				}
				return
			}
		}
		t.Errorf("no %s", name)
	}
	wants("enroll_sms_budget_limit", 1)
	wants("enroll_sms_budget_spent", 0)
	for i := range 3 {
		_, err := d.ask(number(i), stranger(i))
		fatal(t, err)
	}
	wants("enroll_sms_budget_spent", 0.6)
	if got, err := d.Pressure(t.Context(), home); err != nil || got != 0.5 {
		t.Errorf("with three quarters of what strangers may spend: pressure %v, %v", got, err)
	}
	_, err := other.ask(number(4), stranger(4))
	fatal(t, err)
	wants("enroll_sms_budget_spent", 0.6)
	fatal(t, d.ObserveMoney(t.Context()))
	wants("enroll_sms_budget_spent", 0.8)
	_, err = d.ask(number(5), stranger(5))
	d.expect(err, code.TooMany)
	wants("enroll_sms_budget_refusals_total", 1)
	d.advance(time.Hour)
	fatal(t, d.ObserveMoney(t.Context()))
	wants("enroll_sms_budget_spent", 0)
}

// TestMoneyAtOnce: two replicas that send at the same time do not exceed the money, and raise each alarm once.
func TestMoneyAtOnce(t *testing.T) {
	t.Parallel()
	p := newFunds(t, "1.00/1h", "0.05", "0.05")
	d := newDesk(t, moneyLimits(p))
	replicas := []*desk{d, d.twin(moneyLimits(p))}
	var wait sync.WaitGroup
	for i := range 60 {
		wait.Go(func() { _, _ = replicas[i%2].ask(number(i), stranger(i)) })
	}
	wait.Wait()
	if sent := len(replicas[0].sent) + len(replicas[1].sent); sent != 16 || d.spent("1h").String() != "0.80" {
		t.Errorf("%d were sent for %s, want 16 for 0.80", sent, d.spent("1h"))
	}
	// The two replicas raise them in any order.
	if got := slices.Sorted(slices.Values(p.percents("1h"))); !slices.Equal(got, []int{50, 80}) {
		t.Errorf("alarms %v", got)
	}
}
