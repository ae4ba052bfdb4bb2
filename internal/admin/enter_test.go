package admin_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/enroll-project/enroll/internal/servicekey"
)

// TestEnterRefused: a wrong value of a user is refused with its reason and its field.
func TestEnterRefused(t *testing.T) {
	t.Parallel()
	o := open(t)
	key := o.key("all", 0, servicekey.Scopes()...)
	user := fmt.Sprintf("/admin/users/%d", o.ids[1])
	for _, c := range []struct {
		method, path, body string
		status             int
		reason, field      string
	}{
		{"POST", "/admin/users", `{}`, 422, "identifier_needed", "user_name"},
		{"POST", "/admin/users", `{"user_name": null, "phone": null}`, 422, "identifier_needed", "user_name"},
		{"POST", "/admin/users", `{"user_name": "bob", "password": "short"}`, 422, "password_too_short", "password"},
		{"POST", "/admin/users", `{"user_name": "bob", "pass": "x"}`, 400, "invalid_request", "pass"},
		// A value in the place of a name is not repeated, and neither is a long name.
		{"POST", "/admin/users", `{"user_name": "bob", "13800138000": "x"}`, 400, "invalid_request", ""},
		{"POST", "/admin/users", `{"user_name": "bob", "` + strings.Repeat("x", 65) + `": 1}`, 400, "invalid_request", ""},
		{"POST", "/admin/users", `{"user_name": "a\u0000"}`, 400, "invalid_request", "user_name"},
		{"POST", "/admin/users", `{"user_name": "Alice", "password": "horse battery"}`, 409, "user_name_taken", "user_name"},
		{"POST", "/admin/users", `{"phone": "13800138000", "group_id": 9}`, 422, "group_unknown", "group_id"},
		{"POST", "/admin/users", `[]`, 400, "malformed_json", ""},
		{"PATCH", user, `{"email": "nobody"}`, 422, "email_invalid", "email"},
		{"PATCH", user, `{"user_name": ""}`, 422, "identifier_needed", ""},
		{"PATCH", user, `{"birthday": 4102444800}`, 422, "birthday_invalid", "birthday"},
		{"PATCH", user, `{"birthday": -2208988801}`, 400, "invalid_request", "birthday"},
		{"PATCH", user, `{"extra": {"city": 7}}`, 422, "extra_invalid", "extra.city"},
		{"PATCH", user, `{"extra": "{}"}`, 400, "invalid_request", "extra"},
		{"PATCH", user, `{"password": ""}`, 400, "invalid_request", "password"},
		{"PATCH", user, `{"password": "alice"}`, 422, "password_too_short", "password"},
		{"PATCH", "/admin/users/9999", `{"password": "correct horse"}`, 404, "user_unknown", ""},
		{"PATCH", user, `{"status": 0}`, 400, "invalid_request", "status"},
		{"PATCH", "/admin/users/9999", `{"real_name": "x"}`, 404, "user_unknown", ""},
	} {
		a := o.send(key, c.method, c.path, inJSON, c.body)
		field := ""
		if len(a.Errors) > 0 {
			field = a.Errors[0].Field
		}
		if a.status != c.status || a.Reason != c.reason || field != c.field || a.Msg == "" {
			t.Errorf("%s %s: %+v", c.method, c.body, a)
		}
	}
	// For a key without a site, the site is the one that the request names.
	for site, want := range map[string]string{"2": `"site_id":2`, "3": "site_unknown"} {
		req := httptest.NewRequest(http.MethodPost, "/admin/users", strings.NewReader(`{"phone": "13800138000"}`))
		req.Header.Set("Authorization", "Bearer "+key)
		req.Header.Set("Content-Type", inJSON)
		req.Header.Set("Site-Id", site)
		w := httptest.NewRecorder()
		o.handler.ServeHTTP(w, req)
		if o.promised(http.MethodPost, "/admin/users", w); !strings.Contains(w.Body.String(), want) {
			t.Errorf("site %s: %s", site, w.Body)
		}
	}
}

