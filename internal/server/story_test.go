package server_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/enroll-project/enroll/gen/api"
	"github.com/enroll-project/enroll/internal/account"
	"github.com/enroll-project/enroll/internal/password"
	"github.com/enroll-project/enroll/test/pgtest"
)

var alice = body{"user_name": "alice", "password": "MyPassword123"}

// signedIn is what tests look at of a user.
type signedIn struct {
	ID            int64
	ParentID      int64  `json:"parent_id"`
	UserName      string `json:"user_name"`
	Phone         string
	Email         string
	FullAvatarURL string `json:"full_avatar_url"`
	InviteCode    string `json:"invite_code"`
	LastLogin     int64  `json:"last_login"`
	Token         string
}

func (d *deployment) registered(b body) (u signedIn) {
	d.Helper()
	a := d.post("/api/register", b)
	a.is(d, 200, "")
	a.into(d, &u)
	return u
}

// TestRegisterRefusals: each refusal of a registration by the rules is answered over HTTP with its field.
func TestRegisterRefusals(t *testing.T) {
	t.Parallel()
	d := deploy(t, options{})
	d.registered(body{"user_name": "taken", "password": "MyPassword123", "email": "taken@example.com"})
	d.registered(body{"phone": "13800138000", "code": d.code("13800138000", "register")})
	for _, c := range []struct {
		field  string
		value  any
		status int
		reason string
	}{
		{"user_name", "Taken", 409, "user_name_taken"},
		{"email", "Taken@Example.com", 409, "email_taken"},
		{"user_name", "a", 422, "user_name_too_short"},
		{"user_name", "abcdefghijklmnopqrstuvwxyzabcdefg", 422, "user_name_too_long"},
		{"user_name", "al ice", 422, "user_name_character"},
		{"user_name", "аlice", 422, "user_name_mixed_scripts"},
		{"user_name", "13800138000", 422, "user_name_digits"},
		{"user_name", "admin", 422, "user_name_reserved"},
		{"password", "1234567", 422, "password_too_short"},
		{"password", string(make([]rune, 129)) + "x", 400, "invalid_request"},
		{"password", "\u00e9" + longPassword, 422, "password_too_long"},
		{"password", "password123", 422, "password_common"},
		{"password", "alice@example.com", 422, "password_context"},
		{"email", "a@b.co\r\nBcc:", 422, "email_invalid"},
		{"email", longPassword + "@example.com", 422, "email_too_long"},
		{"phone", "abc13800138000xyz", 422, "phone_invalid"},
		{"phone", "010-12345678", 422, "phone_not_mobile"},
		{"phone", "+447911123456", 422, "phone_country"},
		{"real_name", "a\tb", 422, "real_name_invalid"},
		{"avatar_url", "javascript:alert(1)", 422, "avatar_url_invalid"},
		{"invite_code", "nobody", 422, "invite_invalid"},
	} {
		b := alice.with("email", "alice@example.com").with(c.field, c.value)
		if c.field == "phone" {
			b = b.with("code", "123456")
		}
		field := c.reason
		if c.status == 400 {
			field = "forbidden_character"
		}
		d.post("/api/register", b).is(d, c.status, c.reason, c.field+" "+field)
	}
	d.post("/api/register", body{"user_name": "alice"}).is(d, 422, "registration_incomplete", "password required")
	d.post("/api/register", `{"user_name":"alice","password":"\u0001\u0002\u0003\u0004\u0005\u0006\u0007\u0008"}`).is(d,
		200, "")
}

// longPassword has 128 characters.
const longPassword = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef" +
	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

