package login

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/enroll-project/enroll/gen/db"
	"github.com/enroll-project/enroll/internal/address"
	"github.com/enroll-project/enroll/internal/code"
	"github.com/enroll-project/enroll/internal/holder"
	"github.com/enroll-project/enroll/internal/postgres"
	"github.com/enroll-project/enroll/internal/refusal"
	"github.com/enroll-project/enroll/internal/session"
)

// Again logs in the user of an earlier registration, whose password was right when row was read. The time of
// the user's last login stays as it is, so that the answer is the same. If the password has changed
// or the user was deleted since, Again returns the refusal of a key that was used for another request. locale
// is the language of the notice of a deletion that the login cancels (BCP 47).
func (s *Logins) Again(
	ctx context.Context, row db.User, start session.Start, locale string,
) (holder.SignedIn, error) {
	row, err := s.logIn(ctx, row, row.LastLoginAt, start, locale, refusal.KeyReused())
	if err != nil {
		return holder.SignedIn{}, err
	}
	s.kept(ctx, row)
	return holder.SignIn(s.sessions, holder.UserOf(row), start)
}

// overtaken bounds the attempts of one login. An attempt fails if all sessions of the user were ended
// between its statements.
const overtaken = 3

// retryAfter is the wait after that many attempts. Operations that end all sessions are limited for
// each user, so a later login succeeds.
const retryAfter = 2 * time.Second

// logIn stores the session of a user whose password was right when row was read, and the time of the
// login. If all sessions of the user were ended since, the login is repeated if the password is still
// the same, and refused as wrong otherwise (I12). The returned row has the time of a deletion that the
// login has canceled; locale is the language of the notice about that (BCP 47).
func (s *Logins) logIn(
	ctx context.Context, row db.User, at time.Time, start session.Start, locale string, wrong *refusal.Error,
) (db.User, error) {
	for range overtaken {
		begun, err := s.begin(ctx, &row, at, start, locale)
		if err != nil || begun {
			row.LastLoginAt = at
			return row, refusal.Of(err)
		}
		// This query is needed rarely. It shows why no session was stored.
		now, err := s.queries.UserByID(ctx, db.UserByIDParams{SiteID: row.SiteID, ID: row.ID})
		switch {
		case errors.Is(err, pgx.ErrNoRows) || err == nil && s.leaving.Due(now):
			return db.User{}, wrong
		case err != nil:
			return db.User{}, refusal.Of(err)
		case holder.Barred(now) != nil:
			return db.User{}, holder.Barred(now)
		case postgres.OrZero(now.PasswordHash) != postgres.OrZero(row.PasswordHash): // check: login-overtaken
			return db.User{}, wrong
		}
		row = now
	}
	return db.User{}, &refusal.Error{Reason: refusal.Unavailable, RetryAfter: retryAfter}
}

// logInByAddress stores the session of the user whose phone or email was proved by a code, in the
// transaction that spends the code. If the address has no user, or one that is disabled or waits, it returns a
// refusal and no error, so that the code is spent. A user that has to accept the terms first gets an error.
func (s *Logins) logInByAddress(
	ctx context.Context, q *db.Queries, proven code.Proven, now time.Time, start session.Start, l Request,
) (row db.User, refused *refusal.Error, err error) {
	for range overtaken {
		// The user is read after the code was spent, because that statement may have waited for a lock
		// while the user changed.
		row, err = address.HolderOf(ctx, q, proven.Destination)
		gone := errors.Is(err, pgx.ErrNoRows) || err == nil && s.leaving.Due(row)
		switch {
		case gone && proven.Channel == code.Phone:
			return row, &refusal.Error{Reason: refusal.PhoneUnregistered, Field: "phone"}, nil
		// The code was guessed, or the holder has gone since: codes are mailed to holders
		// only.
		case gone:
			return row, &refusal.Error{Reason: refusal.CodeExpired, Field: "code"}, nil
		case err != nil:
			return row, nil, err
		case holder.Barred(row) != nil:
			return row, holder.Barred(row), nil
		}
		// An error rolls the transaction back, so that the person can use the code again.
		if start, err = s.accepting(row, l, start); err != nil {
			return row, nil, err // check: terms-code-kept
		}
		begun, err := s.beginOrKeep(ctx, q, &row, now, start, l.Locale)
		if err != nil || begun {
			row.LastLoginAt = now
			return row, nil, err
		}
	}
	return row, nil, &refusal.Error{Reason: refusal.Unavailable, RetryAfter: retryAfter}
}
