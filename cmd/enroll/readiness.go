package main

import (
	"context"
	"errors"
	"log/slog"
	"regexp"
	"sync"
	"time"

	"github.com/enroll-project/enroll/internal/postgres"
)

// How long one look at the database counts for all that ask, the longest wait of one that asks, and
// how often the service looks unasked, so that its log tells of a change.
const (
	readyFor   = 2 * time.Second
	unreadyFor = 200 * time.Millisecond
	readyWait  = time.Second // probes of load balancers time out after 1 to 5 s by default
	readyTick  = time.Second
)

// readiness knows whether a registration could be kept. It looks by writing, at a bounded rate
// however many ask, and logs why the answer has changed.
type readiness struct {
	look func(context.Context) error // nil if ready
	now  func() time.Time
	log  *slog.Logger

	mu      sync.Mutex
	checked time.Time     // when the last look ended; zero before the first
	last    error         // what it found
	logged  string        // the cause that was logged last, "" for ready
	looking chan struct{} // closed when the look in progress ends; nil if there is none
}

// errSlow is the answer while a look takes longer than [readyWait].
var errSlow = errors.New("the database does not confirm a write in time")

// ready returns nil if the database can keep a registration. The error has no address: it goes to
// the client of the readiness probe.
func (r *readiness) ready(ctx context.Context) error {
	r.mu.Lock()
	counts := unreadyFor
	if r.last == nil {
		counts = readyFor
	}
	if r.looking == nil && !r.checked.IsZero() && r.now().Sub(r.checked) < counts {
		defer r.mu.Unlock()
		return told(r.last)
	}
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

// run looks once and keeps what it finds. The look bounds itself.
func (r *readiness) run(ctx context.Context, done chan struct{}) {
	err := r.look(ctx)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.checked, r.last, r.looking = r.now(), err, nil
	r.report(err)
	close(done)
}

// ports are those of our own end of a connection, which differ each time.
var ports = regexp.MustCompile(`:[0-9]+->`)

// report logs a change, and the first answer if it is no.
func (r *readiness) report(err error) {
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
		r.log.Warn("not ready: the database cannot be reached, and is tried again", "setting", "ENROLL_DATABASE_URL", "err", err)
	default:
		r.log.Warn("not ready", "reason", told(err).Error(), "err", err)
	}
}

// watch looks each [readyTick] until stop is called, which waits for a look in progress.
func (r *readiness) watch(ctx context.Context) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(readyTick)
		defer tick.Stop()
		for {
			_ = r.ready(ctx) // is logged
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

// errUnmigrated: the database lacks steps of the schema.
var errUnmigrated = errors.New("the database is not migrated: run enroll migrate")

// lookAt returns why the database of a pool cannot keep a registration.
func lookAt(ctx context.Context, pool *postgres.Pool) error {
	if pending, err := postgres.Pending(ctx, pool); err != nil {
		return err
	} else if pending {
		return errUnmigrated
	}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	return postgres.Probe(ctx, pool)
}

// told is err in words without an address, nil if it is nil.
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
