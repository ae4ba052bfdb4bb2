// Package operator has the use cases of operators: look users up, create, approve and change them, disable and enable
// them, delete them, end their sessions, set their group, invite people, and free an address whose codes are used up.
//
// The admin API and the command line call the same functions. An act is a change by an operator. Each act is one
// transaction, which also writes its entry to the audit log: an act that is not in the log has changed nothing.
// A dry run runs the same statements and rolls them back, so it fails where the act would fail.
//
// An act that finds its user or group as it would make it, such as disabling a disabled user, succeeds and
// writes no entry. [Service.EndSessions] and [Service.ResetCodes] do not check that, and always write an entry.
//
// # Locks
//
// An act locks the row of its user before it reads the row, as a login and a change of the password do. So if the
// login is first, the act ends its session. If the act is first, the login finds the user as the act has left it.
// [Service.SendCode] changes no row of a user and takes no lock.
// An act locks the rows of one user only, the user first, so two acts cannot deadlock. The exception
// is a verified email, which is taken from another user: the database ends a deadlock of two such acts, and
// package postgres repeats the act that the database has rolled back.
//
// # Rules
//
// What an operator enters is checked by the rules of a registration ([Rules]). No captcha is needed, and no code of a
// phone or an email: the operator vouches for a phone, and says whether an email is verified. A violated rule gives a
// *refusal.Error, as in a registration.
//
// A user that an operator creates is one like any other: it may log in, recover and leave in the same ways. No
// message is sent to it, and it has no session before its first login. A new password has the effects that it has for
// a holder: all sessions end, and the verified email gets a notice, which the service sends a minute later at most. The
// notice has the time of the change, and not the password or its author. A change by an operator does not count
// against the holder: the holder's next change of the user name needs no wait, and a new address recovers the
// account at once. An address that the holder has changed recovers the account only after a day, since a thief may
// have changed it.
//
// # Lists
//
// A list is ordered by the time of the registration and then by id, the newest first. Its cursor is the place of the
// last user of a page. The two columns never change, so a user keeps its place while others register, change or
// leave. Each query has an index with the columns of its filter and then of this order, so that a page is one range of
// the index. The exception is a filter by two properties, such as group and status (method page).
//
// # Sites
//
// A user's id is unique over all sites, and an act may be bound to one site: then a user of another site
// does not exist for it. Identifiers are unique within a site, so that a look-up by one needs the site.
package operator

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/enroll-project/enroll/gen/db"
	"github.com/enroll-project/enroll/internal/address"
	"github.com/enroll-project/enroll/internal/audit"
	"github.com/enroll-project/enroll/internal/code"
	"github.com/enroll-project/enroll/internal/identifier"
	"github.com/enroll-project/enroll/internal/postgres"
	"github.com/enroll-project/enroll/internal/refusal"
	"github.com/enroll-project/enroll/internal/session"
)

// The acts of this package in the audit log.
const (
	created       audit.Act = "user.created"
	updated       audit.Act = "user.updated"
	disabled      audit.Act = "user.disabled"
	enabled       audit.Act = "user.enabled"
	deleted       audit.Act = "user.deleted"
	sessionsEnded audit.Act = "user.sessions_ended"
	groupSet      audit.Act = "user.group_set"
	codeSent      audit.Act = "user.code_sent"
	codesReset    audit.Act = "codes.reset"
	groupCreated  audit.Act = "group.created"
	groupUpdated  audit.Act = "group.updated"
	groupDeleted  audit.Act = "group.deleted"

	invitationCreated audit.Act = "invitation.created"
	invitationRevoked audit.Act = "invitation.revoked"
)

// The errors that an operator can correct.
var (
	ErrUserUnknown  = errors.New("there is no such user")
	ErrGroupUnknown = errors.New("there is no such group on the user's site")
	ErrAddress      = errors.New("this is neither a mobile phone nor an email")
	ErrCursor       = errors.New("this is not a cursor of a list")
)

// The values of users.status. Package holder has the same two as its Status. A user that waits for approval is
// disabled, too, and users.waiting says that it waits.
const (
	statusDisabled int32 = 0
	statusActive   int32 = 1
)

// Config holds what a [Service] needs. All fields but Codes, Addresses and Rules are required.
type Config struct {
	Pool *postgres.Pool
	// Sites are those that the deployment serves.
	Sites []int64
	// Codes resets the codes of an address. If it is nil, [Service.ResetCodes] returns an error.
	Codes *code.Service
	// Addresses sends recovery codes. If it is nil, [Service.SendCode] returns an error.
	Addresses *address.Addresses
	// Phones parses phones of any country: a user whose country is no longer served can still log
	// in.
	Phones identifier.PhoneRules
	// DefaultGroup is the group of new users, which needs no row in the table of groups.
	DefaultGroup int64
	// Rules check what an operator enters. If they are nil, [Service.Create] and [Service.Update] return an error.
	Rules *Rules
	// Locale is the language of notices to holders (BCP 47): that of the deployment, since the holder sends no request.
	Locale string
	Now    func() time.Time
}

