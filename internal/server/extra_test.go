package server_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"
)

// ofExtra is the schema of the tests.
const ofExtra = `{
	"type": "object", "required": ["city"], "additionalProperties": false,
	"properties": {
		"city": {"type": "string", "maxLength": 8000}, "n": {"type": "number"}, "deep": {}, "list": {"type": "array"},
		"home": {"type": "object", "properties": {"zip": {"type": "string"}}}
	}
}`

// extraOf returns the extra data of an answer without blanks, as text, so that each digit counts.
func extraOf(t testing.TB, a answer) string {
	t.Helper()
	var user struct{ Extra json.RawMessage }
	a.is(t, http.StatusOK, "")
	a.into(t, &user)
	var text bytes.Buffer
	fatal(t, json.Compact(&text, user.Extra))
	return text.String()
}

// TestExtra: a new value replaces the earlier one as a whole, and is in each answer with the user. null means
// "not given", and {} clears the value.
func TestExtra(t *testing.T) {
	t.Parallel()
	d := deploy(t, options{extra: ofExtra})
	a := d.post("/api/register", alice)
	var u signedIn
	if got := extraOf(t, a); got != "null" {
		t.Errorf("registered with %s", got)
	}
	a.into(t, &u)
	d.post("/api/register", alice.with("user_name", "bob").with("extra", body{"city": "x"})).
		is(t, 400, "invalid_request", "extra unknown_field")
	d.now.advance(time.Minute)
	send := func(text string) string {
		t.Helper()
		return extraOf(t, d.post(detailPath, text, "Token", u.Token))
	}
	for _, c := range []struct{ sent, want string }{
		{`{"extra":{"city":"杭州","n":12345678901234567890.10,"home":{"zip":"<1>"}}}`,
			`{"n":12345678901234567890.10,"city":"杭州","home":{"zip":"\u003c1\u003e"}}`},
		{`{"extra":null,"real_name":"A"}`, `{"n":12345678901234567890.10,"city":"杭州","home":{"zip":"\u003c1\u003e"}}`},
		{`{"extra":{"city":""}}`, `{"city":""}`},
		{`{"extra":{"city":"a","n":1.50e1}}`, `{"n":15.0,"city":"a"}`},
		{`{"extra":{"city":"a","n":-0.0E+3}}`, `{"n":0,"city":"a"}`},
		{`{"extra":{"city":"a","n":-25e-3}}`, `{"n":-0.025,"city":"a"}`},
		{`{"extra":{"city":"a","n":1E308}}`, `{"n":1` + strings.Repeat("0", 308) + `,"city":"a"}`},
		{`{"extra":{"city":"a","deep":{"__proto__":null,"$ref":"#","$id":"file:///etc/passwd"}}}`,
			`{"city":"a","deep":{"$id":"file:///etc/passwd","$ref":"#","__proto__":null}}`},
		{`{"extra":{"city":"\u0001\ud83d\ude00\"\\"}}`, `{"city":"\u0001😀\"\\"}`},
	} {
		if got := send(c.sent); got != c.want {
			t.Errorf("%s: %s", c.sent, got)
		}
	}
	last := `{"city":"\u0001😀\"\\"}`
	for about, a := range map[string]answer{
		"detail": d.get(detailPath, "Token", u.Token), "login": d.post("/api/login", alice),
	} {
		if got := extraOf(t, a); got != last {
			t.Errorf("%s: %s", about, got)
		}
	}
	if d.count("users WHERE extra IS NOT NULL") != 1 {
		t.Error("it is not stored, or with another user")
	}
	if got := send(`{"extra":{}}`); got != "null" || d.count("users WHERE extra IS NOT NULL") != 0 {
		t.Errorf("cleared: %s", got)
	}
}

// TestExtraRefusals: each member that the schema does not accept is named, beside the mistakes in other fields,
// and nothing is changed.
func TestExtraRefusals(t *testing.T) {
	t.Parallel()
	d := deploy(t, options{extra: ofExtra})
	u := d.registered(alice)
	extraOf(t, d.post(detailPath, `{"extra":{"city":"before"}}`, "Token", u.Token))
	for sent, fieldErrors := range map[string][]string{
		`{"city":7}`:                            {"extra.city extra_invalid"},
		`{"n":1}`:                               {"extra.city required"},
		`{"home":{"zip":7}}`:                    {"extra.city required", "extra.home.zip extra_invalid"},
		`{"city":"","13800138000":1,"other":1}`: {"extra extra_invalid", "extra.other extra_invalid"},
	} {
		a := d.post(detailPath, `{"real_name":"Mallory","extra":`+sent+`}`, "Token", u.Token)
		a.is(t, http.StatusUnprocessableEntity, "extra_invalid", fieldErrors...)
		if strings.Contains(string(a.body), "13800138000") {
			t.Errorf("repeated: %s", a.body)
		}
	}
	d.post(detailPath, `{"introduce":"a\u0007","extra":{"city":1}}`, "Token", u.Token).
		is(t, http.StatusUnprocessableEntity, "introduce_invalid", "introduce introduce_invalid", "extra.city extra_invalid")
	a := d.get(detailPath, "Token", u.Token)
	if got := extraOf(t, a); got != `{"city":"before"}` || !strings.Contains(string(a.body), `"real_name":""`) {
		t.Errorf("afterwards: %s", a.body)
	}
}

