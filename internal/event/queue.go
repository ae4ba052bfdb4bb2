package event

import (
	"context"
	"math"
	"slices"
	"time"

	"github.com/enroll-project/enroll/gen/db"
	"github.com/enroll-project/enroll/internal/postgres"
)

// The times of a claim fit into each other: the last request of a turn begins maxTurn after its begin at the latest,
// and takes maxTimeout at most. The rest of claimTime is for the statements before and after, on a busy database.
const (
	// statementTime bounds one statement.
	statementTime = 10 * time.Second
	// claimTime is how long a claim lasts. If its replica is gone, others send the events after this time.
	claimTime = time.Minute
	// maxTurn is the time after which a claim begins no further request, so that it ends with the last one.
	maxTurn = 20 * time.Second
	// turnPage bounds the events that one claim sends.
	turnPage = 20
)

// The pauses are those that Standard Webhooks suggests, roughly: short ones for a restart of the receiver, long ones
// for an outage that people have to end.
//
// Failed events are tried again after about firstRetry, then after three times as long, up to lastRetry. In three days
// that is about 18 tries.
const (
	firstRetry = 5 * time.Second
	lastRetry  = 6 * time.Hour
)

// queue queues the events behind the place of the receiver, and returns how many it has read. A receiver that the
// database does not know begins at the end of the log: it gets nothing of the years before it was set. Events of
// transactions that still run are left to a later call, as in Log.List, so that no place is passed too early.
func (l *line) queue(ctx context.Context) (int64, error) {
	ctx, cancel := context.WithTimeout(ctx, statementTime)
	defer cancel()
	if !l.added {
		if err := l.queries.AddEventReceiver(ctx, db.AddEventReceiverParams{Name: l.Name}); err != nil {
			return 0, postgres.Safe(err)
		}
		l.added = true
	}
	// The statement leaves unwanted events out, so that a receiver of few types has few rows.
	var types []string
	for _, t := range l.types {
		types = append(types, string(t))
	}
	passed, err := l.queries.QueueEvents(ctx, db.QueueEventsParams{
		Receiver: l.Name, Page: queuePage, Now: l.now(), Types: types,
	})
	return passed, postgres.Safe(err)
}

// claim claims deliveries that are due, as many as places are free, or none while the receiver wants no request. Other
// replicas skip the rows, and do not wait for them. A claim whose replica has died is due when its time is over.
func (l *line) claim(ctx context.Context) (claimed []db.Delivery, free int, err error) {
	// Only this goroutine takes places, so there are at least as many a moment later.
	free = parallel - len(l.busy)
	now := l.now()
	if now.UnixNano() < l.resume.Load() { // check: event-paused
		return nil, free, nil // its events are queued meanwhile
	}
	ctx, cancel := context.WithTimeout(ctx, statementTime)
	defer cancel()
	claimed, err = l.queries.ClaimDeliveries(ctx, db.ClaimDeliveriesParams{
		Receiver: l.Name, Now: now, Until: now.Add(claimTime), Page: int32(free), // check: event-claim
	})
	return claimed, free, postgres.Safe(err)
}

// result is what a turn has come to: the events up to seq are done, and the next one is due at due. It is stored once,
// at the end of the turn: if the replica dies before, the whole turn is repeated, and the receiver drops what it knows.
type result struct {
	// seq is the number of the last event that is done: delivered, not wanted, or set aside.
	seq int32
	// tries counts the failed tries of the event after it.
	tries int32
	// next is when that event happened, or an earlier time. The lag is measured by it.
	next time.Time
	due  time.Time
	// aside is the event that is set aside in this turn, if there is one. It is the last of the turn.
	aside        *db.Event
	asideFailure string
	asideTries   int32
}

// turn sends the events of a claimed delivery in their order, and stores what has come of it. No transaction is open
// while a receiver answers. An error of the database leaves the claim as it is, and the events are sent again after it.
func (l *line) turn(ctx context.Context, stop <-chan struct{}, d db.Delivery) error {
	// All bounds together are less than claimTime: a statement, the requests, and a statement.
	begin := time.Now() // a duration, so the clock of this machine
	read, cancel := context.WithTimeout(context.WithoutCancel(ctx), statementTime)
	defer cancel()
	events, err := l.queries.EventsToDeliver(read, db.EventsToDeliverParams{
		UserID: d.UserID, Seq: d.Seq, LastSeq: d.LastSeq, Page: turnPage,
	})
	if err != nil {
		return postgres.Safe(err)
	}
	r := l.send(ctx, stop, d, events, begin)
	// A canceled turn is stored, too: its events are due at once.
	store, cancel := context.WithTimeout(context.WithoutCancel(ctx), statementTime)
	defer cancel()
	stored, err := l.store(store, d, r)
	if r.aside != nil {
		l.report(r, stored)
	}
	return postgres.Safe(err)
}

// report counts and logs the event that a turn has set aside. If that was not stored, as after a replay, which ends the
// claim, the event is sent again, and the request has failed like others.
func (l *line) report(r result, stored bool) {
	if !stored {
		l.sent.WithLabelValues(l.Name, "failed").Inc()
		return
	}
	l.sent.WithLabelValues(l.Name, "set_aside").Inc()
	e := r.aside
	l.log.Warn("an event is set aside", "webhook_id", webhookID(e.SiteID, e.UserID, e.Seq, e.Tx), "user_id", e.UserID,
		"seq", e.Seq, "type", e.Type, "failure", r.asideFailure)
}

