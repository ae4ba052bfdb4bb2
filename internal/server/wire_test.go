package server_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/enroll-project/enroll/internal/server"
	"github.com/enroll-project/enroll/internal/token"
)

// real returns a client of the real operations without a database. Only requests that need none can be tested with it.
func real(t *testing.T, change ...func(*server.Config)) *client {
	t.Helper()
	cfg := server.FakeConfig(t)
	for _, f := range change {
		f(&cfg)
	}
	h, err := server.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return newClient(t, h)
}

// TestMethods sends every method to every path of the contract: those that are not listed, OPTIONS
// included, are refused with the header Allow. HEAD goes with a GET, but not with one that changes
// something: it could spend a code's tries.
func TestMethods(t *testing.T) {
	t.Parallel()
	c := real(t)
	methods := []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PURGE"}
	for path, item := range book.doc.Paths.Map() {
		var allow []string
		for m, op := range item.Operations() {
			allow = append(allow, m)
			if m == http.MethodGet && op.OperationID != "verifyEmail" {
				allow = append(allow, http.MethodHead)
			}
		}
		slices.Sort(allow)
		for _, method := range methods {
			if slices.Contains(allow, method) {
				continue
			}
			a := c.do(method, path, "")
			if method != http.MethodHead {
				a.is(t, http.StatusMethodNotAllowed, "method_not_allowed")
			}
			if got := strings.Join(words(a.header, "Allow"), ", "); a.status != http.StatusMethodNotAllowed ||
				got != strings.Join(allow, ", ") {
				t.Errorf("%s %s: %d, Allow %q, want %q", method, path, a.status, got, allow)
			}
		}
	}
}

// TestHead compares HEAD with GET, for each GET of the contract and each document: the
// same status and the same headers, and no content.
func TestHead(t *testing.T) {
	t.Parallel()
	pages := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "page") })
	cfg := server.FakeConfig(t)
	cfg.Docs, cfg.Page = pages, pages
	good, err := cfg.Tokens.Sign(token.Subject{UserID: 1000, SiteID: 1}, 24*time.Hour)
	fatal(t, err)
	c := newFakeClient(t, server.Fake(t, cfg, nil))
	paths := []string{
		"/openapi.yaml", "/openapi.json", "/pow.js", "/", "/pages/app.js", "/docs", "/docs/", "/docs/x", "/nothing",
		"/api/nothing",
		"/api/captcha?operation=x",
	}
	for path, item := range book.doc.Paths.Map() {
		if item.Get != nil && item.Get.OperationID != "verifyEmail" {
			paths = append(paths, path, path+"?captcha_id=x")
		}
	}
	for _, path := range paths {
		for _, headers := range [][]string{{"Token", good}, nil} {
			get, head := c.get(path, headers...), c.do(http.MethodHead, path, "", headers...)
			for _, h := range []http.Header{get.header, head.header} {
				h.Del("X-Request-Id")
				h.Del("Date")
				if h.Get("Content-Length") == "0" { // net/http leaves it out of the answer to HEAD
					h.Del("Content-Length")
				}
			}
			if head.status != get.status || len(head.body) > 0 || !maps.EqualFunc(head.header, get.header, slices.Equal) {
				t.Errorf("%s %.10v:\nHEAD %d %v %s\nGET %d %v", path, headers, head.status, head.header, head.body, get.status,
					get.header)
			}
		}
	}
}

func TestPaths(t *testing.T) {
	t.Parallel()
	c := real(t)
	for _, path := range []string{
		"/", "/api", "/api/", "/api/register/", "//api/register", "/api//register", "/api/%72egister", "/api/register%2f",
		"/API/register", "/api/./register", "/api/../api/register", "/api/register;x", "/api/unknown", "/docs/",
		"/debug/pprof/", "/metrics",
	} {
		c.post(path, `{}`).is(t, http.StatusNotFound, "not_found")
	}
}

func TestRequestID(t *testing.T) {
	t.Parallel()
	c := real(t)
	random := regexp.MustCompile(`^[0-9a-f]{32}$`)
	for sent, kept := range map[string]bool{
		"": false, "a": true, "A.b_c-9": true, strings.Repeat("x", 64): true, strings.Repeat("x", 65): false,
		"a b": false, "a\tb": false, `a"b`: false, "ü": false, "a/b": false, `{"level":"error"}`: false,
	} {
		got := c.get("/.well-known/jwks.json", "X-Request-Id", sent).header.Get("X-Request-Id")
		if kept && got != sent || !kept && !random.MatchString(got) {
			t.Errorf("%q became %q", sent, got)
		}
	}
	got := c.get("/api/captcha", "X-Request-Id", "a", "X-Request-Id", "b").header.Get("X-Request-Id")
	if !random.MatchString(got) {
		t.Errorf("of two ids %q was taken", got)
	}
	one, other := c.get("/api/captcha"), c.get("/api/captcha")
	if one.RequestID == other.RequestID {
		t.Error("two requests have one id")
	}
}

