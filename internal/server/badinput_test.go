package server_test

import (
	"bytes"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/enroll-project/enroll/internal/server"
)

// canary stands in every value that the bad inputs send. A refusal that repeats
// any of it, or a log line, would show it.
const canary = "cAnArY7"

// post is an operation that takes a JSON body: the members of a valid body, the name of a field in it, and the name
// of a text field that is not in it, empty if the contract has none.
type post struct{ path, good, text, other string }

// posts reads them from the contract.
func posts() (all []post) {
	for _, op := range operations() {
		if op.body == nil {
			continue
		}
		var texts []string
		for _, name := range sorted(op.body.Properties) {
			if s := op.body.Properties[name].Value; isText(s) && len(s.Enum) == 0 && !slices.Contains(op.body.Required, name) {
				texts = append(texts, name)
			}
		}
		// An operation with fewer than two optional texts has a required field in the place of the first. Logout has
		// one field, which is no text.
		if texts = append(texts, ""); len(texts) < 3 {
			texts = slices.Concat(op.body.Required, texts)
		}
		if texts[0] == "" {
			texts = slices.Insert(texts, 0, sorted(op.body.Properties)[0])
		}
		members := map[string]string{}
		for _, name := range append(op.body.Required, texts[0]) {
			value := `"` + canary + `"`
			if op.body.Properties[name].Value.Type.Is(openapi3.TypeBoolean) {
				value = "true"
			}
			members[name] = `"` + name + `":` + value
		}
		good := strings.Join(slices.Sorted(maps.Values(members)), ",")
		all = append(all, post{op.path, good, texts[0], texts[1]})
	}
	return all
}

// input is a bad input, whose id is a row of docs/rules.md. GOOD stands for the members
// of a good body, TEXT and OTHER for the two names.
type input struct {
	id          string
	body        string
	headers     []string
	status      int
	reason      string
	fieldErrors []string
}

func invalid(id, body string, fieldErrors ...string) input {
	return input{id, body, nil, http.StatusBadRequest, "invalid_request", fieldErrors}
}

func malformed(id, body string) input {
	return input{id, body, nil, http.StatusBadRequest, "malformed_json", nil}
}

func tooLarge(id, body string) input {
	return input{id, body, nil, http.StatusRequestEntityTooLarge, "body_too_large", nil}
}

func untyped(id string, headers ...string) input {
	return input{id, `{GOOD}`, headers, http.StatusUnsupportedMediaType, "unsupported_media_type", nil}
}

func header(id, name, value, fieldError string) input {
	return input{id, `{GOOD}`, []string{name, value}, http.StatusBadRequest, "invalid_request",
		[]string{name + " " + fieldError}}
}

