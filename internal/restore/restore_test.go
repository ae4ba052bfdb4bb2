package restore_test

import (
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/enroll-project/enroll/internal/audit"
	"github.com/enroll-project/enroll/internal/event"
	"github.com/enroll-project/enroll/internal/restore"
	"github.com/enroll-project/enroll/test/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// by runs the command.
var by = audit.Actor{Kind: audit.Command, Name: "root"}

var noon = time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)

// insert adds n users and returns the greatest id.
func insert(t *testing.T, pool *pgxpool.Pool, n int) (last int64) {
	t.Helper()
	err := pool.QueryRow(t.Context(), `WITH new AS (
		INSERT INTO users (site_id, phone, real_name, avatar_url, group_id, status, is_retailer, balance,
			total_reward, invite_code, invites_used, created_at, updated_at, last_login_at)
		SELECT 1, '+86' || (13000000000 + (SELECT count(*) FROM users) + i), '', '', 2, 1, false, 0,
			0, (SELECT count(*) FROM users) + i, 0, $1, $1, $1
		FROM generate_series(1, $2) AS i RETURNING id
	) SELECT max(id) FROM new`, noon, n).Scan(&last)
	if err != nil {
		t.Fatal(err)
	}
	return last
}

func exec(t *testing.T, pool *pgxpool.Pool, query string, args ...any) {
	t.Helper()
	if _, err := pool.Exec(t.Context(), query, args...); err != nil {
		t.Fatal(err)
	}
}

// TestRun sets a database back, as a restore does. Afterwards no id is given again, and no earlier
// session or code is valid. There are more users than one batch holds.
func TestRun(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	kept := insert(t, pool, 2001)
	undone := insert(t, pool, 3)
	exec(t, pool, "DELETE FROM users WHERE id > $1", kept)
	exec(t, pool, "SELECT setval(pg_get_serial_sequence('users', 'id')::regclass, $1::bigint)", kept)
	// One user has ended all sessions already, by a clock that was ahead.
	exec(t, pool, "UPDATE users SET tokens_valid_from = $1 WHERE id = $2", noon.Add(time.Hour), kept)
	exec(t, pool, `INSERT INTO sessions SELECT id, 'x', $1, $1, $1, NULL, '', '' FROM users`, noon)
	exec(t, pool, `INSERT INTO one_time_codes VALUES
		(1, '+8613800138000', 'login', 0, sha256(''), '', '', $1, $1, 0, 0)`, noon)
	r, err := restore.Run(t.Context(), pool, by, noon)
	if err != nil || r.Users != 2001 || r.Codes != 1 {
		t.Errorf("%+v, %v", r, err)
	}
	if next := insert(t, pool, 1); next <= undone || next != r.LastSkipped+1 || next <= kept+restore.Skipped {
		t.Errorf("id %d after %d, which was given before, and %d", next, undone, r.LastSkipped)
	}
	for query, want := range map[string]int{
		"sessions": 0, "one_time_codes": 0,
		"audit_entries WHERE act = 'database.restore_begun' AND actor = 'command' AND actor_name = 'root'":   1,
		"audit_entries WHERE act = 'database.restored' AND detail LIKE 'sessions of 2001 users, 1 codes, %'": 1,
		"users WHERE id <= $1 AND tokens_valid_from > '2026-11-29 12:00:00Z'":                                2001,
		"users WHERE id = $1 AND tokens_valid_from > '2026-11-29 13:00:00Z'":                                 1,
		"users WHERE id > $1 AND (tokens_valid_from IS NULL OR phone IS NULL)":                               1,
	} {
		var n int
		args := []any{kept}
		if !strings.Contains(query, "$1") {
			args = nil
		}
		if err := pool.QueryRow(t.Context(), "SELECT count(*) FROM "+query, args...).Scan(&n); err != nil || n != want {
			t.Errorf("%s: %d, want %d, %v", query, n, want, err)
		}
	}
}

// TestRunShiftsEvents: a reader of the log that has seen events of the lost transactions, or of another cluster, misses
// none that happens later. A reader that begins anew misses none either.
func TestRunShiftsEvents(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	log, err := event.New(event.Config{Pool: pool, Keep: event.MinKeep, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	list := func(cursor string, want int64) string {
		t.Helper()
		pgtest.Listed(t, pool)
		page, err := log.List(t.Context(), event.Filter{Cursor: cursor})
		if err != nil || len(page.Events) == 0 || page.Events[len(page.Events)-1].User != want {
			t.Fatalf("%+v, %v, want user %d", page, err, want)
		}
		return page.Next
	}
	seen := list("", insert(t, pool, 1))
	// The other cluster had made a billion transactions more.
	exec(t, pool, "UPDATE events SET tx = tx + 1000000000")
	for range 2 {
		if _, err := restore.Run(t.Context(), pool, by, noon); err != nil {
			t.Fatal(err)
		}
		last := insert(t, pool, 1)
		var newest int64
		err := pool.QueryRow(t.Context(), "SELECT user_id FROM events ORDER BY tx DESC, id DESC LIMIT 1").Scan(&newest)
		if err != nil || newest != last {
			t.Fatalf("%v: the last event of the log is of user %d, want %d", err, newest, last) // list would wait for ever
		}
		list("", last)
		seen = list(seen, last)
	}
}

// TestMoved: in another cluster, whose transactions have lower ids, later events come behind all earlier ones. In the
// cluster that has written the events nothing is changed.
func TestMoved(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	shift := func() (n int64) {
		t.Helper()
		if err := restore.Moved(t.Context(), pool); err != nil {
			t.Fatal(err)
		}
		err := pool.QueryRow(t.Context(), "SELECT coalesce((SELECT shift FROM event_shift), 0)").Scan(&n)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	insert(t, pool, 1)
	if n := shift(); n != 0 {
		t.Errorf("in the same cluster: %d", n)
	}
	for n := range 4 {
		exec(t, pool, "UPDATE events SET tx = tx + 1000000000000")
		if n == 3 {
			// A receiver that has got all events, which were purged since.
			exec(t, pool, "INSERT INTO event_receivers SELECT 'crm', max(tx), 0 FROM events")
			exec(t, pool, "DELETE FROM events")
			var far int64
			err := pool.QueryRow(t.Context(), "UPDATE event_receivers SET tx = tx + 1000000000000 RETURNING tx").Scan(&far)
			if moved := shift(); err != nil || moved <= far {
				t.Errorf("a receiver at %d: the shift is %d, %v", far, moved, err)
			}
			break
		}
		moved := shift()
		if again := shift(); again != moved {
			t.Errorf("a second time: %d after %d", again, moved)
		}
		last := insert(t, pool, 1)
		var newest int64
		err := pool.QueryRow(t.Context(), "SELECT user_id FROM events ORDER BY tx DESC, id DESC LIMIT 1").Scan(&newest)
		if err != nil || newest != last {
			t.Fatalf("%v: the last event of the log is of user %d, want %d", err, newest, last)
		}
		if again := shift(); again != moved {
			t.Errorf("after an event: %d after %d", again, moved)
		}
	}
}

// TestRunAfterDump: a dump without its sequences gives no id that is in the table.
func TestRunAfterDump(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	kept := insert(t, pool, 2)
	exec(t, pool, "SELECT setval(pg_get_serial_sequence('users', 'id')::regclass, 1000, false)")
	if _, err := restore.Run(t.Context(), pool, by, noon); err != nil {
		t.Fatal(err)
	}
	if next := insert(t, pool, 1); next <= kept+restore.Skipped {
		t.Errorf("id %d after %d", next, kept)
	}
}
