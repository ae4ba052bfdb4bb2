package event_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/enroll-project/enroll/internal/audit"
	"github.com/enroll-project/enroll/internal/event"
	"github.com/enroll-project/enroll/test/pgtest"
)

// replayer returns an event log that replays to the receivers crm and mail.
func replayer(t *testing.T) (*event.Log, *pgxpool.Pool) {
	t.Helper()
	pool := pgtest.New(t)
	receivers, err := event.ParseReceivers("crm=https://a.example/?key=hidden,mail=https://b.example", signing(1))
	fatal(t, err)
	l, err := event.New(event.Config{Pool: pool, Keep: event.MinKeep, Now: time.Now, Receivers: receivers})
	fatal(t, err)
	return l, pool
}

// replay replays by the command line.
func replay(t *testing.T, l *event.Log, r event.Replay) event.Replayed {
	t.Helper()
	r.By = audit.Actor{Kind: audit.Command, Name: "root"}
	done, err := l.Replay(t.Context(), r)
	fatal(t, err)
	return done
}

// entries are the details of the entries in the audit log, the oldest first.
func entries(t *testing.T, pool *pgxpool.Pool) (all string) {
	t.Helper()
	fatal(t, pool.QueryRow(t.Context(), `SELECT coalesce(string_agg(concat_ws(' ', act, actor_name, site_id, user_id,
		detail), '; ' ORDER BY id), '') FROM audit_entries`).Scan(&all))
	return all
}

// TestReplay: what is set aside is sent again, in the order of each user and under the same ids, also of a user that
// was deleted. It is in the list no more, and a second replay finds nothing. A dry run changes nothing.
func TestReplay(t *testing.T) {
	t.Parallel()
	l, pool := replayer(t)
	var refuses atomic.Bool
	refuses.Store(true)
	r := newReceiver(t, func(w http.ResponseWriter, _ *http.Request, _ post) {
		if refuses.Load() {
			w.WriteHeader(http.StatusGone)
		}
	})
	s := send(t, pool, event.SenderConfig{}, "crm="+r.URL, signing(1))
	ids := map[string]bool{}
	kept, gone := user(t, pool), user(t, pool)
	exec(t, pool, "UPDATE users SET introduce = 'a' WHERE id = ANY ($1)", []int64{kept, gone})
	exec(t, pool, "DELETE FROM users WHERE id = $1", gone)
	for _, p := range r.next(5) {
		ids[p.ID] = true
	}
	for one(t, pool, "SELECT count(*) FROM set_aside_events") < 5 {
	}
	refuses.Store(false)
	if done := replay(t, l, event.Replay{Receiver: "crm", DryRun: true}); done != (event.Replayed{Events: 5}) {
		t.Errorf("a dry run: %+v", done)
	}
	if n := one(t, pool, "SELECT count(*) FROM set_aside_events"); n != 5 || entries(t, pool) != "" || len(r.posts) != 0 {
		t.Errorf("after a dry run, %d are set aside, and the log has %q", n, entries(t, pool))
	}
	if done := replay(t, l, event.Replay{Receiver: "mail"}); done != (event.Replayed{}) {
		t.Errorf("of another receiver: %+v", done)
	}
	if done := replay(t, l, event.Replay{Receiver: "crm"}); done != (event.Replayed{Events: 5}) {
		t.Errorf("%+v", done)
	}
	got := map[int64]string{}
	for _, p := range r.next(5) {
		if !ids[p.ID] {
			t.Errorf("%s has a new id: %s", p, p.ID)
		}
		got[p.Data.User] += fmt.Sprint(p, "; ")
	}
	if got[kept] != "user.registered 1; user.updated 2; " ||
		got[gone] != "user.registered 1; user.updated 2; user.deleted 3; " {
		t.Error(got)
	}
	for one(t, pool, "SELECT count(*) FROM deliveries") > 0 {
	}
	if done := replay(t, l, event.Replay{Receiver: "crm"}); done != (event.Replayed{}) {
		t.Errorf("a second replay: %+v", done)
	}
	s.stop()
	if n := one(t, pool, "SELECT count(*) FROM set_aside_events"); n != 0 || len(r.posts) != 0 ||
		entries(t, pool) != "events.replayed root 5 to crm" {
		t.Errorf("%d are set aside, %d more were sent, and the log has %q", n, len(r.posts), entries(t, pool))
	}
}

