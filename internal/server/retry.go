package server

import "time"

// defaultWait is the wait for refusals with status 429 or 503 that have no time to wait. A database's
// failover or a burst of requests takes about that long.
const defaultWait = 5 * time.Second

// retrySteps are the values of Retry-After in seconds. They are coarse so that
// the header does not show the exact state of a limit. The first five are single
// seconds, over which admission spreads the clients that it refuses in a flood. The
// last one is the contract's maximum and also stands for longer waits.
var retrySteps = [...]int{1, 2, 3, 4, 5, 10, 30, 60, 300, 900, 1800, 3600, 86400}

// retryAfter rounds a wait up to one of retrySteps.
func retryAfter(wait time.Duration) int {
	if wait <= 0 {
		wait = defaultWait
	}
	// The wait is rounded up, so that a client that obeys the header does not come too early.
	for _, step := range retrySteps {
		if wait <= time.Duration(step)*time.Second {
			return step // check: retry-step
		}
	}
	return retrySteps[len(retrySteps)-1]
}
