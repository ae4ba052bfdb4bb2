package server_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/enroll-project/enroll/internal/account"
	"github.com/enroll-project/enroll/test/pgtest"
)

// verify redeems a code, by the GET that AnQiCMS has or by the POST that does the same.
func (d *deployment) verify(token, email, code string) answer {
	d.Helper()
	if d.confirm {
		b := body{"code": code, "state": "verify"}
		if email != "" {
			b = b.with("email", email)
		}
		return d.post("/api/verify/email/confirm", b, "Token", token)
	}
	query := url.Values{"code": {code}, "state": {"verify"}}
	if email != "" {
		query.Set("email", email)
	}
	return d.get("/api/verify/email?"+query.Encode(), "Token", token)
}

// bothWays plays a test with verifyEmail and with confirmEmail.
func bothWays(t *testing.T, play func(*testing.T, options)) {
	t.Helper()
	for name, o := range map[string]options{"verifyEmail": {}, "confirmEmail": {confirm: true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			play(t, o)
		})
	}
}

// mailed asks for a code and reads it.
func (d *deployment) mailed(token string, b body) string {
	d.Helper()
	d.post("/api/verify/email", b, "Token", token).is(d, 200, "")
	code, _ := d.mails.last(d)
	return code
}

// TestVerifiedEmailLogsIn: an unverified email cannot be used to log in; a verified one
// can, in upper or lower case.
func TestVerifiedEmailLogsIn(t *testing.T) {
	t.Parallel()
	bothWays(t, verifiedEmailLogsIn)
}

func verifiedEmailLogsIn(t *testing.T, o options) {
	d := deploy(t, o)
	u := d.registered(alice.with("email", "Alice@Example.com"))
	login := body{"email": "alice@EXAMPLE.com", "password": "MyPassword123"}
	d.post("/api/login", login).is(d, 422, "credentials_wrong")
	code := d.mailed(u.Token, body{})
	if _, to := d.mails.last(t); to != "Alice@example.com" {
		t.Errorf("mailed to %q", to)
	}
	d.verify(u.Token, "", wrong(code)).is(d, 422, "code_wrong", "code code_wrong")
	verified := func(a answer, want bool) {
		var u struct {
			Verified *bool `json:"email_verified"`
		}
		if a.into(t, &u); u.Verified == nil || *u.Verified != want {
			t.Errorf("want email_verified %t: %s", want, a.body)
		}
	}
	verified(d.get("/api/user/detail", "Token", u.Token), false)
	verified(d.verify(u.Token, "", code), true)
	d.verify(u.Token, "", code).is(d, 422, "code_expired", "code code_expired")
	verified(d.post("/api/login", login), true)
	verified(d.get("/api/user/detail", "Token", u.Token), true)
}

// TestVerifiedClaimEvicts: a user that verifies an email gets it, even if another user has claimed it without verifying
// it. A verified email is never taken from its user.
func TestVerifiedClaimEvicts(t *testing.T) {
	t.Parallel()
	bothWays(t, verifiedClaimEvicts)
}

func verifiedClaimEvicts(t *testing.T, o options) {
	d := deploy(t, o)
	squatter := d.registered(alice.with("user_name", "squatter").with("email", "owner@example.com"))
	d.post("/api/register", alice.with("email", "owner@example.com")).is(d, 409, "email_taken", "email email_taken")
	owner := d.registered(alice)
	code := d.mailed(owner.Token, body{"email": "Owner@example.com"})
	// The code is the owner's: with it the squatter verifies nothing.
	d.verify(squatter.Token, "owner@example.com", code).is(d, 422, "code_expired", "code code_expired")
	var u signedIn
	a := d.verify(owner.Token, "owner@example.com", code)
	a.is(d, 200, "")
	if a.into(t, &u); u.Email != "owner@example.com" {
		t.Errorf("email %q", u.Email)
	}
	if d.get("/api/user/detail", "Token", squatter.Token).into(t, &u); u.Email != "" {
		t.Errorf("the squatter still has %q", u.Email)
	}
	d.now.advance(time.Minute)
	code = d.mailed(squatter.Token, body{"email": "owner@example.com"})
	d.verify(squatter.Token, "owner@example.com", code).is(d, 409, "email_taken", "email email_taken")
}

