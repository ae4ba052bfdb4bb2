package server_test

import (
	"strings"
	"testing"
	"time"

	"github.com/enroll-project/enroll/test/pgtest"
)

const resetPath = "/api/password/reset"

// verified registers alice with a phone and a verified email.
func (d *deployment) verified() signedIn {
	d.Helper()
	u := d.registered(alice.with("phone", "13800138000").with("code", d.code("13800138000", "register")))
	d.verify(u.Token, "alice@example.com", d.mailed(u.Token, body{"email": "alice@example.com"})).is(d, 200, "")
	d.now.advance(time.Minute)
	return u
}

// resetCode asks for a code by mail as a person who is not logged in, and reads it.
func (d *deployment) resetCode(email string) string {
	d.Helper()
	d.post("/api/verify/email", body{"email": email, "state": "reset"}).is(d, 200, "")
	d.settle()
	code, _ := d.mails.last(d)
	return code
}

// TestForgottenPassword: a person resets the password by the email, then by the phone. Each reset
// ends the earlier sessions, and does not log in.
func TestForgottenPassword(t *testing.T) {
	t.Parallel()
	d := deploy(t, options{})
	u := d.verified()
	var done struct {
		UserName string `json:"user_name"`
	}
	reset := body{"email": "ALICE@example.com", "code": d.resetCode("alice@EXAMPLE.com"), "password": "another good one"}
	a := d.post(resetPath, reset)
	a.is(d, 200, "")
	if a.into(d, &done); done.UserName != "alice" || strings.Contains(string(a.body), "token") {
		t.Errorf("the answer: %s", a.body)
	}
	d.settle()
	d.get("/api/user/detail", "Token", u.Token).is(d, 401, "token_invalid")
	d.post("/api/login", alice).is(d, 422, "credentials_wrong")
	d.now.advance(time.Minute)
	d.post("/api/login", body{"email": "alice@example.com", "password": "another good one"}).is(d, 200, "")
	d.post("/api/verify/phone", body{"phone": "13800138000", "purpose": "reset"}).is(d, 200, "")
	d.settle()
	reset = body{"phone": "+8613800138000", "code": d.phones.last(), "password": "a third good one"}
	d.post(resetPath, reset).is(d, 200, "")
	d.settle()
	d.now.advance(time.Minute)
	d.post("/api/login", alice.with("password", "a third good one")).is(d, 200, "")
}

// TestResetAnswersAlike: an answer does not show whether an address has an account. A token in
// the request changes nothing.
func TestResetAnswersAlike(t *testing.T) {
	t.Parallel()
	d := deploy(t, options{})
	u := d.verified()
	text := func(a answer) string { return strings.Replace(string(a.body), a.RequestID, "", 1) }
	for _, headers := range [][]string{nil, {"Token", u.Token}, {"Token", "no token"}} {
		known := d.post("/api/verify/email", body{"email": "alice@example.com", "state": "reset"}, headers...)
		none := d.post("/api/verify/email", body{"email": "nobody@example.com", "state": "reset"}, headers...)
		known.is(d, 200, "")
		none.is(d, 200, "")
		if text(known) != text(none) {
			t.Errorf("known %s, none %s", known.body, none.body)
		}
		d.now.advance(time.Minute)
	}
	d.settle()
	for _, sent := range []body{
		{"email": "alice@example.com", "code": "000000"}, {"email": "nobody@example.com", "code": "000000"},
		{"phone": "13800138000", "code": "000000"}, {"phone": "13800138009", "code": "000000"},
	} {
		if sent["phone"] != nil {
			d.post("/api/verify/phone", body{"phone": sent["phone"], "purpose": "reset"}).is(d, 200, "")
		}
		d.post(resetPath, sent.with("password", "another good one")).is(d, 422, "code_wrong", "code code_wrong")
	}
	d.post("/api/verify/email", body{"email": "alice@example.com"}).is(d, 401, "token_missing")
	d.post("/api/verify/email", body{"state": "reset"}).is(d, 422, "email_invalid", "email email_invalid")
}

