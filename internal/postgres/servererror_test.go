package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/enroll-project/enroll/internal/postgres"
	"github.com/enroll-project/enroll/test/pgtest"
)

// phone is a value that no error may contain.
const phone = "13800138000"

const people = `CREATE TABLE person (
	phone text CONSTRAINT person_phone_unique UNIQUE,
	age int CONSTRAINT person_age_check CHECK (age > 0),
	parent text CONSTRAINT person_parent_fk REFERENCES person (phone),
	during int4range, CONSTRAINT person_during_exclude EXCLUDE USING gist (during WITH &&)
); INSERT INTO person (phone, during) VALUES ('` + phone + `', '[1,5)')`

func TestConstraint(t *testing.T) {
	t.Parallel()
	pool := scratch(t, people)
	for sql, want := range map[string]string{
		"INSERT INTO person (phone) VALUES ('" + phone + "')":   "person_phone_unique",
		"INSERT INTO person (age) VALUES (-" + phone + " / 9)":  "person_age_check",
		"INSERT INTO person (parent) VALUES ('1" + phone + "')": "person_parent_fk",
		"INSERT INTO person (during) VALUES ('[2,3)')":          "person_during_exclude",
		"SELECT '" + phone + "x'::int":                          "",
		"SELEC '" + phone + "'":                                 "",
		"DROP TABLE \"" + phone + "\"":                          "",
		"SELECT 1/0":                                            "",
	} {
		t.Run(want, func(t *testing.T) {
			t.Parallel()
			_, err := pool.Exec(t.Context(), sql)
			if err == nil {
				t.Fatal("it was accepted")
			}
			wrapped := fmt.Errorf("insert %s: %w", phone, err)
			safe := postgres.Safe(wrapped)
			for _, e := range []error{err, wrapped, safe, fmt.Errorf("again: %w", safe)} {
				if got := postgres.Constraint(e); got != want {
					t.Errorf("%q, want %q, of %v", got, want, e)
				}
				if postgres.IsUnavailable(e) {
					t.Errorf("the database is said to be away: %v", e)
				}
			}
			for _, form := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
				if text := fmt.Sprintf(form, safe); strings.Contains(text, phone) {
					t.Errorf("%s tells the value: %s", form, text)
				}
			}
			if errors.As(safe, new(*pgconn.PgError)) {
				t.Error("the server's own words can still be reached")
			}
		})
	}
}

func TestSafeKeepsOthers(t *testing.T) {
	t.Parallel()
	if postgres.Safe(nil) != nil || postgres.Constraint(nil) != "" || postgres.IsUnavailable(nil) {
		t.Error("nil is no error")
	}
	other := fmt.Errorf("other: %w", context.Canceled)
	if got := postgres.Safe(other); got != other {
		t.Errorf("changed to %v", got)
	}
	_, err := scratch(t, people).Exec(t.Context(), "INSERT INTO person (phone) VALUES ($1)", phone)
	const want = "database: SQLSTATE 23505, constraint person_phone_unique, table person, routine _bt_check_unique"
	if got := postgres.Safe(err).Error(); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
}

// TestUnreachable: the error of a failed connection is one line that has each reason
// once, and IsUnreachable recognizes it.
func TestUnreachable(t *testing.T) {
	t.Parallel()
	url := pgtest.EmptyURL(t)
	for name, c := range map[string]struct{ url, want string }{
		"address": {"postgres://enroll:hunter2@localhost:1/enroll", "127.0.0.1:1 (localhost): dial error"},
		"name":    {"postgres://enroll:hunter2@enroll.invalid/enroll", "lookup enroll.invalid"},
		"role": {strings.Replace(url, "enroll@", "stranger:hunter2@", 1),
			`database: role "stranger" does not exist, SQLSTATE 28000`},
		"string": {"postgres://enroll:hunter2@[", "not a PostgreSQL connection string"},
		"file": {"postgres://enroll:hunter2@localhost:1/enroll?sslmode=verify-full&sslrootcert=/none",
			"a file named in the connection string: open /none"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := postgres.Migrate(t.Context(), c.url)
			if err == nil || !postgres.IsUnreachable(err) || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("got %v", err)
			}
			if text := err.Error(); strings.Contains(text, "\n") || strings.Contains(text, "hunter2") ||
				strings.Count(text, c.want) != 1 {
				t.Errorf("more than is needed: %q", text)
			}
		})
	}
	for _, err := range []error{nil, context.Canceled, &pgconn.PgError{Code: "23505"}, postgres.ErrOutcomeUnknown} {
		if postgres.IsUnreachable(err) {
			t.Errorf("%v is not about the way to the database", err)
		}
	}
}