func TestEmailRefusals(t *testing.T) {
	t.Parallel()
	bothWays(t, emailRefusals)
}

func emailRefusals(t *testing.T, o options) {
	d := deploy(t, o)
	u := d.registered(alice)
	send := func(b body) answer { return d.post("/api/verify/email", b, "Token", u.Token) }
	send(body{}).is(d, 422, "email_invalid", "email email_invalid")
	send(body{"email": "a@b@c.co"}).is(d, 422, "email_invalid", "email email_invalid")
	send(body{"email": longPassword + "@example.com"}).is(d, 422, "email_too_long", "email email_too_long")
	d.verify(u.Token, "no", "123456").is(d, 422, "email_invalid", "email email_invalid")
	d.verify(u.Token, longPassword+"@example.com", "123456").is(d, 422, "email_too_long", "email email_too_long")
	d.verify(u.Token, "a@example.com", "123456").is(d, 422, "code_expired", "code code_expired")
	code := d.mailed(u.Token, body{"email": "a@example.com"})
	send(body{"email": "A@example.com"}).is(d, 429, "code_too_soon", "email code_too_soon")
	for range 5 {
		d.verify(u.Token, "a@example.com", wrong(code)).is(d, 422, "code_wrong", "code code_wrong")
	}
	d.verify(u.Token, "a@example.com", code).is(d, 422, "code_exhausted", "code code_exhausted")
	d.exec("UPDATE budgets SET used = 100 WHERE scope = 'address_failures'")
	send(body{"email": "a@example.com"}).is(d, 429, "code_too_many", "email code_too_many")
	d.mails.silent = true
	send(body{"email": "c@example.com"}).is(d, 503, "outcome_unknown")
	d.mails.silent, d.mails.down = false, true
	send(body{"email": "b@example.com"}).is(d, 503, "mail_failed")
	d.exec("UPDATE users SET status = 0")
	send(body{}).is(d, 403, "account_disabled")
	send(body{"email": "stranger@example.com"}).is(d, 403, "account_disabled")
	d.verify(u.Token, "", "123456").is(d, 403, "account_disabled")

	if d.confirm {
		unfit(d, u.Token)
		return
	}
	d.get("/api/verify/email?code=1", "Token", u.Token, "Site-Id", "9").is(d, 422, "site_unknown")
	d.post("/api/verify/email", body{}).is(d, 401, "token_missing")
	d.post("/api/verify/email", body{}, "Token", u.Token+"x").is(d, 401, "token_invalid")
	d.verify(u.Token+"x", "", "123456").is(d, 401, "token_invalid")
	d.get("/api/verify/email?code=123456").is(d, 401, "token_missing")
	for query, fieldError := range map[string]string{
		"":                                "code required",
		"?code=":                          "code required",
		"?code=1&code=2":                  "code bad_format",
		"?code=%00":                       "code forbidden_character",
		"?code=%ff":                       "code forbidden_character",
		"?code=1&state=reset":             "state bad_format",
		"?code=1&email=" + overlong:       "email too_long",
		"?code=1;email=a%40example.com&%": " bad_format",
	} {
		a := d.get("/api/verify/email"+query, "Token", u.Token)
		if a.Reason != "invalid_request" || len(a.fieldErrors()) == 0 || a.fieldErrors()[0] != fieldError {
			t.Errorf("%.40s: %q, want %q", query, a.fieldErrors(), fieldError)
		}
	}
}

// unfit sends bodies that do not fit the contract of confirmEmail.
func unfit(d *deployment, token string) {
	d.Helper()
	const path = "/api/verify/email/confirm"
	d.post(path, body{"code": "1"}, "Token", token, "Site-Id", "9").is(d, 422, "site_unknown")
	d.post(path, body{"code": "123456"}).is(d, 401, "token_missing")
	d.post(path, `{`, "Token", token).is(d, 400, "malformed_json")
	d.post(path, body{"code": strings.Repeat("1", 16<<10)}, "Token", token).is(d, 413, "body_too_large")
	d.post(path, body{"code": "1"}, "Token", token, "Content-Type", "text/plain").is(d, 415, "unsupported_media_type")
	for sent, fieldError := range map[string]string{
		`{}`:                           "code required",
		`{"code":""}`:                  "code required",
		`{"code":null}`:                "code required",
		`{"code":123456}`:              "code wrong_type",
		`{"code":"1","code":"2"}`:      "code duplicate_field",
		`{"code":"\u0000"}`:            "code forbidden_character",
		`{"code":"1","state":"reset"}`: "state bad_format",
		`{"code":"1","email":"` + overlong + `"}`: "email too_long",
		`{"code":"1","token":"x"}`:                "token unknown_field",
	} {
		d.post(path, sent, "Token", token).is(d, 400, "invalid_request", fieldError)
	}
}

