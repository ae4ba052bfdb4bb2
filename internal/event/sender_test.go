package event_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/enroll-project/enroll/internal/event"
	"github.com/enroll-project/enroll/test/pgtest"
)

// TestSend: receivers get the events of their types, signed, from their first start on. What is delivered leaves no
// row.
func TestSend(t *testing.T) {
	t.Parallel()
	_, pool := log(t)
	old := user(t, pool)
	pgtest.Listed(t, pool) // older transactions of other tests may still run
	all, some := newReceiver(t, nil), newReceiver(t, nil)
	urls := all.URL + "/a?key=hidden,some=" + some.URL + " user.deleted|user.disabled"
	s := send(t, pool, event.SenderConfig{}, urls, signing(1))
	id := user(t, pool)
	exec(t, pool, "UPDATE users SET status = 0, introduce = 'a' WHERE id = $1", id)
	exec(t, pool, "DELETE FROM users WHERE id = $1", id)
	posts := all.next(4)
	if got := fmt.Sprint(posts); got != "[user.registered 1 user.updated 2 user.disabled 3 user.deleted 4]" {
		t.Error(got)
	}
	if got := fmt.Sprint(some.next(2)); got != "[user.disabled 3 user.deleted 4]" {
		t.Error(got)
	}
	p := posts[1]
	var tx, row int64
	var at time.Time
	fatal(t, pool.QueryRow(t.Context(), "SELECT tx, id, at FROM events WHERE user_id = $1 AND seq = 2", id).
		Scan(&tx, &row, &at))
	want := fmt.Sprintf(`{"type":"user.updated","timestamp":%q,"data":{"id":%d,"site_id":1,"user_id":%d,"seq":2,`+
		`"fields":["introduce"]}}`, at.UTC().Format(time.RFC3339Nano), row, id)
	if p.Body != want || p.ID != fmt.Sprintf("evt_1_%d_2_%d", id, tx) {
		t.Errorf("%s %s, want %s", p.ID, p.Body, want)
	}
	exec(t, pool, "UPDATE users SET status = 0 WHERE id = $1", old)
	if got := fmt.Sprint(all.next(1), some.next(1)); got != "[user.disabled 2] [user.disabled 2]" {
		t.Error(got)
	}
	s.stop()
	fatal(t, s.Observe(t.Context()))
	if n := one(t, pool, "SELECT count(*) FROM deliveries"); n != 0 {
		t.Errorf("%d deliveries are left", n)
	}
	name := strings.TrimPrefix(all.URL, "http://")
	if got := s.text(t); got != fmt.Sprintf("deliveries_total %s delivered 5; deliveries_total %s failed 0; "+
		"deliveries_total %s set_aside 0; deliveries_total some delivered 3; deliveries_total some failed 0; "+
		"deliveries_total some set_aside 0; lag_seconds %s 0; lag_seconds some 0; set_aside %s 0; set_aside some 0",
		name, name, name, name, name) {
		t.Error(got)
	}
}

// TestSendTypes: of events that are queued together, a receiver gets those of its types.
func TestSendTypes(t *testing.T) {
	t.Parallel()
	_, pool := log(t)
	id := user(t, pool)
	exec(t, pool, "UPDATE users SET status = 0 WHERE id = $1", id)
	exec(t, pool, "UPDATE users SET introduce = 'a' WHERE id = $1", id)
	exec(t, pool, "DELETE FROM users WHERE id = $1", id)
	exec(t, pool, "INSERT INTO event_receivers VALUES ('crm', 0, 0)") // from the first event on
	pgtest.Listed(t, pool)
	r := newReceiver(t, nil)
	send(t, pool, event.SenderConfig{}, "crm="+r.URL+" user.disabled|user.deleted", signing(1))
	if got := fmt.Sprint(r.next(2)); got != "[user.disabled 2 user.deleted 4]" {
		t.Error(got)
	}
}

