package server_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/enroll-project/enroll/internal/limit"
)

// here are the headers of a browser whose page is of the service's own origin.
func here(cookies ...string) []string {
	headers := []string{"Sec-Fetch-Site", "same-origin"}
	for _, c := range cookies {
		headers = append(headers, "Cookie", c)
	}
	return headers
}

// cookieOf returns the cookie that an answer sets, nil for none.
func cookieOf(t *testing.T, a answer) *http.Cookie {
	t.Helper()
	set := (&http.Response{Header: a.header}).Cookies()
	if len(set) == 0 {
		return nil
	}
	if len(set) > 1 {
		t.Fatalf("%d cookies", len(set))
	}
	return set[0]
}

// TestCookie: the cookie of the token is set by a registration, a login and a change of the password,
// logs the browser in, ends with the token, and is removed by a logout and by the deletion of the
// account.
func TestCookie(t *testing.T) {
	t.Parallel()
	d := deploy(t, options{compat: true})
	registered := d.post("/api/register", alice)
	for about, c := range map[string]struct {
		a    answer
		life int
	}{
		"registration":        {registered, 30 * 24 * 3600},
		"login":               {d.post("/api/login", alice), 24 * 3600},
		"login with remember": {d.post("/api/login", alice.with("remember", true)), 30 * 24 * 3600},
	} {
		var u signedIn
		c.a.into(t, &u)
		got := cookieOf(t, c.a)
		if got == nil || got.Name != "token" || got.Value != u.Token || got.MaxAge != c.life || got.Path != "/" ||
			!got.HttpOnly || got.SameSite != http.SameSiteLaxMode || got.Secure || got.Domain != "" {
			t.Fatalf("%s: %v", about, got)
		}
	}
	token := "token=" + cookieOf(t, registered).Value
	a := d.get("/api/user/detail", here(token)...)
	a.is(t, 200, "")
	if cookieOf(t, a) != nil {
		t.Error("a cookie that is good was set again")
	}
	if a := d.post("/api/login", alice.with("password", "wrong password")); cookieOf(t, a) != nil || a.Code != -1 {
		t.Errorf("a refused login: %v", a.header)
	}
	changed := d.post("/api/user/password", body{"old_password": "MyPassword123", "password": "AnotherPassword1"},
		here(token)...)
	changed.is(t, 200, "")
	d.get("/api/user/detail", here(token)...).is(t, 200, "token_invalid")
	token = "token=" + cookieOf(t, changed).Value
	out := d.post("/api/logout", body{}, here(token)...)
	out.is(t, 200, "")
	if c := cookieOf(t, out); c == nil || c.Name != "token" || c.Value != "" || c.MaxAge != -1 || c.Path != "/" {
		t.Errorf("after the logout: %v", c)
	}
	d.get("/api/user/detail", here(token)...).is(t, 200, "token_invalid")
	again := d.post("/api/login", alice.with("password", "AnotherPassword1"))
	left := d.post("/api/user/delete", body{"password": "AnotherPassword1"}, here("token="+cookieOf(t, again).Value)...)
	if left.is(t, 200, ""); cookieOf(t, left) == nil || cookieOf(t, left).MaxAge >= 0 {
		t.Errorf("after the deletion: %v", cookieOf(t, left))
	}
}

// TestCookieOfOtherPages: a cookie counts only if the browser says that the page is of this origin. That
// holds for each operation, forms and links among them.
func TestCookieOfOtherPages(t *testing.T) {
	t.Parallel()
	d := deploy(t, options{compat: true})
	u := d.registered(alice)
	cookie := []string{"Cookie", "token=" + u.Token}
	own := d.url
	for about, headers := range map[string][]string{
		"same-origin":            {"Sec-Fetch-Site", "same-origin"},
		"own origin":             {"Origin", own},
		"own origin behind TLS":  {"Origin", "https" + strings.TrimPrefix(own, "http")},
		"own page":               {"Referer", own + "/page?x=1"},
		"same-origin and origin": {"Sec-Fetch-Site", "same-origin", "Origin", own},
	} {
		if a := d.get("/api/user/detail", append(headers, cookie...)...); a.Code != 0 {
			t.Errorf("%s: %s", about, a.body)
		}
	}
	form := "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.png\"\r\n\r\nx\r\n--x--\r\n"
	for about, headers := range map[string][]string{
		"nothing is known":         nil,
		"another site":             {"Sec-Fetch-Site", "cross-site"},
		"a sibling domain":         {"Sec-Fetch-Site", "same-site", "Origin", own},
		"a link or an address bar": {"Sec-Fetch-Site", "none"},
		"an invented value":        {"Sec-Fetch-Site", "Same-Origin"},
		"two values":               {"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Site", "same-origin"},
		"another origin":           {"Origin", "https://evil.example"},
		"another port":             {"Origin", "http://127.0.0.1:1"},
		"a longer host":            {"Origin", own + ".evil.example"},
		"its host as a user":       {"Origin", own + "@evil.example"},
		"a sandbox":                {"Origin", "null", "Referer", own + "/"},
		"another page":             {"Referer", "https://evil.example/?" + own},
		"an app":                   {"Origin", "app" + strings.TrimPrefix(own, "http")},
	} {
		sent := append(headers, cookie...)
		d.get("/api/user/detail", sent...).is(t, 200, "token_missing")
		d.get("/api/verify/email?code=123456", sent...).is(t, 200, "token_missing")
		d.post("/api/user/detail", body{"real_name": "x"}, sent...).is(t, 200, "token_missing")
		d.do(http.MethodPost, "/api/user/avatar", form, append(sent, "Content-Type",
			"multipart/form-data; boundary=x")...).is(t, 200, "token_missing")
		if a := d.post("/api/logout", body{}, sent...); a.Reason != "token_missing" || cookieOf(t, a) != nil {
			t.Errorf("%s: %s", about, a.body)
		}
	}
}

