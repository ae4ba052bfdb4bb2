package server_test

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"
)

// The reference is AnQiCMS, and the page is its page "Registration Interface" (docs/anqicms.md).

// visitor is a client like those of the reference: it reads the member code and ignores the status;
// it sends every field of its form, empty if nothing was typed; it sends the token in the header Token
// only, and takes the new token from Update-Token.
type visitor struct {
	d     *deployment
	site  string
	token string
}

// send returns the data of an answer, after the checks that every such client makes.
func (v *visitor) send(path string, form body) (code int, data map[string]any) {
	v.d.Helper()
	headers := []string{"Site-Id", v.site}
	if v.token != "" {
		headers = append(headers, "Token", v.token)
	}
	var a answer
	if form == nil {
		a = v.d.get(path, headers...)
	} else {
		a = v.d.post(path, form, headers...)
	}
	if a.status != 200 {
		v.d.Errorf("%s: status %d, and such a client reads no other than 200", path, a.status)
	}
	if fresh := a.header.Get("Update-Token"); fresh != "" {
		v.token = fresh
	}
	var envelope map[string]json.RawMessage
	fatal(v.d, json.Unmarshal(a.body, &envelope))
	for _, name := range []string{"code", "msg", "data"} {
		if envelope[name] == nil {
			v.d.Errorf("%s: no %s in %s", path, name, a.body)
		}
	}
	if a.Msg == "" {
		v.d.Errorf("%s: nothing to show to the person", path)
	}
	fatal(v.d, json.Unmarshal(envelope["data"], &data))
	return a.Code, data
}

// pageForm is the page's table of request parameters, none of them filled in.
func pageForm() body {
	return body{
		"user_name": "", "password": "", "captcha_id": "", "captcha": "", "real_name": "", "avatar_url": "", "email": "",
		"phone": "", "code": "",
	}
}

// pageData is the page's example of an answer: its fields and their JSON types. nil is null.
var pageData = map[string]any{
	"id": 0.0, "created_time": 0.0, "updated_time": 0.0, "parent_id": 0.0, "user_name": "", "real_name": "",
	"avatar_url": "", "email": "", "phone": "",
	"group_id": 0.0, "status": 0.0, "is_retailer": 0.0, "balance": 0.0, "total_reward": 0.0, "invite_code": "",
	"last_login": 0.0, "expire_time": 0.0,
	"extra": nil, "token": "", "group": nil, "full_avatar_url": "", "link": "",
}

func (v *visitor) isPageData(data map[string]any) {
	v.d.Helper()
	// Enroll has added this field: without it a service could take an address that is not verified for the user's own.
	if _, has := data["email_verified"].(bool); !has {
		v.d.Error("email_verified is not there")
	}
	delete(data, "email_verified")
	// Enroll has added these fields, too.
	for _, name := range []string{"user_name_canonical", "first_name", "last_name", "introduce", "birthday",
		"recoverable", "accepted_terms", "accepted_terms_time"} {
		delete(data, name)
	}
	if got, want := slices.Sorted(maps.Keys(data)), slices.Sorted(maps.Keys(pageData)); !slices.Equal(got, want) {
		v.d.Errorf("fields %q, the page has %q", got, want)
	}
	for name, like := range pageData {
		_, text := data[name].(string)
		_, number := data[name].(float64)
		_, wantText := like.(string)
		_, wantNumber := like.(float64)
		if text != wantText || number != wantNumber || like == nil && data[name] != nil {
			v.d.Errorf("%s is %v", name, data[name])
		}
	}
}

// TestReferenceClient: a client that was written for the reference works without a change.
func TestReferenceClient(t *testing.T) {
	t.Parallel()
	d := deploy(t, options{alwaysOK: true})
	v := &visitor{d: d, site: "1"}
	code, data := v.send("/api/captcha", nil)
	if code != 0 || data["captcha_off"] != true || len(data) != 1 {
		t.Errorf("captcha: %d, %v", code, data)
	}
	if code, data = v.send("/api/user/detail", nil); code != 1001 || data != nil {
		t.Errorf("a stranger's own user: %d, %v", code, data)
	}
	// The form is shown without a captcha and sent whole.
	form := pageForm().with("user_name", "newuser").with("password", "MyPassword123").with("real_name",
		"新用户").with("email", "newuser@example.com")
	if code, data = v.send("/api/register", form); code != 0 {
		t.Fatalf("registration: %d", code)
	}
	v.isPageData(data)
	first := data["id"]
	v.token = data["token"].(string)
	if code, data = v.send("/api/register", form); code != -1 || data != nil {
		t.Errorf("the same name again: %d, %v", code, data)
	}
	if code, data = v.send("/api/user/detail", nil); code != 0 || data["id"] != first {
		t.Errorf("own user: %d, %v", code, data)
	}
	v.isPageData(data)
	// The other method of the page, with a form as empty as the first.
	phone := "13800138000"
	sms := d.code(phone, "register")
	form = pageForm().with("phone", phone).with("code", sms).with("password", "MyPassword123").with("real_name", "新用户")
	if code, data = (&visitor{d: d, site: "1"}).send("/api/register", form); code != 0 || data["phone"] != phone ||
		data["user_name"] != "" {
		t.Errorf("registration by phone: %d, %v", code, data)
	}
	v.isPageData(data)
	if code, _ = (&visitor{d: d, site: "77"}).send("/api/register", form); code != -1 {
		t.Errorf("a site that is not served: %d", code)
	}
}

