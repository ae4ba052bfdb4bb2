package account

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/enroll-project/enroll/gen/db"
	"github.com/enroll-project/enroll/internal/code"
	"github.com/enroll-project/enroll/internal/session"
	"github.com/enroll-project/enroll/internal/token"
)

// Holder is the user of a request whose token was checked: the session is live and the user
// active. Only [Service.Holder] makes one, so an operation for logged-in users that takes a
// Holder cannot skip the check (I12).
type Holder struct{ live session.Live }

// User returns the user as it was when the token was checked.
func (h Holder) User() User { return userOf(h.live.User) }

// site returns the user's site.
func (h Holder) site() int64 { return h.live.User.SiteID }

// Holder returns the user of a token that was verified. It refuses a token whose session has ended
// or whose user is gone, as TokenInvalid, and the token of a disabled user.
func (s *Service) Holder(ctx context.Context, claims token.Claims) (Holder, error) {
	live, err := s.sessions.Check(ctx, claims)
	return Holder{live}, sessionRefusal(err)
}

// Renew returns a new token for a request whose token is in the last part of its life, and ""
// for any other. The session and so its tokens end after Config.SessionMax.
func (s *Service) Renew(ctx context.Context, by Holder, from Origin, userAgent string) (string, error) {
	// The client is kept only for a token of an earlier release, which begins its session here.
	fresh, err := s.sessions.Renew(ctx, by.live, clientOf(from, userAgent))
	// ErrExpired stays as it is: package server has its own reason for it.
	return fresh, sessionRefusal(err)
}

// clientOf returns what a session keeps of a client.
func clientOf(from Origin, userAgent string) session.Client {
	return session.Client{Network: from.Network, UserAgent: userAgent}
}

// sessionRefusal returns the refusal for an error of package session.
func sessionRefusal(err error) error {
	switch {
	case errors.Is(err, session.ErrEnded):
		return &Error{Reason: TokenInvalid}
	case errors.Is(err, session.ErrDisabled):
		return &Error{Reason: AccountDisabled}
	case errors.Is(err, token.ErrExpired): // between the check and the renewal
		return err
	}
	return refusalOf(err)
}

// signIn returns a user with the first token of a session that has been stored.
func (s *Service) signIn(u User, start session.Start) (SignedIn, error) {
	signed, err := s.sessions.Sign(u.ID, u.Site, start)
	if err != nil {
		return SignedIn{}, err
	}
	return SignedIn{User: u, Token: signed}, nil
}

// again logs the user of an earlier registration in. The time of its login stays that of the
// registration, so that the answer is the same.
func (s *Service) again(ctx context.Context, row db.User, start session.Start) (SignedIn, error) {
	// A registration has no locale, so the notice of a deletion that this takes back is in the default one.
	row, err := s.logIn(ctx, row, row.LastLoginAt, start, "", keyReused())
	if err != nil {
		return SignedIn{}, err
	}
	s.kept(ctx, row)
	return s.signIn(userOf(row), start)
}

// overtaken bounds how often a login is repeated because all sessions of its user were ended
// between its statements.
const overtaken = 3

// logIn stores the session of a user whose password was right when row was read, and the time of the
// login. If all sessions of the user were ended since, the login is repeated if the password is
// still the same, and refused as wrong otherwise (I12). The returned row has the time of a deletion that
// the login has taken back; locale is the language of the notice about that (BCP 47).
func (s *Service) logIn(
	ctx context.Context, row db.User, at time.Time, start session.Start, locale string, wrong *Error,
) (db.User, error) {
	for range overtaken {
		begun, err := s.begin(ctx, &row, at, start, locale)
		if err != nil || begun {
			row.LastLoginAt = at
			return row, refusalOf(err)
		}
		// One query more, in a case that is rare. It tells why the login was overtaken.
		now, err := s.queries.UserByID(ctx, db.UserByIDParams{SiteID: row.SiteID, ID: row.ID})
		switch {
		case errors.Is(err, pgx.ErrNoRows) || err == nil && s.leaving.Due(now):
			return db.User{}, wrong
		case err != nil:
			return db.User{}, refusalOf(err)
		case Status(now.Status) != Active:
			return db.User{}, &Error{Reason: AccountDisabled}
		case orZero(now.PasswordHash) != orZero(row.PasswordHash): // check: login-overtaken
			return db.User{}, wrong
		}
		row = now
	}
	return db.User{}, &Error{Reason: Unavailable, RetryAfter: 2 * time.Second}
}

// logInByAddress stores the session of the user whose phone or email was proved by a code, in the
// transaction that spends the code. If the address has no user, or a disabled one, it returns a refusal
// and no error, so that the code is spent.
func (s *Service) logInByAddress(
	ctx context.Context, q *db.Queries, proven code.Proven, now time.Time, start session.Start, locale string,
) (row db.User, refused *Error, err error) {
	for range overtaken {
		// The user is read after the code was spent, because that statement may have waited for a lock
		// while the user changed.
		row, err = holder(ctx, q, proven.Destination)
		gone := errors.Is(err, pgx.ErrNoRows) || err == nil && s.leaving.Due(row)
		switch {
		case gone && proven.Channel == code.Phone:
			return row, &Error{Reason: PhoneUnregistered, Field: "phone"}, nil
		// The code was guessed, or the holder has gone since: it was mailed to holders only.
		case gone:
			return row, &Error{Reason: CodeExpired, Field: "code"}, nil
		case err != nil:
			return row, nil, err
		case Status(row.Status) != Active:
			return row, &Error{Reason: AccountDisabled}, nil
		}
		begun, err := s.beginOrKeep(ctx, q, &row, now, start, locale)
		if err != nil || begun {
			row.LastLoginAt = now
			return row, nil, err
		}
	}
	return row, nil, &Error{Reason: Unavailable, RetryAfter: 2 * time.Second}
}
