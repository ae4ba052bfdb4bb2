//go:build unix

package devpg

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// exchangeTimeout bounds one connection. CREATE DATABASE copies the files of a
// template, which takes seconds on a slow disk.
const exchangeTimeout = 30 * time.Second

// SQLSTATE codes of the answers that a starting server gives. Source: PostgreSQL
// documentation, appendix "PostgreSQL Error Codes".
const (
	cannotConnectNow   = "57P03" // the server is starting up
	invalidCatalogName = "3D000" // the database does not exist
)

// isCode reports whether err is an error of the server with this SQLSTATE.
func isCode(err error, code string) bool {
	var answer *pgconn.PgError
	return errors.As(err, &answer) && answer.Code == code
}

// isFinal reports whether err is an error of the server that waiting does not
// change.
func isFinal(err error) bool {
	var answer *pgconn.PgError
	return errors.As(err, &answer) && answer.Code != cannotConnectNow
}

// ping connects to a database and closes the connection: PostgreSQL authenticates a
// connection only when it can also serve it.
func ping(ctx context.Context, socketDir, database string) error {
	return execute(ctx, socketDir, database, "")
}

// execute runs one statement that returns no rows, over a connection of its own. An
// empty statement only connects. It uses pgconn, the lowest layer of pgx: a pool or
// prepared statements would be of no use here.
func execute(ctx context.Context, socketDir, database, sql string) error {
	// pgconn reads PGSSLMODE, PGTARGETSESSIONATTRS and PGCONNECT_TIMEOUT for parameters that
	// the URL leaves out. Parameters in the URL keep a developer's environment out.
	config, err := pgconn.ParseConfig(connectionURL(socketDir, database) +
		"&sslmode=disable&target_session_attrs=any&connect_timeout=0")
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, exchangeTimeout)
	defer cancel()
	conn, err := pgconn.ConnectConfig(ctx, config)
	if err != nil {
		return err
	}
	if sql != "" {
		_, err = conn.Exec(ctx, sql).ReadAll()
	}
	// The error of the statement matters more than that of the close after it.
	if errClose := conn.Close(ctx); err == nil && errClose != nil {
		return fmt.Errorf("close the connection: %w", errClose)
	}
	return err
}