// TestReferenceToken: a client that does nothing but keep Update-Token stays logged in.
func TestReferenceToken(t *testing.T) {
	t.Parallel()
	d := deploy(t, options{alwaysOK: true})
	v := &visitor{d: d, site: "1"}
	_, data := v.send("/api/register", pageForm().with("user_name", "newuser").with("password", "MyPassword123"))
	v.token = data["token"].(string)
	for range 3 { // three lives of a token of a registration
		before := v.token
		d.now.advance(720*time.Hour - 30*time.Minute)
		code, data := v.send("/api/user/detail", nil)
		if code != 0 || v.token == before || data["token"] != v.token {
			t.Fatalf("in its last hour: %d, renewed %v", code, v.token != before)
		}
	}
	d.now.advance(721 * time.Hour)
	if code, _ := v.send("/api/user/detail", nil); code != 1001 {
		t.Errorf("too late: %d", code)
	}
	code, data := v.send("/api/login", body{"user_name": "newuser", "email": "", "phone": "", "password": "MyPassword123",
		"captcha_id": "", "captcha": "", "remember": true})
	if code != 0 {
		t.Fatalf("login: %d", code)
	}
	v.isPageData(data)
}

// TestReferenceCaptcha: a client shows the picture it is given and sends its answer.
func TestReferenceCaptcha(t *testing.T) {
	t.Parallel()
	d := deploy(t, options{alwaysOK: true, captcha: true})
	v := &visitor{d: d, site: "1"}
	// These are both requests of the page, literally except for the email, which is unreadable on the page.
	for _, literal := range []body{
		{"user_name": "newuser", "password": "MyPassword123", "real_name": "新用户", "email": "newuser@example.com",
			"captcha_id": "captcha123", "captcha": "abcd"},
		{"phone": "13800138000", "code": "123456", "password": "MyPassword123", "real_name": "新用户",
			"captcha_id": "captcha123", "captcha": "abcd"},
	} {
		if code, data := v.send("/api/register", literal); code != -1 || data != nil {
			t.Errorf("an invented captcha: %d, %v", code, data)
		}
	}
	code, data := v.send("/api/captcha", nil)
	if picture, _ := data["captcha"].(string); code != 0 || data["captcha_off"] != false || data["captcha_id"] == "" ||
		len(picture) < 100 {
		t.Errorf("captcha: %d, %v", code, data)
	}
	id, seen := d.solve()
	form := pageForm().with("user_name", "newuser").with("password", "MyPassword123").with("captcha_id",
		id).with("captcha", seen)
	if code, data = v.send("/api/register", form); code != 0 {
		t.Fatalf("registration: %d", code)
	}
	v.isPageData(data)
}

// TestReferenceFields: the fields of the reference that the page does not list are accepted.
func TestReferenceFields(t *testing.T) {
	t.Parallel()
	d := deploy(t, options{})
	form := pageForm().with("user_name", "newuser").with("password", "MyPassword123").with("first_name",
		"三").with("last_name", "张").with("state", "verify").with("reset_password", true).with("invite_id", 0)
	var registered, read personal
	a := d.post("/api/register", form)
	a.is(t, 200, "")
	a.into(t, &registered)
	var u signedIn
	a.into(t, &u)
	d.get("/api/user/detail", "Token", u.Token).into(t, &read)
	want := personal{FirstName: "三", LastName: "张", UpdatedTime: read.UpdatedTime}
	if registered != want || read != want {
		t.Errorf("answered %+v, stored %+v", registered, read)
	}
	other := form.with("user_name", "another")
	d.post("/api/register", other.with("first_name", "a\tb").with("last_name", "\u202e")).is(t, 422, "real_name_invalid",
		"first_name real_name_invalid", "last_name real_name_invalid")
	for _, name := range []string{"first_name", "last_name", "state", "reset_password"} {
		other = other.with(name, nil)
	}
	d.registered(other)
}

