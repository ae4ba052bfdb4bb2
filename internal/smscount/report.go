package smscount

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/enroll-project/enroll/internal/code"
	"github.com/enroll-project/enroll/internal/price"
)

// Filter says what a report is about.
type Filter struct {
	// Days is the number of days with today (UTC), 1 to MaxDays.
	Days int
	// Country is one as code.CountryOf returns it, or "" for all.
	Country string
	// Sender is a name of ENROLL_SMS, or "" for all. With a sender the report has no codes, because a code is used
	// without a trace of its sender.
	Sender string
	// Daily is for a line for each day, and not one for all days.
	Daily bool
}

// Report is what SMS amounted to over some days.
type Report struct {
	// From and Until are the first and the last day, midnight in UTC.
	From, Until time.Time
	// Codes and Messages are sorted by day with Filter.Daily, and else by their size.
	Codes    []code.Day
	Messages []Day
	// Receipts are what providers have said since, in the same order. It is empty if no receipts come.
	Receipts []ReceiptDay
	// Costs are the sums of Messages.
	Costs []Cost
	// Windows are all budgets as they are now. The filter does not apply to them.
	Windows []code.Window
}

// Cost is what messages cost in one currency.
type Cost struct {
	Currency string
	Amount   price.Amount
}

// Report returns what all replicas have counted. Messages of the last minute may be missing. codes must have the
// budgets of money that are set; the report has their windows. The queries see the counts at different moments, so
// sums may differ by messages that are sent meanwhile.
func (c *Counter) Report(ctx context.Context, codes *code.Service, f Filter) (r Report, err error) {
	now := c.now().UTC()
	// Today is a part of the report, although it is not over.
	r.Until = time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, time.UTC)
	r.From = r.Until.AddDate(0, 0, 1-f.Days)
	if f.Sender == "" {
		if r.Codes, err = codes.Days(ctx, r.From, f.Country); err != nil {
			return Report{}, err
		}
	}
	if r.Messages, err = c.Days(ctx, r.From, f.Country, f.Sender); err != nil {
		return Report{}, err
	}
	if r.Receipts, err = c.ReceiptDays(ctx, r.From, f.Country, f.Sender); err != nil {
		return Report{}, err
	}
	if r.Windows, err = codes.Windows(ctx); err != nil {
		return Report{}, err
	}
	// Sums are made here and not by the database, because a year of them is a few thousand rows.
	if !f.Daily {
		r.Codes, r.Messages, r.Receipts = sumCodes(r.Codes), sumMessages(r.Messages), sumReceipts(r.Receipts)
	}
	// Amounts of two currencies are never added up, and messages of a time without prices cost nothing that is known.
	for _, m := range r.Messages {
		if m.Currency == "" {
			continue
		}
		i := slices.IndexFunc(r.Costs, func(s Cost) bool { return s.Currency == m.Currency })
		if i < 0 {
			i, r.Costs = len(r.Costs), append(r.Costs, Cost{Currency: m.Currency})
		}
		r.Costs[i].Amount += m.Cost
	}
	return r, nil
}

// Sent returns how many messages of the report the sender of a line of Receipts has taken, for its day and country.
// They can be fewer than those that were delivered: a receipt counts on the day on which it comes, and receipts of a
// whole account may be about messages of other programs. Messages that may arrive are left out, as they are a column of
// their own.
func (r Report) Sent(line ReceiptDay) (n int64) {
	for _, m := range r.Messages {
		// A change of the currency makes two lines of messages.
		if m.Day.Equal(line.Day) && m.Country == line.Country && m.Sender == line.Sender {
			n += m.Sent
		}
	}
	return n
}

// sumReceipts adds up the days of each country and sender. Those with most receipts come first.
func sumReceipts(days []ReceiptDay) []ReceiptDay {
	sums := map[[2]string]ReceiptDay{}
	for _, d := range days {
		at := [2]string{d.Country, d.Sender}
		s := sums[at]
		sums[at] = ReceiptDay{
			Country: d.Country, Sender: d.Sender, Delivered: s.Delivered + d.Delivered,
			RecipientFailed: s.RecipientFailed + d.RecipientFailed, NotDelivered: s.NotDelivered + d.NotDelivered,
			Unknown: s.Unknown + d.Unknown,
		}
	}
	// Lines of the same size are in the order of their names, so that two reports can be compared.
	var all []ReceiptDay
	for _, s := range sums {
		all = append(all, s)
	}
	slices.SortFunc(all, func(a, b ReceiptDay) int {
		return cmp.Or(cmp.Compare(b.total(), a.total()), cmp.Compare(a.Country, b.Country), cmp.Compare(a.Sender, b.Sender))
	})
	return all
}

// sumCodes adds up the days of each country. Countries with most codes come first.
func sumCodes(days []code.Day) []code.Day {
	sums := map[string]code.Day{}
	for _, d := range days {
		s := sums[d.Country]
		sums[d.Country] = code.Day{
			Country: d.Country, Codes: s.Codes + d.Codes, Used: s.Used + d.Used, Refused: s.Refused + d.Refused,
		}
	}
	var all []code.Day
	for _, s := range sums {
		all = append(all, s)
	}
	slices.SortFunc(all, func(a, b code.Day) int {
		return cmp.Or(cmp.Compare(b.Codes, a.Codes), cmp.Compare(a.Country, b.Country))
	})
	return all
}

// sumMessages adds up the days of each country, sender and currency. The dearest lines come first.
func sumMessages(days []Day) []Day {
	c := Counter{counts: map[key]Day{}}
	for _, d := range days {
		d.Day = time.Time{}
		c.merge(d)
	}
	var all []Day
	for _, d := range c.counts {
		all = append(all, d)
	}
	slices.SortFunc(all, func(a, b Day) int {
		return cmp.Or(cmp.Compare(b.Cost, a.Cost), cmp.Compare(b.Sent, a.Sent), cmp.Compare(a.Country, b.Country),
			cmp.Compare(a.Sender, b.Sender), cmp.Compare(a.Currency, b.Currency))
	})
	return all
}
