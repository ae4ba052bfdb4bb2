package main

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"syscall"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/net/netutil"

	"github.com/enroll-project/enroll/internal/settings"
)

// A process that has used up its file descriptors can accept nothing, and cannot reach its database
// either. So the API stops accepting before that: connections beyond its bound wait in the kernel's
// queue, and those that are open are served.
const (
	// mostConnections is the largest bound that is chosen by default. An idle connection keeps 16 KiB (measured
	// with 3,000), and behind a proxy, which reuses its connections, a few hundred are many.
	mostConnections = 8_000
	// fewestConnections are accepted under any limit: fewer could not serve one proxy.
	fewestConnections = 64
	// opsConnections is the bound of the listener of health and metrics.
	opsConnections = 64
	// otherDescriptors are kept for senders, captcha and breach services, files and the runtime.
	otherDescriptors = 256
	// warnEvery bounds the log lines about a lack of room.
	warnEvery = time.Minute
)

// connectionsFor returns how many connections the API may have open, and why. set is
// ENROLL_MAX_CONNECTIONS, descriptors the process's limit (RLIMIT_NOFILE), database the bound of the pool.
func connectionsFor(set int, descriptors uint64, database int32) (n int, because string) {
	if set > 0 {
		return set, "ENROLL_MAX_CONNECTIONS"
	}
	kept := uint64(database) + opsConnections + otherDescriptors
	switch {
	case descriptors >= kept+mostConnections:
		return mostConnections, "the default"
	case descriptors >= kept+fewestConnections:
		return int(descriptors - kept), fmt.Sprintf("file descriptors are limited to %d", descriptors)
	}
	// The start does not fail: a service with few descriptors serves a small site. chooseConnections
	// warns of it.
	return fewestConnections, fmt.Sprintf("file descriptors are limited to %d, which is too few", descriptors)
}

// chooseConnections returns the bound of the API's connections, and warns of a number that the
// process cannot have.
func chooseConnections(c settings.Config, database int32, log *slog.Logger) int {
	var limit syscall.Rlimit
	// Go has raised the soft limit to the hard one at the start.
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		log.Warn("the limit of file descriptors cannot be read; if it is low, set ENROLL_MAX_CONNECTIONS", "err", err)
		limit.Cur = 1024 // the usual soft limit
	}
	n, because := connectionsFor(c.MaxConnections, limit.Cur, database)
	log.Info("connections chosen", "connections", n, "because", because)
	if needs := uint64(n) + uint64(database) + opsConnections + otherDescriptors; needs > limit.Cur {
		log.Warn("file descriptors may run out, and then nothing is accepted: raise the limit of the process, "+
			"for example by LimitNOFILE in its systemd unit",
			"connections", n, "descriptors_needed", needs, "descriptors_limit", limit.Cur)
	}
	return n
}

// doors is a listener with a bound of open connections. It says when no further one is accepted,
// and when accepting fails.
//
// The bound is on all connections, not on those of one address: that is the proxy's, which sees the
// addresses (deploy/nginx.conf). Time limits of httpServer free the places of slow clients.
type doors struct {
	net.Listener
	most     int
	now      func() time.Time
	log      *slog.Logger
	failures prometheus.Counter
	mu       sync.Mutex
	here     int                  // open connections
	quiet    map[string]time.Time // by message, until when it is not logged
}

// newDoors bounds l to most open connections and registers their metrics.
func newDoors(
	l net.Listener, most int, now func() time.Time, registry prometheus.Registerer, log *slog.Logger,
) *doors {
	d := &doors{
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

// watched reports each failure of Accept to doors. It wraps the kernel's listener directly, below the
// one with the bound, so that it sees the kernel's errors unchanged.
type watched struct {
	net.Listener
	doors *doors
}

// Accept is that of the listener. net/http tries again after a pause if the error is temporary, as a
// lack of descriptors is, and logs it at a level that is off by default.
func (w watched) Accept() (net.Conn, error) {
	conn, err := w.Listener.Accept()
	if err != nil && !errors.Is(err, net.ErrClosed) {
		w.doors.failures.Inc()
		w.doors.warn("connections cannot be accepted; clients wait", "err", err)
	}
	return conn, err
}

// count is the server's ConnState hook. It is safe for concurrent use. net/http calls it with StateNew
// right after Accept and exactly once with StateClosed or StateHijacked, so that nothing is counted
// twice. The listener of netutil knows the number of open connections but does not return it.
func (d *doors) count(_ net.Conn, state http.ConnState) {
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

// warn logs each message at most once in warnEvery: a flood would fill the log.
func (d *doors) warn(message string, args ...any) {
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