// TestUnavailableCodes makes the server raise conditions that are hard to bring
// about.
func TestUnavailableCodes(t *testing.T) {
	t.Parallel()
	pool := open(t, postgres.Config{URL: pgtest.URL(t)})
	for code, want := range map[string]bool{
		"53100": true, "53200": true, "53300": true, "58030": true, "57P03": true, "08006": true, "40P01": true,
		"25006": true,
		"55P03": true, "57014": true, "23505": false, "42601": false, "22P02": false, "P0001": false, "XX000": false,
		"55000": false,
	} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			_, err := pool.Exec(t.Context(), "DO $$ BEGIN RAISE 'x' USING ERRCODE = '"+code+"'; END $$")
			if err == nil || postgres.IsUnavailable(err) != want || postgres.IsUnavailable(postgres.Safe(err)) != want {
				t.Errorf("IsUnavailable is not %v of %v", want, err)
			}
		})
	}
}

// TestUnavailable brings about the conditions that a test can cause.
func TestUnavailable(t *testing.T) {
	t.Parallel()
	deadline := func(t *testing.T) context.Context {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		t.Cleanup(cancel)
		return ctx
	}
	for name, test := range map[string]struct {
		do   func(t *testing.T, pool *postgres.Pool) error
		want bool
	}{
		"session ended": {func(t *testing.T, pool *postgres.Pool) error {
			_, err := pool.Exec(t.Context(), "SELECT pg_terminate_backend(pg_backend_pid())")
			return err
		}, true},
		"statement timeout": {func(t *testing.T, pool *postgres.Pool) error {
			_, err := pool.Exec(t.Context(), "SET statement_timeout = 10; SELECT pg_sleep(60)", pgx.QueryExecModeSimpleProtocol)
			return err
		}, true},
		"deadline of the caller": {func(t *testing.T, pool *postgres.Pool) error {
			_, err := pool.Exec(deadline(t), "SELECT pg_sleep(60)")
			return err
		}, true},
		"no connection free": {func(t *testing.T, pool *postgres.Pool) error {
			for range pool.Config().MaxConns {
				conn, err := pool.Acquire(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(conn.Release)
			}
			return pool.Ping(deadline(t))
		}, true},
		"pool closed": {func(t *testing.T, pool *postgres.Pool) error {
			pool.Close()
			return postgres.InTx(t.Context(), pool, func(pgx.Tx) error { return nil })
		}, true},
		"too many connections": {func(t *testing.T, pool *postgres.Pool) error {
			exec(t, pool, "CREATE ROLE crowded LOGIN CONNECTION LIMIT 0")
			t.Cleanup(func() { exec(t, pool, "DROP ROLE crowded") })
			c := pool.Config().ConnConfig
			return open(t, postgres.Config{URL: "user=crowded host=" + c.Host + " dbname=" + c.Database}).Ping(t.Context())
		}, true},
		"no such database": {func(t *testing.T, pool *postgres.Pool) error {
			return open(t, postgres.Config{URL: "user=enroll dbname=missing host=" +
				pool.Config().ConnConfig.Host}).Ping(t.Context())
		}, true},
		"caller gone": {func(t *testing.T, pool *postgres.Pool) error {
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			_, err := pool.Exec(ctx, "SELECT 1")
			return err
		}, false},
		"outcome unknown": {func(*testing.T, *postgres.Pool) error {
			return fmt.Errorf("%w: %w", postgres.ErrOutcomeUnknown, context.DeadlineExceeded)
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := test.do(t, open(t, postgres.Config{URL: pgtest.URL(t), MaxConns: 2}))
			if err == nil || postgres.IsUnavailable(err) != test.want {
				t.Errorf("IsUnavailable is not %v of %v", test.want, err)
			}
		})
	}
}

// TestRefusedConnection: a server that refuses connections counts as unavailable for
// any reason, also after Safe.
func TestRefusedConnection(t *testing.T) {
	t.Parallel()
	config, err := pgx.ParseConfig(pgtest.URL(t))
	if err != nil {
		t.Fatal(err)
	}
	config.Database = "nowhere"
	_, err = pgx.ConnectConfig(t.Context(), config)
	if err == nil || !postgres.IsUnavailable(err) || !postgres.IsUnavailable(postgres.Safe(err)) {
		t.Errorf("%v is not taken for a database that is away", postgres.Safe(err))
	}
}
