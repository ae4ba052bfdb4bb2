package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/enroll-project/enroll/test/pgtest"
)

// production is what serve needs besides a database.
func production(t *testing.T) []string {
	t.Helper()
	var keys bytes.Buffer
	if err := run(t.Context(), []string{"keygen", t.TempDir()}, nil, &keys); err != nil {
		t.Fatal(err)
	}
	return strings.Fields(keys.String())
}

// TestUnfitDatabase: the database of the tests has durability turned off, so the
// service does not start unless ENROLL_DB_CHECK is warn.
func TestUnfitDatabase(t *testing.T) {
	t.Parallel()
	environ := append(production(t), "ENROLL_DATABASE_URL="+pgtest.URL(t))
	err := run(t.Context(), []string{"serve"}, environ, io.Discard)
	for _, want := range []string{"fsync is off", "set fsync = on", "full_page_writes is off", "synchronous_commit is off",
		"ENROLL_DB_CHECK=warn"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not say %q", err, want)
		}
	}
	p := start(t, []string{"serve"}, append(environ, "ENROLL_DB_CHECK=warn")...)
	p.awaitReady(t)
	p.stop(t)
	var warned []string
	for line := range strings.Lines(p.output()) {
		var l struct{ Level, Setting, Risk, Advice string }
		if err := json.Unmarshal([]byte(line), &l); err != nil {
			t.Errorf("not a JSON line: %s", line)
		}
		if l.Level == "WARN" && l.Risk != "" && l.Advice != "" {
			warned = append(warned, l.Setting)
		}
	}
	if want := []string{"fsync", "full_page_writes", "synchronous_commit"}; !slices.Equal(warned, want) {
		t.Errorf("warned of %v, want %v", warned, want)
	}
}

// createMigrated makes the database that late names, on the server of url, and migrates it.
func createMigrated(t *testing.T, url, late string) {
	t.Helper()
	admin, name := pgtest.Open(t, url), databaseName(t, late)
	if code := pgtest.SQLState(t, admin, "CREATE DATABASE "+name); code != "" {
		t.Fatal(code)
	}
	t.Cleanup(func() {
		if _, err := admin.Exec(context.Background(), "DROP DATABASE "+name+" WITH (FORCE)"); err != nil {
			t.Error(err)
		}
	})
	if err := run(t.Context(), []string{"migrate"}, []string{"ENROLL_DATABASE_URL=" + late}, io.Discard); err != nil {
		t.Fatal(err)
	}
}

// TestUnreachableDatabase: the service starts and is not ready, and its log says
// once why, with the name of the setting and without the password.
func TestUnreachableDatabase(t *testing.T) {
	t.Parallel()
	url := pgtest.EmptyURL(t)
	for name, c := range map[string]struct{ url, want string }{
		"address":  {"postgres://enroll:hunter2@localhost:1/enroll", "connection refused"},
		"host":     {"postgres://enroll:hunter2@enroll.invalid/enroll", "enroll.invalid"},
		"role":     {strings.Replace(url, "enroll@", "stranger:hunter2@", 1), `role \\"stranger\\" does not exist`},
		"database": {strings.Replace(url, "/test_", "/no_", 1), `database \\"no_[0-9]+\\" does not exist`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := start(t, []string{"serve"}, append(production(t), "ENROLL_DATABASE_URL="+c.url)...)
			p.await(t, `"level":"WARN",.*"setting":"ENROLL_DATABASE_URL",.*(`+c.want+`)`)
			if status, body := get(t, p.ops+"/readyz"); status != 503 {
				t.Errorf("%d %s", status, body)
			}
			p.stop(t)
			if n := strings.Count(p.output(), "ENROLL_DATABASE_URL"); n != 1 || strings.Contains(p.output(), "hunter2") {
				t.Errorf("%d times, or with the password: %s", n, p.output())
			}
		})
	}
}

// TestDatabaseComesLater: the log says, too, that the database answers at last.
func TestDatabaseComesLater(t *testing.T) {
	t.Parallel()
	url := pgtest.EmptyURL(t)
	late := strings.Replace(url, "/test_", "/late_", 1)
	p := start(t, []string{"serve"}, append(production(t), "ENROLL_DATABASE_URL="+late, "ENROLL_DB_CHECK=warn")...)
	createMigrated(t, url, late)
	p.await(t, `"level":"INFO",.*(the database answers)`)
	p.stop(t)
}

// TestUnfitDatabaseLater: if the database is away at the start, the service starts
// and is not ready. If the database then comes up and is unfit, /readyz and the log
// give the reason, and registrations are refused.
func TestUnfitDatabaseLater(t *testing.T) {
	t.Parallel()
	url := pgtest.EmptyURL(t)
	late := strings.Replace(url, "/test_", "/late_", 1)
	p := start(t, []string{"serve"}, append(production(t), "ENROLL_DATABASE_URL="+late, "ENROLL_CAPTCHA=off")...)
	if status, body := get(t, p.ops+"/readyz"); status != 503 || !strings.Contains(body, "does not answer") {
		t.Errorf("away: %d %s", status, body)
	}
	createMigrated(t, url, late)
	p.await(t, `"level":"WARN".*(fsync is off)`)
	if status, body := get(t, p.ops+"/readyz"); status != 503 || !strings.Contains(body, "fsync is off") {
		t.Errorf("unfit: %d %s", status, body)
	}
	if a := p.post(t, "/api/register", `{"user_name":"newuser","password":"MyPassword123"}`); a.Status != 503 ||
		a.Reason != "unavailable" {
		t.Errorf("registered with an unfit database: %+v", a)
	}
	p.stop(t)
}

// TestReadOnlyDatabase: a database that takes no changes any more turns readiness off, with the
// reason, and its log says so.
func TestReadOnlyDatabase(t *testing.T) {
	t.Parallel()
	url := pgtest.EmptyURL(t)
	late := strings.Replace(url, "/test_", "/read_only_", 1)
	createMigrated(t, url, late)
	p := start(t, []string{"serve"}, append(production(t), "ENROLL_DATABASE_URL="+late, "ENROLL_DB_CHECK=warn")...)
	p.awaitReady(t)
	admin, name := pgtest.Open(t, url), databaseName(t, late)
	for _, sql := range []string{
		"ALTER DATABASE " + name + " SET default_transaction_read_only = on",
		"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '" + name + "'",
	} {
		if code := pgtest.SQLState(t, admin, sql); code != "" {
			t.Fatal(code)
		}
	}
	p.await(t, `"level":"WARN","msg":"not ready","reason":"(the database is read-only)"`)
	if status, body := get(t, p.ops+"/readyz"); status != 503 || !strings.Contains(body, "read-only") {
		t.Errorf("read-only: %d %s", status, body)
	}
	p.stop(t)
}
