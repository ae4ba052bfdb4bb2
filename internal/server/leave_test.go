package server_test

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/enroll-project/enroll/internal/account"
)

// leave requests the deletion of the token's user.
func (d *deployment) leave(token, password string) answer {
	return d.post("/api/user/delete", body{"password": password}, "Token", token)
}

// TestDeleteUser: a request with the password sets the time of the deletion and ends all sessions. A login
// cancels the deletion and says so.
func TestDeleteUser(t *testing.T) {
	t.Parallel()
	d := deploy(t, options{deleteAfter: 48 * time.Hour, limits: account.Limits{LoginPerNetwork: 3}})
	token := d.registered(alice).Token
	other := d.registered(alice.with("user_name", "bobby")).Token
	d.leave(token, "somethingelse").is(d, 422, "credentials_wrong", "password credentials_wrong")
	d.good(token)
	a := d.leave(token, "MyPassword123")
	a.is(d, http.StatusOK, "")
	var data struct {
		At int64 `json:"delete_time"`
	}
	fatal(d, json.Unmarshal(a.Data, &data))
	if want := d.now.Now().Add(48 * time.Hour).Unix(); data.At != want || a.header.Get("Update-Token") != "" {
		t.Errorf("%s, to be deleted at %d, want %d", a.Msg, data.At, want)
	}
	d.over(token)
	// A client that has lost the answer sends the request again, and learns that the deletion stands.
	d.leave(token, "MyPassword123").is(d, 401, "token_invalid")
	if n := d.count("users WHERE user_name_key = 'alice' AND delete_at IS NOT NULL"); n != 1 {
		t.Error("the repetition has canceled the deletion")
	}
	d.good(other)
	var in struct {
		Canceled *bool  `json:"deletion_canceled"`
		Token    string `json:"token"`
	}
	a = d.post("/api/login", alice, "Accept-Language", "en")
	a.into(d, &in)
	if in.Canceled == nil || !*in.Canceled || a.Msg != "Logged in. The deletion of your account is canceled." {
		t.Errorf("%s: %s", a.Msg, a.Data)
	}
	d.good(in.Token)
	in.Canceled = nil
	a = d.post("/api/login", alice, "Accept-Language", "en")
	if a.into(d, &in); in.Canceled != nil || a.Msg != "Logged in" {
		t.Errorf("%s: %s", a.Msg, a.Data)
	}
	for range 3 {
		d.leave(in.Token, "somethingelse").is(d, 422, "credentials_wrong", "password credentials_wrong")
	}
	for range 5 {
		d.leave(in.Token, "MyPassword123").is(d, 429, "login_too_many")
	}
	d.leave(in.Token, "MyPassword123").is(d, 429, "rate_limited") // ten attempts
}

// TestNoticesHaveTheLanguageOfTheRequest: each notice about a deletion is in the language of the request that
// caused it, also if that was the repetition of a registration.
func TestNoticesHaveTheLanguageOfTheRequest(t *testing.T) {
	t.Parallel()
	d := deploy(t, options{deleteAfter: 48 * time.Hour})
	d.mails.down = true // the notices stay in the table
	again := func() string {
		var in struct{ Token string }
		d.post("/api/register", alice.with("email", "alice@example.com"), "Idempotency-Key", "a-registration-by-name",
			"Accept-Language", "en").into(d, &in)
		return in.Token
	}
	token := again()
	d.exec("UPDATE users SET email_verified_at = now()")
	for _, logIn := range []func(){
		func() { token = again() },
		func() {
			var in struct{ Token string }
			d.post("/api/login", alice, "Accept-Language", "en").into(d, &in)
			token = in.Token
		},
	} {
		d.post("/api/user/delete", body{"password": "MyPassword123"}, "Token", token, "Accept-Language", "en").is(d, 200, "")
		logIn()
	}
	d.settle()
	if all, right := d.count("notices"), d.count("notices WHERE locale = 'en'"); all != 4 || right != 4 {
		t.Errorf("%d notices of %d are in English, want 4", right, all)
	}
}

// TestPasswordlessLeavesByCode: a user without a password deletes the account with a code to
// the phone, which is valid once.
func TestPasswordlessLeavesByCode(t *testing.T) {
	t.Parallel()
	d := deploy(t, options{})
	token := d.registered(body{"phone": "13800138000", "code": d.code("13800138000", "register")}).Token
	d.leave(token, "x").is(d, 422, "credentials_wrong", "password credentials_wrong")
	leave := func(code string) answer { return d.post("/api/user/delete", body{"code": code}, "Token", token) }
	leave("123456").is(d, 422, "code_expired", "code code_expired")
	d.now.advance(time.Minute)
	d.post("/api/verify/phone", body{"phone": "13800138000", "purpose": "change"}, "Token", token).is(d, 200, "")
	sent, wrong := d.phones.last(), "000000"
	if sent == wrong {
		wrong = "000001"
	}
	for range 5 {
		leave(wrong).is(d, 422, "code_wrong", "code code_wrong")
	}
	leave(sent).is(d, 422, "code_exhausted", "code code_exhausted")
	d.good(token)
	d.now.advance(11 * time.Minute)
	d.post("/api/verify/phone", body{"phone": "13800138000", "purpose": "change"}, "Token", token).is(d, 200, "")
	leave(d.phones.last()).is(d, 200, "")
	d.over(token)
	if n := d.count("one_time_codes WHERE purpose = 'change'"); n != 1 { // the first one
		t.Errorf("%d codes are left of two", n)
	}
}
