package main

import (
	"fmt"
	"log/slog"
	"slices"

	"github.com/enroll-project/enroll/internal/code"
	"github.com/enroll-project/enroll/internal/command"
	"github.com/enroll-project/enroll/internal/identifier"
	"github.com/enroll-project/enroll/internal/price"
	"github.com/enroll-project/enroll/internal/settings"
	"github.com/enroll-project/enroll/internal/sms"
	"github.com/enroll-project/enroll/internal/wording"
)

// newPrices reads the table of prices, and returns nil if none is set. The file is read once: a change of it takes
// effect at the next start. If a country that is served lacks a price, that is an error, because its messages would
// be counted at a price that may be too low.
func newPrices(c settings.Config) (*price.Table, error) {
	if c.SMSPrices == "" {
		return nil, nil
	}
	// All replicas must have the same file, or they count one message at two prices. This cannot be checked here.
	text, err := settings.ReadFile(c.SMSPrices)
	if err != nil {
		return nil, fmt.Errorf("ENROLL_SMS_PRICES: %w", err)
	}
	table, err := price.Parse(string(text), settings.PricedSenders())
	if err != nil {
		return nil, fmt.Errorf("ENROLL_SMS_PRICES: %w", err)
	}
	// Only what can be sent is compared: the table may have prices of providers that are not in use.
	for _, country := range pricedCountries(c) {
		// A call without a price of its own would be counted at that of an SMS, which is much lower.
		for _, sender := range append(c.SMS.For(country), callNames(c, country)...) {
			if _, known := table.Price(country, sender); !known { // check: price-of-served
				return nil, fmt.Errorf("ENROLL_SMS_PRICES: no line has the price of %s for the country %s",
					sender, orEvery(country))
			}
		}
	}
	// Networks whose codes are not redeemed may spend four fifths of a budget. If these cannot pay the dearest message,
	// the networks get no code for a phone of its country, not even after the time in Retry-After. All lines count:
	// holders of phones of a country that is not served, or has no senders of its own, get codes, too.
	dearest, parts := table.Dearest("", nil), price.Amount(1)
	if slices.ContainsFunc(c.SMS, func(one settings.SMSRoute) bool { return slices.Contains(textSenders(), one.Sender) }) {
		parts = wording.MaxSegments // which of its texts is the longest depends on sites and languages
	}
	for _, b := range c.SMSBudget {
		if !code.Pays(b, dearest*parts) { // check: budget-pays
			return nil, fmt.Errorf("ENROLL_SMS_BUDGET: four fifths of %s must pay a message of %d SMS, and the dearest of "+
				"ENROLL_SMS_PRICES costs %s %s", b.Limit, parts, dearest, table.Currency())
		}
		// A call has no parts. Without calls their lines have no effect.
		if call := table.DearestCall(); len(c.Voice) > 0 && !code.Pays(b, call) { // check: budget-pays-call
			return nil, fmt.Errorf("ENROLL_SMS_BUDGET: four fifths of %s must pay a call, and the dearest of "+
				"ENROLL_SMS_PRICES costs %s %s", b.Limit, call, table.Currency())
		}
	}
	return &table, nil
}

// pricedCountries returns the countries that need a price: those that are served, or, if all are, those with senders
// of their own and "" for all others.
func pricedCountries(c settings.Config) []string {
	// Other countries have no new users, and few messages.
	if served := c.ServedCountries(); served != nil {
		return served
	}
	// The line for * has the price of "".
	countries := []string{""}
	for _, one := range append(slices.Clone(c.SMS), c.Voice...) {
		if !slices.Contains(countries, one.Country) {
			countries = append(countries, one.Country)
		}
	}
	return countries
}

// callNames returns the names under which the senders of calls to a country have prices.
func callNames(c settings.Config, country string) (names []string) {
	for _, sender := range c.Voice.For(country) {
		names = append(names, price.Call(sender))
	}
	return names
}

// orEvery returns how the table of prices writes a country, so that an operator can copy it from an error into
// the table.
func orEvery(country string) string {
	if country == "" {
		return "*"
	}
	return country
}

// moneyOf returns the budgets of money for a command that reads them, nil if none is set. A mistake in the file of
// prices is an error here as at the start of the service.
func moneyOf(c settings.Config, log *slog.Logger) (*code.Money, error) {
	// Without prices there can be no budget, and newMoney returns nil.
	prices, err := newPrices(c)
	if err != nil {
		return nil, err
	}
	// The lengths of texts are not needed, because nothing is sent.
	return newMoney(c, prices, nil, log), nil
}

// textSenders are the senders that send the texts of Enroll, and have a price for each SMS that a text needs. The words
// of the others are at the provider or in the operator's program, so their prices are those of a whole message.
func textSenders() []string { return []string{"twilio", "sns", "vonage"} }

// priceOf returns what a message costs with one sender.
// A price that is missing counts as the dearest of the table, as in the budgets.
func priceOf(prices *price.Table, texts sms.Texts, m sms.Message, sender string) price.Amount {
	one := prices.Dearest(m.Country, []string{sender})
	if slices.Contains(textSenders(), sender) {
		return one * price.Amount(texts.Parts(m)) // check: price-parts
	}
	return one
}

// newMoney returns the budgets of money, or nil if none is set. prices is not nil if one is.
func newMoney(
	c settings.Config, prices *price.Table, words *wording.Words, log *slog.Logger,
) *code.Money {
	// Package settings has refused a budget without prices.
	if len(c.SMSBudget) == 0 {
		return nil
	}
	// The lines for phones and the operator's own texts make a message longer, so the price is that of the whole text.
	texts := command.NewTexts(c, words)
	// The country is computed from the phone and not taken from the request, so that the price is that of the number
	// to which the message goes, and so that no caller can leave it out.
	money := &code.Money{
		Currency: prices.Currency(), Budgets: c.SMSBudget,
		// Holders of phones of a country that is no longer served get codes, too. Without a line that fits, their
		// messages are counted as the dearest of the table.
		Cost: func(m sms.Message) price.Amount {
			m.Country = identifier.RegionOf(m.Phone)
			senders := c.SMS.For(m.Country)
			// A call has one price, however long its text is.
			// Without a call to the country, a request for one is refused before its price matters.
			if m.Voice {
				senders = callNames(c, m.Country)
			}
			// Without a sender it is the price for a country that is no longer served.
			most := prices.Dearest(m.Country, senders)
			// A dear sender of one SMS may cost less than a cheap one of three, so the whole messages are compared.
			for _, sender := range senders {
				most = max(most, priceOf(prices, texts, m, sender))
			}
			return most
		},
	}
	// The alarms of a command are those of the service, whose log is watched.
	if log == nil {
		return money
	}
	// The line has no phone and no network: the alarm is about all messages of a window.
	money.Alarm = func(a code.Alarm) {
		log.Warn("a part of the money for SMS is used up (docs/sms.md#money)", "percent", a.Percent,
			"window", a.Budget.Name(), "spent", a.Spent.String(), "limit", a.Budget.Limit.String(),
			"currency", a.Currency, "until", a.Until.UTC())
	}
	return money
}
