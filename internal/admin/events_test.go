package admin_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/enroll-project/enroll/internal/servicekey"
	"github.com/enroll-project/enroll/test/pgtest"
)

// happening is an event as the contract has it.
type happening struct {
	Type   string
	Site   int64 `json:"site_id"`
	User   int64 `json:"user_id"`
	Seq    int
	Time   int64
	Fields []string

	// Of an event that is set aside.
	Receiver  string
	WebhookID string `json:"webhook_id"`
	Since     int64  `json:"set_aside_time"`
	Tries     int
	Failure   string
}

// TestEvents: a program follows the events by the cursor, and finds those of a site, a user, a type or a time. A key
// of one site gets no events of other sites, and no answer has a value of a user.
func TestEvents(t *testing.T) {
	t.Parallel()
	o := open(t)
	key, second := o.key("reader", 0, servicekey.EventsRead), o.key("second", 2, servicekey.EventsRead)
	get := func(key, query string) answer {
		t.Helper()
		pgtest.Listed(t, o.pool)
		return o.send(key, "GET", "/admin/events?"+query, "", "")
	}
	writer := o.key("writer", 0, servicekey.UsersWrite)
	o.send(writer, "PATCH", fmt.Sprintf("/admin/users/%d", o.ids[1]), inJSON,
		`{"real_name": "Secret Name", "email": "secret@example.com"}`)
	o.send(writer, "POST", fmt.Sprintf("/admin/users/%d/disable", o.ids[2]), "", "")
	all := get(key, "").Data
	if len(all.Events) != 4 || all.More || all.Next == "" {
		t.Fatalf("%+v", all)
	}
	changed := all.Events[2]
	if changed.Type != "user.updated" || changed.User != o.ids[1] || changed.Seq != 2 || changed.Site != 1 ||
		!slices.Equal(changed.Fields, []string{"email", "real_name"}) || time.Since(time.Unix(changed.Time, 0)) > time.Hour {
		t.Errorf("%+v", changed)
	}
	var followed []happening
	for cursor, more := "", true; more; {
		page := get(key, "limit=1&cursor="+cursor).Data
		followed, cursor, more = append(followed, page.Events...), page.Next, page.More
	}
	if len(followed) != 4 || fmt.Sprint(followed) != fmt.Sprint(all.Events) {
		t.Errorf("followed: %+v", followed)
	}
	if late := get(key, "cursor="+all.Next).Data; len(late.Events) != 0 || late.Next != all.Next {
		t.Errorf("after the last: %+v", late)
	}
	now := time.Now().Unix()
	for query, want := range map[string]int{
		"site=1": 2, "site=2": 2, "site=3": 0, fmt.Sprint("user_id=", o.ids[1]): 2,
		fmt.Sprintf("site=2&user_id=%d", o.ids[1]): 0, "type=user.registered": 2, "type=user.disabled&site=2": 1,
		"type=user.deleted": 0, "type=&from=0&until=0&limit=0&site=0&user_id=0&cursor=": 4,
		fmt.Sprint("from=", now-3600): 4, fmt.Sprint("from=", now+3600): 0, fmt.Sprint("until=", now-3600): 0,
		fmt.Sprint("until=", now+3600): 4,
	} {
		if a := get(key, query); a.status != 200 || len(a.Data.Events) != want {
			t.Errorf("%s: %d events, want %d", query, len(a.Data.Events), want)
		}
	}
	for query, want := range map[string]int{"": 2, "site=2": 2, fmt.Sprint("user_id=", o.ids[1]): 0} {
		if a := get(second, query); a.status != 200 || len(a.Data.Events) != want {
			t.Errorf("a key of site 2 and %q: %+v", query, a.Data)
		}
	}
	if a := get(second, "site=1"); a.status != 403 || a.Reason != "site_not_allowed" {
		t.Errorf("a key of site 2 reads site 1: %+v", a)
	}
	for query, want := range map[string][2]string{
		"cursor=x": {"cursor_invalid", "cursor"}, "type=user": {"invalid_request", "type"},
		"limit=201": {"invalid_request", "limit"}, "from=-1": {"invalid_request", "from"},
	} {
		if a := get(key, query); a.Reason != want[0] || len(a.Errors) != 1 || a.Errors[0].Field != want[1] {
			t.Errorf("%s: %+v", query, a)
		}
	}
	if strings.Contains(fmt.Sprint(all), "ecret") {
		t.Errorf("an event has a value: %+v", all)
	}
}

