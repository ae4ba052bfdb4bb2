package transfer

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/enroll-project/enroll/gen/db"
	"github.com/enroll-project/enroll/internal/audit"
	"github.com/enroll-project/enroll/internal/postgres"
	"github.com/enroll-project/enroll/internal/transfer/source"
)

// The acts of this package in the audit log. An import has an entry at its begin and one at its end, so that an import
// that was cut off is in the log, too.
const (
	exported    audit.Act = "users.exported"
	importBegun audit.Act = "users.import_begun"
	imported    audit.Act = "users.imported"
)

// pageSize is how many users are read, and how many rows are stored, at a time.
const pageSize = 1000

// ExportConfig is what an export needs. All fields but Site and Progress are required.
type ExportConfig struct {
	// Its role needs to read users and groups and to add entries to the audit log.
	Pool *postgres.Pool
	By   audit.Actor
	Site int64 // 0 for all sites
	Now  func() time.Time
	// Progress is called after each page with the number of users so far. It may be nil.
	Progress func(users int64)
}

// Export writes the groups and then the users to out, in the order of their ids, and returns the number of users. A
// user whose deletion is due is left out. The audit log has an entry before the first user is read.
//
// It reads one snapshot of the database, so that no two lines have one identifier, in pages. The transaction stays
// open to the end: it keeps the server from removing rows that were replaced meanwhile, and locks nothing. The memory
// of an export does not depend on the number of users.
func Export(ctx context.Context, c ExportConfig, out io.Writer) (users int64, err error) {
	// By is not checked here: a constraint of the audit log refuses an actor without a name.
	if c.Pool == nil || c.Now == nil {
		return 0, errors.New("transfer: a dependency is missing")
	}
	// The entry is there before a hash leaves the database.
	entry := audit.Entry{By: c.By, Act: exported, Site: c.Site, At: c.Now()}
	err = postgres.InTx(ctx, c.Pool, func(tx pgx.Tx) error {
		return audit.Add(ctx, db.New(tx), entry) // check: export-audited
	})
	if err != nil {
		return 0, postgres.Safe(err)
	}
	// Not postgres.InTx: it repeats a transaction, and what is written cannot be taken back.
	// One connection for the whole export: all pages must be of one snapshot.
	conn, err := postgres.Acquire(ctx, c.Pool)
	if err != nil {
		return 0, postgres.Safe(err)
	}
	defer conn.Release()
	tx, err := conn.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly})
	if err != nil {
		return 0, postgres.Safe(err)
	}
	// Nothing is changed, so an error of the rollback does not matter. It must run after ctx has ended, too.
	defer func() { _ = tx.Rollback(context.WithoutCancel(ctx)) }()
	e := exporter{c, db.New(tx), bufio.NewWriterSize(out, 1<<16), c.Now()}
	// A reader may pause, such as a program that asks for a password: the transaction is idle then.
	// Each step writes its part, and the first error ends the export.
	if err = e.queries.WaitForReader(ctx); err == nil { // check: export-waits
		err = e.line(source.Header{Kind: source.KindHeader, Format: source.Format, Version: source.Version, Export: true})
	}
	if err == nil {
		err = e.groups(ctx)
	}
	if err == nil {
		users, err = e.users(ctx)
	}
	// The last line shows a reader that the file is whole.
	if err == nil {
		err = e.line(source.End{Kind: source.KindEnd, Users: users})
	}
	if err == nil {
		err = e.out.Flush()
	}
	return users, postgres.Safe(err)
}

// exporter writes one export.
type exporter struct {
	cfg     ExportConfig
	queries *db.Queries
	out     *bufio.Writer
	at      time.Time
}

// line writes a line.
func (e exporter) line(value any) error {
	// The buffer returns the error of an earlier write, too.
	text, err := source.Encode(value)
	if err == nil {
		_, err = e.out.Write(text)
	}
	if err != nil {
		return fmt.Errorf("transfer: write: %w", err)
	}
	return nil
}

