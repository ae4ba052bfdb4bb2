// Package trace records what a request waits for, as OpenTelemetry spans, and sends them to a
// collector by OTLP over HTTP. It is the only package that imports OpenTelemetry.
//
// Tracing is off unless the environment has an OTLP endpoint or OTEL_TRACES_EXPORTER=otlp. With
// OTEL_SDK_DISABLED=true or OTEL_TRACES_EXPORTER=none it is off in any case. A nil *[Tracer] is off: its
// requests have no span, and [Start] then returns its context as it is and allocates nothing.
//
// [Tracer.Handler] begins the span of a request. [Start] and [Call] begin a span below the one in
// their context, so a package that has spans needs no tracer of its own.
//
// # What a span says
//
// Names and attributes are constants of the code: a route, an operation, a statement's name, a
// sender's name, a status, a reason, an SQLSTATE. No span has a value of a request, an argument of
// a statement, a URL, or the text of an error, because errors quote all of these (I8). So [Span]
// has no method that takes an error.
//
// The trace context of a client (traceparent) is used, and a malformed one is ignored. No trace
// context is sent to the services that Enroll calls, because third parties may run them. Baggage is not
// read, because it can hold anything.
package trace
