package server_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/enroll-project/enroll/internal/identifier"
	"github.com/enroll-project/enroll/test/pgtest"
)

// The page of AnQiCMS (docs/anqicms.md) promises more than AnQiCMS implements. Each test here shows over
// HTTP that the whole service keeps one promise.

func TestPromisePageExamples(t *testing.T) {
	t.Parallel()
	d := deploy(t, options{})
	// Both requests of the page, as the page has them. The mail address is made
	// up, the page's own is garbled; the code is what was sent.
	var u signedIn
	a := d.post("/api/register", `{"user_name":"newuser","password":"MyPassword123","real_name":"新用户",`+
		`"email":"newuser@example.com","captcha_id":"captcha123","captcha":"abcd"}`)
	a.is(d, 200, "")
	if a.Msg != "注册成功" {
		t.Errorf("msg %q", a.Msg)
	}
	code := d.code("13800138000", "register")
	a = d.post("/api/register", `{"phone":"13800138000","code":"`+code+
		`","password":"MyPassword123","real_name":"新用户","captcha_id":"captcha123","captcha":"abcd"}`)
	a.is(d, 200, "")
	if a.into(d, &u); u.Phone != "13800138000" {
		t.Errorf("phone %q", u.Phone)
	}
	strict := deploy(t, options{pool: d.pool, format: identifier.PhoneE164})
	a = strict.post("/api/login", body{"phone": "13800138000", "password": "MyPassword123"})
	if a.into(t, &u); u.Phone != "+8613800138000" {
		t.Errorf("phone %q", u.Phone)
	}
}

// 1. The captcha is checked on register.
func TestPromiseCaptchaIsChecked(t *testing.T) {
	t.Parallel()
	d := deploy(t, options{captcha: true})
	d.post("/api/register", alice.with("captcha_id", "captcha123").with("captcha", "abcd")).is(d, 422, "captcha_wrong",
		"captcha captcha_wrong")
	if n := d.count("users"); n != 0 {
		t.Errorf("%d users, want 0", n)
	}
}

// 2. The code is sent, and checked.
func TestPromiseCodeIsChecked(t *testing.T) {
	t.Parallel()
	d := deploy(t, options{})
	code := d.code("13800138000", "register")
	d.post("/api/register", body{"phone": "13800138000", "code": wrong(code)}).is(d, 422, "code_wrong", "code code_wrong")
	d.registered(body{"phone": "13800138000", "code": code})
}

// 3. Each method works alone.
func TestPromiseEachMethodAlone(t *testing.T) {
	t.Parallel()
	d := deploy(t, options{})
	d.registered(alice)
	d.registered(body{"phone": "13800138000", "code": d.code("13800138000", "register")})
}

// 4. Of two simultaneous requests with one name one makes the user, and the other is refused.
func TestPromiseOneUser(t *testing.T) {
	t.Parallel()
	d := deploy(t, options{})
	var mu sync.Mutex
	var group sync.WaitGroup
	ends := map[int]int{}
	for i := range 16 {
		group.Go(func() {
			a := d.post("/api/register", alice.with("user_name", []string{"Racer", "racer", "ｒａｃｅｒ"}[i%3]))
			mu.Lock()
			defer mu.Unlock()
			ends[a.status]++
		})
	}
	group.Wait()
	if ends[200] != 1 || ends[409] != 15 || d.count("users") != 1 {
		t.Errorf("ends: %v, %d users", ends, d.count("users"))
	}
}

// 5. A failed insert is not a success.
func TestPromiseFailedInsert(t *testing.T) {
	t.Parallel()
	d := deploy(t, options{pool: pgtest.Fresh(t)})
	d.exec("ALTER TABLE users ADD CONSTRAINT none CHECK (false) NOT VALID")
	a := d.post("/api/register", alice)
	a.is(d, 500, "internal")
	if a.Code != -1 || string(a.Data) != "null" || strings.Contains(string(a.body), "token") {
		t.Errorf("%s", a.body)
	}
}

// 6. A long password is accepted as a whole or refused. It never becomes empty.
func TestPromiseLongPasswords(t *testing.T) {
	t.Parallel()
	d := deploy(t, options{})
	long := strings.Repeat("密码", 40)
	d.registered(alice.with("password", long))
	d.post("/api/login", alice.with("password", long)).is(d, 200, "")
	for _, other := range []string{"", long[:72], long[:len(long)-3]} {
		if a := d.post("/api/login", alice.with("password", other)); a.status == 200 {
			t.Errorf("%d characters of 80 log in", utf8.RuneCountInString(other))
		}
	}
}

// 7. Email and phone are matched whole.
func TestPromiseAnchoredPatterns(t *testing.T) {
	t.Parallel()
	d := deploy(t, options{})
	d.post("/api/register", alice.with("email", "a@b.co\r\nBcc: x@y.zz")).is(d, 422, "email_invalid",
		"email email_invalid")
	d.post("/api/verify/phone", body{"phone": "abc13800138000xyz"}).is(d, 422, "phone_invalid", "phone phone_invalid")
}

