package swaggerui_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/enroll-project/enroll/internal/swaggerui"
)

// files lists the files of the page and their media types.
var files = map[string]string{
	"/":                                 "text/html; charset=utf-8",
	"/init.js":                          "text/javascript; charset=utf-8",
	"/swagger-ui-bundle.js":             "text/javascript; charset=utf-8",
	"/swagger-ui.css":                   "text/css; charset=utf-8",
	"/favicon-32x32.png":                "image/png",
	"/LICENSE":                          "text/plain; charset=utf-8",
	"/NOTICE":                           "text/plain; charset=utf-8",
	"/swagger-ui-bundle.js.LICENSE.txt": "text/plain; charset=utf-8",
}

// packed lists the files that are compressed in the binary.
var packed = map[string]bool{"/swagger-ui-bundle.js": true, "/swagger-ui.css": true}

// ask returns the handler's answer. headers alternates names and values.
func ask(h http.Handler, method, path string, headers ...string) *http.Response {
	r := httptest.NewRequest(method, path, nil)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

func read(t *testing.T, r io.Reader) []byte {
	t.Helper()
	data, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func unpack(t *testing.T, data []byte) []byte {
	t.Helper()
	r, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return read(t, r)
}

func TestFiles(t *testing.T) {
	t.Parallel()
	h := swaggerui.Handler("/openapi.yaml")
	for path, media := range files {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			plain := ask(h, "GET", path)
			body := read(t, plain.Body)
			zipped := ask(h, "GET", path, "Accept-Encoding", "br, gzip;q=0.8")
			sent := read(t, zipped.Body)
			for _, res := range []*http.Response{plain, zipped} {
				if res.StatusCode != 200 || res.Header.Get("Content-Type") != media ||
					res.Header.Get("Cache-Control") != "no-cache" {
					t.Errorf("%d, %v", res.StatusCode, res.Header)
				}
			}
			if plain.Header.Get("Content-Length") != strconv.Itoa(len(body)) ||
				zipped.Header.Get("Content-Length") != strconv.Itoa(len(sent)) {
				t.Errorf("lengths %d and %d, but %v and %v", len(body), len(sent), plain.Header, zipped.Header)
			}
			coding, vary := "", ""
			if packed[path] {
				coding, vary, sent = "gzip", "Accept-Encoding", unpack(t, sent)
			}
			if zipped.Header.Get("Content-Encoding") != coding || plain.Header.Get("Content-Encoding") != "" {
				t.Errorf("codings %q and %q", zipped.Header.Get("Content-Encoding"), plain.Header.Get("Content-Encoding"))
			}
			if plain.Header.Get("Vary") != vary || zipped.Header.Get("Vary") != vary {
				t.Errorf("vary %q and %q", plain.Header.Get("Vary"), zipped.Header.Get("Vary"))
			}
			if len(body) == 0 || !bytes.Equal(body, sent) {
				t.Errorf("%d bytes plain, %d unpacked", len(body), len(sent))
			}
			if same := plain.Header.Get("ETag") == zipped.Header.Get("ETag"); same == packed[path] {
				t.Errorf("two codings, ETags %s and %s", plain.Header.Get("ETag"), zipped.Header.Get("ETag"))
			}
		})
	}
}

func TestHead(t *testing.T) {
	t.Parallel()
	h := swaggerui.Handler("/openapi.yaml")
	for path := range files {
		for _, accept := range []string{"gzip", "identity"} {
			get := ask(h, "GET", path, "Accept-Encoding", accept)
			head := ask(h, "HEAD", path, "Accept-Encoding", accept)
			if body := read(t, head.Body); head.StatusCode != 200 || len(body) != 0 {
				t.Errorf("%s: %d with %d bytes", path, head.StatusCode, len(body))
			}
			for name := range get.Header {
				if get.Header.Get(name) != head.Header.Get(name) {
					t.Errorf("%s: %s is %q, for HEAD %q", path, name, get.Header.Get(name), head.Header.Get(name))
				}
			}
		}
	}
}

