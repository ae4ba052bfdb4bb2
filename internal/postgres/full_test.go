package postgres_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/enroll-project/enroll/internal/postgres"
	"github.com/enroll-project/enroll/test/pgtest"
)

// limited is a URL on which the server allows two connections.
func limited(t *testing.T) string {
	t.Helper()
	url := pgtest.EmptyURL(t)
	admin := open(t, postgres.Config{URL: url})
	role := "limited_" + admin.Config().ConnConfig.Database
	exec(t, admin, "CREATE ROLE "+role+" LOGIN CONNECTION LIMIT 2")
	t.Cleanup(func() { exec(t, admin, "DROP ROLE "+role) })
	return strings.Replace(url, "enroll@", role+"@", 1)
}

// uses are the ways in which the service takes a connection of a pool.
var uses = map[string]func(ctx context.Context, pool *postgres.Pool) error{
	"InTx": func(ctx context.Context, pool *postgres.Pool) error {
		return postgres.InTx(ctx, pool, func(tx pgx.Tx) error {
			_, err := tx.Exec(ctx, "SELECT pg_sleep(0.001)")
			return err
		})
	},
	"Alone": func(ctx context.Context, pool *postgres.Pool) error {
		return postgres.Alone(ctx, pool, func(ctx context.Context, conn *pgxpool.Conn) error {
			_, err := conn.Exec(ctx, "SELECT pg_sleep(0.001)")
			return err
		})
	},
	"Exec": func(ctx context.Context, pool *postgres.Pool) error {
		_, err := postgres.NewStatements(pool).Exec(ctx, "SELECT pg_sleep(0.001)")
		return err
	},
	"Query": func(ctx context.Context, pool *postgres.Pool) error {
		rows, err := postgres.NewStatements(pool).Query(ctx, "SELECT 1 FROM pg_sleep(0.001)")
		if err == nil {
			_, err = pgx.CollectRows(rows, pgx.RowTo[int])
		}
		return err
	},
	"QueryRow": func(ctx context.Context, pool *postgres.Pool) error {
		return postgres.NewStatements(pool).QueryRow(ctx, "SELECT 1 FROM pg_sleep(0.001)").Scan(new(int))
	},
	"Clock": func(ctx context.Context, pool *postgres.Pool) error {
		return postgres.NewClock(time.Now).Sync(ctx, pool)
	},
}

// TestFullServer: the server allows two connections to a pool that may open eight. The pool serves
// all requests over the two, in each way in which a connection is taken.
func TestFullServer(t *testing.T) {
	t.Parallel()
	for name, use := range uses {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pool := open(t, postgres.Config{URL: limited(t), MaxConns: 8})
			defer pool.Close() // before its role is dropped
			var crowd sync.WaitGroup
			for range 16 {
				crowd.Go(func() {
					for range 10 {
						if err := use(t.Context(), pool); err != nil {
							t.Error(err)
						}
					}
				})
			}
			crowd.Wait()
			// Refused attempts leave no connection in the pool.
			if n := pool.Stat().TotalConns(); n > 2 {
				t.Errorf("%d connections", n)
			}
		})
	}
}

// TestFullServerWithoutOwn: a pool without a connection of its own gets the refusal at once, and
// one whose connections stay busy waits as long as the caller does.
func TestFullServerWithoutOwn(t *testing.T) {
	t.Parallel()
	url := limited(t)
	first, second := open(t, postgres.Config{URL: url}), open(t, postgres.Config{URL: url})
	defer first.Close()
	defer second.Close()
	for range 2 {
		conn, err := postgres.Acquire(t.Context(), first)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Release()
	}
	_, err := postgres.Acquire(t.Context(), second)
	if !postgres.IsUnavailable(err) || !strings.Contains(err.Error(), "too many connections") {
		t.Errorf("without an own connection: %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if _, err := postgres.Acquire(ctx, first); !postgres.IsUnavailable(err) || ctx.Err() == nil {
		t.Errorf("while the own connections are busy: %v", err)
	}
}

// TestRoom: the finding names a number of connections with which two replicas fit.
func TestRoom(t *testing.T) {
	t.Parallel()
	url := pgtest.EmptyURL(t)
	admin := open(t, postgres.Config{URL: url})
	free := value[int32](t, admin, `SELECT current_setting('max_connections')::int
		- current_setting('superuser_reserved_connections')::int
		- coalesce(current_setting('reserved_connections', true), '0')::int`)
	for conns, want := range map[int32]string{
		free / 2:   "",
		free/2 + 1: fmt.Sprintf("set ENROLL_DB_MAX_CONNS to %d or less", free/2),
	} {
		findings, err := postgres.Inspect(t.Context(), open(t, postgres.Config{URL: url, MaxConns: conns}))
		advice := ""
		for _, f := range findings {
			if f.Setting == "max_connections" {
				advice = f.Advice
			}
			if f.Setting == "max_connections" && f.Unfit {
				t.Error("it does not keep the service from starting")
			}
		}
		if err != nil || !strings.Contains(advice, want) || (advice == "") != (want == "") {
			t.Errorf("%d connections of %d: %q, %v", conns, free, advice, err)
		}
	}
}
