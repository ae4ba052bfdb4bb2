package main

import (
	"errors"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// relay is a TCP proxy before PostgreSQL that plays a bad network.
type relay struct {
	listener net.Listener

	delay atomic.Int64 // nanoseconds that each part of the exchange is late
	mute  atomic.Bool  // requests are passed on, answers are dropped
	away  atomic.Bool  // new connections are reset

	mu     sync.Mutex
	socket string        // of PostgreSQL, or its address
	stall  chan struct{} // not nil while nothing is passed on; closed when it ends
	conns  map[net.Conn]struct{}
	closed bool
}

func newRelay(socket string) (*relay, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	r := &relay{listener: listener, socket: socket, conns: map[net.Conn]struct{}{}}
	go r.accept()
	return r, nil
}

func (r *relay) port() int { return r.listener.Addr().(*net.TCPAddr).Port }

func (r *relay) accept() {
	for {
		conn, err := r.listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		} else if err != nil {
			continue
		}
		go r.serve(conn)
	}
}

func (r *relay) serve(client net.Conn) {
	defer r.drop(client)
	if r.away.Load() || !r.keep(client) {
		return
	}
	r.wait()
	r.mu.Lock()
	socket := r.socket
	r.mu.Unlock()
	network := "unix"
	if !strings.HasPrefix(socket, "/") {
		network = "tcp"
	}
	server, err := net.Dial(network, socket)
	if err != nil {
		return
	}
	defer server.Close()
	ended := make(chan struct{}, 2)
	go func() { r.pass(server, client, false); ended <- struct{}{} }()
	go func() { r.pass(client, server, true); ended <- struct{}{} }()
	<-ended
}

// pass copies one direction until either end closes.
func (r *relay) pass(to, from net.Conn, answers bool) {
	defer to.Close()
	buffer := make([]byte, 16<<10)
	for {
		n, err := from.Read(buffer)
		if err != nil {
			return
		}
		r.wait()
		if late := time.Duration(r.delay.Load()); late > 0 {
			time.Sleep(late)
		}
		if answers && r.mute.Load() {
			continue
		}
		if _, err := to.Write(buffer[:n]); err != nil {
			return
		}
	}
}

// wait returns at once unless the relay is stalled.
func (r *relay) wait() {
	r.mu.Lock()
	stall := r.stall
	r.mu.Unlock()
	if stall != nil {
		<-stall
	}
}

// hole makes the relay a black hole until the returned function is called. What was sent meanwhile
// arrives then, as after a network's repair.
func (r *relay) hole() (end func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.stall = make(chan struct{})
	return sync.OnceFunc(func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		close(r.stall)
		r.stall = nil
	})
}

// turn sends new connections to another server, and ends the present ones.
func (r *relay) turn(socket string) {
	r.mu.Lock()
	r.socket = socket
	r.mu.Unlock()
	r.reset()
}

// reset ends all connections with RST.
func (r *relay) reset() {
	r.mu.Lock()
	all := r.conns
	r.conns = map[net.Conn]struct{}{}
	r.mu.Unlock()
	for conn := range all {
		reset(conn)
	}
}

func reset(conn net.Conn) {
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}

func (r *relay) keep(conn net.Conn) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.conns[conn] = struct{}{}
	return !r.closed
}

func (r *relay) drop(conn net.Conn) {
	r.mu.Lock()
	delete(r.conns, conn)
	r.mu.Unlock()
	reset(conn)
}

func (r *relay) close() {
	_ = r.listener.Close()
	r.mu.Lock()
	r.closed = true
	if r.stall != nil {
		close(r.stall)
		r.stall = nil
	}
	r.mu.Unlock()
	r.reset()
}
