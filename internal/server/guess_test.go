package server_test

import (
	"net/url"
	"testing"
	"time"

	"github.com/enroll-project/enroll/internal/limit"
)

// TestGuessesLeaveTheOwnersCode: a stranger's account in another network guesses the code of an email five times
// at each operation that takes one, and requests codes for the email itself. The code of the owner stays valid,
// for each purpose of a code (I10).
func TestGuessesLeaveTheOwnersCode(t *testing.T) {
	t.Parallel()
	const owner, stranger, email = "192.0.2.7", "198.51.100.7", "alice@example.com"
	proxies, err := limit.ParseProxies("127.0.0.0/8")
	fatal(t, err)
	d := deploy(t, options{proxies: proxies})
	from := func(address, token string) []string {
		headers := []string{"X-Forwarded-For", address}
		if token != "" {
			headers = append(headers, "Token", token)
		}
		return headers
	}
	var alice, mallory signedIn
	d.post("/api/register", body{"user_name": "alice", "password": "MyPassword123", "email": email},
		from(owner, "")...).into(t, &alice)
	d.post("/api/register", body{"user_name": "mallory", "password": "MyPassword123"}, from(stranger, "")...).
		into(t, &mallory)
	guess := func() {
		t.Helper()
		query := url.Values{"code": {"000000"}, "email": {email}}.Encode()
		for range 5 {
			d.get("/api/verify/email?"+query, from(stranger, mallory.Token)...)
			d.post("/api/verify/email/confirm", body{"code": "000000", "email": email}, from(stranger, mallory.Token)...)
			d.post("/api/login", body{"code": "000000", "email": email}, from(stranger, "")...)
			d.post("/api/password/reset", body{"code": "000000", "email": email, "password": "another good one"},
				from(stranger, "")...)
			d.post("/api/register", body{"code": "000000", "email": email}, from(stranger, "")...)
			d.post(detailPath, body{"code": "000000", "email": email, "old_password": "MyPassword123"},
				from(stranger, mallory.Token)...)
		}
		d.now.advance(time.Minute)
		d.post("/api/verify/email", body{"email": email, "state": "verify"}, from(stranger, mallory.Token)...)
		d.settle()
	}
	mailed := func(b body, token string) string {
		t.Helper()
		d.now.advance(time.Minute)
		d.post("/api/verify/email", b, from(owner, token)...).is(d, 200, "")
		d.settle()
		code, _ := d.mails.last(t)
		guess()
		return code
	}
	code := mailed(body{"email": email}, alice.Token)
	query := url.Values{"code": {code}, "email": {email}}.Encode()
	d.get("/api/verify/email?"+query, from(owner, alice.Token)...).is(d, 200, "")
	code = mailed(body{"email": email, "state": "login"}, "")
	d.post("/api/login", body{"code": code, "email": email}, from(owner, "")...).is(d, 200, "")
	d.now.advance(25 * time.Hour) // from then on, the email recovers the account
	code = mailed(body{"email": email, "state": "reset"}, "")
	d.post("/api/password/reset", body{"code": code, "email": email, "password": "another good one"},
		from(owner, "")...).is(d, 200, "")
}
