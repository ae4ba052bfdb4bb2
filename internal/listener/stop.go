package listener

import (
	"net/http"
	"sync/atomic"
	"time"
)

// LameDuck marks the answers of a server that is about to stop. While it is on, each answer closes
// its connection, so that clients and balancers move to another replica without a failed request. RFC
// 9112, section 9.6: a client must not send another request on a connection whose answer had
// "Connection: close". So a connection that was used while the mark was on carries no further request.
// A connection that was idle all that time is closed by Shutdown, which can cut off a request that the
// client is just sending: the mark has to be on for longer than clients keep idle connections unused.
//
// http.Server.SetKeepAlivesEnabled is not a replacement. It also closes idle connections at once, and
// a request that a balancer is sending on one of them is lost.
type LameDuck struct {
	on   atomic.Bool
	Next http.Handler
}

// Begin turns the mark on, for good. Requests that have begun are not affected.
func (d *LameDuck) Begin() { d.on.Store(true) }

// ServeHTTP passes the request on. The header makes net/http close the connection after the answer.
// A request that began before the mark leaves its connection open. The next request on that connection
// closes it, or else Shutdown does. ServeHTTP is safe for concurrent use.
func (d *LameDuck) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if d.on.Load() {
		w.Header().Set("Connection", "close")
	}
	d.Next.ServeHTTP(w, r)
}

// Linger waits for delay, so that load balancers notice that readiness is off. It ends early if
// a server fails, and returns that error: a service that cannot accept has nothing to wait for.
//
// The delay is not cut short when no connection is open: a balancer may open a connection for each
// request, and then has none open between two requests.
func Linger(delay time.Duration, failed <-chan error) error {
	timer := time.NewTimer(delay)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case err := <-failed:
		return err
	}
}
