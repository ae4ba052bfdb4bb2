package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/enroll-project/enroll/internal/devpg"
	"github.com/enroll-project/enroll/internal/postgres"
	"github.com/enroll-project/enroll/test/pgtest"
)

// notes is a table with a deferred trigger. Inside COMMIT it executes the SQL in
// at_commit of each new row.
const notes = `CREATE TABLE note (text text CONSTRAINT note_text_unique UNIQUE DEFERRABLE INITIALLY DEFERRED,
	at_commit text);
CREATE FUNCTION obey() RETURNS trigger LANGUAGE plpgsql AS $$
	BEGIN EXECUTE coalesce(NEW.at_commit, 'SELECT 1'); RETURN NULL; END $$;
CREATE CONSTRAINT TRIGGER obey AFTER INSERT ON note DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION obey();`

func insert(ctx context.Context, text, atCommit string) func(pgx.Tx) error {
	return func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, "INSERT INTO note VALUES ($1, nullif($2, ''))", text, atCommit)
		return err
	}
}

func TestInTx(t *testing.T) {
	t.Parallel()
	pool := scratch(t, notes)
	mine := errors.New("mine")
	if err := postgres.InTx(t.Context(), pool, insert(t.Context(), "kept", "")); err != nil {
		t.Error(err)
	}
	err := postgres.InTx(t.Context(), pool, func(tx pgx.Tx) error {
		return errors.Join(insert(t.Context(), "undone", "")(tx), mine)
	})
	if !errors.Is(err, mine) {
		t.Errorf("the error of the function is lost: %v", err)
	}
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic is lost")
			}
		}()
		_ = postgres.InTx(t.Context(), pool, func(tx pgx.Tx) error {
			_ = insert(t.Context(), "panicked", "")(tx)
			panic("oh")
		})
	}()
	ctx, cancel := context.WithCancel(t.Context())
	err = postgres.InTx(ctx, pool, func(tx pgx.Tx) error {
		defer cancel()
		return insert(ctx, "given up", "")(tx)
	})
	if !errors.Is(err, context.Canceled) || errors.Is(err, postgres.ErrOutcomeUnknown) {
		t.Errorf("the caller left before COMMIT: %v", err)
	}
	if got := value[string](t, pool, "SELECT string_agg(text, ',') FROM note"); got != "kept" {
		t.Errorf("there is %s", got)
	}
	if n := pool.Stat().AcquiredConns(); n != 0 {
		t.Errorf("%d connections are not given back", n)
	}
}

// TestCommitOutlivesCaller: if the client disconnects, pgx asks the server to cancel the
// COMMIT. InTx keeps pgx from doing so.
func TestCommitOutlivesCaller(t *testing.T) {
	t.Parallel()
	pool := scratch(t, notes)
	ctx, cancel := context.WithCancel(t.Context())
	err := disconnects(t, pool, cancel, func(pool *postgres.Pool) error {
		return postgres.InTx(ctx, pool, insert(ctx, "kept", "SELECT pg_advisory_xact_lock(1)")) // COMMIT waits for the lock
	})
	if err != nil {
		t.Errorf("the caller left during COMMIT: %v", err)
	}
	if n := value[int](t, pool, "SELECT count(*)::int FROM note"); n != 1 {
		t.Errorf("%d rows, want 1", n)
	}
}

// disconnects calls write, whose commit waits for the advisory lock 1, and has the client disconnect meanwhile. It
// returns the error of write.
//
// If the driver cancels the statement of write, the lock is released only after the cancellation. Otherwise the commit
// could end first, because the driver waits a moment before it cancels a statement.
func disconnects(
	t *testing.T, pool *postgres.Pool, disconnect func(), write func(*postgres.Pool) error,
) (result error) {
	t.Helper()
	gate, err := pool.Acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer gate.Release()
	if _, err := gate.Exec(t.Context(), "SELECT pg_advisory_lock(1)"); err != nil {
		t.Fatal(err)
	}
	sent := &sentLast{}
	traced := tracing(t, pool, sent)
	written := pgtest.Blocked(t, pool, func() error { return write(traced) })
	disconnect()
	canceled := sent.ends()
	if canceled {
		result = written()
	}
	if _, err := gate.Exec(t.Context(), "SELECT pg_advisory_unlock(1)"); err != nil {
		t.Fatal(err)
	}
	if !canceled {
		result = written()
	}
	return result
}

