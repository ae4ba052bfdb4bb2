package health

import (
	"context"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/enroll-project/enroll/internal/postgres"
)

const (
	// clockPeriod is the time between two comparisons with the database's clock. A
	// clock that is wrong by 100 ppm drifts 3 ms in that time.
	clockPeriod = 30 * time.Second
	// clockWaiting is the time until the next attempt after a failed comparison.
	clockWaiting = time.Second
	// clockWarning is the difference from which on a warning is logged. NTP keeps
	// clocks within milliseconds, so 5 s means that it does not run.
	clockWarning = 5 * time.Second
)

// KeepTime returns a clock that follows the database's clock until stop is called.
// Codes, captchas and tokens of all replicas expire by it, so a replica whose own
// clock is wrong can serve. KeepTime logs a warning about such a clock, because the
// lines of the log and other programs of that machine use it.
func KeepTime(
	ctx context.Context, pool *postgres.Pool, local func() time.Time, registry prometheus.Registerer, log *slog.Logger,
) (clock *postgres.Clock, stop func()) {
	// The metric exists before the first comparison, so that an alert on it has a
	// series from the start.
	clock = postgres.NewClock(local)
	registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "enroll_clock_skew_seconds",
		Help: "How far this machine's clock is ahead of the database's, by which codes, captchas and tokens expire.",
	}, func() float64 { return clock.Skew().Seconds() }))
	ctx, cancel := context.WithCancel(ctx)
	watch := clockWatch{clock: clock, log: log}
	// The first comparison is made before the service starts: the first token gets
	// its times from the database's clock if the database answers.
	wait := watch.look(ctx, pool)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-ctx.Done():
				return
			case <-time.After(wait):
				wait = watch.look(ctx, pool)
			}
		}
	}()
	return clock, func() { cancel(); <-done }
}

// clockWatch logs a warning when the clock becomes wrong, and a note when it is
// right again. It does not repeat them every clockPeriod.
type clockWatch struct {
	clock *postgres.Clock
	log   *slog.Logger
	wrong bool
}

// look compares the clocks once and returns the time to wait before the next
// comparison. It does not log a failure: /readyz and the queries themselves show
// that the database does not answer.
func (w *clockWatch) look(ctx context.Context, pool *postgres.Pool) time.Duration {
	// A slow answer is useless, because the comparison is wrong by up to half the round trip.
	ctx, cancel := context.WithTimeout(ctx, 2*clockWaiting)
	defer cancel()
	if w.clock.Sync(ctx, pool) != nil {
		return clockWaiting
	}
	skew := w.clock.Skew()
	if wrong := skew.Abs() > clockWarning; wrong != w.wrong { // check: clock-warning
		w.wrong = wrong
		if wrong {
			w.log.Warn("this machine's clock differs from the database's, which is followed",
				"ahead", skew.Round(time.Millisecond).String())
		} else {
			w.log.Info("this machine's clock agrees with the database's again")
		}
	}
	return clockPeriod
}
