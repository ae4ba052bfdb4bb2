package main

import (
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// user is the data of a registration.
const user = `{"id":1000,"created_time":1669012062,"updated_time":1679536756,"parent_id":0,` +
	`"user_name":"newuser","user_name_canonical":"newuser",` +
	`"real_name":"","first_name":"","last_name":"","introduce":"","birthday":0,` +
	`"avatar_url":"","full_avatar_url":"","email":"","email_verified":false,"recoverable":false,` +
	`"accepted_terms":"","accepted_terms_time":0,"phone":"",` +
	`"group_id":2,"status":1,"is_retailer":0,` +
	`"balance":0,"total_reward":0,"invite_code":"anqicms","last_login":1702912236,"expire_time":0,"extra":null,` +
	`"group":null,"link":"","token":"t"}`

// registered is the answer to a registration.
const registered = `{"code":0,"msg":"ok","request_id":"hostile","data":` + user + `}`

// adminUser is the answer of the admin API to a request for that user.
const adminUser = `{"code":0,"msg":"ok","request_id":"hostile","data":{"id":1000,"site_id":1,"user_name":"newuser",` +
	`"email":"","email_verified":false,"phone":"","real_name":"","first_name":"","last_name":"","avatar_url":"",` +
	`"introduce":"","birthday":0,"extra":null,"group_id":2,"status":1,"waiting":false,"has_password":true,` +
	`"parent_id":0,"invitation_id":0,"accepted_terms":"","accepted_terms_time":0,"created_time":1669012062,` +
	`"last_login":1702912236,"delete_time":0}}`

// success returns a complete answer to a registration, to a request for one's
// own user or to a request for the keys, or to those of the admin API that stand for them.
func success(r *http.Request) string {
	if strings.HasSuffix(r.URL.Path, "/admin/introspect") {
		return `{"active":true}`
	}
	if strings.Contains(r.URL.Path, "/admin/") {
		return adminUser
	}
	if strings.HasSuffix(r.URL.Path, "/jwks.json") {
		return `{"keys":[{"kty":"EC","kid":"k","use":"sig","alg":"ES256","crv":"P-256","x":"x","y":"y"}]}`
	}
	return registered
}

func succeed(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = io.WriteString(w, success(r))
}

// redirect is an answer that names another address.
type redirect struct {
	status   int
	location string // the header Location; empty leaves it out
	addPath  bool   // the path of the request is appended to the location
}

func (d redirect) send(w http.ResponseWriter, r *http.Request) {
	if to := d.location; to != "" {
		if d.addPath {
			to += r.URL.RequestURI()
		}
		w.Header().Set("Location", to)
	}
	w.WriteHeader(d.status)
	_, _ = io.WriteString(w, success(r))
}

// redirects returns redirects by name: to another host, which would receive the
// token, to the same one, and to addresses that cannot be used.
func redirects(otherHost string) map[string]redirect {
	all := map[string]redirect{
		"redirect-round":  {http.StatusTemporaryRedirect, "?", false},
		"redirect-home":   {http.StatusTemporaryRedirect, "/hostile/good", true},
		"redirect-none":   {http.StatusFound, "", false},
		"redirect-broken": {http.StatusFound, "http://[", false},
		"redirect-file":   {http.StatusFound, "file:///etc/hostname", false},
	}
	for _, status := range []int{301, 302, 303, 307, 308} {
		all["redirect-"+strconv.Itoa(status)] = redirect{status, otherHost, true}
	}
	return all
}

// malformed is a success with one change that breaks the contract.
type malformed struct {
	path  string // of the member, such as data.id
	value string // in JSON; empty removes the member
	whole string // replaces the whole answer unless it is empty
}

// apply returns the answer with the change.
func (m malformed) apply(good string) string {
	if m.whole != "" {
		return m.whole
	}
	var answer any
	if err := json.Unmarshal([]byte(good), &answer); err != nil {
		panic(err) // it is valid JSON
	}
	at, names := answer.(map[string]any), strings.Split(m.path, ".")
	for _, name := range names[:len(names)-1] {
		inner, ok := at[name].(map[string]any)
		if !ok {
			return "{}" // the answer is the key set, which has no such member
		}
		at = inner
	}
	if name := names[len(names)-1]; m.value == "" {
		delete(at, name)
	} else {
		at[name] = json.RawMessage(m.value)
	}
	raw, err := json.Marshal(answer)
	if err != nil {
		panic(err) // the values are JSON
	}
	return string(raw)
}

// malformedAnswers returns answers that break the contract, by name.
func malformedAnswers() map[string]malformed {
	all := map[string]malformed{
		"not-json":    {whole: "ok"},
		"two-values":  {whole: registered + "{}"},
		"deep":        {whole: strings.Repeat("[", 100_000)},
		"deep-data":   {path: "data", value: strings.Repeat("[", 5_000) + strings.Repeat("]", 5_000)},
		"long-number": {path: "data.id", value: strings.Repeat("9", 5_000)},
		"utf-16":      {whole: "\xff\xfe" + strings.Join(strings.Split(registered, ""), "\x00") + "\x00"},
	}
	for name, value := range map[string]string{
		"null": "null", "text": `"x"`, "number": "5", "list": "[]", "object": "{}",
	} {
		all["only-"+name] = malformed{whole: value}
		if name != "object" {
			all["data-"+name] = malformed{path: "data", value: value}
		}
	}
	for path, values := range map[string]map[string]string{
		"code":           {"none": "", "null": "null", "text": `"0"`, "true": "true", "false": "false", "fraction": "0.5"},
		"msg":            {"none": "", "null": "null", "number": "5"},
		"request_id":     {"none": "", "number": "5"},
		"data":           {"none": "", "empty": "{}"},
		"data.id":        {"none": "", "null": "null", "text": `"1000"`, "fraction": "1000.5", "true": "true"},
		"data.user_name": {"none": "", "null": "null", "number": "5", "list": "[]"},
		"data.token":     {"none": "", "null": "null", "object": "{}"},
		"keys":           {"none": "", "null": "null", "object": "{}", "numbers": "[5]", "empty": "[{}]"},
	} {
		for name, value := range values {
			all[path+"-"+name] = malformed{path: path, value: value}
		}
	}
	return all
}
