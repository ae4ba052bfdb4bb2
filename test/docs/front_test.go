//go:build docs

package docs

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strconv"
	"sync"
	"testing"
)

// front is a proxy between Enroll and one program. It counts the requests for the key
// set, withholds the second key until the test publishes it, and can fail or lose an
// answer if the test asks for that.
type front struct {
	url string

	mu        sync.Mutex
	fetched   int
	published bool
	failing   bool
	lose      int // answers of registrations yet to be lost
}

func newFront(t *testing.T, enroll string) *front {
	t.Helper()
	to, err := url.Parse(enroll)
	if err != nil {
		t.Fatal(err)
	}
	f := &front{}
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(to) }, ModifyResponse: f.filter}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f.mu.Lock()
		failing := f.failing
		f.mu.Unlock()
		if failing {
			http.Error(w, "out of order", http.StatusInternalServerError)
			return
		}
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(func() { server.CloseClientConnections(); server.Close() })
	f.url = server.URL
	return f
}

// filter sees the answers of Enroll before the program does.
func (f *front) filter(res *http.Response) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch res.Request.URL.Path {
	case "/.well-known/jwks.json":
		f.fetched++
		if f.published {
			return nil
		}
		var set struct {
			Keys []map[string]string `json:"keys"`
		}
		if err := json.NewDecoder(res.Body).Decode(&set); err != nil {
			return err
		}
		set.Keys = slices.DeleteFunc(set.Keys, func(key map[string]string) bool { return key["alg"] == "EdDSA" })
		raw, err := json.Marshal(set)
		if err != nil {
			return err
		}
		res.Body, res.ContentLength = io.NopCloser(bytes.NewReader(raw)), int64(len(raw))
		res.Header.Set("Content-Length", strconv.Itoa(len(raw)))
	case "/api/register":
		if f.lose > 0 {
			f.lose--
			panic(http.ErrAbortHandler) // cuts the connection
		}
	}
	return nil
}

func (f *front) fetches() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.fetched
}

// publish adds the second key to the set, as the first step of a rotation.
func (f *front) publish() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.published = true
}

func (f *front) fail() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.failing = true
}
