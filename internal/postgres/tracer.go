package postgres

import (
	"context"
	"errors"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/enroll-project/enroll/internal/trace"
)

// tracer records a span for each statement. The driver calls it at the start and at the end, that is
// when the last row was read.
//
// A span has the statement's name and, if it failed, the SQLSTATE or the word "connection". It has
// neither the arguments nor the error's text, which quotes them.
type tracer struct{}

// TraceQueryStart begins the span.
func (tracer) TraceQueryStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryStartData) context.Context {
	ctx, span := trace.Call(ctx, "db "+statementName(data.SQL)) // check: trace-statement
	span.Set("db.system.name", "postgresql")
	return ctx
}

// TraceQueryEnd ends the span that TraceQueryStart has put into ctx.
func (tracer) TraceQueryEnd(ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryEndData) {
	span := trace.Current(ctx)
	if data.Err != nil {
		kind := "connection" // lost, or the context has ended
		if refused := new(pgconn.PgError); errors.As(data.Err, &refused) {
			kind = refused.Code // check: trace-error
		}
		span.Fail(kind)
	}
	span.End()
}

// statementName returns the name that sqlc writes in front of a statement of queries/, as in
// "-- name: InsertUser :one". The name of any other statement, such as BEGIN or a health check, is its
// first word, which no argument can be.
func statementName(sql string) string {
	if named, ok := strings.CutPrefix(sql, "-- name: "); ok {
		name, _, _ := strings.Cut(named, " ")
		return name
	}
	first := strings.TrimSpace(sql)
	if end := strings.IndexAny(first, " \t\n;("); end >= 0 {
		first = first[:end]
	}
	return strings.ToLower(first)
}
