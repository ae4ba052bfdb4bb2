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
func (b *Checker) SetTimeout(d time.Duration) { b.timeout = d }
