package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// visitor plays a person: it calls most operations of a process, with secrets that
// occur nowhere else, so that a leak shows where it came from.
type visitor struct {
	*watch
	process                        *process
	n                              int
	name, password, phone, email   string
	mistyped, otherPhone, newEmail string
	token                          string
}

func newVisitor(w *watch, p *process, n int) *visitor {
	v := &visitor{
		watch: w, process: p, n: n, name: fmt.Sprint("visitor", n),
		password: fmt.Sprintf("cAnArY+pass/word %d", n), mistyped: fmt.Sprintf("cAnArY+mistyped/word %d", n),
		phone: fmt.Sprintf("1391234567%d", n), otherPhone: fmt.Sprintf("1381234567%d", n),
		email: fmt.Sprintf("canary-mail-%d@visitor.example", n), newEmail: fmt.Sprintf("canary-new-%d@visitor.example", n),
	}
	for what, secret := range map[string]string{
		"password": v.password, "mistyped password": v.mistyped, "email": v.email, "email that is new": v.newEmail,
		"phone": v.phone, "phone that is another": v.otherPhone,
	} {
		w.canaries[fmt.Sprint(what, " ", n)] = secret
	}
	return v
}

// object returns a JSON object. pairs are names and values in turn.
func object(pairs ...string) string {
	members := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		members[pairs[i]] = pairs[i+1]
	}
	text, err := json.Marshal(members)
	if err != nil {
		panic(err)
	}
	return string(text)
}

// request sends a request. A refusal of it must hold no secret.
func (v *visitor) request(method, path, body string, headers ...string) answer {
	v.Helper()
	req, err := http.NewRequestWithContext(v.Context(), method, v.process.api+path, strings.NewReader(body))
	if err != nil {
		v.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		v.Fatal(err)
	}
	defer res.Body.Close()
	var all bytes.Buffer
	if err := res.Header.Write(&all); err != nil {
		v.Fatal(err)
	}
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		v.Fatal(err)
	}
	all.Write(raw)
	a := answer{}
	err = json.Unmarshal(raw, &a)
	if a.Status = res.StatusCode; a.Status == http.StatusOK {
		v.successes.Write(all.Bytes())
	} else if v.check("the refusal of "+method+" "+path, all.String()); err != nil {
		v.Errorf("%s %s: %v", method, path, err)
	}
	if token, _ := a.Data["token"].(string); token != "" {
		v.token = token
		v.canaries[fmt.Sprint("token ", len(v.canaries))] = token
		v.canaries[fmt.Sprint("token's signature ", len(v.canaries))] = token[strings.LastIndex(token, ".")+1:]
	}
	return a
}

// post fails the test if the answer is not the expected one, so that each step has its effect.
func (v *visitor) post(status int, reason, path, body string, headers ...string) answer {
	v.Helper()
	a := v.request(http.MethodPost, path, body, headers...)
	if a.Status != status || a.Reason != reason {
		v.Errorf("%s: %d %s, want %d %s", path, a.Status, a.Reason, status, reason)
	}
	return a
}

// code requests a code and reads it. It deletes the budgets first, as if the cooldown had passed.
func (v *visitor) code(phone, purpose string) string {
	v.Helper()
	v.exec("DELETE FROM budgets")
	v.post(200, "", "/api/verify/phone", object("phone", phone, "purpose", purpose))
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.texts["+86"+phone]
}

// join registers and logs in, by user name and by phone, with the password and with a code.
func (v *visitor) join() {
	v.Helper()
	key := "the-registration-of-" + v.name
	body := object("user_name", v.name, "password", v.password, "email", v.email, "phone", v.phone, "code",
		v.code(v.phone, "register"))
	v.post(200, "", "/api/register", body, "Idempotency-Key", key)
	v.post(200, "", "/api/register", body, "Idempotency-Key", key)
	v.post(422, "idempotency_key_reused", "/api/register", object("user_name", v.name, "password", v.password),
		"Idempotency-Key", key)
	v.post(200, "", "/api/login", object("user_name", v.name, "password", v.password))
	v.post(200, "", "/api/login", object("phone", v.phone, "password", v.password))
	v.post(200, "", "/api/login", object("phone", v.phone, "code", v.code(v.phone, "login")))
	if a := v.request(http.MethodGet, "/api/user/detail", "", "Token", v.token); a.Status != http.StatusOK {
		v.Errorf("detail: %+v", a)
	}
}

