package main

import (
	"context"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/enroll-project/enroll/internal/postgres"
)

// How often the database is asked for its time, once it has told it and before
// that, and from which difference on the machine's clock is warned of.
const (
	clockPeriod  = 30 * time.Second
	clockWaiting = time.Second
	clockWarning = 5 * time.Second
)

// keepTime has a clock follow the database's until stop is called. A machine
// whose clock is wrong goes on serving: nothing here is judged by it. It is
// warned of because other programs on it, and its log, are.
func keepTime(
	ctx context.Context, pool *postgres.Pool, local func() time.Time, registry prometheus.Registerer, log *slog.Logger,
) (clock *postgres.Clock, stop func()) {
	clock = postgres.NewClock(local)
	registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "enroll_clock_skew_seconds",
		Help: "How far this machine's clock is ahead of the database's, which codes, captchas and tokens are judged by.",
	}, func() float64 { return clock.Skew().Seconds() }))
	ctx, cancel := context.WithCancel(ctx)
	watch := clockWatch{clock: clock, log: log}
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

// clockWatch says once that the clock is wrong, and once that it is right again.
type clockWatch struct {
	clock *postgres.Clock
	log   *slog.Logger
	wrong bool
}

// look asks once and returns how long to wait with the next question. A
// database that does not answer makes the service unready already.
func (w *clockWatch) look(ctx context.Context, pool *postgres.Pool) time.Duration {
	ctx, cancel := context.WithTimeout(ctx, 2*clockWaiting)
	defer cancel()
	if w.clock.Sync(ctx, pool) != nil {
		return clockWaiting
	}
	skew := w.clock.Skew()
	if wrong := skew.Abs() > clockWarning; wrong != w.wrong {
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
