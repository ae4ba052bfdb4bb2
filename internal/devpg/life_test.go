//go:build unix

package devpg_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/enroll-project/enroll/internal/devpg"
)

// owner starts a process that owns a server on dir, and returns when the server is ready.
func owner(t *testing.T, cmd *exec.Cmd) (stdin io.Closer) {
	t.Helper()
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = in.Close() }) // ends it if the test has not
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil || line != "ready\n" {
		t.Fatalf("the owner said %q, %v", line, err)
	}
	return in
}

// postmaster returns the process id that PostgreSQL has written to its data folder.
func postmaster(t *testing.T, dir string) int {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(devpg.Data(dir), "postmaster.pid"))
	if err != nil {
		t.Fatal(err)
	}
	var pid int
	if _, err := fmt.Sscan(string(text), &pid); err != nil {
		t.Fatal(err)
	}
	return pid
}

// gone waits for the end of a process that is not a child of this one.
func gone(t *testing.T, pid int) {
	t.Helper()
	for !errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
		state, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err == nil && strings.Contains(string(state), ") Z ") {
			return // a zombie: it has ended, and its parent has not waited for it
		}
		select {
		case <-t.Context().Done():
			t.Fatal("it still runs")
		case <-time.After(5 * time.Millisecond):
		}
	}
}

func TestKilledOwner(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	cmd := exec.Command(os.Args[0], childArg, dir)
	owner(t, cmd)
	pid := postmaster(t, dir)
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // it was killed
	// The next start comes at once: on Linux the old PostgreSQL may still be ending,
	// and on other systems it still runs.
	execute(t, start(t, devpg.Config{Dir: dir}), "SELECT 1")
	gone(t, pid)
}

func TestKilledOwnerLeavesNothing(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat("/proc/self/stat"); err != nil {
		t.Skip("only Linux ties the life of a child to its parent's")
	}
	dir := folder(t)
	cmd := exec.Command(os.Args[0], childArg, dir)
	owner(t, cmd)
	pid := postmaster(t, dir)
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // it was killed
	gone(t, pid)
}

func TestOrphanIsStopped(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	s := start(t, devpg.Config{Dir: dir})
	socket := devpg.Socket(s.URL("enroll"))
	execute(t, s, "CREATE TABLE kept (n int)")
	if err := s.Stop(context.Background()); err != nil {
		t.Fatal(err)
	}
	// A server that does not end with its owner, as on systems without such a signal.
	orphan := devpg.Command(filepath.Join(programFolder(t), "postgres"), "-D", devpg.Data(dir), "-c", "listen_addresses=",
		"-c", "unix_socket_directories="+filepath.Dir(socket))
	if err := orphan.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- orphan.Wait() }()
	for ready := false; !ready; {
		text, _ := os.ReadFile(filepath.Join(devpg.Data(dir), "postmaster.pid"))
		ready = strings.Contains(string(text), "ready")
	}
	var lines said
	execute(t, start(t, devpg.Config{Dir: dir, Say: lines.say}), "INSERT INTO kept VALUES (1)")
	if err := <-ended; err != nil {
		t.Errorf("the orphan did not end by a shutdown: %v", err)
	}
	if !lines.has("a killed enroll left behind") {
		t.Errorf("it does not say that it stopped a server: %q", lines.lines)
	}
}

