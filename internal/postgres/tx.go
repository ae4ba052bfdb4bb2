package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// rollbackTimeout bounds ROLLBACK. If ROLLBACK fails, the connection is closed, and the
// server rolls back.
const rollbackTimeout = 2 * time.Second

// InTx runs fn in a transaction (READ COMMITTED) and commits it if fn returns
// nil. The error of fn is returned as it is. Other errors are safe to log:
// [ErrOutcomeUnknown] from COMMIT, or one that means that nothing was changed.
//
// fn runs under ctx, but COMMIT does not: canceling COMMIT because a client disconnected would only
// make its outcome unknown. If the server rolls the transaction back for a temporary reason, such
// as a deadlock, fn runs again, at most three times in all. So fn must have no effects except those
// in the database and on variables that each run sets first.
func InTx(ctx context.Context, pool *Pool, fn func(pgx.Tx) error) error {
	// Not pool.Begin: that would release the connection with the COMMIT, before settle
	// has read the note on it.
	conn, err := Acquire(ctx, pool)
	if err != nil {
		return err
	}
	defer conn.Release()
	return again(ctx, conn.Conn(), func() error { return inTx(ctx, conn, fn) })
}

func inTx(ctx context.Context, conn *pgxpool.Conn, fn func(pgx.Tx) error) error {
	tx, err := conn.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.ReadCommitted}) // also behind a pooler, see bound
	if err != nil {
		return fmt.Errorf("postgres: begin: %w", Safe(err))
	}
	committing := false
	defer func() {
		if !committing { // an error of fn, or its panic
			rollback, cancel := context.WithTimeout(context.WithoutCancel(ctx), rollbackTimeout)
			defer cancel()
			_ = tx.Rollback(rollback) // the error of fn is the cause
		}
	}()
	if err := fn(tx); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil { // the client is gone, and nothing is changed yet
		return fmt.Errorf("postgres: before the commit: %w", err)
	}
	committing = true
	return settle(conn.Conn(), func() error {
		// check: commit-not-canceled
		bounded, cancel := context.WithTimeout(context.WithoutCancel(ctx), commitTimeout)
		defer cancel()
		if err := tx.Commit(bounded); err != nil {
			return fmt.Errorf("postgres: commit: %w", Safe(err))
		}
		return nil
	})
}
