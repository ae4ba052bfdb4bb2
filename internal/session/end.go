package session

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/enroll-project/enroll/gen/db"
	"github.com/enroll-project/enroll/internal/postgres"
)

// Info is a session as it is shown to its user.
type Info struct {
	ID        string
	CreatedAt time.Time
	UsedAt    time.Time // accurate to an hour
	Network   string    // of the client that logged in: IPv4 /24 or IPv6 /48, "" if it is not known
	Agent     string    // program and system of that client, "" if they are not known
}

// List returns the live sessions of a user, the most recently used first, [MaxLive] at most.
func (s *Service) List(ctx context.Context, user int64) ([]Info, error) {
	now := s.now()
	rows, err := s.queries.SessionsOfUser(ctx, db.SessionsOfUserParams{
		UserID: user, Now: now, BegunAfter: now.Add(-s.max), MaxSessions: MaxLive, // check: session-listed
	})
	if err != nil {
		return nil, err
	}
	list := make([]Info, len(rows))
	for i, row := range rows {
		list[i] = Info(row)
	}
	return list, nil
}

// EndAll ends all sessions of a user and all its tokens without a session, in the transaction of q.
// Call it in the transaction that changes the credentials, before it begins a new session. The user's
// row stays locked until the end of the transaction.
func EndAll(ctx context.Context, q *db.Queries, user int64, now time.Time) error {
	_, err := q.EndSessions(ctx, db.EndSessionsParams{UserID: user, Now: now})
	return err
}

// EndAll ends all sessions of a user and all its tokens without a session.
func (s *Service) EndAll(ctx context.Context, user int64) error {
	return s.alone(ctx, func(ctx context.Context, q *db.Queries) error { return EndAll(ctx, q, user, s.now()) })
}

// End ends one session of a user. It returns false if the user has no such session.
func (s *Service) End(ctx context.Context, user int64, id string) (ended bool, err error) {
	now := s.now()
	err = s.alone(ctx, func(ctx context.Context, q *db.Queries) error {
		n, err := q.EndSession(ctx, db.EndSessionParams{UserID: user, ID: id, Now: now, KeptUntil: now.Add(adoptedLeft)})
		ended = n == 1
		return err
	})
	return ended, err
}

// EndThis ends the session of a token. It also ends a token without a claim sid.
func (s *Service) EndThis(ctx context.Context, live Live) error {
	if live.claims.SessionID != "" {
		_, err := s.End(ctx, live.User.ID, live.ID)
		return err
	}
	now := s.now()
	return s.alone(ctx, func(ctx context.Context, q *db.Queries) error {
		return q.EndToken(ctx, db.EndTokenParams{
			UserID: live.User.ID, ID: live.ID, Now: now, KeptUntil: live.claims.ExpiresAt.Add(adoptedLeft),
		})
	})
}

// EndOthers ends all sessions of a user except that of the token, and all other tokens without a
// session. It returns [ErrEnded] if the token's own session was ended meanwhile.
func (s *Service) EndOthers(ctx context.Context, live Live, client Client) error {
	return postgres.InTx(ctx, s.pool, func(tx pgx.Tx) error {
		q := s.queries.WithTx(tx)
		// The lock comes first. Of two calls at the same time, the second then finds the session
		// that the first has stored again.
		if err := q.LockUser(ctx, db.LockUserParams{UserID: live.User.ID}); err != nil { // check: end-others-locks
			return err
		}
		this := db.SessionOfUserParams{UserID: live.User.ID, ID: live.ID}
		kept, err := q.SessionOfUser(ctx, this)
		// A token without a claim sid gets a row now. Without a row it would end with the others.
		if errors.Is(err, pgx.ErrNoRows) && !live.stored() {
			if _, err := s.adopt(ctx, q, live, client, live.claims.ExpiresAt.Add(adoptedLeft)); err != nil {
				return err
			}
			kept, err = q.SessionOfUser(ctx, this)
		}
		if errors.Is(err, pgx.ErrNoRows) {
			return ErrEnded
		}
		if err != nil {
			return err
		}
		if err := EndAll(ctx, q, live.User.ID, s.now()); err != nil {
			return err
		}
		return q.KeepSession(ctx, db.KeepSessionParams{
			UserID: kept.UserID, ID: kept.ID, CreatedAt: kept.CreatedAt, UsedAt: kept.UsedAt,
			ExpiresAt: kept.ExpiresAt, Network: kept.Network, Agent: kept.Agent,
		})
	})
}

// alone runs a step that is one statement and a transaction by itself.
func (s *Service) alone(ctx context.Context, step func(ctx context.Context, q *db.Queries) error) error {
	return postgres.Alone(ctx, s.pool, func(ctx context.Context, conn *pgxpool.Conn) error {
		return step(ctx, db.New(conn))
	})
}