// TestReferenceShortPassword: a password of 6 characters, which no registration may have here, logs
// in if it was imported, and its hash is replaced.
func TestReferenceShortPassword(t *testing.T) {
	t.Parallel()
	d := deploy(t, options{})
	d.registered(alice.with("user_name", "imported"))
	old, err := bcrypt.GenerateFromPassword([]byte("abc123"), bcrypt.MinCost)
	fatal(t, err)
	d.exec("UPDATE users SET password_hash = $1 WHERE user_name_key = 'imported'", string(old))
	login := body{"user_name": "imported", "password": "abc123"}
	for range 2 {
		d.post("/api/login", login).is(t, 200, "")
		if n := d.count("users WHERE user_name_key = 'imported' AND password_hash LIKE '$argon2id$%'"); n != 1 {
			t.Error("the imported hash was not replaced")
		}
	}
	d.post("/api/login", login.with("password", "abc124")).is(t, 422, "credentials_wrong")
	d.post("/api/register", login.with("user_name", "another")).is(t, 422, "password_too_short",
		"password password_too_short")
}

// app is the reference's app: a visitor that sends its headers, and what it knows of the whole form.
type app struct{ visitor }

// call sends one of its calls and fails the test unless the answer has the given code and status 200.
func (v *app) call(method, path string, form any, want int, headers ...string) map[string]any {
	v.d.Helper()
	text := ""
	if form != nil {
		encoded, err := json.Marshal(form)
		fatal(v.d, err)
		text = string(encoded)
	}
	v.d.Log(method, path)
	return v.answered(v.d.do(method, path, text, v.headers(headers...)...), want)
}

// headers adds those that the app sends with each call.
func (v *app) headers(more ...string) []string {
	return append(more, "X-Requested-With", "XMLHttpRequest", "Version", "1.0.0", "Token", v.token)
}

// answered returns the data of an answer and keeps its token.
func (v *app) answered(a answer, want int) map[string]any {
	v.d.Helper()
	if a.status != 200 || a.Code != want || a.Msg == "" {
		v.d.Errorf("%d %s, want code %d", a.status, a.body, want)
	}
	if fresh := a.header.Get("Update-Token"); fresh != "" {
		v.token = fresh
	}
	var data map[string]any
	if json.Unmarshal(a.Data, &data) == nil && data["token"] != nil {
		v.token = data["token"].(string)
	}
	return data
}

// TestReferenceApp plays the calls that docs/anqicms.md lists, as the reference's app makes them when a person
// visits. It runs with forms whose unfilled fields are null, and with forms in which they are empty.
func TestReferenceApp(t *testing.T) {
	t.Parallel()
	for about, unfilled := range map[string]any{"null": nil, "empty": ""} {
		t.Run(about, func(t *testing.T) {
			t.Parallel()
			d := deploy(t, options{compat: true, captcha: true})
			d.exec("INSERT INTO groups (site_id, id, title, description, level) VALUES (2, 2, 'Members', '', 1)")
			v := &app{visitor{d: d}}
			const site = "?site_id=2"
			form := func(fields ...string) body {
				b := body{}
				for name := range pageForm() {
					b[name] = unfilled
				}
				for _, name := range []string{"first_name", "last_name", "state", "platform", "anonymousCode"} {
					b[name] = unfilled
				}
				for pair := range slices.Chunk(fields, 2) {
					b[pair[0]] = pair[1]
				}
				return b
			}
			// proven returns a form with the answer of a new captcha.
			proven := func(fields ...string) body {
				id, answer := d.solveFrom("/api/captcha" + site)
				return form(append(fields, "captcha_id", id, "captcha", answer)...)
			}
			v.call("GET", "/api/user/detail"+site, nil, 1001)
			v.call("POST", "/api/register"+site, form("user_name", "newuser", "password", "MyPassword123"), -1)
			user := v.call("POST", "/api/register"+site, proven("user_name", " newuser ", "password", "MyPassword123", "email",
				"newuser@example.com "), 0)
			if user["user_name"] != "newuser" || user["email"] != "newuser@example.com" {
				t.Errorf("registered %v", user)
			}
			v.call("POST", "/api/login"+site, proven("user_name", "newuser", "password", "wrong password"), -1)
			v.call("POST", "/api/login"+site, proven("user_name", "newuser", "password", "MyPassword123"), 0)
			v.call("POST", "/api/verify/email"+site, proven("email", "newuser@example.com", "state", "verify"), 0)
			code, _ := d.mails.last(t)
			v.call("GET", "/api/verify/email"+site+"&email=newuser@example.com&state=verify&return=json&code="+code, nil, 0)
			v.call("GET", "/api/verify/email"+site+"&email=newuser@example.com&state=exist&return=json", nil, -1)
			v.call("POST", "/api/login"+site, proven("user_name", "newuser@example.com", "password", "MyPassword123"), 0)
			whole := v.call("GET", "/api/user/detail"+site, nil, 0)
			if whole["email_verified"] != true || whole["id"] != user["id"] {
				t.Errorf("own user %v", whole)
			}
			got := v.call("POST", "/api/user/detail"+site, form("real_name", " 新用户 ", "first_name", "三"), 0)
			if got["real_name"] != "新用户" || got["first_name"] != "三" {
				t.Errorf("changed to %v", got)
			}
			v.call("GET", "/api/user/groups"+site, nil, 0)
			if group := v.call("GET", "/api/user/group/detail"+site+"&id=2", nil, 0); group["title"] != "Members" {
				t.Errorf("group %v", group)
			}
			v.keeps(site)
			v.avatar(site)
			old := v.token
			v.call("POST", "/api/user/password"+site, body{"old_password": "MyPassword123", "password": "123456"}, -1)
			v.call("POST", "/api/user/password"+site, body{"old_password": "MyPassword123", "password": "AnotherPassword1"}, 0)
			if v.token == old {
				t.Error("no fresh token")
			}
			d.settle()
			d.now.advance(time.Minute) // between two codes
			v.call("POST", "/api/verify/email"+site, proven("email", "newuser@example.com", "state", "reset"), 0)
			d.settle()
			code, _ = d.mails.last(t)
			v.call("POST", "/api/password/reset"+site, proven("email", "newuser@example.com", "code", code, "password",
				"ThirdPassword1"), 0)
			v.call("POST", "/api/login"+site, proven("user_name", "renamed", "password", "ThirdPassword1"), 0)
			v.call("POST", "/api/logout"+site, body{}, 0)
			v.call("GET", "/api/user/detail"+site, nil, 1001)
			v.byMail(t, site, user["id"], proven)
			v.byPhone(site, proven)
		})
	}
}