// TestCrash: if PostgreSQL is killed, Exited is closed, and the next start finds the
// rows that were committed.
func TestCrash(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	s := start(t, devpg.Config{Dir: dir, Durable: true})
	execute(t, s, "CREATE TABLE kept (n int)")
	if err := syscall.Kill(postmaster(t, dir), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	<-s.Exited()
	if err := s.Stop(context.Background()); err != nil {
		t.Errorf("stop after the crash: %v", err)
	}
	execute(t, start(t, devpg.Config{Dir: dir, Durable: true}), "INSERT INTO kept VALUES (1)")
}

// TestImpatientStop: a stop without time for a checkpoint loses nothing that was committed.
func TestImpatientStop(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	s := start(t, devpg.Config{Dir: dir, Durable: true})
	execute(t, s, "CREATE TABLE kept (n int)")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Stop(ctx); err != nil {
		t.Error(err)
	}
	execute(t, start(t, devpg.Config{Dir: dir, Durable: true}), "INSERT INTO kept VALUES (1)")
}

// TestIdentifyByCommand is about systems without /proc, but runs everywhere.
func TestIdentifyByCommand(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("ps"); err != nil {
		t.Skip("ps is not installed (procps); on Linux /proc is used instead")
	}
	dir, elsewhere := folder(t), folder(t)
	s := start(t, devpg.Config{Dir: dir})
	pid := postmaster(t, dir)
	if yes, known := devpg.OursByCommand(t.Context(), dir, pid); !yes || !known {
		t.Error("the server of the folder is not recognized")
	}
	for where, id := range map[string]int{elsewhere: pid, dir: os.Getpid()} {
		if yes, known := devpg.OursByCommand(t.Context(), where, id); yes || !known {
			t.Errorf("process %d is taken for the server of %s", id, where)
		}
	}
	if err := s.Discard(context.Background()); err != nil {
		t.Fatal(err)
	}
	if yes, known := devpg.OursByCommand(t.Context(), dir, pid); yes || known {
		t.Error("a process that is gone is recognized")
	}
	if _, err := os.Stat(filepath.Join(dir, "postgres")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("Discard left the cluster: %v", err)
	}
}

func TestForeignProcessIsLeftAlone(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	if err := start(t, devpg.Config{Dir: dir}).Stop(context.Background()); err != nil {
		t.Fatal(err)
	}
	// A foreign process of the same account with the id in postmaster.pid, as after a
	// restart of a container. It ends with its input.
	foreign := devpg.Command("/bin/cat")
	in, err := foreign.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := foreign.Start(); err != nil {
		t.Fatal(err)
	}
	note := fmt.Sprintf("%d\n%s\n", foreign.Process.Pid, devpg.Data(dir))
	if err := os.WriteFile(filepath.Join(devpg.Data(dir), "postmaster.pid"), []byte(note), 0o600); err != nil {
		t.Fatal(err)
	}
	execute(t, start(t, devpg.Config{Dir: dir}), "SELECT 1")
	if err := in.Close(); err != nil {
		t.Fatal(err)
	}
	if err := foreign.Wait(); err != nil {
		t.Errorf("the foreign process: %v", err)
	}
}

func TestOrdinaryUser(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("every other test shows this when an ordinary user runs them")
	}
	dir := folder(t)
	program := filepath.Join(dir, "program")
	text, err := os.ReadFile(os.Args[0])
	if err == nil {
		// Without the lock another test could fork meanwhile. The child of that test would hold this
		// program open for writing until it executes its own program ("text file busy").
		syscall.ForkLock.RLock()
		err = os.WriteFile(program, text, 0o700)
		syscall.ForkLock.RUnlock()
	}
	if err == nil {
		err = errors.Join(os.Chmod(program, 0o755), os.Chmod(dir, 0o777))
	}
	if err != nil {
		t.Fatal(err)
	}
	data := filepath.Join(dir, "data")
	cmd := exec.Command(program, childArg, data)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	cmd.Env = []string{}
	in := owner(t, cmd)
	info, err := os.Stat(devpg.Data(data))
	if err != nil || info.Sys().(*syscall.Stat_t).Uid != 65534 {
		t.Errorf("the data is not the user's: %v", err)
	}
	if err := in.Close(); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("stop: %v", err)
	}
	// Root runs PostgreSQL as the user that owns the cluster.
	execute(t, start(t, devpg.Config{Dir: data}), "SELECT 1")
}

// TestApart: a Ctrl-C at the terminal goes to the process group of enroll, and
// secrets are in its environment; PostgreSQL shares neither.
func TestApart(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	start(t, devpg.Config{Dir: dir})
	pid := postmaster(t, dir)
	group, err := syscall.Getpgid(pid)
	if err != nil || group != pid {
		t.Errorf("process %d is in group %d: %v", pid, group, err)
	}
	environ, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", pid))
	if errors.Is(err, os.ErrNotExist) {
		t.Skip("this system does not show the environment of a process")
	}
	if err != nil {
		t.Fatal(err)
	}
	for setting := range strings.SplitSeq(strings.TrimRight(string(environ), "\x00"), "\x00") {
		switch name, _, _ := strings.Cut(setting, "="); name {
		case "LC_ALL", "PATH", "TZ", "PGDATA", "PG_GRANDPARENT_PID", "PGLOCALEDIR", "PGSYSCONFDIR":
		case "LC_COLLATE", "LC_CTYPE", "LC_MESSAGES", "LC_MONETARY", "LC_NUMERIC", "LC_TIME":
		default:
			t.Errorf("PostgreSQL was given %s", name)
		}
	}
}
