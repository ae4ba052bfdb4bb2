//go:build unix

package devpg_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/enroll-project/enroll/internal/devpg"
	"github.com/enroll-project/enroll/internal/devpg/archive"
)

func write(t *testing.T, path, text string, mode os.FileMode) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
}

// programFolder holds PostgreSQL's programs: those that the machine has or, where
// it has none, fetched ones, as for every other test.
func programFolder(t *testing.T) string {
	t.Helper()
	dir, err := devpg.FindPrograms(t.Context(), folder(t))
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// wrappers writes programs that call the real ones. With a script for initdb, that program
// is the script.
func wrappers(t *testing.T, dir, initdb string) {
	t.Helper()
	bin := programFolder(t)
	if initdb == "" {
		initdb = "exec " + bin + "/initdb \"$@\"\n"
	}
	write(t, filepath.Join(dir, "initdb"), "#!/bin/sh\n"+initdb, 0o755)
	write(t, filepath.Join(dir, "postgres"), "#!/bin/sh\nexec "+bin+"/postgres \"$@\"\n", 0o755)
}

func TestInterruptedInit(t *testing.T) {
	t.Parallel()
	dir, bin := folder(t), folder(t)
	wrappers(t, bin, `case "$1" in --version) exec `+programFolder(t)+`/initdb --version;; esac
for arg; do case "$arg" in --pgdata=*) echo 15 > "${arg#--pgdata=}/PG_VERSION";; esac; done
echo could not write: No space left on device; exit 1`)
	_, err := devpg.Start(context.Background(), devpg.Config{Dir: dir, BinDir: bin})
	if err == nil || !strings.Contains(err.Error(), "No space left on device") {
		t.Fatalf("initdb failed and Start answered %v", err)
	}
	// If the process were killed, it would leave such a folder behind, too.
	left := filepath.Join(dir, "postgres", "init-left")
	write(t, filepath.Join(left, "PG_VERSION"), "15\n", 0o600)
	execute(t, start(t, devpg.Config{Dir: dir}), "SELECT 1")
	if _, err := os.Stat(left); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the interrupted cluster is still there: %v", err)
	}
}

func TestOtherVersion(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	if err := start(t, devpg.Config{Dir: dir}).Stop(context.Background()); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(devpg.Data(dir), "PG_VERSION"), "12\n", 0o600)
	_, err := devpg.Start(context.Background(), devpg.Config{Dir: dir, Search: []string{programFolder(t)},
		Builds: []archive.Build{}})
	if !errors.Is(err, devpg.ErrOtherVersion) || strings.Contains(err.Error(), "\n") {
		t.Errorf("Start on a cluster of PostgreSQL 12: %v", err)
	}
}

func TestForeignFolder(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	if err := start(t, devpg.Config{Dir: dir}).Stop(context.Background()); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(devpg.Data(dir), "PG_VERSION")); err != nil {
		t.Fatal(err)
	}
	if _, err := devpg.Start(context.Background(), devpg.Config{Dir: dir}); err == nil {
		t.Error("a folder with files but without version was used")
	}
}

func TestBrokenCluster(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	if err := start(t, devpg.Config{Dir: dir}).Stop(context.Background()); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(devpg.Data(dir), "postgresql.conf"), "nonsense = 'yes'\n", 0o644)
	_, err := devpg.Start(context.Background(), devpg.Config{Dir: dir})
	if err == nil || !strings.Contains(err.Error(), `unrecognized configuration parameter "nonsense"`) {
		t.Errorf("the error does not have the reason: %v", err)
	}
	if _, err = devpg.Start(context.Background(), devpg.Config{Dir: dir}); errors.Is(err, devpg.ErrInUse) {
		t.Error("a failed Start keeps the lock")
	}
}

// TestRefusedConnection shows that an answer which waiting cannot change ends
// the start, instead of being tried again until the start's time is over.
func TestRefusedConnection(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	if err := start(t, devpg.Config{Dir: dir}).Stop(context.Background()); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(devpg.Data(dir), "pg_hba.conf"), "local all all reject\n", 0o644)
	_, err := devpg.Start(context.Background(), devpg.Config{Dir: dir})
	if err == nil || !strings.Contains(err.Error(), "SQLSTATE 28000") || errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Start on a server that rejects its connections: %v", err)
	}
}

func TestBinaries(t *testing.T) {
	t.Parallel()
	for name, script := range map[string]string{
		"too old":          "echo 'x (PostgreSQL) 12.22'",
		"no version":       "echo hello",
		"does not run":     "echo cannot load libxml2.so; exit 127",
		"differs in major": "echo 'x (PostgreSQL) 99.1'",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bin := folder(t)
			wrappers(t, bin, script)
			if name == "too old" {
				wrappers(t, bin, script)
				write(t, filepath.Join(bin, "postgres"), "#!/bin/sh\n"+script, 0o755)
			}
			_, err := devpg.Start(context.Background(), devpg.Config{Dir: folder(t), BinDir: bin})
			if err == nil || !strings.Contains(err.Error(), "ENROLL_PG_BIN") {
				t.Errorf("used: %v", err)
			}
		})
	}
	t.Run("the first usable folder", func(t *testing.T) {
		t.Parallel()
		good, bad := folder(t), folder(t)
		wrappers(t, bad, "exit 1")
		wrappers(t, good, "")
		execute(t, start(t, devpg.Config{Dir: folder(t), Search: []string{"/nonexistent", bad, good}}), "SELECT 1")
	})
}

func TestNewestFirst(t *testing.T) {
	t.Parallel()
	got := devpg.NewestFirst([]string{"/usr/lib/postgresql/9.6/bin", "/opt/pgsql", "/usr/lib/postgresql/13/bin",
		"/opt/pg@17/bin"})
	want := []string{"/opt/pg@17/bin", "/usr/lib/postgresql/13/bin", "/usr/lib/postgresql/9.6/bin", "/opt/pgsql"}
	if !slices.Equal(got, want) {
		t.Errorf("got %v", got)
	}
}

func TestLinkedCluster(t *testing.T) {
	t.Parallel()
	dir, aim := folder(t), folder(t)
	if err := os.Symlink(aim, filepath.Join(dir, "postgres")); err != nil {
		t.Fatal(err)
	}
	if _, err := devpg.Start(context.Background(), devpg.Config{Dir: dir}); err == nil {
		t.Error("a link was followed to where PostgreSQL would own a folder")
	}
}

func TestLogIsBounded(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	log := filepath.Join(dir, "postgres.log")
	write(t, log, strings.Repeat("an old line\n", 1<<20), 0o600)
	start(t, devpg.Config{Dir: dir})
	if info, err := os.Stat(log); err != nil || info.Size() > 1<<20 {
		t.Errorf("the log has %d bytes, %v", info.Size(), err)
	}
}
