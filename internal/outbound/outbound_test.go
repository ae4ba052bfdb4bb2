package outbound_test

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/enroll-project/enroll/internal/outbound"
)

var bounds = outbound.Bounds{Open: 5 * time.Second, Idle: time.Second}

// TestClientGoesNowhereElse shows that a redirect is returned and not followed, and
// that no proxy is set. The environment's proxies are not tried by a request,
// because net/http never uses one for the loopback hosts of a test.
func TestClientGoesNowhereElse(t *testing.T) {
	t.Parallel()
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		t.Error("the target of the redirect got a request")
	}))
	t.Cleanup(elsewhere.Close)
	srv := httptest.NewServer(http.RedirectHandler(elsewhere.URL, http.StatusTemporaryRedirect))
	t.Cleanup(srv.Close)
	c := outbound.Client(nil, bounds)
	res, err := c.Post(srv.URL, "text/plain", strings.NewReader("a secret"))
	if err != nil || res.StatusCode != http.StatusTemporaryRedirect {
		t.Fatalf("%v, %v", res, err)
	}
	_ = res.Body.Close()
	if c.Transport.(*http.Transport).Proxy != nil {
		t.Error("the client may use a proxy")
	}
}

// TestClientTLS shows that a client accepts the given authorities only, and no TLS
// before 1.2.
func TestClientTLS(t *testing.T) {
	t.Parallel()
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, r.Proto)
	}))
	srv.EnableHTTP2 = true
	srv.StartTLS()
	t.Cleanup(srv.Close)
	roots := x509.NewCertPool()
	roots.AddCert(srv.Certificate())
	res, err := outbound.Client(roots, bounds).Get(srv.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	proto, err := io.ReadAll(res.Body)
	if err != nil || string(proto) != "HTTP/2.0" || res.TLS.Version < tls.VersionTLS12 {
		t.Errorf("%s, TLS %x, %v", proto, res.TLS.Version, err)
	}
	if res, err := outbound.Client(x509.NewCertPool(), bounds).Get(srv.URL); err == nil {
		_ = res.Body.Close()
		t.Error("a certificate of an authority that was not given is accepted")
	}
	old := httptest.NewUnstartedServer(http.NotFoundHandler())
	old.TLS = &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}
	old.StartTLS()
	t.Cleanup(old.Close)
	roots.AddCert(old.Certificate())
	if res, err := outbound.Client(roots, bounds).Get(old.URL); err == nil {
		_ = res.Body.Close()
		t.Error("TLS 1.1 is accepted")
	}
}

// TestClientBounds shows that the number of connections and the size of an answer's
// headers are limited.
func TestClientBounds(t *testing.T) {
	t.Parallel()
	arrived, leave := make(chan struct{}, 9), make(chan struct{})
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/large" {
			w.Header().Set("X-Large", strings.Repeat("x", 64<<10))
			return
		}
		arrived <- struct{}{}
		<-leave
	}))
	t.Cleanup(srv.Close)
	c := outbound.Client(nil, outbound.Bounds{Open: 5 * time.Second, Idle: time.Second, Connections: 1})
	if res, err := c.Get(srv.URL + "/large"); err == nil {
		_ = res.Body.Close()
		t.Error("headers of 64 KiB are accepted")
	}
	done := make(chan error)
	for range 2 {
		go func() {
			res, err := c.Get(srv.URL)
			if err == nil {
				err = res.Body.Close()
			}
			done <- err
		}()
	}
	<-arrived
	select {
	case <-arrived:
		t.Error("two connections at once")
	case <-time.After(200 * time.Millisecond):
	}
	close(leave)
	for range 2 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

// TestClientKeepsItsConnections: as many connections as are allowed are kept for the next
// burst of requests.
func TestClientKeepsItsConnections(t *testing.T) {
	t.Parallel()
	const burst = 32
	var opened atomic.Int32
	var together atomic.Pointer[sync.WaitGroup]
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		together.Load().Done()
		together.Load().Wait() // no connection is free before all requests have one
	}))
	srv.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			opened.Add(1)
		}
	}
	srv.Start()
	t.Cleanup(srv.Close)
	c := outbound.Client(nil, outbound.Bounds{Open: time.Minute, Idle: time.Minute, Connections: burst})
	for range 2 {
		all := new(sync.WaitGroup)
		all.Add(burst)
		together.Store(all)
		var group sync.WaitGroup
		for range burst {
			group.Go(func() {
				res, err := c.Get(srv.URL)
				if err != nil {
					t.Error(err)
					return
				}
				_ = res.Body.Close()
			})
		}
		group.Wait()
	}
	if n := opened.Load(); n != burst {
		t.Errorf("%d connections were opened for two bursts of %d requests", n, burst)
	}
}
