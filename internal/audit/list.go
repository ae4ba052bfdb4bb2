package audit

import (
	"context"
	"math"
	"time"

	"github.com/enroll-project/enroll/gen/db"
	"github.com/enroll-project/enroll/internal/postgres"
)

// MaxPage is how many entries a page has at most.
const MaxPage = 200

// Filter selects entries. A zero field selects all.
type Filter struct {
	Site   int64
	User   int64
	Before int64 // only entries with a smaller id, such as the last id of the page before; 0 for all
	Page   int32 // entries at most; MaxPage if it is not from 1 to MaxPage
}

// Record is an entry as it is stored.
type Record struct {
	ID int64
	Entry
}

// List returns the newest entries that a filter selects, the newest first. Every page is read by an index,
// so its cost does not depend on the number of entries.
func (l *Log) List(ctx context.Context, f Filter) ([]Record, error) {
	if f.Before == 0 {
		f.Before = math.MaxInt64
	}
	if f.Page <= 0 || f.Page > MaxPage {
		f.Page = MaxPage
	}
	var rows []db.AuditEntry
	var err error
	switch {
	// A user's id belongs to one site. The site is compared below, since a key of one site must not read the
	// entries of a user of another site.
	case f.User != 0:
		rows, err = l.queries.AuditEntriesOfUser(ctx, db.AuditEntriesOfUserParams{
			UserID: f.User, Before: f.Before, Page: f.Page,
		})
	// Each of the three queries has an index. One query with optional conditions would have one plan for all cases.
	case f.Site != 0:
		rows, err = l.queries.AuditEntriesOfSite(ctx, db.AuditEntriesOfSiteParams{
			SiteID: f.Site, Before: f.Before, Page: f.Page,
		})
	default:
		rows, err = l.queries.AuditEntries(ctx, db.AuditEntriesParams{Before: f.Before, Page: f.Page})
	}
	records := make([]Record, 0, len(rows))
	for _, row := range rows {
		if f.Site != 0 && postgres.OrZero(row.SiteID) != f.Site { // check: audit-site
			continue
		}
		records = append(records, recordOf(row))
	}
	return records, err
}

// recordOf returns a row as a record.
// Its time is in UTC, as in JSON and in tables for people.
func recordOf(row db.AuditEntry) Record {
	return Record{row.ID, Entry{
		By:  Actor{Kind(row.Actor), row.ActorName, row.Network},
		Act: Act(row.Act), Site: postgres.OrZero(row.SiteID), User: postgres.OrZero(row.UserID), Detail: row.Detail,
		At: row.At.In(time.UTC),
	}}
}
