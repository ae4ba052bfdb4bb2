package server_test

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/enroll-project/enroll/internal/account"
	"github.com/enroll-project/enroll/internal/terms"
	"github.com/enroll-project/enroll/test/pgtest"
)

// loginSession is a session as a client sees it.
type loginSession struct {
	ID           string `json:"id"`
	CreatedTime  int64  `json:"created_time"`
	LastUsedTime int64  `json:"last_used_time"`
	Network      string `json:"network"`
	Client       string `json:"client"`
	Current      bool   `json:"current"`
}

// sessions lists the sessions of a token's user.
func (d *deployment) sessions(token string) []loginSession {
	d.Helper()
	a := d.get("/api/user/sessions", "Token", token)
	a.is(d, http.StatusOK, "")
	var data struct{ Sessions []loginSession }
	fatal(d, json.Unmarshal(a.Data, &data))
	return data.Sessions
}

// login logs in and returns the token.
func (d *deployment) login(b body, headers ...string) string {
	d.Helper()
	var in signedIn
	d.post("/api/login", b, headers...).into(d, &in)
	return in.Token
}

// good fails the test unless each token is good.
func (d *deployment) good(tokens ...string) {
	d.Helper()
	for _, token := range tokens {
		d.get("/api/user/detail", "Token", token).is(d, http.StatusOK, "")
	}
}

// over fails the test unless each token is refused.
func (d *deployment) over(tokens ...string) {
	d.Helper()
	for _, token := range tokens {
		d.get("/api/user/detail", "Token", token).is(d, http.StatusUnauthorized, "token_invalid")
	}
}

// TestSessions: a person sees where they are logged in, ends a stranger's session, all others, and
// their own; another user's sessions are not touched.
func TestSessions(t *testing.T) {
	t.Parallel()
	d := deploy(t, options{})
	bob := d.registered(alice.with("user_name", "bobby")).Token
	first := d.registered(alice).Token
	d.now.advance(time.Minute)
	second := d.login(alice, "User-Agent", "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6) Version/18.6 Safari/604.1")
	d.now.advance(time.Minute)
	third := d.login(alice)
	list := d.sessions(first)
	if len(list) != 3 || !list[2].Current || list[0].Current || list[1].Client != "Safari, iPhone" ||
		list[1].CreatedTime != list[2].CreatedTime+60 || list[1].LastUsedTime != list[1].CreatedTime {
		t.Errorf("sessions: %+v", list)
	}
	// For another user's session the answer is the same, and that session goes on.
	d.do(http.MethodDelete, "/api/user/sessions/"+d.sessions(bob)[0].ID, "", "Token", first).is(d, http.StatusOK, "")
	d.good(bob)
	for range 2 {
		d.do(http.MethodDelete, "/api/user/sessions/"+list[0].ID, "", "Token", first).is(d, http.StatusOK, "")
	}
	d.over(third)
	d.good(first, second)
	d.do(http.MethodDelete, "/api/user/sessions", "", "Token", first).is(d, http.StatusOK, "")
	d.over(second)
	d.good(first, bob)
	d.post("/api/logout", body{}, "Token", first).is(d, http.StatusOK, "")
	d.over(first)
	first, second = d.login(alice), d.login(alice)
	d.post("/api/logout", body{"all": true}, "Token", first).is(d, http.StatusOK, "")
	d.over(first, second)
	d.good(bob)
}

// TestChangePassword: the old password is needed, the new one must meet the rules of a
// registration, and afterwards only the new password and the new token are valid.
func TestChangePassword(t *testing.T) {
	t.Parallel()
	d := deploy(t, options{limits: account.Limits{LoginPerNetwork: 4}})
	first := d.registered(alice.with("email", "alice@example.com")).Token
	second := d.login(alice)
	change := func(old, new string) answer {
		return d.post("/api/user/password", body{"old_password": old, "password": new}, "Token", second)
	}
	change("somethingelse", better).is(d, 422, "credentials_wrong", "old_password credentials_wrong")
	for password, reason := range map[string]string{
		"short": "password_too_short", "password1": "password_common", overlong: "password_too_long",
		"alice@example.com": "password_context",
	} {
		change("MyPassword123", password).is(d, 422, reason, "password "+reason)
	}
	d.good(first, second)
	a := change("MyPassword123", better)
	var in signedIn
	a.into(d, &in)
	if a.header.Get("Update-Token") != in.Token {
		t.Error("the new token is not sent as Update-Token")
	}
	d.over(first, second)
	d.good(in.Token)
	if list := d.sessions(in.Token); len(list) != 1 || !list[0].Current {
		t.Errorf("sessions: %+v", list)
	}
	d.post("/api/login", alice).is(d, 422, "credentials_wrong")
	second = d.login(alice.with("password", better))
	for range 4 {
		change("somethingelse", better).is(d, 422, "credentials_wrong", "old_password credentials_wrong")
	}
	change(better, better).is(d, 429, "login_too_many")
}

// TestPasswordlessChangesNone: a user without a password has none to change.
func TestPasswordlessChangesNone(t *testing.T) {
	t.Parallel()
	d := deploy(t, options{})
	token := d.registered(body{"phone": "13800138000", "code": d.code("13800138000", "register")}).Token
	d.post("/api/user/password", body{"old_password": "x", "password": "correct horse battery"}, "Token", token).
		is(d, 422, "credentials_wrong", "old_password credentials_wrong")
}

