package pgtest

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"
)

// Dump returns what pg_dump writes about a pool's database, in which each row is an INSERT. It returns false if
// there is no pg_dump beside the programs of PostgreSQL: the builds that are downloaded have none. Then it logs a line
// that fails .ci/run.
func Dump(t testing.TB, pool *pgxpool.Pool) (text string, ok bool) {
	t.Helper()
	var dir string
	if err := pool.QueryRow(t.Context(), "SELECT setting FROM pg_config WHERE name = 'BINDIR'").Scan(&dir); err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(dir, "pg_dump")
	if _, err := os.Stat(program); err != nil {
		t.Logf("pg_dump is not installed: %v", err)
		return "", false
	}
	// The pool's URL has parameters that only pgx knows.
	c := pool.Config().ConnConfig
	dump := exec.CommandContext(t.Context(), program, "--inserts", "--host", c.Host, "--port", strconv.Itoa(int(c.Port)),
		"--username", c.User, "--no-password", c.Database)
	var out, failure bytes.Buffer
	dump.Stdout, dump.Stderr = &out, &failure
	if err := dump.Run(); err != nil {
		t.Fatalf("%s: %v: %s", program, err, failure.String())
	}
	return out.String(), true
}
