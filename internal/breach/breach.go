// Package breach looks new passwords up in an API of passwords that are known from
// breaches, without telling the API which password it is.
//
// The API speaks the range protocol of Have I Been Pwned, which is k-anonymous: of the
// forty hex digits of the password's SHA-1 five are sent, and the answer lists the
// remaining digits of all known passwords whose SHA-1 begins with these five. The answer is
// searched here. It is requested with padding, so that its length does not show to an
// eavesdropper which five digits were sent.
//
// The check is made in addition to the list of common passwords in package password. It
// is never a condition: if the API is slow, unreachable or overloaded, the password is
// accepted, and a counter shows that. An outage of a third party's service must not stop
// registrations.
//
// # What a flood does
//
// At most 64 checks run at a time, each on a connection of its own if the API speaks
// HTTP/1. If 64 checks run already, a further check waits up to 100 ms for its turn.
// Then the password is accepted without a check, which is counted as overloaded. That
// is not a failure of the API and does not open the circuit breaker. So a flood reduces
// the share of passwords that are checked, and does not end the checks.
package breach

import (
	"bufio"
	"context"
	"crypto/sha1" // the range protocol's; nothing relies on its strength
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/enroll-project/enroll/internal/breaker"
	"github.com/enroll-project/enroll/internal/outbound"
	"github.com/enroll-project/enroll/internal/trace"
)

// MaxTimeout bounds one request to the API, from the look-up of its name to the last byte
// of the answer. A person waits for it.
const MaxTimeout = 300 * time.Millisecond

const (
	// maxChecks is how many checks run at a time. At 100 ms each that is 640 checks a second,
	// more passwords than two cores can hash.
	maxChecks = 64
	// maxWait is how long a check waits for a slot, before its own time begins. A fast API
	// answers a whole request within that time. A longer wait would delay people, although a
	// password is accepted anyway if it cannot be checked.
	maxWait = 100 * time.Millisecond
	// prefixLength is how many hex digits of a SHA-1 are sent: 20 of its 160 bits,
	// which about a thousand known passwords share.
	prefixLength = 5
	// suffixLength is how many hex digits remain. An answer lists the suffixes of this length.
	suffixLength = 2*sha1.Size - prefixLength
	// maxRangeAnswer bounds an answer, in bytes after decompression. The largest
	// of Have I Been Pwned has less than 100 KiB.
	maxRangeAnswer = 2 << 20
	// rangeBuffer bounds a line of an answer, in bytes. It is the size of the buffer that reads it.
	rangeBuffer = 4 << 10
)

// ErrBreached reports a password that is known from breaches.
var ErrBreached = errors.New("breach: known from breaches")

const hexDigits = "0123456789ABCDEFabcdef"

// Values of the label "result" of enroll_password_breach_checks_total.
const (
	checkClean    = "clean"
	checkBreached = "breached"
	checkFailed   = "failed"     // no answer in time, or not one of the protocol
	checkSkipped  = "skipped"    // no request, because the last ones failed
	checkOverload = "overloaded" // no request, because too many were under way
)

// Config holds what [New] needs.
type Config struct {
	// URL is what the five digits are appended to, as the last element of its path. It
	// is https, or http to the same machine. Credentials and a query are refused,
	// because this setting is not treated as a secret.
	URL string
	// Timeout bounds one request to the API. It is at most MaxTimeout. Zero means MaxTimeout.
	Timeout time.Duration
	// RootCAs are the certificate authorities that are trusted; the system's if nil.
	RootCAs *x509.CertPool
	// Now is the clock that measures pauses; time.Now if nil. Timeout uses the real one.
	Now func() time.Time
	// Metrics is where enroll_password_breach_checks_total is registered; nil means
	// nowhere.
	Metrics prometheus.Registerer
}

// Checker looks passwords up in one API. It is safe for concurrent use, and a nil
// *Checker finds nothing.
type Checker struct {
	url     *url.URL
	timeout time.Duration
	wait    time.Duration // for a place in running
	running chan struct{} // one element for each check that runs
	client  *http.Client
	breaker *breaker.Breaker
	checks  *prometheus.CounterVec
}

// New returns an error if a setting is out of bounds or the metric is registered
// already. It makes no request.
func New(config Config) (*Checker, error) {
	base, err := parseRangeURL(config.URL)
	if err != nil {
		return nil, fmt.Errorf("breach: %w", err)
	}
	if config.Timeout == 0 {
		config.Timeout = MaxTimeout
	}
	if config.Timeout < 0 || config.Timeout > MaxTimeout {
		return nil, fmt.Errorf("breach: timeout %s is not within 0 and %s", config.Timeout, MaxTimeout)
	}
	if config.Now == nil {
		config.Now = time.Now
	}
	checks := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "enroll_password_breach_checks_total",
		Help: "New passwords looked for among breached ones, by result " +
			"(clean, breached, failed, skipped, overloaded).",
	}, []string{"result"})
	for _, result := range []string{checkClean, checkBreached, checkFailed, checkSkipped, checkOverload} {
		checks.WithLabelValues(result)
	}
	if config.Metrics != nil {
		if err := config.Metrics.Register(checks); err != nil {
			return nil, fmt.Errorf("breach: metrics: %w", err)
		}
	}
	// Opening a connection may take longer than a request may. It goes on after the request
	// has given up, and the next request finds the connection open.
	bounds := outbound.Bounds{Open: 3 * time.Second, Idle: time.Minute, Connections: maxChecks}
	return &Checker{
		url: base, timeout: config.Timeout, wait: maxWait, running: make(chan struct{}, maxChecks),
		client: outbound.Client(config.RootCAs, bounds), breaker: breaker.New(config.Now), checks: checks,
	}, nil
}

