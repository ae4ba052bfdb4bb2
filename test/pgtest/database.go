package pgtest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/enroll-project/enroll/internal/identifier"
)

// database is a clone of the template. Its session stays open for cleaning,
// which is cheaper than a new one.
type database struct {
	name, url string
	session   *pgx.Conn
}

func enter(ctx context.Context, name, url string) (*database, error) {
	session, err := pgx.Connect(ctx, url)
	if err != nil {
		return nil, fmt.Errorf("pgtest: %w", err)
	}
	return &database{name: name, url: url, session: session}, nil
}

// fingerprint is a query for the shape of the public schema: tables, columns, constraints,
// triggers, indexes and functions. It has the number of objects and the youngest one, so that both
// adding and removing an object change it.
const fingerprint = `SELECT concat_ws(' ',
	(SELECT count(*) || '/' || max(oid) FROM pg_class WHERE relnamespace = 'public'::regnamespace),
	(SELECT count(*) FROM pg_attribute a JOIN pg_class c ON c.oid = attrelid
		WHERE relnamespace = 'public'::regnamespace AND NOT attisdropped),
	(SELECT count(*) || '/' || max(oid) FROM pg_constraint WHERE connamespace = 'public'::regnamespace),
	(SELECT count(*) || '/' || max(t.oid) FROM pg_trigger t JOIN pg_class c ON c.oid = tgrelid
		WHERE relnamespace = 'public'::regnamespace),
	(SELECT count(*) || '/' || max(oid) FROM pg_proc WHERE pronamespace = 'public'::regnamespace))`

// learn reads the template: which tables are to be emptied, and what the schema
// looks like.
func (h *host) learn(ctx context.Context) error {
	d, err := enter(ctx, template, h.server.URL(template))
	if err != nil {
		return err
	}
	defer d.session.Close(ctx)
	if err := d.session.QueryRow(ctx, fingerprint).Scan(&h.catalog); err != nil {
		return fmt.Errorf("pgtest: %w", err)
	}
	rows, err := d.session.Query(ctx, `SELECT quote_ident(tablename) FROM pg_tables
		WHERE schemaname = 'public' AND tablename NOT IN ('goose_db_version', 'keys_done')`)
	if err != nil {
		return fmt.Errorf("pgtest: %w", err)
	}
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return fmt.Errorf("pgtest: %w", err)
	}
	for _, table := range tables {
		var filled bool
		if err := d.session.QueryRow(ctx, "SELECT EXISTS (SELECT FROM "+table+")").Scan(&filled); err != nil {
			return fmt.Errorf("pgtest: %w", err)
		}
		if filled {
			return fmt.Errorf("pgtest: the migrations insert rows into %s, and cleaning would remove them: "+
				"make pgtest restore them", table)
		}
	}
	h.clean = cleaning(tables)
	return d.alone(ctx, h.server.URL("postgres"))
}

// cleaning is one batch, and so one transaction. With session_replication_role = replica no trigger
// fires: neither those of foreign keys, which would require an order, nor those that forbid a deletion.
func cleaning(tables []string) string {
	var b strings.Builder
	b.WriteString("SET LOCAL session_replication_role = replica; SET LOCAL lock_timeout = '5s';")
	fmt.Fprintf(&b, " UPDATE keys_done SET version = %d;", identifier.DataVersion)
	for _, table := range tables {
		b.WriteString(" DELETE FROM " + table + ";")
	}
	return b.String()
}

// empty brings a used database back to the state of the template.
func (d *database) empty(ctx context.Context, clean, catalog string) error {
	if err := d.evict(ctx); err != nil {
		return err
	}
	if _, err := d.session.Exec(ctx, clean); err != nil {
		return fmt.Errorf("pgtest: clean the database: %w", err)
	}
	var now string
	if err := d.session.QueryRow(ctx, fingerprint).Scan(&now); err != nil {
		return fmt.Errorf("pgtest: %w", err)
	}
	if now != catalog {
		return errors.New("pgtest: the test changed the schema of a shared database: let it use pgtest.Fresh")
	}
	return nil
}

// evict ends the sessions of other clients of the database, and returns when they are gone, so that
// they write nothing after the cleaning.
func (d *database) evict(ctx context.Context) error {
	const query = `SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
		WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()`
	for {
		var left int
		if err := d.session.QueryRow(ctx, query).Scan(&left); err != nil {
			return fmt.Errorf("pgtest: end the sessions of the test: %w", err)
		}
		if left == 0 {
			return nil
		}
		time.Sleep(time.Millisecond)
	}
}

// alone closes the connection to the database and returns when no other is left: CREATE
// DATABASE waits in steps of 100 ms for a template that is in use.
func (d *database) alone(ctx context.Context, admin string) error {
	if err := d.session.Close(ctx); err != nil {
		return fmt.Errorf("pgtest: %w", err)
	}
	watcher, err := enter(ctx, "postgres", admin)
	if err != nil {
		return err
	}
	defer watcher.session.Close(ctx)
	for {
		var left int
		err := watcher.session.QueryRow(ctx, "SELECT count(*) FROM pg_stat_activity WHERE datname = $1", d.name).Scan(&left)
		if err != nil {
			return fmt.Errorf("pgtest: %w", err)
		}
		if left == 0 {
			return nil
		}
		time.Sleep(time.Millisecond)
	}
}
