package event

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/enroll-project/enroll/gen/db"
	"github.com/enroll-project/enroll/internal/audit"
	"github.com/enroll-project/enroll/internal/postgres"
)

// replayed is the act of a replay in the audit log.
const replayed audit.Act = "events.replayed"

// replayUsers is how many users one call of Replay serves at most: so many rows of deliveries are written in a part of
// a second. Nothing new is queued for the receiver meanwhile, and another replay waits for at most the lock_timeout of
// the database's sessions, 2 seconds.
const replayUsers = 2_000

// The errors of a replay that an operator can correct.
var (
	// ErrReceiverUnknown is the error of a name that ENROLL_EVENTS_URL does not have: events for it would wait for ever.
	ErrReceiverUnknown = errors.New("ENROLL_EVENTS_URL has no such receiver")
	ErrEventUnknown    = errors.New("no event with this webhook-id is set aside for the receiver")
	// ErrAfterUnknown is the error of a Replay.After that is no event, or that is not kept any more.
	ErrAfterUnknown = errors.New("no event with this webhook-id is kept: select by a time")
	// ErrSelection is the error of a Replay that selects in two ways.
	ErrSelection = errors.New("a replay is of one event, or since a time, or after an event: give one of them")
)

// Replay selects events to be sent again: those that are set aside or, with Since or After, all that the receiver was
// sent from then on. A zero field selects all.
type Replay struct {
	By        audit.Actor
	Receiver  string // required
	Site      int64
	User      int64
	WebhookID string // of one event; those of its user behind it come along
	// Since selects what happened then or later, and After what happened later than the event with this webhook-id. They
	// are for a receiver that has lost what it had. At most one of WebhookID, Since and After may be set.
	Since  time.Time
	After  string
	Cursor string // of the call before, with the same selection
	DryRun bool   // replay, and roll that back
}

// Replayed says what a replay has come to.
type Replayed struct {
	Events int64 // that are sent again
	// Purged counts those that are not kept any more. They are not sent.
	Purged int64
	Next   string // the cursor of the next call; "" if no further user has such events
}

// errDry rolls a dry run back.
var errDry = errors.New("event: dry run")

// Replay has events sent again, of up to 2,000 users in one call, under the webhook-ids that they had. They are not set
// aside any more, and the retries begin anew. It does not wait for the receiver.
//
// The events of a user stay in their order: all that come behind the first one that is replayed come again, too, so
// that the last one is the newest. Those that are set aside among them count as replayed. A receiver that drops events
// by their ids drops those that were delivered. The events of a user that was deleted are sent like others. A second
// replay at the same time waits for a call of the first, for two seconds at most, and then serves what is left. The
// error is one of the Err variables, or one of the database.
func (l *Log) Replay(ctx context.Context, r Replay) (done Replayed, err error) {
	to, err := l.receiver(r.Receiver)
	if err != nil {
		return done, err
	}
	// A mistake in the selection is found before the transaction, which holds a row that replicas need.
	params, err := r.params()
	if err != nil {
		return done, err
	}
	err = l.runner.InTx(ctx, func(ctx context.Context, q *db.Queries) error {
		// The transaction may be repeated, so nothing of an earlier attempt is kept.
		if r.ofLog() {
			done, err = l.replayLog(ctx, q, r, to)
		} else {
			done, err = l.replay(ctx, q, r, params)
		}
		if err == nil && r.DryRun { // check: replay-dry-run
			err = errDry
		}
		return err
	})
	if errors.Is(err, errDry) {
		err = nil
	}
	// An id that selects nothing is mistyped, or its event was replayed already.
	if err == nil && r.WebhookID != "" && done.Events+done.Purged == 0 {
		err = ErrEventUnknown
	}
	return done, postgres.Safe(err)
}

// receiver returns a receiver by its name. One that is configured elsewhere only, such as in the environment of the
// service and not in that of the command, is refused, too: a mistyped name would look like it.
func (l *Log) receiver(name string) (Receiver, error) {
	var known []string
	for _, r := range l.receivers {
		if r.Name == name { // check: replay-receiver
			return r, nil
		}
		known = append(known, r.Name)
	}
	if len(known) == 0 {
		return Receiver{}, fmt.Errorf("%w: it has none", ErrReceiverUnknown)
	}
	return Receiver{}, fmt.Errorf("%w: it has %s", ErrReceiverUnknown, strings.Join(known, ", "))
}

