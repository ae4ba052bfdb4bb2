package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// ErrReadOnly reports that the database answers but accepts no changes: it is a standby,
// or its default_transaction_read_only is on.
var ErrReadOnly = errors.New("the database is read-only")

// Probe commits a transaction that changes nothing, to find out whether a registration could be
// stored. It returns [ErrReadOnly], [ErrOutcomeUnknown] if the commit was not confirmed in time,
// by the disk or by a synchronous standby, or the error of the statement, safe to log.
//
// It needs no table. Its message in the write-ahead log makes the commit wait as the commit of a change does.
// That does not show a full disk, because the log still has free segments for a long time. So the statement
// also reads a list of 8,192 numbers, which PostgreSQL spills to a temporary file. This fails if the data disk
// is full (SQLSTATE 53100). If temp_file_limit is set, the list is empty and a full disk is not found.
func Probe(ctx context.Context, pool *Pool) error {
	const prepare = `SELECT set_config('work_mem', '64kB', true), set_config('temp_tablespaces', '', true),
		current_setting('transaction_read_only')::bool`
	// A temporary file beyond temp_file_limit fails, too (53400), although the disk is not full. So with a limit
	// none is written.
	const write = `SELECT count(*), pg_logical_emit_message(true, 'enroll', 'probe')::text
		FROM generate_series(1, CASE current_setting('temp_file_limit') WHEN '-1' THEN 8192 ELSE 0 END)`
	return InTx(ctx, pool, func(tx pgx.Tx) error {
		var readOnly bool
		if err := tx.QueryRow(ctx, prepare).Scan(nil, nil, &readOnly); err != nil {
			return fmt.Errorf("postgres: probe: %w", Safe(err))
		}
		if readOnly {
			return ErrReadOnly
		}
		if err := tx.QueryRow(ctx, write).Scan(nil, nil); err != nil {
			return fmt.Errorf("postgres: probe: %w", Safe(err))
		}
		return nil
	})
}

// IsFull reports whether err says that a disk of the database is full.
func IsFull(err error) bool {
	f := serverError(err)
	return f != nil && f.Code == "53100" // disk_full
}