// Service has the use cases. It is safe for concurrent use; all its state is in PostgreSQL.
type Service struct {
	pool         *postgres.Pool
	queries      *db.Queries
	sites        []int64
	codes        *code.Service
	addresses    *address.Addresses
	phones       identifier.PhoneRules
	defaultGroup int64
	rules        *Rules
	locale       string
	now          func() time.Time
}

// New returns a Service, or an error if Pool or Now is missing.
func New(cfg Config) (*Service, error) {
	if cfg.Pool == nil || cfg.Now == nil {
		return nil, errors.New("operator: a dependency is missing")
	}
	return &Service{
		pool: cfg.Pool, queries: db.New(postgres.NewStatements(cfg.Pool)), codes: cfg.Codes, phones: cfg.Phones,
		sites: cfg.Sites, addresses: cfg.Addresses, defaultGroup: cfg.DefaultGroup, rules: cfg.Rules, locale: cfg.Locale,
		now: cfg.Now,
	}, nil
}

// site refuses a site that the deployment does not serve: its users could not log in.
func (s *Service) site(site int64) error {
	if !slices.Contains(s.sites, site) { // check: operator-create-site
		return &refusal.Error{Reason: refusal.SiteUnknown, Field: "Site-Id"}
	}
	return nil
}

// Act has the parameters that all acts on a user share, apart from Create. The actor is a parameter and not a field
// of the service, because one process serves many service keys.
type Act struct {
	By     audit.Actor
	User   int64
	Site   int64 // the user must be of this site; 0 for any
	DryRun bool  // change the user, and roll that back
}

// Disable disables a user and ends all its sessions, at once and everywhere. A user that waits is disabled and waits no
// longer.
func (s *Service) Disable(ctx context.Context, a Act) (User, error) {
	return s.setStatus(ctx, a, disabled, statusDisabled)
}

// Enable enables a user, and admits one that waits. It revives no session.
func (s *Service) Enable(ctx context.Context, a Act) (User, error) {
	return s.setStatus(ctx, a, enabled, statusActive)
}

// setStatus changes the status of a user. Disabling and enabling differ in the value and in the entry only.
func (s *Service) setStatus(ctx context.Context, a Act, act audit.Act, status int32) (User, error) {
	return s.change(ctx, a, act, "", func(ctx context.Context, q *db.Queries, row db.User) (db.User, error) {
		if row.Status == status && !row.Waiting { // check: waiting-disabled
			return row, errSame
		}
		// The sessions of a disabled user are ended by a trigger, in this transaction.
		return q.SetUserStatus(ctx, db.SetUserStatusParams{ID: row.ID, Status: status, Now: s.now()})
	})
}

// Delete ends all sessions of a user and has the user deleted by the next purge, a minute or two later. Unlike a
// deletion by the holder, no login can cancel it: from now on each login fails.
func (s *Service) Delete(ctx context.Context, a Act) (User, error) {
	return s.change(ctx, a, deleted, "", func(ctx context.Context, q *db.Queries, row db.User) (db.User, error) {
		now := s.now()
		// A deletion that the holder has requested for later is due now instead.
		if row.DeleteAt != nil && !row.DeleteAt.After(now) {
			return row, errSame
		}
		if err := session.EndAll(ctx, q, row.ID, now); err != nil { // check: operator-delete-ends-sessions
			return row, err
		}
		// Package leave deletes the rows a minute later, when requests that are in flight now have
		// ended.
		return q.DeleteUserNow(ctx, db.DeleteUserNowParams{ID: row.ID, Now: now})
	})
}

// EndSessions ends all sessions of a user.
func (s *Service) EndSessions(ctx context.Context, a Act) (User, error) {
	return s.change(ctx, a, sessionsEnded, "", func(ctx context.Context, q *db.Queries, row db.User) (db.User, error) {
		// This is done even if there is no session: a token of an early release has no row,
		// and ends as well.
		return row, session.EndAll(ctx, q, row.ID, s.now())
	})
}

// SetGroup sets the group of a user. The group must be one of the user's site, or the group of new users.
func (s *Service) SetGroup(ctx context.Context, a Act, group int64) (User, error) {
	// Groups have ids that people know, so the entry names the new one.
	detail := fmt.Sprintf("to group %d", group)
	return s.change(ctx, a, groupSet, detail, func(ctx context.Context, q *db.Queries, row db.User) (db.User, error) {
		if row.GroupID == group {
			return row, errSame
		}
		if err := s.groupOf(ctx, q, row.SiteID, group); err != nil {
			return row, err
		}
		return q.SetUserGroup(ctx, db.SetUserGroupParams{ID: row.ID, GroupID: group, Now: s.now()})
	})
}

