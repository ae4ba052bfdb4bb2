package server_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/enroll-project/enroll/internal/account"
)

const detailPath = "/api/user/detail"

// newPhone is a phone that no user has.
const newPhone = "13900139000"

// who is the part of an answer with a user's identifiers.
type who struct {
	UserName  string `json:"user_name"`
	Canonical string `json:"user_name_canonical"`
	Phone     string
	Email     string
	Verified  bool `json:"email_verified"`
}

// identify changes identifiers, with the password as the proof, and returns the user that comes back.
func (d *deployment) identify(token string, b body) (w who) {
	d.Helper()
	a := d.post(detailPath, b.with("old_password", "MyPassword123"), "Token", token)
	a.is(d, 200, "")
	a.into(d, &w)
	d.settle()
	return w
}

// TestChangeIdentifiers: name, phone and email are changed with a proof of the holder. Only the new ones can
// then log in, and the old addresses get a notice.
func TestChangeIdentifiers(t *testing.T) {
	t.Parallel()
	d := deploy(t, options{})
	u := d.verified()
	code := d.changeCode(u.Token, body{"phone": newPhone})
	got := d.identify(u.Token, body{"user_name": "Alicia", "phone": newPhone, "code": code, "real_name": "A"})
	if want := (who{"Alicia", "alicia", newPhone, "alice@example.com", true}); got != want {
		t.Errorf("got %+v", got)
	}
	if _, to := d.mails.last(t); to != "alice@example.com" || d.count("notices") != 0 {
		t.Errorf("told %q, %d wait", to, d.count("notices"))
	}
	if told := d.phones.last(); told != "" { // a notice has no code
		t.Errorf("the old phone got %q", told)
	}
	d.login(body{"user_name": "alicia", "password": "MyPassword123"})
	d.login(body{"phone": newPhone, "password": "MyPassword123"})
	for _, old := range []body{{"user_name": "alice"}, {"phone": "13800138000"}} {
		d.post("/api/login", old.with("password", "MyPassword123")).is(d, 422, "credentials_wrong")
	}
	d.now.advance(time.Minute)
	mailed := d.changeCode(u.Token, body{"email": "New@example.com"})
	if got := d.identify(u.Token, body{"email": "New@example.com", "code": mailed}); got.Email != "New@example.com" ||
		!got.Verified {
		t.Errorf("got %+v", got)
	}
	if _, to := d.mails.last(t); to != "alice@example.com" {
		t.Errorf("told %q", to)
	}
	got = d.identify(u.Token, body{"email": "claimed@example.com"})
	if got.Email != "claimed@example.com" || got.Verified {
		t.Errorf("got %+v", got)
	}
	d.registered(alice) // the old name and email are free
}

// TestChangeNeedsProof: no identifier is changed by a token alone, by a wrong password, or by a code to an
// address that the user did not have before.
func TestChangeNeedsProof(t *testing.T) {
	t.Parallel()
	d := deploy(t, options{limits: account.Limits{LoginPerNetwork: 4}})
	token := d.verified().Token
	code := d.changeCode(token, body{"phone": newPhone})
	ask := func(b body) answer { return d.post(detailPath, b, "Token", token) }
	for _, b := range []body{{"user_name": "alicia"}, {"email": "new@example.com"}, {"phone": newPhone, "code": code}} {
		ask(b).is(d, 422, "proof_required", "old_password required")
		ask(b.with("old_password", "somethingelse")).is(d, 422, "credentials_wrong", "old_password credentials_wrong")
		ask(b.with("old_password", "MyPassword123").with("proof_code", "123456")).
			is(d, 422, "proof_required", "old_password required")
	}
	phone := body{"phone": newPhone, "old_password": "MyPassword123"}
	ask(phone).is(d, 422, "proof_required", "code required")
	ask(phone.with("code", wrong(code))).is(d, 422, "code_wrong", "code code_wrong")
	ask(body{"phone": newPhone, "code": code, "proof_code": code}).
		is(d, 422, "code_expired", "proof_code code_expired")
	if n := d.count("users WHERE user_name = 'alice' AND phone = '+8613800138000'"); n != 1 {
		t.Error("something was changed")
	}
	d.exec("DELETE FROM budgets")
	own := d.changeCode(token, body{})
	ask(body{"phone": newPhone, "code": code, "proof_code": own}).is(d, 200, "")
	ask(body{"user_name": "alicia", "proof_code": own}).
		is(d, 422, "code_expired", "proof_code code_expired")
	ask(body{"phone": newPhone, "user_name": "alice", "email": "alice@example.com"}).is(d, 200, "") // they are the user's
}