// TestCodesOnTheWire tests over HTTP the refusals of a phone code, when it is requested and when it is used.
func TestCodesOnTheWire(t *testing.T) {
	t.Parallel()
	d := deploy(t, options{})
	by := func(code string) body { return body{"phone": "13800138000", "code": code} }
	for path, purpose := range map[string]string{"/api/register": "register", "/api/login": "login"} {
		d.now.advance(time.Hour)
		d.post(path, by("123456")).is(d, 422, "code_expired", "code code_expired")
		code := d.code("13800138000", purpose)
		for range 5 {
			d.post(path, by(wrong(code))).is(d, 422, "code_wrong", "code code_wrong")
		}
		d.post(path, by(code)).is(d, 422, "code_exhausted", "code code_exhausted")
	}
	d.now.advance(time.Hour)
	d.post("/api/login", by(d.code("13800138000", "login"))).is(d, 422, "phone_unregistered", "phone phone_unregistered")
	d.post("/api/verify/phone", body{"phone": "13800138000"}).is(d, 429, "code_too_soon", "phone code_too_soon")
	d.exec("UPDATE budgets SET used = 100 WHERE scope = 'address_failures'")
	d.post("/api/verify/phone", body{"phone": "13800138000"}).is(d, 429, "code_too_many", "phone code_too_many")
	d.phones.silent = true
	d.post("/api/verify/phone", body{"phone": "13700137000"}).is(d, 503, "outcome_unknown")
	d.post("/api/verify/phone", body{"phone": "13700137000"}).is(d, 429, "code_too_soon", "phone code_too_soon")
	call := body{"phone": "13700137000", "channel": "voice"}
	d.phones.silent, d.phones.down = false, true
	d.post("/api/verify/phone", body{"phone": "13900139000"}).is(d, 503, "sms_failed")
	d.now.advance(time.Minute)
	d.post("/api/verify/phone", call).is(d, 503, "call_failed")
	d.phones.down = false
	d.post("/api/verify/phone", call).is(d, 200, "")
	d.post("/api/verify/phone", call).is(d, 429, "code_too_soon", "phone code_too_soon")
	d.post("/api/verify/phone", call.with("phone", "13600136000")).is(d, 422, "sms_first", "channel sms_first")
	d.post("/api/verify/phone", call.with("phone", "+4915112345678")).is(d, 422, "voice_not_offered",
		"channel voice_not_offered")
	d.post("/api/verify/phone", call.with("channel", "pigeon")).is(d, 400, "invalid_request", "channel bad_format")
	d.phones.down = true
	for phone, reason := range map[string]string{"138": "phone_invalid", "010-12345678": "phone_not_mobile",
		"+447911123456": "phone_country"} {
		d.post("/api/verify/phone", body{"phone": phone}).is(d, 422, reason, "phone "+reason)
	}
	silent := deploy(t, options{noSMS: true})
	silent.post("/api/verify/phone", body{"phone": "13800138000"}).is(t, 422, "phone_not_offered",
		"phone phone_not_offered")
	silent.post("/api/register", by("123456")).is(t, 422, "phone_not_offered", "phone phone_not_offered")
	silent.post("/api/login", by("123456")).is(t, 422, "phone_not_offered", "code phone_not_offered")
}

// TestMethodsOnTheWire: a method that a deployment does not offer is refused by its own reason, and a
// request without a method is refused with the fields that an offered method needs.
func TestMethodsOnTheWire(t *testing.T) {
	t.Parallel()
	d := deploy(t, options{methods: []account.Method{account.ByPhone}})
	d.post("/api/register", alice).is(t, 422, "user_name_not_offered", "user_name user_name_not_offered")
	d.post("/api/register", body{}).is(t, 422, "registration_incomplete", "phone required", "code required")
	d.post("/api/verify/email", body{"email": "a@example.com", "state": "register"}).is(t, 422, "email_not_offered",
		"email email_not_offered")
	d.registered(body{"phone": "13800138000", "code": d.code("13800138000", "register")})
	named := deploy(t, options{methods: []account.Method{account.ByUserName}})
	named.post("/api/verify/phone", body{"phone": "13800138000"}).is(t, 422, "phone_not_offered",
		"phone phone_not_offered")
	named.registered(alice)
}

// TestSignupClosedOnTheWire: every way to register is refused by one reason. The messages do not ask a person to
// register.
func TestSignupClosedOnTheWire(t *testing.T) {
	t.Parallel()
	d := deploy(t, options{signup: account.SignupClosed})
	d.post("/api/register", alice).is(t, 422, "signup_closed")
	d.post("/api/register", body{}).is(t, 422, "signup_closed")
	d.post("/api/verify/phone", body{"phone": "13800138000"}).is(t, 422, "signup_closed")
	d.post("/api/verify/email", body{"email": "a@example.com", "state": "register"}).is(t, 422, "signup_closed")
	unknown := body{"phone": "13800138000", "code": d.code("13800138000", "login")}
	a := d.post("/api/login", unknown, "Accept-Language", "en")
	a.is(t, 422, "phone_unregistered", "phone phone_unregistered")
	if strings.Contains(a.Msg, "register first") {
		t.Errorf("the message: %s", a.Msg)
	}
}

