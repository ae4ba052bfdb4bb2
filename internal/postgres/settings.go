package postgres

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
)

// Finding is a setting of the database that is a risk for accounts. Its value is that in
// a session of the service, which the role, the database or the URL may override. It
// has no value of a row and no address.
type Finding struct {
	Setting, Value string
	Risk           string // what can happen
	Advice         string // what to do about it
	// Unfit: an acknowledged registration can be lost, a name cannot be stored, or a limit
	// can be exceeded. Other findings concern privacy, a standby or the number of connections.
	Unfit bool
}

// String returns the finding as one sentence.
func (f Finding) String() string {
	return fmt.Sprintf("%s is %s: %s; %s", f.Setting, f.Value, f.Risk, f.Advice)
}

// UnfitError is the error of a pool with [Config.RequireFit] whose database has unfit
// settings.
type UnfitError struct{ Findings []Finding }

// Error names the settings, and what to do about each.
func (e *UnfitError) Error() string {
	var all []string
	for _, f := range e.Findings {
		all = append(all, f.String())
	}
	return "the database is not fit for accounts: " + strings.Join(all, "; ")
}

// needs lists the settings that are checked and their good values. PostgreSQL's manual
// describes most of them under "Write-Ahead Log" and "Error Reporting and Logging". Any
// role may read them.
var needs = []struct {
	setting      string
	good         []string
	risk, advice string
	unfit        bool
}{
	{"fsync", []string{"on"},
		"a crash of the machine loses acknowledged registrations and can destroy the database", "set fsync = on", true},
	{"full_page_writes", []string{"on"},
		"a crash of the machine can leave half-written pages, and accounts that cannot be read",
		"set full_page_writes = on", true},
	{"synchronous_commit", []string{"on", "remote_apply", "remote_write", "local"},
		"a crash of PostgreSQL loses the registrations that were acknowledged last", "set synchronous_commit = on", true},
	{"synchronous_commit", []string{"on", "remote_apply", "remote_write", "off"},
		"no standby is waited for, so the loss of the primary loses the registrations that were acknowledged last",
		"set synchronous_commit = on", false},
	{"server_encoding", []string{"UTF8"},
		"names in other scripts cannot be stored, or lose their meaning", "make the database anew with ENCODING 'UTF8' " +
			"TEMPLATE template0", true},
	{"default_transaction_isolation", []string{"read committed"},
		"requests that change one row at the same time fail, and more get through than the limits allow",
		"let the pooler pass the startup parameter on, or set default_transaction_isolation = 'read committed'", true},
	{"log_error_verbosity", []string{"terse"},
		"PostgreSQL logs the phone or email of each duplicate registration", "set log_error_verbosity = terse", false},
	{"log_min_error_statement", []string{"log", "fatal", "panic"},
		"PostgreSQL logs the text of failed statements", "set log_min_error_statement = panic", false},
	{"log_parameter_max_length_on_error", []string{"0"},
		"PostgreSQL logs the values of failed statements, password hashes among them",
		"set log_parameter_max_length_on_error = 0", false},
}

// replicas is the number of processes for which the server needs connections: a single one cannot
// be replaced without an outage.
const replicas = 2

// room returns a finding if the server has fewer connections than the pools of two replicas take
// under load. The server keeps some for superusers and, since PostgreSQL 16, for a role of its own.
func room(ctx context.Context, pool *Pool) ([]Finding, error) {
	ctx, cancel := context.WithTimeout(ctx, pendingTimeout)
	defer cancel()
	const query = `SELECT current_setting('max_connections')::int, current_setting('superuser_reserved_connections')::int
		+ coalesce(current_setting('reserved_connections', true), '0')::int`
	var all, reserved int
	if err := NewStatements(pool).QueryRow(ctx, query).Scan(&all, &reserved); err != nil {
		return nil, fmt.Errorf("postgres: connections: %w", Safe(err))
	}
	own := int(pool.Config().MaxConns)
	if replicas*own <= all-reserved {
		return nil, nil
	}
	return []Finding{{
		Setting: "max_connections", Value: strconv.Itoa(all),
		Risk: fmt.Sprintf("%d are reserved, and two replicas with up to %d connections each may want %d",
			reserved, own, replicas*own),
		Advice: fmt.Sprintf("raise max_connections to %d or more, or set ENROLL_DB_MAX_CONNS to %d or less",
			replicas*own+reserved, max(1, (all-reserved)/replicas)),
	}}, nil
}

// Inspect returns the settings of the database that are a risk. Its error is safe to log. It is the
// pool's [*UnfitError], or says for example that the database did not answer within two seconds.
func Inspect(ctx context.Context, pool *Pool) ([]Finding, error) {
	findings, err := inspect(ctx, NewStatements(pool))
	if err != nil {
		return nil, err
	}
	few, err := room(ctx, pool)
	return append(findings, few...), err
}

// requireFit refuses a new connection to an unfit database, so that no change in it is
// acknowledged: neither at the start, nor if the database comes back unfit after an
// outage, nor after a failover to a server with other settings.
func requireFit(ctx context.Context, conn *pgx.Conn) error {
	findings, err := inspect(ctx, conn)
	if err != nil {
		return err
	}
	findings = slices.DeleteFunc(findings, func(f Finding) bool { return !f.Unfit })
	if len(findings) > 0 {
		return &UnfitError{Findings: findings}
	}
	return nil
}

// inspect reads the settings over a pool or a single connection.
func inspect(ctx context.Context, database interface {
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}) ([]Finding, error) {
	ctx, cancel := context.WithTimeout(ctx, pendingTimeout)
	defer cancel()
	var names, values []string
	for _, need := range needs {
		names = append(names, need.setting)
	}
	const query = "SELECT array_agg(current_setting(name) ORDER BY i) FROM unnest($1::text[]) WITH ORDINALITY AS asked " +
		"(name, i)"
	err := database.QueryRow(ctx, query, names).Scan(&values)
	if errors.Is(err, context.DeadlineExceeded) {
		err = fmt.Errorf("no answer within %v: %w", pendingTimeout, err)
	}
	if err != nil {
		return nil, fmt.Errorf("postgres: settings: %w", Safe(err))
	}
	var findings []Finding
	for i, need := range needs {
		if !slices.Contains(need.good, values[i]) {
			findings = append(findings, Finding{
				Setting: need.setting, Value: values[i], Risk: need.risk, Advice: need.advice, Unfit: need.unfit,
			})
		}
	}
	return findings, nil
}
