package server_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
)

// badField has values that no operation may accept for a field of that name (BI-19 to BI-25,
// BI-40), with any values of the other fields. If owner is not empty, the database holds that user.
type badField struct {
	id, field string
	owner     body
	values    []string
}

var badFields = []badField{
	{"BI-19", "user_name", nil, []string{
		"ab\u202ecd", "ab\u202dcd", "a\u200db", "a\u200bb", "a\u00adb", "a" + strings.Repeat("\u0301",
			200), "\u3164\u3164", "\u115fab", "ab\U000e0041", "\ufeffab",
	}},
	{"BI-20", "user_name", body{"user_name": "istanbul"}, []string{"ıstanbul", "ſtanbul", "istan\u200bbul"}},
	{"BI-21", "user_name", body{"user_name": "paypa"}, []string{"раура", "РАУРА", "pаypa", "paypа"}},
	{"BI-21", "user_name", body{"user_name": "note.a"}, []string{"ΝΟΤΕ.Α", "nοte.a"}},
	{"BI-22", "user_name", body{"user_name": "victim", "email": "victim@example.com"},
		[]string{"victim@example.com", "VICTIM@example.com", "victim＠example.com"}},
	{"BI-22", "user_name", nil, []string{"13900139000", "+8613900139000", "139-0013-9000", "１３９００１３９０００",
		"008613900139000"}},
	{"BI-23", "user_name", nil, []string{"admin", "adm1n", "ａｄｍｉｎ", "admin\u0327", "ADMIN", "a.d.m.i.n", "r00t",
		"postmaster", "abuse", "null", "api"}},
	{"BI-24", "email", nil, []string{
		`"a b"@example.com`, `"a"@example.com`, "a(comment)@example.com", "a@[127.0.0.1]", "a@[IPv6:::1]", "a@b",
		"a@localhost", "@example.com", "a@@example.com",
		strings.Repeat("l", 65) + "@example.com", strings.Repeat("l", 64) + "@" + strings.Repeat(strings.Repeat("d", 60)+".",
			3) + "example.com", // 258 octets
		"a@example.com\r\nBcc: c@d.co", "a@example.com\n", " a@example.com", "a@xn--a.com", "é@example.com",
		"a\u202e@example.com", "a@example.com,b@example.com", "A <a@example.com>",
	}},
	{"BI-25", "phone", nil, []string{
		"+0", "138", "+1", "1234567890123456", "+8612345678901234", "abc13800138000xyz", "13800138000 ext. 5",
		"13800138000;ext=5", "13800138000x1", "tel:+8613800138000;ext=5",
		"+19002345678", "+449098790123", "+18002345678", "+881612345678", "+8816312345", "+870773111632", "010-62345678",
		"4008123456", "13800138000\n", "①③⑧00138000",
	}},
	{"BI-40", "code", nil, []string{"12345", "1234567", "１２３４５", "12345x", "-12345", "1e5", "0x1234", "123 456", "١٢٣٤٥٦",
		"123456\n1"}},
}

