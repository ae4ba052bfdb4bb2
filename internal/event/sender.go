package event

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/enroll-project/enroll/gen/db"
	"github.com/enroll-project/enroll/internal/outbound"
	"github.com/enroll-project/enroll/internal/postgres"
	"github.com/enroll-project/enroll/internal/tx"
)

// RetryFor is how long a failed event is tried again. MinKeepSent is how long events must be kept if there are
// receivers: RetryFor, and a day in which an operator can replay what was set aside.
const (
	RetryFor    = 72 * time.Hour
	MinKeepSent = RetryFor + MinKeep
)

const (
	// parallel bounds the requests to one receiver at a time, of one replica. With answers in 10 ms that is 800 events a
	// second, and a receiver that hangs costs eight connections and goroutines, and none of the database.
	parallel = 8
	// poll is the time between two looks for events and deliveries. No transaction that changes a user notifies the
	// replicas, because NOTIFY takes a lock of the whole database at each commit.
	poll = 500 * time.Millisecond
	// troubled is the time until the next look after an error of the database.
	troubled = 5 * time.Second
	// queuePage bounds the events that one statement queues, so that it takes milliseconds also after a night without a
	// running replica. Each row that it changes stays locked for as long.
	queuePage = 1000
)

// SenderConfig holds what a [Sender] needs. All fields but FirstRetry, Timeout and RootCAs are required.
type SenderConfig struct {
	Pool      *postgres.Pool
	Receivers []Receiver
	// Retry is how long a failed event is tried again, RetryFor but in tests. It is counted from the event, or from the
	// time when it was queued if that is later, as after a pause of all replicas.
	Retry time.Duration
	// Keep is how long events are kept. What would be purged before its retries end is set aside an hour before, so that
	// the failure is counted and listed. 0 is forever.
	Keep time.Duration
	// FirstRetry is about the time from the first failed try to the second, 5 seconds if it is zero.
	FirstRetry time.Duration
	// Timeout bounds one request. It is at most 10 seconds, which zero means, too.
	Timeout time.Duration
	// RootCAs are the accepted certificate authorities, the system's if nil.
	RootCAs *x509.CertPool
	// Now is the clock of the database, by which replicas agree when a claim has ended and a try is due.
	Now func() time.Time
	// Clock is the clock of this machine, for signatures and dates of receivers, which they compare with clocks of their
	// own. It is time.Now if nil.
	Clock   func() time.Time
	Rand    func() float64 // in [0, 1), for the jitter; safe for concurrent use
	Metrics prometheus.Registerer
	Log     *slog.Logger
}

// Sender sends events to receivers: each at least once, and those of a user in their order. What a receiver does not
// accept is tried again for Retry, less and less often, and then set aside. All replicas send at the same time.
//
// What is still to be sent is in the database (schema/00044_deliveries.sql). A replica queues the events behind the
// place of the receiver in the log, claims users with events that are due, and sends the events of each, one after the
// other. A Sender keeps nothing in memory that another replica would need. Observe may be called at any time. Run is
// called once, and Round not beside it or another Round.
type Sender struct {
	lines    []*line
	lag      *prometheus.GaugeVec
	setAside *prometheus.GaugeVec
}

// line sends to one receiver. A receiver that fails or hangs costs its own line, and no other: lines share the pool of
// the database only, and hold none of its connections while they wait for an answer.
type line struct {
	Receiver
	runner  *tx.Runner
	queries *db.Queries
	retry   time.Duration
	keep    time.Duration // 0 is forever
	first   time.Duration // the first pause between two tries
	timeout time.Duration
	client  *http.Client
	now     func() time.Time
	clock   func() time.Time
	rand    func() float64
	sent    *prometheus.CounterVec
	log     *slog.Logger

	// added reports that the receiver is in the database. Only the goroutine that calls round uses it.
	added bool
	// busy has an element for each claimed delivery, parallel at most.
	busy chan struct{}
	// failing reports that the last request has failed. It is for the log.
	failing atomic.Bool
	// resume is the time, in Unix nanoseconds, before which the receiver wants no request. Each replica learns it by its
	// own requests, and forgets it when it stops.
	resume atomic.Int64
}