// TestCreateUserAgain: an idempotency key with the quotes of the IETF draft equals the key without quotes, and a
// repetition is answered with the same user.
func TestCreateUserAgain(t *testing.T) {
	t.Parallel()
	o := open(t)
	key := o.key("all", 1, servicekey.UsersWrite)
	var bodies []string
	for _, sent := range []string{"0123456789abcdef012345", `"0123456789abcdef012345"`} {
		req := httptest.NewRequest(http.MethodPost, "/admin/users", strings.NewReader(`{"phone": "13800138000"}`))
		req.Header.Set("Authorization", "Bearer "+key)
		req.Header.Set("Content-Type", inJSON)
		req.Header.Set("Idempotency-Key", sent)
		w := httptest.NewRecorder()
		o.handler.ServeHTTP(w, req)
		o.promised(http.MethodPost, "/admin/users", w)
		_, data, _ := strings.Cut(w.Body.String(), `"data"`)
		user, _, _ := strings.Cut(data, "}")
		bodies = append(bodies, fmt.Sprint(w.Code, user))
	}
	if bodies[0] != bodies[1] || !strings.HasPrefix(bodies[0], "200") {
		t.Errorf("%q", bodies)
	}
}

// TestUpdateUserProfile: the answer has the birthday and the extra data that were set, and null or 0 for none. The
// answer and the log do not have the password.
func TestUpdateUserProfile(t *testing.T) {
	t.Parallel()
	o := open(t)
	key := o.key("all", 1, servicekey.UsersWrite, servicekey.UsersRead)
	user := fmt.Sprintf("/admin/users/%d", o.ids[1])
	for _, c := range []struct {
		body     string
		birthday int64
		extra    string
	}{
		{`{"real_name": "A"}`, 0, "null"},
		{`{"birthday": 631152000, "extra": {"city": "杭州", "n": 12345678901234567890.5}}`, 631152000,
			`{"n":12345678901234567890.5,"city":"杭州"}`},
		{`{"birthday": null, "extra": null, "password": "correct horse"}`, 631152000,
			`{"n":12345678901234567890.5,"city":"杭州"}`},
		{`{"birthday": 0, "extra": {}}`, 0, "null"},
	} {
		a := o.send(key, "PATCH", user, inJSON, c.body)
		if a.status != 200 || a.Data.Birthday != c.birthday || string(a.Data.Extra) != c.extra {
			t.Errorf("%s: %+v, %s", c.body, a, a.Data.Extra)
		}
		if b := o.send(key, "GET", user, "", ""); string(b.Data.Extra) != c.extra {
			t.Errorf("%s: then %s", c.body, b.Data.Extra)
		}
	}
	if strings.Contains(o.log.String(), "horse") {
		t.Error("the log has the password")
	}
}

// TestSendUserCode: the answer has the channel and the times of a code, and neither the code nor the address. A
// refusal for a time says when to repeat.
func TestSendUserCode(t *testing.T) {
	t.Parallel()
	o := open(t)
	key := o.key("all", 1, servicekey.UsersWrite)
	path := fmt.Sprintf("/admin/users/%d/code", o.ids[1])
	if a := o.send(key, "POST", path, inJSON, `{}`); a.status != 422 || a.Reason != "not_recoverable" {
		t.Errorf("without an address: %+v", a)
	}
	a := o.send(key, "POST", path, inJSON, `{"channel": "email"}`)
	if a.status != 422 || a.Reason != "email_not_offered" {
		t.Errorf("without a mail server: %+v", a)
	}
	if a := o.send(key, "POST", path, inJSON, `{"channel": "post"}`); a.status != 400 || a.Errors[0].Field != "channel" {
		t.Errorf("by another channel: %+v", a)
	}
	o.send(key, "PATCH", fmt.Sprintf("/admin/users/%d", o.ids[1]), inJSON, `{"phone": "13800138001"}`)
	a = o.send(key, "POST", path, inJSON, `{}`)
	if a.status != 200 || a.Data.Channel != "phone" || a.Data.Expires != 600 || a.Data.Retry != 60 ||
		len(o.sms.sent) != 1 {
		t.Fatalf("%+v, %d messages", a, len(o.sms.sent))
	}
	req := httptest.NewRequest(http.MethodPost, path, strings.NewReader(`{"channel": "phone"}`))
	req.Header.Set("Authorization", "Bearer "+key)
	req.Header.Set("Content-Type", inJSON)
	w := httptest.NewRecorder()
	o.handler.ServeHTTP(w, req)
	o.promised(http.MethodPost, path, w)
	if wait, err := strconv.Atoi(w.Header().Get("Retry-After")); w.Code != 429 || err != nil || wait < 1 || wait > 60 {
		t.Errorf("a moment later: %d, %q: %s", w.Code, w.Header(), w.Body)
	}
	all := w.Body.String() + o.log.String()
	if strings.Contains(all, o.sms.sent[0].Code) || strings.Contains(all, "138001") {
		t.Errorf("the answer or the log has the code or the phone: %s", all)
	}
}
