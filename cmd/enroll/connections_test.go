package main

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/enroll-project/enroll/test/pgtest"
)

// knock opens a connection to the API and sends a request that needs no database.
func knock(t *testing.T, p *process) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(p.api, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if _, err := io.WriteString(conn, "GET /.well-known/jwks.json HTTP/1.1\r\nHost: a.example\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	return conn
}

// served reads the answer to knock.
func served(t *testing.T, conn net.Conn) {
	t.Helper()
	answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, answer.Body); err != nil || answer.StatusCode != http.StatusOK {
		t.Errorf("answered %d, %v", answer.StatusCode, err)
	}
	_ = answer.Body.Close()
}

// TestConnectionsMax: connections beyond the bound wait, those within it are served, and the log and
// the metrics say so.
func TestConnectionsMax(t *testing.T) {
	t.Parallel()
	p := start(t, []string{"serve", "--dev"}, "ENROLL_DATABASE_URL="+pgtest.URL(t), "ENROLL_DATA_DIR="+t.TempDir(),
		"ENROLL_MAX_CONNECTIONS=3")
	var open []net.Conn
	for range 3 {
		open = append(open, knock(t, p))
		served(t, open[len(open)-1])
	}
	p.await(t, `(no further connection is accepted until one is closed)`)
	waiting := knock(t, p)
	// A connection that waits shows itself only by the missing answer. Without a bound the service
	// would answer within this time on most runs, and the metric below would differ on all runs.
	_ = waiting.SetReadDeadline(time.Now().Add(200 * time.Millisecond))
	if n, err := waiting.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("beyond the bound: %d bytes, %v", n, err)
	}
	_ = waiting.SetReadDeadline(time.Time{})
	if _, metrics := get(t, p.ops+"/metrics"); !strings.Contains(metrics, "\nenroll_connections 3\n") ||
		!strings.Contains(metrics, "\nenroll_connections_max 3\n") {
		t.Errorf("metrics:\n%s", metrics)
	}
	_ = open[0].Close()
	served(t, waiting)
}
