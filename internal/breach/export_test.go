package breach

import (
	"io"
	"time"
)

// SearchRange looks for a suffix in an answer of the range protocol.
func SearchRange(answer io.Reader, suffix string) (bool, error) { return searchRange(answer, suffix) }

// What the breaker's tests count with. These are not the package's own constants: a test must fail
// if one of those changes.
const (
	BreakAfter     = 5
	BreakFor       = 30 * time.Second
	MaxRangeAnswer = 2 << 20
)

// Bounds returns the checks at a time, the wait for one of them, and the time for an answer.
func (c *Checker) Bounds() (checks int, wait, timeout time.Duration) {
	return cap(c.running), c.wait, c.timeout
}

// SetTimeout lets a test wait longer than a person may have to.
func (c *Checker) SetTimeout(d time.Duration) { c.timeout = d }

// SetRunning sets how many checks run at a time, and how long a further one waits for a slot.
func (c *Checker) SetRunning(most int, wait time.Duration) {
	c.running, c.wait = make(chan struct{}, most), wait
}
