package asset_test

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/enroll-project/enroll/internal/asset"
)

// Packages pages and swaggerui test the rest of this package with their own files.
func TestPack(t *testing.T) {
	t.Parallel()
	text := strings.Repeat("a file that packs well. ", 1000)
	site := asset.Site{
		Files: map[string]asset.File{
			"/a.txt": asset.Pack("text/plain; charset=utf-8", text), "/b.txt": asset.New("text/plain; charset=utf-8", text),
		},
		Headers: map[string]string{"X-Guard": "on"},
	}
	get := func(path, coding string) *httptest.ResponseRecorder {
		r := httptest.NewRequest("GET", path, nil)
		r.Header.Set("Accept-Encoding", coding)
		w := httptest.NewRecorder()
		site.ServeHTTP(w, r)
		if w.Header().Get("X-Guard") != "on" {
			t.Errorf("%s, %s: %v", path, coding, w.Header())
		}
		return w
	}
	zipped := get("/a.txt", "gzip")
	if zipped.Body.Len() >= len(text)/10 || zipped.Header().Get("Content-Encoding") != "gzip" {
		t.Errorf("%d of %d bytes, %v", zipped.Body.Len(), len(text), zipped.Header())
	}
	r, err := gzip.NewReader(zipped.Body)
	if err != nil {
		t.Fatal(err)
	}
	if unpacked, err := io.ReadAll(r); err != nil || string(unpacked) != text {
		t.Errorf("%d bytes, %v", len(unpacked), err)
	}
	for path, coding := range map[string]string{"/a.txt": "identity", "/b.txt": "gzip"} {
		if w := get(path, coding); w.Body.String() != text || w.Header().Get("Content-Encoding") != "" {
			t.Errorf("%s, %s: %d bytes, %v", path, coding, w.Body.Len(), w.Header())
		}
	}
	if w := get("/c.txt", "gzip"); w.Code != 404 {
		t.Errorf("a file that is not there: %d", w.Code)
	}
}

// TestConditions: conditional requests and ranges work with each coding. An answer without a body
// has no Content-Length, because net/http would break the connection if it had one.
func TestConditions(t *testing.T) {
	t.Parallel()
	text := strings.Repeat("a file that packs well. ", 1000)
	site := asset.Site{Files: map[string]asset.File{"/a.txt": asset.Pack("text/plain; charset=utf-8", text)}}
	srv := httptest.NewServer(site)
	t.Cleanup(srv.Close)
	get := func(headers ...string) (*http.Response, string) {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, srv.URL+"/a.txt", nil)
		if err != nil {
			t.Fatal(err)
		}
		for pair := range slices.Chunk(headers, 2) {
			r.Header.Set(pair[0], pair[1])
		}
		res, err := srv.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(res.Body)
		if err != nil {
			t.Errorf("%v: %v", headers, err)
		}
		if err := res.Body.Close(); err != nil {
			t.Error(err)
		}
		return res, string(body)
	}
	for _, coding := range []string{"gzip", "identity"} {
		whole, body := get("Accept-Encoding", coding)
		etag := whole.Header.Get("ETag")
		for _, in := range []struct {
			name, value string
			status      int
			body        string
		}{
			{"If-None-Match", `"x", W/` + etag, 304, ""},
			{"If-Match", etag, 200, body},
			{"If-Match", `"x"`, 412, ""},
			{"Range", "bytes=2-5", 206, body[2:6]},
			{"Range", "bytes=1000000-", 416, "invalid range: failed to overlap\n"},
		} {
			res, got := get("Accept-Encoding", coding, in.name, in.value)
			if res.StatusCode != in.status || got != in.body {
				t.Errorf("%s, %s: %s: %d %.60q, want %d %.60q", coding, in.name, in.value, res.StatusCode, got, in.status, in.body)
			}
		}
	}
}
