package server

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/enroll-project/enroll/internal/refusal"
)

// pageExample is the password registration of the interface's page.
const pageExample = `{
  "user_name": "newuser",
  "password": "MyPassword123",
  "real_name": "新用户",
  "email": "newuser@example.com",
  "captcha_id": "captcha123",
  "captcha": "abcd",
  "invite_code": "anqicms",
  "avatar_url": "uploads/202211/21/14f56760596b5328.webp"
}`

// blank is a response writer that costs nothing.
type blank struct {
	header http.Header
	status int
}

func (b *blank) Header() http.Header         { return b.header }
func (b *blank) Write(p []byte) (int, error) { return len(p), nil }
func (b *blank) WriteHeader(status int)      { b.status = status }

// registerer returns a function that sends one registration through the whole chain to an operation that does
// nothing. Request and writer are reused, because net/http makes them in production and their cost is not measured.
func registerer(tb testing.TB, cfg Config) func() { return repeater(tb, cfg, nil, http.StatusOK) }

// repeater is registerer for an outcome and its status.
func repeater(tb testing.TB, cfg Config, outcome func(context.Context) error, want int) func() {
	h := Fake(tb, cfg, outcome)
	body := strings.NewReader(pageExample)
	w := &blank{header: http.Header{}}
	r := httptest.NewRequest(http.MethodPost, "/api/register", body)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Site-Id", "1")
	r.Header.Set("Accept-Language", "zh-CN,zh;q=0.9,en;q=0.8")
	return func() {
		body.Reset(pageExample)
		clear(w.header)
		if h.ServeHTTP(w, r); w.status != want {
			tb.Fatalf("status %d", w.status)
		}
	}
}

// BenchmarkRegisterEnvelope measures what validation and envelope cost a registration: the chain,
// both bindings and the answer, without the rules and the log line. The goal is 25 µs.
func BenchmarkRegisterEnvelope(b *testing.B) {
	register := registerer(b, FakeConfig(b))
	b.ReportAllocs()
	for b.Loop() {
		register()
	}
}

// BenchmarkRegisterLogged is BenchmarkRegisterEnvelope with the log line of the request.
func BenchmarkRegisterLogged(b *testing.B) {
	cfg := FakeConfig(b)
	cfg.Logger = slog.New(slog.NewJSONHandler(io.Discard, nil))
	register := registerer(b, cfg)
	b.ReportAllocs()
	for b.Loop() {
		register()
	}
}

// busy refuses as a flood is refused.
func busy(context.Context) error {
	return &refusal.Error{Reason: refusal.Busy, RetryAfter: time.Second}
}

// BenchmarkRefusal measures the cost of a refusal during a flood.
func BenchmarkRefusal(b *testing.B) {
	refuse := repeater(b, FakeConfig(b), busy, http.StatusServiceUnavailable)
	b.ReportAllocs()
	for b.Loop() {
		refuse()
	}
}

// TestRefusalAllocations keeps the goal of 135 allocations of a refusal during a flood. 116 were
// counted without the race detector, and 131 with it.
func TestRefusalAllocations(t *testing.T) {
	const goal = 135
	refuse := repeater(t, FakeConfig(t), busy, http.StatusServiceUnavailable)
	if got := testing.AllocsPerRun(200, refuse); got > goal {
		t.Errorf("a refusal costs %.0f allocations, more than %d", got, goal)
	}
}

// TestRegisterAllocations keeps the goal of 130 allocations of a registration. Unlike a time, the count does not
// depend on how busy the machine is.
func TestRegisterAllocations(t *testing.T) {
	const goal = 130
	register := registerer(t, FakeConfig(t))
	if got := testing.AllocsPerRun(200, register); got > goal {
		t.Errorf("a registration costs %.0f allocations, more than %d", got, goal)
	}
}
