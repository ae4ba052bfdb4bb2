//go:build docs

package docs

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"
)

// tokens has the tokens of the stage, and one that Enroll itself signed.
type tokens struct {
	user      string // id of the user they are all for
	real      string
	good, bad []vector
}

type vector struct{ Name, Token string }

// newTokens registers a user and has the stage forge tokens for it.
func newTokens(t *testing.T, s stage) tokens {
	t.Helper()
	_, answer := ask(t, http.MethodPost, s.enroll+"/api/register",
		`{"user_name":"verified","password":"quite a good one"}`,
		map[string]string{"Content-Type": "application/json"})
	var registered struct {
		Data struct {
			ID    int64
			Token string
		}
	}
	if err := json.Unmarshal([]byte(answer), &registered); err != nil || registered.Data.Token == "" {
		t.Fatalf("%v: %s", err, answer)
	}
	made := tokens{user: fmt.Sprint(registered.Data.ID), real: registered.Data.Token}
	_, answer = ask(t, http.MethodGet, s.url+"/tokens?user="+made.user, "", nil)
	var forged struct{ Good, Bad []vector }
	if err := json.Unmarshal([]byte(answer), &forged); err != nil || len(forged.Good) != 2 || len(forged.Bad) < 30 {
		t.Fatalf("%v: %s", err, answer)
	}
	made.good, made.bad = forged.Good, forged.Bad
	return made
}

// verifier is a way to verify tokens that the page describes.
type verifier struct {
	name string
	// serve starts it with the key set of the front and returns where it listens.
	serve func(t *testing.T, f *front) *program
	// fetches is how often it may fetch the key set while it is flooded with unknown keys: at the
	// start, and twice more if the machine is slow.
	fetches int
	// es256 is set if it does not support EdDSA.
	es256 bool
	// besides is a status with which it may refuse, besides 401.
	besides int
	// online is set if it sends each token to Enroll.
	online bool
}

func verifiers(k kit, p page) []verifier {
	simple := func(run func(t *testing.T) []string) func(*testing.T, *front) *program {
		return func(t *testing.T, f *front) *program {
			t.Helper()
			return serve(t, port(t), []string{"JWKS_URL=" + f.url + "/.well-known/jwks.json"}, run(t)...)
		}
	}
	return []verifier{
		{name: "Go", fetches: 3, serve: simple(func(t *testing.T) []string {
			t.Helper()
			return []string{k.build(t, k.write(t, p.program("verify.go"), "go", "verify", "verify.go"))}
		})},
		{name: "Node.js", fetches: 3, serve: simple(func(t *testing.T) []string {
			t.Helper()
			return []string{"node", k.write(t, p.program("verify.mjs"), "node", "verify.mjs")}
		})},
		{name: "Python", fetches: 3, serve: simple(func(t *testing.T) []string {
			t.Helper()
			return []string{k.path("python", "env", "bin", "python"), k.write(t, p.program("verify.py"), "python", "verify.py")}
		})},
		{name: "Java", fetches: 3, serve: simple(func(t *testing.T) []string {
			t.Helper()
			return []string{
				"java", "-cp", k.path("java", "lib", "*"), k.write(t, p.program("Verify.java"), "java", "Verify.java"),
			}
		})},
		{name: "nginx with njs", fetches: 1, es256: true, serve: func(t *testing.T, f *front) *program {
			t.Helper()
			k.write(t, p.program("enroll.js"), "njs", "enroll.js")
			inDebian(t, p.program("njs.conf"))
			return nginx(t, k.path("njs"), func(port string) string {
				return p.program("njs.conf", "127.0.0.1:4000", "127.0.0.1:"+port, "http://127.0.0.1:8080", f.url,
					"http://127.0.0.1:3000", app(t), "js_path   /etc/nginx;", "js_path "+k.path("njs")+";",
					"/var/lib/nginx/enroll", k.path("njs", "cache"))
			})
		}},
		{name: "nginx that asks", online: true, serve: func(t *testing.T, f *front) *program {
			t.Helper()
			return nginx(t, k.path("asking"), func(port string) string {
				return p.program("ask.conf", "127.0.0.1:4000", "127.0.0.1:"+port, "http://127.0.0.1:8080", f.url,
					"http://127.0.0.1:3000", app(t))
			})
		}},
		{name: "Envoy", fetches: 3, besides: http.StatusForbidden, serve: func(t *testing.T, f *front) *program {
			t.Helper()
			own := port(t)
			value := func(url string) string { return "port_value: " + url[strings.LastIndex(url, ":")+1:] }
			config := k.write(t,
				p.program("envoy.yaml", "port_value: 4000", "port_value: "+own, "port_value: 8080", value(f.url),
					"port_value: 3000", value(app(t)), "cache_duration: 300s", "cache_duration: 5s"), "envoy", "envoy.yaml")
			return serve(t, own, nil, k.path("python", "env", "bin", "envoy"), "--config-path", config,
				"--use-dynamic-base-id", "--concurrency", "1", "--log-level", "warning")
		}},
	}
}

