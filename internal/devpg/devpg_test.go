//go:build unix

package devpg_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"go.uber.org/goleak"

	"github.com/enroll-project/enroll/internal/devpg"
)

// childArg makes the test program a process that owns a server, for tests that
// kill it or run it as another user.
const childArg = "devpg-child"

func TestMain(m *testing.M) {
	if len(os.Args) == 3 && os.Args[1] == childArg {
		child(os.Args[2])
		return
	}
	goleak.VerifyTestMain(m) // and exits
}

// child serves until its standard input ends.
func child(dir string) {
	s, err := devpg.Start(context.Background(), devpg.Config{Dir: dir})
	if err != nil {
		fmt.Println("failed:", err)
		os.Exit(1)
	}
	fmt.Println("ready")
	_, _ = os.Stdin.Read(make([]byte, 1))
	if err := s.Stop(context.Background()); err != nil {
		fmt.Println("failed:", err)
		os.Exit(1)
	}
}

// folder is a temporary folder that another user can pass through, unlike
// t.TempDir.
func folder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "devpg-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	if err := os.Chmod(dir, 0o711); err != nil {
		t.Fatal(err)
	}
	return dir
}

func start(t *testing.T, c devpg.Config) *devpg.Server {
	t.Helper()
	s, err := devpg.Start(context.Background(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return s
}

func execute(t *testing.T, s *devpg.Server, sql string) {
	t.Helper()
	if err := s.Execute(context.Background(), sql); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

// said collects what a Config says.
type said struct {
	mu    sync.Mutex
	lines []string
}

func (s *said) say(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lines = append(s.lines, fmt.Sprintf(format, args...))
}

func (s *said) has(part string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Contains(strings.Join(s.lines, "\n"), part)
}

func TestDataSurvivesRestart(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	first := start(t, devpg.Config{Dir: dir})
	execute(t, first, "CREATE TABLE kept (n int)")
	if err := first.Stop(context.Background()); err != nil {
		t.Fatal(err)
	}
	select {
	case <-first.Exited():
	default:
		t.Error("Exited is open after Stop")
	}
	if err := first.Stop(context.Background()); err != nil {
		t.Errorf("second Stop: %v", err)
	}
	second := start(t, devpg.Config{Dir: dir})
	execute(t, second, "INSERT INTO kept VALUES (1)")
}

func TestSettings(t *testing.T) {
	t.Parallel()
	for _, durable := range []bool{true, false} {
		t.Run(fmt.Sprint("durable ", durable), func(t *testing.T) {
			t.Parallel()
			s := start(t, devpg.Config{Dir: folder(t), Durable: durable, MaxConnections: 42})
			on := map[bool]string{true: "on", false: "off"}[durable]
			for name, want := range map[string]string{
				"fsync": on, "synchronous_commit": on, "full_page_writes": on, "max_connections": "42",
				"listen_addresses": "", "server_encoding": "UTF8", "log_error_verbosity": "terse", "TimeZone": "UTC",
				"log_checkpoints": "off", "log_autovacuum_min_duration": "-1",
			} {
				execute(t, s, fmt.Sprintf(`DO $$ BEGIN IF current_setting('%s') <> '%s' THEN
					RAISE '%% is %%', '%[1]s', current_setting('%[1]s'); END IF; END $$`, name, want))
			}
		})
	}
}

func TestPrivacy(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	s := start(t, devpg.Config{Dir: dir})
	for _, path := range []string{devpg.Socket(s.URL("enroll")), filepath.Join(dir, "postgres"), devpg.Data(dir)} {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o700 {
			t.Errorf("%s has mode %v", path, info.Mode())
		}
		if uid := int(info.Sys().(*syscall.Stat_t).Uid); uid == 0 || uid != devpg.Account() {
			t.Errorf("%s belongs to user id %d", path, uid)
		}
	}
	execute(t, s, "CREATE TABLE person (phone text CONSTRAINT person_phone UNIQUE)")
	execute(t, s, "INSERT INTO person VALUES ('13800138000')")
	if err := s.Execute(context.Background(), "INSERT INTO person VALUES ('13800138000')"); err == nil {
		t.Fatal("a duplicate was accepted")
	}
	execute(t, s, "DO $$ BEGIN RAISE WARNING 'the log works'; END $$")
	log, err := os.ReadFile(filepath.Join(dir, "postgres.log"))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(log, []byte("the log works")) || bytes.Contains(log, []byte("13800138000")) {
		t.Errorf("the log holds an identifier, or nothing:\n%s", log)
	}
	if info, err := os.Stat(filepath.Join(dir, "postgres.log")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("log: %v, %v", info.Mode(), err)
	}
}

func TestInUse(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	s := start(t, devpg.Config{Dir: dir})
	if _, err := devpg.Start(context.Background(), devpg.Config{Dir: dir}); !errors.Is(err, devpg.ErrInUse) {
		t.Fatalf("second Start: %v", err)
	}
	execute(t, s, "SELECT 1")
}

// TestPaths: a data folder may have any path, and no socket is left in another one.
func TestPaths(t *testing.T) {
	t.Parallel()
	for _, name := range []string{
		strings.Repeat("long", 30), "two words", "one,two", `it's "50%" \ $HOME+1`, "?host=x&port=1", "新用户",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := start(t, devpg.Config{Dir: filepath.Join(folder(t), name)})
			execute(t, s, "SELECT 1")
			socket := devpg.Socket(s.URL("enroll"))
			if err := s.Stop(context.Background()); err != nil {
				t.Fatal(err)
			}
			if _, err := os.Stat(socket); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("the socket's folder is left: %v", err)
			}
		})
	}
}

func TestClosedParent(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("only root hands over to another account")
	}
	closed, elsewhere := folder(t), filepath.Join(folder(t), "elsewhere")
	if err := os.Chmod(closed, 0o700); err != nil {
		t.Fatal(err)
	}
	var lines said
	c := devpg.Config{Dir: filepath.Join(closed, "data"), Elsewhere: elsewhere, Say: lines.say}
	s := start(t, c)
	execute(t, s, "CREATE TABLE kept (n int)")
	if err := s.Stop(context.Background()); err != nil {
		t.Fatal(err)
	}
	if !lines.has("its data is in "+s.Folder()) || filepath.Dir(s.Folder()) != elsewhere {
		t.Errorf("it does not say that the data is in %s: %q", s.Folder(), lines.lines)
	}
	s = start(t, c)
	execute(t, s, "INSERT INTO kept VALUES (1)")
	if err := s.Stop(context.Background()); err != nil {
		t.Fatal(err)
	}

	// Deleting the data folder deletes the data, also if the cluster is elsewhere.
	if err := os.RemoveAll(c.Dir); err != nil {
		t.Fatal(err)
	}
	execute(t, start(t, c), "CREATE TABLE kept (n int)")

	if err := os.Chown(elsewhere, 1, 1); err != nil {
		t.Fatal(err)
	}
	c.Dir = filepath.Join(closed, "other")
	if _, err := devpg.Start(context.Background(), c); err == nil {
		t.Error("a folder of somebody else was used")
	}
}

func TestCancelledStart(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	ctx, cancel := context.WithCancel(context.Background())
	cancelAtInit := func(format string, _ ...any) {
		if strings.HasPrefix(format, "creating") {
			cancel()
		}
	}
	if _, err := devpg.Start(ctx, devpg.Config{Dir: dir, Say: cancelAtInit}); err == nil {
		t.Fatal("started on a canceled context")
	}
	execute(t, start(t, devpg.Config{Dir: dir}), "SELECT 1")
}
