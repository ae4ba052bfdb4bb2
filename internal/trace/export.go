package trace

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/enroll-project/enroll/internal/outbound"
)

// maxAnswer bounds what is read of a collector's answer, in bytes.
const maxAnswer = 64 << 10

// Config configures [New].
type Config struct {
	// Environ has the variables OTEL_*, as os.Environ returns them. The SDK reads the variables of the
	// sampler, the queue (OTEL_BSP_*) and the resource from the environment of the process itself.
	Environ []string
	// Version is the version of the program, an attribute of the resource.
	Version string
	// Log gets a line when the collector no longer takes spans, and when it takes them again.
	Log *slog.Logger
}

// New returns a tracer, or nil if tracing is off. It sends nothing yet: a collector that is away does
// not keep the service from starting. Its errors name a variable and never have its value.
func New(ctx context.Context, c Config) (*Tracer, error) {
	environment := readEnvironment(c.Environ)
	if on, err := environment.on(); !on || err != nil {
		return nil, err
	}
	target, err := environment.target()
	if err != nil {
		return nil, err
	}
	// Idle is longer than the pause between two batches, so that they share a connection.
	bounds := outbound.Bounds{Open: 3 * time.Second, Idle: time.Minute, Connections: 1}
	exporter, err := otlptrace.New(ctx, &client{
		target: target, http: outbound.Client(target.roots, bounds), log: c.Log,
	})
	if err != nil {
		return nil, fmt.Errorf("trace: %w", err)
	}
	// Detectors of the host and the process are left out: arguments of the command line may have
	// secrets. Variables come last, so that OTEL_SERVICE_NAME replaces the name.
	about, err := resource.New(ctx, resource.WithTelemetrySDK(), resource.WithAttributes(
		attribute.String("service.name", "enroll"), attribute.String("service.version", c.Version)),
		resource.WithFromEnv())
	if err != nil {
		return nil, errors.New("OTEL_RESOURCE_ATTRIBUTES must be pairs as name=value, comma-separated")
	}
	// Spans wait in a bounded queue. If it is full they are dropped, so that a collector that hangs
	// delays no request.
	provider := sdk.NewTracerProvider(sdk.WithBatcher(exporter), sdk.WithResource(about))
	return &Tracer{provider, provider.Tracer(scope)}, nil
}

// client posts batches of spans to a collector. It does not repeat a batch: a lost trace does
// no harm, and a collector that is back gets the next batch.
type client struct {
	target  target
	http    *http.Client
	log     *slog.Logger
	failing atomic.Bool
}

// Start does nothing: the first batch opens the connection.
func (c *client) Start(context.Context) error { return nil }

// Stop closes the connection.
func (c *client) Stop(context.Context) error {
	c.http.CloseIdleConnections()
	return nil
}

// UploadTraces sends one batch. It logs a failure and returns nil, because the SDK would print
// the error to the standard error and not to the log. Only the first of several failures in a row is logged.
func (c *client) UploadTraces(ctx context.Context, spans []*tracepb.ResourceSpans) error {
	err := c.post(ctx, spans)
	switch was := c.failing.Swap(err != nil); {
	case err != nil && !was:
		c.log.Warn("traces are lost: the collector did not take them", "err", err)
	case err == nil && was:
		c.log.Info("the collector takes traces again")
	}
	return nil
}

// post returns an error without the URL and without the headers. A collector takes a whole batch or
// refuses it. A partial success, which OTLP knows, is not read: nothing could be done about it.
func (c *client) post(ctx context.Context, spans []*tracepb.ResourceSpans) error {
	// The request message of OTLP has the same single field, number 1, so its bytes are the same: protobuf
	// does not encode the names of messages. The package of the request message would need gRPC.
	body, err := proto.Marshal(&tracepb.TracesData{ResourceSpans: spans})
	if err != nil {
		return fmt.Errorf("trace: encode: %w", err)
	}
	// The SDK has a timeout of its own (OTEL_BSP_EXPORT_TIMEOUT, 30 s). The shorter of the two holds.
	ctx, cancel := context.WithTimeout(ctx, c.target.timeout)
	defer cancel()
	if c.target.gzip {
		body = compressed(body)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.target.url, bytes.NewReader(body))
	if err != nil {
		return errors.New("trace: the request cannot be built")
	}
	req.Header.Set("Content-Type", "application/x-protobuf")
	if c.target.gzip {
		req.Header.Set("Content-Encoding", "gzip")
	}
	for name, value := range c.target.headers {
		req.Header.Set(name, value)
	}
	// The client follows no redirect, so the headers reach no other host.
	// It has no proxy of the environment either: the endpoint names the collector.
	res, err := c.http.Do(req)
	if err != nil {
		// The error of package http quotes the URL. The error that it wraps is of the network.
		if quoting := new(url.Error); errors.As(err, &quoting) {
			err = quoting.Err // check: trace-url
		}
		return fmt.Errorf("trace: %w", err)
	}
	defer res.Body.Close()
	// The connection is reused only if the answer was read.
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, maxAnswer))
	if res.StatusCode/100 != 2 {
		return fmt.Errorf("trace: status %d", res.StatusCode)
	}
	return nil
}

// compressed returns the body in gzip, which most collectors read. Spans repeat their names, so the
// result is a few times smaller.
func compressed(body []byte) []byte {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	// Writes to a buffer do not fail.
	_, _ = w.Write(body)
	_ = w.Close()
	return out.Bytes()
}
