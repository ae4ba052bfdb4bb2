package admission

import "github.com/prometheus/client_golang/prometheus"

// Values of the label "reason" of enroll_password_refusals_total.
const (
	refusedQueue    = "queue_full"    // MaxQueue jobs of the class are expected to wait
	refusedWait     = "wait_too_long" // the estimated wait exceeds MaxWait, or the real one five times MaxWait
	refusedDeadline = "deadline"      // the caller's deadline would pass first
)

// metrics show the load of the limiter. Their names say "password" because the
// limiter's jobs hash passwords. Dashboards use these names.
type metrics struct {
	queued   prometheus.Gauge
	running  prometheus.Gauge
	waited   prometheus.Histogram
	hashed   prometheus.Histogram
	refusals *prometheus.CounterVec
}

func newMetrics() *metrics {
	m := &metrics{
		queued: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "enroll_password_queue_length",
			Help: "Callers waiting for a password hasher.",
		}),
		running: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "enroll_password_running",
			Help: "Password hashes being computed.",
		}),
		waited: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name:    "enroll_password_wait_seconds",
			Help:    "Time from asking for a password hasher to getting one.",
			Buckets: []float64{0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2},
		}),
		hashed: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name:    "enroll_password_hash_seconds",
			Help:    "Time to compute one password hash, waiting excluded.",
			Buckets: []float64{0.005, 0.01, 0.015, 0.02, 0.03, 0.05, 0.1, 0.25, 0.5, 1, 2.5},
		}),
		refusals: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "enroll_password_refusals_total",
			Help: "Callers refused a password hasher, by reason.",
		}, []string{"reason"}),
	}
	// Each reason is exported from the start: rate() over a series that appears with
	// its first event misses that event.
	for _, reason := range []string{refusedQueue, refusedWait, refusedDeadline} {
		m.refusals.WithLabelValues(reason)
	}
	return m
}

// register registers the metrics. It is a no-op if the registry is nil.
func (m *metrics) register(registry prometheus.Registerer) error {
	if registry == nil {
		return nil
	}
	for _, c := range []prometheus.Collector{m.queued, m.running, m.waited, m.hashed, m.refusals} {
		if err := registry.Register(c); err != nil {
			return err
		}
	}
	return nil
}