// invitation is the code of an invitation that invited has made.
const invitation = "inv_0123456789abcdefghjkmnpqrs"

// invited makes an invitation for n people.
func (d *deployment) invited(n int) {
	d.Helper()
	d.exec(`INSERT INTO invitations (site_id, hash, quota, used, note, created_by, created_at)
		VALUES (1, sha256($1::bytea), $2, 0, '', 'command root', $3)`, invitation, n, d.now.Now())
}

// TestSignupInviteOnTheWire: each operation that needs an invitation takes it in one field, and is refused by one
// reason that names this field. A code for another purpose needs none.
func TestSignupInviteOnTheWire(t *testing.T) {
	t.Parallel()
	d := deploy(t, options{signup: account.SignupInvite})
	d.invited(3)
	bySMS, byMail := body{"phone": "13800138000"}, body{"email": "a@example.com", "state": "register"}
	for _, wrong := range []any{nil, "", "nobody", invitation[:29], strings.Replace(invitation, "0", "1", 1)} {
		for path, b := range map[string]body{
			"/api/register": alice, "/api/verify/phone": bySMS, "/api/verify/email": byMail,
		} {
			a := d.post(path, b.with("invite_code", wrong), "Accept-Language", "en")
			a.is(t, 422, "invite_invalid", "invite_code invite_invalid")
			if !strings.Contains(a.Msg, "You need a valid invitation") {
				t.Errorf("%s: %s", path, a.Msg)
			}
		}
	}
	d.post("/api/register", body{}).is(t, 422, "invite_invalid", "invite_code invite_invalid")
	d.post("/api/verify/phone", bySMS.with("invite_code", invitation)).is(t, 200, "")
	d.registered(bySMS.with("code", d.phones.last()).with("invite_code", strings.ToUpper(invitation)))
	d.post("/api/verify/email", byMail.with("invite_code", invitation)).is(t, 200, "")
	mailed, _ := d.mails.last(t)
	d.registered(body{"email": "a@example.com", "code": mailed, "invite_code": invitation})
	d.registered(alice.with("invite_code", invitation))
	d.post("/api/register", alice.with("user_name", "bob").with("invite_code", invitation)).
		is(t, 422, "invite_invalid", "invite_code invite_invalid")
	d.now.advance(time.Minute)
	d.post("/api/verify/phone", bySMS.with("purpose", "login")).is(t, 200, "")
	d.post("/api/verify/email", byMail.with("state", "login")).is(t, 200, "")
}

