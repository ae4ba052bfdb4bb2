package event

import (
	"context"
	"encoding/base64"
	"fmt"
	"time"

	"github.com/enroll-project/enroll/gen/db"
	"github.com/enroll-project/enroll/internal/postgres"
)

// SetAside is an event that a receiver has not accepted, and that is sent to it again only if an operator asks for
// that. It is kept until then, or for as long as the event itself.
type SetAside struct {
	Event
	Receiver string
	// WebhookID is the id that the receiver has got with the event, and that its log may have.
	WebhookID string
	Since     time.Time
	Tries     int32 // that have failed; 0 if a server of an earlier version has set it aside
	// Failure is what the last try has met, in short: status 502, timeout, no answer. It has nothing that the receiver has
	// sent but its status.
	Failure string
}

// AsideFilter selects events that are set aside. A zero field selects all.
type AsideFilter struct {
	// Receiver is a name. The receiver need not be configured any more.
	Receiver string
	Site     int64
	User     int64
	Cursor   string // of the page before
	Page     int32  // events at most; MaxPage if it is not from 1 to MaxPage
}

// AsidePage is a part of the list.
type AsidePage struct {
	Events []SetAside
	Next   string // the cursor of the next page; "" after the last one
}

// asidePlace is a place in the list: that of the event that was read last.
type asidePlace struct {
	receiver string
	user     int64
	seq      int32
}

// SetAside returns the next events that a filter selects, in the order of receivers, users and numbers. An event that
// is set aside meanwhile may come before the place of the cursor, and is in the next list. A page of a filter that
// selects few may have none and a next page all the same, as in List. An event that was purged is not in it: its row
// goes with the same purge.
func (l *Log) SetAside(ctx context.Context, f AsideFilter) (AsidePage, error) {
	at, err := parseAsideCursor(f.Cursor)
	if err != nil {
		return AsidePage{}, err
	}
	// The admin API has the same bound in its contract, and the command line has none of its own.
	if f.Page <= 0 || f.Page > MaxPage {
		f.Page = MaxPage
	}
	// The order is that of the primary key, so the rows of a receiver are a range of it, and so are those of a user of
	// the receiver.
	if f.Receiver != "" && (at.receiver != f.Receiver || at.user < f.User) {
		at = asidePlace{f.Receiver, f.User, 0}
	}
	// As in List: without a filter that is applied here, the rows are the page, and with one, a page that selects nothing
	// reads a bounded number of rows.
	rows := int32(scanPage)
	if f.Site == 0 && f.User == 0 {
		rows = f.Page
	}
	// Empty and not nil, so that JSON has an empty list and not null.
	page := AsidePage{Events: []SetAside{}}
	for range scans {
		found, err := l.queries.ListSetAsideEvents(ctx, db.ListSetAsideEventsParams{
			AfterReceiver: at.receiver, AfterUser: at.user, AfterSeq: at.seq, Page: rows,
		})
		if err != nil {
			return AsidePage{}, postgres.Safe(err)
		}
		for i, row := range found {
			if f.passed(row) {
				return page, nil
			}
			at = asidePlace{row.Receiver, row.UserID, row.Seq}
			// The id is 0 if the event was purged a moment ago: there is nothing to show or to send again.
			if row.ID != 0 && f.selects(row) {
				page.Events = append(page.Events, setAsideOf(row))
			}
			if len(page.Events) == int(f.Page) {
				// A full page may be the last one. Its cursor then gives an empty page, which costs one request more.
				if i < len(found)-1 || len(found) == int(rows) {
					page.Next = asideCursorOf(at)
				}
				return page, nil
			}
		}
		if len(found) < int(rows) {
			return page, nil
		}
	}
	page.Next = asideCursorOf(at)
	return page, nil
}

// passed reports that this row and all later ones are behind those that the filter selects. So the list of a receiver
// or of its user ends without reading the rows of the others.
func (f AsideFilter) passed(row db.ListSetAsideEventsRow) bool {
	return f.Receiver != "" && (row.Receiver != f.Receiver || f.User != 0 && row.UserID > f.User)
}

// selects reports whether the filter selects a row of its receiver.
func (f AsideFilter) selects(row db.ListSetAsideEventsRow) bool {
	if f.Site != 0 && row.SiteID != f.Site { // check: aside-site
		return false
	}
	return f.User == 0 || row.UserID == f.User
}

// setAsideOf returns a row as an operator sees it. Times are in UTC, as those of events. The id that the receiver has
// got is not stored: it is made of numbers that do not change.
func setAsideOf(row db.ListSetAsideEventsRow) SetAside {
	return SetAside{
		Event: Event{
			row.ID, row.SiteID, row.UserID, row.Seq, Type(row.Type), row.EventAt.In(time.UTC), row.Fields,
		},
		Receiver: row.Receiver, WebhookID: webhookID(row.SiteID, row.UserID, row.Seq, row.Tx),
		Since: row.At.In(time.UTC), Tries: row.Tries, Failure: row.Failure,
	}
}

// asideCursorOf returns the cursor of a place. The name of a receiver has no blank, and 64 characters at most: the
// cursor then has 127, of 128 that the contract allows.
func asideCursorOf(at asidePlace) string {
	return base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%s %d %d", at.receiver, at.user, at.seq))
}

// parseAsideCursor is the inverse of asideCursorOf. A forged cursor can only select another place in the same list.
func parseAsideCursor(text string) (at asidePlace, err error) {
	if text == "" {
		return at, nil // the first page
	}
	// As in parseCursor, the last comparison refuses other texts that Sscanf reads.
	plain, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil {
		return at, ErrCursor
	}
	n, err := fmt.Sscanf(string(plain), "%s %d %d", &at.receiver, &at.user, &at.seq)
	if n != 3 || err != nil || asideCursorOf(at) != text || !receiverName.MatchString(at.receiver) {
		return at, ErrCursor
	}
	return at, nil
}
