package hook

import "time"

// MaxAnswer is a copy of the code's bound, so that a test fails if it changes.
const MaxAnswer = 32 << 10

// SetTimeout sets a timeout, which may be longer than MaxTimeout.
func (h *Hook) SetTimeout(d time.Duration) { h.timeout = d }

// SetRunning sets how many requests run at a time, and how long a further one waits for a slot.
func (h *Hook) SetRunning(most int, wait time.Duration) {
	h.running, h.wait = make(chan struct{}, most), wait
}

// Bounds returns the requests at a time, the wait for one of them, and the time for an answer.
func (h *Hook) Bounds() (requests int, wait, timeout time.Duration) {
	return cap(h.running), h.wait, h.timeout
}