func TestEmailNeedsLiveToken(t *testing.T) {
	t.Parallel()
	bothWays(t, emailNeedsLiveToken)
}

func emailNeedsLiveToken(t *testing.T, o options) {
	d := deploy(t, o)
	u := d.registered(alice)
	d.now.advance(31 * 24 * time.Hour)
	d.post("/api/verify/email", body{}, "Token", u.Token).is(d, 401, "token_expired")
	d.verify(u.Token, "", "123456").is(d, 401, "token_expired")
}

// overlong has more characters than the contract allows for an email.
var overlong = strings.Repeat(longPassword, 9)

func TestEmailNeeds(t *testing.T) {
	t.Parallel()
	bothWays(t, emailNeeds)
}

func emailNeeds(t *testing.T, o options) {
	d := deploy(t, options{confirm: o.confirm, captcha: true})
	id, right := d.solve()
	u := d.registered(alice.with("captcha_id", id).with("captcha", right).with("email", "a@example.com"))
	send := func(b body) answer { return d.post("/api/verify/email", b, "Token", u.Token) }
	send(body{}).is(d, 422, "captcha_required", "captcha captcha_required")
	id, right = d.solve()
	send(body{"captcha_id": id, "captcha": wrong(right)}).is(d, 422, "captcha_wrong", "captcha captcha_wrong")

	silent := deploy(t, options{confirm: o.confirm, noMail: true})
	u = silent.registered(alice)
	silent.post("/api/verify/email", body{"email": "a@example.com"}, "Token", u.Token).is(t, 422, "email_not_offered",
		"email email_not_offered")
	silent.verify(u.Token, "a@example.com", "123456").is(t, 422, "email_not_offered", "email email_not_offered")
}

func TestEmailDatabaseTroubles(t *testing.T) {
	t.Parallel()
	bothWays(t, emailDatabaseTroubles)
}

func emailDatabaseTroubles(t *testing.T, o options) {
	pool := pgtest.Fresh(t)
	d := deploy(t, options{confirm: o.confirm, pool: pool})
	u := d.registered(alice)
	code := d.mailed(u.Token, body{"email": "a@example.com"})
	d.exec(`CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS $$
		BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$`)
	d.exec(`CREATE CONSTRAINT TRIGGER die AFTER UPDATE ON users DEFERRABLE INITIALLY DEFERRED
		FOR EACH ROW EXECUTE FUNCTION die()`)
	d.verify(u.Token, "a@example.com", code).is(d, 503, "outcome_unknown")
	pool.Close()
	d.post("/api/verify/email", body{"email": "b@example.com"}, "Token", u.Token).is(d, 503, "unavailable")
	d.verify(u.Token, "a@example.com", code).is(d, 503, "unavailable")
}

// TestMailBudgetsOnTheWire: a user, a network and the deployment have their bounds, and the answer
// does not show which of them was exceeded.
func TestMailBudgetsOnTheWire(t *testing.T) {
	t.Parallel()
	for name, limits := range map[string]account.Limits{"user": {MailPerUser: 1}, "network": {MailPerNetwork: 1},
		"total": {MailTotal: 1}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := deploy(t, options{limits: limits})
			token := d.registered(alice).Token
			ask := func(email string) answer {
				return d.post("/api/verify/email", body{"email": email}, "Token", token)
			}
			d.mails.down = true
			ask("a@example.com").is(d, 503, "mail_failed")
			d.mails.down = false
			ask("b@example.com").is(d, 200, "")
			a := ask("c@example.com")
			if a.is(d, 429, "code_too_many", "email code_too_many"); a.header.Get("Retry-After") == "" {
				t.Error("no Retry-After")
			}
		})
	}
}

