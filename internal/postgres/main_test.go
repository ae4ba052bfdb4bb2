package postgres_test

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/enroll-project/enroll/internal/postgres"
	"github.com/enroll-project/enroll/test/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// secret is in every connection string, and no error may contain it.
const secret = "canary-s3cr3t"

func open(t *testing.T, c postgres.Config) *postgres.Pool {
	t.Helper()
	pool, err := postgres.Open(context.Background(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return pool
}

// scratch is a pool on a database of its own, after some statements.
func scratch(t *testing.T, statements string) *postgres.Pool {
	t.Helper()
	pool := open(t, postgres.Config{URL: pgtest.EmptyURL(t), MaxConns: 4})
	exec(t, pool, statements)
	return pool
}

func exec(t *testing.T, pool *postgres.Pool, sql string) {
	t.Helper()
	if _, err := pool.Exec(context.Background(), sql, pgx.QueryExecModeSimpleProtocol); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

func value[T any](t *testing.T, pool *postgres.Pool, sql string, args ...any) T {
	t.Helper()
	rows, err := pool.Query(context.Background(), sql, args...)
	if err != nil {
		t.Fatal(err)
	}
	v, err := pgx.CollectExactlyOneRow(rows, pgx.RowTo[T])
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return v
}

// until repeats a query until the answer is true. It needs no bound, because go test
// has one.
func until(t *testing.T, pool *postgres.Pool, sql string, args ...any) {
	t.Helper()
	for !value[bool](t, pool, sql, args...) {
		if t.Context().Err() != nil {
			t.Fatal("the test is over")
		}
	}
}