var badInputs = []input{
	invalid("BI-01 duplicate name", `{GOOD,"TEXT":"`+canary+`"}`, "TEXT duplicate_field"),
	invalid("BI-02 other case", `{GOOD,"USER_NAME":"`+canary+`"}`, "USER_NAME unknown_field"),
	invalid("BI-03 long s", `{GOOD,"uſer_name":"`+canary+`"}`, " unknown_field"),
	malformed("BI-04 FF", "{GOOD,\"x\":\""+canary+"\xff\"}"),
	malformed("BI-04 C0 80", "{GOOD,\"x\":\""+canary+"\xc0\x80\"}"),
	malformed("BI-04 ED A0 80", "{GOOD,\"x\":\""+canary+"\xed\xa0\x80\"}"),
	malformed("BI-05 lone surrogate", `{GOOD,"x":"`+canary+`\ud800"}`),
	invalid("BI-06 NUL in an unknown field", `{GOOD,"x":"`+canary+`\u0000"}`, "x forbidden_character"),
	malformed("BI-07 two BOM", "\ufeff\ufeff{GOOD}"),
	malformed("BI-08 trailing garbage", `{GOOD} `+canary),
	malformed("BI-08 two documents", `{GOOD}{GOOD}`),
	malformed("BI-09 array", `[{GOOD}]`),
	malformed("BI-09 null", `null`),
	malformed("BI-09 number", `1`),
	malformed("BI-09 string", `"`+canary+`"`),
	invalid("BI-10 number for string", `{GOOD,"OTHER":123456}`, "OTHER wrong_type"),
	invalid("BI-10 1e400 for string", `{GOOD,"OTHER":1e400}`, "OTHER wrong_type"),
	invalid("BI-10 2^63 for string", `{GOOD,"OTHER":9223372036854775808}`, "OTHER wrong_type"),
	invalid("BI-10 null in a list", `{GOOD,"OTHER":[null]}`, "OTHER wrong_type"),
	invalid("BI-10 null twice", `{GOOD,"OTHER":null,"OTHER":null}`, "OTHER duplicate_field"),
	invalid("BI-10 null for an unknown field", `{GOOD,"no_such_field":null}`, "no_such_field unknown_field"),
	invalid("BI-10 object for string", `{GOOD,"OTHER":{"x":"`+canary+`"}}`, "OTHER wrong_type"),
	malformed("BI-11 depth 10,000", `{GOOD,"x":`+strings.Repeat("[", 10000)),
	malformed("BI-11 depth 9", `{GOOD,"x":`+strings.Repeat("[", 8)+strings.Repeat("]", 8)+`}`),
	tooLarge("BI-12 1 MB string", `{GOOD,"x":"`+strings.Repeat(canary, 1<<17)+`"}`),
	tooLarge("BI-13 100,000 members", `{GOOD`+strings.Repeat(`,"x":1`, 100000)+`}`),
	malformed("BI-13 1,000 members", `{GOOD,"x":[`+strings.Repeat("1,", 1000)+`1]}`),
	invalid("BI-14 unknown field", `{GOOD,"no_such_field":"`+canary+`"}`, "no_such_field unknown_field"),
	invalid("BI-14 value in place of a name", `{GOOD,"`+canary+` ":"x"}`, " unknown_field"),
	invalid("BI-14 phone in place of a name", `{GOOD,"13912345670":1}`, " unknown_field"),
	invalid("BI-14 long name", `{GOOD,"`+strings.Repeat("x", 65)+`":1}`, " unknown_field"),
	invalid("BI-14 mass assignment", `{GOOD,"id":1,"is_admin":true,"status":1,"group_id":1,"balance":9}`,
		"balance unknown_field", "group_id unknown_field", "id unknown_field", "is_admin unknown_field",
		"status unknown_field"),
	untyped("BI-15 text", "Content-Type", "text/plain"),
	untyped("BI-15 form", "Content-Type", "application/x-www-form-urlencoded"),
	untyped("BI-15 multipart", "Content-Type", "multipart/form-data; boundary=x"),
	untyped("BI-15 UTF-16", "Content-Type", "application/json; charset=utf-16"),
	untyped("BI-15 no charset of UTF-8", "Content-Type", "application/json; charset=utf-8x"),
	untyped("BI-15 no charset", "Content-Type", "application/json; charset="),
	untyped("BI-15 UTF-7", "Content-Type", "application/json; charset=utf-7"),
	untyped("BI-15 UTF-16 quoted", "Content-Type", `application/json; charset="UTF-16"`),
	untyped("BI-15 two charsets", "Content-Type", "application/json; charset=utf-8; charset=utf-16"),
	untyped("BI-15 half a quote", "Content-Type", `application/json; charset="utf8`),
	untyped("BI-15 GBK", "Content-Type", "application/json; charset=gbk"),
	untyped("BI-15 Latin-1", "Content-Type", "application/json; charset=iso-8859-1"),
	untyped("BI-15 other JSON", "Content-Type", "application/problem+json"),
	untyped("BI-15 no type", "Content-Type", ""),
	untyped("BI-15 two types", "Content-Type", "application/json", "Content-Type", "application/json"),
	untyped("BI-15 broken type", "Content-Type", "application/json; charset"),
	untyped("BI-15 gzip", "Content-Encoding", "gzip"),
	untyped("BI-15 identity and gzip", "Content-Encoding", "identity", "Content-Encoding", "gzip"),
	invalid("BI-16 empty body", "", " required"),
	invalid("BI-18 10 KB", `{GOOD,"OTHER":"`+strings.Repeat(canary, 1500)+`"}`, "OTHER too_long"),
	header("Site-Id 1.0", "Site-Id", "1.0", "wrong_type"),
	header("Site-Id +1", "Site-Id", "+1", "wrong_type"),
	header("Site-Id 01", "Site-Id", "01", "wrong_type"),
	header("Site-Id 1,2", "Site-Id", "1,2", "wrong_type"),
	header("Site-Id -1", "Site-Id", "-1", "out_of_range"),
	header("Site-Id -0", "Site-Id", "-0", "wrong_type"),
	header("Site-Id 00", "Site-Id", "00", "wrong_type"),
	header("Site-Id 2^31", "Site-Id", "2147483648", "out_of_range"),
	header("Site-Id 2^63", "Site-Id", "9223372036854775808", "out_of_range"),
	header("Accept-Language 1025", "Accept-Language", strings.Repeat("e", 1025), "too_long"),
	{"Site-Id twice", `{GOOD}`, []string{"Site-Id", "1", "Site-Id", "1"}, http.StatusBadRequest, "invalid_request",
		[]string{"Site-Id bad_format"}},
	{"Site-Id unknown", `{GOOD,"no_such_field":1}`, []string{"Site-Id", "3"}, http.StatusUnprocessableEntity,
		"site_unknown", nil},
	{"all at once", `{GOOD,"OTHER":true,"TEXT":"","zzz":1}`, []string{"Site-Id", "x"}, http.StatusBadRequest,
		"invalid_request",
		[]string{"Site-Id wrong_type", "TEXT duplicate_field", "OTHER wrong_type", "zzz unknown_field"}},
	{"a header and no JSON", `{GOOD`, []string{"Site-Id", "x"}, http.StatusBadRequest, "malformed_json",
		[]string{"Site-Id wrong_type"}},
}

