package limit

import (
	"errors"
	"strconv"
	"strings"
	"time"
)

// Bounds of a Rate. A restart of the process resets its counts, so a period longer
// than a day needs a budget in the database.
const (
	MaxCount  = 1_000_000
	MinPeriod = time.Second
	MaxPeriod = 24 * time.Hour
)

// Rate is Count requests at once and, after that, one request every Period/Count.
// So fewer than 2*Count requests pass in any Period, and a client that waits
// Period/Count between its requests is never refused. The zero Rate means no limit.
type Rate struct {
	Count  int           // 1 to MaxCount
	Period time.Duration // MinPeriod to MaxPeriod
}

var (
	errRate   = errors.New("limit: a rate must be off, or requests and a time such as 10/1h")
	errCount  = errors.New("limit: the requests of a rate must be 1 to 1000000; off turns it off")
	errPeriod = errors.New("limit: the time of a rate must be 1s to 24h")
)

// ParseRate parses "off", or a count and a duration in the syntax of
// [time.ParseDuration], such as "10/1h" or "600/1m30s". Its errors describe the
// syntax and do not quote the input.
func ParseRate(s string) (Rate, error) {
	if s == "off" {
		return Rate{}, nil
	}
	digits, period, ok := strings.Cut(s, "/")
	if !ok || digits == "" || strings.Trim(digits, "0123456789") != "" {
		return Rate{}, errRate
	}
	var r Rate
	var err error
	if r.Count, err = strconv.Atoi(digits); err != nil || r.Count == 0 {
		return Rate{}, errCount // they are digits: the number is 0 or too large
	}
	if r.Period, err = time.ParseDuration(period); err != nil {
		return Rate{}, errRate
	}
	if err := r.check(); err != nil {
		return Rate{}, err
	}
	return r, nil
}

// UnmarshalText implements [encoding.TextUnmarshaler], for settings, by [ParseRate].
func (r *Rate) UnmarshalText(text []byte) (err error) {
	*r, err = ParseRate(string(text))
	return err
}

func (r Rate) check() error {
	switch {
	case r == Rate{}:
		return nil
	case r.Count < 1 || r.Count > MaxCount:
		return errCount
	case r.Period < MinPeriod || r.Period > MaxPeriod:
		return errPeriod
	}
	return nil
}
