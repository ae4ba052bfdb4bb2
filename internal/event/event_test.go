package event_test

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/enroll-project/enroll/internal/event"
	"github.com/enroll-project/enroll/test/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// log returns an event log with the system's clock, because the database writes the times of events.
func log(t *testing.T) (*event.Log, *pgxpool.Pool) {
	t.Helper()
	pool := pgtest.New(t)
	l, err := event.New(event.Config{Pool: pool, Keep: event.MinKeep, Now: time.Now})
	fatal(t, err)
	return l, pool
}

func fatal(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// exec runs a statement by itself.
func exec(t *testing.T, pool *pgxpool.Pool, sql string, args ...any) {
	t.Helper()
	_, err := pool.Exec(t.Context(), sql, args...)
	fatal(t, err)
}

// insert inserts a user of a site. Other columns and their values follow those that a user must have.
const insert = `INSERT INTO users (site_id, user_name, user_name_key, user_name_skeleton, password_hash, real_name,
		avatar_url, group_id, is_retailer, balance, total_reward, invite_code, invites_used, created_at, updated_at,
		last_login_at, email, email_key, email_verified_at, status)
	SELECT $1, n, n, n, '$', '', '', 2, false, 0, 0, n, 0, now(), now(), now(), n || '@example.com', n || '@example.com',
		CASE WHEN $2 THEN now() END, $3
	FROM (SELECT md5(random()::text) AS n) x RETURNING id`

// user inserts an active user of site 1 whose email is not verified.
func user(t *testing.T, pool *pgxpool.Pool) (id int64) {
	t.Helper()
	fatal(t, pool.QueryRow(t.Context(), insert, 1, false, 1).Scan(&id))
	return id
}

// settled waits for other tests, and returns all events after a cursor.
func settled(t *testing.T, l *event.Log, pool *pgxpool.Pool, f event.Filter) ([]event.Event, string) {
	t.Helper()
	pgtest.Listed(t, pool)
	return follow(t, l, f)
}

// follow returns all events after a cursor that can be listed by now, and the last cursor.
func follow(t *testing.T, l *event.Log, f event.Filter) (all []event.Event, cursor string) {
	t.Helper()
	for {
		page, err := l.List(t.Context(), f)
		fatal(t, err)
		all = append(all, page.Events...)
		f.Cursor = page.Next
		if !page.More {
			return all, page.Next
		}
	}
}

// text is a short form of events.
func text(events []event.Event) string {
	var all []string
	for _, e := range events {
		all = append(all, strings.TrimSpace(fmt.Sprintf("%d %s %s", e.Seq, strings.TrimPrefix(string(e.Type), "user."),
			strings.Join(e.Fields, ","))))
	}
	return strings.Join(all, "; ")
}

// ends are assignments that end all sessions, as a change of the password does.
const ends = "tokens_valid_from = coalesce(tokens_valid_from, now()) + interval '1 second'"

// TestEvents: each change of a user gives its events, and what is no change gives none. One change gives several.
func TestEvents(t *testing.T) {
	t.Parallel()
	l, pool := log(t)
	for _, c := range []struct{ before, change, want string }{
		{"", "user_name = 'Bob', user_name_key = 'bob', user_name_skeleton = 'bob'", "2 updated user_name"},
		{"", "email = 'b@example.com', email_key = 'b@example.com'", "2 updated email"},
		{"", "email = NULL, email_key = NULL", "2 updated email"},
		{"", "email_verified_at = now()", "2 verified"},
		{"email_verified_at = now()", "email_verified_at = now() + interval '1 hour'", "2 verified"},
		{"email_verified_at = now()", "email_verified_at = NULL", "2 verified; 3 updated email_verified"},
		{"email_verified_at = now()", "email = 'c@example.com', email_key = 'c@example.com'",
			"2 verified; 3 updated email; 4 verified"},
		{"email_verified_at = now()", "email = upper(email)", "2 verified; 3 updated email"},
		{"", "phone = '+8613800138000'", "2 updated phone"},
		{"", "real_name = 'a', first_name = 'b', last_name = 'c'", "2 updated real_name,first_name,last_name"},
		{"", "avatar_url = '/a.png', introduce = 'a'", "2 updated avatar_url,introduce"},
		{"", "birthday = now(), extra = '{}'", "2 updated birthday,extra"},
		{"", "group_id = 3", "2 updated group_id"},
		{"", "delete_at = now()", "2 updated delete_time"},
		// A login cancels the deletion.
		{"delete_at = now()", "last_login_at = now()", "2 updated delete_time; 3 updated delete_time"},
		{"", "status = 0", "2 disabled"}, {"status = 0", "status = 1", "2 disabled; 3 enabled"},
		{"", "password_hash = '$new', " + ends, "2 password_changed"},
		{"", "password_hash = '$new', real_name = 'a', email_verified_at = now(), status = 0",
			"2 updated real_name; 3 verified; 4 password_changed; 5 disabled"},
		// What is no change. The first one is a hash that a login computes anew.
		{"", "password_hash = '$new', updated_at = now()", ""}, {"", ends, ""}, {"password_hash = '$new'", ends, ""},
		{"", "last_login_at = now()", ""}, {"", "invites_used = 1, balance = 1, total_reward = 1", ""},
		{"", "parent_id = id", ""}, {"", "keys_version = 7, user_name_key = 'newer', user_name_skeleton = 'newer'", ""},
		{"email_verified_at = now()", "email_key = 'newer@example.com'", "2 verified"},
		{"", "real_name = '', group_id = 2, status = 1", ""}, {"", "updated_at = now(), invite_limit = 3", ""},
	} {
		id := user(t, pool)
		if c.before != "" {
			exec(t, pool, "UPDATE users SET "+c.before+" WHERE id = $1", id)
		}
		exec(t, pool, "UPDATE users SET "+c.change+" WHERE id = $1", id)
		want := strings.TrimSuffix("1 registered; "+c.want, "; ")
		got, _ := settled(t, l, pool, event.Filter{User: id})
		if text(got) != want {
			t.Errorf("%s, then %s: %s, want %s", c.before, c.change, text(got), want)
		}
		exec(t, pool, "DELETE FROM users WHERE id = $1", id)
		after, _ := settled(t, l, pool, event.Filter{User: id})
		if want += fmt.Sprintf("; %d deleted", len(got)+1); text(after) != want {
			t.Errorf("%s, then a deletion: %s, want %s", c.change, text(after), want)
		}
	}
	for _, c := range []struct {
		verified bool
		status   int
		want     string
	}{
		{true, 1, "1 registered; 2 verified"}, {false, 0, "1 registered; 2 disabled"},
		{true, 0, "1 registered; 2 verified; 3 disabled"},
	} {
		var id int64
		fatal(t, pool.QueryRow(t.Context(), insert, 1, c.verified, c.status).Scan(&id))
		exec(t, pool, "UPDATE users SET introduce = 'a' WHERE id = $1", id)
		got, _ := settled(t, l, pool, event.Filter{User: id})
		if want := fmt.Sprintf("%s; %d updated introduce", c.want, len(got)); text(got) != want {
			t.Errorf("%s, want %s", text(got), want)
		}
	}
}

// TestPasswordInTransaction: a change of the password is two statements, of which the second ends the sessions. A
// new hash of the same password, and a later end of the sessions for another reason, are two transactions and no
// change.
func TestPasswordInTransaction(t *testing.T) {
	t.Parallel()
	l, pool := log(t)
	id := user(t, pool)
	both := func(tx pgx.Tx) error {
		_, err := tx.Exec(t.Context(), "UPDATE users SET password_hash = password_hash || '1' WHERE id = $1", id)
		if err == nil {
			_, err = tx.Exec(t.Context(), "UPDATE users SET "+ends+" WHERE id = $1", id)
		}
		return err
	}
	fatal(t, pgx.BeginFunc(t.Context(), pool, both))
	exec(t, pool, "UPDATE users SET password_hash = '$rehashed' WHERE id = $1", id)
	exec(t, pool, "UPDATE users SET "+ends+" WHERE id = $1", id)
	broken := errors.New("broken")
	err := pgx.BeginFunc(t.Context(), pool, func(tx pgx.Tx) error { return errors.Join(both(tx), broken) })
	if !errors.Is(err, broken) {
		t.Fatal(err)
	}
	fatal(t, pgx.BeginFunc(t.Context(), pool, both))
	got, _ := settled(t, l, pool, event.Filter{User: id})
	if want := "1 registered; 2 password_changed; 3 password_changed"; text(got) != want {
		t.Errorf("%s, want %s", text(got), want)
	}
}

// TestOpenTransaction: a reader that has passed a place misses no event of a transaction that was running then.
func TestOpenTransaction(t *testing.T) {
	t.Parallel()
	l, pool := log(t)
	first, second := user(t, pool), user(t, pool)
	old, cursor := settled(t, l, pool, event.Filter{})
	if len(old) != 2 {
		t.Fatalf("%d events", len(old))
	}
	open, err := pool.Begin(t.Context())
	fatal(t, err)
	defer func() { _ = open.Rollback(t.Context()) }()
	_, err = open.Exec(t.Context(), "UPDATE users SET group_id = 3 WHERE id = $1", first)
	fatal(t, err)
	exec(t, pool, "UPDATE users SET status = 0 WHERE id = $1", second)
	early, cursor := follow(t, l, event.Filter{Cursor: cursor})
	if len(early) != 0 {
		t.Errorf("listed beside a transaction that is older: %s", text(early))
	}
	fatal(t, open.Commit(t.Context()))
	late, _ := settled(t, l, pool, event.Filter{Cursor: cursor})
	if want := "2 updated group_id; 2 disabled"; text(late) != want {
		t.Errorf("%s, want %s", text(late), want)
	}
}

// TestOrderOfUser: an older transaction that has waited for a user comes after the one that it has waited for.
func TestOrderOfUser(t *testing.T) {
	t.Parallel()
	l, pool := log(t)
	id, other := user(t, pool), user(t, pool)
	older, err := pool.Begin(t.Context())
	fatal(t, err)
	defer func() { _ = older.Rollback(t.Context()) }()
	_, err = older.Exec(t.Context(), "UPDATE users SET introduce = 'a' WHERE id = $1", other)
	fatal(t, err)
	exec(t, pool, "UPDATE users SET status = 0 WHERE id = $1", id)
	_, err = older.Exec(t.Context(), "UPDATE users SET status = 1 WHERE id = $1", id)
	fatal(t, err)
	fatal(t, older.Commit(t.Context()))
	want := "1 registered; 2 disabled; 3 enabled"
	if got, _ := settled(t, l, pool, event.Filter{User: id}); text(got) != want {
		t.Errorf("%s, want %s", text(got), want)
	}
	all, _ := settled(t, l, pool, event.Filter{})
	all = slices.DeleteFunc(all, func(e event.Event) bool { return e.User != id })
	if text(all) != want {
		t.Errorf("among others: %s, want %s", text(all), want)
	}
}

// TestFollow: a reader beside many writers gets each event once, and those of a user in their order. Some transactions
// change several users, some roll back, and some write before they wait for a lock.
func TestFollow(t *testing.T) {
	t.Parallel()
	l, pool := log(t)
	var ids []int64
	for range 6 {
		ids = append(ids, user(t, pool))
	}
	var writers sync.WaitGroup
	done := make(chan struct{})
	for seed := range uint64(6) {
		writers.Go(func() {
			random := rand.New(rand.NewPCG(seed, 1))
			for n := range 40 {
				err := pgx.BeginFunc(t.Context(), pool, func(tx pgx.Tx) error {
					// In the order of ids, so that there is no deadlock.
					for _, id := range ids {
						if random.IntN(3) > 0 {
							continue
						}
						_, err := tx.Exec(t.Context(), "UPDATE users SET introduce = $2 WHERE id = $1", id, fmt.Sprint(seed, n))
						if err != nil {
							return err
						}
					}
					if random.IntN(4) == 0 {
						return errRolledBack
					}
					return nil
				})
				if err != nil && !errors.Is(err, errRolledBack) {
					t.Error(err)
				}
			}
		})
	}
	go func() { writers.Wait(); close(done) }()
	last, got, cursor := map[int64]int32{}, 0, ""
	read := func() {
		events, next := follow(t, l, event.Filter{Cursor: cursor, Page: 7})
		for _, e := range events {
			if last[e.User]++; last[e.User] != e.Seq {
				t.Fatalf("event %d of a user as number %d", e.Seq, last[e.User])
			}
		}
		got, cursor = got+len(events), next
	}
	for running := true; running; {
		select {
		case <-done:
			running = false
		default:
		}
		read()
	}
	pgtest.Listed(t, pool)
	read()
	var want int
	fatal(t, pool.QueryRow(t.Context(), "SELECT count(*) FROM events").Scan(&want))
	stored := map[int64]int32{}
	rows, err := pool.Query(t.Context(), "SELECT id, event_seq FROM users")
	fatal(t, err)
	for rows.Next() {
		var id int64
		var seq int32
		fatal(t, rows.Scan(&id, &seq))
		stored[id] = seq
	}
	fatal(t, rows.Err())
	if got != want || want < 100 || !maps.Equal(last, stored) {
		t.Errorf("%d of %d events, the last are %v of %v", got, want, last, stored)
	}
}

// TestFilters: filters select events, also those that many others lie between, and pages follow each other.
func TestFilters(t *testing.T) {
	t.Parallel()
	l, pool := log(t)
	var mine int64
	fatal(t, pool.QueryRow(t.Context(), insert, 2, false, 1).Scan(&mine))
	exec(t, pool, `INSERT INTO events (tx, site_id, user_id, seq, type, at, fields)
		SELECT pg_current_xact_id()::text::bigint, 1, -g, 1, 'user.enabled', now() - interval '1 hour', '{}'
		FROM generate_series(1, 25000) g`)
	exec(t, pool, "UPDATE users SET status = 0 WHERE id = $1", mine)
	pgtest.Listed(t, pool)
	first, err := l.List(t.Context(), event.Filter{Site: 2})
	fatal(t, err)
	if len(first.Events) != 1 || !first.More {
		t.Errorf("a page has read all: %d events, more: %v", len(first.Events), first.More)
	}
	hour := time.Now().Add(-30 * time.Minute)
	for _, c := range []struct {
		f    event.Filter
		want string
	}{
		{event.Filter{Site: 2}, "1 registered; 2 disabled"}, {event.Filter{Site: 2, Page: 1}, "1 registered; 2 disabled"},
		{event.Filter{Type: event.Disabled}, "2 disabled"}, {event.Filter{From: hour}, "1 registered; 2 disabled"},
		{event.Filter{User: mine, Type: event.Registered}, "1 registered"}, {event.Filter{Site: 1, User: mine}, ""},
		{event.Filter{User: mine, Until: hour}, ""}, {event.Filter{User: -7}, "1 enabled"},
		{event.Filter{User: mine, Page: 1}, "1 registered; 2 disabled"},
	} {
		if got, _ := follow(t, l, c.f); text(got) != c.want {
			t.Errorf("%+v: %s, want %s", c.f, text(got), c.want)
		}
	}
	if all, _ := follow(t, l, event.Filter{}); len(all) != 25002 {
		t.Errorf("%d events in all", len(all))
	}
	if all, _ := follow(t, l, event.Filter{Until: hour}); len(all) != 25000 {
		t.Errorf("%d events an hour ago", len(all))
	}
}

// TestCursors: a text that List has not returned is refused.
func TestCursors(t *testing.T) {
	t.Parallel()
	l, _ := log(t)
	// The last four are "1", "1.2x", "1.99999999999999999999" and "+1.2".
	for _, c := range []string{"!", "MQ==", "MQ", "MS4yeA", "MS45OTk5OTk5OTk5OTk5OTk5OTk5OQ", "KzEuMg"} {
		if _, err := l.List(t.Context(), event.Filter{Cursor: c}); !errors.Is(err, event.ErrCursor) {
			t.Errorf("%s: %v", c, err)
		}
	}
	empty, err := l.List(t.Context(), event.Filter{})
	if err != nil || empty.Next == "" || empty.More || empty.Events == nil {
		t.Errorf("%+v, %v", empty, err)
	}
}

// TestPurge: events that are older than Config.Keep are deleted, and no others. The user goes on counting.
func TestPurge(t *testing.T) {
	t.Parallel()
	l, pool := log(t)
	id := user(t, pool)
	exec(t, pool, "UPDATE users SET status = 0 WHERE id = $1", id)
	exec(t, pool, "UPDATE events SET at = now() - interval '24 hours 1 minute' WHERE seq = 1")
	exec(t, pool, "UPDATE events SET at = now() - interval '23 hours 59 minutes' WHERE seq = 2")
	// What is set aside goes with the events.
	exec(t, pool, `INSERT INTO set_aside_events SELECT 'gone', user_id, seq, 1, type, at, now(), 'timeout' FROM events
		WHERE user_id = $1`, id)
	// The purge of one table goes on if that of the other fails.
	exec(t, pool, "ALTER TABLE events RENAME TO away")
	if _, err := l.Purge(t.Context()); err == nil {
		t.Error("no error about a table that is missing")
	}
	exec(t, pool, "ALTER TABLE away RENAME TO events")
	if left := one(t, pool, "SELECT count(*) FROM set_aside_events WHERE seq = 1"); left != 0 {
		t.Error("a purge that fails keeps the other table from it")
	}
	if n, err := l.Purge(t.Context()); n != 1 || err != nil {
		t.Errorf("%d were purged: %v", n, err)
	}
	if left := one(t, pool, "SELECT sum(seq) FROM set_aside_events"); left != 2 {
		t.Errorf("of the events that are set aside, number %d is left", left)
	}
	exec(t, pool, "DELETE FROM events")
	exec(t, pool, "UPDATE users SET status = 1 WHERE id = $1", id)
	if got, _ := settled(t, l, pool, event.Filter{User: id}); text(got) != "3 enabled" {
		t.Errorf("%s", text(got))
	}
	if _, err := event.New(event.Config{Pool: pool, Keep: event.MinKeep - 1, Now: time.Now}); err == nil {
		t.Error("events may be kept for less than a day")
	}
}

var errRolledBack = errors.New("rolled back")
