package captcha

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/enroll-project/enroll/internal/trace"
)

// maxResponse bounds how much of an answer is read, in bytes (OWASP API10).
const maxResponse = 64 << 10

// response is the third party's answer. Other fields are ignored.
type response struct {
	Success  *bool    `json:"success"`
	Hostname string   `json:"hostname"`
	Action   string   `json:"action"`
	Score    *float64 `json:"score"`
	Codes    []string `json:"error-codes"`
}

// alertCodes are the error codes by which the three third parties report a wrong
// configuration or an outage. Codes that a client can cause by its token are not
// listed: clients must not be able to trigger alerts.
var alertCodes = []string{
	"missing-input-secret", "invalid-input-secret", "missing-remoteip", "invalid-remoteip", "bad-request",
	"internal-error",
}

// verify sends one request, without a retry: the third party refuses a token that it
// has seen before.
func (c *SiteVerify) verify(ctx context.Context, scope Scope, token string) (err error) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	ctx, span := trace.Call(ctx, "captcha siteverify")
	defer func() {
		if errors.Is(err, ErrUnavailable) { // a wrong token is not a failure of the third party
			span.Fail("unavailable")
		}
		span.End()
	}()
	form := url.Values{"secret": {c.secret}, "response": {token}}
	if c.sendRemote && scope.Remote.IsValid() {
		form.Set("remoteip", scope.Remote.Unmap().WithZone("").String())
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url, strings.NewReader(form.Encode()))
	if err != nil {
		return unavailable("the request cannot be built")
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "enroll")
	res, err := c.client.Do(req)
	if err != nil {
		return failure(ctx, err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK { // check: siteverify-status
		return unavailable(fmt.Sprintf("status %d", res.StatusCode))
	}
	text, err := io.ReadAll(io.LimitReader(res.Body, maxResponse+1))
	// If ctx ends, the answer may be cut off and still be valid JSON, so a canceled
	// verification counts as no answer.
	if err = errors.Join(err, ctx.Err()); err != nil {
		return failure(ctx, err)
	}
	var v response
	if len(text) > maxResponse || json.Unmarshal(text, &v) != nil || v.Success == nil {
		return unavailable("the answer is not of the protocol")
	}
	return c.check(v)
}

// check compares an answer with the configuration. It returns nil, ErrWrong, or an
// error that wraps ErrUnavailable.
func (c *SiteVerify) check(v response) error {
	if !*v.Success {
		for _, code := range v.Codes {
			if slices.Contains(alertCodes, code) {
				return unavailable(code) // check: siteverify-refused
			}
		}
		return ErrWrong
	}
	// The site key is public, so success alone does not show where the challenge was
	// solved: see Hostnames.
	here := slices.ContainsFunc(c.hostnames, func(name string) bool { return strings.EqualFold(name, v.Hostname) })
	if !here || c.action != "" && v.Action != c.action { // check: siteverify-host
		return ErrWrong
	}
	if c.minScore > 0 {
		// Only reCAPTCHA v3 has a score, so its absence is a wrong configuration.
		if v.Score == nil {
			return unavailable("the answer has no score")
		}
		return passes(*v.Score >= c.minScore && *v.Score <= 1) // check: siteverify-score
	}
	return nil
}

// unavailable returns an ErrUnavailable. why must hold nothing of the request or the
// answer but a known code or a status.
func unavailable(why string) error { return fmt.Errorf("%w: siteverify: %s", ErrUnavailable, why) }

// failure returns an ErrUnavailable with the cause of the HTTP client's error. The rest of
// that error is dropped, because it quotes the URL or parts of a malformed answer.
func failure(ctx context.Context, err error) error {
	var (
		dns  *net.DNSError
		cert *tls.CertificateVerificationError
		op   *net.OpError
	)
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return fmt.Errorf("%w: siteverify: %w", ErrUnavailable, context.Canceled)
	case ctx.Err() != nil, errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("%w: siteverify: %w", ErrUnavailable, context.DeadlineExceeded)
	case errors.As(err, &dns):
		return unavailable("the host cannot be resolved")
	case errors.As(err, &cert):
		return unavailable("the certificate is not trusted")
	case errors.As(err, &op) && op.Op == "dial":
		return unavailable("the host cannot be reached")
	}
	return unavailable("the exchange broke off")
}
