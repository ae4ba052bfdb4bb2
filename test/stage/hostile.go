package main

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"time"
)

// hostile serves /hostile/NAME/: one server for each way in which an answer can be broken, endless,
// too large, forged or a redirect. A client that accepts such an answer reads it as a complete
// success, and its test fails. The exception is large-body, which a client must read.
type hostile struct {
	otherHost *httptest.Server // the target of redirects

	mu      sync.Mutex
	overdue []string // servers that a client has waited for until maxWait
}

// maxWait is how long a server keeps a connection whose client does not close it.
const maxWait = time.Minute

func newHostile() *hostile {
	return &hostile{otherHost: httptest.NewServer(http.HandlerFunc(succeed))}
}

// serve adds the servers to mux.
func (h *hostile) serve(mux *http.ServeMux) {
	mux.HandleFunc("/hostile/{name}/", h.answer)
}

// close stops the target of the redirects. It returns an error if a client has
// waited for a server until maxWait: the client has no time limit of its own.
func (h *hostile) close() error {
	h.otherHost.Close()
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.overdue) > 0 {
		return fmt.Errorf("clients have waited for %s: %s", maxWait, strings.Join(h.overdue, ", "))
	}
	return nil
}

// hostileNames returns the names of all servers in order.
func hostileNames() []string {
	var names []string
	for name := range behaviors() {
		names = append(names, name)
	}
	for name := range redirects("") {
		names = append(names, name)
	}
	for name := range malformedAnswers() {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func (h *hostile) answer(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("name")
	// A client that is still sending when the answer comes can miss it.
	_, _ = io.Copy(io.Discard, r.Body)
	if name == "good" {
		succeed(w, r)
		return
	}
	if behavior, ok := behaviors()[name]; ok {
		h.play(w, r, name, behavior)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	if to, ok := redirects(strings.Replace(h.otherHost.URL, "127.0.0.1", "localhost", 1))[name]; ok {
		to.send(w, r)
	} else if m, ok := malformedAnswers()[name]; ok {
		_, _ = io.WriteString(w, m.apply(success(r)))
	} else {
		http.NotFound(w, r)
	}
}

// play runs a behavior on the bare connection.
func (h *hostile) play(w http.ResponseWriter, r *http.Request, name string, behavior func(*peer)) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	defer conn.Close()
	p := &peer{conn: conn, good: success(r), closed: make(chan struct{}), limit: time.NewTimer(maxWait)}
	defer p.limit.Stop()
	go func() {
		defer close(p.closed)
		_, _ = io.Copy(io.Discard, conn)
	}()
	behavior(p)
	if p.overdue {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.overdue = append(h.overdue, name)
	}
}

// peer is the client's end of a connection.
type peer struct {
	conn    net.Conn
	good    string        // the body of a success
	closed  chan struct{} // is closed with the connection
	limit   *time.Timer
	overdue bool // the limit was reached before the client closed the connection
}

func (p *peer) send(text string) bool {
	_, err := io.WriteString(p.conn, text)
	return err == nil
}

// lastAnswer tells a client that the connection ends. Without it the client may send its next request on a
// connection that is already closed here, and then that request fails.
const lastAnswer = "Connection: close\r\n"

// head sends the head of a success with these header lines besides.
func (p *peer) head(lines ...string) { p.begin(append(lines, strings.TrimSpace(lastAnswer))...) }

// begin is head without "Connection: close". It is for answers that are cut off, after which no
// client keeps the connection.
func (p *peer) begin(lines ...string) {
	p.send("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n" + strings.Join(append(lines, "\r\n"), "\r\n"))
}

// whole sends a complete success with these header lines besides.
func (p *peer) whole(body string, lines ...string) {
	p.head(append(lines, fmt.Sprintf("Content-Length: %d", len(body)))...)
	p.send(body)
}

// wait sends nothing until the client closes the connection.
func (p *peer) wait() { p.drip("") }

// drip sends text 50 times a second until the client closes the connection.
func (p *peer) drip(text string) {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-p.closed:
			return
		case <-p.limit.C:
			p.overdue = true
			return
		case <-tick.C:
			p.send(text)
		}
	}
}