func TestNotModified(t *testing.T) {
	t.Parallel()
	h := swaggerui.Handler("/openapi.yaml")
	for path := range files {
		etag := ask(h, "GET", path, "Accept-Encoding", "gzip").Header.Get("ETag")
		for given, want := range map[string]int{
			etag:                    304,
			"W/" + etag:             304,
			`"other", ` + etag:      304,
			"*":                     304,
			`"other"`:               200,
			strings.Trim(etag, `"`): 200,
			"":                      200,
		} {
			res := ask(h, "GET", path, "Accept-Encoding", "gzip", "If-None-Match", given)
			body := read(t, res.Body)
			if res.StatusCode != want || (want == 304) != (len(body) == 0) {
				t.Errorf("%s, If-None-Match %s: %d with %d bytes, want %d", path, given, res.StatusCode, len(body), want)
			}
			if res.Header.Get("ETag") != etag || res.Header.Get("Cache-Control") == "" {
				t.Errorf("%s: %v lacks headers that a 304 must repeat (RFC 9110, 15.4.5)", path, res.Header)
			}
		}
	}
}

func TestAcceptEncoding(t *testing.T) {
	t.Parallel()
	h := swaggerui.Handler("/openapi.yaml")
	for given, want := range map[string]bool{
		"gzip":                    true,
		"GZIP":                    true,
		"x-gzip":                  true,
		"deflate, gzip;q=1.0, br": true,
		"gzip ; q=0.001":          true,
		"*":                       true,
		"br, *;q=0.1":             true,
		"*;q=0, gzip":             true,
		"":                        false,
		"identity":                false,
		"br":                      false,
		"gzip;q=0":                false,
		"gzip; Q=0.000":           false,
		"gzip;q=0, *":             false,
		"*, gzip;q=0":             false,
		"*;q=0":                   false,
		"gzipped":                 false,
	} {
		res := ask(h, "GET", "/swagger-ui.css", "Accept-Encoding", given)
		if got := res.Header.Get("Content-Encoding") == "gzip"; got != want {
			t.Errorf("Accept-Encoding %q: gzip %t, want %t", given, got, want)
		}
	}
}

