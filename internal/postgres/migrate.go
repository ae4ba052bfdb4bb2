package postgres

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"github.com/enroll-project/enroll/schema"
)

const (
	// migrationLockTimeout is how long a step may wait for a lock. Meanwhile all later
	// statements on that table queue behind it.
	migrationLockTimeout = time.Second
	// betweenAttempts gives the statements that queued behind a step time to run.
	betweenAttempts = 500 * time.Millisecond
	// migrationPatience is how long a step that waited too long for a lock is repeated.
	migrationPatience = 2 * time.Minute
	// migratorPatience is how many seconds a process waits while another one migrates. It
	// tries the lock once a second.
	migratorPatience = 600
	// pendingTimeout bounds the query for the database's version, which each readiness
	// probe sends, and those for its settings.
	pendingTimeout = 2 * time.Second
)

// Migrate brings the database to the schema of this binary. If the database is at that
// schema or a later one, it does nothing. Any number of processes may call it at once:
// one holds an advisory lock and migrates, the others wait up to ten minutes. The role
// needs the right to change the schema, and the connection must be direct, not through
// a PgBouncer in transaction mode.
//
// The time of a step is not bounded. But a step waits only one second for a lock that
// the running service holds; Migrate then repeats it, for two minutes in all.
func Migrate(ctx context.Context, url string) error { return migrate(ctx, url, schema.FS) }

func migrate(ctx context.Context, url string, steps fs.FS) error {
	config, err := pgx.ParseConfig(url)
	if err != nil {
		return urlError(err)
	}
	bound(config, "enroll migrate")
	maps.Copy(config.RuntimeParams, map[string]string{
		"statement_timeout":                   "0",
		"idle_in_transaction_session_timeout": "0",
		"lock_timeout":                        milliseconds(migrationLockTimeout),
	})
	db := stdlib.OpenDB(*config)
	defer db.Close()
	for end := time.Now().Add(migrationPatience); ; {
		err := migrateOnce(ctx, db, steps)
		if err == nil {
			return nil
		}
		if f := serverError(err); f == nil || f.Code != "55P03" || time.Now().After(end) { // lock_not_available
			return migrationError(err)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("postgres: migrate: %w", ctx.Err())
		case <-time.After(betweenAttempts):
		}
	}
}

func migrateOnce(ctx context.Context, db *sql.DB, steps fs.FS) error {
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, migratorPatience))
	if err != nil {
		return err
	}
	provider, err := goose.NewProvider(goose.DialectPostgres, db, steps,
		goose.WithSessionLocker(locker), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return err
	}
	_, err = provider.Up(ctx)
	return err
}

// migrationError names the step that failed, which Safe would cut off.
func migrationError(err error) error {
	if partial := new(goose.PartialError); errors.As(err, &partial) {
		return fmt.Errorf("postgres: migrate: step %d: %w", partial.Failed.Source.Version, Safe(err))
	}
	return fmt.Errorf("postgres: migrate: %w", Safe(err))
}

// Pending reports whether the database lacks steps that this binary needs. A
// database with newer steps is fine, because the previous release can run on each
// new schema. The error is safe to log. Most often the database did not answer within
// two seconds.
func Pending(ctx context.Context, pool *Pool) (bool, error) {
	newest, err := newestStep(schema.FS)
	if err != nil {
		return false, err
	}
	ctx, cancel := context.WithTimeout(ctx, pendingTimeout)
	defer cancel()
	var applied int64
	const query = "SELECT coalesce(max(version_id), 0) FROM " + goose.DefaultTablename + " WHERE is_applied"
	err = NewStatements(pool).QueryRow(ctx, query).Scan(&applied)
	if f := serverError(err); f != nil && f.Code == "42P01" { // undefined_table: never migrated
		return true, nil
	}
	if err != nil {
		return false, fmt.Errorf("postgres: %w", Safe(err))
	}
	return applied < newest, nil
}

// newestStep returns the highest number of a step.
func newestStep(steps fs.FS) (int64, error) {
	names, err := fs.Glob(steps, "*.sql")
	if err != nil {
		return 0, fmt.Errorf("postgres: %w", err)
	}
	var newest int64
	for _, name := range names {
		n, err := goose.NumericComponent(name)
		if err != nil {
			return 0, fmt.Errorf("postgres: schema/%s: %w", name, err)
		}
		newest = max(newest, n)
	}
	return newest, nil
}
