// Package pipe lets a test serve HTTP over connections in memory. A synctest bubble needs them: its fake time
// stands still while a goroutine waits for a real connection.
package pipe

import (
	"net"
	"sync"
)

// Listener accepts the connections of its Dial. A test in a bubble makes it there.
type Listener struct {
	conns  chan net.Conn
	closed chan struct{}
	close  func()
}

// Listen returns a listener.
func Listen() *Listener {
	l := &Listener{conns: make(chan net.Conn), closed: make(chan struct{})}
	l.close = sync.OnceFunc(func() { close(l.closed) })
	return l
}

// Dial waits until the server has accepted a connection, and returns the client's end.
// After Close it returns a connection that is closed.
func (l *Listener) Dial() net.Conn {
	ours, theirs := net.Pipe()
	select {
	case l.conns <- theirs:
	case <-l.closed:
		_ = theirs.Close()
	}
	return ours
}

// Accept returns the server's end of the next connection, or [net.ErrClosed].
func (l *Listener) Accept() (net.Conn, error) {
	select {
	case conn := <-l.conns:
		return conn, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

// Close ends Accept. It may be called again.
func (l *Listener) Close() error {
	l.close()
	return nil
}

// Addr returns an address without a host.
func (l *Listener) Addr() net.Addr { return &net.TCPAddr{} }
