package sms

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/enroll-project/enroll/internal/outbound"
	"github.com/enroll-project/enroll/internal/webhook"
)

// WebhookConfig configures [NewWebhook].
type WebhookConfig struct {
	// URL is the receiver's: https, or http to the same machine, since its requests carry
	// codes that open accounts. A user name or a password in it is an error: the signature
	// authenticates the sender.
	URL string
	// Secret is the key of the signatures, shared with the receiver: whsec_ and the
	// base64 of 24 to 64 random bytes (Standard Webhooks).
	Secret string
	// Timeout bounds one delivery. It is at most MaxTimeout. Zero means MaxTimeout.
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
	signer  webhook.Signer
	timeout time.Duration
	now     func() time.Time
	rand    io.Reader
	client  *http.Client
}

// NewWebhook returns an error if a setting is out of bounds. Its errors hold neither
// the URL nor the secret. It makes no connection.
func NewWebhook(cfg WebhookConfig) (*Webhook, error) {
	if err := outbound.CheckURL(cfg.URL); err != nil {
		return nil, fmt.Errorf("sms: webhook: %w", err)
	}
	signer, err := webhook.NewSigner(cfg.Secret)
	if err != nil {
		return nil, fmt.Errorf("sms: webhook: %w", err)
	}
	if cfg.Timeout, err = within(cfg.Timeout); err != nil {
		return nil, fmt.Errorf("sms: webhook: %w", err)
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Rand == nil {
		cfg.Rand = rand.Reader
	}
	return &Webhook{
		url: cfg.URL, signer: signer, timeout: cfg.Timeout, now: cfg.Now, rand: cfg.Rand,
		// Node.js closes idle connections after five seconds. A POST that is sent while the receiver
		// closes would fail and is not retried, so this side closes first.
		client: outbound.Client(cfg.RootCAs, outbound.Bounds{
			Open: MaxTimeout, Idle: 4 * time.Second, Connections: outbound.SenderConnections, // check: webhook-connections
		}),
	}, nil
}

// event is the body of a request, in the form that Standard Webhooks recommends.
type event struct {
	Type      string `json:"type"`
	Timestamp string `json:"timestamp"` // RFC 3339, UTC
	Data      struct {
		Phone     string `json:"phone"`
		Code      string `json:"code"`
		Purpose   string `json:"purpose"`
		Channel   string `json:"channel"`    // sms or voice
		ExpiresIn int64  `json:"expires_in"` // seconds
		Locale    string `json:"locale"`
		SiteID    int64  `json:"site_id"`
	} `json:"data"`
}

// Send posts the message once and waits for the answer, at most until the timeout or
// the end of ctx.
func (w *Webhook) Send(ctx context.Context, m Message) error {
	status, _, err := post(ctx, w.client, w.timeout, func(ctx context.Context) (*http.Request, error) {
		return w.request(ctx, m)
	})
	switch {
	case status >= 200 && status <= 299: // the body is ignored, also if it is incomplete
		return nil
	case status != 0: // check: webhook-status
		return &DeliveryError{Kind: Refused, Status: status, handed: unheard(status)}
	}
	return err
}

// request builds the signed request for a message.
func (w *Webhook) request(ctx context.Context, m Message) (*http.Request, error) {
	now := w.now()
	e := event{Type: "sms.code", Timestamp: now.UTC().Format(time.RFC3339)}
	if m.Code == "" {
		e.Type = "sms.notice" // so that a receiver does not treat a notice as a code
	}
	e.Data.Phone, e.Data.Code, e.Data.Purpose, e.Data.Channel = m.Phone, m.Code, m.Purpose, "sms"
	if m.Voice { // check: webhook-channel
		e.Data.Channel = "voice"
	}
	e.Data.ExpiresIn, e.Data.Locale, e.Data.SiteID = int64(m.ExpiresIn/time.Second), m.Locale, m.SiteID
	body, err := json.Marshal(e)
	if err != nil {
		return nil, fmt.Errorf("sms: webhook: encode: %w", err)
	}
	id, err := webhook.NewID(w.rand)
	if err != nil {
		return nil, fmt.Errorf("sms: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, w.url, bytes.NewReader(body))
	if err != nil {
		return nil, errors.New("sms: webhook: request cannot be built")
	}
	req.Header.Set("Content-Type", "application/json")
	w.signer.Sign(req.Header, id, now, body)
	return req, nil
}

// Close closes idle connections. It does not affect deliveries in progress.
func (w *Webhook) Close() { w.client.CloseIdleConnections() }