// sessionOperations are the operations on sessions and the password, each with a good request.
var sessionOperations = []struct{ method, path, body string }{
	{http.MethodPost, "/api/logout", `{}`},
	{http.MethodGet, "/api/user/sessions", ""},
	{http.MethodDelete, "/api/user/sessions", ""},
	{http.MethodDelete, "/api/user/sessions/an-id", ""},
	{http.MethodPost, "/api/user/password", `{"old_password":"MyPassword123","password":"correct horse battery"}`},
	{http.MethodPost, "/api/user/delete", `{"password":"MyPassword123"}`},
	{http.MethodGet, "/api/user/export", ""},
	{http.MethodPost, "/api/user/terms", `{"accepted_terms":"2026-11"}`},
}

// TestSessionRefusals: each operation needs a token whose session is live and whose user is active, and
// a request that fits the contract.
func TestSessionRefusals(t *testing.T) {
	t.Parallel()
	d := deploy(t, options{})
	u := d.registered(alice)
	disabled := d.registered(alice.with("user_name", "bobby"))
	d.exec("UPDATE users SET status = 0 WHERE user_name = 'bobby'")
	for _, o := range sessionOperations {
		d.do(o.method, o.path, o.body).is(d, 401, "token_missing")
		d.do(o.method, o.path, o.body, "Token", "x").is(d, 401, "token_invalid")
		d.do(o.method, o.path, o.body, "Token", disabled.Token).is(d, 403, "account_disabled")
		d.do(o.method, o.path, o.body, "Token", u.Token, "Site-Id", "9").is(d, 422, "site_unknown")
		d.do(o.method, o.path, o.body, "Token", u.Token, "Site-Id", "x").is(d, 400, "invalid_request", "Site-Id wrong_type")
		if o.body != "" {
			d.do(o.method, o.path, `{`, "Token", u.Token).is(d, 400, "malformed_json")
			d.do(o.method, o.path, o.body, "Token", u.Token, "Content-Type", "text/plain").
				is(d, 415, "unsupported_media_type")
			d.do(o.method, o.path, `{"x":"`+string(make([]byte, 16<<10))+`"}`, "Token", u.Token).is(d, 413, "body_too_large")
		}
	}
	d.do(http.MethodDelete, "/api/user/sessions/a*b", "", "Token", u.Token).is(d, 400, "invalid_request", "id bad_format")
	for sent, fieldError := range map[string]string{
		`{"all":"yes"}`: "all wrong_type", `{"all":1}`: "all wrong_type", `{"x":1}`: "x unknown_field",
		`{"all":true,"all":true}`: "all duplicate_field",
	} {
		d.post("/api/logout", sent, "Token", u.Token).is(d, 400, "invalid_request", fieldError)
	}
	for sent, fieldErrors := range map[string][]string{
		`{}`:                                 {"password required"},
		`{"old_password":"x","password":""}`: {"password required"},
		`{"old_password":"x","password":"\u0000abcdefgh"}`:           {"password forbidden_character"},
		`{"old_password":1,"password":"correct horse battery"}`:      {"old_password wrong_type"},
		`{"old_password":"x","password":"correct horse","name":"1"}`: {"name unknown_field"},
	} {
		d.post("/api/user/password", sent, "Token", u.Token).is(d, 400, "invalid_request", fieldErrors...)
	}
	for _, sent := range []string{
		`{"password":"correct horse battery"}`,
		`{"password":"correct horse battery","old_password":null,"code":""}`,
		`{"password":"correct horse battery","old_password":"MyPassword123","code":"123456"}`,
	} {
		d.post("/api/user/password", sent, "Token", u.Token).is(d, 422, "proof_required", "old_password required")
	}
	for sent, fieldError := range map[string]string{
		`{"password":"\u0000abcdefgh"}`: "password forbidden_character", `{"password":1}`: "password wrong_type",
		`{"code":1}`: "code wrong_type", `{"password":"x","user_id":1000}`: "user_id unknown_field",
	} {
		d.post("/api/user/delete", sent, "Token", u.Token).is(d, 400, "invalid_request", fieldError)
	}
	for _, sent := range []string{`{}`, `{"password":"","code":null}`, `{"password":"MyPassword123","code":"123456"}`} {
		d.post("/api/user/delete", sent, "Token", u.Token).is(d, 422, "proof_required", "password required")
	}
	d.good(u.Token)
	d.now.advance(31 * 24 * time.Hour)
	for _, o := range sessionOperations {
		d.do(o.method, o.path, o.body, "Token", u.Token).is(d, 401, "token_expired")
	}
}

// TestSessionDatabaseTroubles: if a session may have been ended, the answer is outcome_unknown
// (I11). Without a database nothing is changed.
func TestSessionDatabaseTroubles(t *testing.T) {
	t.Parallel()
	pool := pgtest.Fresh(t)
	d := deploy(t, options{pool: pool, terms: terms.Terms{Version: "2026-11"}})
	token := d.registered(alice.with("accepted_terms", "2026-11")).Token
	d.exec("UPDATE users SET terms_version = '2025-01'") // so that there is something to accept
	d.exec(`CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS $$
		BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$`)
	for _, table := range []string{"users", "sessions"} {
		d.exec("CREATE CONSTRAINT TRIGGER die AFTER UPDATE ON " + table + ` DEFERRABLE INITIALLY DEFERRED
			FOR EACH ROW EXECUTE FUNCTION die()`)
	}
	own := d.sessions(token)[0].ID
	for _, o := range sessionOperations {
		if o.path == "/api/user/sessions/an-id" {
			o.path = "/api/user/sessions/" + own
		}
		if o.method != http.MethodGet {
			d.do(o.method, o.path, o.body, "Token", token).is(d, 503, "outcome_unknown")
		}
	}
	d.good(token) // the transactions were undone
	pool.Close()
	for _, o := range sessionOperations {
		d.do(o.method, o.path, o.body, "Token", token).is(d, 503, "unavailable")
	}
}