// TestReplayNewest: an event that is replayed does not become the last one that the receiver has of its user. What was
// delivered since comes again behind it.
func TestReplayNewest(t *testing.T) {
	t.Parallel()
	l, pool := replayer(t)
	var accepts atomic.Bool
	r := newReceiver(t, func(w http.ResponseWriter, _ *http.Request, p post) {
		if p.Type == "user.disabled" && !accepts.Load() {
			w.WriteHeader(http.StatusGone)
		}
	})
	s := send(t, pool, event.SenderConfig{}, "crm="+r.URL, signing(1))
	id := user(t, pool)
	exec(t, pool, "UPDATE users SET status = 0 WHERE id = $1", id)
	exec(t, pool, "UPDATE users SET status = 1 WHERE id = $1", id)
	before := r.next(3)
	// The delivery has ended, so nothing but the log has the number of the last event.
	for one(t, pool, "SELECT count(*) FROM set_aside_events") == 0 || one(t, pool, "SELECT count(*) FROM deliveries") > 0 {
	}
	accepts.Store(true)
	if done := replay(t, l, event.Replay{Receiver: "crm"}); done != (event.Replayed{Events: 1}) {
		t.Errorf("%+v", done)
	}
	for one(t, pool, "SELECT count(*) FROM deliveries") > 0 {
	}
	s.stop()
	again := r.next(len(r.posts))
	if got := fmt.Sprint(again); got != "[user.disabled 2 user.enabled 3]" || again[1].ID != before[2].ID {
		t.Errorf("%s after %s", got, before)
	}
}

