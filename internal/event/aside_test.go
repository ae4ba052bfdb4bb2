package event_test

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/enroll-project/enroll/internal/event"
)

// aside sets the kept events of users aside, as a sender does.
func aside(t *testing.T, pool *pgxpool.Pool, receiver string, users ...int64) {
	t.Helper()
	exec(t, pool, `INSERT INTO set_aside_events (receiver, user_id, seq, site_id, type, event_at, at, failure, tries)
		SELECT $1, user_id, seq, site_id, type, at, now(), 'status 502', 18 FROM events WHERE user_id = ANY ($2)`,
		receiver, users)
}

// leafed returns all events of a list, page after page, and the number of pages.
func leafed(t *testing.T, l *event.Log, f event.AsideFilter) (all []event.SetAside, pages int) {
	t.Helper()
	for {
		page, err := l.SetAside(t.Context(), f)
		fatal(t, err)
		all, pages = append(all, page.Events...), pages+1
		if f.Cursor = page.Next; f.Cursor == "" {
			return all, pages
		}
	}
}

// TestSetAside: an event that a receiver refuses is listed with what a person needs to find it in the log of the
// receiver, and one line of the log has the same id.
func TestSetAside(t *testing.T) {
	t.Parallel()
	l, pool := log(t)
	r := newReceiver(t, func(w http.ResponseWriter, _ *http.Request, _ post) { w.WriteHeader(http.StatusGone) })
	s := send(t, pool, event.SenderConfig{}, "crm="+r.URL+"/in?key=hidden", signing(1))
	before := time.Now().Add(-time.Minute)
	id := user(t, pool)
	exec(t, pool, "UPDATE users SET introduce = 'a' WHERE id = $1", id)
	posts := r.next(2)
	for one(t, pool, "SELECT count(*) FROM set_aside_events") < 2 {
	}
	s.stop()
	all, _ := leafed(t, l, event.AsideFilter{})
	if len(all) != 2 {
		t.Fatalf("%+v", all)
	}
	for i, e := range all {
		p := posts[i]
		if e.Receiver != "crm" || e.WebhookID != p.ID || e.ID != p.Data.ID || string(e.Type) != p.Type || e.Site != 1 ||
			e.User != id || e.Seq != p.Data.Seq || e.Tries != 1 || e.Failure != "status 410" || e.Since.Before(before) ||
			fmt.Sprint(e.Fields) != fmt.Sprint(p.Data.Fields) || e.At.Before(before) {
			t.Errorf("%+v is not %+v", e, p)
		}
		if n := strings.Count(s.logged.String(), "webhook_id="+p.ID+" "); n != 1 {
			t.Errorf("%d lines for %s: %s", n, p.ID, s.logged)
		}
	}
	if strings.Contains(s.logged.String()+fmt.Sprint(all), "hidden") {
		t.Error("the log or the list has the URL")
	}
}

// TestSetAsideList: filters select events, also those that many others lie between, and pages follow each other. An
// event that was purged is not listed.
func TestSetAsideList(t *testing.T) {
	t.Parallel()
	l, pool := log(t)
	exec(t, pool, `INSERT INTO events (tx, site_id, user_id, seq, type, at, fields)
		SELECT 1, CASE g WHEN 24000 THEN 2 ELSE 1 END, g, 1, 'user.registered', now(), '{}' FROM generate_series(1, 25000) g;
		INSERT INTO events (tx, site_id, user_id, seq, type, at, fields)
		VALUES (1, 2, 24000, 2, 'user.disabled', now(), '{}'), (1, 2, 24000, 3, 'user.enabled', now(), '{}')`)
	var all []int64
	for id := range int64(25000) {
		all = append(all, id+1)
	}
	aside(t, pool, "crm", all...)
	aside(t, pool, "mail", 7, 24000)
	exec(t, pool, "DELETE FROM events WHERE user_id = 24000 AND seq = 2")
	for _, c := range []struct {
		f     event.AsideFilter
		want  string // receivers, users and numbers, or how many events
		pages int    // at least
	}{
		{event.AsideFilter{}, "25004", 126},
		{event.AsideFilter{Receiver: "mail"}, "mail 7 1, mail 24000 1, mail 24000 3", 1},
		{event.AsideFilter{Receiver: "mail", Page: 1}, "mail 7 1, mail 24000 1, mail 24000 3", 3},
		{event.AsideFilter{Receiver: "mail", User: 24000}, "mail 24000 1, mail 24000 3", 1},
		{event.AsideFilter{User: 24000}, "crm 24000 1, crm 24000 3, mail 24000 1, mail 24000 3", 2},
		{event.AsideFilter{Site: 2, Page: 1}, "crm 24000 1, crm 24000 3, mail 24000 1, mail 24000 3", 5},
		{event.AsideFilter{Site: 2, Receiver: "crm"}, "crm 24000 1, crm 24000 3", 2},
		{event.AsideFilter{Receiver: "crm", User: 7, Site: 2}, "", 1}, {event.AsideFilter{Receiver: "other"}, "", 1},
		{event.AsideFilter{Receiver: "crm", User: 30000}, "", 1},
	} {
		got, pages := leafed(t, l, c.f)
		text := fmt.Sprint(len(got))
		if len(got) < 10 {
			var each []string
			for _, e := range got {
				each = append(each, fmt.Sprint(e.Receiver, " ", e.User, " ", e.Seq))
			}
			text = strings.Join(each, ", ")
		}
		if text != c.want || pages < c.pages || c.pages == 1 && pages != 1 {
			t.Errorf("%+v: %s in %d pages, want %s in %d", c.f, text, pages, c.want, c.pages)
		}
	}
}

// TestSetAsideCursors: a text that SetAside has not returned is refused.
func TestSetAsideCursors(t *testing.T) {
	t.Parallel()
	l, _ := log(t)
	for _, plain := range []string{"crm", "crm 1", "crm 1 2 ", "crm 1 2x", "crm +1 2", "Crm 1 2", "cr\x00m 1 2",
		"crm 99999999999999999999 1"} {
		cursor := base64.RawURLEncoding.EncodeToString([]byte(plain))
		if _, err := l.SetAside(t.Context(), event.AsideFilter{Cursor: cursor}); !errors.Is(err, event.ErrCursor) {
			t.Errorf("%q: %v", plain, err)
		}
	}
	if _, err := l.SetAside(t.Context(), event.AsideFilter{Cursor: "!"}); !errors.Is(err, event.ErrCursor) {
		t.Error(err)
	}
	empty, err := l.SetAside(t.Context(), event.AsideFilter{})
	if err != nil || empty.Next != "" || empty.Events == nil {
		t.Errorf("%+v, %v", empty, err)
	}
	// The longest name, id and number.
	longest := strings.Repeat("a", 64) + " 9223372036854775807 2147483647"
	if n := base64.RawURLEncoding.EncodedLen(len(longest)); n > 128 {
		t.Errorf("a cursor of %d bytes is longer than the contract allows", n)
	}
}