func TestHeadersOfAnswers(t *testing.T) {
	t.Parallel()
	c := real(t)
	c.get("/api/captcha", "Site-Id", "x").is(t, http.StatusBadRequest, "invalid_request", "Site-Id wrong_type")
	ok, refused, keys := c.get("/api/captcha"), c.get("/api/captcha", "Site-Id", "3"), c.get("/.well-known/jwks.json")
	for _, a := range []answer{ok, refused} {
		if a.header.Get("Cache-Control") != "no-store" || a.header.Get("Vary") != "Accept-Language" ||
			a.header.Get("Content-Language") != "zh-CN" || a.header.Get("Content-Type") != "application/json; charset=utf-8" {
			t.Errorf("headers %v", a.header)
		}
	}
	if got := keys.header.Get("Cache-Control"); got != "public, max-age=300" || keys.header.Get("Content-Language") != "" {
		t.Errorf("headers of the keys: %v", keys.header)
	}
}

// TestGoodForms sends requests in unusual forms that validation must accept. Some bodies are
// incomplete, so only fake handlers answer them with success.
func TestGoodForms(t *testing.T) {
	t.Parallel()
	c := newFakeClient(t, server.Fake(t, server.FakeConfig(t), nil))
	for name, headers := range map[string][]string{
		"plain":                nil,
		"charset":              {"Content-Type", "application/json; charset=UTF-8"},
		"case and space":       {"Content-Type", "Application/JSON ; Charset=\"utf-8\""},
		"charset utf8":         {"Content-Type", "application/json; charset=utf8"},
		"charset UTF8":         {"Content-Type", "application/json;charset=\"UTF8\""},
		"charset of WHATWG":    {"Content-Type", "application/json; charset=unicode-1-1-utf-8"},
		"charset of IANA":      {"Content-Type", "application/json; charset=csUTF8"},
		"other parameter":      {"Content-Type", "application/json; odata.metadata=minimal"},
		"identity":             {"Content-Encoding", "identity"},
		"site":                 {"Site-Id", "2"},
		"no site":              {"Site-Id", "0"},
		"two language lines":   {"Accept-Language", "sv", "Accept-Language", "en;q=0.5"},
		"BI-35 accept":         {"Accept", "text/html"},
		"BI-31 forwarded host": {"X-Forwarded-Host", "evil.example", "Forwarded", "host=evil.example"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c.post("/api/register", `{}`, headers...).is(t, http.StatusOK, "")
		})
	}
	if got := c.get("/api/captcha", "Accept-Language", "sv", "Accept-Language",
		"en;q=0.5").header.Get("Content-Language"); got != "en" {
		t.Errorf("two lines of Accept-Language were answered in %s", got)
	}
}

// TestNullIsAbsent: for each optional field of each body, null means the same as leaving the field out.
func TestNullIsAbsent(t *testing.T) {
	t.Parallel()
	cfg := server.FakeConfig(t)
	good, err := cfg.Tokens.Sign(token.Subject{UserID: 1000, SiteID: 1}, 24*time.Hour)
	fatal(t, err)
	c := newFakeClient(t, server.Fake(t, cfg, nil))
	fields := 0
	for _, op := range operations() {
		if op.body == nil {
			continue
		}
		members := []string{}
		for name := range op.body.Properties {
			if slices.Contains(op.body.Required, name) {
				members = append(members, fmt.Sprintf("%q:%q", name, "1"))
				continue
			}
			fields++
			members = append(members, fmt.Sprintf("%q:null", name))
		}
		c.post(op.path, "{"+strings.Join(members, ",")+"}", "Token", good).is(t, http.StatusOK, "")
	}
	if fields < 20 {
		t.Errorf("only %d fields, want at least 20", fields)
	}
}

