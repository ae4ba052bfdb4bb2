package postgres

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// tooManyConnections is the SQLSTATE of a server, role or database whose connections are all taken.
const tooManyConnections = "53300"

// After a server has refused a connection because it has no free slot, one new connection is tried each
// fullPeriod: a refusal costs the server a process. A caller that waits looks for an idle connection
// every fullPoll.
const (
	fullPeriod = 100 * time.Millisecond
	fullPoll   = 5 * time.Millisecond
)

// full remembers that the server has no free slot, so that a pool which cannot grow does not try a
// new connection for each request. Each pool has one.
type full struct {
	next atomic.Int64 // Unix nanoseconds before which no connection is made, 0 if the server has room
}

// watch sets callbacks in c by which f notices that the server is full, and that it has room again.
func (f *full) watch(c *pgxpool.Config) {
	c.BeforeConnect = f.admit
	refused, connected := c.ConnConfig.OnPgError, c.AfterConnect
	c.ConnConfig.OnPgError = func(conn *pgconn.PgConn, e *pgconn.PgError) bool {
		// A statement of an open session can fail with the same code, which does not show that
		// slots are lacking.
		if e.Code == tooManyConnections && e.SeverityUnlocalized == "FATAL" {
			f.next.Store(time.Now().Add(fullPeriod).UnixNano())
		}
		return refused(conn, e)
	}
	c.AfterConnect = func(ctx context.Context, conn *pgx.Conn) error {
		f.next.Store(0)
		if connected == nil {
			return nil
		}
		return connected(ctx, conn)
	}
}

// admit refuses a new connection while the server is known to be full, and lets one of many through
// once fullPeriod has passed.
func (f *full) admit(context.Context, *pgx.ConnConfig) error {
	next, now := f.next.Load(), time.Now()
	if next == 0 || now.UnixNano() >= next && f.next.CompareAndSwap(next, now.Add(fullPeriod).UnixNano()) {
		return nil
	}
	return &ServerError{Code: tooManyConnections, Severity: "FATAL", Connecting: true, Reason: "all connections are taken"}
}

// Acquire takes a connection from the pool. If the server has no slot for another one, Acquire waits
// until one of the pool's own connections is idle: so a pool that is larger than the number of free
// slots works like a smaller one. It returns the server's refusal within fullPeriod if the pool has
// no connection at all.
func Acquire(ctx context.Context, pool *Pool) (*pgxpool.Conn, error) {
	for {
		conn, err := pool.Acquire(ctx)
		if err == nil {
			return conn, nil
		}
		if !awaitOwn(ctx, pool, err) {
			return nil, fmt.Errorf("postgres: acquire: %w", Safe(err))
		}
	}
}

// awaitOwn reports whether a call that failed with err should be repeated. It should be repeated if
// err is the server's refusal of another connection, so that nothing was sent, and the pool has a
// connection of its own: awaitOwn waits until one is idle, for fullPeriod at most. After that the
// caller may try a new connection again. If ctx ends, awaitOwn returns false.
func awaitOwn(ctx context.Context, pool *Pool, err error) bool {
	if refused := serverError(err); refused == nil || !refused.Connecting || refused.Code != tooManyConnections {
		return false
	}
	poll := time.NewTicker(fullPoll)
	defer poll.Stop()
	own := false
	for begin := time.Now(); time.Since(begin) < fullPeriod; {
		stat := pool.Stat()
		if stat.IdleConns() > 0 {
			return true
		}
		if stat.TotalConns() == 0 { // which includes those that are being opened
			return false
		}
		own = own || stat.AcquiredConns() > 0
		select {
		case <-ctx.Done():
			return false
		case <-poll.C:
		}
	}
	return own
}