// setAside sets all events aside, of the receivers crm and mail.
func (o *office) setAside() {
	o.Helper()
	_, err := o.pool.Exec(o.Context(), `INSERT INTO set_aside_events
			(receiver, user_id, seq, site_id, type, event_at, at, failure, tries)
		SELECT r, user_id, seq, site_id, type, at, now(), 'timeout', 18 FROM events, unnest('{crm,mail}'::text[]) AS r`)
	o.fatal(err)
}

// TestSetAsideEvents: a program lists what receivers have not accepted. A key of one site gets nothing of other sites.
func TestSetAsideEvents(t *testing.T) {
	t.Parallel()
	o := open(t)
	key, second := o.key("reader", 0, servicekey.EventsRead), o.key("second", 2, servicekey.EventsRead)
	o.setAside()
	get := func(key, query string) answer {
		t.Helper()
		return o.send(key, "GET", "/admin/events/set-aside?"+query, "", "")
	}
	all := get(key, "").Data
	if len(all.Events) != 4 || all.Next != "" {
		t.Fatalf("%+v", all)
	}
	e := all.Events[0]
	if e.Receiver != "crm" || !strings.HasPrefix(e.WebhookID, fmt.Sprintf("evt_1_%d_1_", o.ids[1])) || e.Tries != 18 ||
		e.Failure != "timeout" || e.Type != "user.registered" || e.User != o.ids[1] || e.Seq != 1 || e.Site != 1 ||
		time.Since(time.Unix(e.Since, 0)) > time.Hour || time.Since(time.Unix(e.Time, 0)) > time.Hour || e.Fields == nil {
		t.Errorf("%+v", e)
	}
	var pages []happening
	for cursor := get(key, "limit=1").Data; ; cursor = get(key, "limit=1&cursor="+cursor.Next).Data {
		if pages = append(pages, cursor.Events...); cursor.Next == "" {
			break
		}
	}
	if fmt.Sprint(pages) != fmt.Sprint(all.Events) {
		t.Errorf("page after page: %+v", pages)
	}
	for query, want := range map[string]int{
		"site=1": 2, "site=3": 0, "receiver=mail": 2, "receiver=other": 0, fmt.Sprint("user_id=", o.ids[2]): 2,
		fmt.Sprintf("receiver=crm&user_id=%d", o.ids[2]): 1, "receiver=&site=0&user_id=0&limit=0&cursor=": 4,
	} {
		if a := get(key, query); a.status != 200 || len(a.Data.Events) != want {
			t.Errorf("%s: %d events, want %d", query, len(a.Data.Events), want)
		}
	}
	for query, want := range map[string]int{"": 2, "site=2": 2, fmt.Sprint("user_id=", o.ids[1]): 0} {
		if a := get(second, query); a.status != 200 || len(a.Data.Events) != want {
			t.Errorf("a key of site 2 and %q: %+v", query, a.Data)
		}
	}
	if a := get(second, "site=1"); a.status != 403 || a.Reason != "site_not_allowed" {
		t.Errorf("a key of site 2 reads site 1: %+v", a)
	}
	for query, want := range map[string][2]string{
		"cursor=x": {"cursor_invalid", "cursor"}, "receiver=A": {"invalid_request", "receiver"},
		"limit=201": {"invalid_request", "limit"}, "from=1": {"invalid_request", "from"},
	} {
		if a := get(key, query); a.Reason != want[0] || len(a.Errors) != 1 || a.Errors[0].Field != want[1] {
			t.Errorf("%s: %+v", query, a)
		}
	}
}

