package export

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/enroll-project/enroll/gen/db"
	"github.com/enroll-project/enroll/internal/code"
	"github.com/enroll-project/enroll/internal/postgres"
	"github.com/enroll-project/enroll/internal/throttle"
)

// Service reads what is held. It is safe for concurrent use, and keeps nothing.
type Service struct {
	queries *db.Queries
	logins  *throttle.Throttle
	now     func() time.Time
}

// New returns a Service. All parts must be set.
func New(pool *postgres.Pool, logins *throttle.Throttle, now func() time.Time) *Service {
	return &Service{queries: db.New(postgres.NewStatements(pool)), logins: logins, now: now}
}

// Data is what is held about a user. Its record has what only the user's own row has; the rest of that row is in
// account.User.
type Data struct {
	At     time.Time // when it was read
	Record Record
	Avatar *Avatar // nil if there is none
	// Lists have 1,000 entries at most, which no user reaches: rows are deleted after their time, and
	// the service bounds how many there are.
	Sessions []Session // the oldest first, those that have ended as well
	Codes    []Code
	Notices  []Notice
	Counts   []Count
	Changes  []Change // the newest first
	Logins   []Login
}

// Record is the part of a user's row that no other answer has. A zero time is none.
type Record struct {
	EmailKey      string    // the canonical form
	EmailVerified time.Time // when a code of it was entered
	// When each took the place of another. A changed phone or email recovers nothing for a day.
	EmailChanged  time.Time
	PhoneChanged  time.Time
	NameChanged   time.Time
	PasswordSet   bool
	MayInvite     int32 // 0 for any number
	InvitesUsed   int32
	SessionsEnded time.Time // all at once, as by a change of the password
	DeleteAt      time.Time // when the account is deleted, by request of the holder
}

// Avatar is the uploaded picture, scaled and encoded anew: the file itself was never kept.
type Avatar struct {
	Media     string
	Data      []byte
	CreatedAt time.Time
}

// Session is a login. Its fields are those of the query, in their order.
type Session struct {
	ID        string // the claim sid of its tokens; worth nothing without the key that signs
	CreatedAt time.Time
	UsedAt    time.Time // accurate to an hour
	ExpiresAt time.Time
	EndedAt   *time.Time
	Network   string // IPv4 /24 or IPv6 /48, "" once the session has ended
	Agent     string
}

// Code is a code on its way, without the code.
type Code struct {
	Address   string
	Purpose   string
	SentAt    time.Time
	ExpiresAt time.Time
}

// Notice is a message that is not delivered yet. One that is delivered has no row.
type Notice struct {
	Kind      string
	Address   string
	Locale    string
	CreatedAt time.Time
	DueAt     time.Time
	Attempts  int32 // the running one included
}

// Count is a count whose key is the user's id. It bounds what the user does, such as uploads of pictures.
// Its scope is one of code.UserScopes.
type Count struct {
	Scope  string
	Used   int32
	EndsAt time.Time
}

// Change is an entry of the audit log. Its network is that of the user, "" for an act of an operator.
type Change struct {
	At      time.Time
	Actor   string
	Act     string
	Network string
	Detail  string
}

// Login is what is counted of a client network for the user's logins.
type Login struct {
	Network    string // "" for all together
	Tries      int32  // wrong passwords
	Since      time.Time
	KnownUntil *time.Time // until then the network counts as the user's own
}