// text is a short form of the metrics, in which the lag has whole hours.
func (s *sending) text(t *testing.T) string {
	t.Helper()
	families, err := s.metrics.Gather()
	fatal(t, err)
	var all []string
	for _, f := range families {
		name := strings.TrimPrefix(strings.TrimPrefix(f.GetName(), "enroll_event_"), "enroll_events_")
		for _, m := range f.GetMetric() {
			value := m.GetCounter().GetValue() + m.GetGauge().GetValue()
			if name == "lag_seconds" {
				value = math.Floor(value / 3600)
			}
			line := name
			for _, label := range m.GetLabel() {
				line += " " + label.GetValue()
			}
			all = append(all, fmt.Sprint(line, " ", value))
		}
	}
	return strings.Join(all, "; ")
}

// TestSendOrder: two replicas send to a receiver that often fails. It accepts each event once, those of a user in their
// order, and never gets two requests about a user at a time. An event that fails holds up no other user.
func TestSendOrder(t *testing.T) {
	t.Parallel()
	_, pool := log(t)
	var mutex sync.Mutex
	accepted, open, ids := map[int64]int32{}, map[int64]bool{}, map[string]bool{}
	stuck, waiting := int64(0), atomic.Bool{}
	waiting.Store(true)
	done := make(chan struct{}, 10000)
	r := newReceiver(t, func(w http.ResponseWriter, _ *http.Request, p post) {
		u := p.Data.User
		mutex.Lock()
		if open[u] {
			t.Errorf("two requests about user %d at a time", u)
		}
		open[u] = true
		fails := rand.IntN(4) == 0 || u == stuck && waiting.Load()
		mutex.Unlock()
		defer func() {
			mutex.Lock()
			defer mutex.Unlock()
			open[u] = false
		}()
		if fails {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		mutex.Lock()
		defer mutex.Unlock()
		if accepted[u]++; accepted[u] != p.Data.Seq || ids[p.ID] {
			t.Errorf("user %d: event %d as number %d, id %s", u, p.Data.Seq, accepted[u], p.ID)
		}
		ids[p.ID] = true
		done <- struct{}{}
	})
	fast := event.SenderConfig{FirstRetry: time.Nanosecond}
	first, second := send(t, pool, fast, r.URL, signing(1)), send(t, pool, fast, r.URL, signing(1))
	const users, changes = 30, 5
	mutex.Lock()
	var all []int64
	for range users {
		all = append(all, user(t, pool))
	}
	stuck = all[0]
	mutex.Unlock()
	for n := range changes {
		exec(t, pool, "UPDATE users SET introduce = $1", strconv.Itoa(n))
	}
	for range (users - 1) * (changes + 1) { // all but the events of the user that is stuck
		<-done
	}
	waiting.Store(false)
	for one(t, pool, "SELECT count(*) FROM deliveries") > 0 {
		// The next try may be hours away.
		exec(t, pool, "UPDATE deliveries SET due_at = now() WHERE NOT claimed AND due_at > now()")
	}
	first.stop()
	second.stop()
	if accepted[stuck] != changes+1 {
		t.Errorf("%d events of the user that was stuck", accepted[stuck])
	}
}

// TestSendKilled: a replica dies while its requests are under way. Another one sends the events again when the claims
// have ended, under the same ids, and none is missing.
func TestSendKilled(t *testing.T) {
	t.Parallel()
	_, pool := log(t)
	dead := make(chan struct{})
	var killed atomic.Bool
	r := newReceiver(t, func(w http.ResponseWriter, req *http.Request, _ post) {
		if !killed.Load() {
			<-dead
		}
		w.WriteHeader(http.StatusNoContent)
	})
	t.Cleanup(sync.OnceFunc(func() { killed.Store(true) }))
	var c clock
	cfg := event.SenderConfig{Now: c.now}
	own := pgtest.Open(t, pool.Config().ConnString())
	s := send(t, own, cfg, r.URL, signing(1))
	ids := map[string]int64{}
	for range 20 {
		user(t, pool)
	}
	lost := r.next(8) // as many as are sent at a time
	own.Close()       // what the replica would store is lost with it
	killed.Store(true)
	close(dead)
	s.kill()
	for _, p := range lost {
		ids[p.ID] = p.Data.User
	}
	if n := one(t, pool, "SELECT count(*) FROM deliveries WHERE claimed"); n < 8 {
		t.Fatalf("%d deliveries are claimed", n)
	}
	c.advance(2 * time.Minute)
	send(t, pool, cfg, r.URL, signing(1))
	again := 0
	seen := map[int64]bool{}
	for len(seen) < 20 || again < 8 {
		p := r.next(1)[0]
		seen[p.Data.User] = true
		if ids[p.ID] == p.Data.User {
			again++
		}
	}
}

// TestSendSetAside: an event is tried for three days, less and less often, and then set aside, and so are those that
// have waited behind it for as long. Later ones are delivered. 410 sets an event aside at once.
func TestSendSetAside(t *testing.T) {
	t.Parallel()
	_, pool := log(t)
	status := atomic.Int64{}
	status.Store(http.StatusBadGateway)
	r := newReceiver(t, func(w http.ResponseWriter, _ *http.Request, _ post) { w.WriteHeader(int(status.Load())) })
	var c clock
	s := send(t, pool, event.SenderConfig{Now: c.now}, "crm="+r.URL+"?key=hidden", signing(1))
	begin := c.now()
	id := user(t, pool)
	exec(t, pool, "UPDATE users SET introduce = 'a' WHERE id = $1", id)
	tries := 0
	for aside := int64(0); aside < 2; aside = one(t, pool, "SELECT count(*) FROM set_aside_events") {
		select {
		case p := <-r.posts:
			if tries++; tries > 100 {
				t.Fatal("the event is not set aside")
			}
			after := p.At.Sub(begin)
			if p.Data.Seq == 1 && after > 73*time.Hour || p.Data.Seq == 2 && after < 72*time.Hour-time.Second {
				t.Errorf("%v after %s", p, after)
			}
		default:
			// The clock goes on to the time of the next try.
			var due *time.Time
			fatal(t, pool.QueryRow(t.Context(), "SELECT min(due_at) FROM deliveries WHERE NOT claimed").Scan(&due))
			if due != nil && due.After(c.now()) {
				c.advance(due.Sub(c.now()))
			}
		}
	}
	if tries < 17 || tries > 30 {
		t.Errorf("%d tries", tries)
	}
	var set string
	fatal(t, pool.QueryRow(t.Context(), `SELECT string_agg(concat_ws(' ', receiver, seq, type, failure), '; ' ORDER BY seq)
		FROM set_aside_events WHERE user_id = $1`, id).Scan(&set))
	if set != "crm 1 user.registered status 502; crm 2 user.updated status 502" {
		t.Error(set)
	}
	status.Store(http.StatusGone)
	exec(t, pool, "UPDATE users SET status = 0 WHERE id = $1", id)
	for one(t, pool, "SELECT count(*) FROM set_aside_events WHERE seq = 3 AND failure = 'status 410'") == 0 {
	}
	status.Store(http.StatusNoContent)
	exec(t, pool, "UPDATE users SET status = 1 WHERE id = $1", id)
	// In this order: an event is in deliveries when the place of the receiver is behind it.
	for one(t, pool, "SELECT count(*) FROM events WHERE (tx, id) > ALL (SELECT tx, id FROM event_receivers)")+
		one(t, pool, "SELECT count(*) FROM deliveries") > 0 {
	}
	s.stop()
	fatal(t, s.Observe(t.Context()))
	if got := s.text(t); !strings.HasSuffix(got, "; lag_seconds crm 0; set_aside crm 3") ||
		!strings.HasPrefix(got, "deliveries_total crm delivered 1; ") {
		t.Error(got)
	}
	logged := s.logged.String()
	if strings.Count(logged, "an event is set aside") != 3 || strings.Contains(logged, "hidden") ||
		strings.Contains(logged, "127.0.0.1") {
		t.Error(logged)
	}
}

// TestSendFailures: what a receiver can do wrong costs it a retry, and no other receiver waits for it.
func TestSendFailures(t *testing.T) {
	t.Parallel()
	_, pool := log(t)
	elsewhere := newReceiver(t, nil)
	ended := make(chan struct{})
	t.Cleanup(func() { close(ended) })
	bad := map[string]*receiver{
		"hangs": newReceiver(t, func(_ http.ResponseWriter, req *http.Request, _ post) {
			select {
			case <-ended:
			case <-req.Context().Done():
			case <-time.After(20 * time.Second): // only if nothing else ends the request
			}
		}),
		"redirects": newReceiver(t, func(w http.ResponseWriter, req *http.Request, _ post) {
			http.Redirect(w, req, elsewhere.URL, http.StatusTemporaryRedirect)
		}),
		"endless": newReceiver(t, func(w http.ResponseWriter, req *http.Request, _ post) {
			w.WriteHeader(http.StatusInternalServerError)
			for req.Context().Err() == nil {
				if _, err := w.Write(make([]byte, 16<<10)); err != nil {
					return
				}
			}
		}),
		"later": newReceiver(t, func(w http.ResponseWriter, _ *http.Request, _ post) {
			w.Header().Set("Retry-After", "300")
			w.WriteHeader(http.StatusTooManyRequests)
		}),
		"date": newReceiver(t, func(w http.ResponseWriter, _ *http.Request, _ post) {
			w.Header().Set("Retry-After", time.Now().Add(24*time.Hour).UTC().Format(http.TimeFormat))
			w.WriteHeader(http.StatusServiceUnavailable)
		}),
	}
	good, urls := newReceiver(t, nil), ""
	for name, r := range bad {
		if name != "hangs" {
			urls += name + "=" + r.URL + ","
		}
	}
	// Only the receiver that hangs needs a short time. A busy machine may take longer for the others.
	s := send(t, pool, event.SenderConfig{}, strings.TrimSuffix(urls, ","), signing(1))
	short := send(t, pool, event.SenderConfig{Timeout: 200 * time.Millisecond},
		"good="+good.URL+",hangs="+bad["hangs"].URL, signing(1))
	id := user(t, pool)
	for _, r := range bad {
		r.next(1)
	}
	good.next(1)
	const ofBad = "SELECT count(*) FROM deliveries WHERE receiver <> 'good' AND "
	for one(t, pool, ofBad+"tries = 0") > 0 {
	}
	if n := one(t, pool, ofBad+"tries > 0"); n != int64(len(bad)) {
		t.Errorf("%d receivers have failed, want %d", n, len(bad))
	}
	for range 20 { // beside the failures
		user(t, pool)
	}
	good.next(20)
	s.stop()
	short.stop()
	within := map[string]time.Duration{"later": 5 * time.Minute, "date": 15 * time.Minute}
	for name := range bad {
		var due, queued time.Time
		fatal(t, pool.QueryRow(t.Context(), "SELECT due_at, queued_at FROM deliveries WHERE receiver = $1 AND user_id = $2",
			name, id).Scan(&due, &queued))
		// It is counted from the answer, which has come later.
		after, asked := due.Sub(queued), within[name]
		if asked > 0 && (after < asked || after > asked+5*time.Minute) {
			t.Errorf("%s: tried again after %s", name, after)
		}
	}
	if n := len(elsewhere.posts); n > 0 {
		t.Errorf("%d redirects were followed", n)
	}
	logged := short.logged.String() + s.logged.String()
	if !strings.Contains(logged, "failure=timeout") || !strings.Contains(logged, `failure="status 307"`) {
		t.Error(logged)
	}
}

// TestSendRotation: each secret signs, and one of its own replaces those of all receivers.
func TestSendRotation(t *testing.T) {
	t.Parallel()
	_, pool := log(t)
	both, own := newReceiver(t, nil, 1, 2), newReceiver(t, nil, 3)
	secrets := signing(1) + ",own=" + signing(3) + "," + signing(2)
	send(t, pool, event.SenderConfig{}, "both="+both.URL+",own="+own.URL, secrets)
	user(t, pool)
	both.next(1)
	own.next(1)
}

// TestSendPaused: while a receiver wants no request, it gets none, and the next stop waits for none.
func TestSendPaused(t *testing.T) {
	t.Parallel()
	_, pool := log(t)
	refuses := atomic.Bool{}
	refuses.Store(true)
	r := newReceiver(t, func(w http.ResponseWriter, _ *http.Request, _ post) {
		if refuses.Swap(false) {
			w.Header().Set("Retry-After", "60")
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	})
	var c clock
	s := send(t, pool, event.SenderConfig{Now: c.now}, "crm="+r.URL, signing(1))
	first := user(t, pool)
	r.next(1)
	for one(t, pool, "SELECT count(*) FROM deliveries WHERE tries = 1") == 0 {
	}
	c.advance(58 * time.Second)
	// Before the third is queued, the round that has queued the second has also looked for what it can send.
	all := []int64{first}
	for range 2 {
		all = append(all, user(t, pool))
		for one(t, pool, `SELECT count(*) FROM events AS e, event_receivers AS r WHERE (e.tx, e.id) > (r.tx, r.id)`) > 0 {
		}
	}
	if n := one(t, pool, "SELECT count(*) FROM deliveries WHERE NOT claimed"); n != 3 || len(r.posts) > 0 {
		t.Errorf("%d of 3 deliveries wait, and %d requests were made", n, len(r.posts))
	}
	c.advance(3 * time.Second)
	users := []int64{}
	for _, p := range r.next(3) {
		users = append(users, p.Data.User)
	}
	if slices.Sort(users); !slices.Equal(users, all) {
		t.Error(users)
	}
	s.stop()
}

// TestSendClock: signatures have the time of the machine, also if the clock of the database is days off.
func TestSendClock(t *testing.T) {
	t.Parallel()
	_, pool := log(t)
	var c clock
	c.advance(48 * time.Hour)
	r := newReceiver(t, nil)
	send(t, pool, event.SenderConfig{Now: c.now, Clock: time.Now}, "crm="+r.URL, signing(1))
	user(t, pool)
	if at := r.next(1)[0].At; at.After(time.Now().Add(time.Hour)) {
		t.Errorf("signed for %s", at)
	}
}

// TestSendPurged: an event that is queued so late that it is purged before its retries end is set aside first.
func TestSendPurged(t *testing.T) {
	t.Parallel()
	_, pool := log(t)
	r := newReceiver(t, func(w http.ResponseWriter, _ *http.Request, _ post) { w.WriteHeader(http.StatusBadGateway) })
	var c clock
	user(t, pool)
	exec(t, pool, "INSERT INTO event_receivers VALUES ('crm', 0, 0)")
	pgtest.Listed(t, pool)
	c.advance(event.MinKeepSent - 59*time.Minute)
	send(t, pool, event.SenderConfig{Now: c.now, Keep: event.MinKeepSent}, "crm="+r.URL, signing(1))
	r.next(1)
	for one(t, pool, "SELECT count(*) FROM deliveries WHERE tries = 0") > 0 {
	}
	if n := one(t, pool, "SELECT count(*) FROM set_aside_events"); n != 1 {
		t.Errorf("%d events are set aside", n)
	}
}

// TestSendStops: a stop waits for the request in progress, stores what has come of it, and begins no other.
func TestSendStops(t *testing.T) {
	t.Parallel()
	_, pool := log(t)
	answers := make(chan struct{})
	r := newReceiver(t, func(http.ResponseWriter, *http.Request, post) { <-answers })
	id := user(t, pool)
	exec(t, pool, "UPDATE users SET status = 0 WHERE id = $1", id)
	exec(t, pool, "INSERT INTO event_receivers VALUES ('crm', 0, 0)") // both events are queued together
	pgtest.Listed(t, pool)
	s := send(t, pool, event.SenderConfig{}, "crm="+r.URL, signing(1))
	r.next(1)
	ended := make(chan struct{})
	go func() { defer close(ended); s.stop() }()
	for !s.stopping.Load() {
	}
	close(answers)
	<-ended
	if n := len(r.posts); n != 0 || one(t, pool, "SELECT seq FROM deliveries WHERE NOT claimed AND due_at <= now()") != 1 {
		t.Errorf("%d requests after the stop", n)
	}
}