// TestCommitOutcome: a certain outcome is returned as it is, an uncertain one is
// ErrOutcomeUnknown.
func TestCommitOutcome(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		steps              func(context.Context, pgx.Tx) error
		unknown, available bool
		constraint         string
	}{
		"connection lost in COMMIT": {func(ctx context.Context, tx pgx.Tx) error {
			return insert(ctx, "new", "SELECT pg_terminate_backend(pg_backend_pid())")(tx)
		}, true, true, ""},
		"constraint refuses in COMMIT": {func(ctx context.Context, tx pgx.Tx) error {
			return insert(ctx, "there", "")(tx)
		}, false, true, "note_text_unique"},
		"disk full in COMMIT": {func(ctx context.Context, tx pgx.Tx) error {
			return insert(ctx, "new", "DO $$ BEGIN RAISE 'x' USING ERRCODE = 'disk_full'; END $$")(tx)
		}, false, false, ""},
		"a pooler's word": {func(ctx context.Context, tx pgx.Tx) error {
			return insert(ctx, "new", "DO $$ BEGIN RAISE 'x' USING ERRCODE = 'connection_failure'; END $$")(tx)
		}, true, true, ""},
		"connection lost before COMMIT": {func(ctx context.Context, tx pgx.Tx) error {
			return tx.Conn().Close(ctx)
		}, false, false, ""},
		"failed statement overlooked": {func(ctx context.Context, tx pgx.Tx) error {
			_, _ = tx.Exec(ctx, "SELECT 1/0")
			return nil
		}, false, true, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pool := scratch(t, notes+"INSERT INTO note VALUES ('there')")
			err := postgres.InTx(t.Context(), pool, func(tx pgx.Tx) error { return test.steps(t.Context(), tx) })
			if err == nil || errors.Is(err, postgres.ErrOutcomeUnknown) != test.unknown {
				t.Errorf("unknown is not %v of %v", test.unknown, err)
			}
			if postgres.IsUnavailable(err) == test.available {
				t.Errorf("IsUnavailable is %v of %v", !test.available, err)
			}
			if got := postgres.Constraint(err); got != test.constraint {
				t.Errorf("constraint %q of %v", got, err)
			}
			if errors.As(err, new(*pgconn.PgError)) {
				t.Error("the server's own words can still be reached")
			}
			if n := value[int](t, pool, "SELECT count(*)::int FROM note"); n != 1 {
				t.Errorf("%d rows, want 1", n)
			}
		})
	}
}

// TestUnconfirmedAtOnce: each of many transactions on few connections gets its own
// outcome, not that of the transaction before or after it on the same connection.
func TestUnconfirmedAtOnce(t *testing.T) {
	t.Parallel()
	pool := open(t, postgres.Config{URL: pgtest.EmptyURL(t), MaxConns: 2})
	exec(t, pool, notes)
	const warn = "DO $$ BEGIN RAISE WARNING 'canceling wait for synchronous replication due to user request'; END $$"
	writers := []func(text, atCommit string) error{
		func(text, atCommit string) error {
			return postgres.InTx(t.Context(), pool, insert(t.Context(), text, atCommit))
		},
		func(text, atCommit string) error {
			return postgres.Alone(t.Context(), pool, insertAlone(text, atCommit))
		},
	}
	var group sync.WaitGroup
	var wrong atomic.Int32
	for worker := range 16 {
		group.Go(func() {
			for i := range 100 {
				atCommit := [...]string{"", warn}[(worker+i)%2]
				err := writers[i/2%2](fmt.Sprint(worker, i), atCommit)
				if errors.Is(err, postgres.ErrOutcomeUnknown) != (atCommit == warn) || err != nil && atCommit == "" {
					wrong.Add(1)
				}
			}
		})
	}
	group.Wait()
	if n := wrong.Load(); n != 0 {
		t.Errorf("%d of 1600 transactions were told another's outcome", n)
	}
}

// passable is a temporary folder that PostgreSQL's account can enter, unlike
// t.TempDir.
func passable(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "postgres-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o711); err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestStandbyAway: with synchronous replication and no standby, a COMMIT waits. When
// the wait is ended, the outcome is unknown, although the row is there and PostgreSQL
// may report success.
func TestStandbyAway(t *testing.T) {
	t.Parallel()
	// A server of its own: while a session waits for a standby, no database can be
	// dropped.
	server, err := devpg.Start(t.Context(), devpg.Config{Dir: passable(t), BinDir: os.Getenv("ENROLL_PG_BIN")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Discard(context.Background()); err != nil {
			t.Error(err)
		}
	})
	local := open(t, postgres.Config{URL: server.URL("enroll") + "&synchronous_commit=off"})
	exec(t, local, notes)
	exec(t, local, "ALTER SYSTEM SET synchronous_standby_names = 'nobody'")
	exec(t, local, "SELECT pg_reload_conf()")
	until(t, local, "SELECT current_setting('synchronous_standby_names') = 'nobody'")
	for name, end := range map[string]string{
		"canceled":          "pg_cancel_backend",
		"terminated":        "pg_terminate_backend",
		"timed out":         "",
		"alone, canceled":   "pg_cancel_backend",
		"alone, terminated": "pg_terminate_backend",
		"alone, timed out":  "",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			replicated := open(t, postgres.Config{URL: server.URL("enroll") + "&synchronous_commit=on", MaxConns: 1,
				ApplicationName: name})
			done := make(chan error)
			go func() {
				if strings.HasPrefix(name, "alone") {
					done <- postgres.Alone(t.Context(), replicated, insertAlone(name, ""))
				} else {
					done <- postgres.InTx(t.Context(), replicated, insert(t.Context(), name, ""))
				}
			}()
			waiting := " FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND application_name = '" + name + "'"
			until(t, local, "SELECT EXISTS (SELECT"+waiting+")")
			if end != "" {
				exec(t, local, "SELECT "+end+"(pid)"+waiting)
			}
			if err := <-done; !errors.Is(err, postgres.ErrOutcomeUnknown) || postgres.IsUnavailable(err) {
				t.Errorf("got %v", err)
			}
			until(t, local, "SELECT EXISTS (SELECT FROM note WHERE text = $1)", name) // the transaction did not fail
			// The mark of one transaction does not count for the next one of its
			// connection.
			err := postgres.InTx(t.Context(), replicated, func(tx pgx.Tx) error {
				_, err := tx.Exec(t.Context(), "SET LOCAL synchronous_commit = off; INSERT INTO note VALUES ('after "+name+"')",
					pgx.QueryExecModeSimpleProtocol)
				return err
			})
			if err != nil {
				t.Errorf("the next transaction: %v", err)
			}
		})
	}
}
