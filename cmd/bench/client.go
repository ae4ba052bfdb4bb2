package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"strconv"
	"time"
)

// client is one keep-alive connection. It reads only the subset of HTTP/1.1 that
// Enroll sends. The generator shares the cores with the server that it measures,
// and a request by net/http's client would take more CPU time than the server
// needs to refuse it.
type client struct {
	address string
	conn    net.Conn
	in      *bufio.Reader
	out     []byte
	body    []byte
}

// answer is the part of an HTTP response that the generator uses.
type answer struct {
	status     int
	reason     string // of a refusal
	retryAfter time.Duration
}

// answerWithin is longer than the server's own bound on a request.
const answerWithin = 15 * time.Second

func newClient(address string) *client {
	return &client{address: address, in: bufio.NewReaderSize(nil, 4<<10)}
}

func (c *client) close() {
	if c.conn != nil {
		_ = c.conn.Close()
		c.conn = nil
	}
}

// register sends a registration and reads its answer. It returns an error if no answer came or if
// the answer breaks the contract; the next call then opens a new connection.
func (c *client) register(body []byte) (answer, error) {
	if c.conn == nil {
		conn, err := net.DialTimeout("tcp", c.address, answerWithin)
		if err != nil {
			return answer{}, err
		}
		c.conn = conn
		c.in.Reset(conn)
	}
	a, err := c.exchange(body)
	if err != nil {
		c.close()
	}
	return a, err
}

func (c *client) exchange(body []byte) (answer, error) {
	c.out = append(c.out[:0],
		"POST /api/register HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\n"+
			"Accept-Language: en\r\nContent-Length: "...)
	c.out = strconv.AppendInt(c.out, int64(len(body)), 10)
	c.out = append(append(c.out, "\r\n\r\n"...), body...)
	if err := c.conn.SetDeadline(time.Now().Add(answerWithin)); err != nil {
		return answer{}, err
	}
	if _, err := c.conn.Write(c.out); err != nil {
		return answer{}, err
	}
	return c.read()
}

// read reads one whole answer and checks it.
func (c *client) read() (answer, error) {
	line, err := c.in.ReadSlice('\n')
	if err != nil {
		return answer{}, err
	}
	if len(line) < 13 || !bytes.HasPrefix(line, []byte("HTTP/1.1 ")) {
		return answer{}, fmt.Errorf("no status line: %q", line)
	}
	a := answer{}
	if a.status, err = strconv.Atoi(string(line[9:12])); err != nil {
		return a, err
	}
	length, seconds := -1, 0
	for {
		if line, err = c.in.ReadSlice('\n'); err != nil {
			return a, err
		}
		line = bytes.TrimRight(line, "\r\n")
		if len(line) == 0 {
			break
		}
		name, value, _ := bytes.Cut(line, []byte(": "))
		switch textproto.CanonicalMIMEHeaderKey(string(name)) {
		case "Content-Length":
			length, err = strconv.Atoi(string(value))
		case "Retry-After":
			seconds, err = strconv.Atoi(string(value))
		}
		if err != nil {
			return a, err
		}
	}
	if length < 0 {
		return a, errors.New("an answer without Content-Length")
	}
	c.body = append(c.body[:0], make([]byte, length)...)
	if _, err := io.ReadFull(c.in, c.body); err != nil {
		return a, err
	}
	a.retryAfter = time.Duration(seconds) * time.Second
	return c.classify(a)
}

// classify adds the reason of a refusal. It returns an error for an answer that
// breaks the contract: otherwise a server that fails quickly would look fast.
func (c *client) classify(a answer) (answer, error) {
	if a.status == 200 {
		if !bytes.HasPrefix(c.body, []byte(`{"code":0,`)) {
			return a, errors.New("200 without code 0")
		}
		return a, nil
	}
	_, rest, found := bytes.Cut(c.body, []byte(`"reason":"`))
	reason, _, closed := bytes.Cut(rest, []byte(`"`))
	if !found || !closed {
		return a, fmt.Errorf("%d without a reason", a.status)
	}
	a.reason = string(reason)
	if (a.status == 503 || a.status == 429) && a.retryAfter <= 0 {
		return a, fmt.Errorf("%d %s without Retry-After", a.status, a.reason)
	}
	if a.status >= 500 && a.status != 503 {
		return a, fmt.Errorf("%d %s", a.status, a.reason)
	}
	return a, nil
}
