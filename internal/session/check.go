package session

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/enroll-project/enroll/gen/db"
	"github.com/enroll-project/enroll/internal/token"
)

// The reasons for which [Service.Check] refuses a token.
var (
	// ErrEnded reports that the token's session has ended, or that its user is gone.
	ErrEnded = errors.New("session: ended")
	// ErrDisabled reports that an operator has disabled the user.
	ErrDisabled = errors.New("session: the user is disabled")
)

// Live is a token whose session was live when it was checked, and its user.
type Live struct {
	User   db.User
	Group  *db.Group // of the user, nil if there is none with its id
	ID     string    // of the session
	claims token.Claims
	// These are columns of the session's row. All are zero if there is no row, as for a token of an earlier release.
	createdAt, usedAt, expiresAt time.Time
}

// stored reports whether the session has a row.
func (l Live) stored() bool { return !l.createdAt.IsZero() }

// Began returns when the session began, or the zero time if it has no row.
func (l Live) Began() time.Time { return l.createdAt }

// Life returns the life of the token.
func (l Live) Life() time.Duration { return l.claims.Life() }

// Check returns the user of a token that [token.Signer.Parse] has accepted, or [ErrEnded] or
// [ErrDisabled]. It sends one query. At most once an hour it also stores that the session was used;
// if that fails, the next check tries again.
func (s *Service) Check(ctx context.Context, claims token.Claims) (Live, error) {
	live := Live{ID: claims.SessionID, claims: claims}
	if live.ID == "" {
		live.ID = claims.ID
	}
	row, err := s.queries.UserAndSession(ctx, db.UserAndSessionParams{
		SiteID: claims.SiteID, UserID: claims.UserID, SessionID: live.ID,
	})
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return Live{}, ErrEnded
	case err != nil:
		return Live{}, err
	case row.User.Status == 0: // check: session-disabled
		return Live{}, ErrDisabled
	}
	live.User = row.User
	found := group{}
	found.read(row.User.SiteID, row.User.GroupID, row.Title, row.Description, row.Level)
	live.Group = found.row
	if row.CreatedAt == nil {
		if live.outdated() {
			return Live{}, ErrEnded
		}
		return live, nil
	}
	live.createdAt, live.usedAt, live.expiresAt = *row.CreatedAt, *row.UsedAt, *row.ExpiresAt
	now := s.now()
	// Max may be shorter now than when the token was signed.
	if row.EndedAt != nil || !now.Before(live.createdAt.Add(s.max)) { // check: session-ended
		return Live{}, ErrEnded
	}
	if stale := now.Add(-touchAfter); !live.usedAt.After(stale) {
		_, _ = s.touch(ctx, live, live.expiresAt) // a read is not refused because a write failed
	}
	return live, nil
}

// outdated reports whether a token whose session has no row is invalid. A token with a claim sid is
// always invalid then. A token without sid is invalid if all tokens of the user were ended since its issue,
// or if it was issued before the user was created: then the token belongs to another user, which a restore
// of the database has removed, and whose id was given again.
func (l Live) outdated() bool {
	issued, from := l.claims.IssuedAt, l.User.TokensValidFrom
	// Tokens carry whole seconds.
	if issued.Before(l.User.CreatedAt.Truncate(time.Second)) { // check: session-earlier-user
		return true
	}
	return l.claims.SessionID != "" || from != nil && issued.Before(*from) // check: session-gone
}

// touch stores that a session is used now, and that its row is needed until expires. It returns false
// if it has changed nothing.
func (s *Service) touch(ctx context.Context, live Live, expires time.Time) (bool, error) {
	// The bound is one second, because the answer must not wait long for a lock or a slow disk.
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	now := s.now()
	n, err := s.queries.TouchSession(ctx, db.TouchSessionParams{
		UserID: live.User.ID, ID: live.ID, Now: now, Stale: now.Add(-touchAfter), ExpiresAt: expires,
	})
	return n == 1, err
}

// Renew returns a new token of the session if the old one is in the last part of its life, and ""
// otherwise. It returns "" also if the session cannot be prolonged now: the old token is still
// valid, and the next request tries again. For a token without a claim sid Renew stores a session.
func (s *Service) Renew(ctx context.Context, live Live, client Client) (string, error) {
	now := s.now()
	began := live.createdAt
	if !live.stored() {
		began = live.claims.IssuedAt
	}
	last := began.Add(s.max)
	life, due, err := s.tokens.Renewable(live.claims, last)
	if err != nil || !due {
		return "", err
	}
	// The first renewal in a window prolongs the row, so most other renewals in the window need no write.
	if !live.stored() {
		adopted, err := s.adopt(ctx, s.queries, live, client, expiry(now, life))
		if err != nil || !adopted {
			return "", nil
		}
	} else if live.expiresAt.Before(now.Add(life)) {
		// The new token must not outlive its row. If EndOthers has replaced the row meanwhile, touch
		// changes nothing, and no token is signed.
		if prolonged, err := s.touch(ctx, live, expiry(now, life)); err != nil || !prolonged { // check: renewal-kept
			return "", nil
		}
	}
	return s.tokens.Sign(token.Subject{
		UserID: live.claims.UserID, SiteID: live.claims.SiteID, SessionID: live.ID,
	}, life)
}

// adopt stores a session for a token without a claim sid. It returns false if the token was ended since it
// was checked.
func (s *Service) adopt(ctx context.Context, q *db.Queries, live Live, client Client, expires time.Time) (bool, error) {
	n, err := q.AdoptToken(ctx, db.AdoptTokenParams{
		UserID: live.User.ID, ID: live.ID, IssuedAt: live.claims.IssuedAt, Now: s.now(), ExpiresAt: expires,
		Network: client.Network, Agent: words(client.UserAgent),
	})
	return n == 1, err
}
