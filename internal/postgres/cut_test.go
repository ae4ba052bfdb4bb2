package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/enroll-project/enroll/internal/postgres"
	"github.com/enroll-project/enroll/test/cut"
)

// execModes are the ways in which the driver sends a statement.
var execModes = []string{"cache_statement", "cache_describe", "describe_exec", "exec", "simple_protocol"}

// writers are the ways in which this package commits. Each inserts a note.
var writers = map[string]func(ctx context.Context, pool *postgres.Pool, note string) error{
	"InTx": func(ctx context.Context, pool *postgres.Pool, note string) error {
		return postgres.InTx(ctx, pool, func(tx pgx.Tx) error {
			_, err := tx.Exec(ctx, "INSERT INTO note VALUES ($1)", note)
			return err
		})
	},
	"InTx, the error overlooked": func(ctx context.Context, pool *postgres.Pool, note string) error {
		return postgres.InTx(ctx, pool, func(tx pgx.Tx) error {
			_, _ = tx.Exec(ctx, "INSERT INTO note VALUES ($1)", note)
			return nil
		})
	},
	"Alone": func(ctx context.Context, pool *postgres.Pool, note string) error {
		return postgres.Alone(ctx, pool, func(ctx context.Context, conn *pgxpool.Conn) error {
			_, err := conn.Exec(ctx, "INSERT INTO note VALUES ($1)", note)
			return err
		})
	},
	"Alone, with a row": func(ctx context.Context, pool *postgres.Pool, note string) error {
		return postgres.Alone(ctx, pool, func(ctx context.Context, conn *pgxpool.Conn) error {
			return conn.QueryRow(ctx, "INSERT INTO note VALUES ($1) RETURNING text", note).Scan(new(string))
		})
	},
}

// TestCutConnection cuts the connection at every byte of the exchange. A note whose
// commit was reported as done is there, and one that was reported as not done is not. A
// commit whose answer was lost is reported as unknown.
func TestCutConnection(t *testing.T) {
	t.Parallel()
	for _, mode := range execModes {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			direct := scratch(t, "CREATE TABLE note (text text)")
			proxy := cut.New(t, direct.Config().ConnString())
			pool := open(t, postgres.Config{URL: proxy.URL(url.Values{"default_query_exec_mode": {mode}}), MaxConns: 1})
			for name, write := range writers {
				w := cutWriter{t, direct, pool, proxy, name, write}
				w.everywhere(cut.Cut{Side: cut.Answer, End: cut.EOF, Grain: cut.EachByte})
				w.everywhere(cut.Cut{Side: cut.Answer, End: cut.Reset, Grain: cut.EachPart})
				w.everywhere(cut.Cut{Side: cut.Request, End: cut.EOF, Grain: cut.EachPart})
			}
		})
	}
}

// cutWriter cuts the connection of one of the writers.
type cutWriter struct {
	*testing.T
	direct, pool *postgres.Pool
	proxy        *cut.Proxy
	name         string
	write        func(ctx context.Context, pool *postgres.Pool, note string) error
}

// everywhere makes a cut at each place, one after the other.
func (w cutWriter) everywhere(c cut.Cut) {
	kept, made := 0, true // kept counts the stored notes of unknown outcome
	for ; made; c.Place++ {
		var unknown bool
		if unknown, made = w.once(c); unknown {
			kept++
		}
	}
	if kept == 0 && c.Side == cut.Answer {
		w.Errorf("%s, %s: no cut of %d came after the commit", w.name, c.End, c.Place)
	}
}

// once writes a note through a connection that is cut. It returns whether the outcome
// was reported as unknown, and whether the note is there.
func (w cutWriter) once(c cut.Cut) (unknown, made bool) {
	if err := w.pool.Ping(w.Context()); err != nil { // a new connection, in place of the one that was cut
		w.Fatal(err)
	}
	note := fmt.Sprint(w.name, c.Side, c.End, c.Place)
	w.proxy.Arm(c)
	err := w.write(w.Context(), w.pool, note)
	where, made := w.proxy.Settle()
	rows := value[int](w.T, w.direct, "SELECT count(*)::int FROM note WHERE text = $1", note)
	said := fmt.Sprintf("%s, %s: %d rows, and the answer is %v", w.name, where, rows, err)
	switch {
	case errors.Is(err, postgres.ErrOutcomeUnknown):
		if postgres.IsUnavailable(err) {
			w.Error(said)
		}
		// Only the COMMIT of a transaction can have an unknown outcome: a cut before it has
		// changed nothing.
		if strings.HasPrefix(w.name, "InTx") && c.Side == cut.Answer && rows == 0 {
			w.Error(said)
		}
		return rows == 1, made
	case err == nil && rows != 1, err != nil && rows != 0, err != nil && !postgres.IsUnavailable(err), err != nil && !made:
		w.Error(said)
	}
	return false, made
}
