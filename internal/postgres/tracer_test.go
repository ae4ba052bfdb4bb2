package postgres_test

import (
	"testing"

	"github.com/enroll-project/enroll/internal/postgres"
)

// TestStatementName: a span has the name that sqlc gave its statement, or else the first word of the SQL, which no
// argument can be.
func TestStatementName(t *testing.T) {
	t.Parallel()
	for sql, want := range map[string]string{
		"-- name: InsertUser :one\nINSERT INTO users": "InsertUser",
		"-- name: PurgeCodes":                         "PurgeCodes",
		"begin isolation level read committed":        "begin",
		"COMMIT;":                                     "commit",
		" \n\tSELECT(1)":                              "select",
		"Show\tserver_version":                        "show",
		"-- ping":                                     "--",
		"":                                            "",
	} {
		if got := postgres.StatementName(sql); got != want {
			t.Errorf("%q has the name %q, not %q", sql, got, want)
		}
	}
}
