package breach

import (
	"sync"
	"time"
)

const (
	// breakAfter is how many failures in a row begin a pause: more than one slow
	// answer, fewer than many people would notice.
	breakAfter = 5
	// breakFor is how long a pause lasts: it bounds both what a dead API costs (one
	// timeout in it) and how long a living one is not asked.
	breakFor = 30 * time.Second
)

// breaker keeps a failing API from costing every caller its timeout. Safe for
// concurrent use; the zero value with a clock lets everything through.
type breaker struct {
	now func() time.Time

	mu       sync.Mutex
	failures int       // in a row
	until    time.Time // end of the pause, while failures has reached breakAfter
}

// allow tells whether the API may be asked now. Whoever is allowed reports. When
// a pause ends one caller is allowed, and the others have another pause until it
// has reported.
func (b *breaker) allow() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.failures < breakAfter {
		return true
	}
	now := b.now()
	if now.Before(b.until) {
		return false
	}
	b.until = now.Add(breakFor)
	return true
}

// report says how asking went. A success ends a pause at once.
func (b *breaker) report(success bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if success {
		b.failures = 0
		return
	}
	b.failures++
	if b.failures == breakAfter {
		b.until = b.now().Add(breakFor)
	}
}
