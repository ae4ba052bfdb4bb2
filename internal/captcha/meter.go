package captcha

import (
	"math"
	"sync"
	"time"
)

// meter is an exponentially decaying count of events: each event counts 1, and the
// count falls by a factor of e in each window. At a steady rate it approaches the
// number of events in a window. Unlike a count for each minute it needs no list of
// times and has no jump at the end of a minute. It is safe for concurrent use.
type meter struct {
	full   float64 // the count that is full load
	window time.Duration
	now    func() time.Time

	mu    sync.Mutex
	level float64
	last  time.Time
}

func newMeter(full float64, window time.Duration, now func() time.Time) *meter {
	return &meter{full: full, window: window, now: now}
}

// count adds an event and returns the count as a fraction of the full one, which may
// exceed 1. If the clock was set back, the count does not fall at that event.
func (m *meter) count() float64 {
	now := m.now()
	m.mu.Lock()
	defer m.mu.Unlock()
	gone := max(0, now.Sub(m.last))
	m.level = m.level*math.Exp(-float64(gone)/float64(m.window)) + 1
	m.last = now
	return m.level / m.full
}