// flood sends text without a pause until the client closes the connection.
func (p *peer) flood(text string) {
	for p.send(text) {
		select {
		case <-p.limit.C:
			p.overdue = true
			return
		default:
		}
	}
}

func chunk(text string) string { return fmt.Sprintf("%x\r\n%s\r\n", len(text), text) }

// packed returns text in gzip.
func packed(text string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err := io.WriteString(w, text)
	if err := errors.Join(err, w.Close()); err != nil {
		panic(err) // a buffer accepts every write
	}
	return b.String()
}

// behaviors returns the failures below the level of HTTP handlers, by name: what
// is sent is incomplete, slow, endless, too large or not HTTP.
func behaviors() map[string]func(*peer) {
	const chunked, zipped = "Transfer-Encoding: chunked", "Content-Encoding: gzip"
	half := func(text string) string { return text[:len(text)/2] }
	padded := func(p *peer) string { return p.good + strings.Repeat(" ", 8<<20) }
	return map[string]func(*peer){
		// These answers are never complete.
		"silent":        func(p *peer) { p.wait() },
		"dripping-head": func(p *peer) { p.send("HTTP/1.1 200 OK\r\nX-Drip: "); p.drip("a") },
		"interim":       func(p *peer) { p.drip("HTTP/1.1 103 Early Hints\r\n\r\n") },
		"switching": func(p *peer) {
			p.send("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: other\r\n\r\n")
			p.wait()
		},
		"half-body": func(p *peer) {
			p.head(fmt.Sprintf("Content-Length: %d", len(p.good)))
			p.send(half(p.good))
			p.wait()
		},
		"dripping-body": func(p *peer) { p.head(chunked); p.send(chunk(p.good)); p.drip(chunk(" ")) },
		"hung-gzip":     func(p *peer) { p.head(chunked, zipped); p.send(chunk(p.good)); p.wait() },
		// Cut off, or not HTTP.
		"closed":      func(*peer) {},
		"garbage":     func(p *peer) { p.send("\x00\x01\x02 not HTTP\r\n\r\n" + p.good) },
		"status-line": func(p *peer) { p.send("HTTP/1.1 ok\r\n\r\n" + p.good) },
		"cut-body":    func(p *peer) { p.head(fmt.Sprintf("Content-Length: %d", len(p.good)+1)); p.send(p.good) },
		// After "Connection: close", Node.js treats a cut body as complete.
		"cut-chunks":    func(p *peer) { p.head(chunked); p.send(chunk(half(p.good))) },
		"no-last-chunk": func(p *peer) { p.begin(chunked); p.send(chunk(p.good)) },
		"broken-gzip":   func(p *peer) { p.whole(p.good, zipped) },
		"cut-gzip":      func(p *peer) { p.whole(half(packed(p.good)), zipped) },
		"other-coding":  func(p *peer) { p.whole("\x8b"+p.good, "Content-Encoding: br") },
		// A client must read this one: an export may have 6 MB.
		"large-body": func(p *peer) { p.whole(p.good + strings.Repeat(" ", 6<<20)) },
		// Too large.
		"endless-head": func(p *peer) {
			p.send("HTTP/1.1 200 OK\r\n")
			p.flood("X-Flood: " + strings.Repeat("a", 1000) + "\r\n")
		},
		"huge-body":    func(p *peer) { p.whole(padded(p)) },
		"huge-gzip":    func(p *peer) { p.whole(packed(padded(p)), zipped) },
		"endless-body": func(p *peer) { p.head(chunked); p.send(chunk(p.good)); p.flood(chunk(strings.Repeat(" ", 1<<16))) },
		"long-wait": func(p *peer) {
			refusal := `{"code":-1,"msg":"no","data":null,"request_id":"hostile","reason":"internal"}`
			p.send(fmt.Sprintf("HTTP/1.1 500 Internal Server Error\r\n%sRetry-After: %s\r\nContent-Length: %d\r\n\r\n%s",
				lastAnswer, strings.Repeat("9", 5000), len(refusal), refusal))
		},
	}
}
