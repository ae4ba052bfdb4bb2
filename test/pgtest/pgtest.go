package pgtest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"go.uber.org/goleak"

	"github.com/enroll-project/enroll/internal/postgres"
)

// maxConns is the size of a test's pool: several, so that its goroutines race
// in the database and not for a connection.
const maxConns = 8

// patience bounds the work on a database before and after a test, which takes
// milliseconds.
const patience = 30 * time.Second

// unhurried lifts the time limits of the service's own connections: on a busy machine a test may need
// more than the 2 s for which a statement waits for a lock. A test of a limit sets it itself.
const unhurried = "&statement_timeout=0&lock_timeout=0&idle_in_transaction_session_timeout=0&connect_timeout=60"

// theHost is the PostgreSQL of this process, once the first test has asked for
// it.
var theHost = sync.OnceValue(func() *host { return new(host) })

// Main runs the tests of a package (a *testing.M, or what wraps one), removes
// PostgreSQL and exits. Tests that pass and leave a goroutine behind fail.
func Main(m interface{ Run() int }) {
	h := theHost()
	h.hasMain()
	code := m.Run()
	if err := h.stop(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = max(code, 1)
	}
	http.DefaultClient.CloseIdleConnections() // its idle connections belong to no test
	if err := goleak.Find(); code == 0 && err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// New returns a pool of at most 8 connections to an empty, migrated database
// that no other test uses meanwhile. It is closed when the test ends. Its
// connection string is pool.Config().ConnString().
func New(t testing.TB) *pgxpool.Pool {
	t.Helper()
	return pool(t, URL(t))
}

// URL returns the connection string of an empty, migrated database that no
// other test uses meanwhile, for tests that start processes or open pools
// themselves. Sessions that are left when the test ends are cut off.
func URL(t testing.TB) string {
	t.Helper()
	h := started(t)
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	d, err := h.take(ctx)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := h.give(ctx, d); err != nil {
			t.Error(err)
		}
	})
	return d.url
}

// Fresh is like [New], but the database is new and is dropped when the test
// ends: its schema may be changed.
func Fresh(t testing.TB) *pgxpool.Pool {
	t.Helper()
	return pool(t, temporary(t, template))
}

// EmptyURL returns the connection string of a new database without any table,
// which is dropped when the test ends.
func EmptyURL(t testing.TB) string {
	t.Helper()
	return temporary(t, "template0")
}

// Log returns what PostgreSQL has logged so far, "" if no test has asked for a
// database. It is for the end of a test binary, before [Main] removes it all.
func Log() (string, error) {
	h := theHost()
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.server == nil {
		return "", nil
	}
	text, err := os.ReadFile(filepath.Join(h.folder, "postgres.log"))
	if err != nil {
		return "", fmt.Errorf("pgtest: %w", err)
	}
	return string(text), nil
}

// started returns the running host, or ends the test.
func started(t testing.TB) *host {
	t.Helper()
	h := theHost()
	if err := h.start(); err != nil {
		t.Fatal(err)
	}
	return h
}

// temporary makes a database for one test.
func temporary(t testing.TB, from string) string {
	t.Helper()
	h := started(t)
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	name, err := h.create(ctx, from)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := h.drop(ctx, name); err != nil {
			t.Error(err)
		}
	})
	return h.server.URL(name)
}

func pool(t testing.TB, url string) *pgxpool.Pool {
	t.Helper()
	return openPool(t, postgres.Config{URL: url + unhurried, MaxConns: maxConns, ApplicationName: t.Name()})
}

// Open returns a pool of two connections with the service's own time limits. It is for a URL that a test has
// changed, for example to another role. It is closed when the test ends.
func Open(t testing.TB, url string) *pgxpool.Pool {
	t.Helper()
	return openPool(t, postgres.Config{URL: url, MaxConns: 2})
}

func openPool(t testing.TB, c postgres.Config) *pgxpool.Pool {
	t.Helper()
	pool, err := postgres.Open(context.Background(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return pool
}

// SQLState runs statements and returns the code of their failure, "" for none. It ends the test if they fail
// without a code.
func SQLState(t testing.TB, pool *pgxpool.Pool, sql string) string {
	t.Helper()
	_, err := pool.Exec(t.Context(), sql, pgx.QueryExecModeSimpleProtocol)
	var refused *pgconn.PgError
	if errors.As(err, &refused) {
		return refused.Code
	}
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return ""
}
