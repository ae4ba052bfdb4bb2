package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/enroll-project/enroll/test/pgtest"
)

// TestEventsOnTwoProcesses: two processes send events. One is killed while its requests are under way, the other stops
// as usual, and a third one sends what is left. No event of a registration that was answered is missing.
func TestEventsOnTwoProcesses(t *testing.T) {
	t.Parallel()
	database := pgtest.URL(t)
	type post struct {
		Data struct {
			User int64 `json:"user_id"`
			Seq  int   `json:"seq"`
		}
	}
	posts, hold := make(chan post, 1000), make(chan struct{})
	receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var p post
		if err := json.NewDecoder(r.Body).Decode(&p); err != nil {
			t.Error(err)
		}
		select {
		case <-hold:
			posts <- p
		case <-r.Context().Done():
		}
	}))
	t.Cleanup(receiver.Close)
	environ := append(production(t), "ENROLL_DATABASE_URL="+database, "ENROLL_DB_CHECK=warn", "ENROLL_CAPTCHA=off",
		"ENROLL_EVENTS_URL=crm="+receiver.URL+" user.registered",
		"ENROLL_EVENTS_SECRET=whsec_"+base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{1}, 32)))
	dies, stops := start(t, []string{"serve"}, environ...), start(t, []string{"serve"}, environ...)
	dies.awaitReady(t)
	pool := pgtest.Open(t, database)
	count := func(query string) (n int) {
		t.Helper()
		if err := pool.QueryRow(t.Context(), query).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	for count("SELECT count(*) FROM event_receivers") == 0 {
	}
	const people = 12
	for n := range people {
		body := fmt.Sprintf(`{"user_name":"person%c","password":"MyPassword123"}`, 'a'+n)
		if a := dies.post(t, "/api/register", body); a.Status != 200 {
			t.Fatalf("%+v", a)
		}
	}
	for count("SELECT count(*) FROM deliveries WHERE claimed") < 9 { // more than one process sends at a time
	}
	if err := dies.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-dies.done
	close(hold)
	stops.stop(t)
	// The claims of the dead process end after a minute: they are ended here.
	if _, err := pool.Exec(t.Context(), "UPDATE deliveries SET due_at = now()"); err != nil {
		t.Fatal(err)
	}
	last := start(t, []string{"serve"}, environ...)
	seen := map[int64]bool{}
	for len(seen) < people {
		p := <-posts
		if seen[p.Data.User] = true; p.Data.Seq != 1 {
			t.Errorf("%+v", p)
		}
	}
	last.stop(t)
	if out := stops.output() + last.output(); strings.Contains(out, receiver.URL) {
		t.Errorf("the log has the URL: %s", out)
	}
}
