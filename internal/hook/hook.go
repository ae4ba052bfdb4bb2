// Package hook asks a program of the operator whether a person may register.
//
// The request is a signed POST ([webhook.Signer]) with the applicant, and the answer is a decision: allow, or
// deny with a field and messages for the person. The applicant has no password, no code and no captcha.
//
// # When there is no decision
//
// The operator chooses whether the registration is then refused (closed) or admitted (open). Both are counted.
// Five requests without an answer, one after another, begin a pause of thirty seconds, in which no request is
// made but one at its end. An answer that is no decision begins no pause: it has cost no time, and an attacker
// that finds an input on which the receiver fails must not stop the registrations of others.
//
// # What a flood does
//
// At most 64 requests run at a time. A further one waits up to 100 ms for its turn, and then there is no
// decision, which is counted as overloaded and not as a failure of the receiver.
package hook

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/enroll-project/enroll/internal/breaker"
	"github.com/enroll-project/enroll/internal/outbound"
	"github.com/enroll-project/enroll/internal/trace"
	"github.com/enroll-project/enroll/internal/webhook"
)

// MaxTimeout bounds one request, from the look-up of the receiver's name to the last byte of the answer. A
// person waits for it.
const MaxTimeout = time.Second

const (
	// maxRequests is how many requests run at a time. At 100 ms each that is 640 a second, more registrations
	// than two cores can hash.
	maxRequests = 64
	// maxWait is how long a request waits for a slot, before its own time begins.
	maxWait = 100 * time.Millisecond
	// maxAnswer bounds an answer, in bytes after decompression: sixteen messages of the greatest length fit in.
	maxAnswer = 32 << 10
)

// Results of asking, which are the values of the label "result" of enroll_hook_requests_total.
const (
	resultAllowed  = "allowed"
	resultDenied   = "denied"
	resultInvalid  = "invalid"    // an answer that is no decision
	resultFailed   = "failed"     // no answer in time
	resultSkipped  = "skipped"    // no request, because the last ones failed
	resultOverload = "overloaded" // no request, because too many were under way
)

// results are all of them, so that each is a series from the start.
func results() []string {
	return []string{resultAllowed, resultDenied, resultInvalid, resultFailed, resultSkipped, resultOverload}
}

// Config holds what [New] needs.
type Config struct {
	// URL is the receiver's: https, or http to the same machine, since its requests carry identifiers of people.
	// A user name or a password in it is an error: the signature authenticates the sender.
	URL string
	// Secret is the key of the signatures, in the form of webhook.NewSigner.
	Secret string
	// Open says that a person is admitted if there is no decision.
	Open bool
	// Timeout bounds one request. It is at most MaxTimeout. Zero means MaxTimeout.
	Timeout time.Duration
	// RootCAs are the accepted certificate authorities of the receiver, the system's if nil.
	RootCAs *x509.CertPool
	// Now is the clock of signatures and pauses, time.Now if nil.
	Now func() time.Time
	// Rand is the source of request ids, crypto/rand.Reader if nil. It must be safe for concurrent use.
	Rand io.Reader
	// Metrics is where the metrics are registered; nil means nowhere.
	Metrics prometheus.Registerer
}

// Hook asks one receiver. It is safe for concurrent use, and a nil *Hook admits everybody.
type Hook struct {
	url     string
	signer  webhook.Signer
	open    bool
	timeout time.Duration
	wait    time.Duration // for a place in running
	running chan struct{} // one element for each request that runs
	now     func() time.Time
	rand    io.Reader
	client  *http.Client
	breaker *breaker.Breaker
	asked   *prometheus.CounterVec
	seconds prometheus.Histogram
}

// New returns an error if a setting is out of bounds or a metric is registered already. Its errors hold neither
// the URL nor the secret. It makes no request.
func New(cfg Config) (*Hook, error) {
	if err := outbound.CheckURL(cfg.URL); err != nil {
		return nil, fmt.Errorf("hook: %w", err)
	}
	signer, err := webhook.NewSigner(cfg.Secret)
	if err != nil {
		return nil, fmt.Errorf("hook: %w", err)
	}
	if cfg.Timeout == 0 {
		cfg.Timeout = MaxTimeout
	}
	if cfg.Timeout < 0 || cfg.Timeout > MaxTimeout {
		return nil, fmt.Errorf("hook: timeout %s is not within 0 and %s", cfg.Timeout, MaxTimeout)
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Rand == nil {
		cfg.Rand = rand.Reader
	}
	h := &Hook{
		url: cfg.URL, signer: signer, open: cfg.Open, timeout: cfg.Timeout, now: cfg.Now, rand: cfg.Rand,
		wait: maxWait, running: make(chan struct{}, maxRequests), breaker: breaker.New(cfg.Now),
		// Opening a connection may take longer than a request may: the next request finds it open. Node.js closes
		// idle connections after five seconds. A POST that is sent while the receiver closes would fail and is not
		// retried, so this side closes first.
		client: outbound.Client(cfg.RootCAs, outbound.Bounds{
			Open: 3 * time.Second, Idle: 4 * time.Second, Connections: maxRequests,
		}),
	}
	return h, h.count(cfg.Metrics)
}

// count makes the metrics and registers them.
func (h *Hook) count(registry prometheus.Registerer) error {
	h.asked = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "enroll_hook_requests_total",
		Help: "Registrations about which the hook was asked, by result " +
			"(allowed, denied, invalid, failed, skipped, overloaded).",
	}, []string{"result"})
	for _, result := range results() {
		h.asked.WithLabelValues(result)
	}
	h.seconds = prometheus.NewHistogram(prometheus.HistogramOpts{
		Name:    "enroll_hook_seconds",
		Help:    "Time of the requests to the hook, with an answer or without.",
		Buckets: []float64{0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1},
	})
	if registry == nil {
		return nil
	}
	if err := errors.Join(registry.Register(h.asked), registry.Register(h.seconds)); err != nil {
		return fmt.Errorf("hook: metrics: %w", err)
	}
	return nil
}