// TestReplaySelects: a replay serves the receiver, site, user or event that it names, and no other. What it serves is
// queued, and with it the events between and those behind, up to the cursor of the receiver: it gets the later ones
// anyhow. Of these, those that are set aside are served, too.
func TestReplaySelects(t *testing.T) {
	t.Parallel()
	l, pool := replayer(t)
	first, other := user(t, pool), user(t, pool)
	var second int64
	fatal(t, pool.QueryRow(t.Context(), insert, 2, false, 1).Scan(&second))
	for _, introduce := range []string{"a", "b", "c"} {
		exec(t, pool, "UPDATE users SET introduce = $1", introduce)
	}
	id := func(user int64, seq int) (id string) {
		fatal(t, pool.QueryRow(t.Context(), `SELECT concat_ws('_', 'evt', site_id, user_id, seq, tx) FROM events
			WHERE user_id = $1 AND seq = $2`, user, seq).Scan(&id))
		return id
	}
	for name, c := range map[string]struct {
		r      event.Replay
		passed int // the cursor of the receiver is behind this event of each user
		aside  int // and so many are set aside
		events int64
		queued string // the user and the range of each
	}{
		"all":    {event.Replay{Receiver: "crm"}, 4, 4, 12, fmt.Sprintf("%d 0-4, %d 0-4, %d 0-4", first, other, second)},
		"a user": {event.Replay{Receiver: "crm", User: other}, 4, 4, 4, fmt.Sprintf("%d 0-4", other)},
		"a site": {event.Replay{Receiver: "crm", Site: 2}, 4, 4, 4, fmt.Sprintf("%d 0-4", second)},
		"an id":  {event.Replay{Receiver: "crm", WebhookID: id(other, 3)}, 4, 4, 2, fmt.Sprintf("%d 2-4", other)},
		"an id of a user and a site": {event.Replay{Receiver: "crm", WebhookID: id(second, 1), User: second, Site: 2}, 4, 1,
			1, fmt.Sprintf("%d 0-4", second)},
		"a user of another site":      {event.Replay{Receiver: "crm", User: first, Site: 2}, 4, 4, 0, ""},
		"delivered since":             {event.Replay{Receiver: "crm", User: first}, 4, 2, 2, fmt.Sprintf("%d 0-4", first)},
		"one is not queued yet":       {event.Replay{Receiver: "crm", User: first}, 3, 2, 2, fmt.Sprintf("%d 0-3", first)},
		"more are not queued yet":     {event.Replay{Receiver: "crm", User: first}, 2, 2, 2, fmt.Sprintf("%d 0-2", first)},
		"set aside behind the cursor": {event.Replay{Receiver: "crm", User: first}, 1, 2, 2, fmt.Sprintf("%d 0-2", first)},
		"none is queued yet":          {event.Replay{Receiver: "crm", User: first}, 0, 2, 2, fmt.Sprintf("%d 0-2", first)},
	} {
		exec(t, pool, "DELETE FROM deliveries")
		exec(t, pool, "DELETE FROM set_aside_events")
		exec(t, pool, "DELETE FROM event_receivers")
		exec(t, pool, `INSERT INTO event_receivers SELECT 'crm', tx, id
			FROM (SELECT tx, id FROM events WHERE seq = $1 UNION SELECT 0, 0) AS e ORDER BY tx DESC, id DESC LIMIT 1`, c.passed)
		aside(t, pool, "crm", first, other, second)
		aside(t, pool, "mail", first, other, second)
		exec(t, pool, "DELETE FROM set_aside_events WHERE seq > $1", c.aside)
		done := replay(t, l, c.r)
		var queued string
		fatal(t, pool.QueryRow(t.Context(), `SELECT coalesce(string_agg(user_id || ' ' || seq || '-' || last_seq, ', '
			ORDER BY user_id), '') FROM deliveries WHERE receiver = 'crm' AND tries = 0 AND due_at <= now()`).Scan(&queued))
		left := one(t, pool, "SELECT count(*) FROM set_aside_events")
		if done != (event.Replayed{Events: c.events}) || queued != c.queued || left != int64(6*c.aside)-c.events {
			t.Errorf("%s: %+v, queued %s, and %d are still set aside", name, done, queued, left)
		}
	}
	log := entries(t, pool)
	for _, want := range []string{
		"replayed root 12 to crm", fmt.Sprintf("replayed root %d 4 to crm", other), "replayed root 2 4 to crm",
		fmt.Sprintf("replayed root %d 2 to crm", other), fmt.Sprintf("replayed root 2 %d 1 to crm", second),
	} {
		if !strings.Contains(log+";", want+";") {
			t.Errorf("the log has no %q: %s", want, log)
		}
	}
	if n := strings.Count(log, "replayed"); n != 10 {
		t.Errorf("%d entries", n)
	}
}