// groups writes the groups, before the users that are in them.
func (e exporter) groups(ctx context.Context) error {
	next := db.ExportGroupsParams{Page: pageSize}
	for {
		rows, err := e.queries.ExportGroups(ctx, next)
		if err != nil || len(rows) == 0 {
			return err
		}
		// A row that is left out moves the page on as well.
		for _, g := range rows {
			next.AfterSite, next.AfterID = g.SiteID, g.ID
			if e.cfg.Site != 0 && g.SiteID != e.cfg.Site {
				continue
			}
			if err := e.line(groupOf(g)); err != nil {
				return err
			}
		}
	}
}

// users writes the users by id. Each page begins after the last id of the one before, so that it costs the same at any
// place. Users of other sites are read and left out: no index has the ids of one site in order.
func (e exporter) users(ctx context.Context) (written int64, err error) {
	next := db.ExportUsersParams{Page: pageSize}
	for {
		rows, err := e.queries.ExportUsers(ctx, next)
		if err != nil || len(rows) == 0 {
			return written, err
		}
		// The place is that of the last row, written or not.
		for _, row := range rows {
			next.After = row.ID
			// From the time of its deletion on there is no such user, although the purge has not deleted the row yet.
			due := row.DeleteAt != nil && !row.DeleteAt.After(e.at) // check: export-deleted
			if due || e.cfg.Site != 0 && row.SiteID != e.cfg.Site {
				continue
			}
			// No line is held back: memory is bounded by one page.
			if err := e.line(userOf(row)); err != nil {
				return written, err
			}
			written++
		}
		if e.cfg.Progress != nil {
			e.cfg.Progress(written)
		}
	}
}

// groupOf returns the line of a group.
func groupOf(g db.Group) source.Group {
	// The id goes with the group, because the lines of its users name it.
	return source.Group{
		Kind: source.KindGroup, Site: g.SiteID, ID: g.ID, Title: g.Title, Description: g.Description, Level: g.Level,
	}
}

// userOf returns the line of a row.
func userOf(row db.User) source.User {
	// Keys and skeletons are left out, because they follow from the identifiers. So are the marks of sessions and of the
	// network of the registration, which mean nothing in another deployment, and the invitation of an operator: its id
	// may be that of another invitation there.
	u := source.User{
		Kind: source.KindUser, ID: source.NumberID(row.ID), Site: row.SiteID, UserName: postgres.OrZero(row.UserName),
		Email: postgres.OrZero(row.Email), EmailVerified: utc(row.EmailVerifiedAt), Phone: postgres.OrZero(row.Phone),
		PasswordHash: postgres.OrZero(row.PasswordHash), RealName: row.RealName, FirstName: row.FirstName,
		LastName: row.LastName, AvatarURL: row.AvatarUrl, Introduce: row.Introduce, Group: row.GroupID,
		Status: source.Active, Retailer: row.IsRetailer, Balance: row.Balance, TotalReward: row.TotalReward,
		InviteCode: row.InviteCode, InviteLimit: row.InviteLimit, InvitesUsed: row.InvitesUsed,
		Created: utc(&row.CreatedAt), Updated: utc(&row.UpdatedAt), LastLogin: utc(&row.LastLoginAt),
		Expires: utc(row.ExpiresAt), Delete: utc(row.DeleteAt), UserNameChanged: utc(row.UserNameChangedAt),
		PhoneSince: utc(row.PhoneSince), EmailSince: utc(row.EmailSince),
		TermsVersion: postgres.OrZero(row.TermsVersion), TermsAt: utc(row.TermsAt),
		TermsLanguage: postgres.OrZero(row.TermsLanguage),
	}
	// The inviter is in the file as well, unless only one site is exported.
	// Its id there is another one, and the import maps it.
	if row.ParentID != nil {
		u.Parent = source.NumberID(*row.ParentID)
	}
	// The other status is 1. Package holder has both values.
	switch {
	case row.Waiting:
		u.Status = source.Waiting
	case row.Status == 0:
		u.Status = source.Disabled
	}
	// A birthday is a day, so seconds are enough.
	if row.Birthday != nil {
		u.Birthday = row.Birthday.Unix()
	}
	// PostgreSQL has checked that this is an object.
	if row.Extra != nil {
		u.Extra = json.RawMessage(*row.Extra)
	}
	return u
}

// utc returns a time as files have it, nil for none. The time zone of the machine must not show in a file.
func utc(at *time.Time) *time.Time {
	if at == nil {
		return nil
	}
	return new(at.UTC())
}
