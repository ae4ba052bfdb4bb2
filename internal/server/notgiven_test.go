package server_test

import (
	"net/http"
	"testing"
)

// TestEmptyIsNotGiven: the empty string means "not given", in a body, a query and a header alike.
// Clients of AnQiCMS and forms send it for a field that a person left empty.
func TestEmptyIsNotGiven(t *testing.T) {
	t.Parallel()
	d := deploy(t, options{})
	u := d.registered(alice.with("email", "alice@example.com"))
	headers := []string{"Site-Id", "", "Accept-Language", "", "Idempotency-Key", ""}
	another := alice.with("user_name", "another").with("phone", "").with("code", "")
	d.post("/api/register", another, headers...).is(t, http.StatusOK, "")
	d.post("/api/verify/phone", body{"phone": "13800138000", "purpose": "", "channel": ""}).is(t, http.StatusOK, "")
	byPhone := body{"phone": "13800138000", "code": d.phones.last(), "user_name": ""}
	d.post("/api/register", byPhone).is(t, http.StatusOK, "")
	code := d.mailed(u.Token, body{"email": "", "state": ""})
	d.get("/api/verify/email?email=&state=&code="+code, "Token", u.Token).is(t, http.StatusOK, "")
	d.get("/api/captcha?operation=").is(t, http.StatusOK, "")
	d.get("/api/user/detail", "Token", u.Token, "Authorization", "", "Site-Id", "").is(t, http.StatusOK, "")
}
