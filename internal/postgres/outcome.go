package postgres

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// commitTimeout bounds a statement that commits, which waits for the disk and
// for a synchronous standby. No setting of PostgreSQL bounds the latter, not
// even statement_timeout.
const commitTimeout = 5 * time.Second

// ErrOutcomeUnknown: the connection was lost, or the time was up, between
// sending what commits and hearing its answer; or the server answered that it
// stopped waiting for its synchronous standby, so that the change is there now
// but would not survive the loss of the primary. The caller may neither say that
// it is done nor that it is not; repeating the request with the same idempotency
// key settles it.
var ErrOutcomeUnknown = errors.New("the outcome of the transaction is unknown")

// settle runs send, which sends one statement that commits over conn, and
// returns what is known of it: nil, [ErrOutcomeUnknown], or the error of send,
// after which nothing has changed. The caller still has the connection, so no
// other transaction can leave its note there.
//
// The driver's word that nothing was sent does not count once send runs: if it
// reads the end of the connection in place of the answer, it closes the
// connection, and the error that it then returns is that of a connection which
// was closed before (pgx 5.12, MultiResultReader.NextResult), which
// pgconn.SafeToRetry takes for proof that nothing was sent.
func settle(conn *pgx.Conn, send func() error) error {
	if conn.IsClosed() {
		return fmt.Errorf("postgres: before the commit: %w", pgconn.ErrConnClosed)
	}
	notes := conn.PgConn().CustomData()
	delete(notes, unreplicated)
	err := send()
	if notes[unreplicated] != nil {
		return fmt.Errorf("postgres: the standby has not confirmed: %w", ErrOutcomeUnknown)
	}
	// The driver closes a connection on which it cannot know what comes next. On
	// one that is left the server has answered, and what it answered is err.
	if (!conn.IsClosed() || refused(err)) && !indefinite(err) {
		return err
	}
	// The cause is told, but not wrapped: it must not pass for an error after
	// which nothing has changed.
	if err == nil {
		err = pgconn.ErrConnClosed
	}
	return fmt.Errorf("postgres: %w: %s", ErrOutcomeUnknown, Safe(err))
}

// refused: the server answered that it rolled back. An error that ends the
// session (FATAL) may also follow a commit that is already on the disk.
func refused(err error) bool {
	if errors.Is(err, pgx.ErrTxCommitRollback) {
		return true
	}
	f := faultOf(err)
	return f != nil && f.Severity == "ERROR"
}

// indefinite: a pooler in front of the server answered that it lost the server,
// which says nothing of what became of the statement. The codes are those of
// PostgreSQL's appendix A, "Error Codes".
func indefinite(err error) bool {
	f := faultOf(err)
	return f != nil && (f.Code == "40003" || // statement_completion_unknown
		strings.HasPrefix(f.Code, "08") || // connection exceptions
		strings.HasPrefix(f.Code, "57P")) // shutdowns
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
