package breach

import (
	"io"
	"time"
)

// SearchRange looks for a suffix in an answer of the range protocol.
func SearchRange(answer io.Reader, suffix string) (bool, error) { return searchRange(answer, suffix) }

// Bounds for the tests. They are copies and not the constants of the code, so that a test fails if
// one of the constants changes.
const (
	BreakAfter     = 5
	BreakFor       = 30 * time.Second
	MaxRangeAnswer = 2 << 20
)

// Bounds returns the checks at a time, the wait for one of them, and the time for an answer.
func (c *Checker) Bounds() (checks int, wait, timeout time.Duration) {
	return cap(c.running), c.wait, c.timeout
}

// SetTimeout sets a timeout, which may be longer than MaxTimeout.
func (c *Checker) SetTimeout(d time.Duration) { c.timeout = d }

// SetRunning sets how many checks run at a time, and how long a further one waits for a slot.
func (c *Checker) SetRunning(most int, wait time.Duration) {
	c.running, c.wait = make(chan struct{}, most), wait
}
