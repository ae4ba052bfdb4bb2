package main

import (
	"io"
	"log/slog"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/enroll-project/enroll/internal/settings"
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
