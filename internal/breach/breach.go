// Package breach looks new passwords up in an API of breached passwords, without
// telling the API which password it is.
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

	"github.com/enroll-project/enroll/internal/outbound"
)

// MaxTimeout bounds the whole of one breach check, from the look-up of the
// name to the last byte of the answer. A person waits for it.
const MaxTimeout = 300 * time.Millisecond

const (
	// prefixLength is how many hex digits of a SHA-1 are sent: 20 of its 160 bits,
	// which about a thousand known passwords share.
	prefixLength = 5
	// suffixLength is how many hex digits an answer compares with.
	suffixLength = 2*sha1.Size - prefixLength
	// maxRangeAnswer bounds an answer, in bytes after decompression. The largest
	// of Have I Been Pwned has less than 100 KiB.
	maxRangeAnswer = 2 << 20
	// rangeBuffer bounds a line of it, in bytes, and is how much is held of one.
	rangeBuffer = 4 << 10
)

// ErrBreached reports a password that is known from breaches.
var ErrBreached = errors.New("breach: known from breaches")

const hexDigits = "0123456789ABCDEFabcdef"

// Values of the label "result" of enroll_password_breach_checks_total.
const (
	checkClean    = "clean"
	checkBreached = "breached"
	checkFailed   = "failed"  // no answer in time, or not one of the protocol
	checkSkipped  = "skipped" // not asked, because the last answers failed
)

// Config holds what [New] needs.
type Config struct {
	// URL is what the five digits are appended to, as a last element of its path:
	// https, or http to the same machine. Credentials and a query are refused: it
	// is a setting that may be shown.
	URL string
	// Timeout bounds one check; MaxTimeout if zero, which it cannot exceed.
	Timeout time.Duration
	// RootCAs are the authorities that may vouch for the API; the system's if nil.
	RootCAs *x509.CertPool
	// Now is the clock that a pause is measured with; time.Now if nil. Timeout
	// runs on the real one.
	Now func() time.Time
	// Metrics is where enroll_password_breach_checks_total is registered; nil means
	// nowhere.
	Metrics prometheus.Registerer
}

// Checker asks an API of known breaches about a password without telling it
// which: of the password's SHA-1, five hex digits of forty are sent, and the
// answer, all suffixes known for them, is searched here (the range protocol of
// Have I Been Pwned, k-anonymity). The answer is asked to be padded, so that
// its length does not tell the digits to who only sees traffic.
//
// It is a second list beside that of [password.Policy], never a condition: whatever goes
// wrong, the password passes and a counter tells. It is safe for concurrent
// use, and a nil *Checker knows of none.
type Checker struct {
	url     *url.URL
	timeout time.Duration
	client  *http.Client
	breaker *breaker
	checks  *prometheus.CounterVec
}

// New returns an error if a setting is out of bounds or the metric is
// registered already. Nothing is asked yet.
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
		Help: "New passwords looked for among breached ones, by result (clean, breached, failed, skipped).",
	}, []string{"result"})
	for _, result := range []string{checkClean, checkBreached, checkFailed, checkSkipped} {
		checks.WithLabelValues(result)
	}
	if config.Metrics != nil {
		if err := config.Metrics.Register(checks); err != nil {
			return nil, fmt.Errorf("breach: metrics: %w", err)
		}
	}
	return &Checker{
		url: base, timeout: config.Timeout,
		// A first connection may take longer than a check: it is then there for
		// the next. More connections than these the hashers could not follow.
		client:  outbound.Client(config.RootCAs, outbound.Bounds{Open: 3 * time.Second, Idle: time.Minute, Connections: 16}),
		breaker: &breaker{now: config.Now}, checks: checks,
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

// Check returns [ErrBreached] for a password that is known from breaches, and nil
// for any other and whenever that cannot be learned. It takes a password as
// [password.Policy.Check] returns it and waits for Config.Timeout at the most; call it
// after the policy, before hashing, outside any transaction.
//
// After five failures in a row no password is looked for during thirty seconds;
// then one is, and the others follow when that one got an answer. So an API that
// is away costs one registration in thirty seconds its timeout, not each.
//
// A caller who goes away is still waited for: otherwise whoever hangs up early
// and often would look like an API that fails, and switch the check off.
func (b *Checker) Check(ctx context.Context, normalized string) error {
	if b == nil {
		return nil
	}
	if !b.breaker.allow() {
		b.checks.WithLabelValues(checkSkipped).Inc()
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), b.timeout)
	defer cancel()
	found, err := b.ask(ctx, normalized)
	b.breaker.report(err == nil)
	switch {
	case err != nil:
		// The error goes no further: it may quote the URL, which ends in the digits.
		b.checks.WithLabelValues(checkFailed).Inc()
		return nil
	case found:
		b.checks.WithLabelValues(checkBreached).Inc()
		return ErrBreached
	}
	b.checks.WithLabelValues(checkClean).Inc()
	return nil
}

// Close drops the idle connections. Checks under way are not affected.
func (b *Checker) Close() { b.client.CloseIdleConnections() }

// ask does one round trip.
func (b *Checker) ask(ctx context.Context, normalized string) (found bool, err error) {
	sum := sha1.Sum([]byte(normalized))
	digits := strings.ToUpper(hex.EncodeToString(sum[:]))
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, b.url.JoinPath(digits[:prefixLength]).String(), nil)
	if err != nil {
		return false, err
	}
	request.Header.Set("Add-Padding", "true")
	request.Header.Set("User-Agent", "enroll")
	response, err := b.client.Do(request)
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

// searchRange tells whether an answer has the suffix, in upper or lower case,
// with a count above 0; padding has 0. An answer of which one line is malformed,
// that is too long, breaks off or has no line at all says nothing.
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