// TestChangeToTaken: an identifier of another user is refused, also a look-alike of a name; an email that
// another user only claims is taken from that user by its code.
func TestChangeToTaken(t *testing.T) {
	t.Parallel()
	d := deploy(t, options{})
	d.verified()
	bob := d.registered(body{"user_name": "bobby", "password": "MyPassword123", "email": "claimed@example.com"})
	carol := d.registered(body{"user_name": "carol", "password": "MyPassword123"}).Token
	ask := func(b body) answer {
		return d.post(detailPath, b.with("old_password", "MyPassword123"), "Token", carol)
	}
	for _, name := range []string{"alice", "ＡＬＩＣＥ", "аӏісе"} {
		ask(body{"user_name": name}).is(d, 409, "user_name_taken", "user_name user_name_taken")
	}
	ask(body{"user_name": "admin"}).is(d, 422, "user_name_reserved", "user_name user_name_reserved")
	ask(body{"email": "claimed@example.com"}).is(d, 409, "email_taken", "email email_taken")
	taken := d.changeCode(carol, body{"email": "alice@example.com"})
	ask(body{"email": "alice@example.com", "code": taken}).is(d, 409, "email_taken", "email email_taken")
	ask(body{"email": "alice@example.com", "code": taken}).is(d, 422, "code_expired", "code code_expired")
	phone := d.changeCode(carol, body{"phone": "13800138000"})
	ask(body{"phone": "13800138000", "code": phone}).is(d, 409, "phone_taken", "phone phone_taken")
	d.exec("DELETE FROM budgets")
	claimed := d.changeCode(carol, body{"email": "claimed@example.com"})
	ask(body{"email": "claimed@example.com", "code": claimed}).is(d, 200, "")
	var left who
	if d.get(detailPath, "Token", bob.Token).into(t, &left); left.Email != "" || left.UserName != "bobby" {
		t.Errorf("the other user has %+v", left)
	}
}

// TestNameChangeAfter: a user name can be changed once in 30 days. Clearing it counts as a change,
// choosing the first one does not.
func TestNameChangeAfter(t *testing.T) {
	t.Parallel()
	d := deploy(t, options{})
	token := d.registered(body{"phone": "13800138000", "code": d.code("13800138000", "register"),
		"password": "MyPassword123"}).Token
	ask := func(name string) answer {
		return d.post(detailPath, body{"user_name": name, "old_password": "MyPassword123"}, "Token", token)
	}
	ask("alice").is(d, 200, "")
	ask("Alice").is(d, 200, "")
	for _, name := range []string{"alice", "", "bobby"} {
		ask(name).is(d, 429, "user_name_too_soon", "user_name user_name_too_soon")
	}
	d.now.advance(30*24*time.Hour - time.Second)
	token = d.login(body{"phone": "13800138000", "password": "MyPassword123"})
	ask("bobby").is(d, 429, "user_name_too_soon", "user_name user_name_too_soon")
	d.now.advance(time.Second)
	ask("").is(d, 200, "")
	ask("bobby").is(d, 200, "")
}

// TestUserKeepsAWayToLogIn: the last identifier that one can log in with is not cleared.
func TestUserKeepsAWayToLogIn(t *testing.T) {
	t.Parallel()
	d := deploy(t, options{})
	const needed = "identifier_needed"
	token := d.registered(alice.with("email", "alice@example.com")).Token
	ask := func(b body) answer {
		return d.post(detailPath, b.with("old_password", "MyPassword123"), "Token", token)
	}
	ask(body{"user_name": ""}).is(d, 422, needed, "user_name "+needed)
	d.exec("UPDATE users SET email_verified_at = created_at")
	ask(body{"user_name": ""}).is(d, 200, "")
	ask(body{"email": ""}).is(d, 422, needed, "email "+needed)
	ask(body{"email": "other@example.com"}).is(d, 422, needed, "email "+needed) // the email is not verified
	ask(body{"email": "", "phone": newPhone, "code": d.changeCode(token, body{"phone": newPhone})}).is(d, 200, "")
	ask(body{"phone": ""}).is(d, 422, needed, "phone "+needed)
}

