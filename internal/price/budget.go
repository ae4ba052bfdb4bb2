package price

import (
	"errors"
	"strconv"
	"strings"
	"time"
)

// Budget is the most that may be spent within a window. The window begins with the first message that is counted and
// not at midnight, so that the time of day does not tell an attacker when the budget is whole again.
type Budget struct {
	Limit  Amount
	Window time.Duration // 1h to 31 days, whole hours
}

// maxBudgets bounds the budgets of a deployment: each is one more row that a message locks.
const maxBudgets = 4

var errBudgets = errors.New("price: budgets must be amounts and windows such as 50.00/1d,5.00/1h: at most four, " +
	"each with another window of 1h to 31d")

// ParseBudgets parses budgets such as 50.00/1d,5.00/1h. A window is a number of hours (h) or days (d). An
// amount of 0 is refused: it could mean nothing at all or no bound.
func ParseBudgets(text string) (all []Budget, err error) {
	// A space is refused as a part of an amount or of a window.
	for one := range strings.SplitSeq(text, ",") {
		limit, window, _ := strings.Cut(one, "/")
		var b Budget
		if b.Limit, err = ParseAmount(limit); err != nil || b.Limit == 0 {
			return nil, errBudgets
		}
		if b.Window, err = parseWindow(window); err != nil {
			return nil, err
		}
		// Of two amounts for one window the larger has no effect, so one of them is a mistake. 24h is the window 1d.
		for _, other := range all {
			if other.Window == b.Window {
				return nil, errBudgets
			}
		}
		all = append(all, b)
	}
	if len(all) > maxBudgets {
		return nil, errBudgets
	}
	return all, nil
}

// parseWindow parses a window such as 1h or 31d.
func parseWindow(text string) (time.Duration, error) {
	// time.ParseDuration knows no days. It would also accept minutes, and a window of minutes bounds little: the whole
	// amount could be spent in each of them.
	digits := strings.TrimRight(text, "hd")
	n, err := strconv.Atoi(digits)
	// The text is written again to see that it has no sign, leading zero or second unit.
	if err != nil || n < 1 || n > 31*24 || text != strconv.Itoa(n)+"h" && text != strconv.Itoa(n)+"d" {
		return 0, errBudgets
	}
	window := time.Duration(n) * time.Hour
	if strings.HasSuffix(text, "d") {
		window *= 24
	}
	if window > 31*24*time.Hour {
		return 0, errBudgets
	}
	return window, nil
}

// Name returns the window in days if it is a whole number of them, such as 1d, and otherwise in hours, such as 5h. It
// is a label of metrics and a part of keys in the database, so 24h and 1d must have the same name.
func (b Budget) Name() string {
	hours := int(b.Window / time.Hour)
	if hours%24 == 0 {
		return strconv.Itoa(hours/24) + "d"
	}
	return strconv.Itoa(hours) + "h"
}