// injections are texts that other programs may execute (BI-26 to BI-28).
var injections = []string{
	`' OR 1=1; DROP TABLE users --`, `{"$gt":""}`, `*)(uid=*))(|(uid=*`, `{{7*7}}${7*7}<%= 7*7 %>`, `%s%n%x`,
	`${jndi:ldap://x/a}`, `=cmd|' /C calc'!A0`, `@SUM(1+1)*cmd`,
	`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `../../etc/passwd`, `\u0000`,
}

// spellings are other ways to write one name (BI-20): Kelvin's sign, sharp s, dotted
// and final letters.
var spellings = map[string][]string{
	"kelvin":   {"\u212aelvin", "KELVIN", "ｋｅｌｖｉｎ"},
	"straße":   {"STRAẞE", "Straße"},
	"istanbul": {"ISTANBUL", "i\u0307stanbul", "\u0130STANBUL"},
	"οδυσσευς": {"ΟΔΥΣΣΕΥΣ", "οδυσσευσ"},
}

// TestSpellings: each spelling of a taken name is taken, and logs its one owner in.
func TestSpellings(t *testing.T) {
	t.Parallel()
	d := deploy(t, options{})
	for name, others := range spellings {
		d.registered(alice.with("user_name", name))
		for _, other := range others {
			d.post("/api/register", alice.with("user_name", other)).is(t, http.StatusConflict, "user_name_taken",
				"user_name user_name_taken")
			var u signedIn
			a := d.post("/api/login", alice.with("user_name", other))
			a.is(t, http.StatusOK, "")
			if a.into(t, &u); u.UserName != name {
				t.Errorf("%q is %q", other, u.UserName)
			}
		}
	}
}

// TestBadFields: each bad value goes to every operation that has such a field, in a request that would succeed
// without it (TestGoodRequests). It is refused, the database stays as it was, and the answer does not repeat it.
func TestBadFields(t *testing.T) {
	t.Parallel()
	for _, in := range badFields {
		taken := 0
		for _, op := range operations() {
			if op.fields()[in.field] == nil {
				continue
			}
			taken++
			t.Run(in.id+"/"+op.OperationID+"/"+in.field, func(t *testing.T) {
				t.Parallel()
				s := arrange(t, op, options{})
				if in.owner != nil {
					s.registered(in.owner.with("password", "MyPassword123"))
				}
				good := s.good(in.field)
				if op.OperationID == "sendPhoneCode" {
					// With the purpose login the answer is the same for each phone that may have a user, so a taken one is not
					// refused.
					good = good.with("purpose", "register")
				}
				for _, value := range in.values {
					s.refuses(good.with(in.field, value), value)
				}
			})
		}
		if taken == 0 {
			t.Errorf("%s: no operation has a field %s", in.id, in.field)
		}
	}
}

// refuses fails the test unless the request is refused, the database stays as it was, and the
// answer does not repeat the value.
func (s *scene) refuses(b body, value string) {
	s.Helper()
	before := s.rows()
	a := s.ask(b)
	if !slices.Contains([]int{http.StatusBadRequest, http.StatusConflict, http.StatusUnprocessableEntity}, a.status) {
		s.Errorf("%.80q: %d %s", value, a.status, a.body)
	}
	if after := s.rows(); after != before {
		s.Errorf("%.80q: %d rows are left of a refusal", value, after-before)
	}
	if len(value) >= 8 && strings.Contains(string(a.body), value) {
		s.Errorf("%.80q is repeated: %s", value, a.body)
	}
}

// TestBadForms has the cases of every field of every operation: U+0000 (BI-06), values of other types
// and beyond all bounds (BI-10, BI-36), and 10 KB (BI-18). It derives the values from the contract.
func TestBadForms(t *testing.T) {
	t.Parallel()
	for _, op := range operations() {
		for field, schema := range op.fields() {
			t.Run("BI-06 BI-10 BI-18/"+op.OperationID+"/"+field, func(t *testing.T) {
				t.Parallel()
				s := arrange(t, op, options{captcha: op.OperationID == "getCaptchaAudio"})
				good := s.good(field)
				for _, value := range misfits(schema, op.body != nil) {
					before := s.rows()
					s.ask(good.with(field, json.RawMessage(value))).is(t, http.StatusBadRequest, "invalid_request",
						s.fieldErrors(field, schema, value)...)
					if s.rows() != before {
						t.Errorf("%.80s: rows are left of a refusal", value)
					}
				}
			})
		}
	}
}

// misfits are JSON values that a schema forbids, or texts of a query.
func misfits(s *openapi3.Schema, inBody bool) []string {
	long := strings.Repeat(canary, 1500)
	if !inBody {
		return []string{canary + "\x00", long}
	}
	values := []string{`{}`, `[]`, `[1]`, `{"x":"` + canary + `"}`, `1e400`, `1.5`}
	switch {
	case s.Type.Is(openapi3.TypeObject):
		return []string{`[]`, `[1]`, `1e400`, `1.5`, `"{}"`, `""`, `true`, `-0`, `"` + canary + `\u0000"`, `"` + long + `"`,
			`{"x":"` + canary + `\u0000"}`, `{"` + canary + `\u0000":1}`}
	case s.Type.Is(openapi3.TypeString):
		return append(values, `1`, `true`, `-0`, `9223372036854775808`, `"`+canary+`\u0000"`, `"`+long+`"`)
	case s.Type.Is(openapi3.TypeInteger):
		least := int64(0)
		if s.Min != nil {
			least = min(int64(*s.Min), 0)
		}
		return append(values, `"1"`, `""`, `true`, `1.0`, `1e2`, `-0`, strconv.FormatInt(least-1, 10), `9007199254740992`,
			`9223372036854775808`, `-9223372036854775809`, `"`+long+`"`)
	}
	return append(values, `"true"`, `1`, `0`, `"`+canary+`\u0000"`, `"`+long+`"`)
}

// fieldErrors returns the field errors with which a misfit is refused.
func (s *scene) fieldErrors(field string, schema *openapi3.Schema, value string) []string {
	text := strings.HasPrefix(value, `"`) || s.op.body == nil
	switch {
	case strings.Contains(value, "\x00") || strings.Contains(value, `\u0000`):
		return []string{field + " forbidden_character"}
	case text && schema.Type.Is(openapi3.TypeString) && len(schema.Enum) > 0:
		return []string{field + " bad_format"}
	case text && schema.Type.Is(openapi3.TypeString):
		return []string{field + " too_long"}
	case schema.Type.Is(openapi3.TypeInteger) && !text && integral(value):
		return []string{field + " out_of_range"}
	}
	return []string{field + " wrong_type"}
}