// TestSignupApprovalOnTheWire: the answer of a registration says that an operator decides, and has no token and no
// cookie. Right credentials get a reason of their own, by a password and by a code. After the approval they log in.
func TestSignupApprovalOnTheWire(t *testing.T) {
	t.Parallel()
	for _, compat := range []bool{false, true} {
		d := deploy(t, options{signup: account.SignupApproval, compat: compat})
		status := map[bool]int{false: 403, true: 200}[compat]
		by := append(here("other=1"), "Idempotency-Key", "approval-0123456789-01")
		a := d.post("/api/register", alice, by...)
		a.is(t, 200, "")
		var first, again, in body
		if a.into(t, &first); first["token"] != "" || first["approval_pending"] != true || first["status"] != 0.0 {
			t.Errorf("registered: %v", first)
		}
		if a.Msg != "注册申请已提交，请等待管理员审核，通过后即可登录" || a.header.Get("Set-Cookie") != "" {
			t.Errorf("%q, and the cookie %q", a.Msg, a.header.Get("Set-Cookie"))
		}
		english := d.post("/api/register", alice, append(by, "Accept-Language", "en")...)
		english.is(t, 200, "")
		if english.into(t, &again); !reflect.DeepEqual(again, first) ||
			!strings.Contains(english.Msg, "as soon as an operator has approved") {
			t.Errorf("a repetition: %q, %v, want %v", english.Msg, again, first)
		}
		d.post("/api/verify/phone", body{"phone": "13900139000"}).is(t, 200, "")
		d.post("/api/register", body{"phone": "13900139000", "code": d.phones.last()}).is(t, 200, "")
		d.now.advance(time.Minute)
		d.post("/api/login", alice).is(t, status, "approval_pending")
		d.post("/api/login", alice.with("password", "somethingelse")).
			is(t, map[bool]int{false: 422, true: 200}[compat], "credentials_wrong")
		d.post("/api/verify/phone", body{"phone": "13900139000", "purpose": "login"}).is(t, 200, "")
		d.settle()
		d.post("/api/login", body{"phone": "13900139000", "code": d.phones.last()}).is(t, status, "approval_pending")
		d.exec("UPDATE users SET status = 1")
		a = d.post("/api/login", alice)
		a.is(t, 200, "")
		a.into(t, &in)
		if _, there := in["approval_pending"]; there || in["token"] == "" || in["status"] != 1.0 {
			t.Errorf("logged in: %v", in)
		}
	}
}

// TestMinAgeOnTheWire: a registration by each method needs a birthday of the minimum age. The refusal names the field
// and the years, and nothing of the birthday is stored.
func TestMinAgeOnTheWire(t *testing.T) {
	t.Parallel()
	d := deploy(t, options{minAge: 16})
	years := func(n int) int64 { return d.now.Now().AddDate(-n, 0, 0).Unix() }
	byCode := body{"phone": "13800138000", "code": "123456"}
	for _, b := range []body{alice, byCode} {
		d.post("/api/register", b).is(t, 422, "registration_incomplete", "birthday required")
		d.post("/api/register", b.with("birthday", nil)).is(t, 422, "registration_incomplete", "birthday required")
		d.post("/api/register", b.with("birthday", 0)).is(t, 422, "registration_incomplete", "birthday required")
		d.post("/api/register", b.with("birthday", years(-1))).is(t, 422, "birthday_invalid", "birthday birthday_invalid")
		young := d.post("/api/register", b.with("birthday", years(15)), "Accept-Language", "en")
		young.is(t, 422, "too_young", "birthday too_young")
		if young.Errors[0].Msg != "You must be at least 16 years old to register here." {
			t.Errorf("%q", young.Errors[0].Msg)
		}
	}
	// The errors of other fields are in the same answer.
	d.post("/api/register", alice.with("user_name", "a").with("birthday", years(3))).
		is(t, 422, "user_name_too_short", "user_name user_name_too_short", "birthday too_young")
	d.post("/api/verify/phone", body{"phone": "13800138000"}).is(t, 200, "")
	for _, b := range []body{alice, byCode.with("code", d.phones.last())} {
		d.registered(b.with("birthday", years(16)))
	}
	if n := d.count("users WHERE birthday IS NULL"); n != 2 {
		t.Errorf("%d users without a birthday", n)
	}
	// Without a minimum age the field is not read.
	open := deploy(t, options{})
	open.registered(alice.with("birthday", years(3)))
	if n := open.count("users WHERE birthday IS NULL"); n != 1 {
		t.Errorf("%d users without a birthday", n)
	}
}

// TestInvitationOfACookie: an invitation in the cookie is accepted like one in the field, by a registration and by a
// request for a code.
func TestInvitationOfACookie(t *testing.T) {
	t.Parallel()
	d := deploy(t, options{signup: account.SignupInvite, compat: true})
	d.invited(1)
	d.post("/api/verify/phone", body{"phone": "13800138000"}, here("invite=nobody")...).
		is(t, 200, "invite_invalid", "invite_code invite_invalid")
	d.post("/api/verify/phone", body{"phone": "13800138000"}, here("invite="+invitation)...).is(t, 200, "")
	for _, cookie := range []string{"invite=nobody", "invite=1000", "other=1"} {
		d.post("/api/register", alice, here(cookie)...).is(t, 200, "invite_invalid", "invite_code invite_invalid")
	}
	d.post("/api/register", alice, here("invite="+invitation)...).is(t, 200, "")
}

