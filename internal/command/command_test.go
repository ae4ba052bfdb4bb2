package command

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/enroll-project/enroll/internal/postgres"
	"github.com/enroll-project/enroll/internal/settings"
	"github.com/enroll-project/enroll/test/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// run runs a command as enroll does.
func run(ctx context.Context, args, environ []string, out io.Writer) error {
	switch args[0] {
	case "codes":
		return Codes(ctx, args[1:], environ, out)
	case "migrate":
		return Migrate(ctx, environ, out)
	}
	return Operate(ctx, args, environ, out)
}

// production returns the settings that the commands need besides a database.
func production(t *testing.T) []string {
	t.Helper()
	var keys bytes.Buffer
	if err := settings.Keygen([]string{t.TempDir()}, &keys); err != nil {
		t.Fatal(err)
	}
	return strings.Fields(keys.String())
}

// sqlstate runs statements and returns the code of their failure, "" for none.
func sqlstate(t *testing.T, pool *postgres.Pool, sql string) string {
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

func pool(t *testing.T, url string) *postgres.Pool {
	t.Helper()
	p, err := postgres.Open(t.Context(), postgres.Config{URL: url, MaxConns: 2})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}
