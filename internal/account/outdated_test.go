package account_test

import (
	"context"
	"errors"
	"regexp"
	"strconv"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/enroll-project/enroll/internal/postgres"
	"github.com/enroll-project/enroll/test/pgtest"
)

// TestMigrationIsNotSeen: a migration changes the types of columns while the service runs. If
// the result of a query then has other types, PostgreSQL refuses the statement that a connection
// has prepared ("cached plan must not change result type"). The service never sees this error,
// for any of its queries.
func TestMigrationIsNotSeen(t *testing.T) {
	t.Parallel()
	url := pgtest.Fresh(t).Config().ConnString()
	bare, err := postgres.Open(t.Context(), postgres.Config{URL: url, MaxConns: 1})
	fatal(t, err)
	t.Cleanup(bare.Close)
	used, err := postgres.Open(t.Context(), postgres.Config{URL: url, MaxConns: 1})
	fatal(t, err)
	t.Cleanup(used.Close)
	statements := postgres.NewStatements(used)
	send := func(exec func(context.Context, string, ...any) (pgconn.CommandTag, error), sql string) (refused bool) {
		_, err := exec(t.Context(), sql, make([]any, parameters(sql))...)
		var e *pgconn.PgError
		return errors.As(err, &e) && e.Code == "0A000"
	}
	queries := compiledQueries(t)
	for _, sql := range queries {
		if send(bare.Exec, sql) || send(statements.Exec, sql) {
			t.Errorf("%s is refused before the migration", queryName(sql))
		}
	}
	_, err = bare.Exec(t.Context(), `DO $$ DECLARE c record; BEGIN
		FOR c IN SELECT table_name, column_name FROM information_schema.columns
			WHERE table_schema = 'public' AND data_type = 'timestamp with time zone' AND table_name NOT LIKE 'goose%'
			AND NOT EXISTS ( -- a trigger that names a column keeps its type
				SELECT FROM pg_depend AS d WHERE d.classid = 'pg_trigger'::regclass
				AND d.refobjid = format('%I', table_name)::regclass AND d.refobjsubid = ordinal_position)
		LOOP EXECUTE format('ALTER TABLE %I ALTER %I TYPE timestamptz(6)', c.table_name, c.column_name); END LOOP;
	END $$`)
	fatal(t, err)
	outdated := 0
	for _, sql := range queries {
		if send(bare.Exec, sql) {
			outdated++
		}
		if send(statements.Exec, sql) {
			t.Errorf("%s is refused after the migration", queryName(sql))
		}
	}
	if outdated < 5 {
		t.Errorf("only %d queries were refused on the bare connection: the test shows little, want at least 5", outdated)
	}
}

var parameter = regexp.MustCompile(`\$(\d+)`)

// parameters is the number of a query's parameters.
func parameters(sql string) (most int) {
	for _, m := range parameter.FindAllStringSubmatch(sql, -1) {
		n, _ := strconv.Atoi(m[1])
		most = max(most, n)
	}
	return most
}
