package sms

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/enroll-project/enroll/internal/outbound"
)

// MaxTimeout bounds one delivery, from the resolution of the name to the end of the
// answer. A person waits for it, and meanwhile the SMS counts in the budgets of its phone.
const MaxTimeout = 3 * time.Second

// maxAnswer is how much of an answer's body is read, in bytes, so that the connection
// can be used again. The body itself is ignored (OWASP API10).
const maxAnswer = 64 << 10

// WebhookConfig configures [NewWebhook].
type WebhookConfig struct {
	// URL is the receiver's: https, or http to the same machine, since its requests carry
	// codes that open accounts. A user and a password in it are an error: the signature
	// authenticates the sender.
	URL string
	// Secret is the key of the signatures, shared with the receiver: whsec_ and the
	// base64 of 24 to 64 random bytes (Standard Webhooks).
	Secret string
	// Timeout bounds one delivery. It is at most MaxTimeout, which is also its value
	// if it is zero.
	Timeout time.Duration
	// RootCAs are the accepted certificate authorities of the receiver, the system's
	// if nil.
	RootCAs *x509.CertPool
	// Now is the clock, time.Now if nil.
	Now func() time.Time
	// Rand is the source of message ids, crypto/rand.Reader if nil. It must be safe
	// for concurrent use.
	Rand io.Reader
}

// Webhook posts each message, signed, to one URL. Every 2xx status is success. A
// redirect is a failure and is not followed: the code goes to the configured host
// only. It is safe for concurrent use.
type Webhook struct {
	url     string
	signer  signer
	timeout time.Duration
	now     func() time.Time
	rand    io.Reader
	client  *http.Client
}

