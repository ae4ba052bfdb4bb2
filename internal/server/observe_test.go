package server_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/enroll-project/enroll/internal/limit"
	"github.com/enroll-project/enroll/internal/refusal"
	"github.com/enroll-project/enroll/internal/server"
)

// TestFloodIsNotLogged: requests that a client can send by the thousand write at most one line a
// second. They are refusals below /api/ and all requests to other paths.
func TestFloodIsNotLogged(t *testing.T) {
	t.Parallel()
	hour := func(count int) *limit.Limiter {
		l, err := limit.New(limit.Config{IPv4Addr: limit.Rate{Count: count, Period: time.Hour}})
		fatal(t, err)
		return l
	}
	cfg, lines := server.FakeConfig(t), &journal{}
	cfg.Logger = slog.New(slog.NewJSONHandler(lines, nil))
	cfg.Limiter, cfg.DocumentLimiter, cfg.Origins = hour(1), hour(40), []string{shop}
	now := time.Now().Truncate(time.Second)
	cfg.Now = func() time.Time { return now }
	c := newFakeClient(t, server.Fake(t, cfg, nil))
	for want, send := range map[string]func() answer{
		"200 ": func() answer { return c.get("/.well-known/jwks.json") },
		"404 ": func() answer { return c.get("/nothing") },
		"204 ": func() answer {
			return c.do("OPTIONS", "/api/register", "", "Origin", shop, "Access-Control-Request-Method", "POST")
		},
	} {
		for range 20 {
			if a := send(); fmt.Sprint(a.status, " ") != want {
				t.Errorf("%s: %d %s", want, a.status, a.body)
			}
		}
	}
	if text := lines.String(); text != "" {
		t.Errorf("lines: %s", text)
	}
	c.get("/api/captcha").is(t, 200, "")
	for range 20 {
		c.get("/api/captcha").is(t, 429, "rate_limited")
		c.get("/.well-known/jwks.json").is(t, 429, "rate_limited")
		c.get("/openapi.yaml").is(t, 429, "rate_limited")
	}
	now = now.Add(time.Second)
	c.get("/api/captcha").is(t, 429, "rate_limited")
	text := lines.String()
	if strings.Count(text, "\n") != 3 || strings.Count(text, "rate_limited") != 2 ||
		!strings.Contains(text, `"skipped":59`) {
		t.Errorf("lines: %s", text)
	}
}

// TestBusyIsNotLogged: of the refusals in a flood, one a second is logged, with the number of those that were not.
func TestBusyIsNotLogged(t *testing.T) {
	t.Parallel()
	cfg, lines := server.FakeConfig(t), &journal{}
	cfg.Logger = slog.New(slog.NewJSONHandler(lines, nil))
	now := time.Now().Truncate(time.Second)
	cfg.Now = func() time.Time { return now }
	busy := &refusal.Error{Reason: refusal.Busy}
	c := newFakeClient(t, server.Fake(t, cfg, func(context.Context) error { return busy }))
	for range 20 {
		c.post("/api/login", `{}`).is(t, 503, "busy")
	}
	if text := lines.String(); strings.Count(text, "\n") != 1 || strings.Contains(text, "skipped") {
		t.Errorf("lines: %s", text)
	}
	now = now.Add(time.Second)
	c.post("/api/login", `{}`).is(t, 503, "busy")
	if text := lines.String(); strings.Count(text, "\n") != 2 || strings.Count(text, `"skipped":19`) != 1 {
		t.Errorf("lines: %s", text)
	}
}

// signaled serves one request with h and closes done when h has returned. The log line is written
// before that, but a large answer may arrive earlier.
func signaled(h http.Handler) (one http.Handler, done chan struct{}) {
	done = make(chan struct{})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.ServeHTTP(w, r)
		close(done)
	}), done
}