// TestReplayEvents: a program has events sent again: all of a receiver, those of a user, or one. A key of one site
// replays the events of its site, and the entry in the audit log has the site and the key.
func TestReplayEvents(t *testing.T) {
	t.Parallel()
	o := open(t)
	key, second := o.key("writer", 0, servicekey.EventsWrite), o.key("second", 2, servicekey.EventsWrite)
	reader := o.key("reader", 0, servicekey.EventsRead, servicekey.AuditRead)
	o.setAside()
	list := func(receiver string) []happening {
		t.Helper()
		return o.send(reader, "GET", "/admin/events/set-aside?receiver="+receiver, "", "").Data.Events
	}
	mails := list("mail")
	for _, c := range []struct {
		key, body string
		replayed  int64
	}{
		{second, fmt.Sprintf(`{"receiver": "crm", "user_id": %d}`, o.ids[1]), 0}, {second, `{"receiver": "crm"}`, 1},
		{key, fmt.Sprintf(`{"receiver": "crm", "user_id": %d}`, o.ids[2]), 0},
		{key, fmt.Sprintf(`{"receiver": "crm", "user_id": %d}`, o.ids[1]), 1},
		{key, fmt.Sprintf(`{"receiver": "mail", "webhook_id": %q}`, mails[1].WebhookID), 1},
		{key, `{"receiver": "mail"}`, 1}, {key, `{"receiver": "mail"}`, 0},
	} {
		a := o.send(c.key, "POST", "/admin/events/replay", inJSON, c.body)
		if a.status != 200 || a.Data.Replayed != c.replayed || a.Data.Purged != 0 || a.Data.Next != "" {
			t.Errorf("%s: %+v", c.body, a)
		}
	}
	if a := o.send(second, "POST", "/admin/events/replay", inJSON,
		fmt.Sprintf(`{"receiver": "mail", "webhook_id": %q}`, mails[0].WebhookID)); a.Reason != "event_unknown" {
		t.Errorf("an event of another site: %+v", a)
	}
	if left := list(""); len(left) != 0 {
		t.Errorf("still set aside: %+v", left)
	}
	var log []string
	for _, e := range o.send(reader, "GET", "/admin/audit?limit=4", "", "").Data.Entries {
		log = append(log, e.Act+" "+e.Name)
	}
	if fmt.Sprint(log) != "[events.replayed writer events.replayed writer events.replayed writer events.replayed second]" {
		t.Error(log)
	}
}

// TestReplayEventsSince: a program has all events of a time or later sent again, or those after an event. A key of one
// site replays those of its site, and finds no event of another one. Two selections at once are refused.
func TestReplayEventsSince(t *testing.T) {
	t.Parallel()
	o := open(t)
	key, second := o.key("writer", 0, servicekey.EventsWrite), o.key("second", 2, servicekey.EventsWrite)
	o.setAside()
	// The receiver was sent all, and has lost it.
	if _, err := o.pool.Exec(t.Context(), `DELETE FROM set_aside_events; DELETE FROM deliveries;
		UPDATE event_receivers SET (tx, id) = (SELECT tx, id FROM events ORDER BY tx DESC, id DESC LIMIT 1);
		INSERT INTO event_receivers SELECT 'crm', tx, id FROM events ORDER BY tx DESC, id DESC LIMIT 1
			ON CONFLICT DO NOTHING`); err != nil {
		t.Fatal(err)
	}
	var all, ofSecond int64
	var oldest, ofFirst string
	if err := o.pool.QueryRow(t.Context(), `SELECT count(*), count(*) FILTER (WHERE site_id = 2),
		(array_agg(concat_ws('_', 'evt', site_id, user_id, seq, tx) ORDER BY at, tx, id))[1],
		(array_agg(concat_ws('_', 'evt', site_id, user_id, seq, tx)) FILTER (WHERE site_id = 1))[1]
		FROM events`).Scan(&all, &ofSecond, &oldest, &ofFirst); err != nil || ofSecond == 0 || ofSecond == all {
		t.Fatal(all, ofSecond, err)
	}
	for _, c := range []struct {
		key, body string
		replayed  int64
		reason    string
	}{
		{key, `{"receiver": "crm", "since": 1}`, all, ""}, {second, `{"receiver": "crm", "since": 1}`, ofSecond, ""},
		{key, `{"receiver": "crm", "since": 253402300799}`, 0, ""},
		{key, fmt.Sprintf(`{"receiver": "crm", "after": %q}`, oldest), all - 1, ""},
		{second, fmt.Sprintf(`{"receiver": "crm", "after": %q}`, ofFirst), 0, "event_unknown"},
		{key, `{"receiver": "crm", "after": "evt_1_1_1_1"}`, 0, "event_unknown"},
		{key, fmt.Sprintf(`{"receiver": "crm", "since": 1, "after": %q}`, oldest), 0, "invalid_request"},
		{key, fmt.Sprintf(`{"receiver": "crm", "since": 1, "webhook_id": %q}`, oldest), 0, "invalid_request"},
		{key, `{"receiver": "crm", "since": 0}`, 0, "invalid_request"},
		{key, `{"receiver": "crm", "since": 1, "cursor": "MQ"}`, 0, "cursor_invalid"},
	} {
		a := o.send(c.key, "POST", "/admin/events/replay", inJSON, c.body)
		if a.Reason != c.reason || a.Data.Replayed != c.replayed || a.Data.Purged != 0 || a.Data.Next != "" {
			t.Errorf("%s: %+v", c.body, a)
		}
	}
}