// TestChangedAddressRecoversNothing: for a day, a changed phone or email resets no password and does not prove the
// holder, so that the holder can change it back. An email in the place of a verified one needs the proof.
func TestChangedAddressRecoversNothing(t *testing.T) {
	t.Parallel()
	d := deploy(t, options{})
	token := d.verified().Token
	d.identify(token, body{"phone": newPhone, "code": d.changeCode(token, body{"phone": newPhone})})
	d.identify(token, body{"email": "new@example.com", "code": d.changeCode(token, body{"email": "new@example.com"})})
	reset := func() (sms, mails bool) {
		d.exec("DELETE FROM budgets")
		d.post("/api/verify/phone", body{"phone": newPhone, "purpose": "reset"}).is(d, 200, "")
		d.post("/api/verify/email", body{"email": "new@example.com", "state": "reset"}).is(d, 200, "")
		d.settle()
		_, to := d.mails.last(t)
		return len(d.phones.last()) == 6, to == "new@example.com"
	}
	d.phones.forget()
	if sms, mailed := reset(); sms || mailed {
		t.Errorf("an SMS: %t, a mail: %t", sms, mailed)
	}
	d.exec("DELETE FROM budgets")
	d.changeBy(token, d.changeCode(token, body{"phone": newPhone})).is(d, 422, "code_expired", "code code_expired")
	d.exec("DELETE FROM budgets")
	d.verify(token, "third@example.com", d.mailed(token, body{"email": "third@example.com"})).
		is(d, 422, "proof_required", "email proof_required")
	d.now.advance(24 * time.Hour)
	d.phones.forget()
	if sms, mailed := reset(); !sms || !mailed {
		t.Errorf("a day later, an SMS: %t, a mail: %t", sms, mailed)
	}
}

// TestTokenAddsNoEmail: an email that the account does not have yet is added by a token alone only soon after a login,
// because the email can log in even after that session has ended. An email that the account has already can be verified
// at any time.
func TestTokenAddsNoEmail(t *testing.T) {
	t.Parallel()
	bothWays(t, func(t *testing.T, o options) {
		d := deploy(t, o)
		for wait, added := range map[time.Duration]bool{10 * time.Minute: true, 10*time.Minute + time.Second: false} {
			name := fmt.Sprintf("user%d", wait/time.Second)
			own, other := name+"@example.com", name+"@example.net"
			token := d.registered(alice.with("user_name", name).with("email", own)).Token
			d.now.advance(wait)
			code := d.mailed(token, body{"email": other})
			if added {
				d.verify(token, other, code).is(d, 200, "")
				continue
			}
			d.verify(token, other, code).is(d, 422, "proof_required", "email proof_required")
			d.verify(token, own, d.mailed(token, body{"email": own})).is(d, 200, "")
			if n := d.count("users WHERE email_key = '" + other + "'"); n != 0 {
				t.Error("the email was added")
			}
		}
	})
}

