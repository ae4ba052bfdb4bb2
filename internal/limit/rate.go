package limit

import (
	"errors"
	"strconv"
	"strings"
	"time"
)

// The bounds of a rate. What lasts longer than a day does not survive the next
// release of a process, and belongs into a database.
const (
	MaxCount  = 1_000_000
	MinPeriod = time.Second
	MaxPeriod = 24 * time.Hour
)

// Rate is Count requests at once and, after that, Count evenly spread over each
// Period. So no period has 2*Count requests or more, and a client that keeps to
// Period/Count between its requests is never refused. The zero Rate does not limit.
type Rate struct {
	Count  int           // 1 to MaxCount
	Period time.Duration // MinPeriod to MaxPeriod
}

var (
	errRate   = errors.New("limit: a rate must be off, or requests and a time such as 10/1h")
	errCount  = errors.New("limit: the requests of a rate must be 1 to 1000000; off turns it off")
	errPeriod = errors.New("limit: the time of a rate must be 1s to 24h")
)

// ParseRate reads "off", or a number and a [time.ParseDuration], as in "10/1h" or
// "600/1m30s". Its errors say what to write, and do not quote what was.
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
		return Rate{}, errCount // only its size can be wrong
	}
	if r.Period, err = time.ParseDuration(period); err != nil {
		return Rate{}, errRate
	}
	if err := r.check(); err != nil {
		return Rate{}, err
	}
	return r, nil
}

// UnmarshalText makes a Rate a setting; see [ParseRate].
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
