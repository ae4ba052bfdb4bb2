package server_test

import (
	"cmp"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/enroll-project/enroll/internal/captcha"
	"github.com/enroll-project/enroll/test/captchatest"
)

// operations lists every operation of the contract once.
func operations() []target {
	return slices.CompactFunc(targets(book.doc), func(a, b target) bool { return a.OperationID == b.OperationID })
}

// fields returns the fields of an operation's request: the members of the body, or the parameters of the query.
func (t target) fields() map[string]*openapi3.Schema {
	all := map[string]*openapi3.Schema{}
	if t.body != nil {
		for name, property := range t.body.Properties {
			all[name] = property.Value
		}
	}
	for _, p := range t.params {
		if p.In == openapi3.ParameterInQuery {
			all[p.Name] = p.Schema.Value
		}
	}
	return all
}

// scene is a deployment on which one operation succeeds with a good request, so that a refusal is
// due to the change that a test makes in the request.
type scene struct {
	*deployment
	op    target
	token string // of a user, for operations that need one
	host  signedIn
	sent  string // the code that is on its way
}

// arrange makes what an operation needs: a registered user for a login, and an
// unregistered phone for a registration.
func arrange(t *testing.T, op target, o options) *scene {
	t.Helper()
	o.extra = `{"additionalProperties":{"type":"string"}}`
	s := &scene{deployment: deploy(t, o), op: op}
	s.host = s.registered(s.proven(body{"user_name": "hostess", "password": "MyPassword123"}))
	s.token = s.host.Token
	if op.OperationID == "register" {
		return s
	}
	known := body{
		"user_name": "newuser", "password": "MyPassword123", "email": "newuser@example.com", "phone": "13800138000",
		"code": s.text("register"),
	}
	s.token = s.registered(s.proven(known)).Token
	s.exec("UPDATE users SET email_verified_at = now() WHERE email IS NOT NULL")
	s.now.advance(time.Minute)
	return s
}

// proven adds a solved captcha if the deployment requires one.
func (s *scene) proven(b body) body {
	s.Helper()
	if !s.captcha {
		return b
	}
	id, answer := s.solve()
	return b.with("captcha_id", id).with("captcha", answer)
}

// text requests a code for the phone of the scene.
func (s *scene) text(purpose string) string {
	s.Helper()
	s.post("/api/verify/phone", s.proven(body{"phone": "13800138000", "purpose": purpose})).is(s, http.StatusOK, "")
	return s.phones.last()
}

// good is a request that succeeds and has a given field, "" for any: the smallest example of the contract
// that has it, else the smallest with it added. Codes and invitations, which no example has, are filled in.
func (s *scene) good(field string) body {
	s.Helper()
	b := s.example(field)
	if _, has := b[field]; !has && field != "" {
		b[field] = s.suited(field, b)
	}
	if _, asks := s.op.fields()["captcha"]; asks {
		b = s.proven(b)
	} else if _, asks := s.op.fields()["captcha_id"]; asks {
		id, _ := s.solve()
		b["captcha_id"], b["proof"] = id, captchatest.SoundProof(id, captcha.LeastBits)
	}
	if b["channel"] == "voice" { // a call comes after an SMS
		s.post("/api/verify/phone", s.proven(body{"phone": b["phone"], "purpose": b["purpose"]})).is(s, http.StatusOK, "")
		s.now.advance(time.Minute)
	}
	if _, has := b["code"]; has {
		switch purposes := map[string]string{"register": "register", "login": "login", "resetPassword": "reset"}; {
		case s.op.OperationID == "updateUser":
			s.sent = s.changeCode(s.token, s.proven(body{"phone": b["phone"]}))
		case s.op.OperationID == "changePassword", s.op.OperationID == "deleteUser":
			s.sent = s.mailed(s.token, s.proven(body{"state": "change"}))
		case s.op.secured:
			s.sent = s.mailed(s.token, s.proven(body{"email": b["email"]}))
		default:
			s.sent = s.sentTo(b, purposes[s.op.OperationID])
		}
		b["code"] = s.sent
	}
	return b
}

// sentTo requests a code for the address of a request without a login: the phone, or else the email.
func (s *scene) sentTo(b body, purpose string) string {
	s.Helper()
	if b["phone"] != nil {
		s.post("/api/verify/phone", s.proven(body{"phone": b["phone"], "purpose": purpose})).is(s, http.StatusOK, "")
		s.settle() // some codes are sent after the answer
		return s.phones.last()
	}
	s.post("/api/verify/email", s.proven(body{"email": b["email"], "state": purpose})).is(s, http.StatusOK, "")
	s.settle()
	code, _ := s.mails.last(s)
	return code
}

