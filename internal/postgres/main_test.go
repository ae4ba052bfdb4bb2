package postgres_test

import (
	"context"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

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

// scratch returns a pool on a new database in which some statements were executed.
func scratch(t *testing.T, statements string) *postgres.Pool {
	t.Helper()
	pool := open(t, postgres.Config{URL: pgtest.EmptyURL(t), MaxConns: 4})
	exec(t, pool, statements)
	return pool
}

// sentLast is a tracer that keeps the context of the statement that was sent last.
type sentLast struct {
	context atomic.Pointer[context.Context]
}

func (s *sentLast) TraceQueryStart(
	ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryStartData,
) context.Context {
	s.context.Store(&ctx)
	return ctx
}

func (s *sentLast) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

// ends reports whether the context of that statement has ended, so that the driver cancels the statement.
func (s *sentLast) ends() bool { return (*s.context.Load()).Err() != nil }

// tracing is another pool on the database of a pool, with a tracer.
func tracing(t *testing.T, pool *postgres.Pool, tracer pgx.QueryTracer) *postgres.Pool {
	t.Helper()
	config := pool.Config().Copy()
	config.ConnConfig.Tracer = tracer
	traced, err := pgxpool.NewWithConfig(context.Background(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(traced.Close)
	return traced
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
