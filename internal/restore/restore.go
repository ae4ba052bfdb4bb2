// Package restore makes a database ready for service after it was restored to an earlier point in
// time. The database lacks all that the service has done since that point, but clients, verifiers
// and other databases still refer to it:
//
//   - The ids of users that registered after the point would be given again, to other people. A
//     verifier that reads only the token's signature, or a database with orders of
//     users, would then take one for the other.
//   - Sessions that were ended after the point are live again, for example those of a thief that
//     a change of the password had ended (I12 of package account).
//   - Codes that were spent after the point could be spent again (I2).
//   - Events that happen from now on would come before those that readers of the log have seen.
//
// Sessions and remembered answers of users that registered later need no action: the restore has
// removed their rows.
package restore

import (
	"context"
	"fmt"
	"time"

	"github.com/enroll-project/enroll/gen/db"
	"github.com/enroll-project/enroll/internal/audit"
	"github.com/enroll-project/enroll/internal/postgres"
)

// The acts of Run in the audit log. It ends all sessions, so each begin is there, also of a run that fails.
const (
	begun audit.Act = "database.restore_begun"
	ended audit.Act = "database.restored"
)

// Skipped is how many ids of users are skipped. At 1,000 registrations a second, fewer users
// register within a day. After ninety million restores ids would still be below 2^53, up to which
// JavaScript numbers are exact.
const Skipped = 100_000_000

// Result is what has been done.
type Result struct {
	LastSkipped int64 // users that register later have greater ids
	Users       int64 // number of users whose sessions were ended
	Codes       int64 // number of codes that were deleted
}

// Moved sets later events behind all earlier ones if the database was moved to this cluster from another one, whose
// transactions have other ids. A move loses nothing else. In the cluster that has written the events it is a no-op.
func Moved(ctx context.Context, pool *postgres.Pool) error {
	queries := db.New(postgres.NewStatements(pool))
	err := queries.ShiftEvents(ctx, db.ShiftEventsParams{OnlyIfMoved: true}) // check: moved-events
	return postgres.Safe(err)
}

// Run skips ids, deletes all one-time codes and ends all sessions and tokens. now is the
// database's time, in which tokens are issued. Run is meant for the time before the service
// starts. It may be repeated, also after it has failed: it then skips ids once more. Its begin and its end are in the
// audit log as acts of by.
func Run(ctx context.Context, pool *postgres.Pool, by audit.Actor, now time.Time) (r Result, err error) {
	queries := db.New(postgres.NewStatements(pool))
	note := func(act audit.Act, detail string) error {
		entry := audit.Entry{By: by, Act: act, Detail: detail, At: now}
		if err := audit.Add(ctx, queries, entry); err != nil { // check: restore-audited
			return fmt.Errorf("restore: audit log: %w", postgres.Safe(err))
		}
		return nil
	}
	if err := note(begun, ""); err != nil {
		return r, err
	}
	// Ids come first: otherwise a user that registers meanwhile could get an id that was given before.
	r.LastSkipped, err = queries.SkipIDs(ctx, db.SkipIDsParams{Skipped: Skipped}) // check: restore-ids
	if err != nil {
		return r, fmt.Errorf("restore: skip ids: %w", postgres.Safe(err))
	}
	if err := queries.ShiftEvents(ctx, db.ShiftEventsParams{}); err != nil { // check: restore-events
		return r, fmt.Errorf("restore: shift events: %w", postgres.Safe(err))
	}
	if r.Codes, err = queries.DeleteAllCodes(ctx); err != nil { // check: restore-codes
		return r, fmt.Errorf("restore: delete codes: %w", postgres.Safe(err))
	}
	// In batches, because a statement that changes every user would exceed its time.
	for after := int64(0); ; {
		batch, err := queries.EndSessionsAfter(ctx, db.EndSessionsAfterParams{After: after, Now: now})
		if err != nil {
			return r, fmt.Errorf("restore: end sessions: %w", postgres.Safe(err))
		}
		if batch.Users == 0 {
			return r, note(ended, fmt.Sprintf("sessions of %d users, %d codes, ids up to %d", r.Users, r.Codes, r.LastSkipped))
		}
		r.Users += batch.Users
		after = batch.Last
	}
}
