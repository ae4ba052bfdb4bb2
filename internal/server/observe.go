package server

import (
	"context"
	"log/slog"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/enroll-project/enroll/gen/api"
	"github.com/enroll-project/enroll/internal/operation"
	"github.com/enroll-project/enroll/internal/trace"
	"github.com/enroll-project/enroll/internal/wire"
)

// observe turns the error of a request into its answer, and then records the outcome in the
// metrics and the log.
func (s *server) observe(next echo.HandlerFunc) echo.HandlerFunc {
	return func(ec echo.Context) error {
		if err := next(ec); err != nil {
			s.refuse(err, ec)
		}
		c := operation.CallOf(ec.Request().Context())
		// refuse has set status and reason of a refusal.
		if c.Reason == "" {
			c.Status = ec.Response().Status
		}
		// begin has set Start when the headers had been read, so took does not include their reading.
		took := s.now().Sub(c.Start)
		s.metrics.note(c, took)
		// check: trace-route
		trace.Current(ec.Request().Context()).Answer(wire.Method(ec.Request().Method), ec.Path(), operationOf(c),
			c.Status, string(c.Reason))
		s.log.line(ec, c, took)
		return nil
	}
}

// operationOf returns the operation's id, or "none". It is a label of metrics, so it must
// not come from the request.
func operationOf(c *operation.Call) string {
	if c.Op == nil {
		return "none" // check: metrics-label
	}
	return c.Op.ID
}

// metrics count requests. All labels have few values: operations, statuses and
// reasons are the contract's own, and no label is copied from a request.
type metrics struct {
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
}

// newMetrics registers the metrics. It returns an error if they are registered already.
func newMetrics(registry prometheus.Registerer) (*metrics, error) {
	m := &metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "enroll_http_requests_total",
			Help: "Requests answered, by operation of the contract, HTTP status (499: the client went away) and reason " +
				"(empty: success).",
		}, []string{"operation", "status", "reason"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "enroll_http_request_seconds",
			Help: "Time from a request's headers to the end of its answer.",
			// From a refusal without a query (0.5 ms) over a password hash (5 to 25 ms,
			// by CPU) and the longest wait for a hasher to beyond the deadline of 8 s.
			Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10},
		}, []string{"operation"}),
	}
	// Not MustRegister: a panic would hide which collector is registered twice.
	for _, c := range []prometheus.Collector{m.requests, m.seconds} {
		if err := registry.Register(c); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// note counts one request.
func (m *metrics) note(c *operation.Call, took time.Duration) {
	m.requests.WithLabelValues(operationOf(c), strconv.Itoa(c.Status), string(c.Reason)).Inc()
	m.seconds.WithLabelValues(operationOf(c)).Observe(took.Seconds())
}

// requestLog writes one line for each request. The only text of the client in it is a plain request
// id. It has no query, no header, no body, and instead of the path the pattern that it matched. So
// no secret and no identifier can reach the log (I8).
type requestLog struct {
	logger *slog.Logger
	// The refusals of which a flood causes thousands: by the rate limit, and because no hasher is free.
	limited, busy oncePerSecond
}

// oncePerSecond admits one event of each second and counts the others. It is safe for concurrent
// use. An event that races with the next second may be counted one line too late.
type oncePerSecond struct {
	second  atomic.Int64 // Unix second of the last admitted event
	skipped atomic.Int64 // events since then
}

// admits reports whether an event is the first of its second. If so, it also returns how many
// events were not admitted since the last one that was.
func (o *oncePerSecond) admits(second int64) (first bool, skipped int64) {
	if o.second.Swap(second) == second { // check: log-refusals
		o.skipped.Add(1)
		return false, 0
	}
	return true, o.skipped.Swap(0)
}

// level returns the level of a request's line, and how many refusals with the same reason were
// logged at debug since the last line at a higher level. Requests that a client can send by the thousand
// and that cost little are logged at debug, because the log line would be the larger part of
// their cost: files, keys, preflights, and all but one a second of the refusals by the rate
// limit and by admission. The metrics count them all.
func (l *requestLog) level(c *operation.Call, method string) (level slog.Level, skipped int64) {
	first := true
	switch c.Reason {
	case api.ReasonRateLimited:
		first, skipped = l.limited.admits(c.Start.Unix())
	case api.ReasonBusy:
		first, skipped = l.busy.admits(c.Start.Unix()) // check: log-busy
	}
	switch {
	case !first:
		return slog.LevelDebug, 0
	case c.Status == http.StatusInternalServerError:
		return slog.LevelError, 0
	case c.Status > http.StatusInternalServerError && c.Cause != nil:
		return slog.LevelWarn, skipped
	case c.Status > http.StatusInternalServerError, c.Reason == api.ReasonRateLimited:
		return slog.LevelInfo, skipped
	case !c.API, method == http.MethodOptions && c.Reason == "": // check: log-files
		return slog.LevelDebug, 0
	}
	return slog.LevelInfo, 0
}

// line logs one request. An internal error is logged with its cause here, and nowhere else.
func (l *requestLog) line(ec echo.Context, c *operation.Call, took time.Duration) {
	ctx := ec.Request().Context()
	level, skipped := l.level(c, ec.Request().Method)
	if !l.logger.Enabled(ctx, level) {
		return
	}
	// Capacity for all attributes: a log line is allocated once. The names of the attributes must not
	// change: alerts and searches of operators use them (docs/deploy.md).
	attrs := append(make([]slog.Attr, 0, 14),
		slog.String("request_id", c.ID),
		slog.String("operation", operationOf(c)),
		slog.String("method", wire.Method(ec.Request().Method)),
		// check: log-route
		slog.String("route", ec.Path()), // "" if none matched
		slog.Int("status", c.Status),
		slog.Float64("seconds", took.Seconds()),
		slog.Int64("bytes", ec.Response().Size),
		slog.String("network", c.Network),
	)
	if c.Reason != "" {
		attrs = append(attrs, slog.String("reason", string(c.Reason)))
	}
	if skipped != 0 {
		attrs = append(attrs, slog.Int64("skipped", skipped))
	}
	// Site and user are not known until validate and authenticate have run.
	if c.Site != 0 {
		attrs = append(attrs, slog.Int64("site", c.Site))
	}
	if c.User != 0 {
		attrs = append(attrs, slog.Int64("user", c.User))
	}
	// Causes have no values of a request: postgres.Safe and token's errors see to that.
	if c.Cause != nil {
		attrs = append(attrs, slog.String("cause", c.Cause.Error()))
	}
	// The log's handler may look at the context, which has ended if the client is gone.
	l.logger.LogAttrs(context.WithoutCancel(ctx), level, "request", attrs...)
}
