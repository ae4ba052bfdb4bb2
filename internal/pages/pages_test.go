package pages_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/enroll-project/enroll"
	"github.com/enroll-project/enroll/internal/locale"
	"github.com/enroll-project/enroll/internal/pages"
)

// files lists the files of the page and their media types.
var files = map[string]string{
	"/":               "text/html; charset=utf-8",
	"/pages/app.js":   "text/javascript; charset=utf-8",
	"/pages/app.css":  "text/css; charset=utf-8",
	"/pages/icon.svg": "image/svg+xml",
}

// defaults are the options that the page in web/ has.
var defaults = pages.Options{PasswordMin: 8, Phone: true, Email: true, Signup: "open", Methods: "user_name phone email"}

// request returns the handler's answer and its body. headers alternates names and
// values.
func request(t *testing.T, method, path string, headers ...string) (*http.Response, string) {
	t.Helper()
	r := httptest.NewRequest(method, path, nil)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	pages.Handler(defaults).ServeHTTP(w, r)
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
	// A page loads the texts of one language. These are the longest.
	longest := 0
	for _, tag := range locale.All() {
		if tag == "en" {
			continue // it is in the script
		}
		path := "/pages/words/" + tag + ".json"
		plain, _ := request(t, "GET", path)
		if plain.StatusCode != 200 || plain.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%s: %d, %v", path, plain.StatusCode, plain.Header)
		}
		_, sent := request(t, "GET", path, "Accept-Encoding", "gzip")
		longest = max(longest, len(sent))
	}
	total += longest
	t.Logf("%d bytes gzipped in all, of which %d are the texts of a language", total, longest)
	if total > 60_000 {
		t.Errorf("the first load takes %d bytes", total)
	}
}

// TestOptions shows that the page has the settings of the service in its first tag.
func TestOptions(t *testing.T) {
	t.Parallel()
	w := httptest.NewRecorder()
	strict := pages.Options{PasswordMin: 15, Voice: true, Signup: "closed", Methods: "phone", MinAge: 16,
		Locales: []string{"ar", "en"}, Terms: "2026-11", TermsURL: `https://example.com/?a=1&b="><script>`}
	pages.Handler(strict).ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	want := `<html lang="en" data-api="" data-password-min="15" data-phone="off" data-voice="on" data-email="off" ` +
		`data-signup="closed" ` +
		`data-methods="phone" data-min-age="16" data-locales="ar en" data-terms="2026-11" ` +
		`data-terms-url="https://example.com/?a=1&amp;b=&#34;&gt;&lt;script&gt;">`
	if !strings.Contains(w.Body.String(), want) {
		t.Errorf("no %s in the page", want)
	}
}

