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

// startTimeout bounds one attempt to start PostgreSQL. It is long because a
// server that crashed replays its log first.
const startTimeout = 60 * time.Second

// Server is a running PostgreSQL. Its methods may be called from several
// goroutines.
type Server struct {
	home    string // folder of the cluster
	socket  string // folder of the unix socket
	process *process
	lock    *os.File

	mu      sync.Mutex
	stopped bool
	stopErr error
}

// Start starts the PostgreSQL of c.Dir and returns when its database "enroll"
// accepts connections. On an empty folder it creates the cluster first. ctx
// bounds the start, not the life of the server: end that with [Server.Stop].
//
// Errors: [ErrInUse], [ErrNoBinaries], [ErrOtherVersion], or one with the last
// lines that PostgreSQL wrote.
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

// start does what Start promises. fresh: nothing has used this data folder yet.
func start(ctx context.Context, c Config, fresh bool) (*Server, error) {
	home, who, err := place(ctx, c)
	if err != nil {
		return nil, err
	}
	cl := newCluster(c, who, home)
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

// URL returns the connection string of a database of this server, understood by
// pgx and libpq. Start has made the database "enroll"; others are made over a
// connection to it. The account is a superuser.
func (s *Server) URL(database string) string { return connectionURL(s.socket, database) }

// connectionURL names a database by the folder of the server's socket, whose path
// is [plain]. It has a query, to which parameters may be appended.
func connectionURL(socketDir, database string) string {
	return "postgres://" + superuser + "@/" + database + "?host=" + socketDir + "&port=" + port
}

// Folder returns the folder of the cluster: postgres in [Config].Dir, or another
// one if PostgreSQL's account cannot enter that.
func (s *Server) Folder() string { return s.home }

// Exited is closed when PostgreSQL has ended, whoever ended it.
func (s *Server) Exited() <-chan struct{} { return s.process.exited }

// Stop ends PostgreSQL and gives the data folder free. It disconnects clients
// and writes a checkpoint; when that takes longer than 10 seconds or ctx ends,
// the server is told to stop at once, which loses nothing that was committed.
// Stop returns when no process is left; further calls return the answer of the
// first.
func (s *Server) Stop(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopped {
		return s.stopErr
	}
	s.stopped = true
	s.stopErr = s.process.stop(ctx)
	// The folder is removed only when empty: this is the one under the
	// temporary folder, or harmlessly the usual one.
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
