package postgres

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// commitTimeout bounds a statement that commits. Such a statement waits for the disk and
// for a synchronous standby, and no setting of PostgreSQL bounds the wait for a standby,
// not even statement_timeout.
const commitTimeout = 5 * time.Second

// ErrOutcomeUnknown reports that a commit was sent and its outcome is not known: the
// connection was lost or the time was up before the answer came, or the server stopped
// waiting for its synchronous standby, so that the change would not survive the loss of
// the primary. The caller must report neither success nor failure. The client can repeat
// its request with the same idempotency key: the next certain answer is then that of the
// first request, if that was carried out.
var ErrOutcomeUnknown = errors.New("the outcome of the transaction is unknown")

// settle calls send, which sends one statement that commits over conn. It returns nil
// if the statement has committed, [ErrOutcomeUnknown], or the error of send if nothing
// has changed. The caller keeps the connection until settle returns, so that no note of
// another transaction is on it.
//
// settle does not use pgconn.SafeToRetry, which is wrong in one case. If the driver reads
// the end of the connection in place of the answer, it closes the connection and
// returns the error of a connection that was closed before (pgx 5.12,
// MultiResultReader.NextResult), from which SafeToRetry concludes that nothing was
// sent.
func settle(conn *pgx.Conn, send func() error) error {
	if conn.IsClosed() {
		return fmt.Errorf("postgres: before the commit: %w", pgconn.ErrConnClosed)
	}
	notes := conn.PgConn().CustomData()
	delete(notes, unreplicated) // check: standby-own-note
	err := send()
	if notes[unreplicated] != nil { // check: standby
		return fmt.Errorf("postgres: the standby has not confirmed: %w", ErrOutcomeUnknown)
	}
	// The driver closes a connection that is in an unknown state. If it is open, the
	// server has answered, and err is that answer.
	if (!conn.IsClosed() || refused(err)) && !indefinite(err) { // check: commit-sent
		return err
	}
	// The text of the cause is kept, but the cause is not wrapped: IsUnavailable must not
	// find it, because that means that nothing has changed.
	if err == nil {
		err = pgconn.ErrConnClosed
	}
	return fmt.Errorf("postgres: %w: %s", ErrOutcomeUnknown, Safe(err)) // check: commit-lost
}

// Confirm reports whether commits of other sessions that this one has read would survive the loss
// of the primary. A row also becomes visible if its writer gave up waiting for the synchronous
// standby. Confirm commits after that row, and the standby confirms a commit together with all
// earlier ones. Confirm returns nil if the commits would survive, [ErrOutcomeUnknown] if the standby
// does not answer, or another error if it could not find out. Without a synchronous standby, Confirm
// sends one short query.
func Confirm(ctx context.Context, pool *Pool) error {
	var standbys string
	const ask = "SELECT coalesce(current_setting('synchronous_standby_names', true), '')"
	if err := NewStatements(pool).QueryRow(ctx, ask).Scan(&standbys); err != nil || standbys == "" {
		return err
	}
	return Alone(ctx, pool, func(ctx context.Context, conn *pgxpool.Conn) error {
		_, err := conn.Exec(ctx, "SELECT pg_logical_emit_message(true, 'enroll', 'confirm')")
		return err
	})
}

// refused reports whether the server answered that it rolled back. An error that ends
// the session (FATAL) does not show that: it may follow a commit that is on the disk.
func refused(err error) bool {
	if errors.Is(err, pgx.ErrTxCommitRollback) {
		return true
	}
	f := serverError(err)
	return f != nil && f.Severity == "ERROR"
}

// indefinite reports whether a pooler in front of the server answered that it lost the
// server. The statement may have committed or not. The codes are those of PostgreSQL's
// appendix A, "Error Codes".
func indefinite(err error) bool {
	f := serverError(err)
	return f != nil && (f.Code == "40003" || // statement_completion_unknown
		strings.HasPrefix(f.Code, "08") || // connection exceptions
		strings.HasPrefix(f.Code, "57P")) // shutdowns
}

// unreplicated is the key in a connection's custom data for the note that a COMMIT
// stopped waiting for the synchronous standby.
const unreplicated = "enroll.unreplicated"

// noteUnreplicated marks the connection if PostgreSQL warns that it stopped waiting.
// PostgreSQL reports success for that COMMIT. The warning has no code of its own and
// its text may be translated, so it is recognized by the function that raises it, or by
// its English text.
func noteUnreplicated(conn *pgconn.PgConn, n *pgconn.Notice) {
	if n.Routine == "SyncRepWaitForLSN" || strings.Contains(n.Message, "wait for synchronous replication") {
		conn.CustomData()[unreplicated] = true
	}
}