// NewWebhook returns an error if a setting is out of bounds. Its errors hold neither
// the URL nor the secret. It makes no connection.
func NewWebhook(cfg WebhookConfig) (*Webhook, error) {
	if err := checkURL(cfg.URL); err != nil {
		return nil, fmt.Errorf("sms: webhook: %w", err)
	}
	signer, err := newSigner(cfg.Secret)
	if err != nil {
		return nil, fmt.Errorf("sms: webhook: %w", err)
	}
	if cfg.Timeout == 0 {
		cfg.Timeout = MaxTimeout
	}
	if cfg.Timeout < 0 || cfg.Timeout > MaxTimeout {
		return nil, fmt.Errorf("sms: webhook: timeout %s is not within 0 and %s", cfg.Timeout, MaxTimeout)
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Rand == nil {
		cfg.Rand = rand.Reader
	}
	return &Webhook{
		url: cfg.URL, signer: signer, timeout: cfg.Timeout, now: cfg.Now, rand: cfg.Rand,
		// Node.js closes idle connections after five seconds. A POST that crosses
		// the close would fail and is not retried, so this side closes first.
		client: outbound.Client(cfg.RootCAs, outbound.Bounds{Open: MaxTimeout, Idle: 4 * time.Second}),
	}, nil
}

func checkURL(raw string) error {
	// The parser's error is dropped: it quotes the URL, whose query may hold a key.
	u, err := url.Parse(raw)
	switch {
	case err != nil:
		return errors.New("the URL cannot be parsed")
	case u.Hostname() == "":
		return errors.New("the URL has no host")
	case u.Scheme != "https" && (u.Scheme != "http" || !outbound.IsLoopback(u.Hostname())):
		return errors.New("the URL must begin with https://, or name this machine")
	case u.User != nil:
		return errors.New("the URL has a user or a password; the signature authenticates the sender")
	case u.Fragment != "":
		return errors.New("the URL has a fragment, which is never sent")
	}
	return nil
}

// event is the body of a request, in the form that Standard Webhooks recommends.
type event struct {
	Type      string `json:"type"`
	Timestamp string `json:"timestamp"` // RFC 3339, UTC
	Data      struct {
		Phone     string `json:"phone"`
		Code      string `json:"code"`
		Purpose   string `json:"purpose"`
		ExpiresIn int64  `json:"expires_in"` // seconds
		Locale    string `json:"locale"`
		SiteID    int64  `json:"site_id"`
	} `json:"data"`
}

// Send posts the message once and waits for the answer, at most until the timeout or
// the end of ctx.
func (w *Webhook) Send(ctx context.Context, m Message) error {
	ctx, cancel := context.WithTimeout(ctx, w.timeout) // check: webhook-time
	defer cancel()
	var wrote atomic.Bool // the transport may still write when Do has returned
	trace := &httptrace.ClientTrace{WroteHeaders: func() { wrote.Store(true) }}
	req, err := w.request(httptrace.WithClientTrace(ctx, trace), m)
	if err != nil {
		return err
	}
	res, err := w.client.Do(req)
	if err != nil {
		failed := failure(ctx, err)
		failed.handed = wrote.Load()
		return failed
	}
	defer res.Body.Close()
	if res.StatusCode < 200 || res.StatusCode > 299 { // check: webhook-status
		return &DeliveryError{Kind: Refused, Status: res.StatusCode, handed: unheard(res.StatusCode)}
	}
	// The body is ignored. Reading it lets the connection be used again.
	_, _ = io.CopyN(io.Discard, res.Body, maxAnswer)
	return nil
}

// unheard tells whether a status says that a proxy heard no answer of the receiver.
func unheard(status int) bool {
	return status == http.StatusRequestTimeout || status == http.StatusBadGateway || status == http.StatusGatewayTimeout
}

func (w *Webhook) request(ctx context.Context, m Message) (*http.Request, error) {
	now := w.now()
	e := event{Type: "sms.code", Timestamp: now.UTC().Format(time.RFC3339)}
	e.Data.Phone, e.Data.Code, e.Data.Purpose = m.Phone, m.Code, m.Purpose
	e.Data.ExpiresIn, e.Data.Locale, e.Data.SiteID = int64(m.ExpiresIn/time.Second), m.Locale, m.SiteID
	body, err := json.Marshal(e)
	if err != nil {
		return nil, fmt.Errorf("sms: webhook: encode: %w", err)
	}
	var id [16]byte
	if _, err := io.ReadFull(w.rand, id[:]); err != nil {
		return nil, fmt.Errorf("sms: webhook: no randomness: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, w.url, bytes.NewReader(body))
	if err != nil {
		return nil, errors.New("sms: webhook: request cannot be built")
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "enroll")
	w.signer.sign(req.Header, "msg_"+hex.EncodeToString(id[:]), now, body)
	return req, nil
}

// Close closes idle connections. It does not affect deliveries in progress.
func (w *Webhook) Close() { w.client.CloseIdleConnections() }

// failure reduces an error of the HTTP client to its kind. The rest is dropped,
// because it quotes the URL or parts of a malformed answer.
func failure(ctx context.Context, err error) *DeliveryError {
	var (
		dns    *net.DNSError
		op     *net.OpError
		cert   *tls.CertificateVerificationError
		record tls.RecordHeaderError
	)
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return &DeliveryError{Kind: Canceled, err: context.Canceled}
	case ctx.Err() != nil, errors.Is(err, context.DeadlineExceeded):
		return &DeliveryError{Kind: TimedOut, err: context.DeadlineExceeded}
	case errors.As(err, &dns):
		return &DeliveryError{Kind: Unresolved}
	case errors.As(err, &cert), errors.As(err, &record), errors.Is(err, http.ErrSchemeMismatch):
		return &DeliveryError{Kind: Untrusted}
	case errors.As(err, &op) && op.Op == "dial":
		return &DeliveryError{Kind: Unreachable}
	case errors.As(err, &op) && (op.Op == "remote error" || op.Op == "local error"):
		return &DeliveryError{Kind: Untrusted} // a TLS alert
	}
	return &DeliveryError{Kind: Broken} // check: webhook-url
}
