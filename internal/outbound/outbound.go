// Package outbound makes the HTTP clients with which we speak to others: the
// sender of SMS, the judge of captchas, the list of breached passwords. What is
// said there is a secret or part of one, so it goes where the operator said and
// nowhere else: no proxy from the environment sees it or decides where it goes,
// no redirect is followed, and TLS is 1.2 or later (ASVS 12.1.1).
//
// A client bounds connections, not requests: whoever sends one gives it a
// deadline and bounds what it reads of the answer, which may come compressed.
package outbound

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"time"
)

// Bounds are those of the connections to one host.
type Bounds struct {
	// Open bounds the making of a connection, and then the handshake on it. It
	// goes on without the request that it was made for.
	Open time.Duration
	// Idle is how long a connection that nobody uses is kept.
	Idle time.Duration
	// Connections is how many there may be at once; requests past it wait for
	// each other within their own deadlines. 0 is no bound.
	Connections int
}

// maxIdle is how many unused connections to one host are kept.
const maxIdle = 16

// maxHeader bounds the headers of an answer, in bytes (OWASP API10).
const maxHeader = 32 << 10

// Client returns a client with connections of its own. roots are the
// certificate authorities that are trusted, the system's if nil.
func Client(roots *x509.CertPool, b Bounds) *http.Client {
	return &http.Client{
		Transport: &http.Transport{
			DialContext:            (&net.Dialer{Timeout: b.Open}).DialContext,
			TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots},
			TLSHandshakeTimeout:    b.Open,
			ForceAttemptHTTP2:      true,
			MaxConnsPerHost:        b.Connections,
			MaxIdleConns:           maxIdle,
			MaxIdleConnsPerHost:    maxIdle,
			IdleConnTimeout:        b.Idle,
			MaxResponseHeaderBytes: maxHeader,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}