// keeps sends the whole user back, as a page does that shows all fields in one form: nothing changes. Then it
// changes the user name, for which Enroll requires the password, at most once in 30 days.
func (v *app) keeps(site string) {
	v.d.Helper()
	path := "/api/user/detail" + site
	whole := v.call("GET", path, nil, 0)
	v.call("POST", path, whole, 0)
	if after := v.call("GET", path, nil, 0); !reflect.DeepEqual(after, whole) {
		v.d.Errorf("the user is %v, was %v", after, whole)
	}
	for _, name := range []string{"renamed", "newuser"} {
		whole["user_name"] = name
		v.call("POST", path, whole, -1)
		whole["old_password"] = "MyPassword123"
		want := 0
		if name == "newuser" {
			want = -1 // the second change on one day
		}
		v.call("POST", path, whole, want)
		delete(whole, "old_password")
	}
	if after := v.call("GET", path, nil, 0); after["user_name"] != "renamed" {
		v.d.Errorf("the user name is %v", after["user_name"])
	}
}

// avatar uploads a picture, whose address the user then has.
func (v *app) avatar(site string) {
	v.d.Helper()
	file, media := form(v.d, picture(v.d, 300, 200), "file")
	data := v.answered(v.d.do("POST", "/api/user/avatar"+site, file, v.headers("Content-Type", media)...), 0)
	address, _ := data["avatar_url"].(string)
	if user := v.call("GET", "/api/user/detail"+site, nil, 0); address == "" || user["avatar_url"] != address {
		v.d.Errorf("the avatar is %q, the user has %v", address, user["avatar_url"])
	}
}

// byPhone plays a person who registers by a phone and logs in with it in the field user_name.
func (v *app) byPhone(site string, proven func(fields ...string) body) {
	v.d.Helper()
	const phone = "13800138000"
	v.token = ""
	v.call("POST", "/api/verify/phone"+site, proven("phone", phone, "purpose", "register"), 0)
	v.d.settle()
	first := v.call("POST", "/api/register"+site, proven("phone", phone, "code", v.d.phones.last(), "password",
		"MyPassword123"), 0)
	v.token = ""
	in := v.call("POST", "/api/login"+site, proven("user_name", phone, "password", "MyPassword123"), 0)
	if in["id"] != first["id"] || in["phone"] != phone {
		v.d.Errorf("logged in as %v, registered %v", in, first)
	}
}

// byMail plays a person without a password, who registers and logs in by mailed codes. other is the id of another
// user, and proven makes a form.
func (v *app) byMail(t *testing.T, site string, other any, proven func(fields ...string) body) {
	t.Helper()
	const email = "other@example.com"
	v.token = ""
	for _, purpose := range []string{"register", "login"} {
		v.d.now.advance(time.Minute) // between two codes
		v.call("POST", "/api/verify/email"+site, proven("email", email, "state", purpose), 0)
		v.d.settle()
		code, _ := v.d.mails.last(t)
		v.call("POST", "/api/"+purpose+site, proven("email", email, "code", code), 0)
	}
	whole := v.call("GET", "/api/user/detail"+site, nil, 0)
	if whole["email"] != email || whole["email_verified"] != true || whole["id"] == other {
		t.Errorf("own user %v", whole)
	}
}
