package asset_test

import (
	"compress/gzip"
	"io"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/enroll-project/enroll/internal/asset"
)

// The two packages that have files test the rest with their own.
func TestPack(t *testing.T) {
	t.Parallel()
	text := strings.Repeat("a file that packs well. ", 1000)
	site := asset.Site{
		Files:   map[string]asset.File{"/a.txt": asset.Pack("text/plain; charset=utf-8", text), "/b.txt": asset.New("text/plain; charset=utf-8", text)},
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