// TestEmailMethod: a person registers and logs in by codes that are mailed. The email is verified, and an
// account that only claimed it loses it.
func TestEmailMethod(t *testing.T) {
	t.Parallel()
	d := deploy(t, options{})
	d.registered(alice.with("email", "person@example.com"))
	ask := body{"email": "Person@Example.com", "state": "register"}
	d.post("/api/verify/email", ask).is(d, 200, "")
	code, to := d.mails.last(t)
	if to != "Person@example.com" {
		t.Errorf("mailed to %q", to)
	}
	r := body{"email": "person@example.com", "code": code}
	d.post("/api/register", r.with("code", wrong(code))).is(d, 422, "code_wrong", "code code_wrong")
	var u struct {
		signedIn
		Verified bool `json:"email_verified"`
	}
	a := d.post("/api/register", r)
	a.is(d, 200, "")
	if a.into(t, &u); !u.Verified || u.Email != "person@example.com" {
		t.Errorf("registered %s", a.body)
	}
	d.post("/api/register", r).is(d, 422, "code_expired", "code code_expired")
	d.get("/api/user/detail", "Token", u.Token).is(d, 200, "")
	d.now.advance(time.Minute)
	d.post("/api/verify/email", ask.with("state", "login")).is(d, 200, "")
	d.settle()
	r["code"], _ = d.mails.last(t)
	d.post("/api/login", r).is(d, 200, "")
	d.post("/api/login", r).is(d, 422, "code_expired", "code code_expired")
	d.post("/api/login", body{"email": "person@example.com"}).is(d, 422, "login_incomplete", "password required")
	d.now.advance(time.Minute)
	d.post("/api/verify/email", ask).is(d, 200, "")
	r["code"], _ = d.mails.last(t)
	d.post("/api/register", r).is(d, 409, "email_taken", "email email_taken")
	silent := deploy(t, options{noMail: true})
	silent.post("/api/register", r).is(t, 422, "email_not_offered", "email email_not_offered")
	silent.post("/api/login", r).is(t, 422, "email_not_offered", "code email_not_offered")
}

// TestMailCodesAnswerAlike: for each purpose that needs no login, the answer does not show
// whether an email has an account.
func TestMailCodesAnswerAlike(t *testing.T) {
	t.Parallel()
	d := deploy(t, options{})
	d.verified()
	text := func(a answer) string { return strings.Replace(string(a.body), a.RequestID, "", 1) }
	for _, state := range []string{"register", "login", "reset"} {
		known := d.post("/api/verify/email", body{"email": "alice@example.com", "state": state})
		none := d.post("/api/verify/email", body{"email": "nobody@example.com", "state": state})
		known.is(d, 200, "")
		if text(known) != text(none) || known.status != none.status {
			t.Errorf("%s: known %s, none %s", state, known.body, none.body)
		}
		d.settle()
		d.now.advance(time.Minute)
	}
	for _, email := range []string{"alice@example.com", "nobody@example.com"} {
		r := body{"email": email, "code": "000000"}
		d.post("/api/login", r).is(d, 422, "code_wrong", "code code_wrong")
		d.post("/api/register", r).is(d, 422, "code_wrong", "code code_wrong")
	}
}

// TestEmailDomainsOnTheWire: a new email of a domain that is not accepted is refused wherever it can be given, before
// a mail is sent. A user that has such an email already keeps it: the user verifies it, logs in by it and recovers
// the account.
func TestEmailDomainsOnTheWire(t *testing.T) {
	t.Parallel()
	bothWays(t, emailDomainsOnTheWire)
}

