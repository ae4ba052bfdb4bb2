package code

import (
	"context"
	"fmt"
)

// seats bounds how many connections of the pool requests for codes hold while they count: half of them. All SMS of a
// deployment, and all codes for a country, lock the same rows one after another. If the disk is slow, or a lock is
// held, the requests that wait would hold all connections, and registrations and logins without a code would wait, too.
type seats chan struct{}

// newSeats returns the seats for a pool of n connections.
func newSeats(n int32) seats {
	return make(seats, max(n/2, 1)) // check: code-seats
}

// do calls fn in a seat. It waits for one until ctx ends, and then returns an error that wraps that of ctx.
func (s seats) do(ctx context.Context, fn func() error) error {
	select {
	case s <- struct{}{}:
	case <-ctx.Done():
		return fmt.Errorf("code: other requests for codes have waited until the time was up: %w", ctx.Err())
	}
	defer func() { <-s }()
	return fn()
}
