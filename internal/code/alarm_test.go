package code_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/enroll-project/enroll/test/pgtest"
)

// TestAlarmsOfCommands: a process without a log, such as a command, counts money and raises no alarm. The next message
// of a service does, or the service within a minute, if the part is spent. Of two replicas one raises it.
func TestAlarmsOfCommands(t *testing.T) {
	t.Parallel()
	p, silent := newFunds(t, "1.00/1h", "0.10", "0.10"), newFunds(t, "1.00/1h", "0.10", "0.10")
	silent.Alarm = nil
	d := newDesk(t, moneyLimits(p))
	other, command := d.twin(moneyLimits(p)), d.twin(moneyLimits(silent))
	wants := func(want ...int) {
		t.Helper()
		if got := p.percents("1h"); !slices.Equal(got, want) {
			t.Errorf("alarms %v, want %v", got, want)
		}
	}
	ask := func(by *desk, numbers ...int) {
		t.Helper()
		for _, n := range numbers {
			_, err := by.ask(number(n), stranger(n))
			fatal(t, err)
		}
	}
	observe := func(all ...*desk) {
		t.Helper()
		for _, by := range all {
			fatal(t, by.ObserveMoney(t.Context()))
		}
	}
	ask(command, 1, 2, 3, 4, 5) // the sixth does not fit below 50 %
	wants()
	observe(command)
	wants()
	observe(other, d, other)
	wants(50)
	ask(command, 6, 7)
	ask(d, 8)
	wants(80)
	observe(d, other)
	wants()
	// In the next window all alarms come again.
	d.advance(time.Hour)
	other.advance(time.Hour)
	observe(d, other)
	wants()
	ask(d, 11, 12, 13, 14, 15)
	wants(50)
	observe(d, other)
	wants()
}

// TestAlarmOfALostAnswer: the answer about the message that has used a part up was lost, so its process knows of no
// alarm. Of the other replicas one raises it.
func TestAlarmOfALostAnswer(t *testing.T) {
	t.Parallel()
	p := newFunds(t, "1.00/1h", "0.10", "0.10")
	d := newDesk(t, moneyLimits(p))
	_, err := d.ask(number(1), stranger(1))
	fatal(t, err)
	d.exec("UPDATE budgets SET money = 1000000 WHERE scope = 'sms_money'") // with the lost one
	// Both have read that no alarm was raised before one of them raises it.
	other := d.twin(moneyLimits(p))
	holder, err := d.pool.Begin(t.Context())
	fatal(t, err)
	defer func() { _ = holder.Rollback(context.WithoutCancel(t.Context())) }() // if the test ends early
	_, err = holder.Exec(t.Context(), "SELECT FROM budgets WHERE scope = 'sms_money' FOR UPDATE")
	fatal(t, err)
	results := pgtest.Blocked(t, d.pool, func() error { return d.ObserveMoney(t.Context()) },
		func() error { return other.ObserveMoney(t.Context()) })
	fatal(t, holder.Rollback(t.Context()))
	fatal(t, results())
	if got := p.percents("1h"); !slices.Equal(got, []int{100}) {
		t.Errorf("alarms %v", got)
	}
}
