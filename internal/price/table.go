package price

import (
	"fmt"
	"slices"
	"strings"
)

// every stands for all countries or all senders.
const every = "*"

// Table has the price of one message by country and sender, in one currency.
type Table struct {
	currency string
	prices   map[key]Amount
	dearest  Amount // of messages
	// dearestCall is apart, because the dearest message must be paid in as many parts as a text may need.
	dearestCall Amount
}

// key is a country, as an ISO 3166-1 code, and a sender, such as aliyun. Either may be every. Countries are not looked
// up in a list, because a line for a country that does not exist is never used, and new ones come.
type key struct{ country, sender string }

// maxLines bounds a table: 250 countries for each of ten senders fit well.
const maxLines = 10_000

// The form is lines of words and not JSON or CSV, because people write the file by hand, with the source and the date
// of each price beside it. A spreadsheet would use the decimal comma of some languages.

// Parse reads a table. Each line has a country, a sender and a price, such as "CN aliyun 0.045", where * is every
// country or sender. One line before them names the currency, such as "currency CNY". Blank lines, and what follows
// a #, are comments. senders are the names that may occur. An error has the number of its line and quotes nothing.
func Parse(text string, senders []string) (Table, error) {
	t := Table{prices: map[key]Amount{}}
	// Lines are counted as editors count them, blank ones and comments as well.
	n := 0
	for line := range strings.Lines(text) {
		if n++; n > maxLines {
			return Table{}, fmt.Errorf("price: more than %d lines", maxLines)
		}
		line, _, _ = strings.Cut(line, "#")
		if words := strings.Fields(line); len(words) > 0 {
			if err := t.add(words, senders); err != nil {
				return Table{}, fmt.Errorf("price: line %d: %w", n, err)
			}
		}
	}
	// An empty file is probably the wrong one.
	if len(t.prices) == 0 {
		return Table{}, fmt.Errorf("price: line %d: no line has a price", n)
	}
	return t, nil
}

// add adds a line to the table.
func (t *Table) add(words, senders []string) error {
	if words[0] == "currency" {
		if len(words) != 2 || !letters(words[1], 3) || t.currency != "" {
			return fmt.Errorf("one line must be currency and an ISO 4217 code such as CNY")
		}
		t.currency = words[1]
		return nil
	}
	if len(words) != 3 {
		return fmt.Errorf("a line must be a country, a sender and a price, such as CN aliyun 0.045")
	}
	at := key{words[0], words[1]}
	// All is parsed before anything is refused; the order of the cases is that in which a reader looks at the line.
	amount, err := ParseAmount(words[2])
	_, twice := t.prices[at]
	switch {
	case t.currency == "":
		return fmt.Errorf("the line with the currency must come first")
	case at.country != every && !letters(at.country, 2):
		return fmt.Errorf("a country must be * or an ISO 3166-1 code such as CN")
	case at.sender != every && !slices.Contains(senders, at.sender):
		return fmt.Errorf("a sender must be * or one of %s", strings.Join(senders, ", "))
	case err != nil:
		return err
	case twice: // check: price-twice
		return fmt.Errorf("this country and sender have a price already")
	}
	t.prices[at] = amount
	if isCall(at.sender) {
		t.dearestCall = max(t.dearestCall, amount)
	} else {
		t.dearest = max(t.dearest, amount)
	}
	return nil
}

// letters reports whether text is n capital letters.
func letters(text string, n int) bool {
	return len(text) == n && strings.Trim(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
}

// Currency returns the ISO 4217 code of all prices. Prices in several currencies would need rates, which change daily:
// an operator converts them once, with a margin.
func (t Table) Currency() string { return t.currency }

// callSuffix ends the name of a sender for its calls.
const callSuffix = "-voice"

// Call returns the name of a sender for its calls, such as twilio-voice. It is a label of metrics and a column of the
// report, so it is never changed.
func Call(sender string) string { return sender + callSuffix }

// isCall reports whether a name is that of a sender for its calls.
func isCall(sender string) bool { return strings.HasSuffix(sender, callSuffix) }

// DearestCall returns the highest price of a call, 0 if no line has one.
func (t Table) DearestCall() Amount { return t.dearestCall }

// Price returns what a message to a country costs with a sender. A line for the country counts before one for
// every country, and of two such lines that for the sender. A line for every sender is for those of SMS only, because a
// call costs many times as much. known is false if no line fits.
func (t Table) Price(country, sender string) (price Amount, known bool) {
	// A country comes first, because prices differ more by country than by provider.
	for _, at := range []key{{country, sender}, {country, every}, {every, sender}, {every, every}} {
		if at.sender == every && isCall(sender) { // check: price-of-calls
			continue
		}
		if price, known = t.prices[at]; known {
			return price, true
		}
	}
	return 0, false
}

// Dearest returns what a message to a country costs at most with one of the senders. One without a price counts
// as the dearest in the table, and so does a country without a sender, so that nothing is counted as too cheap.
func (t Table) Dearest(country string, senders []string) Amount {
	// Such a message is not sent and is given back. If it were sent after all, it must not have been free.
	if len(senders) == 0 {
		return t.dearest
	}
	// The first sender that accepts a message sends it, and which one that is shows only afterwards.
	var most Amount
	for _, sender := range senders {
		price, known := t.Price(country, sender)
		if !known { // check: price-unknown
			price = t.dearest
			if isCall(sender) {
				price = t.dearestCall
			}
		}
		most = max(most, price) // check: price-dearest
	}
	return most
}