// TestChangeRefusals has the refusals of a change that no other test covers.
func TestChangeRefusals(t *testing.T) {
	t.Parallel()
	d := deploy(t, options{limits: account.Limits{LoginPerNetwork: 10}})
	u := d.registered(alice.with("phone", "13800138000").with("code", d.code("13800138000", "register")))
	ask := func(b body) answer { return d.post(detailPath, b, "Token", u.Token) }
	ask(body{"user_name": "a", "old_password": "MyPassword123"}).
		is(d, 422, "user_name_too_short", "user_name user_name_too_short")
	d.now.advance(time.Minute)
	code := d.changeCode(u.Token, body{"phone": "13800138000"})
	for range 5 {
		ask(body{"user_name": "bobby", "proof_code": wrong(code)}).is(d, 422, "code_wrong", "proof_code code_wrong")
	}
	ask(body{"user_name": "bobby", "proof_code": code}).is(d, 422, "code_exhausted", "proof_code code_exhausted")
	d.exec("DELETE FROM budgets")
	for range 10 {
		ask(body{"user_name": "bobby", "old_password": "wrong password"}).
			is(d, 422, "credentials_wrong", "old_password credentials_wrong")
	}
	d.exec("DELETE FROM budgets")
	ask(body{"user_name": "bobby", "old_password": "MyPassword123"}).is(d, 429, "login_too_many")

	silent := deploy(t, options{noSMS: true, noMail: true})
	token := silent.registered(alice).Token
	silent.post(detailPath, body{"phone": newPhone, "code": "123456", "old_password": "MyPassword123"}, "Token", token).
		is(t, 422, "phone_not_offered", "phone phone_not_offered")
	silent.post(detailPath, body{"email": "a@example.com", "code": "123456", "old_password": "MyPassword123"},
		"Token", token).is(t, 422, "email_not_offered", "email email_not_offered")

	// The other form of the operation that verifies an email.
	confirming := deploy(t, options{confirm: true})
	token = confirming.registered(alice.with("email", "a@example.com")).Token
	confirming.exec("UPDATE users SET email_verified_at = created_at")
	confirming.verify(token, "b@example.com", "123456").is(t, 422, "proof_required", "email proof_required")
}

// TestChangesPerDay: the requests that change an identifier are counted, also those that fail.
func TestChangesPerDay(t *testing.T) {
	t.Parallel()
	d := deploy(t, options{})
	d.registered(alice.with("user_name", "bobby"))
	token := d.registered(alice).Token
	ask := func(name string) answer {
		return d.post(detailPath, body{"user_name": name, "old_password": "MyPassword123"}, "Token", token)
	}
	for range 10 {
		ask("bobby").is(d, 409, "user_name_taken", "user_name user_name_taken")
	}
	ask("carol").is(d, 429, "rate_limited")
	d.change(token, body{"real_name": "Alice"})
	d.now.advance(24 * time.Hour)
	d.post(detailPath, body{"user_name": "carol", "old_password": "MyPassword123"}, "Token", d.login(alice)).is(d, 200, "")
}

// TestChangesRace: of two users that change to one name, phone or email at once, one gets it; two that swap
// their emails do not deadlock, and none has the other's.
func TestChangesRace(t *testing.T) {
	t.Parallel()
	d := deploy(t, options{})
	users := [2]string{}
	for i, name := range []string{"alice", "bobby"} {
		users[i] = d.registered(alice.with("user_name", name).with("email", name+"@example.com")).Token
	}
	d.exec("UPDATE users SET email_verified_at = created_at")
	atOnce := func(b [2]body) (ends map[string]int) {
		d.exec("DELETE FROM budgets")
		ends = map[string]int{}
		var mu sync.Mutex
		var group sync.WaitGroup
		for i := range users {
			group.Go(func() {
				a := d.post(detailPath, b[i].with("old_password", "MyPassword123"), "Token", users[i])
				mu.Lock()
				defer mu.Unlock()
				ends[a.Reason]++
			})
		}
		group.Wait()
		return ends
	}
	code := func(i int, to body) string {
		d.exec("DELETE FROM budgets")
		return d.changeCode(users[i], to)
	}
	names := [2]body{{"user_name": "carol"}, {"user_name": "Carol"}}
	if ends := atOnce(names); ends[""] != 1 || ends["user_name_taken"] != 1 {
		t.Errorf("one name: %v", ends)
	}
	one := body{"phone": newPhone}
	if ends := atOnce([2]body{one.with("code", code(0, one)), one.with("code", code(1, one))}); ends[""] != 1 ||
		ends["phone_taken"] != 1 {
		t.Errorf("one phone: %v", ends)
	}
	a, b := body{"email": "alice@example.com"}, body{"email": "bobby@example.com"}
	if ends := atOnce([2]body{b.with("code", code(0, b)), a.with("code", code(1, a))}); ends["email_taken"] != 2 {
		t.Errorf("a swap: %v", ends)
	}
	both := body{"email": "new@example.com"}
	if ends := atOnce([2]body{both.with("code", code(0, both)), both.with("code", code(1, both))}); ends[""] != 1 ||
		ends["email_taken"] != 1 {
		t.Errorf("one email: %v", ends)
	}
	if d.count("users WHERE email = 'new@example.com'") != 1 {
		t.Error("two users have one email")
	}
}
