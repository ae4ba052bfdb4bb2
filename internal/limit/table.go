package limit

import "time"

// evictionSample is the number of entries that are examined when one is added. If more than an
// eighth of the entries are idle, they are removed faster than new ones come. Eight also makes it
// likely that the evicted entry is one of those that will be idle soonest.
const evictionSample = 8

// table has a leaky bucket for each network. It uses the generic cell rate algorithm
// (GCRA, ITU-T I.371), which stores one number for each bucket: the theoretical arrival
// time. Times are since the start of the limiter. It is not safe for concurrent use.
type table struct {
	// step is the time between two requests at the rate. 0 means no limit.
	step time.Duration
	// depth is the time after which a full bucket is empty: step times the count.
	depth time.Duration
	size  int
	// arrival has the time at which each network's bucket will be empty. A network
	// without an entry, or whose time has passed, is idle.
	arrival map[uint64]time.Duration
}

func newTable(rate Rate, size int) table {
	t := table{size: size, arrival: map[uint64]time.Duration{}}
	if rate.Count > 0 {
		t.step = rate.Period / time.Duration(rate.Count)
		t.depth = t.step * time.Duration(rate.Count)
	}
	return t
}

// emptyAt returns the time at which a network's bucket will be empty: now at the earliest, and
// at most depth later. So wait returns at most step even after the clock was set back. A full
// bucket then stays full until the clock has caught up.
func (t *table) emptyAt(network uint64, now time.Duration) time.Duration {
	return min(max(t.arrival[network], now), now+t.depth)
}

// wait returns the time until one more request fits, 0 if it fits now.
func (t *table) wait(network uint64, now time.Duration) time.Duration {
	return max(0, t.emptyAt(network, now)+t.step-t.depth-now)
}

// spend counts a request. The caller has seen wait return 0.
func (t *table) spend(network uint64, now time.Duration) {
	if t.step == 0 {
		return
	}
	if _, known := t.arrival[network]; !known {
		t.evict(now)
	}
	t.arrival[network] = t.emptyAt(network, now) + t.step
}

// evict examines up to evictionSample entries, which the map's iteration picks at
// random, and removes the idle ones. If the table is full and none was idle, it
// removes the one that will be idle soonest: its count is lost. A network that has
// used up its rate is the last to be chosen, so a flood of new networks does not
// reset its count.
func (t *table) evict(now time.Duration) {
	var soonest uint64
	var least time.Duration
	seen := 0
	for network, at := range t.arrival {
		if at <= now {
			delete(t.arrival, network)
		} else if least == 0 || at < least {
			soonest, least = network, at
		}
		if seen++; seen == evictionSample {
			break
		}
	}
	if len(t.arrival) >= t.size {
		delete(t.arrival, soonest)
	}
}
