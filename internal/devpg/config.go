package devpg

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/enroll-project/enroll/internal/devpg/archive"
)

// Errors of [Start], for errors.Is. Their texts are for the person at the terminal
// and name what to do.
var (
	// ErrInUse: another Server, of this process or another, holds the data
	// folder.
	ErrInUse = errors.New("another enroll uses this data folder: stop it, or set ENROLL_DATA_DIR or ENROLL_DATABASE_URL")
	// ErrNoBinaries: no usable PostgreSQL was found, and none could be fetched.
	ErrNoBinaries = errors.New("no PostgreSQL found: install one (Debian, Ubuntu: apt-get install postgresql; macOS: " +
		"brew install postgresql), or set ENROLL_PG_BIN to the folder of its programs, or ENROLL_DATABASE_URL to a " +
		"running server")
	// ErrOtherVersion: the data folder belongs to a major version of PostgreSQL of
	// which no programs were found. One version cannot read the files of another.
	ErrOtherVersion = errors.New("data folder of another PostgreSQL version")
)

const (
	clusterFolder = "postgres"      // under Config.Dir
	lockFile      = "postgres.lock" // under Config.Dir
	logFile       = "postgres.log"  // under Config.Dir
	superuser     = "enroll"
	database      = "enroll"
	port          = "5432" // only a part of the socket's name
)

// Config says where the data of the server is and how its programs are found. Only Dir must be
// set.
type Config struct {
	// Dir is the data folder, made if missing: the cluster is Dir/postgres,
	// what PostgreSQL logs is Dir/postgres.log.
	Dir string
	// BinDir holds initdb and postgres (ENROLL_PG_BIN). Empty: look for them.
	BinDir string
	// Durable makes a commit survive a crash of the machine. Tests leave it false,
	// because that is faster. A crash of the machine may then destroy the cluster, and a
	// crash of PostgreSQL may lose the last commits.
	Durable bool
	// MaxConnections is PostgreSQL's max_connections. 0: 100.
	MaxConnections int
	// Say prints one line for the person at the terminal, about each step that is slow
	// or unexpected. nil: no lines.
	Say func(format string, args ...any)

	// The fields below are for tests, which need neither the programs of the machine nor
	// the network.

	// Search lists the folders in which programs are looked for, best first. If nil, PATH
	// and the usual folders are searched.
	Search []string
	// Builds are the archives that are downloaded if no programs are found, in order of
	// preference. If nil, they are [archive.Pinned].
	Builds []archive.Build
	// Cache is the folder that keeps fetched builds. If empty, it is the first of these
	// that the account of PostgreSQL can enter: "enroll" in the user's cache folder,
	// Elsewhere, Dir/cache, and the other default of Elsewhere.
	Cache string
	// Elsewhere is the folder that is used if the account of PostgreSQL cannot enter Dir
	// because a parent of Dir is closed to it. Only root needs it. Empty: /var/lib/enroll, or
	// a folder below os.TempDir if Dir is below os.TempDir or /var/lib/enroll cannot be used.
	Elsewhere string
	// HTTP fetches builds; the connections that it keeps are closed afterwards.
	// nil: a client that honors HTTPS_PROXY, HTTP_PROXY and NO_PROXY.
	HTTP *http.Client
}

// withDefaults sets MaxConnections, Say, Builds and HTTP if they are not set, and makes the
// data folder. It makes the path absolute, because the programs run in other folders.
func (c Config) withDefaults() (Config, error) {
	if c.Dir == "" {
		return c, errors.New("devpg: Config.Dir is empty")
	}
	dir, err := filepath.Abs(c.Dir)
	if err != nil {
		return c, fmt.Errorf("devpg: data folder: %w", err)
	}
	c.Dir = dir
	// Others may pass through but not list: started by root, PostgreSQL runs as
	// another account below this folder.
	if err := os.MkdirAll(dir, 0o711); err != nil {
		return c, fmt.Errorf("devpg: data folder: %w", err)
	}
	if c.MaxConnections == 0 {
		c.MaxConnections = 100
	}
	if c.Say == nil {
		c.Say = func(string, ...any) {}
	}
	if c.Builds == nil {
		c.Builds = archive.Pinned()
	}
	if c.HTTP == nil {
		t := http.DefaultTransport.(*http.Transport).Clone() // its Proxy is ProxyFromEnvironment
		// archive bounds the whole download. This finds a dead server sooner, so
		// that the other address is tried.
		t.ResponseHeaderTimeout = 20 * time.Second
		c.HTTP = &http.Client{Transport: t}
	}
	return c, nil
}
