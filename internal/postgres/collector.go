package postgres

import "github.com/prometheus/client_golang/prometheus"

// Collectors returns the metrics of a pool. They are read from the pool's memory when
// they are scraped; no query is sent.
func Collectors(pool *Pool) []prometheus.Collector {
	gauge := func(state string, value func() int32) prometheus.Collector {
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name:        "enroll_db_connections",
			Help:        "Connections to the database by state; max is the bound of the pool.",
			ConstLabels: prometheus.Labels{"state": state},
		}, func() float64 { return float64(value()) })
	}
	counter := func(name, help string, value func() float64) prometheus.Collector {
		return prometheus.NewCounterFunc(prometheus.CounterOpts{Name: name, Help: help}, value)
	}
	return []prometheus.Collector{
		gauge("in_use", func() int32 { return pool.Stat().AcquiredConns() }),
		gauge("idle", func() int32 { return pool.Stat().IdleConns() }),
		gauge("opening", func() int32 { return pool.Stat().ConstructingConns() }),
		gauge("max", func() int32 { return pool.Stat().MaxConns() }),
		counter("enroll_db_acquires_total", "Connections handed out.",
			func() float64 { return float64(pool.Stat().AcquireCount()) }),
		counter("enroll_db_acquire_waits_total", "Connections handed out after a wait, because none was idle.",
			func() float64 { return float64(pool.Stat().EmptyAcquireCount()) }),
		counter("enroll_db_acquire_wait_seconds_total", "Time spent in those waits.",
			func() float64 { return pool.Stat().EmptyAcquireWaitTime().Seconds() }),
		counter("enroll_db_acquires_given_up_total", "Waits for a connection that the caller's deadline ended.",
			func() float64 { return float64(pool.Stat().CanceledAcquireCount()) }),
	}
}
