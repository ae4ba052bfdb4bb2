package sms

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
	"time"
)

// MaxTimeout bounds one delivery, from the resolution of the name to the end of the answer. A
// person may be waiting, and meanwhile the SMS counts in the budgets of its phone.
const MaxTimeout = 3 * time.Second

// maxAnswer is how much of an answer's body is read, in bytes (OWASP API10).
const maxAnswer = 64 << 10

// post sends a request once and returns the answer's status and the beginning of its body. Its
// error is that of build, or a *[DeliveryError] that says whether the request may have been
// carried out.
//
// build makes the request with the context that it is given. A body that is longer than maxAnswer is cut.
// No answer of a provider is nearly as long, and the body of a webhook's answer is ignored.
func post(
	ctx context.Context, client *http.Client, timeout time.Duration,
	build func(context.Context) (*http.Request, error),
) (status int, body []byte, err error) {
	ctx, cancel := context.WithTimeout(ctx, timeout) // check: sms-time
	defer cancel()
	var wrote atomic.Bool // the transport may still write when Do has returned
	trace := &httptrace.ClientTrace{WroteHeaders: func() { wrote.Store(true) }}
	req, err := build(httptrace.WithClientTrace(ctx, trace))
	if err != nil {
		return 0, nil, err
	}
	req.Header.Set("User-Agent", "enroll")
	res, err := client.Do(req)
	if err != nil {
		failed := failure(ctx, err)
		failed.handed = wrote.Load()
		return 0, nil, failed
	}
	defer res.Body.Close()
	// Reading the body lets the connection be used again.
	body, err = io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if err != nil {
		failed := failure(ctx, err)
		failed.handed = true
		return res.StatusCode, body, failed
	}
	return res.StatusCode, body, nil
}

// unheard reports whether a status may come from a proxy that got no answer from the receiver.
func unheard(status int) bool {
	return status == http.StatusRequestTimeout || status == http.StatusBadGateway || status == http.StatusGatewayTimeout
}

// unsettled reports whether a provider's status leaves open whether the message is sent: the provider had an internal
// error, or may not have got the request.
func unsettled(status int) bool { return unheard(status) || status == http.StatusInternalServerError }

// within returns the timeout of one delivery, MaxTimeout if none is set. Two senders may be tried
// for one request of a client. With a longer timeout, the second would exceed the deadline of the
// request.
func within(timeout time.Duration) (time.Duration, error) {
	if timeout == 0 {
		timeout = MaxTimeout
	}
	if timeout < 0 || timeout > MaxTimeout {
		return 0, fmt.Errorf("timeout %s is not within 0 and %s", timeout, MaxTimeout)
	}
	return timeout, nil
}

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