func TestEveryAnswerIsGuarded(t *testing.T) {
	t.Parallel()
	h := swaggerui.Handler("/openapi.yaml")
	for _, res := range []*http.Response{
		ask(h, "GET", "/"), ask(h, "GET", "/init.js"), ask(h, "GET", "/unknown"), ask(h, "POST", "/"),
		ask(h, "GET", "/", "If-None-Match", "*"),
	} {
		for name, want := range map[string]string{
			"Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
				"connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
			"X-Content-Type-Options":       "nosniff",
			"Referrer-Policy":              "no-referrer",
			"Cross-Origin-Opener-Policy":   "same-origin",
			"Cross-Origin-Resource-Policy": "same-origin",
		} {
			if got := res.Header.Get(name); got != want {
				t.Errorf("%d: %s: %q, want %q", res.StatusCode, name, got, want)
			}
		}
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	h := swaggerui.Handler("/openapi.yaml")
	for _, path := range []string{
		"/unknown", "/index.html", "/assets/", "/init.js/", "//", "/../init.js", "/swagger-ui.css.gz", "/update.sh",
	} {
		if res := ask(h, "GET", path); res.StatusCode != 404 {
			t.Errorf("%s: %d, want 404", path, res.StatusCode)
		}
	}
	for _, method := range []string{"POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "get"} {
		res := ask(h, method, "/")
		if res.StatusCode != 405 || res.Header.Get("Allow") != "GET, HEAD" {
			t.Errorf("%s: %d, Allow %q", method, res.StatusCode, res.Header.Get("Allow"))
		}
	}
}

// TestMounted shows that, below a prefix, the relative URLs of the page lead to its
// files.
func TestMounted(t *testing.T) {
	t.Parallel()
	mux := http.NewServeMux()
	mux.Handle("/docs/", http.StripPrefix("/docs", swaggerui.Handler("/openapi.yaml")))
	if res := ask(mux, "GET", "/docs"); res.Header.Get("Location") != "/docs/" {
		t.Errorf("/docs: %d to %q", res.StatusCode, res.Header.Get("Location"))
	}
	page := string(read(t, ask(mux, "GET", "/docs/").Body))
	named := regexp.MustCompile(`(?:src|href)="([^"/]+)"`).FindAllStringSubmatch(page, -1)
	if len(named) != 4 {
		t.Errorf("the page names %d files, want 4: %v", len(named), named)
	}
	for _, name := range named {
		if res := ask(mux, "GET", "/docs/"+name[1]); res.StatusCode != 200 {
			t.Errorf("%s: %d", name[1], res.StatusCode)
		}
	}
}

func TestSettingsReachThePage(t *testing.T) {
	t.Parallel()
	page := string(read(t, ask(swaggerui.Handler(`/a?b=1&c="><script>`), "GET", "/").Body))
	for _, want := range []string{`data-spec-url="/a?b=1&amp;c=&#34;&gt;&lt;script&gt;"`, `data-persist="false"`} {
		if !strings.Contains(page, want) {
			t.Errorf("%s is missing in %s", want, page)
		}
	}
	dev := swaggerui.Handler("/openapi.yaml", swaggerui.PersistAuthorization())
	if page := string(read(t, ask(dev, "GET", "/").Body)); !strings.Contains(page, `data-persist="true"`) {
		t.Error(page)
	}
	other := ask(swaggerui.Handler("/openapi.yaml"), "GET", "/").Header.Get("ETag")
	if ask(dev, "GET", "/").Header.Get("ETag") == other {
		t.Error("two pages have the same ETag")
	}
}

// TestOurFilesNameNoOtherHost finds requests and inline code in this project's two
// files that the policy would block: in a browser each would be an error in the
// console and a part of the page that does not work.
func TestOurFilesNameNoOtherHost(t *testing.T) {
	t.Parallel()
	host := regexp.MustCompile(`[a-zA-Z]+://|["'(]//`)
	inline := regexp.MustCompile(`<script>|<style|\son[a-z]+=|javascript:|\sstyle=`)
	h := swaggerui.Handler("/openapi.yaml")
	for _, path := range []string{"/", "/init.js"} {
		body := read(t, ask(h, "GET", path).Body)
		if found := host.Find(body); found != nil {
			t.Errorf("%s names another host: %q", path, found)
		}
		if found := inline.Find(body); path == "/" && found != nil {
			t.Errorf("%s has something inline: %q", path, found)
		}
	}
}

// TestAssetsAreReproducible shows that the assets are of the version that update.sh
// pins, and that their gzip headers hold no time and no name, so that another run
// gives the same bytes.
func TestAssetsAreReproducible(t *testing.T) {
	t.Parallel()
	names, err := filepath.Glob("assets/*.gz")
	if err != nil || len(names) != len(packed) {
		t.Fatalf("%v, %v", names, err)
	}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		// Flags 0, time 0, best compression (RFC 1952, section 2.3).
		if want := []byte{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2}; !bytes.HasPrefix(data, want) {
			t.Errorf("%s begins with % x, want % x", name, data[:len(want)], want)
		}
	}
	script, err := os.ReadFile("update.sh")
	if err != nil {
		t.Fatal(err)
	}
	version, err := os.ReadFile("assets/VERSION")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(script, append([]byte("\nversion="), version...)) {
		t.Errorf("the assets are of version %s, update.sh pins another", version)
	}
	bundle := read(t, ask(swaggerui.Handler("/"), "GET", "/swagger-ui-bundle.js").Body)
	if !bytes.Contains(bundle, bytes.TrimSpace(version)) || !bytes.Contains(bundle, []byte("SwaggerUIBundle")) {
		t.Errorf("the bundle is not Swagger UI %s", version)
	}
}