func TestPhoneTakenOnTheWire(t *testing.T) {
	t.Parallel()
	d := deploy(t, options{})
	d.registered(body{"phone": "13800138000", "code": d.code("13800138000", "register")})
	d.now.advance(time.Minute)
	d.post("/api/register", body{"phone": "+86 138-0013-8000", "code": d.code("13800138000", "register")}).
		is(d, 409, "phone_taken", "phone phone_taken")
}

func TestCaptchaOnTheWire(t *testing.T) {
	t.Parallel()
	d := deploy(t, options{captcha: true})
	for path, b := range map[string]body{
		"/api/register":     alice,
		"/api/login":        alice,
		"/api/verify/phone": {"phone": "13800138000"},
	} {
		d.post(path, b).is(d, 422, "captcha_required", "captcha captcha_required")
		id, answer := d.solve()
		d.post(path, b.with("captcha_id", id).with("captcha", wrong(answer))).is(d, 422, "captcha_wrong",
			"captcha captcha_wrong")
		d.post(path, b.with("captcha_id", id).with("captcha", answer)).is(d, 422, "captcha_wrong", "captcha captcha_wrong")
	}
	id, answer := d.solve()
	d.registered(alice.with("captcha_id", id).with("captcha", answer))
}

// TestCaptchaAudio: the digits of a picture can be heard. That does not spend the captcha.
func TestCaptchaAudio(t *testing.T) {
	t.Parallel()
	d := deploy(t, options{captcha: true})
	id, right := d.solve()
	var spoken struct {
		Audio string `json:"captcha_audio"`
	}
	for _, language := range []string{"zh-CN", "en"} {
		a := d.get(audio(id), "Accept-Language", language)
		a.is(d, 200, "")
		if a.into(d, &spoken); len(spoken.Audio) < 10_000 {
			t.Errorf("%s: %d characters", language, len(spoken.Audio))
		}
	}
	d.registered(alice.with("captcha_id", id).with("captcha", right))
	d.get("/api/captcha/audio?captcha_id=captcha123").is(d, 422, "captcha_wrong", "captcha_id captcha_wrong")
	d.get(audio(id), "Site-Id", "9").is(d, 422, "site_unknown")
	for _, proof := range []string{"", "&proof=", "&proof=00"} {
		path := "/api/captcha/audio?captcha_id=" + id + proof
		d.get(path).is(d, 422, "captcha_wrong", "proof captcha_wrong")
	}
	d.get("/api/captcha/audio").is(d, 400, "invalid_request", "captcha_id required")
	deploy(t, options{}).get(audio(id)).is(d, 422, "captcha_wrong", "captcha_id captcha_wrong")
}

func TestLoginAndDetail(t *testing.T) {
	t.Parallel()
	d := deploy(t, options{})
	u := d.registered(alice.with("avatar_url", "/uploads/a.webp"))
	if u.FullAvatarURL != "https://cdn.example.com/uploads/a.webp" {
		t.Errorf("full avatar %q", u.FullAvatarURL)
	}
	d.post("/api/login", alice.with("password", "somethingelse")).is(d, 422, "credentials_wrong")
	d.post("/api/login", body{"password": "x"}).is(d, 422, "login_incomplete", "user_name required")
	d.now.advance(time.Minute)
	var in, read signedIn
	a := d.post("/api/login", alice)
	a.is(d, 200, "")
	a.into(d, &in)
	if in.ID != u.ID || in.LastLogin != u.LastLogin+60 || in.Token == u.Token {
		t.Errorf("registered %+v, then %+v", u, in)
	}
	for _, header := range [][]string{{"Token", u.Token}, {"Authorization", "Bearer " + in.Token}} {
		a := d.get("/api/user/detail", header...)
		a.is(d, 200, "")
		a.into(d, &read)
		if read.ID != u.ID || a.header.Get("Update-Token") != "" {
			t.Errorf("read %+v", read)
		}
	}
	// In the last hour of a token, the answer has a new one.
	d.now.advance(23*time.Hour + 30*time.Minute)
	a = d.get("/api/user/detail", "Token", in.Token)
	a.is(d, 200, "")
	a.into(d, &read)
	if fresh := a.header.Get("Update-Token"); fresh == "" || fresh != read.Token || fresh == in.Token {
		t.Errorf("Update-Token %q", fresh)
	}
	d.exec("UPDATE users SET status = 0")
	d.post("/api/login", alice).is(d, 403, "account_disabled")
	d.get("/api/user/detail", "Token", read.Token).is(d, 403, "account_disabled")
	d.exec("DELETE FROM users")
	d.get("/api/user/detail", "Token", read.Token).is(d, 401, "token_invalid")
}

