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

// Service reads what is held. It is safe for concurrent use, and stores nothing.
type Service struct {
	queries *db.Queries
	logins  *throttle.Throttle
	now     func() time.Time
}

// New returns a Service. All parts must be set.
func New(pool *postgres.Pool, logins *throttle.Throttle, now func() time.Time) *Service {
	return &Service{queries: db.New(postgres.NewStatements(pool)), logins: logins, now: now}
}

// Data is what is held about a user, except for the columns of the user's row that holder.User has. Record has
// the other columns of that row.
type Data struct {
	At     time.Time // when it was read
	Record Record
	Avatar *Avatar // nil if there is none
	// Changes has 10,000 entries at most, Counts 100, and each other list 1,000. Ordinary use stays far below: the service
	// bounds how many rows a user can cause, and deletes them after their time.
	Sessions []Session // the oldest first, those that have ended as well
	Codes    []Code
	Notices  []Notice
	Counts   []Count
	Changes  []Change // the newest first
	Logins   []Login
}

// Record is the part of a user's row that holder.User does not have. A zero time is none.
type Record struct {
	EmailKey      string    // the canonical form
	EmailVerified time.Time // when a code that was sent to it was entered, or an operator vouched for it
	// The times of the last changes. A changed phone or email recovers no account for a day.
	EmailChanged  time.Time
	PhoneChanged  time.Time
	NameChanged   time.Time
	PasswordSet   bool
	MayInvite     int32 // 0 for any number
	InvitesUsed   int32
	SessionsEnded time.Time // when all of them were ended together, as by a change of the password
	DeleteAt      time.Time // when the account is deleted, by request of the holder
}

// Avatar is the uploaded picture, scaled and encoded anew. The file itself was never stored.
type Avatar struct {
	Media     string
	Data      []byte
	CreatedAt time.Time
}

// Session is a login. The query has the same fields in the same order.
type Session struct {
	ID        string // the claim sid of its tokens; no token can be made of it without the signing key
	CreatedAt time.Time
	UsedAt    time.Time // accurate to an hour
	ExpiresAt time.Time
	EndedAt   *time.Time
	Network   string // IPv4 /24 or IPv6 /48, "" once the session has ended
	Agent     string
}

// Code describes a code that was sent and has not been used. It does not have the digits.
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
	Attempts  int32 // including one in progress
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

// Login is the count of one client network for logins of the user.
type Login struct {
	Network    string // "" for all together
	Tries      int32  // wrong passwords
	Since      time.Time
	KnownUntil *time.Time // until then the network is known for the user
}

// Of returns what is held about a user, whose row the caller has read.
func (s *Service) Of(ctx context.Context, user db.User) (Data, error) {
	// The statements are few and short. Each runs on any free connection, without a transaction.
	data := Data{At: s.now(), Record: recordOf(user)}
	avatar, err := s.queries.ExportAvatar(ctx, db.ExportAvatarParams{UserID: user.ID})
	if err == nil {
		data.Avatar = &Avatar{Media: avatar.Media, Data: avatar.Data, CreatedAt: avatar.CreatedAt}
	} else if !errors.Is(err, pgx.ErrNoRows) {
		return Data{}, err
	}
	// Sessions that have ended are included. Their rows are kept for tokens of earlier releases.
	sessions, err := s.queries.ExportSessions(ctx, db.ExportSessionsParams{UserID: user.ID})
	if err != nil {
		return Data{}, err
	}
	// The site is part of the query, because another site may have a user with the same phone.
	codes, err := s.queries.ExportCodes(ctx, db.ExportCodesParams{
		SiteID: user.SiteID, UserID: user.ID, Addresses: addresses(user),
	})
	if err != nil {
		return Data{}, err
	}
	// A notice that is being sent at this moment may be missing.
	notices, err := s.queries.ExportNotices(ctx, db.ExportNoticesParams{UserID: user.ID})
	if err != nil {
		return Data{}, err
	}
	// These counts have the user's id as key. Those with a keyed hash of an address are left out, see the package doc.
	counts, err := s.queries.ExportCounts(ctx, db.ExportCountsParams{
		Scopes: code.UserScopes(), Key: strconv.FormatInt(user.ID, 10),
	})
	if err != nil {
		return Data{}, err
	}
	// The audit log is kept longer than the other rows, so it also has acts about rows that were deleted.
	changes, err := s.queries.ExportChanges(ctx, db.ExportChangesParams{UserID: user.ID})
	if err != nil {
		return Data{}, err
	}
	// Only package throttle can compute the keyed hashes under which it counts.
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

// each converts the rows of a statement into a list, which is empty and not nil if there are none. All types but
// Login have the fields of their query, so that a new column of a query fails to compile until it is in the export.
func each[R, T any](rows []R, convert func(R) T) []T {
	all := make([]T, len(rows))
	for i, row := range rows {
		all[i] = convert(row)
	}
	return all
}

// addresses returns the addresses that certainly belong to the user. Codes that were sent to an unverified email
// may be for another person.
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

// recordOf returns the Record of a row. It does not contain the hash of the password, only whether there is one.
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
