package server_test

import (
	"testing"
	"time"
)

// TestDisabledGetsNoToken: no operation gives a token to a disabled user, not by
// right credentials, not by a repetition, and not by renewal in the last hour of
// a token.
func TestDisabledGetsNoToken(t *testing.T) {
	t.Parallel()
	const keyOfName, keyOfPhone = "a-registration-by-name", "a-registration-by-phone"
	d := deploy(t, options{})
	phoned := body{"phone": "13800138000", "code": d.code("13800138000", "register")}
	var byName, byPhone signedIn
	d.post("/api/register", alice, "Idempotency-Key", keyOfName).into(t, &byName)
	d.post("/api/register", phoned, "Idempotency-Key", keyOfPhone).into(t, &byPhone)
	d.now.advance(23*time.Hour + 30*time.Minute)
	var in signedIn
	d.post("/api/login", alice).into(t, &in)
	d.now.advance(23*time.Hour + 30*time.Minute)
	d.exec("UPDATE idempotency_keys SET created_at = created_at + interval '2 days'")
	code := d.code("13800138000", "login")
	d.exec("UPDATE users SET status = 0")
	for name, a := range map[string]answer{
		"a repetition with a password":    d.post("/api/register", alice, "Idempotency-Key", keyOfName),
		"a repetition without a password": d.post("/api/register", phoned, "Idempotency-Key", keyOfPhone),
		"a login by password":             d.post("/api/login", alice),
		"a login by code":                 d.post("/api/login", body{"phone": "13800138000", "code": code}),
		"renewal":                         d.get("/api/user/detail", "Token", in.Token),
		"a code to an email":              d.post("/api/verify/email", body{"email": "alice@example.com"}, "Token", in.Token),
		"a verification":                  d.verify(in.Token, "alice@example.com", "123456"),
	} {
		t.Log(name)
		a.is(d, 403, "account_disabled")
		if fresh := a.header.Get("Update-Token"); fresh != "" {
			t.Error("there is an Update-Token")
		}
	}
	d.post("/api/register", alice.with("password", "somethingelse"), "Idempotency-Key", keyOfName).
		is(d, 422, "idempotency_key_reused", "Idempotency-Key idempotency_key_reused")
}
