package health

import (
	"context"
	"io"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Probes serves the probes of a load balancer and of a supervisor.
type Probes struct {
	draining atomic.Bool // set when the service begins to stop
	// ready returns why the service cannot store a registration, nil if it can.
	ready func(ctx context.Context) error
}

// NewProbes returns the probes of a service that is not stopping. ready returns why the
// service cannot store a registration, nil if it can.
func NewProbes(ready func(ctx context.Context) error) *Probes { return &Probes{ready: ready} }

// Drain makes the service not ready until the process ends. It is called when a stop begins.
func (h *Probes) Drain() { h.draining.Store(true) }

// Handler serves /livez, /readyz and /metrics.
//
// /livez does not look at the database: a supervisor restarts a process that fails
// it, and a restart does not bring a database back. /readyz depends on the database.
// It answers within a second and names the reason. Load balancers log that answer, so
// it has no address and no secret. At most four scrapes of /metrics run at once.
func (h *Probes) Handler(gatherer prometheus.Gatherer) http.Handler {
	// GET includes HEAD. The mux answers 405 to other methods and 404 to other paths.
	mux := http.NewServeMux()
	mux.HandleFunc("GET /livez", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "ok\n")
	})
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		if h.draining.Load() {
			http.Error(w, "not ready: stopping", http.StatusServiceUnavailable)
		} else if err := h.ready(r.Context()); err != nil {
			http.Error(w, "not ready: "+err.Error(), http.StatusServiceUnavailable)
		} else {
			_, _ = io.WriteString(w, "ok\n")
		}
	})
	// Collecting takes milliseconds. The bounds are for a scraper that reads slowly.
	mux.Handle("GET /metrics", promhttp.HandlerFor(gatherer,
		promhttp.HandlerOpts{MaxRequestsInFlight: 4, Timeout: 10 * time.Second}))
	return mux
}