// TestLogLines: one line for each request, with the documented attributes and nothing else.
func TestLogLines(t *testing.T) {
	t.Parallel()
	for about, in := range map[string]struct {
		outcome error
		send    func(*client, server.Config) answer
		want    string // the line without time, network and cause
	}{
		"success": {nil, func(c *client, _ server.Config) answer {
			return c.post("/api/register?"+canary, `{"user_name":"`+canary+`"}`)
		},
			`{"level":"INFO","msg":"request","request_id":"r","operation":"register","method":"POST",` +
				`"route":"/api/register","status":200,"seconds":0.25,"site":1}`},
		"refusal": {&refusal.Error{Reason: refusal.UserNameTaken},
			func(c *client, _ server.Config) answer { return c.post("/api/register", `{}`, "Site-Id", "2") },
			`{"level":"INFO","msg":"request","request_id":"r","operation":"register","method":"POST",` +
				`"route":"/api/register","status":409,"seconds":0.25,"reason":"user_name_taken","site":2}`},
		"internal": {errors.New("broken"), func(c *client, _ server.Config) answer { return c.get("/api/captcha") },
			`{"level":"ERROR","msg":"request","request_id":"r","operation":"getCaptcha","method":"GET",` +
				`"route":"/api/captcha","status":500,"seconds":0.25,"reason":"internal","site":1}`},
		"unavailable": {&refusal.Error{Reason: refusal.Unavailable, Err: errors.New("no database")},
			func(c *client, _ server.Config) answer { return c.post("/api/login", `{}`) },
			`{"level":"WARN","msg":"request","request_id":"r","operation":"login","method":"POST",` +
				`"route":"/api/login","status":503,"seconds":0.25,"reason":"unavailable","site":1}`},
		"busy": {&refusal.Error{Reason: refusal.Busy},
			func(c *client, _ server.Config) answer { return c.post("/api/login", `{}`) },
			`{"level":"INFO","msg":"request","request_id":"r","operation":"login","method":"POST",` +
				`"route":"/api/login","status":503,"seconds":0.25,"reason":"busy","site":1}`},
		"signed in": {nil, func(c *client, cfg server.Config) answer {
			return ask(c.TB.(*testing.T), c, cfg,
				"getUserDetail")
		},
			`{"level":"INFO","msg":"request","request_id":"r","operation":"getUserDetail","method":"GET",` +
				`"route":"/api/user/detail","status":200,"seconds":0.25,"site":1,"user":1000}`},
		"a file": {nil, func(c *client, _ server.Config) answer { return c.get("/openapi.yaml") },
			`{"level":"DEBUG","msg":"request","request_id":"r","operation":"none","method":"GET",` +
				`"route":"/openapi.yaml","status":200,"seconds":0.25}`},
		"the keys": {nil, func(c *client, _ server.Config) answer { return c.get("/.well-known/jwks.json") },
			`{"level":"DEBUG","msg":"request","request_id":"r","operation":"getJwks","method":"GET",` +
				`"route":"/.well-known/jwks.json","status":200,"seconds":0.25,"site":1}`},
		"no file": {nil, func(c *client, _ server.Config) answer { return c.get("/" + canary) },
			`{"level":"DEBUG","msg":"request","request_id":"r","operation":"none","method":"GET",` +
				`"route":"","status":404,"seconds":0.25,"reason":"not_found"}`},
		"no operation": {nil, func(c *client, _ server.Config) answer { return c.do("PURGE", "/api/"+canary, "") },
			`{"level":"INFO","msg":"request","request_id":"r","operation":"none","method":"other",` +
				`"route":"","status":404,"seconds":0.25,"reason":"not_found"}`},
	} {
		t.Run(about, func(t *testing.T) {
			t.Parallel()
			cfg, lines := server.FakeConfig(t), &journal{}
			cfg.Logger = slog.New(slog.NewJSONHandler(lines, &slog.HandlerOptions{Level: slog.LevelDebug}))
			cfg.Rand = strings.NewReader("")
			now := time.Now()
			cfg.Now = func() time.Time { now = now.Add(250 * time.Millisecond); return now }
			h, done := signaled(server.Fake(t, cfg, func(context.Context) error { return in.outcome }))
			in.send(newFakeClient(t, h), cfg)
			<-done
			text := lines.String()
			if strings.Count(text, "\n") != 1 || strings.Contains(text, canary) {
				t.Fatalf("lines: %s", text)
			}
			var got, want map[string]any
			fatal(t, json.Unmarshal([]byte(text), &got))
			fatal(t, json.Unmarshal([]byte(in.want), &want))
			want["request_id"], want["network"] = strings.Repeat("0", 32), "127.0.0.0/24"
			for _, name := range []string{"time", "bytes"} {
				if got[name] == nil {
					t.Errorf("no %s", name)
				}
				delete(got, name)
			}
			if cause, _ := got["cause"].(string); (cause != "") != (in.outcome != nil && about != "refusal" && about != "busy") {
				t.Errorf("cause: %q", cause)
			}
			delete(got, "cause")
			if a, b := written(t, got), written(t, want); a != b {
				t.Errorf("got  %s\nwant %s", a, b)
			}
		})
	}
}

