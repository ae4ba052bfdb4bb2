//go:build unix

package devpg

import (
	"context"
	"net/url"
	"os/exec"
	"path/filepath"
)

// Execute runs a statement without rows in the database "enroll".
func (s *Server) Execute(ctx context.Context, sql string) error {
	return execute(ctx, s.socket, database, sql)
}

// Data is the folder that PostgreSQL itself works in.
func Data(dir string) string { return filepath.Join(dir, clusterFolder, "data") }

// Socket is the folder named in a connection string.
func Socket(connection string) string {
	u, err := url.Parse(connection)
	if err != nil {
		return ""
	}
	return u.Query().Get("host")
}

// FindPrograms is the folder of the binaries that Start uses for a new cluster
// in dir: those of this machine, or fetched ones.
func FindPrograms(ctx context.Context, dir string) (string, error) {
	c, err := Config{Dir: dir}.withDefaults()
	if err != nil {
		return "", err
	}
	b, err := findBinaries(ctx, c, runner(), 0)
	return b.dir, err
}

// Command prepares a program that runs as PostgreSQL does, with nothing that
// ties its life to the test.
func Command(program string, args ...string) *exec.Cmd {
	return runner().command(context.Background(), "/", program, args...)
}

// Account is the user id that PostgreSQL runs as.
func Account() int { return runner().uid }

// NewestFirst sorts folders by version.
func NewestFirst(dirs []string) []string { return newestFirst(dirs) }

// OursByCommand reports whether a process is the PostgreSQL of dir, and whether its
// command line shows that.
func OursByCommand(ctx context.Context, dir string, pid int) (yes, known bool) {
	cl := newCluster(Config{}, account{}, filepath.Join(dir, clusterFolder))
	got := cl.identifyByCommand(ctx, pid)
	return got == ours, got != unknown
}
