package price

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Amount is money in millionths of a unit of the currency: 1 is 0.000001. Providers state prices with four or
// five decimals.
type Amount int64

const (
	decimals = 6
	unit     = 1_000_000
	// Max is the largest amount that is accepted. A hundred times as much is still an int64, so that percentages can
	// be computed.
	Max Amount = 1_000_000_000 * unit
)

var errAmount = errors.New("price: an amount must be digits, with a point and one to six decimals at most, " +
	"such as 0.045, and at most 1000000000")

// ParseAmount parses a decimal number such as 0.045 or 50.00. It accepts no sign, exponent or thousands
// separator, and no digits that it would have to round.
func ParseAmount(text string) (Amount, error) {
	whole, fraction, point := strings.Cut(text, ".")
	digits := whole + fraction
	// Eleven digits before the point are more than Max, and twenty digits would not fit an int64.
	if whole == "" || point && fraction == "" || len(fraction) > decimals || len(whole) > 10 || // check: price-rounded
		strings.Trim(digits, "0123456789") != "" {
		return 0, errAmount
	}
	// With its zeros the text is the number of millionths.
	n, err := strconv.ParseInt(digits+strings.Repeat("0", decimals-len(fraction)), 10, 64)
	if err != nil || Amount(n) > Max {
		return 0, errAmount
	}
	return Amount(n), nil
}

// String returns the amount with at least two decimals, and with more if they are not zero.
func (a Amount) String() string {
	// Two decimals are how people write money; further zeros say nothing.
	text := fmt.Sprintf("%d.%06d", a/unit, a%unit)
	for strings.HasSuffix(text, "0") && len(text)-strings.IndexByte(text, '.') > 3 {
		text = text[:len(text)-1]
	}
	return text
}

// Float returns the amount in units of the currency, for metrics, which have no other numbers.
func (a Amount) Float() float64 { return float64(a) / unit }
