package breach

import (
	"io"
	"time"
)

// SearchRange looks for a suffix in an answer of the range protocol.
func SearchRange(answer io.Reader, suffix string) (bool, error) { return searchRange(answer, suffix) }

// What the breaker's tests count with.
const (
	BreakAfter     = breakAfter
	BreakFor       = breakFor
	MaxRangeAnswer = maxRangeAnswer
)

// SetTimeout lets a test wait longer than a person may have to.
func (c *Checker) SetTimeout(d time.Duration) { c.timeout = d }

// SetRunning makes checks wait for some time if so many run already.
func (c *Checker) SetRunning(most int, wait time.Duration) {
	c.running, c.wait = make(chan struct{}, most), wait
}

// Breaker is a circuit breaker with a clock that stands still.
type Breaker struct{ breaker breaker }

// NewBreaker returns a breaker that lets everything through.
func NewBreaker() *Breaker {
	return &Breaker{breaker{now: func() time.Time { return time.Unix(0, 0) }}}
}

// Fail makes n attempts at the same time, all of which fail, and returns how many were
// allowed.
func (b *Breaker) Fail(n int) (allowed int) {
	var attempts []attempt
	for range n {
		if a, ok := b.breaker.allow(); ok {
			attempts = append(attempts, a)
		}
	}
	for _, a := range attempts {
		b.breaker.report(a, false)
	}
	return len(attempts)
}
