package listener

import (
	"errors"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/net/netutil"
)

// warnEvery is the least time between two log lines with the same message.
const warnEvery = time.Minute

// Doors is a listener with a bound on open connections. It logs a warning when no further
// connection is accepted, and when Accept fails.
//
// The bound is on all connections together. The proxy bounds those of one address, because only the
// proxy sees the addresses (deploy/nginx.conf). The time limits of Server close the connections of
// slow clients.
type Doors struct {
	net.Listener
	most     int
	now      func() time.Time
	log      *slog.Logger
	failures prometheus.Counter
	mu       sync.Mutex
	here     int                  // open connections
	quiet    map[string]time.Time // by message, until when it is not logged
}

// NewDoors returns l with the given bound (most) on open connections, and registers their metrics.
func NewDoors(
	l net.Listener, most int, now func() time.Time, registry prometheus.Registerer, log *slog.Logger,
) *Doors {
	d := &Doors{
		most: most, now: now, log: log, quiet: map[string]time.Time{},
		failures: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "enroll_accept_failures_total",
			Help: "Connections that could not be accepted, most often for lack of file descriptors.",
		}),
	}
	open := prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "enroll_connections", Help: "Open connections of the API.",
	}, func() float64 {
		d.mu.Lock()
		defer d.mu.Unlock()
		return float64(d.here)
	})
	bound := prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "enroll_connections_max", Help: "Most connections of the API; further ones wait in the kernel's queue.",
	}, func() float64 { return float64(most) })
	registry.MustRegister(open, d.failures, bound)
	d.Listener = netutil.LimitListener(watched{l, d}, most) // check: connections-max
	return d
}

// watched reports each failure of Accept to Doors. It wraps the kernel's listener directly, below the
// one with the bound, so that it sees the kernel's errors unchanged.
type watched struct {
	net.Listener
	doors *Doors
}

// Accept calls Accept of the listener and reports its failure. net/http retries after a pause if the
// error is temporary, such as a lack of file descriptors, but logs it at a level that is off by
// default.
func (w watched) Accept() (net.Conn, error) {
	conn, err := w.Listener.Accept()
	if err != nil && !errors.Is(err, net.ErrClosed) {
		w.doors.failures.Inc()
		w.doors.warn("connections cannot be accepted; clients wait", "err", err)
	}
	return conn, err
}

// Count is the server's ConnState hook. It is safe for concurrent use. net/http calls it with StateNew
// right after Accept and exactly once with StateClosed or StateHijacked, so that nothing is counted
// twice. The listener of netutil knows the number of open connections but does not return it.
func (d *Doors) Count(_ net.Conn, state http.ConnState) {
	d.mu.Lock()
	switch state {
	case http.StateNew:
		d.here++
	case http.StateClosed, http.StateHijacked:
		d.here--
	}
	here := d.here
	d.mu.Unlock()
	// At the bound the next Accept waits, so this is the last moment at which this package is called.
	if state == http.StateNew && here >= d.most {
		d.warn("no further connection is accepted until one is closed", "connections", here)
	}
}

// warn logs each message at most once in warnEvery, so that a flood does not fill the
// log.
func (d *Doors) warn(message string, args ...any) {
	d.mu.Lock()
	now := d.now()
	due := !now.Before(d.quiet[message])
	if due {
		d.quiet[message] = now.Add(warnEvery)
	}
	d.mu.Unlock()
	if due {
		d.log.Warn(message, args...)
	}
}
