package postgres

import (
	"context"
	"errors"
	"io"
	"net"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/puddle/v2"
)

// ServerError is an error that the server reported, without the parts that can contain values
// of a row: message, detail, hint and query.
type ServerError struct {
	Code       string // SQLSTATE
	Severity   string // ERROR, FATAL or PANIC
	Constraint string // the violated one, if any
	Table      string // the table of the error, if any
	Routine    string // PostgreSQL's function, which distinguishes errors with the same code
	Connecting bool   // the server refused the connection, not a statement
	Reason     string // the server's message if Connecting; it names roles and databases, no rows
}

// Error returns the error in one line.
func (f *ServerError) Error() string {
	var b strings.Builder
	b.WriteString("database: ")
	if f.Reason != "" {
		b.WriteString(f.Reason + ", ")
	}
	b.WriteString("SQLSTATE " + f.Code)
	for _, part := range []struct{ name, value string }{
		{"constraint", f.Constraint}, {"table", f.Table}, {"routine", f.Routine},
	} {
		if part.value != "" {
			b.WriteString(", " + part.name + " " + part.value)
		}
	}
	return b.String()
}

// Safe returns err in a form that may be logged. An error that the server reported
// becomes a [*ServerError], and an error of connecting becomes one line with each reason
// once; in both cases the texts of the errors that wrap it are dropped. Any other error
// is returned as it is: it has addresses and reasons, but no values of rows. The
// functions of this package accept both the original and the safe form.
func Safe(err error) error {
	if f := serverError(err); f != nil { // check: rows-unquoted
		return f
	}
	if e := new(pgconn.ConnectError); errors.As(err, &e) {
		return &connectError{e}
	}
	return err
}

// connectError is the error of a failed connection, in one line. The driver's text has
// one line for each address of the host, or two with sslmode=prefer: with TLS and
// without. The lines often end alike.
type connectError struct{ err *pgconn.ConnectError }

func (e *connectError) Unwrap() error { return e.err }

func (e *connectError) Error() string {
	var lines []string
	for line := range strings.Lines(e.err.Error()) {
		line = strings.TrimSpace(line)
		if !slices.ContainsFunc(lines, func(told string) bool { return strings.HasSuffix(told, line) }) {
			lines = append(lines, line)
		}
	}
	return lines[0] + strings.TrimRight(" "+strings.Join(lines[1:], "; "), " ")
}

// IsUnreachable reports whether no connection could be made, for example because of the
// connection string, the address, TLS, the role or its password.
func IsUnreachable(err error) bool {
	if f := serverError(err); f != nil {
		return f.Connecting
	}
	return errors.Is(err, ErrURL) || errors.Is(err, errURLFile) || errors.As(err, new(*pgconn.ConnectError))
}

func serverError(err error) *ServerError {
	if f := new(ServerError); errors.As(err, &f) {
		return f
	}
	if e := new(pgconn.PgError); errors.As(err, &e) {
		f := &ServerError{
			Connecting: errors.As(err, new(*pgconn.ConnectError)),
			Code:       e.Code, Severity: e.SeverityUnlocalized, Constraint: e.ConstraintName, Table: e.TableName,
			Routine: e.Routine,
		}
		if f.Connecting {
			f.Reason = e.Message
		}
		return f
	}
	return nil
}

// Constraint returns the name of the violated unique, check, foreign-key, not-null or
// exclusion constraint, or "" if err is not about a constraint. (Not-null constraints have
// names from PostgreSQL 18 on.)
func Constraint(err error) string {
	if f := serverError(err); f != nil {
		return f.Constraint
	}
	return ""
}

// IsUnavailable reports whether err, from a function of this package, comes from the state
// of the database and not from the statement: the database is away, full, overloaded, not
// writable or unfit, or something took too long. Nothing has been changed, and the same
// call may succeed later. The result is false for [ErrOutcomeUnknown], because something
// may have been changed, and for [context.Canceled], because the caller is gone.
func IsUnavailable(err error) bool {
	if err == nil || errors.Is(err, ErrOutcomeUnknown) {
		return false
	}
	// No connection could be made. This includes a wrong password of the service: a client
	// of the API is not the cause.
	if e := new(pgconn.ConnectError); errors.As(err, &e) {
		return !errors.Is(err, context.Canceled)
	}
	if e := new(UnfitError); errors.As(err, &e) {
		return true
	}
	if f := serverError(err); f != nil {
		return f.Connecting || transient(f.Code)
	}
	if errors.Is(err, context.Canceled) {
		return false
	}
	var network net.Error
	return errors.As(err, &network) || pgconn.Timeout(err) || pgconn.SafeToRetry(err) ||
		errors.Is(err, context.DeadlineExceeded) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, net.ErrClosed) || errors.Is(err, pgconn.ErrConnClosed) || errors.Is(err, puddle.ErrClosedPool)
}

// transient reports whether a condition of PostgreSQL's appendix A, "Error Codes",
// passes by itself.
func transient(code string) bool {
	switch code {
	case "25006", // read_only_sql_transaction: a primary that became a standby
		"25P03", "25P04", // idle_in_transaction_session_timeout, transaction_timeout
		"40001", "40P01", // serialization_failure, deadlock_detected
		"55P03",                            // lock_not_available
		"57014",                            // query_canceled: statement_timeout
		"57P01", "57P02", "57P03", "57P05": // shutdowns, starting up, idle session closed
		return true
	}
	// 08 connection exceptions; 53 insufficient resources: disk, memory,
	// connections; 58 system errors: input and output.
	return strings.HasPrefix(code, "08") || strings.HasPrefix(code, "53") || strings.HasPrefix(code, "58")
}
