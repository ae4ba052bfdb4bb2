package main

import (
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/enroll-project/enroll/test/pgtest"
)

// collector is an OTLP receiver that keeps all spans.
type collector struct {
	*httptest.Server
	mu    sync.Mutex
	spans []*tracepb.Span
	about []string // the resources of the spans
}

func startCollector(t *testing.T) *collector {
	t.Helper()
	c := &collector{}
	c.Server = httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		text, err := io.ReadAll(r.Body)
		if err != nil {
			return // the process was killed, or its flush was over
		}
		var data tracepb.TracesData
		if r.URL.Path != "/v1/traces" || proto.Unmarshal(text, &data) != nil {
			t.Errorf("%s %s: %v", r.Method, r.URL.Path, err)
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		for _, of := range data.ResourceSpans {
			c.about = append(c.about, of.Resource.String())
			for _, scope := range of.ScopeSpans {
				c.spans = append(c.spans, scope.Spans...)
			}
		}
	}))
	t.Cleanup(c.Close)
	return c
}

// text is all that the spans say, without their ids and times, in which six digits occur by chance.
func (c *collector) text() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var out strings.Builder
	for _, s := range c.spans {
		fmt.Fprintln(&out, s.Name, s.Attributes, s.Events, s.Links, s.Status, s.TraceState)
	}
	return out.String() + strings.Join(c.about, "\n")
}

// of returns the spans of a trace, by name.
func (c *collector) of(trace string) map[string]*tracepb.Span {
	c.mu.Lock()
	defer c.mu.Unlock()
	spans := map[string]*tracepb.Span{}
	for _, s := range c.spans {
		if hex.EncodeToString(s.TraceId) == trace {
			spans[s.Name] = s
		}
	}
	return spans
}

// has fails the test for each of the names that no span has.
func (c *collector) has(t *testing.T, names ...string) {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, name := range names {
		if !slices.ContainsFunc(c.spans, func(s *tracepb.Span) bool { return s.Name == name }) {
			t.Errorf("there is no span %s", name)
		}
	}
}

// TestTraces: the spans of a request have the trace of its traceparent, each below the one that caused
// it, and the log names the trace. A malformed traceparent is ignored. The stop sends the last spans.
func TestTraces(t *testing.T) {
	t.Parallel()
	c := startCollector(t)
	third := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/hook" {
			_, _ = io.WriteString(w, `{"decision":"allow"}`)
			return
		}
		if strings.HasPrefix(r.URL.Path, "/range/") {
			_, _ = io.WriteString(w, strings.Repeat("0", 35)+":1\n")
			return
		}
		_, _ = io.WriteString(w, `{"success":true,"hostname":"example.com"}`)
	}))
	t.Cleanup(third.Close)
	authority := filepath.Join(t.TempDir(), "authority.pem")
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: third.Certificate().Raw})
	if err := os.WriteFile(authority, certificate, 0o600); err != nil {
		t.Fatal(err)
	}
	p := start(t, []string{"serve", "--dev"}, "ENROLL_DATABASE_URL="+pgtest.URL(t), "ENROLL_DATA_DIR="+t.TempDir(),
		"ENROLL_BREACH_CHECK_URL="+third.URL+"/range/", "ENROLL_CAPTCHA=siteverify", "ENROLL_CAPTCHA_ON=register",
		"ENROLL_SITEVERIFY_URL="+third.URL+"/verify", "ENROLL_SITEVERIFY_SECRET=secret", "ENROLL_SITEVERIFY_SITE_KEY=key",
		"ENROLL_SITEVERIFY_HOSTNAMES=example.com", "ENROLL_PAGE=off",
		"ENROLL_HOOK_URL="+third.URL+"/hook", "ENROLL_HOOK_SECRET=whsec_"+strings.Repeat("A", 44),
		"OTEL_EXPORTER_OTLP_ENDPOINT="+c.URL, "OTEL_SERVICE_NAME=registrations",
		"SSL_CERT_FILE="+authority)
	p.awaitReady(t)
	const trace, parent = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
	const body = `{"user_name":"newuser","password":"MyPassword123","captcha_id":"id","captcha":"token"}`
	a := p.post(t, "/api/register", body, "Traceparent", "00-"+trace+"-"+parent+"-01")
	if a.Status != http.StatusOK {
		t.Errorf("%+v", a)
	}
	p.post(t, "/api/verify/phone", `{"phone":"13800138000"}`, "Traceparent", "00-"+trace+"-"+parent)
	p.stop(t)
	spans := c.of(trace)
	for child, of := range map[string]string{
		"validate": "POST /api/register", "captcha siteverify": "POST /api/register", "breach check": "POST /api/register",
		"registration hook": "POST /api/register",
		"admission":         "POST /api/register", "hash": "POST /api/register",
		"db SpendCodeAndInsertUser": "POST /api/register",
	} {
		if spans[child] == nil || spans[of] == nil || string(spans[child].ParentSpanId) != string(spans[of].SpanId) {
			t.Errorf("%s is not below %s", child, of)
		}
	}
	if request := spans["POST /api/register"]; hex.EncodeToString(request.GetParentSpanId()) != parent {
		t.Errorf("the request's parent: %v", request)
	}
	if spans["POST /api/verify/phone"] != nil {
		t.Error("a malformed traceparent is used")
	}
	c.has(t, "POST /api/verify/phone", "sms log")
	if !strings.Contains(c.text(), "registrations") {
		t.Error("the service has not the name of OTEL_SERVICE_NAME")
	}
	ids := "trace_id=" + trace + " span_id=" + hex.EncodeToString(spans["POST /api/register"].GetSpanId())
	if !strings.Contains(p.output(), ids) {
		t.Errorf("the log does not name the trace:\n%s", p.output())
	}
}

// TestTracesOff: without a variable nothing is sent and the log has no ids, with any traceparent. A
// variable with a value that is not supported is an error at the start, and the error does not show the value.
func TestTracesOff(t *testing.T) {
	t.Parallel()
	p := start(t, []string{"serve", "--dev"}, "ENROLL_DATABASE_URL="+pgtest.URL(t), "ENROLL_DATA_DIR="+t.TempDir())
	p.awaitReady(t)
	p.post(t, "/api/login", `{}`, "Traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
	p.stop(t)
	if strings.Contains(p.output(), "trace_id") {
		t.Errorf("the log has ids:\n%s", p.output())
	}
	err := run(t.Context(), []string{"serve", "--dev"}, []string{"ENROLL_DATA_DIR=" + t.TempDir(),
		"OTEL_EXPORTER_OTLP_ENDPOINT=canary"}, io.Discard)
	text := fmt.Sprint(err)
	if !strings.Contains(text, "OTEL_EXPORTER_OTLP_ENDPOINT") || strings.Contains(text, "canary") {
		t.Errorf("%v", err)
	}
}
