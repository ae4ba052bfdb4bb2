package event_test

import (
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/enroll-project/enroll/internal/event"
	"github.com/enroll-project/enroll/test/pgtest"
)

// again returns a log that replays to crm, which gets all types, and to mail, which gets deletions, and which has these
// events: each is a user, a number, a place in the log and a minute of the hour.
func again(t *testing.T) (*event.Log, *pgxpool.Pool, func(minute int) time.Time) {
	t.Helper()
	pool := pgtest.New(t)
	receivers, err := event.ParseReceivers("crm=https://a.example,mail=https://b.example user.deleted", signing(1))
	fatal(t, err)
	l, err := event.New(event.Config{Pool: pool, Keep: event.MinKeep, Now: time.Now, Receivers: receivers})
	fatal(t, err)
	hour := time.Now().UTC().Truncate(time.Hour)
	minute := func(m int) time.Time { return hour.Add(time.Duration(m) * time.Minute) }
	for _, e := range []struct {
		user, seq, tx, minute int
		kind                  string
	}{
		{1, 1, 10, 1, "user.registered"}, {2, 1, 11, 2, "user.registered"}, {1, 2, 12, 3, "user.updated"},
		// The transaction of 3 was long: it is early in the log, with a late time.
		{3, 1, 5, 4, "user.registered"}, {2, 2, 13, 5, "user.deleted"}, {1, 3, 14, 6, "user.disabled"},
		// The clock has gone back between these two.
		{4, 1, 15, 9, "user.registered"}, {4, 2, 16, 7, "user.updated"}, {4, 3, 17, 8, "user.updated"},
		// The receivers have not got this one yet.
		{1, 4, 20, 10, "user.enabled"},
	} {
		exec(t, pool, `INSERT INTO events (tx, site_id, user_id, seq, type, at, fields)
			VALUES ($1, CASE $2::bigint WHEN 2 THEN 2 ELSE 1 END, $2, $3, $4, $5, '{}')`, e.tx, e.user, e.seq, e.kind,
			minute(e.minute))
	}
	exec(t, pool, "INSERT INTO event_receivers SELECT n, tx, id FROM events, unnest(ARRAY['crm', 'mail']) n WHERE tx = 17")
	return l, pool, minute
}

// TestReplaySince: a replay since a time, or after an event, queues what the receiver was sent of that time or later:
// of each user from the first such event to the last one that the receiver was sent. A dry run only counts. What was
// set aside in these ranges is not set aside any more.
func TestReplaySince(t *testing.T) {
	t.Parallel()
	l, pool, minute := again(t)
	id := func(user, seq int) (id string) {
		fatal(t, pool.QueryRow(t.Context(), `SELECT concat_ws('_', 'evt', site_id, user_id, seq, tx) FROM events
			WHERE user_id = $1 AND seq = $2`, user, seq).Scan(&id))
		return id
	}
	for name, c := range map[string]struct {
		r      event.Replay
		events int64
		queued string // the user and the range of each
	}{
		"all":            {event.Replay{Receiver: "crm", Since: minute(0)}, 9, "1 0-3, 2 0-2, 3 0-1, 4 0-3"},
		"at this moment": {event.Replay{Receiver: "crm", Since: minute(3)}, 7, "1 1-3, 2 1-2, 3 0-1, 4 0-3"},
		"just after": {event.Replay{Receiver: "crm", Since: minute(3).Add(time.Microsecond)}, 6,
			"1 2-3, 2 1-2, 3 0-1, 4 0-3"},
		"a clock went back": {event.Replay{Receiver: "crm", Since: minute(8)}, 3, "4 0-3"},
		"nothing since":     {event.Replay{Receiver: "crm", Since: minute(10)}, 0, ""},
		"a user":            {event.Replay{Receiver: "crm", Since: minute(0), User: 2}, 2, "2 0-2"},
		"a site":            {event.Replay{Receiver: "crm", Since: minute(0), Site: 2}, 2, "2 0-2"},
		"types":             {event.Replay{Receiver: "mail", Since: minute(0)}, 1, "2 0-2"},
		"after an event":    {event.Replay{Receiver: "crm", After: id(1, 2)}, 6, "1 2-3, 2 1-2, 3 0-1, 4 0-3"},
		"after the last":    {event.Replay{Receiver: "crm", After: id(1, 4)}, 0, ""},
	} {
		exec(t, pool, "DELETE FROM deliveries")
		exec(t, pool, "DELETE FROM set_aside_events")
		aside(t, pool, c.r.Receiver, 2)
		before := entries(t, pool)
		dry := c.r
		dry.DryRun = true
		if done := replay(t, l, dry); done != (event.Replayed{Events: c.events}) || entries(t, pool) != before ||
			one(t, pool, "SELECT count(*) FROM deliveries") > 0 {
			t.Errorf("%s: a dry run: %+v", name, done)
		}
		done := replay(t, l, c.r)
		var queued string
		fatal(t, pool.QueryRow(t.Context(), `SELECT coalesce(string_agg(user_id || ' ' || seq || '-' || last_seq, ', '
			ORDER BY user_id), '') FROM deliveries WHERE receiver = $1 AND due_at <= now()`, c.r.Receiver).Scan(&queued))
		noted := entries(t, pool) != before
		if done != (event.Replayed{Events: c.events}) || queued != c.queued || noted != (c.events > 0) {
			t.Errorf("%s: %+v, queued %s, want %d, %s", name, done, queued, c.events, c.queued)
		}
		if n := one(t, pool, `SELECT count(*) FROM set_aside_events AS s JOIN deliveries AS d USING (receiver, user_id)
			WHERE s.seq > d.seq AND s.seq <= d.last_seq`); n != 0 {
			t.Errorf("%s: %d events are queued and set aside", name, n)
		}
	}
}

