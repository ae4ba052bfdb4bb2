package postgres

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// commitTimeout bounds COMMIT, which waits for the disk and for a synchronous
// standby. No setting of PostgreSQL bounds the latter, not even
// statement_timeout.
const commitTimeout = 5 * time.Second

// rollbackTimeout bounds ROLLBACK. A connection on which it fails is closed,
// which rolls back as well.
const rollbackTimeout = 2 * time.Second

// ErrOutcomeUnknown: the connection was lost, or the time was up, between
// sending COMMIT and hearing its answer; or the server answered that it stopped
// waiting for its synchronous standby, so that the change is there now but
// would not survive the loss of the primary. The caller may neither say that it
// is done nor that it is not; repeating the request with the same idempotency
// key settles it.
var ErrOutcomeUnknown = errors.New("the outcome of the transaction is unknown")

// InTx runs fn in a transaction (READ COMMITTED) and commits it if fn returns
// nil. The error of fn is returned as it is. Other errors are safe to log:
// [ErrOutcomeUnknown] from COMMIT, or one that means that nothing was changed.
//
// fn runs under ctx, but the COMMIT does not: once sent, nothing is gained by
// giving it up because a client hung up. InTx does not repeat anything: at READ
// COMMITTED only a deadlock could profit, and fn may have had effects
// elsewhere.
func InTx(ctx context.Context, pool *Pool, fn func(pgx.Tx) error) error {
	tx, err := pool.Begin(ctx)
	if err != nil {
		return fmt.Errorf("postgres: begin: %w", Safe(err))
	}
	committing := false
	defer func() {
		if !committing { // an error of fn, or its panic
			rollback, cancel := context.WithTimeout(context.WithoutCancel(ctx), rollbackTimeout)
			defer cancel()
			_ = tx.Rollback(rollback) // the error of fn says more
		}
	}()
	if err := fn(tx); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil { // nobody waits for the answer any more, and nothing is changed yet
		return fmt.Errorf("postgres: before the commit: %w", err)
	}
	committing = true
	return CommitTx(ctx, tx)
}

// CommitTx commits tx with a deadline of its own, whatever becomes of ctx. It
// returns nil, [ErrOutcomeUnknown], or an error that means that nothing was
// changed; all are safe to log.
func CommitTx(ctx context.Context, tx pgx.Tx) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), commitTimeout)
	defer cancel()
	notes := tx.Conn().PgConn().CustomData()
	delete(notes, unreplicated)
	err := tx.Commit(ctx)
	if notes[unreplicated] != nil {
		return fmt.Errorf("postgres: commit: the standby has not confirmed: %w", ErrOutcomeUnknown)
	}
	switch {
	case err == nil:
		return nil
	case notSent(err), refused(err):
		return fmt.Errorf("postgres: commit: %w", Safe(err))
	}
	// The cause is told, but not wrapped: it must not pass for an error after
	// which nothing has changed.
	return fmt.Errorf("postgres: commit: %w: %s", ErrOutcomeUnknown, Safe(err))
}

// notSent: the connection was already gone, or the transaction already over,
// when COMMIT was to be sent.
func notSent(err error) bool {
	return errors.Is(err, pgx.ErrTxClosed) || pgconn.SafeToRetry(err)
}

// refused: the server answered that it rolled back, and lives. An error that
// ends the session (FATAL) may also follow a commit that is already on the
// disk.
func refused(err error) bool {
	if errors.Is(err, pgx.ErrTxCommitRollback) {
		return true
	}
	f := faultOf(err)
	return f != nil && f.Severity == "ERROR"
}

// unreplicated is the key of a connection's custom data that says that a COMMIT
// stopped waiting for the synchronous standby.
const unreplicated = "enroll.unreplicated"

// noteUnreplicated marks the connection when PostgreSQL warns that it stopped
// waiting. The reply to that COMMIT is success nevertheless. The warning has no
// code of its own and its text may be translated, so it is known by the
// function that raises it.
func noteUnreplicated(conn *pgconn.PgConn, n *pgconn.Notice) {
	if n.Routine == "SyncRepWaitForLSN" || strings.Contains(n.Message, "wait for synchronous replication") {
		conn.CustomData()[unreplicated] = true
	}
}