func parseRangeURL(raw string) (*url.URL, error) {
	u, err := url.Parse(raw)
	switch {
	case err != nil:
		return nil, errors.New("the URL cannot be parsed") // the parser's error quotes it
	case u.Hostname() == "":
		return nil, errors.New("the URL has no host")
	case u.Scheme != "https" && (u.Scheme != "http" || !outbound.IsLoopback(u.Hostname())):
		return nil, errors.New("the URL must begin with https://, or name this machine")
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return nil, errors.New("the URL must have neither credentials nor a query nor a fragment")
	}
	return u, nil
}

// Check returns [ErrBreached] for a password that is known from breaches. It returns nil
// for any other password, and also if the API gives no answer. The password must be normalized, as
// [password.Policy.Check] returns it. A check takes at most 400 ms. Call it after the policy,
// before hashing, outside any transaction.
//
// After five failures, one after another, no request is made for thirty seconds. Then one
// is made; if it succeeds the others follow. From then on, an API that cannot be reached
// delays one registration in thirty seconds by the timeout, and not each of them.
//
// If ctx ends, Check goes on. Otherwise clients that often disconnect early would count as
// failures of the API, and the circuit breaker would end the checks.
func (c *Checker) Check(ctx context.Context, normalized string) error {
	if c == nil {
		return nil
	}
	result := c.check(ctx, normalized)
	c.checks.WithLabelValues(result).Inc()
	if result == checkBreached {
		return ErrBreached
	}
	return nil
}

func (c *Checker) check(ctx context.Context, normalized string) (result string) {
	if !c.enter() {
		return checkOverload // check: breach-limit
	}
	defer func() { <-c.running }()
	attempt, ok := c.breaker.Allow()
	if !ok {
		return checkSkipped
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), c.timeout)
	defer cancel()
	// The span has no result: whether the password is breached is a fact about the password.
	ctx, span := trace.Call(ctx, "breach check")
	defer span.End()
	found, err := c.request(ctx, normalized)
	if err != nil {
		span.Fail(checkFailed)
	}
	c.breaker.Report(attempt, err == nil)
	switch {
	case err != nil: // dropped, because it may quote the URL, which ends in the digits
		return checkFailed
	case found:
		return checkBreached
	}
	return checkClean
}

// enter waits at most c.wait for a place in c.running, and reports whether it got one.
func (c *Checker) enter() bool {
	select {
	case c.running <- struct{}{}:
		return true
	default:
	}
	timer := time.NewTimer(c.wait)
	defer timer.Stop()
	select {
	case c.running <- struct{}{}:
		return true
	case <-timer.C:
		return false
	}
}

// Close closes the idle connections. It does not affect checks in progress.
func (c *Checker) Close() { c.client.CloseIdleConnections() }

// request makes one request and searches its answer.
func (c *Checker) request(ctx context.Context, normalized string) (found bool, err error) {
	sum := sha1.Sum([]byte(normalized))
	digits := strings.ToUpper(hex.EncodeToString(sum[:]))
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, c.url.JoinPath(digits[:prefixLength]).String(), nil)
	if err != nil {
		return false, err
	}
	request.Header.Set("Add-Padding", "true")
	request.Header.Set("User-Agent", "enroll")
	response, err := c.client.Do(request)
	if err != nil {
		return false, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return false, fmt.Errorf("status %d", response.StatusCode)
	}
	return searchRange(response.Body, digits[prefixLength:])
}

var errRange = errors.New("breach: not an answer of the range protocol")

// searchRange reports whether an answer has the suffix, in upper or lower case, with a
// count above 0; lines of padding have 0. It returns an error for an answer that has a
// malformed line, is too long, breaks off or has no line at all: a part of an answer
// must not pass for "not found".
func searchRange(answer io.Reader, suffix string) (found bool, err error) {
	limited := &io.LimitedReader{R: answer, N: maxRangeAnswer + 1}
	lines := bufio.NewScanner(limited)
	lines.Buffer(make([]byte, rangeBuffer), rangeBuffer)
	empty := true
	for lines.Scan() {
		known, count, _ := strings.Cut(lines.Text(), ":")
		n, err := strconv.ParseUint(count, 10, 64)
		if err != nil || len(known) != suffixLength || strings.Trim(known, hexDigits) != "" {
			return false, errRange
		}
		found = found || n > 0 && strings.EqualFold(known, suffix)
		empty = false
	}
	switch {
	case lines.Err() != nil:
		return false, lines.Err()
	case empty, limited.N == 0:
		return false, errRange
	}
	return found, nil
}