// TestReplayRefused: a mistake in the name or the id is an error, which names the receivers and no URL.
func TestReplayRefused(t *testing.T) {
	t.Parallel()
	l, pool := replayer(t)
	id := user(t, pool)
	aside(t, pool, "crm", id)
	aside(t, pool, "gone", id)
	var tx int64
	fatal(t, pool.QueryRow(t.Context(), "SELECT tx FROM events").Scan(&tx))
	known := fmt.Sprintf("evt_1_%d_1_%d", id, tx)
	for _, c := range []struct {
		r    event.Replay
		want error
	}{
		{event.Replay{}, event.ErrReceiverUnknown}, {event.Replay{Receiver: "gone"}, event.ErrReceiverUnknown},
		{event.Replay{Receiver: "mail", WebhookID: known}, event.ErrEventUnknown},
		{event.Replay{Receiver: "crm", WebhookID: known + "1"}, event.ErrEventUnknown},
		{event.Replay{Receiver: "crm", WebhookID: known, Site: 2}, event.ErrEventUnknown},
		{event.Replay{Receiver: "crm", WebhookID: known, User: id + 1}, event.ErrEventUnknown},
		{event.Replay{Receiver: "crm", WebhookID: strings.Replace(known, "_1_", "_2_", 1)}, event.ErrEventUnknown},
		{event.Replay{Receiver: "crm", WebhookID: " " + known}, event.ErrEventUnknown},
		{event.Replay{Receiver: "crm", WebhookID: "evt_1_1_1_99999999999999999999"}, event.ErrEventUnknown},
		{event.Replay{Receiver: "crm", WebhookID: "1"}, event.ErrEventUnknown},
		// The last ones are "0", "+1", "1 " and the greatest number.
		{event.Replay{Receiver: "crm", Cursor: "!"}, event.ErrCursor},
		{event.Replay{Receiver: "crm", Cursor: "MA"}, event.ErrCursor},
		{event.Replay{Receiver: "crm", Cursor: "KzE"}, event.ErrCursor},
		{event.Replay{Receiver: "crm", Cursor: "MSA"}, event.ErrCursor},
		{event.Replay{Receiver: "crm", Cursor: "OTIyMzM3MjAzNjg1NDc3NTgwNw"}, event.ErrCursor},
	} {
		_, err := l.Replay(t.Context(), c.r)
		if !errors.Is(err, c.want) || strings.Contains(err.Error(), "example") {
			t.Errorf("%+v: %v", c.r, err)
		}
		if c.want == event.ErrReceiverUnknown && !strings.HasSuffix(err.Error(), "it has crm, mail") {
			t.Error(err)
		}
	}
	none, _ := log(t)
	if _, err := none.Replay(t.Context(), event.Replay{Receiver: "crm"}); !errors.Is(err, event.ErrReceiverUnknown) {
		t.Error(err)
	}
	if n := one(t, pool, "SELECT count(*) FROM set_aside_events"); n != 2 || entries(t, pool) != "" {
		t.Errorf("%d are set aside, and the log has %q", n, entries(t, pool))
	}
}

// TestReplayMany: a replay of more users than one call serves goes on at its cursor. Events that were purged are
// counted and not queued.
func TestReplayMany(t *testing.T) {
	t.Parallel()
	l, pool := replayer(t)
	exec(t, pool, `INSERT INTO events (tx, site_id, user_id, seq, type, at, fields)
		SELECT 1, 1, g, s, 'user.updated', now(), '{}' FROM generate_series(1, 2003) g, generate_series(3, 4) s`)
	exec(t, pool, `INSERT INTO set_aside_events (receiver, user_id, seq, site_id, type, event_at, at, failure)
		SELECT 'crm', user_id, seq, site_id, type, at, now(), 'timeout' FROM events`)
	// Of user 5 one event is left, and of user 6 none.
	exec(t, pool, "DELETE FROM events WHERE user_id = 5 AND seq = 3 OR user_id = 6")
	first := replay(t, l, event.Replay{Receiver: "crm"})
	if first.Events != 3997 || first.Purged != 3 || first.Next == "" {
		t.Errorf("%+v", first)
	}
	// It fails again meanwhile, and does not keep the replay from its end.
	exec(t, pool, "INSERT INTO set_aside_events VALUES ('crm', 1, 3, 1, 'user.updated', now(), now(), 'timeout')")
	if done := replay(t, l, event.Replay{Receiver: "crm", User: 4, Cursor: first.Next}); done != (event.Replayed{}) {
		t.Errorf("a user before the cursor: %+v", done)
	}
	if done := replay(t, l, event.Replay{Receiver: "crm", Cursor: first.Next}); done != (event.Replayed{Events: 6}) {
		t.Errorf("%+v", done)
	}
	if n := one(t, pool, "SELECT count(*) FROM deliveries WHERE seq = 2 AND last_seq = 4"); n != 2001 {
		t.Errorf("%d users are queued whole", n)
	}
	if n := one(t, pool, "SELECT count(*) FROM deliveries WHERE user_id = 5 AND seq = 3 AND last_seq = 4"); n != 1 {
		t.Error("the user with one event left is not queued")
	}
	if n := one(t, pool, "SELECT count(*) FROM set_aside_events"); n != 4 {
		t.Errorf("%d are still set aside", n)
	}
}

