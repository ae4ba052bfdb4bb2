package postgres_test

import (
	"context"
	"errors"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/enroll-project/enroll/internal/postgres"
)

// insertAlone inserts a row. A deferred trigger executes atCommit during the commit.
func insertAlone(text, atCommit string) func(context.Context, *pgxpool.Conn) error {
	return func(ctx context.Context, conn *pgxpool.Conn) error {
		_, err := conn.Exec(ctx, "INSERT INTO note VALUES ($1, nullif($2, ''))", text, atCommit)
		return err
	}
}

// TestAloneOutcome: a certain outcome is returned as it is, and an uncertain one is
// ErrOutcomeUnknown.
func TestAloneOutcome(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		step       func(context.Context, *pgxpool.Conn) error
		unknown    bool
		constraint string
		rows       int
	}{
		"all is well":        {insertAlone("new", ""), false, "", 2},
		"connection lost":    {insertAlone("new", "SELECT pg_terminate_backend(pg_backend_pid())"), true, "", 1},
		"constraint refuses": {insertAlone("there", ""), false, "note_text_unique", 1},
		"disk full":          {insertAlone("new", "DO $$ BEGIN RAISE 'x' USING ERRCODE = 'disk_full'; END $$"), false, "", 1},
		"canceled": {insertAlone("new", "DO $$ BEGIN RAISE 'x' USING ERRCODE = 'query_canceled'; END $$"),
			false, "", 1},
		"connection lost first": {func(ctx context.Context, c *pgxpool.Conn) error {
			_ = c.Conn().Close(ctx)
			return insertAlone("new", "")(ctx, c) // the driver returns the same error for a lost answer
		}, true, "", 1},
		"a pooler's word": {insertAlone("new", "DO $$ BEGIN RAISE 'x' USING ERRCODE = 'connection_failure'; END $$"),
			true, "", 1},
		"no row": {func(ctx context.Context, c *pgxpool.Conn) error {
			return c.QueryRow(ctx, "SELECT 1 WHERE false").Scan(nil)
		}, false, "", 1},
		"an error of its own": {func(context.Context, *pgxpool.Conn) error { return errors.New("mine") }, false, "", 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pool := scratch(t, notes+"INSERT INTO note VALUES ('there')")
			err := postgres.Alone(t.Context(), pool, test.step)
			if (err == nil) != (test.rows == 2) || errors.Is(err, postgres.ErrOutcomeUnknown) != test.unknown {
				t.Errorf("got %v", err)
			}
			if name == "no row" && !errors.Is(err, pgx.ErrNoRows) {
				t.Errorf("got %v", err)
			}
			if got := postgres.Constraint(err); got != test.constraint {
				t.Errorf("constraint %q of %v", got, err)
			}
			if n := value[int](t, pool, "SELECT count(*)::int FROM note"); n != test.rows {
				t.Errorf("%d rows", n)
			}
			if n := pool.Stat().AcquiredConns(); n != 0 {
				t.Errorf("%d connections are not given back", n)
			}
		})
	}
}

// TestAloneOutlivesCaller: if the client disconnects, pgx asks the server to cancel the
// statement, and its outcome would be unknown. Alone keeps pgx from doing so.
func TestAloneOutlivesCaller(t *testing.T) {
	t.Parallel()
	pool := scratch(t, notes)
	ctx, cancel := context.WithCancel(t.Context())
	err := disconnects(t, pool, cancel, func(pool *postgres.Pool) error {
		return postgres.Alone(ctx, pool, insertAlone("kept", "SELECT pg_advisory_xact_lock(1)"))
	})
	if err != nil {
		t.Errorf("the caller left meanwhile: %v", err)
	}
	if err := postgres.Alone(ctx, pool, insertAlone("never", "")); !errors.Is(err, context.Canceled) {
		t.Errorf("the caller left before: %v", err)
	}
	if got := value[string](t, pool, "SELECT string_agg(text, ',') FROM note"); got != "kept" {
		t.Errorf("there is %s", got)
	}
}
