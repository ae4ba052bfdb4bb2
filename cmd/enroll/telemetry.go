package main

import (
	"context"
	"io"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/enroll-project/enroll/internal/settings"
	"github.com/enroll-project/enroll/internal/trace"
)

// newLogger returns a logger that writes JSON for machines, or in development
// key=value pairs for people.
func newLogger(c settings.Config, out io.Writer) *slog.Logger {
	var level slog.Level
	_ = level.UnmarshalText([]byte(c.LogLevel)) // one of four names: checked by settings.Read
	// No source position: messages are distinct, and lines are shorter without it.
	// Code that makes a record leaves secrets and identifiers out (I8). There is no filter here.
	options := &slog.HandlerOptions{Level: level}
	if c.Dev {
		return slog.New(slog.NewTextHandler(out, options))
	}
	return slog.New(slog.NewJSONHandler(out, options))
}

// newTelemetry returns the logger and the tracer, which is nil if traces are off. Lines that are logged
// for a traced request have its ids.
func newTelemetry(
	ctx context.Context, c settings.Config, environ []string, out io.Writer,
) (*slog.Logger, *trace.Tracer, error) {
	log := newLogger(c, out)
	// The tracer's own lines are about its collector and belong to no request, so it has the plain logger.
	traces, err := trace.New(ctx, trace.Config{Environ: environ, Version: version, Log: log})
	if traces != nil {
		log = slog.New(trace.LogHandler{Next: log.Handler()})
	}
	return log, traces, err
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

// flushTime bounds how long a stop waits for the collector of traces. Spans that it has not taken by
// then are lost; a stop must not hang on it. With the default stop delay and drain time the sum is
// 25 s, less than the 30 s after which Kubernetes kills a process.
const flushTime = 5 * time.Second

// stopTraces sends the spans that are left. It has a context of its own, because that of the service has
// usually ended by then.
func stopTraces(traces *trace.Tracer) {
	ctx, cancel := context.WithTimeout(context.Background(), flushTime)
	defer cancel()
	traces.Close(ctx)
}