func integral(value string) bool {
	return len(value) > 1 && strings.Trim(value, "-0123456789") == "" && value != "-0"
}

// TestInjections (BI-26 to BI-28): code in any text of any operation is treated as text. It is
// refused like other odd texts, or stored and returned unchanged.
func TestInjections(t *testing.T) {
	t.Parallel()
	for _, op := range operations() {
		for field, schema := range op.fields() {
			if !schema.Type.Is(openapi3.TypeString) {
				continue
			}
			t.Run("BI-26 BI-27 BI-28/"+op.OperationID+"/"+field, func(t *testing.T) {
				t.Parallel()
				var s *scene
				var good body
				for _, odd := range injections {
					if s == nil { // a success has used up the codes of the scene
						s = arrange(t, op, options{captcha: op.OperationID == "getCaptchaAudio"})
						good = s.good(field)
					}
					before := s.count("users")
					a := s.ask(good.with(field, odd))
					if a.status >= 500 || s.count("users") < before {
						t.Fatalf("%q: %d %s", odd, a.status, a.body)
					}
					var user map[string]any
					// Where there are no terms, accepted_terms is not stored.
					if a.status == http.StatusOK && json.Unmarshal(a.Data, &user) == nil && user[field] != nil && user[field] != odd &&
						field != "accepted_terms" {
						t.Errorf("%q came back as %q", odd, user[field])
					}
					if strings.ContainsAny(string(a.body), "<>&\u2028\u2029") {
						t.Errorf("not escaped: %s", a.body)
					}
					if a.status == http.StatusOK {
						s = nil
					} else if strings.Contains(string(a.body), odd) {
						t.Errorf("%q is repeated: %s", odd, a.body)
					}
				}
			})
		}
	}
}

// TestBadCaptchas (BI-39): every operation that takes a captcha refuses one that is missing,
// unknown, wrong, expired or used. The same request then succeeds with a new captcha.
func TestBadCaptchas(t *testing.T) {
	t.Parallel()
	for _, op := range operations() {
		if op.fields()["captcha"] == nil {
			continue
		}
		t.Run("BI-39/"+op.OperationID, func(t *testing.T) {
			t.Parallel()
			s := arrange(t, op, options{captcha: true})
			good := s.good("")
			right := good["captcha"].(string)
			refuse := func(about string, b body, reason string) {
				t.Helper()
				before := s.rows()
				if a := s.ask(b); a.status != http.StatusUnprocessableEntity || a.Reason != reason || s.rows() != before {
					t.Errorf("%s: %d %s", about, a.status, a.body)
				}
			}
			refuse("no answer", good.with("captcha", ""), "captcha_required")
			refuse("no id", good.with("captcha_id", ""), "captcha_required")
			refuse("unknown id", good.with("captcha_id", "captcha123"), "captcha_wrong")
			refuse("cut off", good.with("captcha_id", good["captcha_id"].(string)[1:]), "captcha_wrong")
			refuse("wrong answer", good.with("captcha", wrong(right)), "captcha_wrong")
			refuse("used by a wrong answer", good, "captcha_wrong")
			// A widget's token may have 8,192 characters. A longer text is refused by its form, and spends nothing.
			long := s.proven(good)
			refuse("the longest answer", long.with("captcha", strings.Repeat("x", 8192)), "captcha_wrong")
			refuse("used by the longest answer", long, "captcha_wrong")
			late := s.proven(good)
			s.now.advance(6 * time.Minute)
			refuse("expired", late, "captcha_wrong")
			fresh := s.proven(s.good(""))
			s.ask(fresh.with("captcha", strings.Repeat("x", 8193))).is(t, http.StatusBadRequest, "invalid_request",
				"captcha too_long")
			s.ask(fresh).is(t, http.StatusOK, "")
			refuse("used by a success", fresh, "captcha_wrong")
		})
	}
}

// TestExpandingPassword (BI-38): a password of 128 ligatures, each of which NFKC expands to
// eighteen letters, is accepted, because it has 128 characters. Other passwords do not match it.
func TestExpandingPassword(t *testing.T) {
	t.Parallel()
	d := deploy(t, options{})
	bomb := alice.with("password", strings.Repeat("\ufdfa", 128))
	d.registered(bomb)
	d.post("/api/login", bomb).is(t, http.StatusOK, "")
	for _, other := range []string{strings.Repeat("\ufdfa", 127), strings.Repeat("صلى الله عليه وسلم", 7)} {
		d.post("/api/login", bomb.with("password", other)).is(t, http.StatusUnprocessableEntity, "credentials_wrong")
	}
	d.post("/api/register", bomb.with("user_name", "bob").with("password", strings.Repeat("\ufdfa", 129))).
		is(t, http.StatusUnprocessableEntity, "password_too_long", "password password_too_long")
}

