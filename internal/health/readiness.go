package health

import (
	"context"
	"errors"
	"log/slog"
	"regexp"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/enroll-project/enroll/internal/postgres"
)

const (
	// readyFor is how long a good look at the database counts for all probes. It bounds the cost:
	// one commit in two seconds for each replica, however many balancers probe it.
	readyFor = 2 * time.Second
	// unreadyFor is how long a bad look counts. It is shorter, so that a service that is ready again
	// is found soon. A database that has failed is not burdened by more looks.
	unreadyFor = 200 * time.Millisecond
	// readyWait bounds the answer to one probe. Those of load balancers time out after 1 to 5 s by
	// default, and an operator then sees no reason.
	readyWait = time.Second
	// readyTick is the period of looks without a probe, so that the log has each change.
	readyTick = time.Second
	// probeWait bounds the statements of a look, except COMMIT, which InTx bounds itself.
	probeWait = 2 * time.Second
)

// Readiness reports whether a registration could be stored. It tries a write, at a bounded rate
// that does not depend on the number of probes, and logs each change of the answer with its
// reason. It is safe for concurrent use.
//
// If the database cannot be written, all replicas become unready together. A load balancer without
// a ready replica either sends requests to all of them ("fail open" in its manual) or answers with
// an error page of its own. Requests that arrive are refused as `unavailable`.
type Readiness struct {
	look func(context.Context) error // nil if ready
	now  func() time.Time
	log  *slog.Logger

	mu      sync.Mutex
	checked time.Time     // when the last look ended; zero before the first
	last    error         // what it found
	logged  string        // the cause that was logged last, "" for ready
	looking chan struct{} // closed when the look in progress ends; nil if there is none
}

// NewReadiness returns the readiness of a service that keeps registrations in the database of
// pool. It has not looked at it yet.
func NewReadiness(pool *postgres.Pool, now func() time.Time, log *slog.Logger) *Readiness {
	return &Readiness{look: func(ctx context.Context) error { return lookAt(ctx, pool) }, now: now, log: log}
}

// errSlow is the answer while a look takes longer than [readyWait], and after a commit that was not
// confirmed. A synchronous standby that is gone is the usual cause: no setting of PostgreSQL bounds
// that wait.
var errSlow = errors.New("the database does not confirm a write in time")

// Ready returns nil if the database can keep a registration. The error has no address: it goes to
// the client of the readiness probe.
func (r *Readiness) Ready(ctx context.Context) error {
	r.mu.Lock()
	counts := unreadyFor
	if r.last == nil {
		counts = readyFor
	}
	if r.looking == nil && !r.checked.IsZero() && r.now().Sub(r.checked) < counts {
		defer r.mu.Unlock()
		return told(r.last)
	}
	// One look at a time: probes that come meanwhile wait for it. It does not end with the probe
	// that began it, so a client that disconnects spoils no answer.
	if r.looking == nil {
		r.looking = make(chan struct{})
		go r.run(context.WithoutCancel(ctx), r.looking)
	}
	looking := r.looking
	r.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, readyWait)
	defer cancel()
	select {
	case <-looking:
		r.mu.Lock()
		defer r.mu.Unlock()
		return told(r.last)
	case <-ctx.Done():
		return errSlow
	}
}

// Metric is 1 while the last look found that a registration can be kept, and 0 before the first look.
// A scrape causes no look: [Readiness.Watch] looks once a second, so the value is a few seconds old at
// most.
func (r *Readiness) Metric() prometheus.Collector {
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "enroll_ready", Help: "1 if a registration could be stored when that was last tried, else 0.",
	}, func() float64 {
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.checked.IsZero() || r.last != nil {
			return 0
		}
		return 1
	})
}

// run looks once and keeps what it finds. The look bounds itself: by [probeWait], by the time that
// postgres.Pending takes at most, and by that of a commit.
func (r *Readiness) run(ctx context.Context, done chan struct{}) {
	err := r.look(ctx)
	r.mu.Lock()
	defer r.mu.Unlock()
	// The age counts from the end of the look, so that a slow one is not followed by the next at once.
	r.checked, r.last, r.looking = r.now(), err, nil
	r.report(err)
	close(done)
}

// ports are those of our own end of a connection. They differ each time, and would make each failure
// of one network a new cause.
var ports = regexp.MustCompile(`:[0-9]+->`)

// report logs a change, and the first answer if it is no. The caller holds the lock. A cause that
// lasts is logged once, not at each look: the log of an outage of an hour would have 3,600 lines of it.
func (r *Readiness) report(err error) {
	cause := ""
	if err != nil {
		cause = ports.ReplaceAllString(err.Error(), "->")
	}
	if cause == r.logged {
		return
	}
	r.logged = cause
	switch {
	case err == nil:
		r.log.Info("ready: the database answers and can be written")
	case postgres.IsUnreachable(err):
		// The setting is named, because its host, role or password is the usual cause.
		r.log.Warn("not ready: the database cannot be reached, and is tried again",
			"setting", "ENROLL_DATABASE_URL", "err", err)
	default:
		r.log.Warn("not ready", "reason", told(err).Error(), "err", err)
	}
}

// Watch looks in the background, whether or not a balancer probes: a service that is not probed has a
// log too. It does so each [readyTick] until stop is called. The pool may be closed after stop, which waits
// for a look in progress: its commit is not given up, and takes 5 s at most.
func (r *Readiness) Watch(ctx context.Context) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(readyTick)
		defer tick.Stop()
		for {
			_ = r.Ready(ctx) // is logged
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
		}
	}()
	return func() {
		cancel()
		<-done
		r.mu.Lock()
		looking := r.looking
		r.mu.Unlock()
		if looking != nil {
			<-looking
		}
	}
}

// errUnmigrated: the database lacks steps of the schema. A service that is started before
// `enroll migrate` waits for it, so that the order of the two does not matter.
var errUnmigrated = errors.New("the database is not migrated: run enroll migrate")

// lookAt returns why the database of a pool cannot keep a registration. The schema comes first: its
// message says what to do, and a database that has never been migrated can be written.
func lookAt(ctx context.Context, pool *postgres.Pool) error {
	if pending, err := postgres.Pending(ctx, pool); err != nil {
		return err
	} else if pending {
		return errUnmigrated
	}
	ctx, cancel := context.WithTimeout(ctx, probeWait)
	defer cancel()
	return postgres.Probe(ctx, pool)
}

// told is err in words without an address, nil if it is nil. The client of a probe need not be the
// operator, and the log has the cause in full. An unfit setting is no secret, and names its remedy.
func told(err error) error {
	unfit := new(postgres.UnfitError)
	switch {
	case err == nil, errors.Is(err, errUnmigrated):
		return err
	case errors.As(err, &unfit):
		return unfit
	case errors.Is(err, postgres.ErrReadOnly):
		return postgres.ErrReadOnly
	case errors.Is(err, postgres.ErrOutcomeUnknown):
		return errSlow
	case postgres.IsFull(err):
		return errors.New("the disk of the database is full")
	}
	return errors.New("the database does not answer")
}
