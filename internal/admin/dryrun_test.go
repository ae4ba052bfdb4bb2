package admin_test

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/enroll-project/enroll/internal/servicekey"
)

// state returns what acts change, as one text.
func (o *office) state() (text string) {
	o.Helper()
	o.fatal(o.pool.QueryRow(o.Context(), `SELECT concat_ws(E'\n',
		(SELECT jsonb_agg(u ORDER BY u.id) FROM users u), (SELECT jsonb_agg(g ORDER BY g.id) FROM groups g),
		(SELECT jsonb_agg(i ORDER BY i.id) FROM invitations i), (SELECT jsonb_agg(a ORDER BY a.id) FROM audit_entries a),
		(SELECT jsonb_agg(s ORDER BY s.receiver, s.user_id, s.seq) FROM set_aside_events s),
		(SELECT count(*) FROM one_time_codes), (SELECT count(*) FROM sessions),
		(SELECT count(*) FROM idempotency_keys), (SELECT count(*) FROM deliveries))`).Scan(&text))
	return text
}

// TestDryRun: each operation that changes something takes dry_run, succeeds as the act would, and changes nothing. An
// operation that changes nothing refuses the parameter.
func TestDryRun(t *testing.T) {
	t.Parallel()
	o := open(t)
	_, err := o.pool.Exec(t.Context(), `INSERT INTO groups (site_id, id, title) VALUES (1, 7, 'seven'), (1, 9, 'nine');
		UPDATE users SET status = 0, waiting = true WHERE site_id = 1;
		UPDATE users SET phone = '+8613800138007' WHERE site_id = 2;
		INSERT INTO sessions SELECT id, 'one', now(), now(), now() + interval '1 day', NULL, '', '' FROM users`)
	o.fatal(err)
	o.setAside()
	key := o.key("all", 0, servicekey.Scopes()...)
	before := o.state()
	for _, r := range requests {
		user := o.ids[1]
		if strings.HasSuffix(r.path, "/code") {
			user = o.ids[2] // a user that waits gets no code
		}
		path := strings.ReplaceAll(r.path, "%d", fmt.Sprint(user))
		// Nothing creates the group 8 here.
		path = strings.ReplaceAll(path, "/groups/8", "/groups/9")
		if strings.Contains(path, "?") {
			path += "&dry_run=true"
		} else {
			path += "?dry_run=true"
		}
		a := o.send(key, r.method, path, r.media, r.body)
		switch {
		case r.act == "" && (a.Reason != "invalid_request" || a.Errors[0].Field != "dry_run"):
			t.Errorf("%s %s: %+v", r.method, path, a)
		case r.act != "" && a.status != 200:
			t.Errorf("%s %s: %+v", r.method, path, a)
		}
		if after := o.state(); after != before {
			t.Errorf("%s %s has changed\n%s\nto\n%s", r.method, path, before, after)
			before = after
		}
	}
	if len(o.sms.sent) != 0 {
		t.Errorf("%d messages were sent", len(o.sms.sent))
	}
	// What the act would do is in the answer, and so is what it would meet.
	user := fmt.Sprintf("/admin/users/%d", o.ids[1])
	if a := o.send(key, "POST", user+"/approve?dry_run=true", "", ""); a.Data.Status != 1 {
		t.Errorf("%+v", a)
	}
	if a := o.send(key, "POST", user+"/group?dry_run=true", inJSON, `{"group_id": 5}`); a.Reason != "group_unknown" {
		t.Errorf("%+v", a)
	}
	if a := o.send(key, "POST", "/admin/invitations?dry_run=true", inJSON, "{}"); a.Data.Code != "" {
		t.Errorf("%+v", a)
	}
	for _, value := range []string{"yes", ""} {
		if a := o.send(key, "POST", user+"/disable?dry_run="+value, "", ""); a.Reason != "invalid_request" {
			t.Errorf("%q: %+v", value, a)
		}
	}
}

// TestDryRunOfKey: a dry run does not use the idempotency key up.
func TestDryRunOfKey(t *testing.T) {
	t.Parallel()
	o := open(t)
	key := o.key("all", 0, servicekey.Scopes()...)
	for _, query := range []string{"?dry_run=true", "?dry_run=true", "?dry_run=false", ""} {
		req := httptest.NewRequest("POST", "/admin/users"+query, strings.NewReader(`{"phone": "13800138000"}`))
		req.Header.Set("Authorization", "Bearer "+key)
		req.Header.Set("Content-Type", inJSON)
		req.Header.Set("Idempotency-Key", "0123456789012345678901")
		w := httptest.NewRecorder()
		o.handler.ServeHTTP(w, req)
		if w.Code != 200 {
			t.Errorf("%q: %s", query, w.Body)
		}
	}
	var users, keys int
	o.fatal(o.pool.QueryRow(t.Context(), `SELECT (SELECT count(*) FROM users WHERE phone = '+8613800138000'),
		(SELECT count(*) FROM idempotency_keys)`).Scan(&users, &keys))
	if users != 1 || keys != 1 {
		t.Errorf("%d users, %d keys", users, keys)
	}
}

// TestReset: the answer to a reset of codes says what was deleted.
func TestReset(t *testing.T) {
	t.Parallel()
	o := open(t)
	key := o.key("all", 0, servicekey.Scopes()...)
	_, err := o.pool.Exec(t.Context(), "UPDATE users SET phone = '+8613800138007' WHERE site_id = 1")
	o.fatal(err)
	o.send(key, "POST", fmt.Sprintf("/admin/users/%d/code", o.ids[1]), inJSON, "{}")
	for _, want := range []bool{true, false} {
		a := o.send(key, "POST", "/admin/codes/reset", inJSON, `{"address": "13800138007"}`)
		if a.status != 200 || (a.Data.Codes > 0) != want || (a.Data.Counts > 0) != want {
			t.Errorf("%+v, want some: %t", a, want)
		}
	}
}

// TestSiteOfList: a key of all sites selects the entries and the set-aside events of one site, and a key of one site no
// other.
func TestSiteOfList(t *testing.T) {
	t.Parallel()
	o := open(t)
	o.setAside()
	all, second := o.key("all", 0, servicekey.Scopes()...), o.key("second", 2, servicekey.Scopes()...)
	for site := int64(1); site <= 2; site++ {
		o.send(all, "POST", fmt.Sprintf("/admin/users/%d/logout", o.ids[site]), "", "")
	}
	for _, c := range []struct {
		key, query string
		entries    int
		reason     string
	}{
		{all, "?site=1", 1, ""}, {all, "?site=2", 2, ""}, {second, "", 2, ""}, {second, "?site=2", 2, ""},
		{second, "?site=1", 0, "site_not_allowed"},
	} {
		// The entries of site 2 are those of the new key and of the act.
		if a := o.send(c.key, "GET", "/admin/audit"+c.query, "", ""); a.Reason != c.reason ||
			len(a.Data.Entries) != c.entries {
			t.Errorf("audit%s: %+v", c.query, a)
		}
	}
	for _, c := range []struct {
		key, body string
		replayed  int64
		reason    string
	}{
		{second, `{"receiver": "crm", "site": 1}`, 0, "site_not_allowed"},
		{all, `{"receiver": "crm", "site": 2}`, 1, ""}, {all, `{"receiver": "crm"}`, 1, ""},
	} {
		a := o.send(c.key, "POST", "/admin/events/replay", inJSON, c.body)
		if a.Reason != c.reason || a.Data.Replayed != c.replayed {
			t.Errorf("replay %s: %+v", c.body, a)
		}
	}
}