// folders are those of a configuration that must exist before nginx starts. nginx
// makes the last folder of a cache's path, but none above it.
var folders = regexp.MustCompile(`js_path +(/[^;]*)|proxy_cache_path +(/[^ ]*)/`)

// inDebian looks for the folders of a configuration, if this nginx is Debian's.
func inDebian(t *testing.T, config string) {
	t.Helper()
	if _, err := os.Stat("/var/lib/dpkg/info/nginx.list"); err != nil {
		return
	}
	found := folders.FindAllStringSubmatch(config, -1)
	if len(found) != 2 {
		t.Errorf("%d folders, not 2, in %s", len(found), config)
	}
	for _, groups := range found {
		if info, err := os.Stat(groups[1] + groups[2]); err != nil || !info.IsDir() {
			t.Errorf("Debian's nginx has no folder %s", groups[1]+groups[2])
		}
	}
}

// app is the service behind a proxy that verifies. It answers as the other programs do: with the
// user of the token if the proxy passes it on, and otherwise with that of the header X-User-Id.
func app(t *testing.T) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user := r.Header.Get("X-User-Id")
		if parts := strings.Split(r.Header.Get("Authorization"), "."); len(parts) == 3 {
			var claims struct{ Sub string }
			raw, _ := base64.RawURLEncoding.DecodeString(parts[1])
			_ = json.Unmarshal(raw, &claims)
			user = claims.Sub
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"user_id": user, "site_id": 1})
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// nginx runs a site of the page inside a configuration that needs no rights.
func nginx(t *testing.T, folder string, site func(port string) string) *program {
	t.Helper()
	return nginxWith(t, "events {}", folder, site)
}

// nginxWith is nginx with directives of the main context, of which events is one.
func nginxWith(t *testing.T, directives, folder string, site func(port string) string) *program {
	t.Helper()
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	own := port(t)
	main := "daemon off; worker_processes 1; error_log stderr notice; pid " + folder + "/pid;\n"
	if os.Getuid() == 0 {
		main += "user root;\n" // otherwise its workers could not read the folder
	}
	text := site(own)
	if strings.Contains(text, "js_import") {
		main += "load_module /usr/lib/nginx/modules/ngx_http_js_module.so;\n"
	}
	main += directives + "\nhttp {\n access_log off;\n"
	for _, kind := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
		main += " " + kind + "_temp_path " + folder + "/" + kind + ";\n"
	}
	name := folder + "/nginx.conf"
	if err := os.WriteFile(name, []byte(main+text+"}\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	return serve(t, own, nil, "nginx", "-c", name, "-e", "stderr", "-p", folder)
}

// verifies tests all that the page promises about a verifier.
func (v verifier) verifies(t *testing.T, s stage, tokens tokens) {
	f := newFront(t, s.enroll)
	p := v.serve(t, f)
	get := func(token string) (int, string) {
		t.Helper()
		// The header X-User-Id is for services behind the proxy: the proxy must replace the client's.
		return ask(t, http.MethodGet, p.url+"/", "", map[string]string{"Authorization": "Bearer " + token, "X-User-Id": "1"})
	}
	accepts := func(what, token string) {
		t.Helper()
		status, answer := get(token)
		var who struct {
			UserID string `json:"user_id"`
			SiteID int    `json:"site_id"`
		}
		if err := json.Unmarshal([]byte(answer), &who); err != nil || status != http.StatusOK || who.UserID != tokens.user ||
			who.SiteID != 1 {
			t.Errorf("%s: %d %s", what, status, answer)
		}
	}
	accepts("a token of Enroll", tokens.real)
	accepts("a forged good one", tokens.good[0].Token)
	for _, bad := range tokens.bad {
		if status, answer := get(bad.Token); status != http.StatusUnauthorized && status != v.besides {
			t.Errorf("a token %s is answered with %d %s", bad.Name, status, answer)
		}
	}
	if status, _ := get(""); status != http.StatusUnauthorized {
		t.Errorf("no token is answered with %d", status)
	}
	if v.online {
		accepts("EdDSA, which Enroll knows", tokens.good[1].Token)
		return
	}
	if status, _ := get(tokens.good[1].Token); status != http.StatusUnauthorized {
		t.Errorf("a token of a key that is not published yet is answered with %d", status)
	}
	for i := range 200 {
		get(unknown(tokens.real, i))
	}
	if n := f.fetches(); n < 1 || n > v.fetches {
		t.Errorf("the key set was fetched %d times", n)
	}
	f.publish()
	if !v.es256 {
		until(t, "a new key is seen", func() bool {
			status, _ := get(tokens.good[1].Token)
			return status == http.StatusOK
		})
		accepts("a token of the new key", tokens.good[1].Token)
	}
	f.fail()
	accepts("a token while Enroll is out of order", tokens.real)
	accepts("one of the new key", tokens.good[map[bool]int{true: 0, false: 1}[v.es256]].Token)
}

// unknown is the token with another kid.
func unknown(token string, i int) string {
	header := base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, `{"alg":"ES256","kid":"unknown-%d","typ":"JWT"}`, i))
	return header + token[strings.Index(token, "."):]
}
