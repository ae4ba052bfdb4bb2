// Package event is the log of what has happened to users, for programs that follow it: registrations, verified
// emails, changes of fields and passwords, disabled, enabled and deleted users.
//
// Triggers of the database write the events, in the transaction of the change (schema/00043_events.sql). So an event
// exists if and only if its change does (I7 of package account), no matter what has made the change: a holder, an
// operator, the command line, a server of the previous version, or a statement that was typed by hand. An import of
// users is the exception: it gives no events for the users that it brings along.
//
// An event is thin: it says which user and which fields, and has no value. A reader asks for the user. So what a reader
// gets is never older than what it has, and no event must be erased when a user is deleted.
//
// A program reads the log ([Log]), or a [Sender] sends it the events. Both give each event at least once, and those of
// a user in their order. A reader is as fast as it asks, and keeps its place itself. A Sender is for programs that
// must know within a second, or that cannot reach the admin API: it keeps the place of each, and what it has not
// accepted yet.
package event

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"github.com/enroll-project/enroll/gen/db"
	"github.com/enroll-project/enroll/internal/postgres"
	"github.com/enroll-project/enroll/internal/tx"
)

// MinKeep is the shortest time for which events are kept: a reader that was away for a night loses none.
const MinKeep = 24 * time.Hour

// MaxPage is how many events a page has at most.
const MaxPage = 200

// A page of a filter looks at scanPage rows at a time and at scans times as many. On two busy cores that takes a few
// milliseconds each. Without this bound, a filter that selects nothing would read the whole log.
const (
	scanPage = 2000
	scans    = 10
)

// ErrCursor is the error of a cursor that List has not returned.
var ErrCursor = errors.New("this is not a cursor: give the one that the page before has returned")

// Type is the type of an event. Its values are stored in the database and are read by programs, so they do not
// change.
type Type string

// The types of events.
const (
	Registered      Type = "user.registered"
	Verified        Type = "user.verified" // the email
	Updated         Type = "user.updated"  // fields, or the time of a requested deletion
	PasswordChanged Type = "user.password_changed"
	Disabled        Type = "user.disabled"
	Enabled         Type = "user.enabled"
	Deleted         Type = "user.deleted"
)

// Types returns all types.
func Types() []Type {
	return []Type{Registered, Verified, Updated, PasswordChanged, Disabled, Enabled, Deleted}
}

// Event is one event. Fields has the names of the changed fields of an Updated, and is empty for the other types.
type Event struct {
	ID     int64
	Site   int64
	User   int64
	Seq    int32 // the number among the events of the user, from 1
	Type   Type
	At     time.Time
	Fields []string
}

// Filter selects events. A zero field selects all.
type Filter struct {
	Site   int64
	User   int64
	Type   Type
	From   time.Time
	Until  time.Time // exclusive
	Cursor string    // of the page before; "" for the beginning of the log
	Page   int32     // events at most; MaxPage if it is not from 1 to MaxPage
}

// Page is a part of the log.
type Page struct {
	Events []Event
	// Next is the place after the page. It is never empty: a reader that follows the log asks again with it later.
	Next string
	// More reports that the log goes on after Next already. Then a page with a filter may have few events or none.
	More bool
}

// Config holds what a [Log] needs. All fields but Receivers are required.
type Config struct {
	Pool *postgres.Pool
	Keep time.Duration // at least MinKeep
	Now  func() time.Time
	// Receivers are those to which events can be sent again, with the types that they get.
	Receivers []Receiver
}

// Log reads and purges the log, and has events sent again. It sends none itself: a [Sender] does. It is safe for
// concurrent use.
type Log struct {
	runner    *tx.Runner
	queries   *db.Queries
	keep      time.Duration
	now       func() time.Time
	receivers []Receiver
}

// New returns a Log, or an error if a field of the configuration is missing or too small.
func New(cfg Config) (*Log, error) {
	if cfg.Pool == nil || cfg.Now == nil || cfg.Keep < MinKeep {
		return nil, errors.New("event: a dependency is missing, or events are kept for less than 24 hours")
	}
	l := &Log{runner: tx.New(cfg.Pool), keep: cfg.Keep, now: cfg.Now, receivers: cfg.Receivers}
	l.queries = l.runner.Queries()
	return l, nil
}

// place is a place in the log: that of the event that was read last.
type place struct{ tx, id int64 }

