package server_test

import (
	"cmp"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/enroll-project/enroll/internal/terms"
)

// TestRepeatedRequests: a client that has lost an answer sends the same request with the same token again, a minute
// later. The second answer says what the contract promises of it. The repetition changes neither the user nor the
// sessions, but for the times that moves names, and causes no event, no notice and no entry of the audit log.
func TestRepeatedRequests(t *testing.T) {
	t.Parallel()
	const password = `{"password":"MyPassword123"}`
	for _, c := range []repetition{
		{path: "/api/user/detail", body: `{"real_name":"Alice","introduce":""}`, moves: "updated_at"},
		{path: "/api/user/detail", body: `{"user_name":"renamed","old_password":"MyPassword123"}`},
		{path: "/api/user/terms", body: `{"accepted_terms":"2026-11"}`},
		{method: http.MethodDelete, path: "/api/user/sessions", moves: "tokens_valid_from"},
		{method: http.MethodDelete, path: "/api/user/sessions/OTHER"},
		{method: http.MethodDelete, path: "/api/user/sessions/CURRENT", reason: "token_invalid"},
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
		t.Run(cmp.Or(c.method, http.MethodPost)+c.path+c.body, func(t *testing.T) {
			t.Parallel()
			c.check(t)
		})
	}
}

// repetition is a request that is sent twice.
type repetition struct {
	method, path, body string // method is POST if empty
	mailed             string // the state for which a code is mailed, which replaces CODE
	reason             string // of the second answer, empty for a success
	moves              string // the time of the user that the repetition sets, empty for none
}

// check sends the request twice. The words OTHER and CURRENT in it stand for sessions of the user.
func (c repetition) check(t *testing.T) {
	before := deploy(t, options{})
	u := before.verified()
	before.login(alice)
	// The operator sets terms while the user is logged in.
	d := deploy(t, options{pool: before.pool, now: before.now, tokens: before.tokens,
		terms: terms.Terms{Version: "2026-11"}})
	words := []string{}
	for _, s := range d.sessions(u.Token) {
		words = append(words, map[bool]string{false: "OTHER", true: "CURRENT"}[s.Current], s.ID)
	}
	if c.mailed != "" {
		d.post("/api/verify/email", body{"email": "alice@example.com", "state": c.mailed}, "Token", u.Token).is(t, 200, "")
		d.settle()
		code, _ := d.mails.last(t)
		words = append(words, "CODE", code)
	}
	fill := strings.NewReplacer(words...)
	ask := func() answer {
		a := d.do(cmp.Or(c.method, http.MethodPost), fill.Replace(c.path), fill.Replace(c.body), "Token", u.Token)
		d.settle()
		return a
	}
	ask().is(t, http.StatusOK, "")
	held, times := d.held(), d.times()
	d.now.advance(time.Minute)
	again := ask()
	if c.reason == "" {
		again.is(t, http.StatusOK, "")
	} else if again.Reason != c.reason {
		t.Errorf("again: %d %s, want %s", again.status, again.body, c.reason)
	}
	if after := d.held(); after != held {
		t.Errorf("after the repetition:\n%s\nbefore:\n%s", after, held)
	}
	for name, after := range d.times() {
		if moved := after != times[name]; moved != (name == c.moves) {
			t.Errorf("%s has changed: %t", name, moved)
		}
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

// held returns the users but for times, their sessions, the counts of what changes cause, and the last mail, as text.
func (d *deployment) held() (text string) {
	d.Helper()
	fatal(d, d.pool.QueryRow(d.Context(), `SELECT string_agg(line, chr(10) ORDER BY line) FROM (
		SELECT (to_jsonb(u) - 'updated_at' - 'tokens_valid_from')::text FROM users u
		UNION ALL SELECT s::text FROM sessions s
		UNION ALL SELECT count(*) || ' events' FROM events
		UNION ALL SELECT count(*) || ' notices' FROM notices
		UNION ALL SELECT count(*) || ' audit entries' FROM audit_entries) AS lines(line)`).Scan(&text))
	return text + "\n" + d.mails.shown()
}

// times returns the times of the only user that held leaves out.
func (d *deployment) times() map[string]string {
	d.Helper()
	var updated, valid string
	fatal(d, d.pool.QueryRow(d.Context(), "SELECT updated_at::text, coalesce(tokens_valid_from::text, '') FROM users").
		Scan(&updated, &valid))
	return map[string]string{"updated_at": updated, "tokens_valid_from": valid}
}