func TestEveryAnswerIsGuarded(t *testing.T) {
	t.Parallel()
	for _, one := range [][2]string{
		{"GET", "/"}, {"GET", "/pages/app.js"}, {"GET", "/unknown"}, {"POST", "/"}, {"GET", pages.ChangePassword},
	} {
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

// longest returns the largest maxLength, in code points, that the requests of the contract have for each field.
func longest(t *testing.T) map[string]uint64 {
	t.Helper()
	document, err := openapi3.NewLoader().LoadFromData(enroll.Contract)
	if err != nil {
		t.Fatal(err)
	}
	bounds := map[string]uint64{}
	for _, path := range document.Paths.Map() {
		for _, operation := range path.Operations() {
			if operation.RequestBody == nil {
				continue
			}
			for _, media := range operation.RequestBody.Value.Content {
				for name, field := range media.Schema.Value.Properties {
					if most := field.Value.MaxLength; most != nil {
						bounds[name] = max(bounds[name], *most)
					}
				}
			}
		}
	}
	return bounds
}

// TestFieldsTakeWhatTheServiceTakes shows that no field cuts off a text that the service accepts: a browser cuts
// it off without a message. A pasted message with a code would lose its end, and with the end the code.
func TestFieldsTakeWhatTheServiceTakes(t *testing.T) {
	t.Parallel()
	bounds := longest(t)
	_, page := request(t, "GET", "/")
	fields := regexp.MustCompile(`<(?:input|textarea) [^>]*name="([^"]+)"[^>]* maxlength="([0-9]+)"`).
		FindAllStringSubmatch(page, -1)
	seen := map[string]bool{}
	for _, field := range fields {
		name := field[1]
		seen[name] = true
		// The long answers of that field are made by a widget. A person types six digits.
		if name == "captcha" {
			continue
		}
		need := bounds[name]
		// A digit outside the Basic Multilingual Plane counts as two for a browser.
		if name == "code" || name == "proof_code" {
			need *= 2
		}
		if units, err := strconv.ParseUint(field[2], 10, 64); err != nil || need == 0 || units < need {
			t.Errorf("%s takes %s UTF-16 units, and the service takes %d", name, field[2], need)
		}
	}
	if len(seen) < 10 {
		t.Errorf("only the fields %v were found", seen)
	}
}

// TestFieldsHaveTheirErrors shows that each field has a label and an element for its
// error. The script puts a refusal into that element, and without it the refusal
// would not be seen.
func TestFieldsHaveTheirErrors(t *testing.T) {
	t.Parallel()
	_, page := request(t, "GET", "/")
	fields := regexp.MustCompile(`<(?:input|textarea) id="([^"]+)" name="([^"]+)"`).FindAllStringSubmatch(page, -1)
	names := map[string]bool{}
	for _, field := range fields {
		id := field[1]
		names[field[2]] = true
		for _, want := range []string{
			`<label for="` + id + `"`, ` id="` + id + `"`, ` aria-describedby="` + id + `-error`, ` id="` + id + `-error"`,
		} {
			if strings.Count(page, want) != 1 {
				t.Errorf("%s: %d times %s", id, strings.Count(page, want), want)
			}
		}
	}
	for _, name := range []string{
		"user_name", "password", "old_password", "email", "phone", "code", "captcha", "invite_code",
		"file", "real_name", "introduce", "birthday", "proof_code",
	} {
		if !names[name] {
			t.Errorf("no field %s was found", name)
		}
	}
}

// TestFieldsTellWhatTheyTake shows that password managers, and phones that read an SMS, find
// their fields in each form. With a wrong autocomplete a browser would fill the old password
// into the field of the new one.
func TestFieldsTellWhatTheyTake(t *testing.T) {
	t.Parallel()
	_, page := request(t, "GET", "/")
	for id, want := range map[string]string{
		"user_name": "username", "password": "new-password", "code": "one-time-code",
		"login-user_name": "username", "login-password": "current-password", "login-code": "one-time-code",
		"forgotten-password": "new-password", "forgotten-code": "one-time-code",
		"change-user_name": "username", "change-code": "one-time-code",
		"change-old_password": "current-password", "change-password": "new-password",
		"leave-password": "current-password", "leave-code": "one-time-code",
		"identifiers-old_password": "current-password", "identifiers-code": "one-time-code",
		"identifiers-new-code": "one-time-code", "identifiers-new-user_name": "off",
	} {
		tag := regexp.MustCompile(`<input id="` + id + `"[^>]*>`).FindString(page)
		if !strings.Contains(tag, ` autocomplete="`+want+`"`) {
			t.Errorf("%s is not autocomplete=%q: %s", id, want, tag)
		}
		if masked := strings.Contains(tag, ` type="password"`); masked != strings.HasSuffix(want, "-password") {
			t.Errorf("%s is masked: %t", id, masked)
		}
	}
}

// TestViews shows that no id is the name of a view: the browser would scroll to the element of that
// id when the view's address is opened.
func TestViews(t *testing.T) {
	t.Parallel()
	_, page := request(t, "GET", "/")
	views := regexp.MustCompile(`data-view="([^"]+)"`).FindAllStringSubmatch(page, -1)
	if len(views) < 8 {
		t.Errorf("%d views, want at least 8", len(views))
	}
	for _, view := range views {
		if strings.Contains(page, ` id="`+view[1]+`"`) {
			t.Errorf("there is an element #%s", view[1])
		}
	}
	for _, link := range regexp.MustCompile(`href="#([^"]*)"`).FindAllStringSubmatch(page, -1) {
		if !strings.Contains(page, `data-view="`+link[1]+`"`) {
			t.Errorf("a link leads to #%s, which is no view", link[1])
		}
	}
}

// TestChangePassword shows that password managers find the view that changes a password.
func TestChangePassword(t *testing.T) {
	t.Parallel()
	for _, method := range []string{"GET", "HEAD"} {
		res, _ := request(t, method, "/.well-known/change-password")
		if got := res.Header.Get("Location"); res.StatusCode != 302 || got != "../#password-change" {
			t.Errorf("%s: %d, %q", method, res.StatusCode, got)
		}
	}
	if _, page := request(t, "GET", "/"); !strings.Contains(page, `data-view="password-change"`) {
		t.Error("the page has no such view")
	}
}

// TestAssetsAreCurrent shows, without Node, that the page in assets/ is the page in
// web/, which `make page` copies. For the compiled script, `make check-page` does.
func TestAssetsAreCurrent(t *testing.T) {
	t.Parallel()
	for source, path := range map[string]string{"web/index.html": "/", "web/icon.svg": "/pages/icon.svg"} {
		want, err := os.ReadFile(source)
		if err != nil {
			t.Fatal(err)
		}
		if _, got := request(t, "GET", path); got != string(want) {
			t.Errorf("%s differs from the served file: run make page", source)
		}
	}
}