// List returns the next events that a filter selects, the oldest first. An event of a transaction that still runs is
// not listed, nor one of a later transaction: so a reader that goes on at Page.Next misses none, and gets none twice.
// The events of a user come in the order of their numbers.
func (l *Log) List(ctx context.Context, f Filter) (Page, error) {
	at, err := parseCursor(f.Cursor)
	if err != nil {
		return Page{}, err
	}
	if f.Page <= 0 || f.Page > MaxPage {
		f.Page = MaxPage
	}
	// Without a filter that is applied here, the rows are the page.
	rows := int32(scanPage)
	if f.Site == 0 && f.Type == "" && f.From.IsZero() && f.Until.IsZero() {
		rows = f.Page
	}
	// Empty and not nil, so that JSON has an empty list and not null.
	page := Page{Events: []Event{}, More: true}
	for scan := 0; scan < scans && page.More; scan++ {
		found, err := l.next(ctx, f.User, at, rows)
		if err != nil {
			return Page{}, postgres.Safe(err)
		}
		page.More = len(found) == int(rows)
		for i, row := range found {
			at = place{row.Tx, row.ID}
			if f.selects(row) {
				page.Events = append(page.Events, eventOf(row))
			}
			if len(page.Events) == int(f.Page) {
				page.More = page.More || i < len(found)-1
				page.Next = cursorOf(at)
				return page, nil
			}
		}
	}
	page.Next = cursorOf(at)
	return page, nil
}

// next returns the rows after a place, of one user or of all.
func (l *Log) next(ctx context.Context, user int64, after place, rows int32) ([]db.Event, error) {
	// A user has few events, which an index finds among those of all others.
	if user != 0 {
		return l.queries.EventsOfUser(ctx, db.EventsOfUserParams{
			UserID: user, AfterTx: after.tx, AfterID: after.id, Page: rows,
		})
	}
	return l.queries.EventsAfter(ctx, db.EventsAfterParams{AfterTx: after.tx, AfterID: after.id, Page: rows})
}

// selects reports whether the filter selects a row.
func (f Filter) selects(row db.Event) bool {
	switch {
	case f.Site != 0 && row.SiteID != f.Site: // check: event-site
		return false
	case f.Type != "" && row.Type != string(f.Type):
		return false
	case row.At.Before(f.From):
		return false
	}
	return f.Until.IsZero() || row.At.Before(f.Until)
}

// eventOf returns a row as an event. Its time is in UTC, as in JSON and in tables for people.
func eventOf(row db.Event) Event {
	// The place in the log stays here: readers get it as a cursor.
	return Event{row.ID, row.SiteID, row.UserID, row.Seq, Type(row.Type), row.At.In(time.UTC), row.Fields}
}

// cursorOf returns the cursor of a place. Readers keep it for as long as they like, so later versions must read it.
func cursorOf(at place) string {
	return base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%d.%d", at.tx, at.id))
}

// parseCursor is the inverse of cursorOf. A forged cursor can only select another place in the same log.
func parseCursor(text string) (at place, err error) {
	if text == "" {
		return at, nil
	}
	// The last comparison refuses other texts that Sscanf reads, such as a number with a sign.
	plain, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil {
		return at, ErrCursor
	}
	if n, err := fmt.Sscanf(string(plain), "%d.%d", &at.tx, &at.id); n != 2 || err != nil || cursorOf(at) != text {
		return at, ErrCursor
	}
	return at, nil
}

// purgeTimeout bounds one statement, since the number of events is not bounded.
const purgeTimeout = 10 * time.Second

// Purge deletes the events that are older than Config.Keep, and what is set aside of them, 1,000 by each
// statement, and returns the number of events. Replicas may call it at the same time: each skips the rows that another
// has locked.
func (l *Log) Purge(ctx context.Context) (total int64, err error) {
	// The clock is read once, so that all statements of a purge have the same bound.
	before := l.now().Add(-l.keep) // check: event-kept
	total, err = purge(ctx, func(ctx context.Context) (int64, error) {
		return l.queries.PurgeEvents(ctx, db.PurgeEventsParams{KeptAfter: before})
	})
	// This runs after an error, too: one table that cannot be purged must not keep the other from it.
	_, errAside := purge(ctx, func(ctx context.Context) (int64, error) {
		return l.queries.PurgeSetAsideEvents(ctx, db.PurgeSetAsideEventsParams{KeptAfter: before})
	})
	return total, errors.Join(err, errAside)
}

// purge repeats a statement until it deletes nothing, and returns how many rows it has deleted.
func purge(ctx context.Context, statement func(context.Context) (int64, error)) (total int64, err error) {
	for {
		bounded, cancel := context.WithTimeout(ctx, purgeTimeout)
		n, err := statement(bounded)
		cancel()
		total += n
		if err != nil || n == 0 {
			return total, postgres.Safe(err)
		}
	}
}
