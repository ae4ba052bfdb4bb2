package main

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/enroll-project/enroll/internal/settings"
)

// newLogger returns a logger that writes JSON for machines, or in development
// key=value pairs for people.
func newLogger(c settings.Config, out io.Writer) *slog.Logger {
	var level slog.Level
	_ = level.UnmarshalText([]byte(c.LogLevel)) // one of four names: checked by settings.Read
	// No source position: messages are distinct, and lines are shorter without it.
	options := &slog.HandlerOptions{Level: level}
	if c.Dev {
		return slog.New(slog.NewTextHandler(out, options))
	}
	return slog.New(slog.NewJSONHandler(out, options))
}

// newRegistry returns a registry with the metrics of Go, of the process and of the
// build. It is not prometheus.DefaultRegisterer: that is global, and the tests run
// many services in one process.
func newRegistry() *prometheus.Registry {
	// The names of the first two are those that the usual dashboards for Go know.
	registry := prometheus.NewRegistry()
	registry.MustRegister(
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "enroll_build_info", Help: "Always 1; the label is the version.",
			ConstLabels: prometheus.Labels{"version": version},
		}, func() float64 { return 1 }),
	)
	return registry
}

// health serves the probes of a load balancer and of a supervisor.
type health struct {
	draining atomic.Bool // set when the service begins to stop
	// ready returns why the service cannot keep a registration, nil if it can.
	ready func(ctx context.Context) error
}

// handler serves /livez, /readyz and /metrics.
//
// /livez does not look at the database: a supervisor restarts a process that fails
// it, and a restart does not bring a database back. /readyz does, within a second,
// and names the reason. Load balancers log that answer, so it has no address and no
// secret. At most four scrapes of /metrics run at once.
func (h *health) handler(gatherer prometheus.Gatherer) http.Handler {
	// Other methods are answered 405 by the mux, and other paths 404.
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
