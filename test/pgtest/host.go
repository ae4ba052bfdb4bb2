package pgtest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"sync"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/enroll-project/enroll/internal/devpg"
	"github.com/enroll-project/enroll/internal/identifier"
	"github.com/enroll-project/enroll/internal/postgres"
	"github.com/enroll-project/enroll/internal/rekey"
)

// template is the migrated database that others are cloned from.
const template = "enroll"

// folderName begins the name of the folder of each host.
const folderName = "enroll-pgtest-"

// host is one PostgreSQL and its databases.
type host struct {
	starting sync.Once
	startErr error
	server   *devpg.Server
	admin    *pgxpool.Pool // on the database "postgres", since a template that is in use cannot be cloned
	clean    string        // the statements that empty a database
	catalog  string        // the fingerprint of the template's schema

	mu      sync.Mutex
	main    bool // set by Main, which stops PostgreSQL at the end
	folder  string
	serial  int
	waiting []*database // clean and free
}

func (h *host) hasMain() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.main = true
}

// start starts PostgreSQL once. All tests get the same error.
func (h *host) start() error {
	h.starting.Do(func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		if !h.main {
			h.startErr = errors.New("pgtest: the package has no func TestMain(m *testing.M) { pgtest.Main(m) }")
			return
		}
		h.startErr = h.run(context.Background())
	})
	return h.startErr
}

func (h *host) run(ctx context.Context) error {
	devpg.Sweep(filepath.Join(os.TempDir(), folderName+"*"))
	var err error
	if h.folder, err = os.MkdirTemp("", folderName); err != nil {
		return fmt.Errorf("pgtest: %w", err)
	}
	// MkdirTemp denies all other users access. If root runs the tests, PostgreSQL runs as such a user.
	if err := os.Chmod(h.folder, 0o711); err != nil {
		return fmt.Errorf("pgtest: %w", err)
	}
	h.server, err = devpg.Start(ctx, devpg.Config{
		Dir:    h.folder,
		BinDir: os.Getenv("ENROLL_PG_BIN"),
		// A test has a pool, a session for cleaning and perhaps processes with pools of their own. As
		// many tests run at once as there are cores.
		MaxConnections: 200 + 40*runtime.GOMAXPROCS(0),
	})
	if err != nil {
		return fmt.Errorf("pgtest: %w", err)
	}
	// Making and dropping databases takes long on a busy machine, so only the constant patience bounds it.
	config := postgres.Config{URL: h.server.URL("postgres") + "&statement_timeout=0&lock_timeout=0",
		ApplicationName: "pgtest"}
	if h.admin, err = postgres.Open(ctx, config); err != nil {
		return fmt.Errorf("pgtest: %w", err)
	}
	if err := h.migrate(ctx); err != nil {
		return fmt.Errorf("pgtest: %w", err)
	}
	return h.learn(ctx)
}

// migrate does to the template what `enroll migrate` does.
func (h *host) migrate(ctx context.Context) error {
	if err := postgres.Migrate(ctx, h.server.URL(template)); err != nil {
		return err
	}
	// Databases are cloned of the template only while nothing is connected to it.
	pool, err := postgres.Open(ctx, postgres.Config{URL: h.server.URL(template), ApplicationName: "pgtest"})
	if err != nil {
		return err
	}
	defer pool.Close()
	_, _, err = rekey.Run(ctx, pool, identifier.DataVersion)
	return err
}

// stop removes PostgreSQL with all databases and its folder.
func (h *host) stop() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.server == nil {
		return os.RemoveAll(h.folder)
	}
	ctx := context.Background()
	for _, d := range h.waiting {
		_ = d.session.Close(ctx) // the server goes next
	}
	if h.admin != nil {
		h.admin.Close()
	}
	return errors.Join(h.server.Discard(ctx), os.RemoveAll(h.folder))
}

// create makes a database and returns its name.
func (h *host) create(ctx context.Context, from string) (string, error) {
	h.mu.Lock()
	h.serial++
	name := "test_" + strconv.Itoa(h.serial)
	h.mu.Unlock()
	if _, err := h.admin.Exec(ctx, "CREATE DATABASE "+name+" TEMPLATE "+from); err != nil {
		return "", fmt.Errorf("pgtest: %w", err)
	}
	return name, nil
}

// drop removes a database and ends the connections to it.
func (h *host) drop(ctx context.Context, name string) error {
	if _, err := h.admin.Exec(ctx, "DROP DATABASE "+name+" WITH (FORCE)"); err != nil {
		return fmt.Errorf("pgtest: %w", err)
	}
	return nil
}

// take returns a clean database, a new one if none is waiting.
func (h *host) take(ctx context.Context) (*database, error) {
	h.mu.Lock()
	if last := len(h.waiting) - 1; last >= 0 {
		d := h.waiting[last]
		h.waiting = h.waiting[:last]
		h.mu.Unlock()
		return d, nil
	}
	h.mu.Unlock()
	name, err := h.create(ctx, template)
	if err != nil {
		return nil, err
	}
	return enter(ctx, name, h.server.URL(name))
}

// give cleans a database and keeps it for the next test. It drops a database that cannot be cleaned
// or whose schema was changed.
func (h *host) give(ctx context.Context, d *database) error {
	err := d.empty(ctx, h.clean, h.catalog)
	if err != nil {
		return errors.Join(err, d.session.Close(ctx), h.drop(ctx, d.name))
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.waiting = append(h.waiting, d)
	return nil
}