// NewSender returns a Sender, or an error if the configuration is incomplete. It makes no connection: a receiver that
// is away must not keep the service from starting. The labels of its metrics are names of receivers, which the operator
// has chosen, so their number is bounded.
func NewSender(cfg SenderConfig) (*Sender, error) {
	if cfg.Timeout == 0 {
		cfg.Timeout = maxTimeout
	}
	if cfg.FirstRetry == 0 {
		cfg.FirstRetry = firstRetry
	}
	if cfg.Clock == nil {
		cfg.Clock = time.Now
	}
	if cfg.Pool == nil || len(cfg.Receivers) == 0 || cfg.Retry <= 0 || cfg.Timeout < 0 || cfg.Timeout > maxTimeout ||
		cfg.Now == nil || cfg.Rand == nil || cfg.Metrics == nil || cfg.Log == nil {
		return nil, errors.New("event: a dependency of the sender is missing or out of bounds")
	}
	sent := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "enroll_event_deliveries_total",
		Help: "Requests with an event, by receiver and result (delivered, failed, set_aside).",
	}, []string{"receiver", "result"})
	s := &Sender{
		lag: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "enroll_event_lag_seconds",
			Help: "Age of the oldest event that a receiver has not got, without those that are set aside.",
		}, []string{"receiver"}),
		setAside: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "enroll_events_set_aside",
			Help: "Events that are not tried any more, by receiver, 10,000 at most.",
		}, []string{"receiver"}),
	}
	for _, c := range []prometheus.Collector{sent, s.lag, s.setAside} {
		if err := cfg.Metrics.Register(c); err != nil {
			return nil, fmt.Errorf("event: %w", err)
		}
	}
	// All series exist from the start, so that an alert sees the first failure as an increase.
	runner := tx.New(cfg.Pool)
	for _, r := range cfg.Receivers {
		for _, result := range []string{"delivered", "failed", "set_aside"} {
			sent.WithLabelValues(r.Name, result)
		}
		s.lag.WithLabelValues(r.Name)
		s.setAside.WithLabelValues(r.Name)
		s.lines = append(s.lines, &line{
			Receiver: r, runner: runner, queries: runner.Queries(), retry: cfg.Retry, keep: cfg.Keep,
			first: cfg.FirstRetry, timeout: cfg.Timeout, now: cfg.Now, clock: cfg.Clock, rand: cfg.Rand, sent: sent,
			log: cfg.Log.With("receiver", r.Name), busy: make(chan struct{}, parallel),
			// Node.js closes idle connections after five seconds, so this side closes first.
			client: outbound.Client(cfg.RootCAs, outbound.Bounds{
				Open: cfg.Timeout, Idle: 4 * time.Second, Connections: parallel,
			}),
		})
	}
	return s, nil
}

// Run sends events until stop is closed, and then waits for the requests in progress. The end of ctx cancels them:
// these events are sent again by another replica, or at the next start.
func (s *Sender) Run(ctx context.Context, stop <-chan struct{}) {
	// A receiver has a goroutine of its own, so that none waits for another.
	var lines sync.WaitGroup
	for _, l := range s.lines {
		lines.Go(func() { l.run(ctx, stop) })
	}
	lines.Wait()
}

// Round looks once for events and deliveries of each receiver, and returns when what it has claimed is stored.
// [Sender.Run] repeats rounds.
func (s *Sender) Round(ctx context.Context) error {
	// Without a channel to stop by, each turn goes on to its end.
	var turns sync.WaitGroup
	var mutex sync.Mutex // of errs, to which turns of several users add
	var errs []error
	for _, l := range s.lines {
		_, err := l.round(ctx, nil, &turns, func(err error) {
			mutex.Lock()
			defer mutex.Unlock()
			errs = append(errs, err)
		})
		turns.Wait()
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// Observe reads the lag of each receiver and the number of its events that are set aside, for the metrics. The lag also
// has the events that no replica has queued yet, so it grows if none runs, or if an old transaction holds the log up.
func (s *Sender) Observe(ctx context.Context) error {
	// Each replica reads the same rows: the metrics of any of them are those of the deployment.
	for _, l := range s.lines {
		// A receiver is not lost with its row, which a failover to a standby without it, or a restore, can take away.
		if err := l.queries.AddEventReceiver(ctx, db.AddEventReceiverParams{Name: l.Name}); err != nil {
			return postgres.Safe(err)
		}
		now := l.now()
		state, err := l.queries.DeliveryState(ctx, db.DeliveryStateParams{Now: now, Receiver: l.Name})
		if err != nil {
			return postgres.Safe(err)
		}
		s.lag.WithLabelValues(l.Name).Set(now.Sub(state.Oldest).Seconds())
		s.setAside.WithLabelValues(l.Name).Set(float64(state.SetAside))
	}
	return nil
}

// run sends to the receiver until stop is closed or ctx ends. An error of the database is logged, and the next round
// comes later than usual, so that the log has a line every few seconds during an outage, and not two each second.
func (l *line) run(ctx context.Context, stop <-chan struct{}) {
	defer l.client.CloseIdleConnections()
	var turns sync.WaitGroup
	defer turns.Wait()
	// Replicas that start together do not look at the same moments.
	wait := time.Duration(l.rand() * float64(poll))
	for {
		select {
		case <-stop:
			return
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
		// While all places are taken, nothing is claimed: what is due stays for other replicas. A place that is free at
		// this moment stays free: only this goroutine takes one.
		select {
		case <-stop:
			return
		case <-ctx.Done():
			return
		case l.busy <- struct{}{}:
			<-l.busy
		}
		var err error
		if wait, err = l.round(ctx, stop, &turns, l.warn); err != nil && ctx.Err() == nil {
			l.warn(err)
		}
	}
}

// warn logs an error of the database.
func (l *line) warn(err error) {
	l.log.Warn("events could not be read or queued; it is tried again", "err", err)
}

// round queues new events and begins to send what is due. It returns the time until the next round. Errors of what it
// has begun go to report.
func (l *line) round(
	ctx context.Context, stop <-chan struct{}, turns *sync.WaitGroup, report func(error),
) (wait time.Duration, err error) {
	// The queue is filled by the replica that looks first. The others find nothing new then.
	passed, err := l.queue(ctx)
	if err != nil {
		return troubled, err // and what was queued before waits, too: the database is away
	}
	claimed, free, err := l.claim(ctx)
	if err != nil {
		return troubled, err
	}
	for _, d := range claimed {
		l.busy <- struct{}{}
		turns.Go(func() {
			defer func() { <-l.busy }()
			if err := l.turn(ctx, stop, d); err != nil {
				report(err)
			}
		})
	}
	if passed == queuePage || len(claimed) == free {
		return 0, nil // there may be more at once
	}
	return poll, nil
}
