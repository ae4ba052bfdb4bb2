package captcha

import (
	"math"
	"sync"
	"time"
)

// pace counts how often something happens. What happened fades with time, by a factor
// of e for each window, so that a steady rate levels off at what happens in a window:
// no list of moments, no jump at the end of a minute. It is safe for concurrent use.
type pace struct {
	full   float64
	window time.Duration
	now    func() time.Time

	mu    sync.Mutex
	level float64
	last  time.Time
}

func newPace(full float64, window time.Duration, now func() time.Time) *pace {
	return &pace{full: full, window: window, now: now}
}

// count notes that it happened now and returns the level, in parts of the full one.
// It goes on from wherever a clock that was set back stands.
func (p *pace) count() float64 {
	now := p.now()
	p.mu.Lock()
	defer p.mu.Unlock()
	gone := max(0, now.Sub(p.last))
	p.level = p.level*math.Exp(-float64(gone)/float64(p.window)) + 1
	p.last = now
	return p.level / p.full
}