func TestBadInput(t *testing.T) {
	t.Parallel()
	h := discreet(t)
	for _, op := range posts() {
		words := strings.NewReplacer("GOOD", op.good, "TEXT", op.text, "OTHER", op.other)
		for _, in := range badInputs {
			if op.other == "" && strings.Contains(in.body, "OTHER") {
				continue
			}
			t.Run(op.path+" "+in.id, func(t *testing.T) {
				t.Parallel()
				var fieldErrors []string
				for _, f := range in.fieldErrors {
					fieldErrors = append(fieldErrors, words.Replace(f))
				}
				newClient(t, h).post(op.path, words.Replace(in.body), in.headers...).is(t, in.status, in.reason, fieldErrors...)
			})
		}
	}
}

// TestIdempotencyKey has the cases of BI-29 that need no real handlers.
func TestIdempotencyKey(t *testing.T) {
	t.Parallel()
	c := newClient(t, discreet(t))
	const name, body = "Idempotency-Key", `{"user_name":"` + canary + `"}`
	for key, fieldErrors := range map[string][]string{
		`"`:                                 {name + " too_short", name + " bad_format"},
		"key-1":                             {name + " too_short"},
		strings.Repeat("x", 21):             {name + " too_short"},
		`"` + strings.Repeat("x", 19) + `"`: {name + " too_short", name + " bad_format"},
		`"` + strings.Repeat("x", 21) + `"`: {name + " bad_format"},
		`"` + strings.Repeat("x", 22):       {name + " bad_format"},
		`"` + strings.Repeat(canary, 4):     {name + " bad_format"},
		strings.Repeat(canary, 4) + "é":     {name + " bad_format"},
		strings.Repeat(canary, 4) + " x":    {name + " bad_format"},
		strings.Repeat("x", 65):             {name + " bad_format"},
		strings.Repeat("x", 10000):          {name + " too_long", name + " bad_format"},
	} {
		c.post("/api/register", body, name, key).is(t, http.StatusBadRequest, "invalid_request", fieldErrors...)
	}
	c.post("/api/register", body, name, "x", name, "x").is(t, http.StatusBadRequest, "invalid_request", name+" bad_format")
	fake := newFakeClient(t, server.Fake(t, server.FakeConfig(t), nil))
	for _, key := range []string{
		"", // not given
		"AAAAAAAAAAAAAAAAAAAAAA", `"AAAAAAAAAAAAAAAAAAAAAA"`, "0b7a6c9e-3f0d-4d5b-9a53-3c1c7f2a8f10",
		`"a:b_c.d-0b7a6c9e3f0d4d5b"`, strings.Repeat("x", 64), `"` + strings.Repeat("x", 64) + `"`,
	} {
		fake.post("/api/register", body, name, key).is(t, http.StatusOK, "")
	}
}

