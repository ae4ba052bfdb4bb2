package outbound_test

import (
	"context"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/enroll-project/enroll/internal/outbound"
)

// TestDeadConnection: a firewall forgets an HTTP/2 connection and drops its packets from then
// on, without an answer to either side. Requests soon use a new connection. Otherwise all
// requests would fail until the kernel gives the old one up.
func TestDeadConnection(t *testing.T) {
	t.Parallel()
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ProtoMajor != 2 {
			t.Errorf("a request by %s", r.Proto)
		}
	}))
	srv.EnableHTTP2 = true
	srv.StartTLS()
	t.Cleanup(srv.Close)
	wall := newFirewall(t, srv.Listener.Addr().String())
	roots := x509.NewCertPool()
	roots.AddCert(srv.Certificate())
	c := outbound.Client(roots, outbound.Bounds{Open: time.Minute, Idle: time.Hour})
	get := func() error {
		// A check of a breached password has the same timeout.
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		defer cancel()
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://"+wall.listener.Addr().String(), nil)
		if err != nil {
			t.Fatal(err)
		}
		res, err := c.Do(req)
		if err == nil {
			err = res.Body.Close()
		}
		return err
	}
	reach := func() (failed int) {
		for failed < 60 && get() != nil {
			failed++
		}
		return failed
	}
	slow := reach() // the first requests may end before the handshake
	if slow == 60 {
		t.Fatal("the server is not reached")
	}
	wall.forget()
	failed := reach()
	// The connection is closed 3 s after its last byte: 1 s to the ping and 2 s for its answer. In that time 10
	// requests of 300 ms fail. A machine under load may fail some more, as it does before the first handshake.
	if failed >= min(30+slow, 60) {
		t.Errorf("%d requests failed on a dead connection", failed)
	}
	t.Logf("%d requests failed", failed)
}

// firewall passes connections on until it forgets them.
type firewall struct {
	listener net.Listener
	age      atomic.Int64 // how often it has forgotten all connections
	group    sync.WaitGroup
}

func newFirewall(t *testing.T, server string) *firewall {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f := &firewall{listener: listener}
	ctx, cancel := context.WithCancel(context.Background())
	f.group.Go(func() { f.accept(ctx, server) })
	t.Cleanup(func() {
		_ = listener.Close()
		cancel()
		f.group.Wait()
	})
	return f
}

// forget drops all packets of the connections that are open now.
func (f *firewall) forget() { f.age.Add(1) }

func (f *firewall) accept(ctx context.Context, server string) {
	for {
		client, err := f.listener.Accept()
		if err != nil {
			return // closed
		}
		behind, err := net.Dial("tcp", server)
		if err != nil {
			_ = client.Close()
			continue
		}
		age := f.age.Load()
		f.group.Go(func() { f.pass(behind, client, age) })
		f.group.Go(func() { f.pass(client, behind, age) })
		f.group.Go(func() {
			<-ctx.Done()
			_ = client.Close()
			_ = behind.Close()
		})
	}
}

// pass copies the bytes of a connection, or drops them if the connection is forgotten.
func (f *firewall) pass(to io.Writer, from io.Reader, age int64) {
	packet := make([]byte, 32<<10)
	for {
		n, err := from.Read(packet)
		if err != nil {
			return
		}
		if f.age.Load() == age {
			_, _ = to.Write(packet[:n])
		}
	}
}
