// Package cut is a TCP proxy before PostgreSQL that ends a connection at one
// given byte of the exchange. It passes on what the client has sent, and drops the
// answer, so that a test can show what a client reports if it does not get the answer
// to a statement.
//
// pg_terminate_backend does not show that: the server sends an error before it
// closes. A machine that dies, a balancer that fails over and a network that is
// cut send none.
package cut

import (
	"maps"
	"net"
	"net/url"
	"strconv"
	"sync"
	"testing"
)

// Side is the direction of the bytes that are counted.
type Side string

// The sides. If an answer is cut, the server has already executed the statement. If a
// request is cut, the server has read only the part before the cut.
const (
	Answer  Side = "answer"
	Request Side = "request"
)

// End is what the client sees of the cut.
type End string

// The ends: a bare end of file (FIN), as of a process that was killed, and a
// reset (RST), as of a machine that has forgotten the connection.
const (
	EOF   End = "EOF"
	Reset End = "reset"
)

// Grain says which bytes are places of a cut.
type Grain int

// The grains: the first and the middle byte of each message; the first byte of each; the places that a
// reader of the protocol can tell apart, which are in the type, the length, and the beginning,
// middle and end of the body; all bytes; and the first byte of the message that ends a turn: with it the
// client requests the execution of its statements, or the server says that it is ready for the next.
const (
	EachMessage Grain = iota
	EachStart
	EachPart
	EachByte
	EachTurn
)

// Cut says where a connection ends.
type Cut struct {
	Side  Side
	End   End
	Grain Grain
	Place int  // how many places of the exchange are passed before the cut
	Away  bool // from the cut until Settle, new connections are closed at once
	Keep  bool // the connection is not cut; only Then is called
	// Then, if not nil, is called at the place. It must not call the proxy.
	Then func()
}

// Proxy is a proxy to PostgreSQL that cuts a connection at the place that Arm sets.
type Proxy struct {
	listener net.Listener
	network  string // of the server
	address  string
	through  url.URL
	group    sync.WaitGroup

	mu    sync.Mutex
	over  bool
	conns map[*conn]struct{}
	shot  *shot // the cut that is to come or has been made, nil for none
	cuts  map[string]int
}

// shot is one cut.
type shot struct {
	Cut
	left    int
	where   string        // "" while it is to come
	settled chan struct{} // closed when the server has ended the session
}

// New starts a proxy before the database of a connection string, which is a URL
// with the server's host and port in its query. It ends with the test.
func New(t testing.TB, database string) *Proxy {
	t.Helper()
	u, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	query := u.Query()
	p := &Proxy{
		listener: listener, through: *u, conns: map[*conn]struct{}{},
		cuts: map[string]int{}, network: "unix", address: query.Get("host") + "/.s.PGSQL." + query.Get("port"),
	}
	query.Set("host", "127.0.0.1")
	query.Set("port", strconv.Itoa(listener.Addr().(*net.TCPAddr).Port))
	query.Set("sslmode", "disable")
	p.through.RawQuery = query.Encode()
	p.group.Go(p.accept)
	t.Cleanup(p.close)
	return p
}

// URL is the connection string of the database through the proxy, with
// parameters added to its query.
func (p *Proxy) URL(parameters url.Values) string {
	u := p.through
	query := u.Query()
	for name, values := range parameters {
		query[name] = values
	}
	u.RawQuery = query.Encode()
	return u.String()
}

// Arm makes the next cut. Its places are counted from now on, on the
// connections that are established by now; later ones are left alone.
func (p *Proxy) Arm(c Cut) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.shot = &shot{Cut: c, left: c.Place, settled: make(chan struct{})}
	for c := range p.conns {
		c.aimed = c.ready
	}
}

// Settle cancels the cut if it has not been made: the exchange was over before its place, and made
// is false. If the cut has been made, Settle waits until the server has ended the session, after
// which its transaction cannot change any more. where describes the place.
func (p *Proxy) Settle() (where string, made bool) {
	p.mu.Lock()
	s := p.shot
	p.shot = nil
	p.mu.Unlock()
	if s == nil || s.where == "" {
		return "", false
	}
	<-s.settled
	return s.where, true
}

// Cuts returns the number of cuts that were made in the exchange of each query, by the name that sqlc
// writes in front of it. "" has the cuts between other statements, such as BEGIN and COMMIT.
func (p *Proxy) Cuts() map[string]int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return maps.Clone(p.cuts)
}

func (p *Proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return // closed
		}
		server, err := net.Dial(p.network, p.address)
		if err != nil || p.away() {
			_ = client.Close()
			if err == nil {
				_ = server.Close()
			}
			continue
		}
		p.serve(&conn{proxy: p, client: client.(*net.TCPConn), server: server.(*net.UnixConn),
			prepared: map[string]string{}})
	}
}

func (p *Proxy) away() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.shot != nil && p.shot.Away && p.shot.where != ""
}

func (p *Proxy) serve(c *conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.over {
		c.close()
		return
	}
	p.conns[c] = struct{}{}
	p.group.Go(func() {
		var both sync.WaitGroup
		both.Go(c.requests)
		both.Go(c.answers)
		both.Wait()
		c.close()
		p.mu.Lock()
		defer p.mu.Unlock()
		delete(p.conns, c)
	})
}

func (p *Proxy) close() {
	_ = p.listener.Close()
	p.mu.Lock()
	p.over = true
	for c := range p.conns {
		c.close()
	}
	p.mu.Unlock()
	p.group.Wait()
}
