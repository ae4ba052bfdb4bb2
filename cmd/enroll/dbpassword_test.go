package main

import (
	"context"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/enroll-project/enroll/internal/devpg"
	"github.com/enroll-project/enroll/test/pgtest"
)

// newGuarded starts a server with a migrated database that asks its owner, the role service, for a password. It
// returns the database's URL without a password, and a way to run SQL as the superuser.
func newGuarded(t *testing.T) (url string, superuser func(sql string)) {
	t.Helper()
	server, err := devpg.Start(t.Context(), devpg.Config{Dir: dataDir(t), BinDir: os.Getenv("ENROLL_PG_BIN")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Discard(context.Background()) })
	admin := pgtest.Open(t, server.URL("postgres"))
	superuser = func(sql string) {
		t.Helper()
		if code := pgtest.SQLState(t, admin, sql); code != "" {
			t.Fatalf("%s: %s", sql, code)
		}
	}
	superuser("CREATE ROLE service LOGIN PASSWORD 'the right one'")
	superuser("CREATE DATABASE guarded OWNER service")
	url = strings.Replace(server.URL("guarded"), "enroll@", "service@", 1)
	if err := run(t.Context(), []string{"migrate"}, []string{"ENROLL_DATABASE_URL=" + url}, io.Discard); err != nil {
		t.Fatal(err)
	}
	var file string
	if err := admin.QueryRow(t.Context(), "SHOW hba_file").Scan(&file); err != nil {
		t.Fatal(err)
	}
	// PostgreSQL uses the first line that matches, so the rules of other roles stay as they are.
	rules, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	rules = append([]byte("local all service scram-sha-256\n"), rules...)
	if err := os.WriteFile(file, rules, 0o600); err != nil {
		t.Fatal(err)
	}
	superuser("SELECT pg_reload_conf()")
	return url, superuser
}

// TestWrongDatabasePassword: the log says once that the database refuses the password, by the name of the setting
// and without the password. The service goes on trying, and is ready when the password has become right.
// The errors of commands have the name of the setting, too.
func TestWrongDatabasePassword(t *testing.T) {
	t.Parallel()
	url, superuser := newGuarded(t)
	const wrong = "hunter2"
	for about, c := range map[string]struct{ password, want string }{
		"wrong":  {":" + wrong, `password authentication failed`},
		"absent": {"", `password authentication failed|no password|empty password`},
	} {
		environ := append(production(t), "ENROLL_DB_CHECK=warn",
			"ENROLL_DATABASE_URL="+strings.Replace(url, "service@", "service"+c.password+"@", 1))
		// The server reads its new rules a moment after the signal, so a command may still succeed.
		err := run(t.Context(), []string{"migrate"}, environ, io.Discard)
		for range 600 {
			if err != nil {
				break
			}
			err = run(t.Context(), []string{"migrate"}, environ, io.Discard)
		}
		if err == nil || !strings.Contains(err.Error(), "ENROLL_DATABASE_URL") || strings.Contains(err.Error(), wrong) {
			t.Errorf("%s: migrate: %v", about, err)
		}
		p := start(t, []string{"serve"}, environ...)
		p.await(t, `"level":"WARN",.*"setting":"ENROLL_DATABASE_URL",.*(`+c.want+`)`)
		if status, body := get(t, p.ops+"/readyz"); status != 503 {
			t.Errorf("%s: %d %s", about, status, body)
		}
		if c.password != "" {
			superuser("ALTER ROLE service PASSWORD '" + wrong + "'")
			p.awaitReady(t)
		}
		p.stop(t)
		if n := strings.Count(p.output(), "ENROLL_DATABASE_URL"); n != 1 || strings.Contains(p.output(), wrong) {
			t.Errorf("%s: %d times, or with the password: %s", about, n, p.output())
		}
	}
}