// TestBadValues are inputs for fields of other kinds than text.
func TestBadValues(t *testing.T) {
	t.Parallel()
	h := discreet(t)
	for _, in := range []struct{ path, body, fieldError string }{
		{"/api/register", `{"invite_id":"1"}`, "invite_id wrong_type"},
		{"/api/register", `{"invite_id":7.0}`, "invite_id wrong_type"},
		{"/api/register", `{"invite_id":1e2}`, "invite_id wrong_type"},
		{"/api/register", `{"invite_id":1e400}`, "invite_id wrong_type"},
		{"/api/register", `{"invite_id":-0}`, "invite_id wrong_type"},
		{"/api/register", `{"invite_id":true}`, "invite_id wrong_type"},
		{"/api/register", `{"invite_id":-1}`, "invite_id out_of_range"},
		{"/api/register", `{"invite_id":9007199254740992}`, "invite_id out_of_range"},
		{"/api/register", `{"invite_id":9223372036854775808}`, "invite_id out_of_range"},
		{"/api/login", `{"remember":"true"}`, "remember wrong_type"},
		{"/api/login", `{"remember":1}`, "remember wrong_type"},
		{"/api/verify/phone", `{"purpose":"register"}`, "phone required"},
		{"/api/verify/phone", `{"phone":""}`, "phone required"},
		{"/api/verify/phone", `{"phone":"1","purpose":"verify"}`, "purpose bad_format"},
		{"/api/verify/phone", `{"phone":"1","purpose":"REGISTER"}`, "purpose bad_format"},
		{"/api/verify/phone", `{"phone":null}`, "phone required"},
		{"/api/verify/phone", `{"phone":"1","purpose":1}`, "purpose wrong_type"},
	} {
		t.Run(in.path+in.body, func(t *testing.T) {
			t.Parallel()
			newClient(t, h).post(in.path, in.body).is(t, http.StatusBadRequest, "invalid_request", in.fieldError)
		})
	}
}

// discreet returns a server that must refuse all requests. Its answers and log lines must
// hold nothing of the bad inputs.
func discreet(t *testing.T) http.Handler {
	t.Helper()
	cfg, lines := server.FakeConfig(t), &journal{}
	cfg.Logger = slog.New(slog.NewJSONHandler(lines, nil))
	h, err := server.New(cfg)
	fatal(t, err)
	t.Cleanup(func() {
		text := lines.String()
		if n := strings.Count(text, "\n"); strings.Contains(text, canary) || strings.Count(text, `"status":4`) != n ||
			n == 0 {
			t.Errorf("the log: %s", text)
		}
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.ServeHTTP(&echoGuard{ResponseWriter: w, t: t}, r)
	})
}

// echoGuard fails the test when an answer holds the canary.
type echoGuard struct {
	http.ResponseWriter
	t *testing.T
}

func (g *echoGuard) Write(p []byte) (int, error) {
	if bytes.Contains(p, []byte(canary)) {
		g.t.Errorf("the answer repeats what was sent: %s", p)
	}
	return g.ResponseWriter.Write(p)
}

// journal is a log that can be read while it is written.
type journal struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.buf.Write(p)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.buf.String()
}