// TestReplayTwice: a replay that begins beside another waits for it, and finds nothing left.
func TestReplayTwice(t *testing.T) {
	t.Parallel()
	l, pool := replayer(t)
	id := user(t, pool)
	aside(t, pool, "crm", id)
	exec(t, pool, "INSERT INTO event_receivers VALUES ('crm', 0, 0)")
	// The first replay has queued the event, and waits for this transaction to delete it from the list.
	holder, err := pool.Begin(t.Context())
	fatal(t, err)
	defer func() { _ = holder.Rollback(t.Context()) }()
	_, err = holder.Exec(t.Context(), "SELECT FROM set_aside_events FOR UPDATE")
	fatal(t, err)
	served := make(chan int64, 2)
	call := func() error {
		done, err := l.Replay(t.Context(), event.Replay{Receiver: "crm", By: audit.Actor{Kind: audit.Key, Name: "a"}})
		served <- done.Events
		return err
	}
	// One waits for this test, and the other one for it.
	results := pgtest.Blocked(t, pool, call, call)
	fatal(t, holder.Rollback(t.Context()))
	fatal(t, results())
	if first, second := <-served, <-served; first+second != 1 {
		t.Errorf("%d and %d events", first, second)
	}
	if n := one(t, pool, "SELECT count(*) FROM deliveries WHERE turn = 0"); n != 1 {
		t.Error("the event is queued twice")
	}
}

// TestReplayBesideTurn: while a request about a user is in progress, a replay begins no other. When the claim has
// ended, all events come again, in their order, also that of the request in progress, delivered or refused. What is not
// stored as set aside is not counted as that.
func TestReplayBesideTurn(t *testing.T) {
	t.Parallel()
	for status, counted := range map[int]string{
		http.StatusNoContent: "delivered 1; deliveries_total crm failed 0; deliveries_total crm set_aside 1",
		http.StatusGone:      "delivered 0; deliveries_total crm failed 1; deliveries_total crm set_aside 1",
	} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			t.Parallel()
			replayBesideTurn(t, status, counted)
		})
	}
}

// replayBesideTurn replays beside a request that is answered with the status, after which the metrics have what is
// counted.
func replayBesideTurn(t *testing.T, status int, counted string) {
	t.Helper()
	l, pool := replayer(t)
	var c clock
	var refuses atomic.Bool
	refuses.Store(true)
	answers := make(chan int, 1)
	r := newReceiver(t, func(w http.ResponseWriter, _ *http.Request, _ post) {
		if refuses.Load() {
			w.WriteHeader(http.StatusGone)
			return
		}
		if status, open := <-answers; open {
			w.WriteHeader(status)
		}
	})
	s := send(t, pool, event.SenderConfig{Now: c.now}, "crm="+r.URL, signing(1))
	id := user(t, pool)
	r.next(1)
	for one(t, pool, "SELECT count(*) FROM set_aside_events") == 0 || one(t, pool, "SELECT count(*) FROM deliveries") > 0 {
	}
	refuses.Store(false)
	exec(t, pool, "UPDATE users SET introduce = 'a' WHERE id = $1", id)
	r.next(1) // it waits for its answer
	if done := replay(t, l, event.Replay{Receiver: "crm"}); done.Events != 1 {
		t.Errorf("%+v", done)
	}
	// Another replica finds nothing to send while the claim lasts. It would wait for an answer, so the claim comes first.
	if n := one(t, pool, "SELECT count(*) FROM deliveries WHERE claimed AND due_at > now()"); n != 1 {
		close(answers)
		t.Fatal("the replay has ended the claim")
	}
	fatal(t, sender(t, pool, event.SenderConfig{Now: c.now}, "crm="+r.URL, signing(1)).Round(t.Context()))
	if n := len(r.posts); n != 0 {
		t.Errorf("%d requests beside the one in progress", n)
	}
	answers <- status
	close(answers)
	s.stop()
	if got := s.text(t); !strings.HasPrefix(got, "deliveries_total crm "+counted+"; ") ||
		strings.Count(s.logged.String(), "is set aside") != 1 {
		t.Errorf("%s, and the log has %s", got, s.logged)
	}
	if n := one(t, pool, "SELECT count(*) FROM deliveries WHERE seq = 0 AND last_seq = 2 AND claimed"); n != 1 {
		t.Fatal("the turn that was in progress has overwritten the replay")
	}
	c.advance(2 * time.Minute)
	last := send(t, pool, event.SenderConfig{Now: c.now}, "crm="+r.URL, signing(1))
	if got := fmt.Sprint(r.next(2)); got != "[user.registered 1 user.updated 2]" {
		t.Error(got)
	}
	for one(t, pool, "SELECT count(*) FROM deliveries") > 0 {
	}
	last.stop()
}