func written(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	fatal(t, err)
	return string(text)
}

// requests reads enroll_http_requests_total by "operation reason status", and
// checks that as many requests were timed as were counted.
func requests(t *testing.T, registry *prometheus.Registry) map[string]float64 {
	t.Helper()
	families, err := registry.Gather()
	fatal(t, err)
	got, counted, timed := map[string]float64{}, 0.0, 0.0
	for _, family := range families {
		for _, m := range family.GetMetric() {
			var labels []string
			for _, pair := range m.GetLabel() {
				labels = append(labels, pair.GetValue())
			}
			switch family.GetName() {
			case "enroll_http_requests_total":
				got[strings.Join(labels, " ")] = m.GetCounter().GetValue()
				counted += m.GetCounter().GetValue()
			case "enroll_http_request_seconds":
				timed += float64(m.GetHistogram().GetSampleCount())
			}
		}
	}
	if counted != timed {
		t.Errorf("%v requests were counted and %v timed", counted, timed)
	}
	return got
}

func TestMetrics(t *testing.T) {
	t.Parallel()
	cfg, registry := server.FakeConfig(t), prometheus.NewRegistry()
	cfg.Registry, cfg.AlwaysOK = registry, true
	c := newFakeClientAlwaysOK(t, server.Fake(t, cfg, nil))
	c.post("/api/register", `{}`)
	c.post("/api/register", `{}`)
	c.post("/api/register", `{`)
	for _, path := range []string{"/a", "/b", "/c"} {
		c.do("PURGE", path, "")
	}
	want := map[string]float64{"none not_found 404": 3, "register  200": 2, "register malformed_json 400": 1}
	if got := requests(t, registry); !maps.Equal(got, want) {
		t.Errorf("counted %v, want %v", got, want)
	}
	if _, err := server.New(cfg); err == nil {
		t.Error("two servers share a registry unnoticed")
	}
}

func TestConfig(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(*server.Config){
		"Accounts": func(c *server.Config) { c.Accounts = nil }, "Tokens": func(c *server.Config) { c.Tokens = nil },
		"Sites": func(c *server.Config) { c.Sites = nil }, "FormatPhone": func(c *server.Config) { c.FormatPhone = nil },
		"Logger": func(c *server.Config) { c.Logger = nil }, "Registry": func(c *server.Config) { c.Registry = nil },
		"Now": func(c *server.Config) { c.Now = nil }, "Rand": func(c *server.Config) { c.Rand = nil },
		"Timeout":      func(c *server.Config) { c.Timeout = -1 },
		"AssetBase":    func(c *server.Config) { c.AssetBase = "/assets" },
		"AssetBase is": func(c *server.Config) { c.AssetBase = "https:" },
	} {
		cfg := server.FakeConfig(t)
		spoil(&cfg)
		if _, err := server.New(cfg); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
	cfg := server.FakeConfig(t)
	cfg.AssetBase = "https://cdn.example/a"
	if _, err := server.New(cfg); err != nil {
		t.Error(err)
	}
}