// replay queues events that are set aside, takes them from the list and writes the entry, in the transaction of q.
func (l *Log) replay(
	ctx context.Context, q *db.Queries, r Replay, params db.ReplaySetAsideEventsParams,
) (done Replayed, err error) {
	if err := hold(ctx, q, r.Receiver); err != nil {
		return done, err
	}
	// The time of retries begins when the events are queued, and not when the command was typed: it may have waited.
	params.Now = l.now()
	queued, err := q.ReplaySetAsideEvents(ctx, params)
	if err != nil || queued.Users == 0 {
		return done, err
	}
	// The purge deletes the rows of these events in its next statement. They stay in the list until then.
	done.Purged = queued.Purged
	if queued.Users == replayUsers {
		done.Next = replayCursorOf(queued.LastUser)
	}
	// Deliveries are locked before rows of this list, here as at the end of a turn, so that neither waits for the other.
	done.Events, err = q.DeleteReplayedEvents(ctx, db.DeleteReplayedEventsParams{
		Receiver: r.Receiver, FromUser: params.FromUser, ToUser: queued.LastUser,
	})
	if err != nil || done.Events == 0 {
		return done, err
	}
	return done, r.record(ctx, q, done, params.Now, ofUser(params))
}

// hold locks the receiver until the end of the transaction. Its row may be missing after a failover, as in Observe.
// Without it, two replays would not wait for each other, and what they queue would be sent all the same.
func hold(ctx context.Context, q *db.Queries, receiver string) error {
	if err := q.AddEventReceiver(ctx, db.AddEventReceiverParams{Name: receiver}); err != nil {
		return err
	}
	return q.HoldEventReceiver(ctx, db.HoldEventReceiverParams{Receiver: receiver})
}

// record writes the entry of a call: that of a large replay says how far it has come.
func (r Replay) record(ctx context.Context, q *db.Queries, done Replayed, at time.Time, user int64) error {
	entry := audit.Entry{
		By: r.By, Act: replayed, Site: r.Site, User: user, At: at,
		Detail: fmt.Sprintf("%d to %s", done.Events, r.Receiver),
	}
	return audit.Add(ctx, q, entry) // check: replay-audited
}

// params returns the bounds of users and numbers that a replay selects, or the error of its cursor or its webhook-id.
func (r Replay) params() (p db.ReplaySetAsideEventsParams, err error) {
	if r.ofLog() {
		if r.WebhookID != "" || r.After != "" && !r.Since.IsZero() {
			err = ErrSelection
		}
		return p, err
	}
	// No bound of a user or a number is 0 in the database, where both begin at 1.
	p = db.ReplaySetAsideEventsParams{
		Receiver: r.Receiver, FromUser: 1, ToUser: math.MaxInt64, FromSeq: 1, ToSeq: math.MaxInt32, SiteID: r.Site,
		Page: replayUsers,
	}
	// The users before the cursor were served. Rows of theirs that are set aside again meanwhile are left to another
	// replay, so that one to a receiver that still refuses comes to its end.
	if r.Cursor != "" {
		last, err := parseReplayCursor(r.Cursor)
		if err != nil {
			return p, err
		}
		p.FromUser = last + 1
	}
	if r.User != 0 {
		// Of a user before the cursor, this range is empty.
		p.FromUser, p.ToUser = max(p.FromUser, r.User), r.User
	}
	if r.WebhookID == "" {
		return p, nil
	}
	// The id names a user and a number. The place in the log shows whether it is an id of this database.
	id, err := parseWebhookID(r.WebhookID)
	if err != nil || r.Site != 0 && r.Site != id.site || r.User != 0 && r.User != id.user {
		return p, ErrEventUnknown
	}
	p.SiteID, p.FromUser, p.ToUser, p.FromSeq, p.ToSeq, p.Tx = id.site, id.user, id.user, id.seq, id.seq, id.tx
	return p, nil
}

// ofUser returns the user of a replay that selects one, or else 0. The entry in the audit log names it, so that a
// search for the user finds the replay.
func ofUser(p db.ReplaySetAsideEventsParams) int64 {
	if p.ToUser == math.MaxInt64 {
		return 0
	}
	return p.ToUser
}

// replayCursorOf returns the cursor behind a user. It holds for as long as the user's id, so a program may go on days
// later.
func replayCursorOf(user int64) string {
	return base64.RawURLEncoding.EncodeToString(strconv.AppendInt(nil, user, 10))
}

// parseReplayCursor is the inverse of replayCursorOf.
func parseReplayCursor(text string) (user int64, err error) {
	plain, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil {
		return 0, ErrCursor
	}
	user, err = strconv.ParseInt(string(plain), 10, 64)
	if err != nil || user < 1 || user == math.MaxInt64 || replayCursorOf(user) != text {
		return 0, ErrCursor
	}
	return user, nil
}
