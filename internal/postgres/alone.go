package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5/pgxpool"
)

// Alone runs fn, which sends one statement that is a transaction by itself. That takes
// one round trip instead of three, and no lock is held while an answer travels. Like
// [InTx], Alone returns the error of fn as it is if that is an answer of the server,
// and [ErrOutcomeUnknown] if the connection was lost or the time was up before an
// answer came. If the server rolled the statement back for a temporary reason, such as
// a deadlock, fn is called again.
//
// The context of fn ends after five seconds and not with ctx: a statement that commits
// must not be canceled because its client has disconnected.
func Alone(ctx context.Context, pool *Pool, fn func(context.Context, *pgxpool.Conn) error) error {
	conn, err := Acquire(ctx, pool)
	if err != nil {
		return err
	}
	defer conn.Release()
	if err := ctx.Err(); err != nil { // the client is gone, and nothing is changed yet
		return fmt.Errorf("postgres: before the statement: %w", err)
	}
	// check: alone-not-canceled
	bounded, cancel := context.WithTimeout(context.WithoutCancel(ctx), commitTimeout)
	defer cancel()
	return again(bounded, conn.Conn(), func() error {
		return settle(conn.Conn(), func() error { return fn(bounded, conn) })
	})
}