// Of returns what is held about a user, whose row the caller has read.
func (s *Service) Of(ctx context.Context, user db.User) (Data, error) {
	// The statements are few and short, and follow one another on any free connection.
	data := Data{At: s.now(), Record: recordOf(user)}
	avatar, err := s.queries.ExportAvatar(ctx, db.ExportAvatarParams{UserID: user.ID})
	if err == nil {
		data.Avatar = &Avatar{Media: avatar.Media, Data: avatar.Data, CreatedAt: avatar.CreatedAt}
	} else if !errors.Is(err, pgx.ErrNoRows) {
		return Data{}, err
	}
	// Also those that have ended, whose rows are kept for tokens of earlier releases.
	sessions, err := s.queries.ExportSessions(ctx, db.ExportSessionsParams{UserID: user.ID})
	if err != nil {
		return Data{}, err
	}
	// By the site as well: another site may have a user with the same phone.
	codes, err := s.queries.ExportCodes(ctx, db.ExportCodesParams{
		SiteID: user.SiteID, UserID: user.ID, Addresses: addresses(user),
	})
	if err != nil {
		return Data{}, err
	}
	// A notice that is sent at this moment is in the list or not.
	notices, err := s.queries.ExportNotices(ctx, db.ExportNoticesParams{UserID: user.ID})
	if err != nil {
		return Data{}, err
	}
	// Counts by the user's id. Those by a keyed hash of an address are left out, see the package doc.
	counts, err := s.queries.ExportCounts(ctx, db.ExportCountsParams{
		Scopes: code.UserScopes(), Key: strconv.FormatInt(user.ID, 10),
	})
	if err != nil {
		return Data{}, err
	}
	// The log outlives the other rows: it also has what was done before they were deleted.
	changes, err := s.queries.ExportChanges(ctx, db.ExportChangesParams{UserID: user.ID})
	if err != nil {
		return Data{}, err
	}
	// Package throttle alone can compute the hashes under which it counts.
	logins, err := s.logins.Counts(ctx, user)
	if err != nil {
		return Data{}, err
	}
	// Times stay as the database has them; package server writes them in Unix seconds.
	data.Sessions = each(sessions, func(row db.ExportSessionsRow) Session { return Session(row) })
	data.Codes = each(codes, func(row db.ExportCodesRow) Code { return Code(row) })
	data.Notices = each(notices, func(row db.ExportNoticesRow) Notice { return Notice(row) })
	data.Counts = each(counts, func(row db.ExportCountsRow) Count { return Count(row) })
	data.Changes = each(changes, func(row db.ExportChangesRow) Change { return Change(row) })
	data.Logins = each(logins, func(row db.ExportLoginTriesRow) Login {
		return Login{Network: row.Network, Tries: row.Tries, Since: row.WindowStart, KnownUntil: row.KnownUntil}
	})
	return data, nil
}

// each converts the rows of a statement into a list, which is empty and not nil if there are none. The types have
// equal fields, so that a new column of a query fails to compile until it is in the export.
func each[R, T any](rows []R, convert func(R) T) []T {
	all := make([]T, len(rows))
	for i, row := range rows {
		all[i] = convert(row)
	}
	return all
}

// addresses returns the addresses that are the user's for certain. Codes that were sent to an email that is not
// verified may be for another person.
func addresses(user db.User) []string {
	all := []string{}
	if user.Phone != nil {
		all = append(all, *user.Phone)
	}
	if user.EmailKey != nil && user.EmailVerifiedAt != nil { // check: export-unverified
		all = append(all, *user.EmailKey)
	}
	return all
}

// recordOf returns the part of a row that is a Record. Of the password it has only whether there is one.
func recordOf(user db.User) Record {
	return Record{
		EmailKey:      orZero(user.EmailKey),
		EmailVerified: orZero(user.EmailVerifiedAt), EmailChanged: orZero(user.EmailSince),
		PhoneChanged: orZero(user.PhoneSince), NameChanged: orZero(user.UserNameChangedAt),
		PasswordSet: user.PasswordHash != nil,
		MayInvite:   orZero(user.InviteLimit), InvitesUsed: user.InvitesUsed,
		SessionsEnded: orZero(user.TokensValidFrom), DeleteAt: orZero(user.DeleteAt),
	}
}

// orZero returns the zero value for NULL.
func orZero[T any](p *T) T {
	if p == nil {
		var zero T
		return zero
	}
	return *p
}
