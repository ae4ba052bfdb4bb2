// Package audit keeps the log of acts of operators and of changes of credentials: actor, act, user,
// time, network and key.
//
// [Add] writes an entry in the transaction of its act, so an entry exists if and only if the act was
// committed. An entry names a user by its id. It has no identifier and no secret, and stays after the user
// is deleted. The deletion runs a trigger that removes the networks from the user's own acts.
//
// The role that serves may add entries, but not change or delete them (deploy/roles.sql). A function of the
// database's owner deletes entries older than Config.Keep, and never those of the last 30 days.
package audit

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/enroll-project/enroll/gen/db"
	"github.com/enroll-project/enroll/internal/postgres"
	"github.com/enroll-project/enroll/internal/terms"
)

// MinKeep is the shortest time for which entries are kept. The function purge_audit of the database has the
// same bound.
const MinKeep = 30 * 24 * time.Hour

// Kind is the kind of an actor. Its values are stored in the database, so they do not change.
type Kind string

// The kinds of actors.
const (
	Self    Kind = "self"    // the holder of the account
	Key     Kind = "key"     // a service key
	Command Kind = "command" // the command line
)

// Act is the kind of an act. Its values are stored in the database, and programs of operators use them, so
// they do not change.
type Act string

// The acts of holders. Packages operator and servicekey have the acts of operators.
const (
	PasswordChanged   Act = "user.password_changed"
	PasswordReset     Act = "user.password_reset"
	UserNameChanged   Act = "user.user_name_changed"
	PhoneChanged      Act = "user.phone_changed"
	EmailChanged      Act = "user.email_changed"
	EmailVerified     Act = "user.email_verified"
	DeletionRequested Act = "user.deletion_requested"
	DeletionCanceled  Act = "user.deletion_canceled"
	TermsAccepted     Act = "user.terms_accepted"
)

// Actor is the author of an act. A person at the command line is named by the account of the operating
// system, because Enroll has no accounts of operators.
type Actor struct {
	Kind    Kind
	Name    string // of the key, or of the operating system's account; "" for Self
	Network string // of the client: IPv4 /24 or IPv6 /48, "" if it is not known or there is none
}

// Entry is one act. Detail has at most 200 characters. It has no value of a user, because an identifier would
// stay here after its user is deleted.
type Entry struct {
	By     Actor
	Act    Act
	Site   int64 // 0 for none
	User   int64 // the user that the act is about; 0 for none
	Detail string
	At     time.Time
}

// Add writes an entry in the transaction of q.
func Add(ctx context.Context, q *db.Queries, e Entry) error {
	// An error rolls the act back, so that no act is without its entry.
	return q.AddAuditEntry(ctx, db.AddAuditEntryParams{
		At: e.At, Actor: string(e.By.Kind), ActorName: e.By.Name, Act: string(e.Act),
		SiteID: orNull(e.Site), UserID: orNull(e.User), Network: e.By.Network, Detail: e.Detail,
	})
}

// AddOwn writes an entry about an act of a holder on the holder's own account, in the transaction of q.
func AddOwn(ctx context.Context, q *db.Queries, user db.User, act Act, network string, now time.Time) error {
	return Add(ctx, q, Entry{
		By: Actor{Kind: Self, Network: network}, Act: act, Site: user.SiteID, User: user.ID, At: now,
	})
}

// AddTerms writes an entry about terms that a holder accepts, in the transaction of q. before is the user's row as it
// was. The detail also has the acceptance that is replaced, because the row has only the last one, and that of a
// registration has no entry of its own.
func AddTerms(ctx context.Context, q *db.Queries, before db.User, accepted terms.Acceptance, network string) error {
	detail := accepted.Version
	if before.TermsVersion != nil && before.TermsAt != nil && before.TermsLanguage != nil {
		detail += fmt.Sprintf(", before it %s on %s (%s)",
			*before.TermsVersion, before.TermsAt.UTC().Format(time.RFC3339), *before.TermsLanguage)
	}
	return Add(ctx, q, Entry{
		By: Actor{Kind: Self, Network: network}, Act: TermsAccepted, Site: before.SiteID, User: before.ID,
		Detail: detail, At: accepted.At,
	})
}

// orNull returns NULL for 0: no site and no user has that id.
func orNull(id int64) *int64 {
	if id == 0 {
		return nil
	}
	return &id
}

// Config holds what a [Log] needs. All fields are required.
type Config struct {
	Pool *postgres.Pool
	Keep time.Duration // at least MinKeep
	Now  func() time.Time
}

// Log reads and purges the log. It is safe for concurrent use. It reads entries with the database role that serves,
// because that role answers the requests of operators. An attacker that can use that role learns ids, times and
// networks from the log, but no identifiers, and cannot hide an act of the last 30 days.
type Log struct {
	queries *db.Queries
	keep    time.Duration
	now     func() time.Time
}

// New returns a Log, or an error if a field of the configuration is missing or too small.
func New(cfg Config) (*Log, error) {
	if cfg.Pool == nil || cfg.Now == nil || cfg.Keep < MinKeep {
		return nil, errors.New("audit: a dependency is missing, or entries are kept for less than 30 days")
	}
	return &Log{queries: db.New(postgres.NewStatements(cfg.Pool)), keep: cfg.Keep, now: cfg.Now}, nil
}

// purgeTimeout bounds one statement, since the number of entries is not bounded.
const purgeTimeout = 10 * time.Second

// Purge deletes the entries that are older than Config.Keep, 1,000 by each statement, and returns their
// number. Replicas may call it at the same time: each skips the rows that another has locked.
func (l *Log) Purge(ctx context.Context) (total int64, err error) {
	// The clock is read once, so that all statements of a purge have the same bound.
	before := l.now().Add(-l.keep)
	for {
		bounded, cancel := context.WithTimeout(ctx, purgeTimeout)
		n, err := l.queries.PurgeAuditEntries(bounded, db.PurgeAuditEntriesParams{KeptAfter: before})
		cancel()
		total += n
		if err != nil || n == 0 {
			return total, postgres.Safe(err)
		}
	}
}
