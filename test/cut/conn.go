package cut

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"regexp"
	"strings"
)

// conn is a client's connection and the server's behind it.
type conn struct {
	proxy  *Proxy
	client *net.TCPConn
	server *net.UnixConn

	// The proxy's mutex guards these:
	ready bool  // the server has said that it waits for a statement
	aimed bool  // the connection was ready when the proxy was armed
	cut   *shot // the cut that has ended the connection, nil for none
	// query is the name of the query that the client has prepared, bound or sent last.
	query    string
	prepared map[string]string // the names of queries by the names of their prepared statements
}

// queryName finds the name of a query, which sqlc writes as a comment in front of it.
var queryName = regexp.MustCompile(`-- name: (\w+) `)

func (c *conn) close() {
	_ = c.client.Close()
	_ = c.server.Close()
}

// requests passes on the client's messages. If the client closes its side, requests
// closes that side to the server, too, and the server's answer is still passed on.
func (c *conn) requests() {
	defer func() { _ = c.server.CloseWrite() }()
	in, out := bufio.NewReader(c.client), bufio.NewWriter(c.server)
	// The first message has no type: the parameters of a session, or a request
	// to cancel a statement of another one.
	if c.pass(in, out, Request, 0) != nil {
		return
	}
	for c.pass(in, out, Request, 1) == nil {
	}
	if c.ended() { // what else the client sends is dropped
		_, _ = io.Copy(io.Discard, c.client)
	}
}

// answers passes on what the server sends. After a cut the rest is dropped, to
// the end of the session.
func (c *conn) answers() {
	in, out := bufio.NewReader(c.server), bufio.NewWriter(c.client)
	for c.pass(in, out, Answer, 1) == nil {
	}
	_, _ = io.Copy(io.Discard, c.server)
	if !c.ended() {
		_ = c.client.CloseWrite()
		return
	}
	close(c.cut.settled)
}

// errCut ends the passing of messages at the cut.
var errCut = fmt.Errorf("cut: the connection is cut: %w", io.EOF)

// pass passes on one message, or the part of it before the cut. kind is the number of bytes
// of the message's type: 1, or 0 for the first message of a connection.
func (c *conn) pass(in *bufio.Reader, out *bufio.Writer, side Side, kind int) error {
	message := make([]byte, kind+4)
	if _, err := io.ReadFull(in, message); err != nil {
		return err
	}
	body := make([]byte, max(0, int(binary.BigEndian.Uint32(message[kind:]))-4))
	if _, err := io.ReadFull(in, body); err != nil {
		return err
	}
	message = append(message, body...)
	if at := c.shoot(side, kind, message); at >= 0 {
		_, _ = out.Write(message[:at])
		_ = out.Flush()
		c.end()
		return errCut
	}
	if _, err := out.Write(message); err != nil {
		return err
	}
	if in.Buffered() > 0 {
		return nil // the next message goes with it
	}
	return out.Flush()
}

// note records the name of the query that a request prepares, binds or sends.
func (c *conn) note(message []byte) {
	parts := bytes.SplitN(message[5:], []byte{0}, 3)
	switch message[0] {
	case 'P', 'Q': // Parse, Query
		c.query = ""
		if name := queryName.FindSubmatch(message); name != nil {
			c.query = string(name[1])
		}
		if message[0] == 'P' { // the name of a statement, and its text
			c.prepared[string(parts[0])] = c.query
		}
	case 'B': // Bind: the names of a portal and of a statement that may have been prepared long before
		c.query = c.prepared[string(parts[1])]
	}
}

// shoot returns at which byte of the message the connection is to be cut, -1 for
// none.
func (c *conn) shoot(side Side, kind int, message []byte) int {
	c.proxy.mu.Lock()
	defer c.proxy.mu.Unlock()
	if side == Answer && message[0] == 'Z' { // ReadyForQuery
		defer func() { c.ready = true }()
	}
	if side == Request && kind == 1 {
		c.note(message)
	}
	s := c.proxy.shot
	if s == nil || s.where != "" || c.cut != nil || !c.aimed || s.Side != side {
		return -1
	}
	for at := range message {
		if !s.Grain.has(at, kind, message) {
			continue
		}
		if s.left > 0 {
			s.left--
			continue
		}
		s.where = fmt.Sprintf("%s of %s, byte %d of %d of message %q", s.End, s.Side, at, len(message), message[0])
		c.proxy.cuts[c.query]++
		if s.Then != nil {
			s.Then()
		}
		if s.Keep {
			close(s.settled)
			return -1
		}
		c.cut = s
		return at
	}
	return -1
}

// has reports whether a byte of a message is a place of a cut. A reader of the protocol waits for
// the type, for the length, and then for the whole body.
func (g Grain) has(at, kind int, message []byte) bool {
	body, size := kind+4, len(message)
	switch g {
	case EachTurn:
		// Sync, Query and ReadyForQuery. The first message of a connection has no type.
		return at == 0 && kind == 1 && strings.IndexByte("SQZ", message[0]) >= 0
	case EachMessage:
		return at == 0 || at == size/2
	case EachStart:
		return at == 0
	case EachPart:
		return at == 0 || at == kind || at == kind+2 || at == body || at == (body+size)/2 || at == size-1
	default:
		return true
	}
}

// end ends the client's connection as the cut says, and closes the sending side to the server.
func (c *conn) end() {
	if c.cut.End == Reset {
		_ = c.client.SetLinger(0)
		_ = c.client.Close()
	} else {
		_ = c.client.CloseWrite()
	}
	_ = c.server.CloseWrite()
}

func (c *conn) ended() bool {
	c.proxy.mu.Lock()
	defer c.proxy.mu.Unlock()
	return c.cut != nil
}
