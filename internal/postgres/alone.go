package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5/pgxpool"
)

// Alone runs fn, which sends one statement that changes something, and is its
// own transaction: one round trip in place of three, and no lock is held while
// an answer travels. It is as truthful as [InTx]: the error of fn is returned as
// it is if the server answered with it, and [ErrOutcomeUnknown] if the connection
// was lost, or the time was up, before the answer was heard. A statement that the
// server has undone for a reason that passes, such as a deadlock, is sent again.
//
// The context that fn is given does not end with ctx: a statement that commits
// is not given up because a client hung up. It ends after five seconds.
func Alone(ctx context.Context, pool *Pool, fn func(context.Context, *pgxpool.Conn) error) error {
	conn, err := pool.Acquire(ctx)
	if err != nil {
		return fmt.Errorf("postgres: acquire: %w", Safe(err))
	}
	defer conn.Release()
	if err := ctx.Err(); err != nil { // nobody waits for the answer any more, and nothing is changed yet
		return fmt.Errorf("postgres: before the statement: %w", err)
	}
	bounded, cancel := context.WithTimeout(context.WithoutCancel(ctx), commitTimeout)
	defer cancel()
	return again(bounded, conn.Conn(), func() error {
		return settle(conn.Conn(), func() error { return fn(bounded, conn) })
	})
}
