package postgres_test

import (
	"context"
	"errors"
	"os"
	"testing"

	"github.com/enroll-project/enroll/internal/devpg"
	"github.com/enroll-project/enroll/internal/postgres"
	"github.com/enroll-project/enroll/test/pgtest"
)

// TestProbe: a database that can write passes, and the probe leaves nothing behind, neither in the
// database nor in the settings of the connection.
func TestProbe(t *testing.T) {
	t.Parallel()
	pool := open(t, postgres.Config{URL: pgtest.EmptyURL(t), MaxConns: 1})
	const state = `SELECT concat_ws(', ', count(*), current_setting('work_mem'), current_setting('temp_tablespaces'))
		FROM pg_class`
	before := value[string](t, pool, state)
	if err := postgres.Probe(t.Context(), pool); err != nil {
		t.Error(err)
	}
	if after := value[string](t, pool, state); after != before {
		t.Errorf("relations and settings were %s and are %s", before, after)
	}
	away := open(t, postgres.Config{URL: "postgres://nobody@127.0.0.1:1/none"})
	if err := postgres.Probe(t.Context(), away); !postgres.IsUnavailable(err) {
		t.Errorf("without a database: %v", err)
	}
	readOnly := open(t, postgres.Config{URL: pgtest.EmptyURL(t) + "&default_transaction_read_only=on"})
	if err := postgres.Probe(t.Context(), readOnly); !errors.Is(err, postgres.ErrReadOnly) {
		t.Errorf("read-only: %v", err)
	}
}

// openFolder returns a folder that the account of PostgreSQL can enter if root runs the tests. It
// cannot enter the folders of testing.TB.TempDir.
func openFolder(t *testing.T) string {
	t.Helper()
	folder, err := os.MkdirTemp("", "enroll-probe-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	if err := os.Chmod(folder, 0o711); err != nil {
		t.Fatal(err)
	}
	return folder
}

// durable starts a PostgreSQL for one test, which may change its settings, and returns a pool on it.
func durable(t *testing.T, folder string) *postgres.Pool {
	t.Helper()
	server, err := devpg.Start(t.Context(), devpg.Config{Dir: folder, BinDir: os.Getenv("ENROLL_PG_BIN"), Durable: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Discard(context.Background()) })
	return open(t, postgres.Config{URL: server.URL("enroll")})
}

// TestProbeWithoutStandby: a commit that waits for a synchronous standby which is gone is not
// confirmed.
func TestProbeWithoutStandby(t *testing.T) {
	t.Parallel()
	pool := durable(t, openFolder(t))
	if err := postgres.Probe(t.Context(), pool); err != nil {
		t.Error(err)
	}
	exec(t, pool, "ALTER SYSTEM SET synchronous_standby_names = 'nobody'")
	exec(t, pool, "SELECT pg_reload_conf()")
	// A background process of the server makes commits wait some time after the setting is seen: a
	// few probes pass before that. If none waits, the test fails at the bound.
	err := postgres.Probe(t.Context(), pool)
	for n := 0; err == nil && n < 2000; n++ {
		err = postgres.Probe(t.Context(), pool)
	}
	if !errors.Is(err, postgres.ErrOutcomeUnknown) {
		t.Errorf("without its standby: %v", err)
	}
}
