// Package breaker stops requests to a service that fails, so that not every caller waits for its timeout. Use it where
// the caller can go on without the answer, or can ask another service.
package breaker

import (
	"sync"
	"time"
)

const (
	// breakAfter is how many failures, one after another, begin a pause: one slow answer
	// begins none, and a service that is down reaches this number after five timeouts.
	breakAfter = 5
	// breakFor is how long a pause lasts. It bounds both the cost of an unreachable service
	// (one timeout in each pause) and how long a service that works again is not used.
	breakFor = 30 * time.Second
)

// Breaker is a circuit breaker. After five failures one after another it allows nothing for 30 seconds,
// and then one request every 30 seconds until one succeeds. It is safe for concurrent use.
type Breaker struct {
	now func() time.Time

	mu       sync.Mutex
	failures int       // one after another
	counted  int       // failures that counted, in all
	pauses   int       // in all
	until    time.Time // end of the pause, while failures has reached breakAfter
}

// New returns a breaker that allows everything. now is its clock.
func New(now func() time.Time) *Breaker { return &Breaker{now: now} }

// Attempt is a request that the breaker has allowed.
type Attempt struct {
	counted int // the value of Breaker.counted when the attempt began
	pause   int // the value of Breaker.pauses if the attempt began a pause, 0 otherwise
}

// Allow reports whether a request may be made now. If so, the caller must call Report with
// the result, or Forget. When a pause ends, one request is allowed and another pause begins for all
// others. That pause ends at once if the request succeeds.
func (b *Breaker) Allow() (a Attempt, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	a = Attempt{counted: b.counted}
	if b.failures < breakAfter {
		return a, true
	}
	now := b.now()
	if now.Before(b.until) {
		return a, false
	}
	b.pauseFrom(now)
	a.pause = b.pauses
	return a, true
}

// Forget records that an attempt made no request, or one that shows nothing about the service. It is neither a success
// nor a failure. If it was the one request after a pause, the next request is allowed in its place.
func (b *Breaker) Forget(a Attempt) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if a.pause != 0 && a.pause == b.pauses { // check: breaker-forget
		b.until = time.Time{}
	}
}

// Report records the result of an attempt. A success ends a pause at once. A failure
// counts if the attempt began after the last failure that counted: of many requests that
// fail at the same time, one counts. Otherwise a flood that opens many connections at
// once, each too slow for its first request, would look like a service that has failed
// many times.
func (b *Breaker) Report(a Attempt, success bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if success {
		b.failures = 0
		return
	}
	if a.counted != b.counted { // check: breaker-once
		return
	}
	b.counted++
	b.failures++
	if b.failures == breakAfter {
		b.pauseFrom(b.now())
	}
}

// pauseFrom begins a pause. The caller holds b.mu.
func (b *Breaker) pauseFrom(now time.Time) {
	b.pauses++
	b.until = now.Add(breakFor)
}