// TestExtraBounds: a value on a bound is stored. A value beyond it is refused before it is checked by the
// schema and before it reaches the database.
func TestExtraBounds(t *testing.T) {
	t.Parallel()
	d := deploy(t, options{extra: ofExtra})
	u := d.registered(alice)
	send := func(extra string) answer { return d.post(detailPath, `{"extra":`+extra+`}`, "Token", u.Token) }
	list := func(n int) string {
		return `{"city":"","list":[` + strings.TrimSuffix(strings.Repeat("1,", n), ",") + `]}`
	}
	nested := func(levels int) string {
		return `{"city":"","deep":` + strings.Repeat("[", levels) + strings.Repeat("]", levels) + `}`
	}
	long := func(bytes int) string { // {"city":"…","n":1e199}
		return `{"city": "` + strings.Repeat("x", bytes-16-200) + `", "n": 1e199}`
	}
	for about, sent := range map[string]string{
		"size": long(8192), "members": list(1022), "depth": nested(6), "digits": `{"city":"","n":17e307}`,
		"fraction": `{"city":"","n":1e-398}`,
	} {
		if a := send(sent); a.status != http.StatusOK {
			t.Errorf("%s on its bound: %d %s", about, a.status, a.body)
		}
	}
	send(long(8193)).is(t, 400, "invalid_request", "extra too_long")
	send(list(1023)).is(t, 400, "malformed_json")
	send(nested(7)).is(t, 400, "malformed_json")
	for sent, fieldError := range map[string]string{
		`{"city":"","n":1e400}`:                              "out_of_range",
		`{"city":"","n":18e307}`:                             "out_of_range",
		`{"city":"","n":1e-399}`:                             "out_of_range",
		`{"city":"","n":1e1000000000}`:                       "out_of_range",
		`{"city":"","n":-1E-99999999999}`:                    "out_of_range",
		`{"city":"","n":0.` + strings.Repeat("9", 399) + `}`: "out_of_range",
		`{"city":"a","city":"b"}`:                            "duplicate_field",
		`{"city":"","deep":{"a":1,"\u0061":2}}`:              "duplicate_field",
		`{"city":"\u0000"}`:                                  "forbidden_character",
		`{"city":"","deep":{"\u0000":1}}`:                    "forbidden_character",
		`[]`:                                                 "wrong_type", `""`: "wrong_type", `1e400`: "wrong_type",
	} {
		send(sent).is(t, 400, "invalid_request", "extra "+fieldError)
	}
	for _, broken := range []string{`{"city":"\ud800"}`, `{"city":1.}`, `{"city":01}`, `{"\xff":1}`, `{,}`} {
		send(broken).is(t, 400, "malformed_json")
	}
	// The other fields are checked as before, also if they come after extra.
	d.post(detailPath, `{"extra":{"city":"a","n":1.5},"birthday":1.5}`, "Token", u.Token).
		is(t, 400, "invalid_request", "birthday wrong_type")
	d.post(detailPath, `{"extra":`+list(1000)+`,"x":[`+strings.Repeat("1,", 70)+`1]}`, "Token", u.Token).
		is(t, 400, "malformed_json")
}

// TestNoExtra: without a schema nothing is stored or shown. Clients of AnQiCMS send the field with their
// whole form, and it is ignored.
func TestNoExtra(t *testing.T) {
	t.Parallel()
	d := deploy(t, options{})
	u := d.registered(alice)
	for _, sent := range []string{`{"extra":{}}`, `{"extra":{"city":"x"}}`} {
		d.post(detailPath, sent, "Token", u.Token).
			is(t, http.StatusUnprocessableEntity, "extra_not_offered", "extra extra_not_offered")
	}
	d.exec(`UPDATE users SET extra = '{"city": "of an earlier schema"}'`)
	if got := extraOf(t, d.post(detailPath, `{"extra":null,"real_name":"A"}`, "Token", u.Token)); got != "null" {
		t.Errorf("shown: %s", got)
	}
	d = deploy(t, options{compat: true, extra: ofExtra})
	u = d.registered(alice)
	for _, sent := range []string{`{"extra":{"city":"x"}}`, `{"extra":"","real_name":"B"}`} {
		if got := extraOf(t, d.post(detailPath, sent, "Token", u.Token)); got != `{"city":"x"}` {
			t.Errorf("%s with a schema: %s", sent, got)
		}
	}
	d = deploy(t, options{compat: true})
	u = d.registered(alice)
	for _, sent := range []string{`{"extra":{"city":"x"},"real_name":"A"}`, `{"extra":"","real_name":"B"}`} {
		if a := d.post(detailPath, sent, "Token", u.Token); a.Code != 0 {
			t.Errorf("%s: %s", sent, a.body)
		}
	}
}
