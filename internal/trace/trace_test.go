package trace

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"io"
	"log/slog"
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
)

// collector is an OTLP receiver.
type collector struct {
	*httptest.Server
	mu     sync.Mutex
	status int
	header http.Header
	spans  []*tracepb.Span
}

func startCollector(t *testing.T) *collector {
	t.Helper()
	c := &collector{status: http.StatusOK}
	c.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var body io.Reader = r.Body
		if r.Header.Get("Content-Encoding") == "gzip" {
			body, _ = gzip.NewReader(body)
		}
		text, err := io.ReadAll(body)
		var data tracepb.TracesData
		if r.URL.Path != "/v1/traces" || err != nil || proto.Unmarshal(text, &data) != nil {
			t.Errorf("%s %s: %v", r.Method, r.URL, err)
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		c.header = r.Header
		for _, resource := range data.ResourceSpans {
			for _, scope := range resource.ScopeSpans {
				c.spans = append(c.spans, scope.Spans...)
			}
		}
		w.WriteHeader(c.status)
	}))
	t.Cleanup(c.Close)
	return c
}

// open returns a tracer that sends to the collector.
func (c *collector) open(t *testing.T, log *slog.Logger, environ ...string) *Tracer {
	t.Helper()
	traces, err := New(t.Context(), Config{
		Environ: append(environ, "OTEL_EXPORTER_OTLP_ENDPOINT="+c.URL), Version: "v9", Log: log,
	})
	if err != nil || traces == nil {
		t.Fatalf("%v, %v", traces, err)
	}
	t.Cleanup(func() { traces.Close(context.Background()) })
	return traces
}

// attributes returns the attributes of a span by key. One that is not a string has the value "".
func attributes(s *tracepb.Span) map[string]string {
	all := map[string]string{}
	for _, a := range s.Attributes {
		all[a.Key] = a.Value.GetStringValue()
	}
	return all
}

// TestSpans: the spans of a request reach the collector, below the span of its client. A malformed
// traceparent begins a trace of its own.
func TestSpans(t *testing.T) {
	t.Parallel()
	c := startCollector(t)
	traces := c.open(t, slog.New(slog.DiscardHandler), "OTEL_EXPORTER_OTLP_HEADERS=api-key=a%20b, other=c",
		"OTEL_EXPORTER_OTLP_COMPRESSION=gzip")
	handler := traces.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		ctx, call := Call(r.Context(), "db One")
		call.Fail("23505")
		_, inner := Start(ctx, "inner")
		inner.End()
		Current(ctx).End()
		Current(r.Context()).Answer("POST", "/api/register", "register", 503, "busy")
	}))
	for _, parent := range []string{"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "00-0af7-malformed-01"} {
		r := httptest.NewRequest(http.MethodPost, "/api/register?secret=1", nil)
		r.Header.Set("Traceparent", parent)
		handler.ServeHTTP(httptest.NewRecorder(), r)
	}
	traces.Close(t.Context())
	if len(c.spans) != 6 {
		t.Fatalf("%d spans: %v", len(c.spans), c.spans)
	}
	inner, call, request := c.spans[0], c.spans[1], c.spans[2]
	if request.Name != "POST /api/register" || request.Status.GetCode() != tracepb.Status_STATUS_CODE_ERROR ||
		request.Kind != tracepb.Span_SPAN_KIND_SERVER || call.Kind != tracepb.Span_SPAN_KIND_CLIENT {
		t.Errorf("%v, %v", request, call)
	}
	if got := []byte("\xb7\xad\x6b\x71\x69\x20\x33\x31"); !bytes.Equal(request.ParentSpanId, got) ||
		!bytes.Equal(call.ParentSpanId, request.SpanId) || !bytes.Equal(inner.ParentSpanId, call.SpanId) {
		t.Errorf("parents: %v", c.spans)
	}
	if other := c.spans[5]; len(other.ParentSpanId) != 0 || bytes.Equal(other.TraceId, request.TraceId) {
		t.Errorf("a malformed traceparent: %v", other)
	}
	if got := attributes(call)["error.type"]; got != "23505" {
		t.Errorf("the failure is %q", got)
	}
	if c.header.Get("Api-Key") != "a b" || c.header.Get("Other") != "c" {
		t.Errorf("headers: %v", c.header)
	}
}

// TestOff: without a tracer nothing is allocated, and each method is a no-op.
func TestOff(t *testing.T) { // testing.AllocsPerRun refuses to run in parallel
	for _, environ := range [][]string{
		nil, {"OTEL_EXPORTER_OTLP_ENDPOINT="}, {"OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:1", "OTEL_SDK_DISABLED=true"},
		{"OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:1", "OTEL_TRACES_EXPORTER=none"},
	} {
		if traces, err := New(t.Context(), Config{Environ: environ}); traces != nil || err != nil {
			t.Errorf("%v: %v, %v", environ, traces, err)
		}
	}
	var off *Tracer
	off.Close(t.Context())
	next := http.NewServeMux()
	if off.Handler(next) != http.Handler(next) {
		t.Error("requests pass through one more handler")
	}
	ctx := t.Context()
	if n := testing.AllocsPerRun(100, func() {
		inner, span := Start(ctx, "one")
		span.Set("key", "value")
		span.Fail("kind")
		span.End()
		Current(inner).Answer("GET", "/", "none", 500, "internal")
	}); n != 0 {
		t.Errorf("%.0f allocations", n)
	}
}