func (s *scene) example(field string) body {
	best := body{}
	for i, sample := range s.op.samples[min(1, len(s.op.samples)):] { // the first one has all fields
		_, has := sample[field]
		_, had := best[field]
		if i == 0 || has && !had || has == had && len(sample) < len(best) {
			best = maps.Clone(body(sample))
		}
	}
	for _, p := range s.op.params {
		if p.In == openapi3.ParameterInQuery && (p.Required || p.Name == field || p.Name == "email") {
			best[p.Name] = cmp.Or(p.Example, s.suited(p.Name, best))
		}
	}
	return best
}

// suited is a good value for a field that no example of the contract has.
func (s *scene) suited(field string, b body) any {
	if s.op.OperationID == "login" { // with one identifier
		for _, other := range []string{"user_name", "email", "phone", "code"} {
			delete(b, other)
		}
		b["password"] = "MyPassword123"
		if field == "accepted_terms" {
			b["user_name"] = "newuser"
		}
	}
	if enum := s.op.fields()[field].Enum; len(enum) > 0 {
		return enum[0]
	}
	if field == "id" {
		return s.group()
	}
	return map[string]any{
		"first_name": "新", "last_name": "用户",
		"invite_code": s.host.InviteCode, "invite_id": s.host.ID, "avatar_url": "uploads/a.webp", "user_name": "newuser",
		"email": "newuser@example.com", "phone": "13800138000", "remember": true, "captcha": "x", "captcha_id": "x",
		"accepted_terms": "2026-11",
	}[field]
}

// group makes a group and returns its id.
func (s *scene) group() int {
	s.Helper()
	s.exec("INSERT INTO groups (site_id, id, title) VALUES (1, 2, 'members') ON CONFLICT DO NOTHING")
	return 2
}

// ends are the operations that end the session of the token.
var ends = []string{"logout", "changePassword", "deleteUser"}

// ask sends a request.
func (s *scene) ask(b body, headers ...string) answer {
	s.Helper()
	if s.op.secured {
		headers = append([]string{"Token", s.token}, headers...)
	}
	if s.op.body != nil {
		a := s.post(s.op.path, b, headers...)
		if a.status == http.StatusOK && slices.Contains(ends, s.op.OperationID) {
			s.again()
		}
		return a
	}
	query := url.Values{}
	for name, value := range b {
		text, ok := value.(string)
		if raw, is := value.(json.RawMessage); is {
			text, ok = string(raw), true
		}
		if !ok {
			text = jsonOf(value)
		}
		query.Set(name, text)
	}
	path := strings.ReplaceAll(s.op.path, "{id}", "an-id")
	return s.do(s.op.method, strings.TrimSuffix(path+"?"+query.Encode(), "?"), "", headers...)
}

// again logs the holder of the token in with the earlier password, after a request that has ended the session.
func (s *scene) again() {
	s.Helper()
	s.exec(`UPDATE users SET password_hash = (SELECT password_hash FROM users WHERE user_name = 'hostess')
		WHERE user_name = 'newuser'`)
	s.token = s.login(s.proven(body{"user_name": "newuser", "password": "MyPassword123"}))
}

// rows counts the rows of the database that a refused request must not change. It leaves out failed
// logins and attempts to change a password or an identifier, which are counted on purpose, and captchas,
// which a wrong answer spends.
func (s *scene) rows() (n int) {
	s.Helper()
	for _, table := range []string{"users", "one_time_codes", "idempotency_keys",
		"budgets WHERE scope NOT LIKE '%failures' AND scope NOT IN ('password_user', 'change_user')"} {
		n += s.count(table)
	}
	return n
}

// TestGoodRequests is the control of the other tests: with each of its fields, each operation
// succeeds if nothing is wrong.
func TestGoodRequests(t *testing.T) {
	t.Parallel()
	for _, op := range operations() {
		for field := range op.fields() {
			for _, captchas := range []bool{false, true} {
				t.Run(op.OperationID+"/"+field, func(t *testing.T) {
					t.Parallel()
					if op.OperationID == "getCaptchaAudio" && !captchas {
						return
					}
					s := arrange(t, op, options{captcha: captchas})
					s.ask(s.good(field)).is(t, http.StatusOK, "")
				})
			}
		}
	}
}

// TestInvalidTokens: a request in which nothing is wrong but the token is refused for it.
func TestInvalidTokens(t *testing.T) {
	t.Parallel()
	for _, op := range operations() {
		if !op.secured {
			continue
		}
		t.Run(op.OperationID, func(t *testing.T) {
			t.Parallel()
			s := arrange(t, op, options{})
			good := s.good("")
			if op.OperationID == "sendPhoneCode" {
				good["purpose"] = "change" // no other one needs a token
			}
			s.token += "x"
			s.ask(good).is(t, http.StatusUnauthorized, "token_invalid")
		})
	}
}