// live does with an account what its holder can do: changes, a reset, and a deletion that a login cancels. It also
// exports the data about the person.
func (v *visitor) live() {
	v.Helper()
	second, third := fmt.Sprintf("cAnArY+second/word %d", v.n), fmt.Sprintf("cAnArY+third/word %d", v.n)
	newPhone := fmt.Sprintf("1371234567%d", v.n)
	for what, secret := range map[string]string{
		"password that is second": second, "password that is third": third, "phone that is new": newPhone,
	} {
		v.canaries[fmt.Sprint(what, " ", v.n)] = secret
	}
	of := func(status int, reason, path, body string) {
		v.Helper()
		v.post(status, reason, path, body, "Token", v.token)
	}
	for _, path := range []string{"/api/user/export", "/api/user/sessions"} {
		if a := v.request(http.MethodGet, path, "", "Token", v.token); a.Status != http.StatusOK {
			v.Errorf("%s: %+v", path, a)
		}
	}
	of(422, "credentials_wrong", "/api/user/password", object("old_password", v.mistyped, "password", second))
	of(200, "", "/api/user/password", object("old_password", v.password, "password", second))

	// A changed phone resets no password for a day, so the reset comes first.
	right := v.resetCode()
	v.post(422, "code_wrong", "/api/password/reset", object("phone", v.phone, "code", otherCode(right), "password", third))
	v.post(200, "", "/api/password/reset", object("phone", v.phone, "code", right, "password", third))
	v.post(200, "", "/api/login", object("user_name", v.name, "password", third))

	v.exec("DELETE FROM budgets")
	of(200, "", "/api/verify/phone", object("phone", newPhone, "purpose", "change"))
	v.mu.Lock()
	code := v.texts["+86"+newPhone]
	v.mu.Unlock()
	of(422, "credentials_wrong", "/api/user/detail", object("phone", newPhone, "code", code, "old_password", v.mistyped))
	of(200, "", "/api/user/detail", object("phone", newPhone, "code", code, "old_password", third))
	of(422, "credentials_wrong", "/api/user/delete", object("password", v.mistyped))
	of(200, "", "/api/user/delete", object("password", third))
	v.post(200, "", "/api/login", object("user_name", v.name, "password", third))

	// The account becomes as it was before, for the next steps.
	v.exec("DELETE FROM budgets")
	of(200, "", "/api/user/password", object("old_password", third, "password", v.password))
	v.exec("UPDATE users SET phone = $1, phone_since = NULL WHERE phone = $2", "+86"+v.phone, "+86"+newPhone)
	of(200, "", "/api/logout", "{}")
	of(401, "token_invalid", "/api/logout", "{}")
	v.post(200, "", "/api/login", object("user_name", v.name, "password", v.password))
}

// resetCode requests a code to reset the password and waits for it: it is sent after the answer.
func (v *visitor) resetCode() string {
	v.Helper()
	v.exec("DELETE FROM budgets")
	v.mu.Lock()
	defer v.mu.Unlock()
	delete(v.texts, "+86"+v.phone)
	v.mu.Unlock()
	v.post(200, "", "/api/verify/phone", object("phone", v.phone, "purpose", "reset"))
	v.mu.Lock()
	for v.texts["+86"+v.phone] == "" {
		v.texted.Wait()
	}
	return v.texts["+86"+v.phone]
}

// otherCode is a code that is not the right one.
func otherCode(right string) string {
	if right == "000000" {
		return "000001"
	}
	return "000000"
}

// beRefused makes the mistakes that people make.
func (v *visitor) beRefused() {
	v.Helper()
	v.post(422, "credentials_wrong", "/api/login", object("user_name", v.name, "password", v.mistyped))
	v.post(422, "credentials_wrong", "/api/login", object("email", v.email, "password", v.password))
	v.post(422, "credentials_wrong", "/api/login", object("phone", v.otherPhone, "password", v.password))
	v.post(409, "user_name_taken", "/api/register", object("user_name", strings.ToUpper(v.name), "password", v.password,
		"email", v.newEmail))
	v.post(409, "email_taken", "/api/register", object("user_name", v.name+"x", "password", v.password, "email",
		strings.ToUpper(v.email)))
	v.post(409, "phone_taken", "/api/register", object("phone", v.phone, "code", v.code(v.phone, "register"), "password",
		v.password))
	v.post(422, "code_expired", "/api/register", object("phone", v.otherPhone, "code", "111111", "password", v.password))
	right := v.code(v.otherPhone, "login")
	for range 5 {
		v.post(422, "code_wrong", "/api/login", object("phone", v.otherPhone, "code", otherCode(right)))
	}
	v.post(422, "code_exhausted", "/api/login", object("phone", v.otherPhone, "code", right))
	v.post(422, "password_context", "/api/register", object("user_name", v.name+"x", "password", v.newEmail, "email",
		v.newEmail))
	v.post(422, "password_too_long", "/api/register",
		object("user_name", v.name+"x", "password", strings.Repeat(v.password, 10)))
	v.post(422, "email_invalid", "/api/register", object("user_name", v.name+"x", "password", v.password, "email",
		v.newEmail+"\r\nBcc: "+v.email))
}

