package code_test

import (
	"cmp"
	"testing"
	"time"
)

// TestUnusedCountry: a country counts as unused from 20 codes of yesterday and today on, if fewer than a fifth of
// them were used, and only once half of the money is spent, or 24 SMS of a small amount, but no more than of other
// countries.
func TestUnusedCountry(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		days  string // before today, codes, used
		money int    // in percent
		sent  bool
		price string // "" for a hundredth of the budget
	}{
		"few codes":               {"(0, 19, 0)", 50, true, ""},
		"none of 20 used":         {"(0, 20, 0)", 50, false, ""},
		"a fifth used":            {"(0, 20, 4)", 50, true, ""},
		"less than a fifth used":  {"(0, 20, 3)", 50, false, ""},
		"yesterday counts":        {"(1, 20, 0)", 50, false, ""},
		"both days count":         {"(1, 100, 40), (0, 50, 0)", 50, true, ""},
		"the day before does not": {"(2, 20, 0)", 50, true, ""},
		"before half of it":       {"(0, 20, 0)", 48, true, ""},
		// A budget of 40 SMS: 24 are left to the country, which is more than half.
		"24 SMS":       {"(0, 20, 0)", 57, true, "0.025"},
		"more than 24": {"(0, 20, 0)", 58, false, "0.025"},
		// A budget of 25 SMS: four fifths are 20, which is less than 24.
		"four fifths":           {"(0, 20, 0)", 76, true, "0.04"},
		"more than four fifths": {"(0, 20, 0)", 77, false, "0.04"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cost := cmp.Or(c.price, "0.01")
			p := newFunds(t, "1.00/1h", cost, cost)
			d := newDesk(t, moneyLimits(p))
			d.exec("INSERT INTO sms_days (day, country, codes, used) "+
				"SELECT $1::date - ago, 'CN', codes, used FROM (VALUES "+c.days+") AS v (ago, codes, used)", d.now())
			d.exec("INSERT INTO budgets (scope, key, ends_at, used, redeemed, money) "+
				"VALUES ('sms_money', 'CNY 1h', $1, 1, 0, $2)", d.now().Add(time.Hour), c.money*10_000)
			if _, err := d.ask(number(1), stranger(1)); (err == nil) != c.sent {
				t.Errorf("sent: %v, want %v", err, c.sent)
			}
		})
	}
}