// 8. A password is not trimmed.
func TestPromiseUntrimmedPasswords(t *testing.T) {
	t.Parallel()
	d := deploy(t, options{})
	d.registered(alice.with("password", "  MyPassword123 "))
	d.post("/api/login", alice).is(d, 422, "credentials_wrong")
	d.post("/api/login", alice.with("password", "  MyPassword123 ")).is(d, 200, "")
}

// 9. Registering a taken name returns no data of its user, whether or not the user has verified anything.
func TestPromiseNothingOfOthers(t *testing.T) {
	t.Parallel()
	d := deploy(t, options{})
	d.registered(alice.with("email", "alice@example.com").with("real_name", "Secret Name"))
	a := d.post("/api/register", alice)
	a.is(d, 409, "user_name_taken", "user_name user_name_taken")
	for _, theirs := range []string{"Secret", "example.com", "token", "invite_code"} {
		if strings.Contains(string(a.body), theirs) {
			t.Errorf("the answer has %q: %s", theirs, a.body)
		}
	}
}

// 10. The token has an end.
func TestPromiseTokenEnds(t *testing.T) {
	t.Parallel()
	d := deploy(t, options{})
	u := d.registered(alice)
	payload, err := base64.RawURLEncoding.DecodeString(strings.Split(u.Token, ".")[1])
	fatal(t, err)
	var claims struct {
		Exp, Iat, Nbf         int64
		Iss, Sub, Aud, Jti    string
		SiteID                int64 `json:"site_id"`
		UserName, Phone, Mail any
	}
	fatal(t, json.Unmarshal(payload, &claims))
	if claims.Exp-claims.Iat != 30*24*3600 || claims.Sub != fmt.Sprint(u.ID) || claims.SiteID != 1 || claims.Iss == "" ||
		claims.Aud == "" || claims.Jti == "" || claims.Nbf == 0 {
		t.Errorf("claims %s", payload)
	}
	d.now.advance(30*24*time.Hour + time.Minute)
	d.get("/api/user/detail", "Token", u.Token).is(d, 401, "token_expired")
}

// 11. A captcha is valid on any replica, expires, and can be used once.
func TestPromiseCaptchaAcrossReplicas(t *testing.T) {
	t.Parallel()
	a := deploy(t, options{captcha: true})
	b := deploy(t, options{captcha: true, pool: a.pool})
	id, answer := a.solve()
	b.registered(alice.with("captcha_id", id).with("captcha", answer))
	a.post("/api/register", alice.with("captcha_id", id).with("captcha", answer)).is(a, 422, "captcha_wrong",
		"captcha captcha_wrong")
	id, answer = a.solve()
	b.now.advance(5 * time.Minute)
	b.post("/api/register", alice.with("captcha_id", id).with("captcha", answer)).is(b, 422, "captcha_wrong",
		"captcha captcha_wrong")
}

// 12. An invitation is a code that cannot be computed from the id. An id is accepted only in the field for ids.
func TestPromiseInvitation(t *testing.T) {
	t.Parallel()
	d := deploy(t, options{})
	inviter := d.registered(alice)
	if u := d.registered(alice.with("user_name", "bob").with("invite_code",
		inviter.InviteCode)); u.ParentID != inviter.ID {
		t.Errorf("parent %d", u.ParentID)
	}
	if u := d.registered(alice.with("user_name", "carol").with("invite_id", inviter.ID)); u.ParentID != inviter.ID {
		t.Errorf("parent %d", u.ParentID)
	}
	d.post("/api/register", alice.with("user_name", "dave").with("invite_code", fmt.Sprint(inviter.ID))).
		is(d, 422, "invite_invalid", "invite_code invite_invalid")
}

// 13. A refusal has the HTTP status of its reason, except in the mode always-200.
func TestPromiseStatus(t *testing.T) {
	t.Parallel()
	d := deploy(t, options{})
	d.post("/api/register", body{}).is(d, 422, "registration_incomplete", "user_name required", "password required")
	old := deploy(t, options{alwaysOK: true, pool: d.pool})
	a := old.post("/api/register", body{})
	a.is(t, 200, "registration_incomplete", "user_name required", "password required")
	if a.Code != -1 {
		t.Errorf("code %d", a.Code)
	}
}

// 14. There are limits: of codes, of guesses, of hashes at once (TestBusy).
func TestPromiseLimits(t *testing.T) {
	t.Parallel()
	d := deploy(t, options{})
	d.code("13800138000", "register")
	a := d.post("/api/verify/phone", body{"phone": "13800138000"})
	a.is(d, 429, "code_too_soon", "phone code_too_soon")
	if a.header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
}
