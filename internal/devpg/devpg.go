//go:build unix

package devpg

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"
)

// startTimeout bounds one attempt to start PostgreSQL. It is long because a server
// that crashed replays its write-ahead log first.
const startTimeout = 60 * time.Second

// Server is a running PostgreSQL, until it is stopped or ends by itself. Its methods
// are safe for concurrent use.
type Server struct {
	home    string // folder of the cluster
	socket  string // folder of the unix socket
	process *process
	lock    *os.File

	mu      sync.Mutex // guards the rest; held while Stop waits, so that calls return together
	stopped bool
	stopErr error
}

// Start starts the PostgreSQL of c.Dir and returns when its database "enroll"
// accepts connections. On an empty folder it creates the cluster first. ctx
// bounds the start, not the life of the server: end that with [Server.Stop].
//
// Among the errors are [ErrInUse], [ErrNoBinaries], [ErrOtherVersion], and one with
// the last lines that PostgreSQL wrote.
func Start(ctx context.Context, c Config) (*Server, error) {
	c, err := c.withDefaults()
	if err != nil {
		return nil, err
	}
	lock, fresh, err := lockFolder(c.Dir)
	if err != nil {
		return nil, err
	}
	s, err := start(ctx, c, fresh)
	if err != nil {
		return nil, errors.Join(err, unlock(lock))
	}
	s.lock = lock
	return s, nil
}

// start is Start without the lock. fresh is true if no server has used this data
// folder yet.
//
// The order matters. The version of existing data decides which programs can be used.
// A server of a killed process must be gone before initdb and before a new one.
func start(ctx context.Context, c Config, fresh bool) (*Server, error) {
	home, who, err := place(ctx, c)
	if err != nil {
		return nil, err
	}
	cl := newCluster(c, who, home)
	// A cluster outside the data folder may be left over from an earlier data folder of the same path.
	if fresh {
		if err := cl.forget(ctx); err != nil {
			return nil, err
		}
	}
	major, err := cl.madeBy()
	if err != nil {
		return nil, err
	}
	if cl.bin, err = findBinaries(ctx, c, who, major); err != nil {
		return nil, err
	}
	if err := cl.stopOrphan(ctx); err != nil {
		return nil, err
	}
	if err := cl.create(ctx); err != nil {
		return nil, err
	}
	if cl.socket, err = cl.socketFolder(); err != nil {
		return nil, err
	}
	p, err := cl.run(ctx)
	if err != nil {
		return nil, err
	}
	return &Server{home: cl.home, socket: cl.socket, process: p}, nil
}

// URL returns the connection string of a database of this server, in the form that
// pgx and libpq read. Its user is a superuser. Start has created the database
// "enroll"; use a connection to it to create others.
func (s *Server) URL(database string) string { return connectionURL(s.socket, database) }

// connectionURL names a database by the folder of the server's socket, whose path
// is [plain]. It has a query, to which parameters may be appended.
func connectionURL(socketDir, database string) string {
	return "postgres://" + superuser + "@/" + database + "?host=" + socketDir + "&port=" + port
}

// Folder returns the folder of the cluster: postgres in [Config].Dir, or a folder in
// [Config].Elsewhere if PostgreSQL's account cannot enter Dir.
func (s *Server) Folder() string { return s.home }

// Exited returns a channel that is closed when PostgreSQL has ended for any reason.
func (s *Server) Exited() <-chan struct{} { return s.process.exited }

// Stop ends PostgreSQL and releases the lock of the data folder. PostgreSQL disconnects its clients
// and writes a checkpoint. If that takes more than 10 seconds or ctx ends, Stop sends it SIGQUIT,
// on which it ends without a checkpoint, and SIGKILL if it has not ended 5 seconds later. With
// [Config].Durable nothing committed is lost. Stop returns when the process has ended, or with an
// error if it does not end.
// Further calls return the error of the first.
func (s *Server) Stop(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopped {
		return s.stopErr
	}
	s.stopped = true
	s.stopErr = s.process.stop(ctx)
	// A socket folder below the temporary folder would stay behind. Remove deletes a folder only if it
	// is empty, and the next start makes it again.
	_ = os.Remove(s.socket)
	if err := unlock(s.lock); err != nil && s.stopErr == nil {
		s.stopErr = fmt.Errorf("devpg: release the data folder: %w", err)
	}
	return s.stopErr
}

// Discard ends PostgreSQL like [Server.Stop] and deletes its cluster, wherever
// that is. It is for tests.
func (s *Server) Discard(ctx context.Context) error {
	return errors.Join(s.Stop(ctx), os.RemoveAll(s.home))
}
