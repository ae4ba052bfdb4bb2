package code

import (
	"context"
	"slices"
	"time"

	"github.com/enroll-project/enroll/gen/db"
	"github.com/enroll-project/enroll/internal/identifier"
	"github.com/enroll-project/enroll/internal/price"
)

// UnknownCountry is the ISO 3166-1 code, reserved for users of the standard, for phones of no known country.
const UnknownCountry = "ZZ"

// country returns the country in which a code is counted, "" for a code by mail. It is computed from the address, so
// that no caller can count a code elsewhere.
func (to Destination) country() string {
	if to.Channel != Phone {
		return ""
	}
	return CountryOf(to.Address)
}

// CountryOf returns the country in which a phone in E.164 is counted: its ISO 3166-1 code, 001 for numbers of no
// country such as those of satellites, or ZZ.
func CountryOf(phone string) string {
	// An earlier release may have stored a phone that the present metadata do not know.
	if region := identifier.RegionOf(phone); region != "" {
		return region
	}
	return UnknownCountry
}

// State says who gets codes by SMS while the money of a window is spent.
type State string

// The states of a window.
const (
	Open      State = "open"      // all clients
	Countries State = "countries" // none for strangers in countries whose codes take money and are not used
	Networks  State = "networks"  // none for networks whose codes are not used
	Holders   State = "holders"   // only holders in networks that are known for their phones
	Gone      State = "gone"      // nobody
)

// Window is a budget of money and what is counted in it now.
type Window struct {
	Budget   price.Budget
	Currency string
	Spent    price.Amount
	Ends     time.Time // zero if nothing was spent in it
	State    State
}

// Windows returns the budgets of money in the order of their settings, and what is counted in them now. Without budgets
// it returns none.
func (s *Service) Windows(ctx context.Context) ([]Window, error) {
	m := s.limits.Money
	if m == nil {
		return nil, nil
	}
	var all []Window
	p := db.MoneyWindowsParams{Now: s.now()}
	for _, b := range m.Budgets {
		p.Keys = append(p.Keys, m.key(b))
		all = append(all, Window{Budget: b, Currency: m.Currency, State: Open})
	}
	rows, err := s.queries.MoneyWindows(ctx, p)
	if err != nil {
		return nil, err
	}
	for _, row := range rows {
		w := &all[slices.Index(p.Keys, row.Key)]
		w.Spent, w.Ends = price.Amount(row.Money), row.EndsAt
		w.State = stateOf(w.Spent, w.Budget)
	}
	return all, nil
}

// stateOf returns the state of a window. An SMS that costs more than is left below a threshold is refused earlier.
func stateOf(spent price.Amount, b price.Budget) State {
	switch percent := spent * 100 / b.Limit; {
	case percent >= 100:
		return Gone
	case percent >= provenPercent:
		return Holders
	case percent >= openPercent:
		return Networks
	case percent >= unusedPercent && b.Window <= day:
		return Countries
	}
	return Open
}

// Day is what codes to a country amounted to in a day, or in several days together.
type Day struct {
	Day     time.Time // midnight in UTC, zero for several days
	Country string
	Codes   int64 // counted in budgets and not given back, without those for phones that have no account
	Used    int64 // spent on this day
	Refused int64 // refused by a budget of money
}

// Days returns the counts of each day and country from a day on, sorted by both. An empty country is all countries.
func (s *Service) Days(ctx context.Context, since time.Time, country string) ([]Day, error) {
	rows, err := s.queries.SMSDays(ctx, db.SMSDaysParams{Since: since, Country: country})
	if err != nil {
		return nil, err
	}
	var all []Day
	for _, r := range rows {
		all = append(all, Day{r.Day, r.Country, r.Codes, r.Used, r.Refused})
	}
	return all, nil
}
