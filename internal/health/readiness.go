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
	"github.com/enroll-project/enroll/internal/rekey"
)

const (
	// readyFor is how long a successful look at the database counts for all probes. It bounds the
	// cost: one commit in two seconds for each replica, for any number of load balancers.
	readyFor = 2 * time.Second
	// unreadyFor is how long a failed look counts. It is shorter, so that load balancers find soon
	// that the service is ready again. More checks put no load on a database that has failed.
	unreadyFor = 200 * time.Millisecond
	// readyWait bounds the answer to one probe. Load balancers time out after 1 to 5 s by default,
	// and then an operator would see no reason.
	readyWait = time.Second
	// slowFor is how long after a successful look the service stays ready although the next look takes longer
	// than readyWait. A flood, or other work on the disk of the database, delays a commit by seconds. If all
	// replicas then became unready, nobody would be served.
	slowFor = 5 * time.Second
	// readyTick is the period of Watch, which calls Ready without a probe, so that the log has each change.
	readyTick = time.Second
	// probeWait bounds the statements of a look, except that postgres.Pending and COMMIT have their own bounds.
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
	// keys is closed once a look has found that all stored keys of identifiers are of this version or of a later one
	// (rekey.Done). The stored version never decreases.
	keys     chan struct{}
	keysOnce sync.Once

	mu      sync.Mutex
	checked time.Time     // when the last look ended; zero before the first
	last    error         // what it found
	logged  string        // the cause that was logged last, "" for ready
	looking chan struct{} // closed when the look in progress ends; nil if there is none
}

// NewReadiness returns the readiness of a service that stores registrations in the database of
// pool, with keys of the given data version (identifier.DataVersion). It does not look at the
// database yet.
func NewReadiness(pool *postgres.Pool, keys int32, now func() time.Time, log *slog.Logger) *Readiness {
	r := &Readiness{now: now, log: log, keys: make(chan struct{})}
	r.look = func(ctx context.Context) error { return r.lookAt(ctx, pool, keys) }
	return r
}

// errSlow is the answer while a look takes longer than [readyWait] and the last successful one ended more than
// [slowFor] ago, and after a look that has ended at one of its bounds: a commit that was not confirmed, or a statement
// that took too long. The usual cause is that a synchronous standby has failed: no setting of PostgreSQL bounds the
// wait for it. A database without enough processor time for its load is the other one.
var errSlow = errors.New("the database does not confirm a write in time")

// Ready returns nil if the database can store a registration. The error contains no address,
// because it goes to the client of the readiness probe.
func (r *Readiness) Ready(ctx context.Context) error {
	looking, last := r.begin(ctx)
	if looking == nil {
		return last
	}
	ctx, cancel := context.WithTimeout(ctx, readyWait)
	defer cancel()
	select {
	case <-looking:
		return r.found()
	case <-ctx.Done():
		return r.slow()
	}
}

// slow returns the answer to a probe whose [readyWait] has ended before the look.
func (r *Readiness) slow() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.checked.IsZero() && r.last == nil && r.now().Sub(r.checked) < slowFor {
		return nil
	}
	return errSlow
}

// Keys returns nil once all stored keys are of the version of this process or of a later one. Afterwards it costs
// nothing, and does not depend on the database. Until then it waits for a look, unless the last one still counts,
// and returns its error, which has no address.
func (r *Readiness) Keys(ctx context.Context) error {
	select {
	case <-r.keys:
		return nil
	default:
	}
	looking, last := r.begin(ctx)
	if looking == nil {
		return last
	}
	select {
	case <-r.keys: // the look goes on with its write
		return nil
	case <-looking:
	case <-ctx.Done():
		return errSlow
	}
	select {
	case <-r.keys: // but the database could not be written
		return nil
	default:
		return r.found()
	}
}

// begin returns a channel that is closed at the end of the look in progress, or nil and the result of the last
// look if that still counts. If there is no look in progress, it begins one.
//
// There is one look at a time: probes that come meanwhile wait for it. It does not end with the
// probe that began it, so a client that disconnects does not cancel it for the others.
func (r *Readiness) begin(ctx context.Context) (looking <-chan struct{}, last error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	counts := unreadyFor
	if r.last == nil {
		counts = readyFor
	}
	if r.looking == nil && !r.checked.IsZero() && r.now().Sub(r.checked) < counts {
		return nil, told(r.last)
	}
	if r.looking == nil {
		r.looking = make(chan struct{})
		go r.run(context.WithoutCancel(ctx), r.looking)
	}
	return r.looking, nil
}

