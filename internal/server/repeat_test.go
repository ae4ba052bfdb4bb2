package server_test

import (
	"net/http"
	"strings"
	"testing"
)

// TestRepeatedRequests: a client that has lost an answer sends the same request with the same token again. The second
// answer says what the contract promises of it, and the repetition changes neither the user nor the sessions.
func TestRepeatedRequests(t *testing.T) {
	t.Parallel()
	const password = `{"password":"MyPassword123"}`
	for _, c := range []struct {
		path, body string
		mailed     string // the state for which a code is mailed, which replaces CODE
		reason     string // of the second answer, empty for a success
	}{
		{path: "/api/user/detail", body: `{"real_name":"Alice","introduce":""}`},
		{path: "/api/user/detail", body: `{"user_name":"renamed","old_password":"MyPassword123"}`},
		{path: "/api/user/password", body: `{"old_password":"MyPassword123","password":"another good one"}`,
			reason: "token_invalid"},
		{path: "/api/user/password", body: `{"code":"CODE","password":"another good one"}`, mailed: "change",
			reason: "token_invalid"},
		{path: "/api/password/reset", body: `{"email":"alice@example.com","code":"CODE","password":"another good one"}`,
			mailed: "reset", reason: "code_expired"},
		{path: "/api/verify/email/confirm", body: `{"code":"CODE"}`, mailed: "verify", reason: "code_expired"},
		{path: "/api/logout", body: `{}`, reason: "token_invalid"},
		{path: "/api/logout", body: `{"all":true}`, reason: "token_invalid"},
		{path: "/api/user/delete", body: password, reason: "token_invalid"},
		{path: "/api/user/delete", body: `{"code":"CODE"}`, mailed: "change", reason: "token_invalid"},
	} {
		t.Run(c.path+c.body, func(t *testing.T) {
			t.Parallel()
			d := deploy(t, options{})
			u := d.verified()
			d.login(alice)
			code := ""
			if c.mailed != "" {
				d.post("/api/verify/email", body{"email": "alice@example.com", "state": c.mailed}, "Token", u.Token).is(t, 200, "")
				d.settle()
				code, _ = d.mails.last(t)
			}
			ask := func() answer {
				return d.post(c.path, strings.Replace(c.body, "CODE", code, 1), "Token", u.Token)
			}
			ask().is(t, http.StatusOK, "")
			d.settle()
			before := d.held()
			again := ask()
			d.settle()
			if c.reason == "" {
				again.is(t, http.StatusOK, "")
			} else if again.Reason != c.reason {
				t.Errorf("again: %d %s, want %s", again.status, again.body, c.reason)
			}
			if after := d.held(); after != before {
				t.Errorf("after the repetition:\n%s\nbefore:\n%s", after, before)
			}
		})
	}
}

// TestRepeatedUpload: the same picture again has the same address.
func TestRepeatedUpload(t *testing.T) {
	t.Parallel()
	d := deploy(t, options{})
	u := d.registered(alice)
	first := d.set(u.Token, picture(t, 30, 20))
	before := d.held()
	if again := d.set(u.Token, picture(t, 30, 20)); again != first || d.held() != before || d.count("avatars") != 1 {
		t.Errorf("first %+v, then %+v", first, again)
	}
}

// held returns the users and their sessions as text.
func (d *deployment) held() (text string) {
	d.Helper()
	fatal(d, d.pool.QueryRow(d.Context(), `SELECT string_agg(line, chr(10) ORDER BY line) FROM (
		SELECT u::text FROM users u UNION ALL SELECT s::text FROM sessions s) AS lines(line)`).Scan(&text))
	return text
}
