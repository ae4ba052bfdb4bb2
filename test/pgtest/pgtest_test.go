package pgtest_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/enroll-project/enroll/internal/postgres"
	"github.com/enroll-project/enroll/test/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

func query[T any](t *testing.T, pool *postgres.Pool, sql string) T {
	t.Helper()
	rows, err := pool.Query(t.Context(), sql)
	if err != nil {
		t.Fatal(err)
	}
	value, err := pgx.CollectExactlyOneRow(rows, pgx.RowTo[T])
	if err != nil {
		t.Fatal(err)
	}
	return value
}

const insertCaptcha = `INSERT INTO spent_captchas (nonce, expires_at) VALUES (decode(md5('x'), 'hex'), now())`

// TestNew: every test gets an empty, migrated database, while other tests change
// theirs.
func TestNew(t *testing.T) {
	t.Parallel()
	for i := range 24 {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			pool := pgtest.New(t)
			if n := query[int](t, pool, "SELECT count(*)::int FROM spent_captchas"); n != 0 {
				t.Errorf("%d rows of another test", n)
			}
			if pending, err := postgres.Pending(t.Context(), pool); err != nil || pending {
				t.Errorf("not migrated: %v", err)
			}
			if _, err := pool.Exec(t.Context(), insertCaptcha); err != nil {
				t.Error(err) // a duplicate if the database is not clean
			}
		})
	}
}

// TestLeftOpen: a transaction that a test forgot neither blocks the cleaning
// nor goes on in the next test's database.
func TestLeftOpen(t *testing.T) {
	t.Parallel()
	var conn *pgx.Conn
	t.Cleanup(func() { // runs when the database has been given back
		if err := conn.Ping(context.Background()); err == nil {
			t.Error("the session outlives its test")
		}
	})
	conn, err := pgx.Connect(t.Context(), pgtest.URL(t))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Exec(t.Context(), "BEGIN; LOCK spent_captchas; "+insertCaptcha); err != nil {
		t.Fatal(err)
	}
}

func TestFresh(t *testing.T) {
	t.Parallel()
	pool := pgtest.Fresh(t)
	if _, err := pool.Exec(t.Context(), "ALTER TABLE spent_captchas DROP CONSTRAINT spent_captchas_pk"); err != nil {
		t.Fatal(err)
	}
	other := pgtest.Fresh(t)
	if n := query[int](t, other, "SELECT count(*)::int FROM pg_constraint WHERE conname = 'spent_captchas_pk'"); n != 1 {
		t.Error("the schema of another test's database is seen")
	}
}

func TestEmptyURL(t *testing.T) {
	t.Parallel()
	pool, err := postgres.Open(t.Context(), postgres.Config{URL: pgtest.EmptyURL(t)})
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	if n := query[int](t, pool, "SELECT count(*)::int FROM pg_tables WHERE schemaname = 'public'"); n != 0 {
		t.Errorf("%d tables, want 0", n)
	}
}

// TestOffences runs, in another process, tests that must fail, and looks at
// what they say.
func TestOffences(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"constraint": "let it use pgtest.Fresh",
		"trigger":    "let it use pgtest.Fresh",
		"column":     "let it use pgtest.Fresh",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cmd := exec.Command(os.Args[0], "-test.run=^TestOffender$", "-test.v")
			cmd.Env = append(os.Environ(), offence+"="+name)
			out, err := cmd.CombinedOutput()
			if err == nil || !strings.Contains(string(out), want) {
				t.Errorf("%v\n%s", err, out)
			}
			if strings.Contains(string(out), "panic") {
				t.Errorf("%s", out)
			}
		})
	}
}

// offence names the variable that tells TestOffender what to do.
const offence = "PGTEST_OFFENCE"

// TestOffender does nothing unless TestOffences runs it.
func TestOffender(t *testing.T) {
	t.Parallel()
	sql, asked := map[string]string{
		"constraint": "ALTER TABLE spent_captchas DROP CONSTRAINT spent_captchas_pk",
		"trigger": `CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
			CREATE TRIGGER g AFTER INSERT ON spent_captchas FOR EACH ROW EXECUTE FUNCTION f()`,
		"column": "ALTER TABLE spent_captchas ADD added int",
	}[os.Getenv(offence)]
	if !asked {
		return
	}
	t.Cleanup(func() { // runs when the changed database has been given back
		pool, ctx := pgtest.New(t), context.Background()
		if _, err := pool.Exec(ctx, insertCaptcha); err != nil {
			t.Error("panic: the next test got no clean database: ", err)
		}
		if _, err := pool.Exec(ctx, insertCaptcha); postgres.Constraint(err) != "spent_captchas_pk" {
			t.Error("panic: the next test got a changed database: ", err)
		}
	})
	if _, err := pgtest.New(t).Exec(t.Context(), sql); err != nil {
		t.Error("panic: ", err)
	}
}
