package listener

import (
	"bufio"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/enroll-project/enroll/test/pipe"
)

// connected serves h as the service does, and returns the client's end of a connection. The server
// and its goroutines end with the test.
func connected(t *testing.T, h http.HandlerFunc) net.Conn {
	t.Helper()
	server, listener := Server(h, slog.New(slog.DiscardHandler)), pipe.Listen()
	go func() { _ = server.Serve(listener) }()
	ours := listener.Dial()
	t.Cleanup(func() {
		_ = ours.Close()
		_ = server.Close()
		synctest.Wait()
	})
	return ours
}

func send(t *testing.T, conn net.Conn, text string) {
	t.Helper()
	if _, err := io.WriteString(conn, text); err != nil {
		t.Error(err)
	}
}

// TestSlowClients: a connection is closed if headers take more than 5 s, a body more
// than 10 s or reading the answer more than 20 s, and after 60 s without a request.
func TestSlowClients(t *testing.T) {
	t.Parallel()
	after := func(t *testing.T, since time.Time, want time.Duration) {
		t.Helper()
		if took := time.Since(since); took != want {
			t.Errorf("cut off after %v, want %v", took, want)
		}
	}
	t.Run("headers", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			begin := time.Now()
			conn := connected(t, func(http.ResponseWriter, *http.Request) { t.Error("half a request is served") })
			send(t, conn, "GET / HTTP/1.1\r\nHost: x\r\n")
			_, _ = io.Copy(io.Discard, conn)
			after(t, begin, 5*time.Second)
		})
	})
	t.Run("body", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			begin, ended := time.Now(), make(chan error, 1)
			conn := connected(t, func(_ http.ResponseWriter, r *http.Request) {
				_, err := io.ReadAll(r.Body)
				ended <- err
			})
			send(t, conn, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n{")
			go func() { _, _ = io.Copy(io.Discard, conn) }()
			for range 8 { // a byte a second does not extend the timeout
				time.Sleep(time.Second)
				send(t, conn, " ")
			}
			if err := <-ended; err == nil {
				t.Error("half a body is accepted")
			}
			after(t, begin, 10*time.Second)
		})
	})
	t.Run("reader", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			begin, ended := time.Now(), make(chan error, 1)
			conn := connected(t, func(w http.ResponseWriter, _ *http.Request) {
				_, err := w.Write(make([]byte, 1<<20))
				ended <- err
			})
			send(t, conn, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
			if err := <-ended; err == nil {
				t.Error("an answer that no client read was written")
			}
			after(t, begin, 20*time.Second)
		})
	})
	t.Run("idle", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			begin := time.Now()
			conn := connected(t, func(http.ResponseWriter, *http.Request) {})
			send(t, conn, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
			_, _ = io.Copy(io.Discard, conn)
			after(t, begin, 60*time.Second)
		})
	})
}

// TestHeaderSize: the request line and the headers may have 16 KiB and no more (RFC
// 6585, section 5).
func TestHeaderSize(t *testing.T) {
	t.Parallel()
	const around = "GET / HTTP/1.1\r\nHost: x\r\nX: \r\n\r\n"
	for size, want := range map[int]int{maxHeaders: http.StatusOK, maxHeaders + 1: http.StatusRequestHeaderFieldsTooLarge,
		1 << 20: http.StatusRequestHeaderFieldsTooLarge} {
		synctest.Test(t, func(t *testing.T) {
			conn := connected(t, func(http.ResponseWriter, *http.Request) {})
			request := strings.Replace(around, "X: ", "X: "+strings.Repeat("x", size-len(around)), 1)
			go func() { _, _ = io.WriteString(conn, request) }() // which may be cut off
			res, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err != nil {
				t.Fatal(err)
			}
			if _, err = io.Copy(io.Discard, res.Body); err != nil {
				t.Error(err)
			}
			if res.StatusCode != want {
				t.Errorf("%d bytes: %d, want %d", size, res.StatusCode, want)
			}
		})
	}
}

// TestNoHTTP2: a client cannot use HTTP/2, neither by prior knowledge nor by an upgrade (D-10 in
// docs/rules.md). The answer is one of HTTP/1.1, not a frame.
func TestNoHTTP2(t *testing.T) {
	t.Parallel()
	for _, request := range []string{
		"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00",
		"GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: " +
			"AAMAAABkAAQAoAAAAAIAAAAA\r\n\r\n",
	} {
		synctest.Test(t, func(t *testing.T) {
			conn := connected(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) })
			go func() { _, _ = io.WriteString(conn, request) }()
			line, err := bufio.NewReader(conn).ReadString('\n')
			if err != nil || line != "HTTP/1.1 418 I'm a teapot\r\n" {
				t.Errorf("%q, %v", line, err)
			}
		})
	}
}
