package postgres_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/enroll-project/enroll/internal/postgres"
	"github.com/enroll-project/enroll/test/pgtest"
)

// steps are migrations, numbered from 1.
func steps(up ...string) fstest.MapFS {
	files := fstest.MapFS{}
	for i, sql := range up {
		files["0000"+string(rune('1'+i))+"_step.sql"] = &fstest.MapFile{Data: []byte("-- +goose Up\n-- +goose " +
			"StatementBegin\n" + sql + "\n-- +goose StatementEnd\n")}
	}
	return files
}

func TestMigrate(t *testing.T) {
	t.Parallel()
	url := pgtest.EmptyURL(t)
	pool := open(t, postgres.Config{URL: url})
	pending := func(want bool) {
		t.Helper()
		if got, err := postgres.Pending(t.Context(), pool); err != nil || got != want {
			t.Errorf("pending: %v, %v", got, err)
		}
	}
	pending(true)
	for range 2 {
		if err := postgres.Migrate(t.Context(), url); err != nil {
			t.Fatal(err)
		}
		pending(false)
	}
	exec(t, pool, "INSERT INTO users SELECT FROM users") // fails if there are no tables
	exec(t, pool, "DELETE FROM goose_db_version WHERE version_id = (SELECT max(version_id) FROM goose_db_version)")
	pending(true)
	exec(t, pool, "INSERT INTO goose_db_version (version_id, is_applied) SELECT g, true FROM generate_series(1, 99999) g")
	pending(false) // a newer release has migrated
	if err := postgres.Migrate(t.Context(), url); err != nil {
		t.Errorf("on a newer schema: %v", err)
	}
}

// TestMigrateAtOnce: several replicas migrate at the same time; one applies the steps, and none fails.
func TestMigrateAtOnce(t *testing.T) {
	t.Parallel()
	url := pgtest.EmptyURL(t)
	pool := open(t, postgres.Config{URL: url})
	gate, err := pool.Acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer gate.Release()
	if _, err := gate.Exec(t.Context(), "SELECT pg_advisory_lock(1)"); err != nil {
		t.Fatal(err)
	}
	gated := steps("SET LOCAL lock_timeout = 0; SELECT pg_advisory_xact_lock(1); CREATE TABLE once ()")
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			if err := postgres.MigrateSteps(t.Context(), url, gated); err != nil {
				t.Error(err)
			}
		})
	}
	// One process waits at the gate, and the others wait for that one. Without the
	// advisory lock all would be at the gate.
	until(t, pool, `SELECT count(*) = 4 FROM pg_stat_activity WHERE datname = current_database()
		AND application_name = 'enroll migrate' AND (query LIKE '%pg_advisory_xact_lock%'
			OR query LIKE '%pg_try_advisory_lock%')`)
	if _, err := gate.Exec(t.Context(), "SELECT pg_advisory_unlock(1)"); err != nil {
		t.Fatal(err)
	}
	group.Wait()
	if n := value[int](t, pool, "SELECT count(*)::int FROM goose_db_version WHERE version_id = 1"); n != 1 {
		t.Errorf("applied %d times", n)
	}
}

// TestMigrationTimeouts: a step may take long, but not wait long for a lock. Timeouts
// in the URL do not change that.
func TestMigrationTimeouts(t *testing.T) {
	t.Parallel()
	url := pgtest.EmptyURL(t) + "&statement_timeout=1s&lock_timeout=1h"
	err := postgres.MigrateSteps(t.Context(), url, steps(`DO $$ BEGIN
		ASSERT current_setting('statement_timeout') = '0', 'a slow step would be cut off';
		ASSERT current_setting('idle_in_transaction_session_timeout') = '0', 'likewise';
		ASSERT current_setting('lock_timeout') = '1s', 'the service would queue up';
	END $$`))
	if err != nil {
		t.Error(err)
	}
}

// TestMigrationLock: while the service holds a lock, the step times out again and
// again. It succeeds afterwards.
func TestMigrationLock(t *testing.T) {
	t.Parallel()
	url := pgtest.EmptyURL(t)
	pool := open(t, postgres.Config{URL: url + "&idle_in_transaction_session_timeout=0"})
	exec(t, pool, "CREATE TABLE busy (n int)")
	service, err := pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := service.Exec(t.Context(), "SELECT FROM busy"); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- postgres.MigrateSteps(t.Context(), url, steps("ALTER TABLE busy ADD more int")) }()
	const waits = "SELECT EXISTS (SELECT FROM pg_locks l JOIN pg_class c ON c.oid = relation WHERE relname = 'busy' AND " +
		"NOT granted)"
	for range 2 {
		until(t, pool, waits)
		until(t, pool, "SELECT NOT ("+strings.TrimPrefix(waits, "SELECT ")+")")
	}
	if err := service.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Errorf("after the lock was free: %v", err)
	}
	if n := value[int](t, pool, "SELECT count(more)::int FROM busy"); n != 0 {
		t.Error(n)
	}
}

func TestMigrationFails(t *testing.T) {
	t.Parallel()
	url := pgtest.EmptyURL(t)
	failing := steps("CREATE TABLE first (phone text UNIQUE)", "INSERT INTO first VALUES ('"+phone+"'), ('"+phone+"')")
	err := postgres.MigrateSteps(t.Context(), url, failing)
	if err == nil || !strings.Contains(err.Error(), "step 2: database: SQLSTATE 23505") ||
		strings.Contains(err.Error(), phone) {
		t.Errorf("got %v", err)
	}
	if err := postgres.MigrateSteps(t.Context(), url,
		steps("CREATE TABLE first ()", "CREATE TABLE second ()")); err != nil {
		t.Errorf("the failed step cannot be repeated: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := postgres.Migrate(ctx, url); !errors.Is(err, context.Canceled) {
		t.Errorf("on a canceled context: %v", err)
	}
}