// TestByteOrderMark shows that a mark before the text is ignored (RFC 8259, 8.1), once
// and only there, and that it counts as part of the body.
func TestByteOrderMark(t *testing.T) {
	t.Parallel()
	const mark = "\ufeff"
	c := newFakeClient(t, server.Fake(t, server.FakeConfig(t), nil))
	a := c.post("/api/register", mark+`{"user_name":"a`+mark+`"}`)
	var user struct {
		UserName string `json:"user_name"`
	}
	if a.into(t, &user); user.UserName != "a"+mark {
		t.Errorf("the name came back as %+q", user.UserName)
	}
	c.post("/api/register", mark+" \n{}").is(t, http.StatusOK, "")
	c.post("/api/register", mark).is(t, http.StatusBadRequest, "invalid_request", " required")
	for _, body := range []string{mark + mark + "{}", " " + mark + "{}", "{}" + mark, "\xef\xbb{}", "\xff\xfe{\x00}\x00",
		mark + "null"} {
		c.post("/api/register", body).is(t, http.StatusBadRequest, "malformed_json")
	}
	full := mark + "{}" + strings.Repeat(" ", 16<<10-len(mark+"{}"))
	c.post("/api/register", full).is(t, http.StatusOK, "")
	c.post("/api/register", full+" ").is(t, http.StatusRequestEntityTooLarge, "body_too_large")
}

// TestVerbatim: odd but valid texts are passed on unchanged. In the answer, characters that a
// browser could take for markup are escaped (BI-26, BI-28).
func TestVerbatim(t *testing.T) {
	t.Parallel()
	c := newFakeClient(t, server.Fake(t, server.FakeConfig(t), nil))
	for _, odd := range []string{
		`' OR 1=1; DROP TABLE users --`, `{"$gt":""}`, `*)(uid=*))(|(uid=*`, `{{7*7}}${7*7}<%= 7*7 %>`, `%s%n%x`,
		`${jndi:ldap://x/a}`,
		`=cmd|' /C calc'!A0`, `<script>alert(1)</script>`, "</p>&\u2028\u2029", "\u202eevil", "a\u200db",
		"a\r\nSet-Cookie: x=1", strings.Repeat("ﷺ", 64),
	} {
		a := c.post("/api/register", map[string]any{"user_name": odd, "real_name": odd, "invite_id": int64(1)<<53 - 1})
		var user struct {
			UserName string `json:"user_name"`
			RealName string `json:"real_name"`
			ParentID int64  `json:"parent_id"`
		}
		if a.into(t, &user); user.UserName != odd || user.RealName != odd || user.ParentID != 1<<53-1 {
			t.Errorf("%q came back as %+v", odd, user)
		}
		if strings.ContainsAny(string(a.body), "<>&\u2028\u2029") {
			t.Errorf("not escaped: %s", a.body)
		}
	}
}

// TestBodySize: the bound is exact to the byte, with and without Content-Length.
func TestBodySize(t *testing.T) {
	t.Parallel()
	c := newFakeClient(t, server.Fake(t, server.FakeConfig(t), nil))
	for size, status := range map[int]int{16 << 10: http.StatusOK, 16<<10 + 1: http.StatusRequestEntityTooLarge} {
		body := `{}` + strings.Repeat(" ", size-2)
		for name, reader := range map[string]io.Reader{"told": strings.NewReader(body),
			"chunked": io.MultiReader(strings.NewReader(body))} {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, c.url+"/api/register", reader)
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Content-Type", "application/json")
			if a := c.send(req); a.status != status {
				t.Errorf("%d bytes, %s: %d", size, name, a.status)
			}
		}
	}
}

// raw sends bytes and reads the answer's status and body.
func raw(t *testing.T, addr, request string) (string, string) {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if _, err := io.WriteString(conn, request); err != nil {
		t.Fatal(err)
	}
	if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	r := bufio.NewReader(conn)
	status, err := r.ReadString('\n')
	if err != nil && err != io.EOF {
		t.Fatal(err)
	}
	rest, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(status), string(rest)
}