// TestHostileCookies sends cookies that an attacker can make a browser send.
func TestHostileCookies(t *testing.T) {
	t.Parallel()
	d := deploy(t, options{compat: true})
	u, other := d.registered(alice), d.registered(alice.with("user_name", "bob"))
	for about, c := range map[string]struct {
		cookies []string
		reason  string
	}{
		"two tokens":              {[]string{"token=" + u.Token, "token=" + other.Token}, "token_invalid"},
		"two in one header":       {[]string{"token=" + u.Token + "; token=" + other.Token}, "token_invalid"},
		"a good one and none":     {[]string{"token=" + u.Token + "; token="}, "token_invalid"},
		"one token twice":         {[]string{"token=" + u.Token + "; token=" + u.Token}, ""},
		"another name":            {[]string{"Token=" + u.Token}, "token_missing"},
		"empty":                   {[]string{"token="}, "token_missing"},
		"oversized":               {[]string{"token=" + strings.Repeat("x", 12000)}, "token_invalid"},
		"no token":                {[]string{"token=x"}, "token_invalid"},
		"characters of no cookie": {[]string{"token=\"a\\b,c\""}, "token_missing"},
		"500 others":              {[]string{strings.Repeat("a=1; ", 500) + "token=" + u.Token}, ""},
	} {
		if a := d.get("/api/user/detail", here(c.cookies...)...); a.Reason != c.reason {
			t.Errorf("%s: %s", about, a.body)
		}
	}
	// The header decides, also if the cookie is invalid.
	for _, cookie := range []string{"token=x", "token=" + other.Token, "token=" + other.Token + "; token=x"} {
		for _, header := range [][]string{{"Token", u.Token}, {"Authorization", "Bearer " + u.Token}} {
			var read signedIn
			if d.get("/api/user/detail", append(here(cookie), header...)...).into(t, &read); read.ID != u.ID {
				t.Errorf("header and cookie: user %d", read.ID)
			}
		}
	}
	d.get("/api/user/detail", append(here("token="+u.Token), "Token", "x")...).is(t, 200, "token_invalid")
	d.get("/api/user/detail", append(here("token="+u.Token), "Site-Id", "2")...).is(t, 200, "token_invalid")
}

// TestNoCookies: without Config.Compat no cookie is read or set.
func TestNoCookies(t *testing.T) {
	t.Parallel()
	d := deploy(t, options{})
	a := d.post("/api/register", alice, here("invite=1000")...)
	a.is(t, 200, "")
	var u signedIn
	if a.into(t, &u); cookieOf(t, a) != nil || u.ParentID != 0 {
		t.Errorf("registration: %v", a.header)
	}
	d.get("/api/user/detail", here("token="+u.Token)...).is(t, 401, "token_missing")
}

// TestSecureCookie: the cookie is for encrypted connections only, unless the connection is known to be
// a plain one. A client without a trusted proxy cannot pretend to be behind one.
func TestSecureCookie(t *testing.T) {
	t.Parallel()
	proxies, err := limit.ParseProxies("127.0.0.1")
	fatal(t, err)
	for _, c := range []struct {
		proxies limit.Proxies
		proto   string
		want    bool
	}{
		{limit.Proxies{}, "", false}, {limit.Proxies{}, "https", false},
		{proxies, "", true}, {proxies, "https", true}, {proxies, "http", false},
	} {
		d := deploy(t, options{compat: true, proxies: c.proxies})
		got := cookieOf(t, d.post("/api/register", alice, "X-Forwarded-Proto", c.proto))
		if got == nil || got.Secure != c.want {
			t.Errorf("X-Forwarded-Proto %q: %v", c.proto, got)
		}
	}
}