// TestRefused: New returns an error for a variable whose value is not supported. The error names the
// variable and does not contain its value.
func TestRefused(t *testing.T) {
	t.Parallel()
	empty := filepath.Join(t.TempDir(), "empty.pem")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, values := range map[string][]string{
		"OTEL_TRACES_EXPORTER": {"zipkin"},
		"OTEL_EXPORTER_OTLP_ENDPOINT": {"canary:4318", "ftp://canary", "http://", "http://%zz.canary",
			"https://canary:x@collector", "https://collector?canary=1", "https://collector#canary"},
		"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT":    {"canary"},
		"OTEL_EXPORTER_OTLP_PROTOCOL":           {"grpc", "http/json"},
		"OTEL_EXPORTER_OTLP_TRACES_PROTOCOL":    {"canary"},
		"OTEL_EXPORTER_OTLP_CLIENT_KEY":         {"canary"},
		"OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE": {"canary"},
		"OTEL_EXPORTER_OTLP_TIMEOUT":            {"canary", "0", "-1", "1.5", "60001"},
		"OTEL_EXPORTER_OTLP_COMPRESSION":        {"canary"},
		"OTEL_EXPORTER_OTLP_CERTIFICATE":        {"/nowhere/canary", empty},
		"OTEL_EXPORTER_OTLP_HEADERS":            {"canary", "=canary", "a b=canary", "key=%zz", "key=a%0d%0acanary", "a=1,,"},
		"OTEL_TRACES_SAMPLER":                   {"canary"},
		"OTEL_TRACES_SAMPLER_ARG":               {"canary", "-0.1", "1.1", "NaN"},
	} {
		for _, value := range values {
			environ := []string{"OTEL_TRACES_EXPORTER=otlp", "OTEL_TRACES_SAMPLER=traceidratio", name + "=" + value}
			traces, err := New(t.Context(), Config{Environ: environ})
			if traces != nil || err == nil || !strings.Contains(err.Error(), name) || strings.Contains(err.Error(), "canary") {
				t.Errorf("%s=%s: %v, %v", name, value, traces, err)
			}
		}
	}
	environ := []string{"OTEL_EXPORTER_OTLP_ENDPOINT=http://collector:4318", "OTEL_EXPORTER_OTLP_HEADERS=key=secret"}
	if _, err := New(t.Context(), Config{Environ: environ}); err == nil || !strings.Contains(err.Error(), "plain text") {
		t.Errorf("a header without TLS: %v", err)
	}
}

// TestTarget: the endpoint for traces is used as it is, and the one for all signals is a base.
func TestTarget(t *testing.T) {
	t.Parallel()
	for want, environ := range map[string][]string{
		"http://localhost:4318/v1/traces": {"OTEL_TRACES_EXPORTER=otlp"},
		"https://c/base/v1/traces":        {"OTEL_EXPORTER_OTLP_ENDPOINT=https://c/base/"},
		"https://c/own": {"OTEL_EXPORTER_OTLP_ENDPOINT=https://d", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=https://c/own",
			"OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf", "OTEL_EXPORTER_OTLP_TIMEOUT=250"},
	} {
		e := readEnvironment(environ)
		on, err := e.on()
		got, wrong := e.target()
		if !on || err != nil || wrong != nil || got.url != want {
			t.Errorf("%v: %v, %v, %v, %v", environ, on, err, got, wrong)
		}
	}
}

// TestFailureIsLoggedOnce: of successive failures only the first is logged. One more line says that the
// collector is back. The line about a collector that cannot be reached has neither the path of the URL nor
// a header.
func TestFailureIsLoggedOnce(t *testing.T) {
	t.Parallel()
	c := startCollector(t)
	var out bytes.Buffer
	traces := c.open(t, slog.New(slog.NewJSONHandler(&out, nil)), "OTEL_EXPORTER_OTLP_HEADERS=key=canary")
	batch := func(status int) {
		c.mu.Lock()
		c.status = status
		c.mu.Unlock()
		traces.Handler(http.NotFoundHandler()).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
		if err := traces.provider.ForceFlush(t.Context()); err != nil {
			t.Error(err)
		}
	}
	for _, status := range []int{401, 503, 200, 200} {
		batch(status)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != 2 || !strings.Contains(lines[0], "status 401") || !strings.Contains(lines[1], "again") {
		t.Errorf("%s", out.String())
	}
	out.Reset()
	c.Close()
	batch(200)
	if text := out.String(); strings.Count(text, "\n") != 1 || strings.Contains(text, "v1/traces") ||
		strings.Contains(text, "canary") {
		t.Errorf("a collector that cannot be reached: %s", text)
	}
}

// TestLogHandler: a line with the context of a span has its ids, beside the logger's own attributes.
func TestLogHandler(t *testing.T) {
	t.Parallel()
	c := startCollector(t)
	traces := c.open(t, slog.New(slog.DiscardHandler))
	var out bytes.Buffer
	log := slog.New(LogHandler{slog.NewJSONHandler(&out, nil)}).With("own", 1)
	traces.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		log.InfoContext(r.Context(), "one")
		log.WithGroup("group").InfoContext(r.Context(), "grouped")
	})).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
	log.Info("outside")
	log.Debug("not enabled")
	traces.Close(t.Context())
	lines := slices.Collect(strings.Lines(out.String()))
	var one struct {
		TraceID string `json:"trace_id"`
		SpanID  string `json:"span_id"`
		Own     int
	}
	if err := json.Unmarshal([]byte(lines[0]), &one); err != nil || len(one.TraceID) != 32 || len(one.SpanID) != 16 ||
		one.Own != 1 {
		t.Errorf("%s, %v", lines[0], err)
	}
	if len(lines) != 3 || !strings.Contains(lines[1], one.TraceID) || strings.Contains(lines[2], "trace_id") {
		t.Errorf("%s", lines)
	}
}