func emailDomainsOnTheWire(t *testing.T, o options) {
	before := deploy(t, o)
	u := before.registered(alice.with("email", "alice@old.example"))
	o.pool, o.tokens, o.now = before.pool, before.tokens, before.now
	o.emailDomains, o.emailDenied = []string{"*.example.com", "例子.中国"}, []string{"guests.example.com"}
	d := deploy(t, o)
	refused := func(a answer) {
		t.Helper()
		a.is(t, 422, "email_domain", "email email_domain")
	}
	bob := body{"user_name": "bob", "password": "MyPassword123"}
	for _, email := range []string{"a@old.example", "a@example.com", "a@GUESTS.example.com", "a@b.example.com.cn"} {
		refused(d.post("/api/register", bob.with("email", email)))
		refused(d.post("/api/register", body{"email": email, "code": "123456"}))
		refused(d.post("/api/verify/email", body{"email": email, "state": "register"}))
	}
	other := body{"email": "a@other.example"}
	refused(d.post("/api/verify/email", other, "Token", u.Token))
	refused(d.post("/api/verify/email", other.with("state", "change"), "Token", u.Token))
	refused(d.verify(u.Token, "a@other.example", "123456"))
	refused(d.post(detailPath, other.with("old_password", "MyPassword123"), "Token", u.Token))
	if n := d.mails.out.Len(); n != 0 {
		t.Errorf("a mail was sent: %d bytes", n)
	}
	d.registered(bob.with("email", "bob@STAFF.example.com"))
	d.registered(body{"user_name": "carol", "password": "MyPassword123", "email": "carol@例子.中国"})

	d.post(detailPath, body{"email": "alice@old.example", "real_name": "Alice"}, "Token", u.Token).is(t, 200, "")
	d.verify(u.Token, "alice@OLD.example", d.mailed(u.Token, body{})).is(t, 200, "")
	d.post("/api/login", body{"email": "alice@old.example", "password": "MyPassword123"}).is(t, 200, "")
	d.now.advance(25 * time.Hour) // a new email resets no password for a day
	d.post("/api/verify/email", body{"email": "alice@old.example", "state": "reset"}).is(t, 200, "")
	d.settle()
	code, _ := d.mails.last(t)
	d.post(resetPath, body{"email": "alice@old.example", "code": code, "password": "another good one"}).is(t, 200, "")
}

// TestDisposableOnTheWire: a new email at a disposable domain, or below one, is refused wherever it can be given. A
// registration is refused without the database, so before a hash and a mail. A user that has such an email already
// keeps it, verifies it, logs in by it and recovers the account.
func TestDisposableOnTheWire(t *testing.T) {
	t.Parallel()
	bothWays(t, disposableOnTheWire)
}

func disposableOnTheWire(t *testing.T, o options) {
	const own = "alice@mailinator.com"
	before := deploy(t, o)
	u := before.registered(alice.with("email", own))
	o.pool, o.tokens, o.now = before.pool, before.tokens, before.now
	o.denyDisposable, o.disposableExcept = true, []string{"spam4.me"}
	d := deploy(t, o)
	refused := func(a answer) {
		t.Helper()
		a.is(t, 422, "email_domain", "email email_domain")
	}
	bob := body{"user_name": "bob", "password": "MyPassword123"}
	listed := []string{"a@mailinator.com", "A@Mailinator.COM", "a@b.mailinator.com", "a@例子.mailinator.com"}
	for _, email := range listed {
		other := body{"email": email}
		refused(d.post("/api/verify/email", other, "Token", u.Token))
		refused(d.post("/api/verify/email", other.with("state", "change"), "Token", u.Token))
		refused(d.verify(u.Token, email, "123456"))
		refused(d.post(detailPath, other.with("old_password", "MyPassword123"), "Token", u.Token))
	}
	if n := d.mails.out.Len(); n != 0 {
		t.Errorf("a mail was sent: %d bytes", n)
	}
	d.registered(bob.with("email", "bob@spam4.me"))

	d.post(detailPath, body{"email": own, "real_name": "Alice"}, "Token", u.Token).is(t, 200, "")
	d.verify(u.Token, own, d.mailed(u.Token, body{})).is(t, 200, "")
	d.post("/api/login", body{"email": own, "password": "MyPassword123"}).is(t, 200, "")
	d.now.advance(25 * time.Hour) // a new email resets no password for a day
	d.post("/api/verify/email", body{"email": own, "state": "reset"}).is(t, 200, "")
	d.settle()
	code, _ := d.mails.last(t)
	d.post(resetPath, body{"email": own, "code": code, "password": "another good one"}).is(t, 200, "")

	d.pool.Close()
	for _, email := range listed {
		refused(d.post("/api/register", bob.with("email", email)))
		refused(d.post("/api/register", body{"email": email, "code": "123456"}))
		refused(d.post("/api/verify/email", body{"email": email, "state": "register"}))
	}
}