// TestReplayOrder: beside replays, changes and two replicas, a receiver that often refuses gets the events of a user
// in their order, one at a time: after an event comes the next one, the same again, or an earlier one that is replayed.
// In the end it has all, and the last one was the newest.
func TestReplayOrder(t *testing.T) {
	t.Parallel()
	l, pool := replayer(t)
	var mutex sync.Mutex
	var failing atomic.Bool
	failing.Store(true)
	open, last, accepted := map[int64]bool{}, map[int64]int32{}, map[string]bool{}
	r := newReceiver(t, func(w http.ResponseWriter, _ *http.Request, p post) {
		mutex.Lock()
		if open[p.Data.User] || p.Data.Seq > last[p.Data.User]+1 {
			t.Errorf("user %d: event %d after %d, or beside it", p.Data.User, p.Data.Seq, last[p.Data.User])
		}
		open[p.Data.User], last[p.Data.User] = true, p.Data.Seq
		mutex.Unlock()
		status := http.StatusNoContent
		if failing.Load() {
			status = []int{http.StatusNoContent, http.StatusGone}[rand.IntN(2)]
		}
		mutex.Lock()
		defer mutex.Unlock()
		open[p.Data.User] = false
		if status == http.StatusNoContent {
			accepted[p.ID] = true
		}
		w.WriteHeader(status)
	})
	var c clock
	cfg := event.SenderConfig{Now: c.now}
	first, second := send(t, pool, cfg, "crm="+r.URL, signing(1)), send(t, pool, cfg, "crm="+r.URL, signing(1))
	for range 10 {
		user(t, pool)
	}
	for n := range 20 {
		exec(t, pool, "UPDATE users SET introduce = $1", fmt.Sprint(n))
		replay(t, l, event.Replay{Receiver: "crm"})
	}
	first.stop()
	second.stop()
	failing.Store(false)
	pgtest.Listed(t, pool)
	c.advance(2 * time.Minute) // claims have ended
	rest := send(t, pool, cfg, "crm="+r.URL, signing(1))
	for one(t, pool, "SELECT count(*) FROM events WHERE (tx, id) > ALL (SELECT tx, id FROM event_receivers)")+
		one(t, pool, "SELECT count(*) FROM deliveries") > 0 {
	}
	replay(t, l, event.Replay{Receiver: "crm"})
	for one(t, pool, "SELECT count(*) FROM deliveries") > 0 {
	}
	rest.stop()
	if n := one(t, pool, "SELECT count(*) FROM set_aside_events"); n != 0 || len(accepted) != 10*21 {
		t.Errorf("%d are set aside, and %d of 210 were accepted", n, len(accepted))
	}
	for user, seq := range last {
		if seq != 21 {
			t.Errorf("user %d: event %d came last", user, seq)
		}
	}
}