// TestInviteCookie: if the request names no inviter, the cookie does, by code or id. An invalid cookie
// is ignored, since the person cannot see it.
func TestInviteCookie(t *testing.T) {
	t.Parallel()
	d := deploy(t, options{compat: true})
	host, other := d.registered(alice), d.registered(alice.with("user_name", "bob"))
	names := 0
	for _, c := range []struct {
		cookie string
		with   body
		page   []string
		parent int64
	}{
		{host.InviteCode, nil, here(), host.ID},
		{strings.ToUpper(host.InviteCode), nil, here(), host.ID},
		{fmt.Sprint(host.ID), nil, here(), host.ID},
		{host.InviteCode, body{"invite_code": other.InviteCode}, here(), other.ID},
		{host.InviteCode, body{"invite_id": other.ID}, here(), other.ID},
		{host.InviteCode, nil, nil, 0},
		{"999999999", nil, here(), 0},
		{"99999999999999999999", nil, here(), 0},
		{"-1", nil, here(), 0},
		{"nosuchcode", nil, here(), 0},
		{"%00", nil, here(), 0},
		{"\xff", nil, here(), 0},
		{strings.Repeat("a", 5000), nil, here(), 0},
		{host.InviteCode + "; invite=" + other.InviteCode, nil, here(), 0},
	} {
		names++
		b := alice.with("user_name", "guest"+strings.Repeat("x", names))
		for name, value := range c.with {
			b = b.with(name, value)
		}
		a := d.post("/api/register", b, append(c.page, "Cookie", "invite="+c.cookie)...)
		a.is(t, 200, "")
		var u signedIn
		if a.into(t, &u); u.ParentID != c.parent {
			t.Errorf("%.40q %v: parent %d, want %d", c.cookie, c.with, u.ParentID, c.parent)
		}
	}
	d.post("/api/register", alice.with("user_name", "last").with("invite_code", "nosuchcode"), here("invite=1000")...).
		is(t, 200, "invite_invalid", "invite_code invite_invalid")
}

// TestCompatBodies: unknown fields have no effect, and blanks around names and addresses are removed.
// All other invalid bodies are refused as before.
func TestCompatBodies(t *testing.T) {
	t.Parallel()
	d := deploy(t, options{compat: true})
	form := body{"user_name": " Newuser\t", "password": " MyPassword123 ", "email": " a@example.com\n",
		"real_name": " 新用户 ", "first_name": " A ",
		"nick_name": "x", "id": 1, "status": 0, "group_id": 9, "balance": 5, "is_admin": true,
		"x": body{"y": []int{1}}}
	var u struct {
		ID, Balance, Status int64
		GroupID             int64  `json:"group_id"`
		UserName            string `json:"user_name"`
		Email               string
		RealName            string `json:"real_name"`
		FirstName           string `json:"first_name"`
	}
	a := d.post("/api/register", form)
	a.is(t, 200, "")
	if a.into(t, &u); u.UserName != "Newuser" || u.Email != "a@example.com" || u.RealName != "新用户" ||
		u.FirstName != "A" || u.ID < 1000 || u.Balance != 0 || u.Status != 1 || u.GroupID != 2 {
		t.Errorf("%+v", u)
	}
	login := body{"user_name": " newuser ", "password": " MyPassword123 ", "platform": "", "anonymousCode": ""}
	d.post("/api/login", login).is(t, 200, "")
	d.post("/api/login", login.with("password", "MyPassword123")).is(t, 200, "credentials_wrong")
	for text, fieldErrors := range map[string][]string{
		`{"user_name":"a1","user_name":"a2"}`: {"user_name duplicate_field"},
		`{"nick_name":1,"nick_name":2}`:       {"nick_name duplicate_field"},
		`{"nick_name":"a\u0000"}`:             {"nick_name forbidden_character"},
		`{"user_name":1,"nick_name":2}`:       {"user_name wrong_type"},
	} {
		d.post("/api/register", text).is(t, 200, "invalid_request", fieldErrors...)
	}
	d.post("/api/register", `{"x":`+strings.Repeat("[", 9)+strings.Repeat("]", 9)+`}`).is(t, 200, "malformed_json")
	// This state would reveal whether an email is registered.
	d.get("/api/verify/email?email=a@example.com&state=exist&code=123456").is(t, 200, "invalid_request",
		"state bad_format")
}