// Ask returns nil if the person may register, a [*Denied] if not, and an [*UnavailableError] if there is no
// decision and the hook is closed. It takes 1.1 seconds at most. Call it outside any transaction.
//
// If ctx ends, Ask goes on. Otherwise clients that often disconnect early would count as failures of the
// receiver, and the circuit breaker would end the requests.
func (h *Hook) Ask(ctx context.Context, a Applicant) error {
	if h == nil {
		return nil
	}
	result, err := h.ask(ctx, a)
	h.asked.WithLabelValues(result).Inc()
	if away := (*UnavailableError)(nil); errors.As(err, &away) && h.open { // check: hook-closed
		return nil
	}
	return err
}

// ask returns the value of the label "result" with the error of Ask for a closed hook, so that the metrics are the
// same in both modes.
func (h *Hook) ask(ctx context.Context, a Applicant) (result string, err error) {
	// A slot comes before the breaker: an attempt that the breaker has allowed must be made and reported.
	if !h.enter() {
		return resultOverload, away(resultOverload, soon) // check: hook-limit
	}
	defer func() { <-h.running }()
	attempt, ok := h.breaker.Allow()
	if !ok {
		return resultSkipped, away("the last requests had no answer", later)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), h.timeout) // check: hook-time
	defer cancel()
	// The result may stand in the span: it is one of six words, and the request's own span has the reason anyway.
	ctx, span := trace.Call(ctx, "registration hook")
	defer span.End()
	begin := h.now()
	body, err := h.post(ctx, a)
	h.seconds.Observe(h.now().Sub(begin).Seconds())
	wrong := (*wrongAnswer)(nil)
	// An answer without a decision shows that the receiver is there, so it does not count as an
	// outage.
	h.breaker.Report(attempt, err == nil || errors.As(err, &wrong)) // check: hook-breaker
	switch {
	case wrong != nil:
		result, err = resultInvalid, away(wrong.Error(), soon)
	case err != nil: // dropped, because it may quote the URL
		result, err = resultFailed, away("no answer", soon)
	default:
		result, err = decide(body)
	}
	span.Set("enroll.result", result)
	if result == resultInvalid || result == resultFailed {
		span.Fail(result)
	}
	return result, err
}

// enter waits at most h.wait for a place in h.running, and reports whether it got one.
func (h *Hook) enter() bool {
	timer := time.NewTimer(h.wait)
	defer timer.Stop()
	select {
	case h.running <- struct{}{}:
		return true
	case <-timer.C:
		return false
	}
}

// wrongAnswer is an answer that came in time and whose body is not read as a decision.
type wrongAnswer struct{ why string }

// Error has the status at most, and nothing of the body.
func (e *wrongAnswer) Error() string { return e.why }

// post makes one request and returns the body of its answer.
func (h *Hook) post(ctx context.Context, a Applicant) ([]byte, error) {
	now := h.now()
	body, err := json.Marshal(message{Type: "user.registering", Timestamp: now.UTC().Format(time.RFC3339), Data: a})
	if err != nil {
		return nil, err
	}
	// Each request has an id of its own, also a repetition: the applicant may have changed, and the receiver must decide
	// anew.
	id, err := webhook.NewID(h.rand)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, h.url, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "enroll")
	h.signer.Sign(req.Header, id, now, body)
	res, err := h.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	// Reading the body lets the connection be used again.
	answer, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer+1))
	switch {
	case err != nil:
		return nil, err
	// A receiver that does not know this kind of request may answer 204 to everything. That must not admit a person.
	case res.StatusCode != http.StatusOK: // check: hook-status
		return nil, &wrongAnswer{fmt.Sprintf("an answer with the status %d", res.StatusCode)}
	case len(answer) > maxAnswer: // check: hook-long
		return nil, &wrongAnswer{"an answer that is too long"}
	}
	return answer, nil
}

// Close closes the idle connections. It does not affect requests in progress.
func (h *Hook) Close() { h.client.CloseIdleConnections() }
