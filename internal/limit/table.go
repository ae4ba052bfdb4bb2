package limit

import "time"

// look is how many entries are looked at when one is added. Two or more keep
// the table free of idle ones; eight make a good choice of whom to forget.
const look = 8

// table is a leaky bucket for each network: the generic cell rate algorithm of
// ITU-T I.371, which needs one number for each. Times are since the start of the
// limiter. It is not safe for concurrent use.
type table struct {
	// step is the time in which one request leaks out; 0 means no limit.
	step time.Duration
	// depth is the time in which a whole bucket does.
	depth time.Duration
	size  int
	// full says when each network's bucket will be at rest again: the time has
	// come for those that are idle, and absence means the same.
	full map[uint64]time.Duration
}

func newTable(rate Rate, size int) table {
	t := table{size: size, full: map[uint64]time.Duration{}}
	if rate.Count > 0 {
		t.step = rate.Period / time.Duration(rate.Count)
		t.depth = t.step * time.Duration(rate.Count)
	}
	return t
}

// rest is when the bucket of a network is at rest, now at the earliest. A clock
// that went back locks nobody out for longer than a period.
func (t *table) rest(network uint64, now time.Duration) time.Duration {
	return min(max(t.full[network], now), now+t.depth)
}

// wait is how long it takes until there is room for one more request.
func (t *table) wait(network uint64, now time.Duration) time.Duration {
	return max(0, t.rest(network, now)+t.step-t.depth-now)
}

// spend counts a request for which there is room.
func (t *table) spend(network uint64, now time.Duration) {
	if t.step == 0 {
		return
	}
	if _, known := t.full[network]; !known {
		t.makeRoom(now)
	}
	t.full[network] = t.rest(network, now) + t.step
}

// makeRoom looks at some entries, taken as the map gives them, at random, and
// drops the idle ones. When all are active and the table is full it drops the one
// that is idle soonest. What that network spent is forgotten, which is why the one
// that has spent most never goes.
func (t *table) makeRoom(now time.Duration) {
	var soonest uint64
	var least time.Duration
	seen := 0
	for network, full := range t.full {
		if full <= now {
			delete(t.full, network)
		} else if least == 0 || full < least {
			soonest, least = network, full
		}
		if seen++; seen == look {
			break
		}
	}
	if len(t.full) >= t.size {
		delete(t.full, soonest)
	}
}
