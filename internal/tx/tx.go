// Package tx runs the generated statements of package db: one by itself, or several in one
// transaction. Package postgres runs transactions and reports their outcome, but does not depend on
// the generated statements. This package connects the two, so that not every use case has to.
package tx

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/enroll-project/enroll/gen/db"
	"github.com/enroll-project/enroll/internal/postgres"
)

// Runner runs statements on the connections of a pool. It is safe for concurrent use.
type Runner struct {
	pool    *postgres.Pool
	queries *db.Queries
}

// New returns a Runner for a pool.
func New(pool *postgres.Pool) *Runner {
	return &Runner{pool, db.New(postgres.NewStatements(pool))}
}

// Queries returns the statements, each to be run by itself. Use it to read, and to write if the
// caller does not need to know the outcome.
func (r *Runner) Queries() *db.Queries { return r.queries }

// Alone runs a step that is one statement and a transaction by itself.
func (r *Runner) Alone(ctx context.Context, step func(ctx context.Context, q *db.Queries) error) error {
	return postgres.Alone(ctx, r.pool, func(ctx context.Context, conn *pgxpool.Conn) error {
		return step(ctx, db.New(conn))
	})
}

// InTx runs steps in one transaction. If the client disconnects during the commit, the
// commit is completed.
func (r *Runner) InTx(ctx context.Context, steps func(ctx context.Context, q *db.Queries) error) error {
	return postgres.InTx(ctx, r.pool, func(tx pgx.Tx) error {
		return steps(ctx, r.queries.WithTx(tx))
	})
}
