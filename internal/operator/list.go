package operator

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/enroll-project/enroll/gen/db"
	"github.com/enroll-project/enroll/internal/identifier"
	"github.com/enroll-project/enroll/internal/person"
	"github.com/enroll-project/enroll/internal/postgres"
	"github.com/enroll-project/enroll/internal/terms"
)

// User is what an operator sees of a user. It has no hash of a password.
type User struct {
	ID, Site, Group, Inviter int64 // Inviter is 0 for none
	Invitation               int64 // of an operator, by which the user has registered; 0 for none
	UserName, Email          string
	EmailVerified            bool
	Phone                    string // in E.164
	Active, HasPassword      bool
	Waiting                  bool // for approval; then it is not active
	// Accepted are the terms that the user has accepted last, the zero value if none.
	Accepted               terms.Acceptance
	CreatedAt, LastLoginAt time.Time
	DeleteAt               *time.Time // nil unless the deletion was requested
	// Profile is the whole profile. The commands and the admin API show some of its fields.
	Profile person.Profile
}

// userOf returns a row as an operator sees it.
func userOf(row db.User) User {
	u := User{
		ID: row.ID, Site: row.SiteID, Group: row.GroupID, Profile: person.Of(row),
		EmailVerified: row.EmailVerifiedAt != nil, Active: row.Status == statusActive,
		Waiting: row.Waiting, HasPassword: row.PasswordHash != nil,
		CreatedAt: row.CreatedAt.UTC(), LastLoginAt: row.LastLoginAt.UTC(), DeleteAt: row.DeleteAt,
	}
	if row.TermsAt != nil {
		u.Accepted = terms.Acceptance{
			Version: postgres.OrZero(row.TermsVersion), Language: postgres.OrZero(row.TermsLanguage), At: row.TermsAt.UTC(),
		}
	}
	// An identifier that the user does not have is NULL in the row and "" here.
	for text, value := range map[*string]*string{&u.UserName: row.UserName, &u.Email: row.Email, &u.Phone: row.Phone} {
		if value != nil {
			*text = *value
		}
	}
	if row.ParentID != nil {
		u.Inviter = *row.ParentID
	}
	if row.InvitationID != nil {
		u.Invitation = *row.InvitationID
	}
	return u
}

// MaxPage is how many users a page has at most.
const MaxPage = 200

// Filter selects users of one site. A zero field other than Site does not restrict the selection.
type Filter struct {
	Site int64 // required
	// Identifier is a user name, a phone or an email, as its user would type it. It selects one user at most, and
	// the other fields but Site do not matter.
	Identifier   string
	Disabled     bool
	Waiting      bool // for approval; set at most one of Disabled and Waiting
	Group        int64
	Invitation   int64
	CreatedFrom  time.Time
	CreatedUntil time.Time // exclusive
	Cursor       string    // of the page before
	Page         int32     // users at most; MaxPage if it is not from 1 to MaxPage
}

// Get returns a user by its id. site is the user's, or 0 for any.
func (s *Service) Get(ctx context.Context, id, site int64) (User, error) {
	row, err := s.look(ctx, id, site)
	return userOf(row), err
}

// look returns the row of a user without a lock.
func (s *Service) look(ctx context.Context, id, site int64) (db.User, error) {
	row, err := s.queries.UserOfAnySite(ctx, db.UserOfAnySiteParams{ID: id})
	if errors.Is(err, pgx.ErrNoRows) || err == nil && site != 0 && row.SiteID != site { // check: operator-get-site
		return db.User{}, ErrUserUnknown
	}
	return row, postgres.Safe(err)
}

// List returns the users that a filter selects, the newest first, and the cursor of the next page, "" after the
// last one. A registration between two pages does not move other users, so that no user is listed twice or left
// out.
func (s *Service) List(ctx context.Context, f Filter) (users []User, next string, err error) {
	// An identifier is unique in its site, by constraint, so there is no page.
	if f.Identifier != "" {
		users, err = s.find(ctx, f.Site, f.Identifier)
		return users, "", err
	}
	if f.Page <= 0 || f.Page > MaxPage {
		f.Page = MaxPage
	}
	// A full page may be the last one, and then the next page is empty. To avoid that, each page would have to
	// read one row more.
	rows, err := s.page(ctx, f)
	if err != nil {
		return nil, "", err
	}
	users = make([]User, len(rows))
	for i, row := range rows {
		users[i] = userOf(row)
	}
	if len(rows) == int(f.Page) {
		next = cursorOf(rows[len(rows)-1])
	}
	return users, next, nil
}