func TestResetRefusals(t *testing.T) {
	t.Parallel()
	d := deploy(t, options{})
	d.verified()
	code := d.resetCode("alice@example.com")
	good := body{"email": "alice@example.com", "code": code, "password": "another good one"}
	d.post(resetPath, good.with("phone", "13800138000")).is(d, 422, "reset_incomplete", "email required")
	d.post(resetPath, body{"code": code, "password": "another good one"}).is(d, 422, "reset_incomplete", "email required")
	d.post(resetPath, good.with("email", "other@example.com")).is(d, 422, "code_expired", "code code_expired")
	for password, reason := range map[string]string{
		"short": "password_too_short", strings.Repeat("long", 300): "password_too_long", "password1": "password_common",
		"alice@example.com": "password_context",
	} {
		d.post(resetPath, good.with("password", password)).is(d, 422, reason, "password "+reason)
	}
	for range 5 {
		d.post(resetPath, good.with("code", wrong(code))).is(d, 422, "code_wrong", "code code_wrong")
	}
	d.post(resetPath, good).is(d, 422, "code_exhausted", "code code_exhausted")
	d.now.advance(time.Minute)
	good = good.with("code", d.resetCode("alice@example.com"))
	d.exec("UPDATE users SET status = 0")
	d.post(resetPath, good).is(d, 403, "account_disabled")
	d.post(resetPath, good, "Site-Id", "9").is(d, 422, "site_unknown")
	d.post(resetPath, `{`).is(d, 400, "malformed_json")
	d.post(resetPath, good.with("password", strings.Repeat("1", 16<<10))).is(d, 413, "body_too_large")
	d.post(resetPath, good, "Content-Type", "text/plain").is(d, 415, "unsupported_media_type")
	for sent, fieldError := range map[string]string{
		`{"password":"1"}`:             "code required",
		`{"code":"1"}`:                 "password required",
		`{"code":"1","password":null}`: "password required",
		`{"code":"1","password":"1","email":"` + overlong + `"}`: "email too_long",
		`{"code":"1","password":"1","token":"x"}`:                "token unknown_field",
		`{"code":"1","password":"\u0000"}`:                       "password forbidden_character",
	} {
		d.post(resetPath, sent).is(d, 400, "invalid_request", fieldError)
	}
}

func TestResetNeeds(t *testing.T) {
	t.Parallel()
	d := deploy(t, options{captcha: true})
	good := body{"email": "a@example.com", "code": "123456", "password": "another good one"}
	d.post(resetPath, good).is(d, 422, "captcha_required", "captcha captcha_required")
	id, right := d.solve()
	d.post(resetPath, good.with("captcha_id", id).with("captcha", wrong(right))).is(d, 422, "captcha_wrong",
		"captcha captcha_wrong")
	send := body{"email": "a@example.com", "state": "reset"}
	d.post("/api/verify/email", send).is(d, 422, "captcha_required", "captcha captcha_required")
	silent := deploy(t, options{noMail: true, noSMS: true})
	silent.post("/api/verify/email", send).is(t, 422, "email_not_offered", "email email_not_offered")
	silent.post(resetPath, good).is(t, 422, "email_not_offered", "email email_not_offered")
	silent.post(resetPath, body{"phone": "13800138000", "code": "123456", "password": "another good one"}).is(t, 422,
		"phone_not_offered", "phone phone_not_offered")
}

func TestResetTroubles(t *testing.T) {
	t.Parallel()
	pool := pgtest.Fresh(t)
	d := deploy(t, options{pool: pool})
	d.verified()
	reset := body{"email": "alice@example.com", "code": d.resetCode("alice@example.com"), "password": "another good one"}
	d.exec(`CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS $$
		BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$`)
	d.exec(`CREATE CONSTRAINT TRIGGER die AFTER UPDATE ON users DEFERRABLE INITIALLY DEFERRED
		FOR EACH ROW EXECUTE FUNCTION die()`)
	d.post(resetPath, reset).is(d, 503, "outcome_unknown")
	pool.Close()
	d.post(resetPath, reset).is(d, 503, "unavailable")
}