// groupOf returns [ErrGroupUnknown] unless a site has a group.
func (s *Service) groupOf(ctx context.Context, q *db.Queries, site, group int64) error {
	// The default group needs no row. On a site without groups all users are in the default group.
	if group == s.defaultGroup {
		return nil
	}
	// Each site has groups of its own. The id of another site's group would give rights by mistake.
	// The group is held, so that it is not deleted before the user is in it.
	_, err := q.HoldGroup(ctx, db.HoldGroupParams{SiteID: site, ID: group}) // check: group-held
	if errors.Is(err, pgx.ErrNoRows) {
		return ErrGroupUnknown
	}
	return err
}

// Reset says what a reset of an address has deleted. Both are 0 if the address had neither codes nor counts.
type Reset struct{ Codes, Counts int64 }

// ResetCodes ends the codes of a phone or an email and forgets its counts, on all sites: the counts of an address are
// over all sites. The entry in the log names no user, since the address may have no user. A dry run is rolled back.
func (s *Service) ResetCodes(ctx context.Context, by audit.Actor, typed string, dry bool) (done Reset, err error) {
	if s.codes == nil {
		return Reset{}, errors.New("operator: a reset of codes needs Config.Codes")
	}
	// A mistyped address is refused: the reset would find nothing, and must not be reported as done. An address that
	// could not register today is mistyped unless it has codes or counts.
	address, today, err := s.address(typed)
	if err != nil {
		return Reset{}, err
	}
	err = postgres.InTx(ctx, s.pool, func(tx pgx.Tx) (err error) {
		q := s.queries.WithTx(tx)
		if done.Codes, done.Counts, err = s.codes.ResetIn(ctx, q, address); err != nil {
			return err
		}
		if !today && done == (Reset{}) {
			return ErrAddress
		}
		entry := audit.Entry{By: by, Act: codesReset, At: s.now()}
		err = audit.Add(ctx, q, entry) // check: operator-reset-audited
		if err == nil && dry {         // check: operator-reset-dry
			err = errDry
		}
		return err
	})
	if errors.Is(err, errDry) {
		err = nil
	}
	return done, postgres.Safe(err)
}

// errSame reports that the user or the group is already as the act would make it.
var errSame = errors.New("operator: nothing to change")

// errDry rolls a dry run back.
var errDry = errors.New("operator: dry run")

// change locks a user, changes it and writes the entry, in one transaction. The lock is the one that a login
// takes, so a login that has not finished finds its user changed. A holder's change of the password takes it, too: the
// second of the two finds the first one's hash. Then the holder's old password is wrong; an operator needs none.
func (s *Service) change(
	ctx context.Context, a Act, act audit.Act, detail string,
	do func(context.Context, *db.Queries, db.User) (db.User, error),
) (User, error) {
	// The transaction may be repeated after a deadlock. Each attempt sets row again.
	var row db.User
	err := postgres.InTx(ctx, s.pool, func(tx pgx.Tx) (err error) {
		q := s.queries.WithTx(tx)
		row, err = q.LockUserOfAnySite(ctx, db.LockUserOfAnySiteParams{ID: a.User})
		// A user of another site is unknown to an act that is bound to a site.
		if errors.Is(err, pgx.ErrNoRows) || err == nil && a.Site != 0 && row.SiteID != a.Site { // check: operator-site
			return ErrUserUnknown
		}
		if err != nil {
			return err
		}
		if row, err = do(ctx, q, row); errors.Is(err, errSame) {
			return nil
		} else if err != nil {
			return err
		}
		entry := audit.Entry{By: a.By, Act: act, Site: row.SiteID, User: row.ID, Detail: detail, At: s.now()}
		err = audit.Add(ctx, q, entry) // check: operator-audited
		if err == nil && a.DryRun {    // check: operator-dry-run
			err = errDry
		}
		return err
	})
	// A dry run is rolled back, and the row is what the act would have stored.
	if errors.Is(err, errDry) {
		err = nil
	}
	return userOf(row), s.refused(ctx, err)
}

// refused returns the refusal for an error of a transaction, or the error without the values that PostgreSQL quotes
// (I8). A taken identifier is a refusal, as in a registration.
func (s *Service) refused(ctx context.Context, err error) error {
	// These errors have no value of the database.
	for _, known := range []error{
		ErrUserUnknown, ErrGroupUnknown, ErrGroupTaken, ErrGroupInUse, ErrGroupTitle, ErrGroupAbout, ErrInvitationUnknown,
		ErrNotWaiting,
	} {
		if errors.Is(err, known) {
			return err
		}
	}
	known := (*refusal.Error)(nil)
	if mapped := refusal.Of(err); errors.As(mapped, &known) && known.Err == nil {
		return refusal.Confirmed(ctx, s.pool, mapped)
	}
	// Other errors are internal ones, such as an outage or a check constraint that no rule explains. The caller
	// reports them.
	return postgres.Safe(err)
}
