// Package outbound makes the HTTP clients for the services that Enroll calls:
// providers of SMS and the SMS webhook, the captcha verifier of a third party, the
// API of breached passwords and the collector of traces. A request can carry a
// secret or a part of one, so it goes to the configured host and to no other: a
// client uses no proxy from the environment, follows no redirect, and needs TLS 1.2
// or later for https (ASVS 12.1.1).
//
// A client bounds its connections, not a request. The caller sets the request's
// deadline and bounds how much of the answer it reads: the transport decompresses
// answers, so the Content-Length says nothing about their size.
package outbound

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"net/url"
	"time"
)

// Bounds limits the connections to one host.
type Bounds struct {
	// Open limits the TCP connect and, separately, the TLS handshake. A connection
	// is completed for later requests even if the request that needed it has
	// ended.
	Open time.Duration
	// Idle is how long an unused connection is kept.
	Idle time.Duration
	// Connections is the largest number of connections at a time. Further requests
	// wait for a free one within their own deadlines. 0 means no limit.
	Connections int
}

// SenderConnections is the largest number of connections to one sender of messages at a time. A request that gets none
// in time was not sent, so the next sender can be tried. Without a bound, a sender that hangs would use up the file
// descriptors of the process, of which capacity reserves 256: three senders that hang at a time take 192 of them.
const SenderConnections = 64

// maxIdle is the largest number of unused connections that are kept to one host if the
// number of connections has no limit. Otherwise all of them are kept: a client that closes
// most of its connections after each burst spends the next one on TLS handshakes.
const maxIdle = 16

// maxHeader bounds the headers of an answer, in bytes (OWASP API10).
const maxHeader = 32 << 10

// If nothing was received on an HTTP/2 connection for the time silence, a ping is sent. If
// no answer comes within the time answer, the connection is closed. Without the ping, all requests
// would go over a connection whose packets a firewall drops, until the kernel gives it up minutes
// later: a request that times out ends only its own stream. An HTTP/1.1 connection needs no ping,
// because a timeout closes it.
const (
	silence = time.Second
	answer  = 2 * time.Second
)

// Client returns a client that shares its connections with no other. It trusts the
// certificate authorities in roots, or the system's if roots is nil. It is safe for
// concurrent use.
func Client(roots *x509.CertPool, b Bounds) *http.Client {
	idle := b.Connections
	if idle == 0 {
		idle = maxIdle
	}
	return &http.Client{
		Transport: &http.Transport{
			DialContext: (&net.Dialer{Timeout: b.Open}).DialContext,
			// check: tls-verified
			TLSClientConfig:     &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots},
			TLSHandshakeTimeout: b.Open,
			ForceAttemptHTTP2:   true,
			// check: connection-alive
			HTTP2:                  &http.HTTP2Config{SendPingTimeout: silence, PingTimeout: answer},
			MaxConnsPerHost:        b.Connections,
			MaxIdleConns:           idle,
			MaxIdleConnsPerHost:    idle,
			IdleConnTimeout:        b.Idle,
			MaxResponseHeaderBytes: maxHeader,
		},
		// check: no-redirects
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// CheckURL returns an error, without the URL, if a signed request must not be sent to it: it must be https,
// or http to this machine.
func CheckURL(raw string) error {
	// The parser's error is dropped: it quotes the URL, whose query may hold a key.
	u, err := url.Parse(raw)
	switch {
	case err != nil:
		return errors.New("the URL cannot be parsed")
	case u.Hostname() == "":
		return errors.New("the URL has no host")
	// check: plain-loopback
	case u.Scheme != "https" && (u.Scheme != "http" || !IsLoopback(u.Hostname())):
		return errors.New("the URL must begin with https://, or name this machine")
	case u.User != nil:
		return errors.New("the URL has a user or a password; the signature authenticates the sender")
	case u.Fragment != "":
		return errors.New("the URL has a fragment, which is never sent")
	}
	return nil
}

// IsLoopback reports whether a URL's host is this machine, where plain HTTP shows a secret
// to no other machine. "localhost" is never resolved by a name server (RFC 6761, section
// 6.3).
func IsLoopback(host string) bool {
	return host == "localhost" || net.ParseIP(host).IsLoopback()
}
