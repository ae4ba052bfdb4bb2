//go:build docs

package docs

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// withstands sends what needs no secret to a receiver: a huge body, one whose client goes away, and one of a negative
// length. The receiver must serve the next request.
func withstands(t *testing.T, name string, p *program, path string) {
	t.Helper()
	// A receiver closes the connection of a huge body, perhaps while it is sent, so no other request uses it.
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	huge := strings.Repeat("x", 3<<20)
	status, _, err := try(client, http.MethodPost, p.url+path, huge, nil)
	if err == nil && status != http.StatusUnauthorized && status != http.StatusRequestEntityTooLarge {
		t.Errorf("%s: a huge body is answered with %d", name, status)
	}
	aborted := opened(t, p, path, "100", "half of it")
	if err := aborted.(*net.TCPConn).SetLinger(0); err != nil { // close resets the connection
		t.Error(err)
	}
	aborted.Close()

	// A receiver that reads such a body to its end waits for as long as the client does.
	negative := opened(t, p, path, "-1", "")
	defer negative.Close()
	if err := negative.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	res, err := http.ReadResponse(bufio.NewReader(negative), nil)
	if err != nil {
		t.Errorf("%s: a negative length is not answered: %v", name, err)
		return
	}
	res.Body.Close()
	if res.StatusCode < 400 || res.StatusCode >= 500 {
		t.Errorf("%s: a negative length is answered with %d", name, res.StatusCode)
	}
}

// opened returns a connection on which a post of the given length has begun.
func opened(t *testing.T, p *program, path, length, body string) net.Conn {
	t.Helper()
	host := strings.TrimPrefix(p.url, "http://")
	conn, err := net.Dial("tcp", host)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\n"+
		"Content-Length: %s\r\n\r\n%s", path, host, length, body); err != nil {
		t.Fatal(err)
	}
	return conn
}