// TestReplaySinceRefused: a replay that selects in two ways, or after an event that is not kept, is an error.
func TestReplaySinceRefused(t *testing.T) {
	t.Parallel()
	l, pool, minute := again(t)
	var known string
	fatal(t, pool.QueryRow(t.Context(), "SELECT concat_ws('_', 'evt', 2, 2, 1, 11)").Scan(&known))
	for _, c := range []struct {
		r    event.Replay
		want error
	}{
		{event.Replay{Receiver: "none", Since: minute(0)}, event.ErrReceiverUnknown},
		{event.Replay{Receiver: "crm", Since: minute(0), After: known}, event.ErrSelection},
		{event.Replay{Receiver: "crm", Since: minute(0), WebhookID: known}, event.ErrSelection},
		{event.Replay{Receiver: "crm", After: known, WebhookID: known}, event.ErrSelection},
		{event.Replay{Receiver: "crm", After: known, Site: 1}, event.ErrAfterUnknown},
		{event.Replay{Receiver: "crm", After: known + "1"}, event.ErrAfterUnknown},
		{event.Replay{Receiver: "crm", After: "evt_2_2_+1_11"}, event.ErrAfterUnknown},
		{event.Replay{Receiver: "crm", After: "1"}, event.ErrAfterUnknown},
		// "1", "1.2", "1.2.+3", and a place before the start
		{event.Replay{Receiver: "crm", Since: minute(0), Cursor: "MQ"}, event.ErrCursor},
		{event.Replay{Receiver: "crm", Since: minute(0), Cursor: "MS4y"}, event.ErrCursor},
		{event.Replay{Receiver: "crm", Since: minute(0), Cursor: "MS4yLiszuQ"}, event.ErrCursor},
		{event.Replay{Receiver: "crm", Since: minute(0), Cursor: "MS4yLjM"}, event.ErrCursor},
		{event.Replay{Receiver: "crm", Since: minute(0), Cursor: "!"}, event.ErrCursor},
	} {
		if _, err := l.Replay(t.Context(), c.r); !errors.Is(err, c.want) {
			t.Errorf("%+v: %v", c.r, err)
		}
	}
	if n := one(t, pool, "SELECT count(*) FROM deliveries"); n != 0 || entries(t, pool) != "" {
		t.Errorf("%d are queued", n)
	}
}

// TestReplaySinceMany: a replay of more events than a page has goes on at its cursor, and queues each user once, with
// all of its events.
func TestReplaySinceMany(t *testing.T) {
	t.Parallel()
	l, pool, _ := again(t)
	exec(t, pool, "DELETE FROM events")
	exec(t, pool, `INSERT INTO events (tx, site_id, user_id, seq, type, at, fields)
		SELECT s, 1, g, s, 'user.updated', now() - s * interval '-1 minute', '{}'
		FROM generate_series(1, 1500) g, generate_series(1, 3) s`)
	r := event.Replay{Receiver: "crm", Since: time.Now().Add(-time.Hour)}
	var pages, total int64
	for {
		done := replay(t, l, r)
		pages, total = pages+1, total+done.Events
		if r.Cursor = done.Next; r.Cursor == "" {
			break
		}
	}
	if pages != 3 || total != 4500 {
		t.Errorf("%d events in %d pages", total, pages)
	}
	if n := one(t, pool, "SELECT count(*) FROM deliveries WHERE seq = 0 AND last_seq = 3 AND turn = 0"); n != 1500 {
		t.Errorf("%d users are queued once", n)
	}
}

// TestReplayLost: a receiver that has lost what it had gets it again from a time on, under the same ids, each user in
// its order with the newest event last.
func TestReplayLost(t *testing.T) {
	t.Parallel()
	l, pool := replayer(t)
	r := newReceiver(t, func(w http.ResponseWriter, _ *http.Request, _ post) { w.WriteHeader(http.StatusNoContent) })
	s := send(t, pool, event.SenderConfig{}, "crm="+r.URL, signing(1))
	id := user(t, pool)
	exec(t, pool, "UPDATE users SET introduce = 'a' WHERE id = $1", id)
	exec(t, pool, "UPDATE users SET status = 0 WHERE id = $1", id)
	before := r.next(3)
	s.stop() // stores the answer to the last of them
	if done := replay(t, l, event.Replay{Receiver: "crm", After: before[0].ID}); done != (event.Replayed{Events: 2}) {
		t.Errorf("%+v", done)
	}
	s = send(t, pool, event.SenderConfig{}, "crm="+r.URL, signing(1))
	again := r.next(2)
	s.stop()
	if n := one(t, pool, "SELECT count(*) FROM deliveries"); n != 0 || len(r.posts) != 0 {
		t.Errorf("%d deliveries are left, and %d more were made", n, len(r.posts))
	}
	if fmt.Sprint(again) != fmt.Sprint(before[1:]) || again[0].ID != before[1].ID || again[1].ID != before[2].ID {
		t.Errorf("%s after %s", again, before)
	}
	if got := entries(t, pool); got != "events.replayed root 2 to crm" {
		t.Error(got)
	}
}
