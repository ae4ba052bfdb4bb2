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

// files lists the files of the page and their media types.
var files = map[string]string{
	"/":                "text/html; charset=utf-8",
	"/signup/app.js":   "text/javascript; charset=utf-8",
	"/signup/app.css":  "text/css; charset=utf-8",
	"/signup/icon.svg": "image/svg+xml",
}

// defaults are the options that the page in web/ has.
var defaults = signup.Options{PasswordMin: 8, Phone: true}

// request returns the handler's answer and its body. headers alternates names and
// values.
func request(t *testing.T, method, path string, headers ...string) (*http.Response, string) {
	t.Helper()
	r := httptest.NewRequest(method, path, nil)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	signup.Handler(defaults).ServeHTTP(w, r)
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
		plain, body := request(t, "GET", path)
		zipped, sent := request(t, "GET", path, "Accept-Encoding", "gzip")
		if plain.StatusCode != 200 || plain.Header.Get("Content-Type") != media || body == "" ||
			plain.Header.Get("Cache-Control") != "no-cache" {
			t.Errorf("%s: %d, %v", path, plain.StatusCode, plain.Header)
		}
		if zipped.Header.Get("Content-Encoding") != "gzip" || len(sent) >= len(body) {
			t.Errorf("%s: %d bytes of %d, %v", path, len(sent), len(body), zipped.Header)
		}
		again, none := request(t, "GET", path, "If-None-Match", plain.Header.Get("ETag"))
		if again.StatusCode != 304 || none != "" {
			t.Errorf("%s, with its ETag: %d", path, again.StatusCode)
		}
		total += len(sent)
	}
	t.Logf("%d bytes gzipped in all", total)
	if total > 60_000 {
		t.Errorf("the first load takes %d bytes", total)
	}
}

// TestOptions shows that the page has the settings of the service in its first tag.
func TestOptions(t *testing.T) {
	t.Parallel()
	w := httptest.NewRecorder()
	strict := signup.Options{PasswordMin: 15}
	signup.Handler(strict).ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	want := `<html lang="en" data-api="" data-password-min="15" data-phone="off">`
	if !strings.Contains(w.Body.String(), want) {
		t.Errorf("no %s in the page", want)
	}
}

func TestEveryAnswerIsGuarded(t *testing.T) {
	t.Parallel()
	for _, one := range [][2]string{{"GET", "/"}, {"GET", "/signup/app.js"}, {"GET", "/unknown"}, {"POST", "/"}} {
		res, _ := request(t, one[0], one[1])
		for name, want := range map[string]string{
			"Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; " +
				"img-src 'self' data:; media-src data:; connect-src 'self'; " +
				"worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
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

// TestPageNamesNoOtherHost finds requests and inline code that the policy would
// block: in a browser each would be an error in the console and a part of the page
// that does not work.
func TestPageNamesNoOtherHost(t *testing.T) {
	t.Parallel()
	host := regexp.MustCompile(`(?:src|href|url|import|fetch)[=("' ]*(?:[a-z]+:)?//[^"' )]+`)
	inline := regexp.MustCompile(`<script>|<style|\son[a-z]+=|javascript:|\sstyle=`)
	stored := regexp.MustCompile(`localStorage|sessionStorage|indexedDB|document\.cookie|innerHTML|eval\(`)
	for path := range files {
		_, body := request(t, "GET", path)
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

// TestFieldsHaveTheirErrors shows that each field has a label and an element for its
// error. The script puts a refusal into that element, and without it the refusal
// would not be seen.
func TestFieldsHaveTheirErrors(t *testing.T) {
	t.Parallel()
	_, page := request(t, "GET", "/")
	for _, field := range []string{"user_name", "password", "email", "phone", "code", "captcha", "invite_code"} {
		for _, want := range []string{
			`<label for="` + field + `"`, ` id="` + field + `" name="` + field + `"`,
			` aria-describedby="` + field + `-error`, ` id="` + field + `-error"`,
		} {
			if strings.Count(page, want) != 1 {
				t.Errorf("%s: %d times %s", field, strings.Count(page, want), want)
			}
		}
	}
}

// TestAssetsAreCurrent shows, without Node, that the page in assets/ is the page in
// web/, which `make page` copies. For the compiled script, `make check-page` does.
func TestAssetsAreCurrent(t *testing.T) {
	t.Parallel()
	for source, path := range map[string]string{"web/index.html": "/", "web/icon.svg": "/signup/icon.svg"} {
		want, err := os.ReadFile(source)
		if err != nil {
			t.Fatal(err)
		}
		if _, got := request(t, "GET", path); got != string(want) {
			t.Errorf("%s differs from the served file: run make page", source)
		}
	}
}