// TestBadHeaders: every operation refuses a header that breaks the contract.
func TestBadHeaders(t *testing.T) {
	t.Parallel()
	for _, op := range operations() {
		for _, p := range op.params {
			if p.Name != "Site-Id" {
				continue
			}
			t.Run(op.OperationID, func(t *testing.T) {
				t.Parallel()
				s := arrange(t, op, options{captcha: op.OperationID == "getCaptchaAudio"})
				good := s.good("")
				for _, in := range badInputs {
					if len(in.headers) < 2 || in.body != "{GOOD}" || in.status != http.StatusBadRequest ||
						in.headers[0] == "Content-Type" {
						continue
					}
					before := s.rows()
					s.ask(good, in.headers...).is(t, in.status, in.reason, in.fieldErrors...)
					if s.rows() != before {
						t.Errorf("%s: rows are left of a refusal", in.id)
					}
				}
				s.ask(good, "Site-Id", "3").is(t, http.StatusUnprocessableEntity, "site_unknown")
			})
		}
	}
}

// TestSiteInQuery: each operation below /api reads the site of the query as that of the header, and
// refuses a request with two sites.
func TestSiteInQuery(t *testing.T) {
	t.Parallel()
	d := deploy(t, options{})
	u := d.registered(alice)
	ask := func(op target, query string, headers ...string) answer {
		text := ""
		if op.body != nil {
			text = "{}"
		}
		if op.Operation == nil { // the upload, which is not in the list of operations()
			headers = append(headers, "Content-Type", "multipart/form-data; boundary=x")
		}
		return d.do(op.method, strings.ReplaceAll(op.path, "{id}", "x")+"?"+query, text,
			append(headers, "Token", u.Token)...)
	}
	for _, op := range append(operations(), target{method: http.MethodPost, path: "/api/user/avatar"}) {
		if !strings.HasPrefix(op.path, "/api/") {
			ask(op, "site_id=x").is(t, http.StatusOK, "") // it belongs to no site
			continue
		}
		for _, in := range []struct{ query, header string }{{"site_id=2", "1"}, {"site_id=1", "2"},
			{"site_id=3", "1"}, {"x=1&site_id=2", "9"}} {
			ask(op, in.query, "Site-Id", in.header).is(t, http.StatusUnprocessableEntity, "site_ambiguous")
		}
		for _, header := range []string{"", "0", "3"} {
			ask(op, "site_id=3", "Site-Id", header).is(t, http.StatusUnprocessableEntity, "site_unknown")
		}
		for query, fieldError := range map[string]string{
			"site_id=x": "wrong_type", "site_id=01": "wrong_type", "site_id=-1": "out_of_range",
			"site_id=2147483648": "out_of_range", "site_id=1&site_id=1": "bad_format", "site_id=%00": "forbidden_character",
		} {
			a := ask(op, query)
			if a.status != http.StatusBadRequest || !slices.Contains(a.fieldErrors(), "site_id "+fieldError) {
				t.Errorf("%s %s?%s: %d %s", op.method, op.path, query, a.status, a.body)
			}
		}
		for _, query := range []string{"site_id=%zz", "site_id=1;x=1"} {
			if a := ask(op, query); a.status != http.StatusBadRequest || !slices.Contains(a.fieldErrors(), " bad_format") {
				t.Errorf("%s %s?%s: %d %s", op.method, op.path, query, a.status, a.body)
			}
		}
	}
}

// TestSiteOfQuery: a person who registers by ?site_id=2 is one of site 2, and of no other.
func TestSiteOfQuery(t *testing.T) {
	t.Parallel()
	d := deploy(t, options{})
	var users []signedIn
	for _, query := range []string{"", "?site_id=", "?site_id=2"} {
		a := d.post("/api/register"+query, alice)
		if query == "?site_id=" { // "not given": it is site 1
			a.is(t, http.StatusConflict, "user_name_taken", "user_name user_name_taken")
			continue
		}
		a.is(t, http.StatusOK, "")
		var u signedIn
		a.into(t, &u)
		users = append(users, u)
	}
	for _, in := range []struct {
		site   string
		header []string
	}{
		{"?site_id=2", nil}, {"", []string{"Site-Id", "2"}}, {"?site_id=2", []string{"Site-Id", "2"}},
		{"?site_id=2", []string{"Site-Id", "0"}}, {"?site_id=0", []string{"Site-Id", "2"}},
	} {
		d.get("/api/user/detail"+in.site, append(in.header, "Token", users[1].Token)...).is(t, http.StatusOK, "")
		d.get("/api/user/detail"+in.site, append(in.header, "Token", users[0].Token)...).is(t, http.StatusUnauthorized,
			"token_invalid")
	}
}