// found returns the result of the last look.
func (r *Readiness) found() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return told(r.last)
}

// Metric is 1 if the last look found that a registration can be stored, and 0 before the first look.
// A scrape causes no look: [Readiness.Watch] calls Ready once a second, so the value is some seconds old at
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

// run looks once and stores the result. The look is bounded by the bound of postgres.Pending, by
// [probeWait], and by the bound of a commit.
func (r *Readiness) run(ctx context.Context, done chan struct{}) {
	err := r.look(ctx)
	r.mu.Lock()
	defer r.mu.Unlock()
	// The age of a result counts from the end of the look, so that the next does not follow a slow one at once.
	r.checked, r.last, r.looking = r.now(), err, nil
	r.report(err)
	close(done)
}

// ports matches the local port of a connection in an error. It differs each time, and would make each
// failure with one cause a new cause.
var ports = regexp.MustCompile(`:[0-9]+->`)

// report logs a change. The first result is a change if the service is not ready. The caller holds the
// lock. A cause is logged once and not at each look, because an hour of outage may have thousands of looks.
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
		// The line names the setting, because a wrong host, role or password in it is the usual cause.
		r.log.Warn("not ready: the database cannot be reached, and is tried again",
			"setting", "ENROLL_DATABASE_URL", "err", err)
	default:
		r.log.Warn("not ready", "reason", told(err).Error(), "err", err)
	}
}

// Watch calls [Readiness.Ready] in the background each [readyTick] until stop is called, so that the log of a
// service that is not probed has the changes, too. stop waits for a look in progress, which is not canceled and
// takes 9 s at most: 2 s for postgres.Pending, [probeWait], and 5 s for the commit. The pool may be closed after
// stop.
func (r *Readiness) Watch(ctx context.Context) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(readyTick)
		defer tick.Stop()
		for {
			_ = r.Ready(ctx) // run logs the result
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

// errUnmigrated means that steps of the schema have not been applied to the database. A service that is
// started before `enroll migrate` waits for it, so that the order of the two does not matter.
var errUnmigrated = errors.New("the database is not migrated: run enroll migrate")

// errOldKeys means that `enroll migrate` has not finished to compute the keys of identifiers again: it was
// interrupted, or two users have one key by the new rules. This version would not find users by their old
// keys, and would let others register their names.
var errOldKeys = errors.New(
	"the keys of user names, emails and phones are of an older version: run enroll migrate, which names what is left")

// lookAt returns why the database of a pool cannot store a registration, nil if it can. It checks the
// schema and the version of the keys first: those errors say what to do, and a write alone succeeds in a
// database without the schema.
func (r *Readiness) lookAt(ctx context.Context, pool *postgres.Pool, keys int32) error {
	if pending, err := postgres.Pending(ctx, pool); err != nil {
		return err
	} else if pending {
		return errUnmigrated
	}
	ctx, cancel := context.WithTimeout(ctx, probeWait)
	defer cancel()
	if done, err := rekey.Done(ctx, pool, keys); err != nil {
		return err
	} else if !done { // check: keys-ready
		return errOldKeys
	}
	r.keysOnce.Do(func() { close(r.keys) })
	return postgres.Probe(ctx, pool)
}

// told returns an error for the client of a probe, without an address, nil if err is nil. That client
// need not be the operator. The log has the whole cause. An unfit setting is not a secret, and its error
// names the remedy.
func told(err error) error {
	unfit := new(postgres.UnfitError)
	switch {
	case err == nil, errors.Is(err, errUnmigrated), errors.Is(err, errOldKeys):
		return err
	case errors.As(err, &unfit):
		return unfit
	case errors.Is(err, postgres.ErrReadOnly):
		return postgres.ErrReadOnly
	case errors.Is(err, postgres.ErrOutcomeUnknown), errors.Is(err, context.DeadlineExceeded):
		return errSlow
	case postgres.IsFull(err):
		return errors.New("the disk of the database is full")
	}
	return errors.New("the database does not answer")
}