// page returns the rows of a page. Each of the queries has an index in the order of the list. A filter by status and
// group may read all users of the status: few are disabled, and those that wait stay only until an operator decides. A
// filter by invitation and group or status may read all users of the invitation.
func (s *Service) page(ctx context.Context, f Filter) ([]db.User, error) {
	// The query selects (created_at, id) < (at, id). No id is below this one, so users created at CreatedUntil are left
	// out.
	at, id := f.CreatedUntil, int64(math.MinInt64)
	if at.IsZero() {
		at = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	// A cursor replaces CreatedUntil: the page that it ended had the same filter, so its last row is before that time.
	// This is not checked: with a cursor of another filter, CreatedUntil has no effect.
	if f.Cursor != "" {
		var err error
		if at, id, err = parseCursor(f.Cursor); err != nil {
			return nil, err
		}
	}
	var rows []db.User
	var err error
	// Each index has its own query: one query for all filters would have one plan for all of them. A group, and beside an
	// invitation also the status, are optional conditions of a query.
	switch {
	case f.Invitation != 0: // check: list-of-invitation
		rows, err = s.queries.ListInvitedUsers(ctx, db.ListInvitedUsersParams{
			SiteID: f.Site, InvitationID: f.Invitation, GroupID: f.Group, Disabled: f.Disabled, Waiting: f.Waiting,
			BeforeAt: at, BeforeID: id, CreatedFrom: f.CreatedFrom, Page: f.Page,
		})
	case f.Disabled:
		rows, err = s.queries.ListDisabledUsers(ctx, db.ListDisabledUsersParams{
			SiteID: f.Site, GroupID: f.Group, BeforeAt: at, BeforeID: id, CreatedFrom: f.CreatedFrom, Page: f.Page,
		})
	case f.Waiting: // check: list-waiting
		rows, err = s.queries.ListWaitingUsers(ctx, db.ListWaitingUsersParams{
			SiteID: f.Site, GroupID: f.Group, BeforeAt: at, BeforeID: id, CreatedFrom: f.CreatedFrom, Page: f.Page,
		})
	case f.Group != 0:
		rows, err = s.queries.ListUsersOfGroup(ctx, db.ListUsersOfGroupParams{
			SiteID: f.Site, GroupID: f.Group, BeforeAt: at, BeforeID: id, CreatedFrom: f.CreatedFrom, Page: f.Page,
		})
	default:
		rows, err = s.queries.ListUsers(ctx, db.ListUsersParams{
			SiteID: f.Site, BeforeAt: at, BeforeID: id, CreatedFrom: f.CreatedFrom, Page: f.Page,
		})
	}
	return rows, postgres.Safe(err)
}

// find returns the user that has a typed identifier, also if it is an email that is not verified.
func (s *Service) find(ctx context.Context, site int64, typed string) ([]User, error) {
	var row db.User
	var err error
	// The kind of an identifier follows from its form: no user name is an email or a phone (NAME-5).
	switch address, _, failed := s.address(typed); {
	case failed == nil && strings.Contains(address, "@"):
		row, err = s.queries.UserByEmail(ctx, db.UserByEmailParams{SiteID: site, EmailKey: address})
	case failed == nil:
		row, err = s.queries.UserByPhone(ctx, db.UserByPhoneParams{SiteID: site, Phone: address})
	default:
		key, ok := identifier.LoginUserName(typed)
		if !ok {
			return nil, nil // no user can have it
		}
		row, err = s.queries.UserByUserName(ctx, db.UserByUserNameParams{SiteID: site, UserNameKey: key})
	}
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	return []User{userOf(row)}, postgres.Safe(err)
}

// address returns the canonical form of a phone or an email, by which users and codes are looked up, and whether it
// could register today. A user may have another one by earlier rules (NAME-12 in docs/rules.md).
func (s *Service) address(typed string) (canonical string, today bool, err error) {
	if strings.Contains(typed, "@") {
		_, err = identifier.ParseEmail(typed)
		today = err == nil
		if key, ok := identifier.LoginEmail(typed); ok {
			return key, today, nil
		}
		return "", false, ErrAddress
	}
	_, err = s.phones.Parse(typed)
	today = err == nil
	if e164, ok := s.phones.Login(typed); ok {
		return e164, today, nil
	}
	return "", false, ErrAddress
}

// cursorOf returns the place after a row. It has the time and the id of the row, by which the list is ordered.
func cursorOf(row db.User) string {
	return base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%d.%d", row.CreatedAt.UnixMicro(), row.ID))
}

// parseCursor is the inverse of cursorOf.
func parseCursor(text string) (at time.Time, id int64, err error) {
	// A text that cursorOf does not make is refused. A forged cursor selects another place among the users that the site
	// and the other conditions select.
	plain, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil {
		return at, 0, ErrCursor
	}
	var micro int64
	if n, err := fmt.Sscanf(string(plain), "%d.%d", &micro, &id); n != 2 || err != nil {
		return at, 0, ErrCursor
	}
	// Times that PostgreSQL cannot store would be an error of the database.
	if at = time.UnixMicro(micro).UTC(); at.Year() < 1 || at.Year() > 9999 {
		return at, 0, ErrCursor
	}
	// Sscanf ignores what follows the numbers, and accepts signs and leading zeros.
	if text != cursorOf(db.User{CreatedAt: at, ID: id}) {
		return at, 0, ErrCursor
	}
	return at, id, nil
}

// Counts are the numbers of users of a site. Each user is active, disabled or waiting. Leaving counts those of any of
// the three whose deletion was requested.
type Counts struct {
	Total, Active, Disabled, Waiting, Leaving int64
	Registered                                int64 // in the last 24 hours
}

// Counts counts the users of a site. It reads all of them: with ten million that takes seconds, more than other
// statements may, so only ctx bounds it.
func (s *Service) Counts(ctx context.Context, site int64) (Counts, error) {
	var row db.CountUsersRow
	err := postgres.InTx(ctx, s.pool, func(tx pgx.Tx) (err error) {
		// Of this transaction only: on another statement of the connection the bound of the pool holds.
		if _, err = tx.Exec(ctx, "SET LOCAL statement_timeout = 0"); err != nil {
			return err
		}
		// One query counts all, so that the numbers are of one moment.
		since := s.now().Add(-24 * time.Hour)
		row, err = s.queries.WithTx(tx).CountUsers(ctx, db.CountUsersParams{SiteID: site, Since: since})
		return err
	})
	active := row.Total - row.Disabled - row.Waiting
	return Counts{row.Total, active, row.Disabled, row.Waiting, row.Leaving, row.Registered}, postgres.Safe(err)
}
