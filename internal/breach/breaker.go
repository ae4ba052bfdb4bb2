package breach

import (
	"sync"
	"time"
)

const (
	// breakAfter is how many failures, one after another, begin a pause: more than one
	// slow answer, fewer than many people would notice.
	breakAfter = 5
	// breakFor is how long a pause lasts. It bounds both what an unreachable API costs
	// (one timeout in it) and how long a working one is not used.
	breakFor = 30 * time.Second
)

// breaker is a circuit breaker: it keeps an API that fails from costing every caller
// its timeout. It is safe for concurrent use. The zero value with a clock lets
// everything through.
type breaker struct {
	now func() time.Time

	mu       sync.Mutex
	failures int       // one after another
	counted  int       // failures in all
	until    time.Time // end of the pause, while failures has reached breakAfter
}

// attempt is a request that the breaker has let through.
type attempt struct {
	counted int // the breaker's, when the attempt began
}

// allow reports whether a request may be made now. The caller reports how it went. When
// a pause ends one request is allowed, and the others have another pause until it has
// been reported.
func (b *breaker) allow() (a attempt, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	a = attempt{counted: b.counted}
	if b.failures < breakAfter {
		return a, true
	}
	now := b.now()
	if now.Before(b.until) {
		return a, false
	}
	b.until = now.Add(breakFor)
	return a, true
}

// report records how an attempt went. A success ends a pause at once. A failure counts
// if the attempt began after the last failure that counted: of many requests that fail
// at the same time, one does. Otherwise a flood that opens many connections at once,
// each too slow for its first request, would look like an API that has failed many
// times.
func (b *breaker) report(a attempt, success bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if success {
		b.failures = 0
		return
	}
	if a.counted != b.counted { // check: breach-once
		return
	}
	b.counted++
	b.failures++
	if b.failures == breakAfter {
		b.until = b.now().Add(breakFor)
	}
}
