//go:build unix

package devpg

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"time"
)

// The few messages of PostgreSQL's protocol 3.0 that a trusted connection
// needs: start-up, one simple query, end. This package has no driver, so that a
// tool can use it without one. Source: PostgreSQL documentation,
// "Frontend/Backend Protocol".

// maxMessage bounds what is read of one message; the server's answers here are
// far shorter.
const maxMessage = 64 << 10

// exchangeTimeout bounds one connection: making a database copies the
// template's files.
const exchangeTimeout = 30 * time.Second

// serverError is an ErrorResponse.
type serverError struct{ code, message string }

func (e *serverError) Error() string { return e.message + " (SQLSTATE " + e.code + ")" }

func isCode(err error, code string) bool {
	var e *serverError
	return errors.As(err, &e) && e.code == code
}

// isFinal tells an answer of the server that will not change by waiting. 57P03
// is cannot_connect_now: it is starting up.
func isFinal(err error) bool {
	var e *serverError
	return errors.As(err, &e) && e.code != "57P03"
}

// ping connects to a database and leaves.
func ping(ctx context.Context, socket, database string) error {
	return execute(ctx, socket, database, "")
}

// execute runs one statement that returns no rows; an empty one only connects.
func execute(ctx context.Context, socket, database, sql string) error {
	ctx, cancel := context.WithTimeout(ctx, exchangeTimeout)
	defer cancel()
	conn, err := new(net.Dialer).DialContext(ctx, "unix", socket)
	if err != nil {
		return err
	}
	defer conn.Close()
	deadline, _ := ctx.Deadline() // set above
	if err := conn.SetDeadline(deadline); err != nil {
		return err
	}
	var start bytes.Buffer
	start.Write([]byte{0, 3, 0, 0}) // protocol 3.0
	fmt.Fprintf(&start, "user\x00%s\x00database\x00%s\x00\x00", superuser, database)
	if err := send(conn, 0, start.Bytes()); err != nil {
		return err
	}
	if err := untilReady(conn); err != nil {
		return err
	}
	if sql != "" {
		if err := send(conn, 'Q', append([]byte(sql), 0)); err != nil {
			return err
		}
		if err := untilReady(conn); err != nil {
			return err
		}
	}
	return send(conn, 'X', nil)
}

// send writes a message. The first one of a connection has no type.
func send(w io.Writer, kind byte, body []byte) error {
	var m []byte
	if kind != 0 {
		m = append(m, kind)
	}
	m = binary.BigEndian.AppendUint32(m, uint32(len(body)+4)) // the length counts itself
	_, err := w.Write(append(m, body...))
	return err
}

// untilReady reads messages up to ReadyForQuery and returns the first error
// among them. After an error at start-up the server closes the connection
// instead.
func untilReady(r io.Reader) error {
	for {
		var head [5]byte
		if _, err := io.ReadFull(r, head[:]); err != nil {
			return err
		}
		size := binary.BigEndian.Uint32(head[1:])
		if size < 4 || size > maxMessage {
			return errors.New("not a PostgreSQL server")
		}
		body := make([]byte, size-4)
		if _, err := io.ReadFull(r, body); err != nil {
			return err
		}
		switch head[0] {
		case 'Z':
			return nil
		case 'E':
			return parseError(body)
		case 'R':
			if !bytes.Equal(body, []byte{0, 0, 0, 0}) { // AuthenticationOk
				return &serverError{code: "28000", message: "the server asks for a password"}
			}
		}
	}
}

// parseError reads the fields of an ErrorResponse: each a type byte and a text
// that ends with a zero byte.
func parseError(body []byte) error {
	e := new(serverError)
	for _, field := range bytes.Split(body, []byte{0}) {
		if len(field) == 0 {
			continue
		}
		switch field[0] {
		case 'C':
			e.code = string(field[1:])
		case 'M':
			e.message = string(field[1:])
		}
	}
	return e
}
