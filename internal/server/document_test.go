package server_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/enroll-project/enroll"
	"github.com/enroll-project/enroll/internal/server"
)

func TestDocuments(t *testing.T) {
	t.Parallel()
	c := real(t)
	for path, media := range map[string]string{"/openapi.yaml": "application/yaml; charset=utf-8",
		"/openapi.json": "application/json; charset=utf-8"} {
		a := c.get(path)
		if a.status != http.StatusOK || a.header.Get("Content-Type") != media ||
			a.header.Get("Access-Control-Allow-Origin") != "*" ||
			a.header.Get("Cache-Control") != "no-cache" {
			t.Errorf("%s: %d %v", path, a.status, a.header)
		}
		etag := a.header.Get("ETag")
		for _, known := range []string{etag, "W/" + etag, `"x", ` + etag, "*"} {
			if again := c.get(path, "If-None-Match", known); again.status != http.StatusNotModified || len(again.body) > 0 ||
				again.header.Get("ETag") != etag {
				t.Errorf("%s, If-None-Match %s: %d", path, known, again.status)
			}
		}
		if again := c.get(path, "If-None-Match", `"x"`); again.status != http.StatusOK {
			t.Errorf("%s, another tag: %d", path, again.status)
		}
		if head := c.do(http.MethodHead, path, ""); head.status != http.StatusOK || len(head.body) > 0 {
			t.Errorf("HEAD %s: %d", path, head.status)
		}
	}
	if !bytes.Equal(c.get("/openapi.yaml").body, enroll.Contract) {
		t.Error("/openapi.yaml is not the authored contract")
	}
}

// TestDocumentAlways200: the contract of the mode is served if the mode is on. The transport checks
// each answer of the tests in that mode against it.
func TestDocumentAlways200(t *testing.T) {
	t.Parallel()
	const path = "/openapi-always-200.yaml"
	real(t).get(path).is(t, http.StatusNotFound, "not_found")
	c := real(t, func(cfg *server.Config) { cfg.AlwaysOK = true })
	if a := c.get(path); a.status != http.StatusOK || !bytes.Equal(a.body, enroll.ContractAlways200) {
		t.Errorf("%d, %d bytes", a.status, len(a.body))
	}
	for path, item := range book.always.Paths.Map() {
		for method, op := range item.Operations() {
			if strings.HasPrefix(path, "/api/") && op.Responses.Len() != 1 {
				t.Errorf("%s %s has %d responses", method, path, op.Responses.Len())
			}
		}
	}
}

// TestContractAsJSON: the JSON has the same content as the YAML, and the same bytes in every process.
func TestContractAsJSON(t *testing.T) {
	t.Parallel()
	got := real(t).get("/openapi.json").body
	if !bytes.Equal(got, real(t).get("/openapi.json").body) {
		t.Error("two servers write two documents")
	}
	doc, err := openapi3.NewLoader().LoadFromData(got)
	if err != nil {
		t.Fatal(err)
	}
	var a, b bytes.Buffer
	fatal(t, json.NewEncoder(&a).Encode(doc))
	authored, err := openapi3.NewLoader().LoadFromData(enroll.Contract)
	fatal(t, err)
	fatal(t, json.NewEncoder(&b).Encode(authored))
	if !bytes.Equal(a.Bytes(), b.Bytes()) {
		t.Error("the JSON does not say what the YAML says")
	}
}

func fatal(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestDocs(t *testing.T) {
	t.Parallel()
	c := real(t, func(cfg *server.Config) {
		cfg.Docs = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/plain; charset=utf-8")
			_, _ = fmt.Fprint(w, "docs "+r.URL.Path)
		})
	})
	for path, want := range map[string]string{"/docs/": "docs /", "/docs/a/b.css": "docs /a/b.css"} {
		if a := c.get(path); string(a.body) != want || a.header.Get("Cache-Control") != "" {
			t.Errorf("%s: %q, %v", path, a.body, a.header)
		}
	}
	if a := c.get("/docs"); a.status != http.StatusMovedPermanently || a.header.Get("Location") != "/docs/" {
		t.Errorf("/docs: %d, %v", a.status, a.header)
	}
	c.do(http.MethodPost, "/docs/", "{}").is(t, http.StatusMethodNotAllowed, "method_not_allowed")
	real(t).get("/docs/").is(t, http.StatusNotFound, "not_found")
}

func TestPage(t *testing.T) {
	t.Parallel()
	c := real(t, func(cfg *server.Config) {
		cfg.Page = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = fmt.Fprint(w, "page "+r.URL.Path) })
	})
	for _, path := range []string{"/", "/pages/a.css", "/.well-known/change-password"} {
		if a := c.get(path); string(a.body) != "page "+path || a.header.Get("Cache-Control") != "" {
			t.Errorf("%s: %q, %v", path, a.body, a.header)
		}
		c.do(http.MethodPost, path, "{}").is(t, http.StatusMethodNotAllowed, "method_not_allowed")
		real(t).get(path).is(t, http.StatusNotFound, "not_found")
	}
	// Password managers use the redirect only if the host answers this path with 404.
	unknown := "/.well-known/resource-that-should-not-exist-whose-status-code-should-not-be-200"
	for _, path := range []string{"/pages", unknown} {
		c.get(path).is(t, http.StatusNotFound, "not_found")
	}
}
