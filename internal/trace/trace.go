package trace

import (
	"context"
	"net/http"
	"strings"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	otel "go.opentelemetry.io/otel/trace"
)

// scope names the instrumentation in each span.
const scope = "github.com/enroll-project/enroll"

// Tracer begins the spans of requests. It is safe for concurrent use. A nil *Tracer is off.
type Tracer struct {
	provider *sdk.TracerProvider
	requests otel.Tracer
}

// Handler returns a handler that begins a span for each request and calls next. If the request has a
// traceparent, the span belongs to that trace. next gives the span its name, by [Span.Answer].
// If the tracer is off, Handler returns next.
func (t *Tracer) Handler(next http.Handler) http.Handler {
	if t == nil || next == nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx := propagation.TraceContext{}.Extract(r.Context(), propagation.HeaderCarrier(r.Header))
		ctx, span := t.requests.Start(ctx, "request", otel.WithSpanKind(otel.SpanKindServer))
		defer span.End() // also after a panic, which ends the connection
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

// Close sends the spans that are left, until ctx ends, and stops the tracer.
func (t *Tracer) Close(ctx context.Context) {
	if t != nil {
		// The exporter has logged its own failure. The end of ctx means that spans are lost.
		_ = t.provider.Shutdown(ctx)
	}
}

// Span is a part of a request that is measured. The zero value is off, and its methods do nothing.
type Span struct{ span otel.Span }

// Start begins a span for work of this process, below the span in ctx. If ctx has no span that is
// recorded, Start returns ctx and a Span that is off. The caller ends the span.
func Start(ctx context.Context, name string) (context.Context, Span) {
	return start(ctx, name, otel.SpanKindInternal)
}

// Call is [Start] for a call of another service, such as a database.
func Call(ctx context.Context, name string) (context.Context, Span) {
	return start(ctx, name, otel.SpanKindClient)
}

// start takes the tracer from the parent, so that spans of two services in one process stay apart.
func start(ctx context.Context, name string, kind otel.SpanKind) (context.Context, Span) {
	parent := otel.SpanFromContext(ctx)
	if !parent.IsRecording() { // off, or not sampled
		return ctx, Span{}
	}
	// The provider keeps its tracers by name, so this call makes no new one.
	ctx, span := parent.TracerProvider().Tracer(scope).Start(ctx, name, otel.WithSpanKind(kind))
	return ctx, Span{span}
}

// Current returns the span in ctx, for callbacks that cannot keep the span that they have begun. The
// result is off if the request is not recorded.
func Current(ctx context.Context) Span {
	if span := otel.SpanFromContext(ctx); span.IsRecording() {
		return Span{span}
	}
	return Span{}
}

// Set adds an attribute. The value must be one of few that the code or the contract lists: never a
// value of a request, and never the text of an error.
func (s Span) Set(key, value string) {
	if s.span != nil {
		s.span.SetAttributes(attribute.String(key, value))
	}
}

// Fail marks the span as failed. kind is one of few words, such as an SQLSTATE.
func (s Span) Fail(kind string) {
	if s.span != nil {
		s.span.SetAttributes(attribute.String("error.type", kind))
		s.span.SetStatus(codes.Error, "")
	}
}

// End ends the span. A later call is a no-op.
func (s Span) End() {
	if s.span != nil {
		s.span.End()
	}
}

// Answer names the span of a request and sets its outcome. method and route must have few values: the route is the
// pattern that the path matched, because the path may have an identifier. A refusal is not a failure of the service, so
// only a status of 500 or more marks the span as failed.
func (s Span) Answer(method, route, operation string, status int, reason string) {
	if s.span == nil {
		return
	}
	s.span.SetName(strings.TrimSpace(method + " " + route))
	s.span.SetAttributes(attribute.String("http.request.method", method), attribute.String("http.route", route),
		attribute.Int("http.response.status_code", status),
		attribute.String("enroll.operation", operation), attribute.String("enroll.reason", reason))
	if status >= http.StatusInternalServerError {
		s.Fail(reason)
	}
}