// TestLoginInternalError: a hash that no library reads is an error in the data, and
// tells the client nothing.
func TestLoginInternalError(t *testing.T) {
	t.Parallel()
	d := deploy(t, options{})
	d.registered(alice)
	d.exec("UPDATE users SET password_hash = '$unknown$'")
	d.post("/api/login", alice).is(d, 500, "internal")
}

func TestIdempotencyOnTheWire(t *testing.T) {
	t.Parallel()
	d := deploy(t, options{})
	const key = "order:0b7a6c9e-3f0d-4d5b-9a53-3c1c7f2a8f10"
	var first, again signedIn
	d.post("/api/register", alice, "Idempotency-Key", key).into(t, &first)
	a := d.post("/api/register", alice, "Idempotency-Key", `"`+key+`"`)
	a.is(d, 200, "")
	if a.into(t, &again); again.ID != first.ID || again.ID == 0 {
		t.Errorf("user %d, then %d", first.ID, again.ID)
	}
	d.post("/api/register", alice.with("user_name", "bob"), "Idempotency-Key", key).
		is(d, 422, "idempotency_key_reused", "Idempotency-Key idempotency_key_reused")
	d.exec("UPDATE idempotency_keys SET user_id = NULL, claimed_until = $1", d.now.Now().Add(7*time.Second))
	a = d.post("/api/register", alice, "Idempotency-Key", key)
	a.is(d, 409, "idempotency_in_progress", "Idempotency-Key idempotency_in_progress")
	if got := a.header.Get("Retry-After"); got != "10" {
		t.Errorf("Retry-After %q", got)
	}
	for _, key := range []string{`"half-a-key-of-22-letters`, "two words of 27 characters", "key-1", "名", longPassword} {
		if a := d.post("/api/register", alice, "Idempotency-Key", key); a.Reason != "invalid_request" {
			t.Errorf("key %q: %s", key, a.body)
		}
	}
}

// TestBusy: while the hasher and its queue are full, each request that needs a hash is refused at once, and
// nothing of it is kept: the same request is processed as usual when there is room.
func TestBusy(t *testing.T) {
	t.Parallel()
	d := deploy(t, options{hasher: password.Config{
		Params: password.Params{Memory: 64, Passes: 1}, Workers: 1, Queue: 1, MaxWait: time.Hour,
	}})
	token := d.registered(alice).Token
	const unlike = "somethingelse"
	requests := map[string]struct {
		body   body
		reason string
	}{
		"/api/register":      {alice.with("user_name", "bob"), ""},
		"/api/login":         {alice.with("password", unlike), "credentials_wrong"},
		"/api/user/password": {body{"old_password": unlike, "password": "another good one"}, "credentials_wrong"},
		"/api/user/delete":   {body{"password": unlike}, "credentials_wrong"},
		detailPath:           {body{"old_password": unlike, "user_name": "bobby"}, "credentials_wrong"},
		resetPath:            {body{"email": "a@example.com", "code": "123456", "password": unlike}, "code_expired"},
	}
	send := func(path string) answer {
		if strings.HasPrefix(path, "/api/user/") {
			return d.post(path, requests[path].body, "Token", token)
		}
		return d.post(path, requests[path].body)
	}
	free := d.occupy()
	for path := range requests {
		send(path).is(t, 503, "busy")
	}
	free()
	for path, r := range requests {
		if a := send(path); a.Reason != r.reason {
			t.Errorf("%s: %s", path, a.body)
		}
	}
}

