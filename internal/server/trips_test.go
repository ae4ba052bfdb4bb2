//go:build !race

// The test sends one request after the other, so the race detector would find nothing: tools/make/test.sh runs this
// file without it.

package server_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/enroll-project/enroll/test/pgtest"
)

// statements records what a pool sends to the database: the names of sqlc's statements, the first line of others.
type statements struct {
	mu   sync.Mutex
	sent []string
}

func (s *statements) TraceQueryStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryStartData) context.Context {
	s.mu.Lock()
	defer s.mu.Unlock()
	name, _, _ := strings.Cut(strings.TrimPrefix(data.SQL, "-- name: "), "\n")
	s.sent = append(s.sent, name)
	return ctx
}

func (s *statements) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

// take returns the statements since the last call.
func (s *statements) take() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	sent := s.sent
	s.sent = nil
	return sent
}

// TestContrastsSendTheSame: the statements of a request do not depend on whether an account exists. TestTiming measures
// the same by a clock, and sees less of it on a busy machine.
func TestContrastsSendTheSame(t *testing.T) {
	t.Parallel()
	for _, c := range slices.Concat(contrasts, lifeContrasts) {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			config, err := pgxpool.ParseConfig(pgtest.URL(t))
			fatal(t, err)
			var seen statements
			config.ConnConfig.Tracer = &seen
			pool, err := pgxpool.NewWithConfig(t.Context(), config)
			fatal(t, err)
			t.Cleanup(pool.Close)
			c.hasher.Queue = 0
			d := c.deployOn(t, pool)
			c.prepare(d, 3)
			ask := func(b body) []string {
				if c.bound != "" {
					d.exec("DELETE FROM budgets WHERE scope = $1", c.bound)
				}
				seen.take()
				a := c.send(d.client, b)
				d.settle() // what is done after the answer is alike, too
				sent := seen.take()
				slices.Sort(sent)
				if a.status != c.status || a.Reason != c.reason {
					t.Fatalf("%v: %d %s, want %d %s", b, a.status, a.body, c.status, c.reason)
				}
				return sent
			}
			ask(c.none(4000)) // the first request of an hour notes that the session is used
			for i := range 3 {
				known, none := ask(c.known(i)), ask(c.none(i))
				if len(known) == 0 || !slices.Equal(known, none) {
					t.Errorf("known: %q\nnone:  %q", known, none)
				}
			}
		})
	}
}

// TestOwnUserIsOneStatement: GET user/detail is one query. The query that checks the token reads the user, too.
func TestOwnUserIsOneStatement(t *testing.T) {
	t.Parallel()
	config, err := pgxpool.ParseConfig(pgtest.URL(t))
	fatal(t, err)
	var seen statements
	config.ConnConfig.Tracer = &seen
	pool, err := pgxpool.NewWithConfig(t.Context(), config)
	fatal(t, err)
	t.Cleanup(pool.Close)
	d := deploy(t, options{pool: pool})
	u := d.registered(alice)
	d.good(u.Token) // the first request of an hour may note that the session is used
	d.settle()
	seen.take()
	d.good(u.Token)
	d.settle()
	if sent := seen.take(); len(sent) != 1 {
		t.Errorf("GET user/detail sends %q, want one statement", sent)
	}
}
