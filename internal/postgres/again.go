package postgres

import (
	"context"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// attempts is how often a statement or a transaction is sent at most if the server rolls it back
// for a temporary reason.
const attempts = 3

// pause is how long the first repetition waits for the other transaction of a deadlock. The
// second waits twice as long.
const pause = 20 * time.Millisecond

// again runs attempt, which sends a statement or a transaction over conn. If the server answers
// that it was rolled back for a temporary reason, again repeats it, up to three attempts in all.
// It returns the error of the last attempt.
func again(ctx context.Context, conn *pgx.Conn, attempt func() error) error {
	for n := 1; ; n++ {
		err := attempt()
		if n == attempts || err == nil || conn.IsClosed() || ctx.Err() != nil {
			return err
		}
		f := serverError(err)
		switch {
		case f == nil || f.Severity != "ERROR":
			return err
		case outdated(f): // check: plans-outdated
			// All prepared statements are dropped, because a transaction that has several outdated ones would
			// meet the next one at each attempt.
			if conn.DeallocateAll(ctx) != nil {
				return err
			}
		// check: deadlock
		case f.Code == "40P01" || f.Code == "40001": // deadlock_detected, serialization_failure
			// The other transaction needs a moment to lock the row that it waited for. Without
			// the pause the new attempt could lock it first, and the two would wait for each
			// other again.
			select {
			case <-ctx.Done():
				return err
			case <-time.After(time.Duration(n) * pause):
			}
		default:
			return err
		}
	}
}

// outdated reports whether the statement was prepared before a migration that changed the types of
// its result ("cached plan must not change result type"). The text may be translated, so the error
// is recognized by the function that raises it.
func outdated(f *ServerError) bool {
	return f.Code == "0A000" && strings.HasPrefix(f.Routine, "RevalidateCached")
}

// Statements sends single statements over a pool, each as a transaction of its own. A statement
// that the server has rolled back for a temporary reason is sent again, so that clients do not
// notice a migration. For a statement that changes something see [Alone].
type Statements struct{ pool *Pool }

// NewStatements returns Statements for a pool.
func NewStatements(pool *Pool) Statements { return Statements{pool} }

// Exec sends a statement that returns no rows.
func (s Statements) Exec(ctx context.Context, sql string, args ...any) (tag pgconn.CommandTag, err error) {
	err = s.run(ctx, func(conn *pgxpool.Conn) (err error) {
		tag, err = conn.Exec(ctx, sql, args...)
		return err
	})
	return tag, err
}

// QueryRow sends a statement that returns one row. It is sent when the row is scanned.
func (s Statements) QueryRow(ctx context.Context, sql string, args ...any) pgx.Row {
	return row(func(dest []any) error {
		return s.run(ctx, func(conn *pgxpool.Conn) error { return conn.QueryRow(ctx, sql, args...).Scan(dest...) })
	})
}

type row func(dest []any) error

func (r row) Scan(dest ...any) error { return r(dest) }

// CopyFrom sends rows by COPY, which is a transaction of its own. It is not sent again, because the source of the rows
// is used up. sqlc requires the method.
func (s Statements) CopyFrom(
	ctx context.Context, table pgx.Identifier, columns []string, rows pgx.CopyFromSource,
) (int64, error) {
	conn, err := Acquire(ctx, s.pool)
	if err != nil {
		return 0, err
	}
	defer conn.Release()
	return conn.Conn().CopyFrom(ctx, table, columns, rows)
}

func (s Statements) run(ctx context.Context, attempt func(*pgxpool.Conn) error) error {
	conn, err := Acquire(ctx, s.pool)
	if err != nil {
		return err
	}
	defer conn.Release()
	return again(ctx, conn.Conn(), func() error { return attempt(conn) })
}

// Query sends a statement that returns rows. It is sent again only before its first row is
// returned. The connection is released when the rows are closed or have been read.
func (s Statements) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	conn, err := Acquire(ctx, s.pool)
	if err != nil {
		return nil, err
	}
	r := &rows{conn: conn}
	err = again(ctx, conn.Conn(), func() (err error) {
		if r.Rows, err = conn.Conn().Query(ctx, sql, args...); err != nil {
			return err
		}
		r.ahead = r.Rows.Next()
		return r.Rows.Err()
	})
	if err != nil {
		conn.Release()
		return nil, err
	}
	return r, nil
}

// rows are those of a statement whose first one has been read.
type rows struct {
	pgx.Rows
	conn  *pgxpool.Conn // nil once it is released
	ahead bool          // the first row is still to be returned
}

func (r *rows) Next() bool {
	if r.ahead {
		r.ahead = false
		return true
	}
	if r.Rows.Next() {
		return true
	}
	r.Close()
	return false
}

func (r *rows) Close() {
	r.Rows.Close()
	if r.conn != nil {
		r.conn.Release()
		r.conn = nil
	}
}
