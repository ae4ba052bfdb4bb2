package signup_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/enroll-project/enroll/internal/signup"
)

// files are all the files of the page, with what they must be sent as.
var files = map[string]string{
	"/":                "text/html; charset=utf-8",
	"/signup/app.js":   "text/javascript; charset=utf-8",
	"/signup/app.css":  "text/css; charset=utf-8",
	"/signup/icon.svg": "image/svg+xml",
}

// ask returns the handler's answer and its body; headers are name and value in turn.
func ask(t *testing.T, method, path string, headers ...string) (*http.Response, string) {
	t.Helper()
	r := httptest.NewRequest(method, path, nil)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	signup.Handler().ServeHTTP(w, r)
	body, err := io.ReadAll(w.Result().Body)
	if err != nil {
		t.Fatal(err)
	}
	return w.Result(), string(body)
}

func TestFiles(t *testing.T) {
	t.Parallel()
	total := 0
	for path, media := range files {
		plain, body := ask(t, "GET", path)
		zipped, sent := ask(t, "GET", path, "Accept-Encoding", "gzip")
		if plain.StatusCode != 200 || plain.Header.Get("Content-Type") != media || body == "" || plain.Header.Get("Cache-Control") != "no-cache" {
			t.Errorf("%s: %d, %v", path, plain.StatusCode, plain.Header)
		}
		if zipped.Header.Get("Content-Encoding") != "gzip" || len(sent) >= len(body) {
			t.Errorf("%s: %d bytes of %d, %v", path, len(sent), len(body), zipped.Header)
		}
		if again, none := ask(t, "GET", path, "If-None-Match", plain.Header.Get("ETag")); again.StatusCode != 304 || none != "" {
			t.Errorf("%s, asked again: %d", path, again.StatusCode)
		}
		total += len(sent)
	}
	t.Logf("%d bytes gzipped in all", total)
	if total > 60_000 {
		t.Errorf("the first load takes %d bytes", total)
	}
}

func TestEveryAnswerIsGuarded(t *testing.T) {
	t.Parallel()
	for _, one := range [][2]string{{"GET", "/"}, {"GET", "/signup/app.js"}, {"GET", "/unknown"}, {"POST", "/"}} {
		res, _ := ask(t, one[0], one[1])
		for name, want := range map[string]string{
			"Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src data:; " +
				"connect-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
			"X-Content-Type-Options":       "nosniff",
			"Referrer-Policy":              "no-referrer",
			"Permissions-Policy":           "camera=(), geolocation=(), microphone=()",
			"Cross-Origin-Opener-Policy":   "same-origin",
			"Cross-Origin-Resource-Policy": "same-origin",
		} {
			if got := res.Header.Get(name); got != want {
				t.Errorf("%v: %s: %q, want %q", one, name, got, want)
			}
		}
	}
}

// The policy would block them, and a promise is better kept than enforced.
func TestPageNamesNoOtherHost(t *testing.T) {
	t.Parallel()
	host := regexp.MustCompile(`(?:src|href|url|import|fetch)[=("' ]*(?:[a-z]+:)?//[^"' )]+`)
	inline := regexp.MustCompile(`<script>|<style|\son[a-z]+=|javascript:|\sstyle=`)
	stored := regexp.MustCompile(`localStorage|sessionStorage|indexedDB|document\.cookie|innerHTML|eval\(`)
	for path := range files {
		_, body := ask(t, "GET", path)
		if found := host.FindString(body); found != "" {
			t.Errorf("%s names another host: %q", path, found)
		}
		if found := inline.FindString(body); path == "/" && found != "" {
			t.Errorf("%s has something inline: %q", path, found)
		}
		if found := stored.FindString(body); found != "" {
			t.Errorf("%s uses %s", path, found)
		}
	}
}

// The page and its script agree on what is there: a field without an error of its
// own would hide a refusal.
func TestFieldsHaveTheirErrors(t *testing.T) {
	t.Parallel()
	_, page := ask(t, "GET", "/")
	for _, field := range []string{"user_name", "password", "email", "phone", "code", "captcha", "invite_code"} {
		for _, want := range []string{`<label for="` + field + `"`, ` id="` + field + `" name="` + field + `"`, ` aria-describedby="` + field + `-error`, ` id="` + field + `-error"`} {
			if strings.Count(page, want) != 1 {
				t.Errorf("%s: %d times %s", field, strings.Count(page, want), want)
			}
		}
	}
}

// `make page` copies the page as it is: a changed one that was not compiled shows here,
// without Node. The script's turn is `make check-page`.
func TestAssetsAreCurrent(t *testing.T) {
	t.Parallel()
	for source, path := range map[string]string{"web/index.html": "/", "web/icon.svg": "/signup/icon.svg"} {
		want, err := os.ReadFile(source)
		if err != nil {
			t.Fatal(err)
		}
		if _, got := ask(t, "GET", path); got != string(want) {
			t.Errorf("%s is not what is served: run make page", source)
		}
	}
}
