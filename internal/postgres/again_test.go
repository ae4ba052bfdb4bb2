package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/enroll-project/enroll/internal/postgres"
	"github.com/enroll-project/enroll/test/pgtest"
)

// ways are the ways in which the service sends statements. Each scans what its statement returns.
var ways = map[string]func(ctx context.Context, pool *postgres.Pool, sql string, to any) error{
	"row": func(ctx context.Context, pool *postgres.Pool, sql string, to any) error {
		return postgres.NewStatements(pool).QueryRow(ctx, sql).Scan(to)
	},
	"rows": func(ctx context.Context, pool *postgres.Pool, sql string, to any) error {
		rows, err := postgres.NewStatements(pool).Query(ctx, sql)
		if err != nil {
			return err
		}
		_, err = pgx.ForEachRow(rows, []any{to}, func() error { return nil })
		return err
	},
	"no row": func(ctx context.Context, pool *postgres.Pool, sql string, to any) error {
		if _, err := postgres.NewStatements(pool).Exec(ctx, sql); err != nil {
			return err
		}
		return postgres.NewStatements(pool).QueryRow(ctx, sql).Scan(to)
	},
	"alone": func(ctx context.Context, pool *postgres.Pool, sql string, to any) error {
		return postgres.Alone(ctx, pool, func(ctx context.Context, conn *pgxpool.Conn) error {
			return conn.QueryRow(ctx, sql).Scan(to)
		})
	},
	"two in a transaction": func(ctx context.Context, pool *postgres.Pool, sql string, to any) error {
		return postgres.InTx(ctx, pool, func(tx pgx.Tx) error {
			return errors.Join(tx.QueryRow(ctx, sql).Scan(to), tx.QueryRow(ctx, sql+" -- again").Scan(to))
		})
	},
}

// TestIsolation: statements run at READ COMMITTED, for which they are written, even if the
// database, the role or the URL has another default. At REPEATABLE READ one of two requests
// that change a row at the same time would fail.
func TestIsolation(t *testing.T) {
	t.Parallel()
	for _, level := range []string{"repeatable read", "serializable"} {
		for name, send := range ways {
			t.Run(level+", "+name, func(t *testing.T) {
				t.Parallel()
				address := pgtest.EmptyURL(t)
				exec(t, open(t, postgres.Config{URL: address}), `DO $$ BEGIN
					EXECUTE format('ALTER DATABASE %I SET default_transaction_isolation = %L', current_database(), '`+level+`');
				END $$`)
				for _, parameter := range []string{"", "&default_transaction_isolation=" + url.QueryEscape(level)} {
					var got string
					err := send(t.Context(), open(t, postgres.Config{URL: address + parameter}), "SHOW transaction_isolation", &got)
					if err != nil || got != "read committed" {
						t.Errorf("%s, %v", got, err)
					}
				}
			})
		}
	}
}

// TestOutdatedPlan: a migration changes the type of a column, and the next statement on a connection
// that has a plan for the old type succeeds.
func TestOutdatedPlan(t *testing.T) {
	t.Parallel()
	for name, send := range ways {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pool := open(t, postgres.Config{URL: pgtest.EmptyURL(t), MaxConns: 1})
			exec(t, pool, "CREATE TABLE note AS SELECT 1::integer AS n")
			for _, typed := range []string{"integer", "bigint", "smallint"} {
				exec(t, pool, "ALTER TABLE note ALTER n TYPE "+typed)
				var n int
				if err := send(t.Context(), pool, "SELECT n FROM note", &n); err != nil || n != 1 {
					t.Errorf("%s: %d, %v", typed, n, err)
				}
			}
			if n := pool.Stat().AcquiredConns(); n != 0 {
				t.Errorf("%d connections are not given back", n)
			}
		})
	}
}

// TestDeadlock: the server rolls back one of two transactions that wait for each other, and
// that one is sent again.
func TestDeadlock(t *testing.T) {
	t.Parallel()
	pool := scratch(t, "CREATE TABLE note AS SELECT n, 0 AS times FROM generate_series(1, 2) AS n")
	met := make(chan struct{}, 2)
	done := make(chan error)
	for i := range 2 {
		go func() {
			first := true
			done <- postgres.InTx(t.Context(), pool, func(tx pgx.Tx) error {
				for step := range 2 {
					row := 1 + (i+step)%2
					if _, err := tx.Exec(t.Context(), "UPDATE note SET times = times + 1 WHERE n = $1", row); err != nil {
						return fmt.Errorf("row %d: %w", row, err)
					}
					if first { // each has locked one row by now, and waits for the other
						first = false
						met <- struct{}{}
						for len(met) < cap(met) {
							if err := tx.Conn().Ping(t.Context()); err != nil {
								return err
							}
						}
					}
				}
				return nil
			})
		}()
	}
	for range 2 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	if n := value[int](t, pool, "SELECT sum(times)::int FROM note"); n != 4 {
		t.Errorf("%d updates, want 4", n)
	}
}

// TestNotSentAgain: an error that is not temporary is returned at once, and the number of
// attempts is bounded.
func TestNotSentAgain(t *testing.T) {
	t.Parallel()
	pool := scratch(t, "SELECT")
	for code, want := range map[string]int{"40P01": 3, "40001": 3, "0A000": 1, "23505": 1, "57014": 1, "55P03": 1} {
		raise := "DO $$ BEGIN RAISE 'x' USING ERRCODE = '" + code + "'; END $$"
		sent := 0
		inTx := postgres.InTx(t.Context(), pool, func(tx pgx.Tx) error {
			sent++
			_, err := tx.Exec(t.Context(), raise)
			return err
		})
		alone := postgres.Alone(t.Context(), pool, func(ctx context.Context, conn *pgxpool.Conn) error {
			sent++
			_, err := conn.Exec(ctx, raise)
			return err
		})
		if inTx == nil || alone == nil || sent != 2*want {
			t.Errorf("%s: sent %d times, want %d twice: %v, %v", code, sent, want, inTx, alone)
		}
	}
}