// TestOutcomeUnknownOnTheWire ends the connection in the commit of each operation
// that a person may repeat only with care.
func TestOutcomeUnknownOnTheWire(t *testing.T) {
	t.Parallel()
	d := deploy(t, options{pool: pgtest.Fresh(t)})
	u := d.registered(alice.with("phone", "13800138000").with("code", d.code("13800138000", "register")))
	d.now.advance(time.Minute)
	code := d.code("13800138000", "login")
	d.exec(`CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS $$
		BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$`)
	d.exec(`CREATE CONSTRAINT TRIGGER die AFTER INSERT OR UPDATE ON users DEFERRABLE INITIALLY DEFERRED
		FOR EACH ROW EXECUTE FUNCTION die()`)
	d.post("/api/register", alice.with("user_name", "bob")).is(d, 503, "outcome_unknown")
	d.post("/api/login", alice).is(d, 503, "outcome_unknown")
	d.post("/api/login", body{"phone": "13800138000", "code": code}).is(d, 503, "outcome_unknown")
	// A code is stored before it is sent, so it is known that nothing was sent.
	d.exec(`CREATE CONSTRAINT TRIGGER die AFTER INSERT ON one_time_codes DEFERRABLE INITIALLY DEFERRED
		FOR EACH ROW EXECUTE FUNCTION die()`)
	d.post("/api/verify/phone", body{"phone": "13800138001"}).is(d, 503, "unavailable")
	d.post("/api/verify/email", body{"email": "a@example.com"}, "Token", u.Token).is(d, 503, "unavailable")
}

func TestUnavailable(t *testing.T) {
	t.Parallel()
	pool := pgtest.Fresh(t)
	d := deploy(t, options{pool: pool})
	token := d.registered(alice).Token
	pool.Close()
	d.post("/api/register", alice).is(d, 503, "unavailable")
	d.post("/api/login", alice).is(d, 503, "unavailable")
	d.post("/api/verify/phone", body{"phone": "13800138000"}).is(d, 503, "unavailable")
	d.get("/api/user/detail", "Token", token).is(d, 503, "unavailable")
}

// TestKeyCoversEveryField: a repetition with a field that the first request did not have, or with a
// changed one, is a different request. That holds for each field of the contract, except the two of
// the captcha and those that the service ignores.
func TestKeyCoversEveryField(t *testing.T) {
	t.Parallel()
	d := deploy(t, options{})
	another := map[string]any{
		"user_name": "somebody", "password": "MyPassword124", "real_name": "Some Body", "avatar_url": "/b.png",
		"email": "somebody@example.com", "phone": "13900139000", "code": "000000", "invite_code": "elsewhere", "invite_id": 1,
		"captcha_id": "another", "captcha": "another", "first_name": "Somebody", "last_name": "Body",
		"birthday": 946684800, "accepted_terms": "another", "state": "another", "reset_password": true,
	}
	ignored := []string{"captcha_id", "captcha", "state", "reset_password"}
	first := map[string]body{
		"a-registration-by-name":  {"user_name": "alice", "password": "MyPassword123"},
		"a-registration-by-phone": {"phone": "13800138000", "code": d.code("13800138000", "register")},
		"a-complete-registration": {
			"user_name": "complete", "password": "MyPassword123", "real_name": "Alice", "avatar_url": "/a.png",
			"email": "alice@example.com",
			"phone": "13700137000", "code": d.code("13700137000", "register"),
		},
	}
	for key, b := range first {
		d.post("/api/register", b, "Idempotency-Key", key).is(d, 200, "")
		for field := range reflect.TypeFor[api.RegisterRequest]().Fields() {
			name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
			value, known := another[name]
			if !known {
				t.Errorf("field %s has no other value here", name)
				continue
			}
			a := d.post("/api/register", b.with(name, value), "Idempotency-Key", key)
			d.exec("UPDATE idempotency_keys SET failures = 0")
			want := "idempotency_key_reused"
			if slices.Contains(ignored, name) {
				want = ""
			}
			// A phone or a code alone does not complete a request.
			if a.Reason != want && (b["phone"] != nil || a.Reason != "registration_incomplete") {
				t.Errorf("%s, other %s: %s", key, name, a.body)
			}
		}
	}
}
