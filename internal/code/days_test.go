package code_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/enroll-project/enroll/gen/db"
	"github.com/enroll-project/enroll/internal/code"
)

// days returns the counts of all days, with a line such as "2026-11-28 CN 3 1 0" for each.
func (d *desk) days() (all []string) {
	d.Helper()
	rows, err := d.Days(d.Context(), time.Time{}, "")
	fatal(d.T, err)
	for _, r := range rows {
		all = append(all, fmt.Sprintf("%s %s %d %d %d", r.Day.Format(time.DateOnly), r.Country, r.Codes, r.Used, r.Refused))
	}
	return all
}

// TestDays: codes count on the day and for the country of their phone, over all replicas. One that was certainly not
// sent is given back, one that was refused for another reason than the money does not count, and one that is used
// counts at once. Codes by mail do not count.
func TestDays(t *testing.T) {
	t.Parallel()
	p := newFunds(t, "0.25/1h", "0.05", "0.05")
	d := newDesk(t, moneyLimits(p))
	other := d.twin(moneyLimits(p))
	wants := func(want ...string) {
		t.Helper()
		if got := d.days(); !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	wants()
	typed, err := d.ask(number(1), home)
	fatal(t, err)
	_, err = d.ask(number(1), home)
	d.expect(err, code.TooSoon)
	_, err = other.ask(phone("+4915112345678"), stranger(1))
	fatal(t, err)
	_, err = other.ask(phone("+88216123456789"), stranger(2)) // of no country
	fatal(t, err)
	_, err = d.Send(t.Context(), number(2), stranger(3), func(context.Context, string) (bool, error) {
		return false, errors.New("no")
	})
	if err == nil {
		t.Error("a failed message succeeds")
	}
	mailed := code.Destination{Site: 1, Address: "a@example.com", Channel: code.Email, Purpose: code.ForRegister}
	_, err = d.ask(mailed, home)
	fatal(t, err)
	wants("2026-11-28 001 1 0 0", "2026-11-28 CN 1 0 0", "2026-11-28 DE 1 0 0")
	fatal(t, d.redeem(number(1), home, typed))
	wants("2026-11-28 001 1 0 0", "2026-11-28 CN 1 1 0", "2026-11-28 DE 1 0 0")
	for want, replica := range []*desk{d, other} { // nothing is moved twice
		n, err := db.New(replica.pool).FoldSMSUses(t.Context())
		if err != nil || n != int64(1-want) {
			t.Errorf("moved %d, %v", n, err)
		}
	}
	wants("2026-11-28 001 1 0 0", "2026-11-28 CN 1 1 0", "2026-11-28 DE 1 0 0")
	_, err = d.ask(number(3), stranger(4))
	fatal(t, err)
	_, err = d.ask(number(4), stranger(5)) // 0.20 are spent: all that strangers may spend
	d.expect(err, code.TooMany)
	d.advance(12 * time.Hour)
	d.mustAsk(number(5), stranger(6))
	wants("2026-11-28 001 1 0 0", "2026-11-28 CN 2 1 1", "2026-11-28 DE 1 0 0", "2026-11-29 CN 1 0 0")
	if got, err := d.Days(t.Context(), time.Date(2026, 11, 29, 0, 0, 0, 0, time.UTC), "CN"); err != nil || len(got) != 1 {
		t.Errorf("of a day and a country: %v, %v", got, err)
	}
}

// TestWindows: a window has what is spent in it and who still gets codes.
func TestWindows(t *testing.T) {
	t.Parallel()
	p := newFunds(t, "1.00/1h,100.00/1d", "0.10", "0.10")
	d := newDesk(t, moneyLimits(p))
	opened := d.now()
	wants := func(spent string, state code.State, ends time.Time) {
		t.Helper()
		got, err := d.Windows(t.Context())
		fatal(t, err)
		if len(got) != 2 || got[0].Spent.String() != spent || got[0].State != state || !got[0].Ends.Equal(ends) ||
			got[0].Currency != "CNY" || got[1].State != code.Open {
			t.Errorf("%+v", got)
		}
	}
	wants("0.00", code.Open, time.Time{})
	for i, state := range []code.State{
		code.Open, code.Open, code.Open, code.Open, code.Countries, code.Countries, code.Countries, code.Networks,
	} {
		_, err := d.ask(number(i), stranger(i))
		fatal(t, err)
		wants(fmt.Sprintf("0.%d0", i+1), state, opened.Add(time.Hour))
	}
	for percent, state := range map[int]code.State{90: code.Holders, 100: code.Gone, 105: code.Gone} {
		d.exec("UPDATE budgets SET money = $1 WHERE key = 'CNY 1h'", percent*10_000)
		wants(fmt.Sprintf("%d.%02d", percent/100, percent%100), state, opened.Add(time.Hour))
	}
	d.advance(time.Hour)
	wants("0.00", code.Open, time.Time{})
	if got, err := newDesk(t, code.Limits{}).Windows(t.Context()); err != nil || got != nil {
		t.Errorf("without budgets: %v, %v", got, err)
	}
}