// TestRaw sends what no client library would.
func TestRaw(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(server.Fake(t, server.FakeConfig(t), nil))
	t.Cleanup(srv.Close)
	const post = "POST /api/register HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n"
	for name, in := range map[string]struct{ request, status, holds string }{
		"BI-16 less than promised": {post + "Content-Length: 100\r\n\r\n{}", "400", "malformed_json"},
		"BI-16 chunked, cut off":   {post + "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n", "400", "malformed_json"},
		"BI-16 chunked, empty":     {post + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400", "invalid_request"},
		"BI-12 promised only":      {post + "Content-Length: 1000000\r\n\r\n", "413", "body_too_large"},
		"BI-30 id with CR": {"GET /api/captcha HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Request-Id: " +
			"a\rSet-Cookie: b\r\n\r\n", "400", ""},
		"BI-32 HTTP/1.0, no Host": {"GET /api/captcha HTTP/1.0\r\n\r\n", "200", `"code":0`},
		"BI-32 HTTP/0.9":          {"GET /api/captcha\r\n\r\n", "400", ""},
		"BI-34 CONNECT": {"CONNECT /api/register HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "405",
			"method_not_allowed"},
		"BI-31 other Host": {"GET /api/captcha HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n", "200",
			`"code":0`},
		"Site-Id with spaces": {"GET /api/captcha HTTP/1.1\r\nHost: x\r\nConnection: close\r\nSite-Id:   2  \r\n\r\n", "200",
			`"code":0`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			status, rest := raw(t, srv.Listener.Addr().String(), in.request)
			if !strings.Contains(status, " "+in.status) || !strings.Contains(rest, in.holds) ||
				strings.Contains(rest, "evil.example") {
				t.Errorf("%s\n%s", status, rest)
			}
		})
	}
}

// TestNoRequest sends requests that net/http answers itself, in text and without an envelope. The
// contract names these statuses. All other refusals have an envelope. 431 is in listener.TestHeaderSize.
func TestNoRequest(t *testing.T) {
	t.Parallel()
	reached := func(context.Context) error { t.Error("a handler was reached"); return nil }
	srv := httptest.NewServer(server.Fake(t, server.FakeConfig(t), reached))
	t.Cleanup(srv.Close)
	const get, post = "GET /api/captcha HTTP/1.1\r\n", "POST /api/register HTTP/1.1\r\nHost: x\r\nContent-Type: " +
		"application/json\r\n"
	for name, in := range map[string]struct{ request, status string }{
		"no Host":               {get + "\r\n", "400 Bad Request"},
		"two Hosts":             {get + "Host: a\r\nHost: b\r\n\r\n", "400 Bad Request"},
		"a Host that is none":   {get + "Host: a b\r\n\r\n", "400 Bad Request"},
		"no protocol":           {"GET /api/captcha\r\nHost: x\r\n\r\n", "400 Bad Request"},
		"HTTP/3.7":              {"GET /api/captcha HTTP/3.7\r\nHost: x\r\n\r\n", "505 HTTP Version Not Supported"},
		"a method that is none": {"G(T /api/captcha HTTP/1.1\r\nHost: x\r\n\r\n", "400 Bad Request"},
		"a path that is none":   {"GET /api/%zz HTTP/1.1\r\nHost: x\r\n\r\n", "400 Bad Request"},
		"a header without name": {get + "Host: x\r\n: y\r\n\r\n", "400 Bad Request"},
		"a space before colon":  {get + "Host: x\r\nSite-Id : 1\r\n\r\n", "400 Bad Request"},
		"a folded header":       {get + "Host: x\r\nSite-Id: 1\r\n\x00y: 1\r\n\r\n", "400 Bad Request"},
		"Expect":                {post + "Expect: a miracle\r\nContent-Length: 2\r\n\r\n{}", "417 Expectation Failed"},
		"two lengths":           {post + "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}", "400 Bad Request"},
		"no length":             {post + "Content-Length: -1\r\n\r\n{}", "400 Bad Request"},
		"Transfer-Encoding":     {post + "Transfer-Encoding: gzip\r\n\r\n{}", "501 Not Implemented"},
		"two codings": {post + "Transfer-Encoding: gzip, chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
			"501 Not Implemented"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			status, rest := raw(t, srv.Listener.Addr().String(), in.request)
			if !strings.HasPrefix(status, "HTTP/1.1 "+in.status) || !strings.Contains(rest, "Connection: close") ||
				strings.Contains(rest, `"code"`) {
				t.Errorf("%s\n%s", status, rest)
			}
			listed := strings.Split(book.doc.Info.Description, "A request that is not valid HTTP")
			if code, _, _ := strings.Cut(in.status, " "); len(listed) != 2 || !strings.Contains(listed[1], "("+code+")") {
				t.Errorf("the contract does not name %s", code)
			}
		})
	}
}

func ExampleNew() {
	// Each missing field of Config is an error of New.
	_, err := server.New(server.Config{Sites: []int64{1}})
	fmt.Println(strings.Split(err.Error(), "\n")[0])
	// Output: server: Config.Accounts is missing
}
