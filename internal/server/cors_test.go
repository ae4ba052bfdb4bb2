package server_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/enroll-project/enroll/internal/limit"
	"github.com/enroll-project/enroll/internal/server"
)

const shop = "https://shop.example.com"

// shops returns a client of a service whose API the pages of another origin (shop) may call.
func shops(t *testing.T, more ...func(*server.Config)) *client {
	t.Helper()
	return real(t, append([]func(*server.Config){func(c *server.Config) {
		c.Origins = []string{"http://127.0.0.1:5173",
			shop}
	}}, more...)...)
}

// words are the members of a header that is a list, over all its lines.
func words(h http.Header, name string) []string {
	list := strings.Split(strings.Join(h.Values(name), ","), ",")
	for i := range list {
		list[i] = strings.TrimSpace(list[i])
	}
	slices.Sort(list)
	return list
}

func corsHeaders(h http.Header) (names []string) {
	for name := range h {
		if strings.HasPrefix(name, "Access-Control-") {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func TestPreflight(t *testing.T) {
	t.Parallel()
	c := shops(t)
	for path, methods := range map[string]string{
		"/api/register": "POST", "/api/login": "POST", "/api/captcha": "GET, HEAD",
		"/api/settings": "GET, HEAD", "/api/verify/email": "GET, POST",
		"/api/verify/email/confirm": "POST", "/api/password/reset": "POST",
		"/api/user/avatar": "POST", "/api/user/groups": "GET, HEAD", "/api/user/group/detail": "GET, HEAD",
		"/api/user/detail": "GET, HEAD, POST", "/.well-known/jwks.json": "GET, HEAD",
		"/api/logout": "POST", "/api/user/password": "POST", "/api/user/delete": "POST", "/api/user/export": "GET, HEAD",
		"/api/user/sessions": "DELETE, GET, HEAD", "/api/user/sessions/an-id": "DELETE",
	} {
		a := c.do(http.MethodOptions, path, "", "Origin", shop, "Access-Control-Request-Method",
			strings.Split(methods, ",")[0],
			"Access-Control-Request-Headers", "content-type,idempotency-key")
		if a.status != http.StatusNoContent || len(a.body) > 0 {
			t.Errorf("%s: %d %s", path, a.status, a.body)
		}
		for name, want := range map[string]string{
			"Access-Control-Allow-Origin":  shop,
			"Access-Control-Allow-Methods": methods,
			"Access-Control-Allow-Headers": "Accept-Language, Authorization, Content-Type, Idempotency-Key, Site-Id, " +
				"Token, Version, X-Requested-With",
			"Access-Control-Max-Age": "7200",
		} {
			if got := strings.Join(words(a.header, name), ", "); got != want {
				t.Errorf("%s: %s: %q, want %q", path, name, got, want)
			}
		}
		if len(corsHeaders(a.header)) != 4 || !slices.Contains(words(a.header, "Vary"), "Origin") {
			t.Errorf("%s: %v", path, a.header)
		}
	}
}

// TestCrossOrigin: scripts of an allowed origin can read every answer, from any middleware.
func TestCrossOrigin(t *testing.T) {
	t.Parallel()
	limiter, err := limit.New(limit.Config{IPv4Addr: limit.Rate{Count: 5, Period: time.Hour}})
	fatal(t, err)
	c := shops(t, func(cfg *server.Config) { cfg.Limiter = limiter })
	origin := []string{"Origin", shop}
	for want, a := range map[string]answer{
		"200 ":                   c.get("/api/captcha", origin...),
		"400 malformed_json":     c.post("/api/register", "{", origin...),
		"401 token_missing":      c.get("/api/user/detail", origin...),
		"405 method_not_allowed": c.do(http.MethodDelete, "/api/register", "{}", origin...),
		"404 not_found":          c.get("/api/nothing", origin...),
		"429 rate_limited":       c.get("/api/captcha", origin...),
		"429 rate_limited, no route": c.do(http.MethodOptions, "/api/register", "",
			origin...), // not a preflight: it names no method
	} {
		if got := fmt.Sprint(a.status, " ", a.Reason); !strings.HasPrefix(want, got) {
			t.Errorf("%s, want %s", got, want)
		}
		h := a.header
		if h.Get("Access-Control-Allow-Origin") != shop || !slices.Contains(words(h, "Vary"), "Origin") ||
			strings.Join(words(h, "Access-Control-Expose-Headers"),
				" ") != "Content-Language Retry-After Update-Token X-Request-Id" || len(corsHeaders(h)) != 2 {
			t.Errorf("%d %s: %v", a.status, a.Reason, h)
		}
		if !slices.Contains(words(h, "Vary"), "Accept-Language") {
			t.Errorf("%s: Vary %v", want, h.Values("Vary"))
		}
	}
	if keys := c.get("/.well-known/jwks.json", origin...); keys.header.Get("Access-Control-Allow-Origin") != shop {
		t.Errorf("the keys: %v", keys.header)
	}
}

// TestOtherOrigins: no other origin can read an answer, also if it differs in case, suffix or port.
func TestOtherOrigins(t *testing.T) {
	t.Parallel()
	open, closed := shops(t), real(t)
	for _, origin := range []string{
		"", "null", "*", "http://shop.example.com", "https://SHOP.example.com", shop + ":443", shop + ":8443", shop + "/",
		"https://evil.example", "https://shop.example.com.evil.example", "https://evilshop.example.com",
		"https://example.com", shop + ", " + shop,
	} {
		for _, method := range []string{http.MethodOptions, http.MethodPost} {
			a := open.do(method, "/api/register", "", "Origin", origin, "Access-Control-Request-Method", "POST")
			if a.status < 400 || len(corsHeaders(a.header)) > 0 {
				t.Errorf("%s from %q: %d %v", method, origin, a.status, a.header)
			}
			if !slices.Contains(words(a.header, "Vary"), "Origin") {
				t.Errorf("%s from %q: a cache would give this answer to other origins", method, origin)
			}
		}
	}
	a := closed.do(http.MethodOptions, "/api/register", "", "Origin", shop, "Access-Control-Request-Method", "POST")
	a.is(t, http.StatusMethodNotAllowed, "method_not_allowed")
	if len(corsHeaders(a.header)) > 0 || slices.Contains(words(a.header, "Vary"), "Origin") {
		t.Errorf("no origin is allowed: %v", a.header)
	}
	for _, path := range []string{"/openapi.yaml", "/nothing"} {
		if a := open.do(http.MethodOptions, path, "", "Origin", shop, "Access-Control-Request-Method",
			"GET"); a.status < 400 || len(corsHeaders(a.header)) > 0 {
			t.Errorf("%s is no operation: %d %v", path, a.status, a.header)
		}
	}
	// The contract stays readable for every origin, and the documentation for none.
	if a := open.get("/openapi.yaml", "Origin", shop); a.header.Get("Access-Control-Allow-Origin") != "*" {
		t.Errorf("/openapi.yaml: %v", a.header)
	}
}

// TestOriginsAreChecked: a server does not start with an origin that no browser sends.
func TestOriginsAreChecked(t *testing.T) {
	t.Parallel()
	cfg := server.FakeConfig(t)
	cfg.Origins = []string{"*"}
	if _, err := server.New(cfg); err == nil || !strings.Contains(err.Error(), "Config.Origins") {
		t.Errorf("a server that allows *: %v", err)
	}
}
