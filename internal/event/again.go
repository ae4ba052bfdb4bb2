package event

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/enroll-project/enroll/gen/db"
)

// moment is a place in the log in the order of time. A replay that selects by a time goes through the log in this
// order, because the index of the table finds the first event in it.
type moment struct {
	at time.Time // in microseconds, as in the database
	place
}

// ofLog reports whether the replay selects from the log, and not from what is set aside.
func (r Replay) ofLog() bool { return !r.Since.IsZero() || r.After != "" }

// replayLog queues events of the log again that the receiver was sent, in the transaction of q: those of up to 2,000
// users whose first selected event is among the next 2,000 selected ones. All later events of these users come with it,
// so no later page has them again. What is set aside among them is in the list no more. Events that the receiver has
// still to get come anyhow, and are not counted.
func (l *Log) replayLog(ctx context.Context, q *db.Queries, r Replay, to Receiver) (done Replayed, err error) {
	start, err := r.start(ctx, q)
	if err != nil {
		return done, err
	}
	// The start is the same for all pages: it decides which event of a user is the first one, also if that was in an
	// earlier page.
	after := start
	if r.Cursor != "" {
		if after, err = parseMoment(r.Cursor); err != nil {
			return done, err
		}
		// It is of another selection, and would bring events along that this one does not have.
		if after.at.Before(start.at) { // check: replay-cursor
			return done, ErrCursor
		}
	}
	// From here on no replica passes anything in the log for the receiver, so the last event of each user that it was
	// sent stays the same until all is queued.
	if err := hold(ctx, q, to.Name); err != nil {
		return done, err
	}
	p := db.ReplayEventsSinceParams{
		Receiver: to.Name, SiteID: r.Site, FromUser: 1, ToUser: math.MaxInt64, Page: replayUsers, Now: l.now(),
		StartAt: start.at, StartTx: start.tx, StartID: start.id, AfterAt: after.at, AfterTx: after.tx, AfterID: after.id,
	}
	// A user has few events, which an index finds among those of all others.
	if r.User != 0 {
		p.FromUser, p.ToUser = r.User, r.User
	}
	// A range may hold events of types that the receiver does not get. They are passed over when it is sent.
	for _, t := range to.types {
		p.Types = append(p.Types, string(t))
	}
	queued, err := q.ReplayEventsSince(ctx, p)
	if err != nil {
		return done, err
	}
	// A full page may be the last one. Then the next call finds nothing, and says so by an empty cursor.
	if queued.Events == replayUsers {
		done.Next = cursorOfMoment(moment{queued.LastAt, place{queued.LastTx, queued.LastID}})
	}
	if queued.Queued == 0 {
		return done, nil
	}
	// Those that are set aside in the ranges are among the queued ones, so they are not counted twice. Deliveries are
	// locked before rows of this list, as in replay.
	done.Events = queued.Queued
	_, err = q.DeleteReplayedEvents(ctx, db.DeleteReplayedEventsParams{
		Receiver: to.Name, FromUser: queued.FirstUser, ToUser: queued.LastUser,
	})
	if err != nil {
		return done, err
	}
	return done, r.record(ctx, q, done, p.Now, r.User)
}

// start returns the place behind which the replay begins. For After it is read anew for each page: if the purge deletes
// the event meanwhile, the next page is refused, and the operator goes on with a time.
func (r Replay) start(ctx context.Context, q *db.Queries) (moment, error) {
	if r.After == "" {
		// No place in the log is 0, so an event of this very moment is behind the place.
		return moment{at: r.Since.Truncate(time.Microsecond)}, nil
	}
	id, err := parseWebhookID(r.After)
	if err != nil || r.Site != 0 && r.Site != id.site { // check: replay-after-site
		return moment{}, ErrAfterUnknown
	}
	rows, err := q.EventPlace(ctx, db.EventPlaceParams{SiteID: id.site, UserID: id.user, Seq: id.seq, Tx: id.tx})
	if err != nil {
		return moment{}, err
	}
	// It was purged, or it is of another database: an id of a restored one has another place in the log.
	if len(rows) == 0 {
		return moment{}, ErrAfterUnknown
	}
	return moment{rows[0].At, place{rows[0].Tx, rows[0].ID}}, nil
}

// webhookIDParts are the parts of a webhook-id. Together they name one event for ever: the number of a user's event
// could come again after a restore, but not with the same place in the log.
type webhookIDParts struct {
	site, user, tx int64
	seq            int32
}

// parseWebhookID is the inverse of webhookID.
func parseWebhookID(text string) (p webhookIDParts, err error) {
	n, err := fmt.Sscanf(text, "evt_%d_%d_%d_%d", &p.site, &p.user, &p.seq, &p.tx)
	// The comparison refuses other texts that Sscanf reads, such as a number with a sign.
	if n != 4 || err != nil || webhookID(p.site, p.user, p.seq, p.tx) != text {
		return p, errors.New("event: this is not a webhook-id")
	}
	return p, nil
}

// cursorOfMoment returns the cursor of a place. It has three numbers, and that of a replay of what is set aside has
// one. So each is refused by the other kind of replay, instead of being read as another place.
//
// The time comes first, as in the order. Its unit is the microsecond, which is that of the database, so that no event
// is between a place and its cursor.
func cursorOfMoment(at moment) string {
	return base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%d.%d.%d", at.at.UnixMicro(), at.tx, at.id))
}

// parseMoment is the inverse of cursorOfMoment. A forged cursor can only leave events of the selection out: one before
// its start is refused.
func parseMoment(text string) (at moment, err error) {
	var micro int64
	plain, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil {
		return at, ErrCursor
	}
	n, err := fmt.Sscanf(string(plain), "%d.%d.%d", &micro, &at.tx, &at.id)
	at.at = time.UnixMicro(micro)
	if n != 3 || err != nil || cursorOfMoment(at) != text {
		return at, ErrCursor
	}
	return at, nil
}
