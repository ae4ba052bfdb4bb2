// Package schema has the migrations: numbered, forward-only steps that bring an empty
// database to the present schema, embedded in every binary. internal/postgres applies
// them, and sqlc compiles the queries against them. Each step lets the previous release
// of the service go on running.
package schema

import "embed"

// FS holds the steps, named NNNNN_what.sql, in the format of
// github.com/pressly/goose.
//
//go:embed *.sql
var FS embed.FS
