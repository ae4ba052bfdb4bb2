package server_test

import (
	"testing"
	"time"
)

// changeCode requests a code with which the holder of a token can prove a change, and reads it.
func (d *deployment) changeCode(token string, to body) string {
	d.Helper()
	if phone := to["phone"]; phone != nil {
		d.post("/api/verify/phone", to.with("purpose", "change"), "Token", token).is(d, 200, "")
		return d.phones.last()
	}
	return d.mailed(token, to.with("state", "change"))
}

const better = "correct horse battery"

// changeBy changes the password by a code.
func (d *deployment) changeBy(token, code string) answer {
	d.Helper()
	return d.post("/api/user/password", body{"code": code, "password": better}, "Token", token)
}

// TestChangePasswordByCode: a code that was sent to the own phone or verified email takes the place of
// the old password, once. All sessions end, and a new one begins.
func TestChangePasswordByCode(t *testing.T) {
	t.Parallel()
	for name, to := range map[string]body{
		"phone": {"phone": "138 0013 8000"}, "email": {"email": "ALICE@example.com"}, "own email": {},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := deploy(t, options{})
			first := d.verified().Token
			second := d.login(alice)
			code := d.changeCode(second, to)
			d.changeBy(second, wrong(code)).is(d, 422, "code_wrong", "code code_wrong")
			d.post("/api/user/password", body{"code": code, "password": "password1"}, "Token", second).
				is(d, 422, "password_common", "password password_common")
			var in signedIn
			d.changeBy(second, code).into(d, &in)
			d.over(first, second)
			d.good(in.Token)
			d.changeBy(in.Token, code).is(d, 422, "code_expired", "code code_expired")
			d.post("/api/login", alice).is(d, 422, "credentials_wrong")
			d.login(alice.with("password", better))
		})
	}
}

// TestChangeCodeIsBound: a code is for its user, address and purpose only. One that was sent to an address
// that is not the user's, or not verified, proves nothing.
func TestChangeCodeIsBound(t *testing.T) {
	t.Parallel()
	d := deploy(t, options{})
	token := d.verified().Token
	bob := d.registered(alice.with("user_name", "bobby").with("email", "bob@example.com")).Token
	const expired = "code_expired"
	for name, c := range map[string]struct {
		token string
		code  func() string
	}{
		"no code":              {token, func() string { return "123456" }},
		"another phone":        {token, func() string { return d.changeCode(token, body{"phone": "13800138001"}) }},
		"another email":        {token, func() string { return d.changeCode(token, body{"email": "a@example.com"}) }},
		"of another user":      {token, func() string { return d.changeCode(bob, body{"phone": "13800138000"}) }},
		"an unverified email":  {bob, func() string { return d.changeCode(bob, body{}) }},
		"a code to verify":     {token, func() string { return d.mailed(token, body{}) }},
		"a code to reset":      {token, func() string { return d.resetCode("alice@example.com") }},
		"a code to log in":     {token, func() string { return d.code("13800138000", "login") }},
		"a code to register":   {token, func() string { return d.code("13800138000", "register") }},
		"no address to prove":  {bob, func() string { return "123456" }},
		"a code for strangers": {bob, func() string { return d.changeCode(token, body{"phone": "13800138000"}) }},
	} {
		d.now.advance(2 * time.Hour) // the windows of the addresses' budgets last an hour
		d.exec("DELETE FROM one_time_codes")
		d.exec("DELETE FROM budgets")
		d.changeBy(c.token, c.code()).is(t, 422, expired, "code "+expired)
		if t.Failed() {
			t.Fatal(name)
		}
	}
	d.exec("DELETE FROM one_time_codes")
	d.exec("DELETE FROM budgets")
	code := d.changeCode(token, body{"phone": "13800138000"})
	for path, b := range map[string]body{
		"/api/login":                {"phone": "13800138000", "code": code},
		"/api/register":             {"phone": "13800138000", "code": code},
		resetPath:                   {"phone": "13800138000", "code": code, "password": better},
		"/api/verify/email/confirm": {"email": "alice@example.com", "code": code},
	} {
		d.post(path, b, "Token", token).is(t, 422, expired, "code "+expired)
	}
}

// TestChangeCodesOfBothAddresses: if a code was sent to each address, either is accepted. A wrong code costs a
// try of both, so that five wrong ones end both.
func TestChangeCodesOfBothAddresses(t *testing.T) {
	t.Parallel()
	d := deploy(t, options{})
	token := d.verified().Token
	sms, mailed := d.changeCode(token, body{"phone": "13800138000"}), d.changeCode(token, body{})
	guess := wrong(sms)
	if guess == mailed {
		guess = "000002"
	}
	for range 4 {
		d.changeBy(token, guess).is(d, 422, "code_wrong", "code code_wrong")
	}
	var in signedIn
	d.changeBy(token, mailed).into(d, &in)
	d.now.advance(time.Minute)
	d.exec("DELETE FROM budgets WHERE scope = 'password_user'")
	mailed = d.changeCode(in.Token, body{})
	for range 4 {
		d.changeBy(in.Token, guess).is(d, 422, "code_wrong", "code code_wrong")
	}
	d.changeBy(in.Token, sms).is(d, 422, "code_wrong", "code code_wrong") // has had five wrong ones
	d.changeBy(in.Token, mailed).is(d, 422, "code_exhausted", "code code_exhausted")
}

// TestFirstPasswordByCode: a user without a password sets the first one by a code.
func TestFirstPasswordByCode(t *testing.T) {
	t.Parallel()
	d := deploy(t, options{})
	token := d.registered(body{"phone": "13800138000", "code": d.code("13800138000", "register")}).Token
	d.now.advance(time.Minute)
	d.changeBy(token, d.changeCode(token, body{"phone": "13800138000"})).is(d, 200, "")
	d.login(body{"phone": "13800138000", "password": better})
}

// TestChangeCodeNeedsToken: only a user may have a code sent for a change. With another purpose a token
// is ignored, also one that is not valid.
func TestChangeCodeNeedsToken(t *testing.T) {
	t.Parallel()
	d := deploy(t, options{})
	u := d.registered(alice)
	d.exec("UPDATE users SET status = 0")
	for path, b := range map[string]body{
		"/api/verify/phone": {"phone": "13800138000", "purpose": "change"},
		"/api/verify/email": {"email": "alice@example.com", "state": "change"},
	} {
		d.post(path, b).is(d, 401, "token_missing")
		d.post(path, b, "Token", "x").is(d, 401, "token_invalid")
		d.post(path, b, "Token", u.Token).is(d, 403, "account_disabled")
	}
	d.post("/api/verify/phone", body{"phone": "13800138000"}, "Token", "x").is(d, 200, "")
	d.now.advance(31 * 24 * time.Hour)
	d.post("/api/verify/phone", body{"phone": "13800138000", "purpose": "change"}, "Token", u.Token).
		is(d, 401, "token_expired")
}
