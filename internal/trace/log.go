package trace

import (
	"context"
	"log/slog"

	otel "go.opentelemetry.io/otel/trace"
)

// LogHandler adds trace_id and span_id to each line that is logged with the context of a span, so
// that a line of the log leads to its trace. A request that is not sampled has them, too: the trace
// may be sampled elsewhere.
type LogHandler struct{ Next slog.Handler }

// Enabled reports what the next handler reports.
func (h LogHandler) Enabled(ctx context.Context, level slog.Level) bool {
	return h.Next.Enabled(ctx, level)
}

// Handle adds the ids and calls the next handler.
func (h LogHandler) Handle(ctx context.Context, record slog.Record) error {
	if span := otel.SpanContextFromContext(ctx); span.IsValid() {
		record = record.Clone() // the record's other holders must not see the ids
		record.AddAttrs(slog.String("trace_id", span.TraceID().String()), slog.String("span_id", span.SpanID().String()))
	}
	return h.Next.Handle(ctx, record)
}

// WithAttrs returns a handler that adds attributes to each line.
func (h LogHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return LogHandler{h.Next.WithAttrs(attrs)}
}

// WithGroup returns a handler that puts all later attributes into a group, the ids included.
func (h LogHandler) WithGroup(name string) slog.Handler { return LogHandler{h.Next.WithGroup(name)} }
