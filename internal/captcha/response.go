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
)

// maxVerdict is how much of an answer is read, in bytes (OWASP API10).
const maxVerdict = 64 << 10

// verdict is what the third party answers. What else it says is ignored.
type verdict struct {
	Success  *bool    `json:"success"`
	Hostname string   `json:"hostname"`
	Action   string   `json:"action"`
	Score    *float64 `json:"score"`
	Codes    []string `json:"error-codes"`
}

// ours are the error codes of the three that blame us or them. Those that whoever sends
// a token can bring about are not among them: nobody shall ring our alarm.
var ours = []string{
	"missing-input-secret", "invalid-input-secret", "missing-remoteip", "invalid-remoteip", "bad-request", "internal-error",
}

// verify asks once: a second time the third party calls the token a duplicate.
func (c *SiteVerify) verify(ctx context.Context, scope Scope, token string) error {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
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
	if res.StatusCode != http.StatusOK {
		return unavailable(fmt.Sprintf("status %d", res.StatusCode))
	}
	text, err := io.ReadAll(io.LimitReader(res.Body, maxVerdict+1))
	// An answer can end because we hung up on it: then it is none, however whole
	// it looks.
	if err = errors.Join(err, ctx.Err()); err != nil {
		return failure(ctx, err)
	}
	var v verdict
	if len(text) > maxVerdict || json.Unmarshal(text, &v) != nil || v.Success == nil {
		return unavailable("the answer is not of the protocol")
	}
	return c.weigh(v)
}

// weigh turns the third party's verdict into ours.
func (c *SiteVerify) weigh(v verdict) error {
	if !*v.Success {
		for _, code := range v.Codes {
			if slices.Contains(ours, code) {
				return unavailable(code)
			}
		}
		return ErrWrong
	}
	here := slices.ContainsFunc(c.hostnames, func(name string) bool { return strings.EqualFold(name, v.Hostname) })
	if !here || c.action != "" && v.Action != c.action {
		return ErrWrong
	}
	if c.minScore > 0 {
		if v.Score == nil {
			return unavailable("the answer has no score")
		}
		return passes(*v.Score >= c.minScore && *v.Score <= 1)
	}
	return nil
}

// unavailable is a fault whose text is ours from beginning to end.
func unavailable(why string) error { return fmt.Errorf("%w: siteverify: %s", ErrUnavailable, why) }

// failure names what went wrong and drops the rest: the client's errors quote the URL,
// and those about malformed answers quote the answer.
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
