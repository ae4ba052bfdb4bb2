package code_test

import (
	"cmp"
	"testing"
	"time"
)

// TestUnusedCountry: a country counts as unused from 20 codes of yesterday and today on, if fewer than a fifth of
// them were used and the others cost a quarter of what the budget allows in a day. It matters only once half of the
// money is spent, or 24 SMS of a small amount, but no more than of other countries.
func TestUnusedCountry(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		days  string // before today, codes, used
		money int    // in percent
		sent  bool
		price string // "" for 0.0125 of a budget of 1.00 a day, so that 20 SMS cost a quarter
		hour  bool   // the budget is one of an hour
	}{
		"few codes":               {"(0, 19, 0)", 50, true, "", false},
		"none of 20 used":         {"(0, 20, 0)", 50, false, "", false},
		"a fifth used":            {"(0, 30, 6)", 50, true, "", false},
		"less than a fifth used":  {"(0, 30, 5)", 50, false, "", false},
		"19 unused":               {"(0, 20, 1)", 50, true, "", false},
		"yesterday counts":        {"(1, 20, 0)", 50, false, "", false},
		"both days count":         {"(1, 100, 40), (0, 50, 0)", 50, true, "", false},
		"the day before does not": {"(2, 20, 0)", 50, true, "", false},
		"before half of it":       {"(0, 20, 0)", 48, true, "", false},
		// A budget of 40 SMS: 24 are left to the country, which is more than half.
		"24 SMS":       {"(0, 20, 0)", 57, true, "0.025", false},
		"more than 24": {"(0, 20, 0)", 58, false, "0.025", false},
		// A budget of 25 SMS: four fifths are 20, which is less than 24.
		"four fifths":           {"(0, 20, 0)", 76, true, "0.04", false},
		"more than four fifths": {"(0, 20, 0)", 77, false, "0.04", false},
		// A budget of an hour allows 24 times as much in a day, of which a quarter pays 480 SMS.
		"an hour, 479 codes": {"(0, 479, 0)", 50, true, "", true},
		"an hour, 480 codes": {"(0, 480, 0)", 50, false, "", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cost, window := cmp.Or(c.price, "0.0125"), "1d"
			if c.hour {
				window = "1h"
			}
			p := newFunds(t, "1.00/"+window, cost, cost)
			d := newDesk(t, moneyLimits(p))
			d.exec("INSERT INTO sms_days (day, country, codes, used) "+
				"SELECT $1::date - ago, 'CN', codes, used FROM (VALUES "+c.days+") AS v (ago, codes, used)", d.now())
			d.exec("INSERT INTO budgets (scope, key, ends_at, used, redeemed, money) "+
				"VALUES ('sms_money', 'CNY ' || $3, $1, 1, 0, $2)", d.now().Add(time.Hour), c.money*10_000, window)
			if _, err := d.ask(number(1), stranger(1)); (err == nil) != c.sent {
				t.Errorf("sent: %v, want %v", err, c.sent)
			}
		})
	}
}

// TestReceiptsDecideNothing: delivery receipts neither close a country whose codes are used nor open one whose codes
// are not used.
func TestReceiptsDecideNothing(t *testing.T) {
	t.Parallel()
	for days, sent := range map[string]bool{"$1, 'CN', 30, 6": true, "$1, 'CN', 20, 0": false} {
		for _, receipts := range []string{"0, 1000, 0", "0, 0, 1000", "1000, 0, 0"} {
			t.Run(days+"; "+receipts, func(t *testing.T) {
				t.Parallel()
				p := newFunds(t, "1.00/1d", "0.0125", "0.0125")
				d := newDesk(t, moneyLimits(p))
				d.exec("INSERT INTO sms_days (day, country, codes, used) VALUES ("+days+")", d.now())
				d.exec("INSERT INTO sms_receipt_days (day, country, sender, delivered, recipient_failed, failed) "+
					"VALUES ($1, 'CN', 'aliyun', "+receipts+")", d.now())
				d.exec("INSERT INTO budgets (scope, key, ends_at, used, redeemed, money) "+
					"VALUES ('sms_money', 'CNY 1d', $1, 1, 0, 500000)", d.now().Add(time.Hour))
				if _, err := d.ask(number(1), stranger(1)); (err == nil) != sent {
					t.Errorf("sent: %v, want %v", err, sent)
				}
			})
		}
	}
}

// TestThreeNetworksCloseNoCountry: people have used 10 codes, and half of the money is spent. Attackers in three
// networks request 19 codes each, which no watch on networks refuses, and use none. A person in another network gets a
// code nevertheless. In a window of more than a day, the codes of two days refuse nobody, however many are unused.
func TestThreeNetworksCloseNoCountry(t *testing.T) {
	t.Parallel()
	for window, unused := range map[string]int{"1h": 0, "1d": 0, "31d": 100_000} {
		t.Run(window, func(t *testing.T) {
			t.Parallel()
			p := newFunds(t, "50.00/"+window, "0.045", "0.045")
			d := newDesk(t, moneyLimits(p))
			d.exec("INSERT INTO sms_days (day, country, codes, used) VALUES ($1, 'CN', $2 + 10, 10)", d.now(), unused)
			d.exec("INSERT INTO budgets (scope, key, ends_at, used, redeemed, money) "+
				"VALUES ('sms_money', 'CNY ' || $2, $1, 1, 0, 30000000)", d.now().Add(time.Hour), window)
			for i := range 3 * 19 {
				_, err := d.ask(number(i), stranger(i%3))
				fatal(t, err)
			}
			_, err := d.ask(number(1000), stranger(1000))
			fatal(t, err)
		})
	}
}