// send sends events of one user, in the order of their numbers, until one fails, maxTurn has passed since begin, or
// stop is closed. The events that are left are due at once, and another turn sends them: users that wait for a place
// come between, so that one with many events does not keep it.
func (l *line) send(
	ctx context.Context, stop <-chan struct{}, d db.Delivery, events []db.Event, begin time.Time,
) result {
	r := result{seq: d.Seq, tries: d.Tries, next: d.EventAt, due: l.now()}
	// The claim is not renewed, so the turn begins no request that could outlast it.
	for _, e := range events {
		// Between two wanted events of a user there may be others.
		if !l.wants(Type(e.Type)) {
			r.seq = e.Seq
			continue
		}
		if r.next = e.At; time.Since(begin) > maxTurn || closed(stop) { // check: event-turn
			return r
		}
		switch out := l.post(ctx, e); {
		case out.delivered:
			l.sent.WithLabelValues(l.Name, "delivered").Inc()
			if l.failing.Swap(false) {
				l.log.Info("the receiver accepts events again")
			}
			r.seq, r.tries = e.Seq, 0 // the tries are those of one event
		case ctx.Err() != nil: // not the receiver's failure
			return r
		default:
			return l.failed(r, d, e, out)
		}
	}
	// Events that are missing were purged, and those that are left are not wanted.
	if len(events) < turnPage {
		r.seq = d.LastSeq
	}
	return r
}

// closed reports whether a channel is closed. Nothing may be sent to the channel.
func closed(stop <-chan struct{}) bool {
	select {
	case <-stop:
		return true
	default:
		return false
	}
}

// wants reports whether the receiver gets events of a type. The types may have become fewer since an event was queued.
func (l *line) wants(t Type) bool {
	return slices.Contains(l.types, t) // check: event-types
}

// failed decides when an event is tried again, or that it is not. The later events of the user wait for it in both
// cases: until it is accepted or set aside. With 410 the receiver says that it wants nothing more, but a mistake in its
// address says the same, so the events are kept in the list of what was set aside, and new ones are tried once each.
func (l *line) failed(r result, d db.Delivery, e db.Event, out outcome) result {
	now, since := l.now(), e.At
	if d.QueuedAt.After(since) { // an old event that was replayed, or was queued late
		since = d.QueuedAt
	}
	// Events that have waited behind a failed one are as old as it is, nearly, and get one try each after its end.
	end := since.Add(l.retry)
	if purged := e.At.Add(l.keep - time.Hour); l.keep > 0 && purged.Before(end) { // check: event-purged-first
		end = purged
	}
	if out.gone || !now.Before(end) { // check: event-set-aside
		r.aside, r.asideFailure, r.asideTries = &e, out.failure, r.tries+1
		r.seq, r.tries = e.Seq, 0
		return r
	}
	// One line at the beginning of an outage and one at its end: a line for each try would flood the log.
	l.sent.WithLabelValues(l.Name, "failed").Inc()
	if !l.failing.Swap(true) {
		l.log.Warn("a receiver of events does not accept them; they are tried again", "failure", out.failure)
	}
	// The other events would meet the same overload, so the header holds for all of this replica.
	if out.after > 0 {
		l.resume.Store(now.Add(out.after).UnixNano())
	}
	r.due = now.Add(max(l.retryIn(r.tries), out.after))
	if r.due.After(end) {
		r.due = end // the last try
	}
	r.tries++
	return r
}

// retryIn returns the time from the failed try of a number, from 0, to the next one. The jitter spreads the users whose
// events have failed together.
func (l *line) retryIn(tries int32) time.Duration {
	// Pow may return infinity, which min replaces.
	whole := min(float64(l.first)*math.Pow(3, float64(tries)), float64(lastRetry))
	return time.Duration(whole * (0.5 + l.rand()/2))
}

// store stores the result of a turn, and reports whether it did. If the claim has ended meanwhile, another replica may
// have claimed the delivery. The number of the turn shows that, and store changes nothing then.
func (l *line) store(ctx context.Context, d db.Delivery, r result) (stored bool, err error) {
	// One statement is a transaction by itself. Most turns need no other.
	if r.aside == nil {
		return l.move(ctx, l.queries, d, r)
	}
	// In one transaction, so that an event that is passed over is in the list.
	err = l.runner.InTx(ctx, func(ctx context.Context, q *db.Queries) (err error) {
		if stored, err = l.move(ctx, q, d, r); err != nil || !stored {
			return err
		}
		return q.SetAsideEvent(ctx, db.SetAsideEventParams{
			Receiver: l.Name, UserID: d.UserID, Seq: r.aside.Seq, SiteID: r.aside.SiteID, Type: r.aside.Type,
			EventAt: r.aside.At, At: l.now(), Failure: r.asideFailure, Tries: r.asideTries,
		})
	})
	return stored && err == nil, err
}

// move ends a delivery, or continues it if events are left. It reports whether the claim was still good. A delivery
// that has ended leaves no row, so the table is as large as what is still to be sent, and not as what was sent.
func (l *line) move(ctx context.Context, q *db.Queries, d db.Delivery, r result) (bool, error) {
	// The row ends only if no further event was queued meanwhile. Otherwise it continues, with that event as the next.
	if r.seq >= d.LastSeq {
		n, err := q.EndDelivery(ctx, db.EndDeliveryParams{Receiver: l.Name, UserID: d.UserID, Turn: d.Turn, Seq: r.seq})
		if n > 0 || err != nil {
			return n > 0, err
		}
	}
	n, err := q.ContinueDelivery(ctx, db.ContinueDeliveryParams{
		Receiver: l.Name, UserID: d.UserID, Turn: d.Turn, Seq: r.seq, EventAt: r.next, DueAt: r.due, Tries: r.tries,
	})
	return n > 0, err
}