// misplace sends secrets where they do not belong.
func (v *visitor) misplace() {
	v.Helper()
	secrets := []string{v.password, v.token, v.phone, v.email}
	for _, s := range secrets {
		all := object("user_name", s, "password", s, "email", s, "phone", s, "code", s, "captcha", s, "captcha_id", s,
			"real_name", s+"\x00", "avatar_url", "javascript:"+s, "invite_code", s)
		for _, path := range []string{"/api/register", "/api/login", "/api/verify/phone", "/api/verify/email"} {
			v.request(http.MethodPost, path, all)
			v.request(http.MethodPost, path, all[:len(all)-1])
			v.request(http.MethodPost, path, object(s, s), "Site-Id", s, "Idempotency-Key", s, "Accept-Language", s)
			v.request(http.MethodPost, path, s, "Content-Type", s)
		}
		v.request(http.MethodPost, "/api/verify/phone", object("phone", "1", "purpose", s))
		v.request(http.MethodGet, "/api/user/detail", "", "Authorization", "Bearer "+s+"x", "Cookie", s, "User-Agent", s,
			"Referer", s, "X-Forwarded-For", s)
		v.request(http.MethodGet, "/api/verify/email?state=verify&code="+strings.ReplaceAll(s, " ", "%20"), "", "Token",
			s+"x", "X-Request-Id", s+" x")
		v.request(http.MethodDelete, "/"+strings.ReplaceAll(s, " ", "%20")+"?token="+v.token, "")
	}
}

// fail sends requests that fail in the database, at the SMS gateway and at the mail server.
func (v *visitor) fail() {
	v.Helper()
	for real, want := range map[string]struct {
		status int
		reason string
	}{"odd": {500, "internal"}, "raise": {500, "internal"}, "die": {503, "outcome_unknown"}} {
		v.post(want.status, want.reason, "/api/register", object("user_name", v.name+real, "password", v.password, "email",
			v.newEmail,
			"phone", v.otherPhone, "code", v.code(v.otherPhone, "register"), "real_name", real))
	}
	v.canaries["hash"] = "$cAnArY$hash$"
	v.exec("UPDATE users SET password_hash = $1 || password_hash", v.canaries["hash"])
	v.post(500, "internal", "/api/login", object("user_name", v.name, "password", v.password))
	v.exec("UPDATE users SET password_hash = substr(password_hash, $1)", len(v.canaries["hash"])+1)
	v.post(503, "mail_failed", "/api/verify/email", object("email", v.newEmail, "state", "verify"), "Token", v.token)
	v.gatewayIs(true)
	v.exec("DELETE FROM budgets")
	v.post(503, "sms_failed", "/api/verify/phone", object("phone", v.otherPhone))
	v.gatewayIs(false)
	v.code(v.otherPhone, "login") // this code is never used, so it stays in the database
	v.exec("DELETE FROM budgets")
	v.post(200, "", "/api/verify/phone", object("phone", v.otherPhone, "purpose", "login", "channel", "voice"))
}

func (v *visitor) gatewayIs(down bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.down = down
}

// wait sends requests while the database is away.
func (v *visitor) wait() {
	v.Helper()
	for path, body := range map[string]string{
		"/api/register": object("user_name", v.name+"y", "password", v.password, "email", v.newEmail),
		"/api/login":    object("user_name", v.name, "password", v.password),
	} {
		if a := v.request(http.MethodPost, path, body); a.Status < 500 {
			v.Errorf("%s without a database: %d %s", path, a.Status, a.Reason)
		}
	}
}

// solve registers and logs in where captchas are required, with right and with wrong answers.
func (v *visitor) solve() {
	v.Helper()
	proof := func() (id, answer string) {
		id, answer = solveImage(v.T, v.canaries["secret"], v.process.api)
		v.canaries[fmt.Sprint("captcha answer ", len(v.canaries))] = answer
		return id, answer
	}
	id, right := proof()
	v.post(200, "", "/api/register", object("user_name", v.name, "password", v.password, "captcha_id", id,
		"captcha", right))
	v.post(422, "captcha_wrong", "/api/register", object("user_name", v.name+"x", "password", v.password, "captcha_id", id,
		"captcha", right))
	id, right = proof()
	v.post(422, "captcha_wrong", "/api/login", object("user_name", v.name, "password", v.password, "captcha_id", id,
		"captcha", right+"0"))
	v.post(422, "captcha_required", "/api/login", object("user_name", v.name, "password", v.password, "captcha", right))
}
