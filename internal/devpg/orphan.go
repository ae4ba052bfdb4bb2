//go:build unix

package devpg

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// pidFile is the file in the data folder in which PostgreSQL writes its process id.
const pidFile = "postmaster.pid"

// stopOrphan ends the PostgreSQL that a killed enroll left running on this data folder.
// The caller holds the lock, so no living Server owns the folder.
//
// After a restart of the machine or the container the process id in postmaster.pid may
// belong to any program. stopOrphan signals only a process that is certainly this
// PostgreSQL. If it is certainly another program, the file is removed: PostgreSQL would
// refuse to start as long as that program runs.
func (cl *cluster) stopOrphan(ctx context.Context) error {
	pid := cl.postmaster()
	if pid == 0 {
		return nil
	}
	switch cl.identify(ctx, pid) {
	case other:
		if err := os.Remove(filepath.Join(cl.data, pidFile)); err != nil {
			return fmt.Errorf("devpg: %w", err)
		}
		return nil
	case unknown:
		return nil
	}
	cl.config.Say("stopping the PostgreSQL (process %d) that a killed enroll left behind", pid)
	// The same steps as in process.stop, without SIGKILL: after it PostgreSQL's children
	// may still write to the data folder.
	for _, step := range []struct {
		signal unix.Signal
		wait   time.Duration
	}{{unix.SIGINT, fastWait}, {unix.SIGQUIT, atOnceWait}} {
		if err := unix.Kill(pid, step.signal); errors.Is(err, unix.ESRCH) {
			return nil
		} else if err != nil {
			return fmt.Errorf("devpg: stop PostgreSQL, process %d: %w", pid, err)
		}
		for end := time.Now().Add(step.wait); time.Now().Before(end) && ctx.Err() == nil; time.Sleep(pollEvery) {
			if cl.identify(ctx, pid) != ours {
				return nil
			}
		}
	}
	return fmt.Errorf("devpg: PostgreSQL, process %d, runs on %s and does not end", pid, cl.data)
}

// postmaster returns the process id of the last postmaster, or 0 if there is none. The
// first two lines of the file are the id and the data folder. If the second names
// another folder, the file was copied from there, and the result is 0.
func (cl *cluster) postmaster() int {
	text, err := os.ReadFile(filepath.Join(cl.data, pidFile))
	if err != nil {
		return 0
	}
	lines := strings.Split(string(text), "\n")
	if len(lines) < 2 || !sameFolder(strings.TrimSpace(lines[1]), cl.data) {
		return 0
	}
	pid, err := strconv.Atoi(strings.TrimSpace(lines[0]))
	if err != nil || pid <= 1 || pid == os.Getpid() {
		return 0
	}
	return pid
}

// identity is what is known of a process.
type identity int

const (
	unknown identity = iota // it has ended, or may not be inspected
	ours                    // the PostgreSQL of this data folder
	other                   // certainly another program
)

// identify reports whether process pid is the PostgreSQL of this data folder. The
// working folder of a postmaster is its data folder, which /proc shows on Linux. Other
// systems show the command line, which names it.
func (cl *cluster) identify(ctx context.Context, pid int) identity {
	proc := "/proc/" + strconv.Itoa(pid)
	if comm, err := os.ReadFile(proc + "/comm"); err == nil {
		cwd, err := os.Readlink(proc + "/cwd")
		switch {
		case !strings.HasPrefix(string(comm), "postgres"):
			return other
		case err != nil:
			return unknown
		case sameFolder(cwd, cl.data):
			return ours
		}
		return other
	}
	return cl.identifyByCommand(ctx, pid)
}

// identifyByCommand is identify for systems without /proc.
func (cl *cluster) identifyByCommand(ctx context.Context, pid int) identity {
	out, err := exec.CommandContext(ctx, "ps", "-ww", "-o", "command=", "-p", strconv.Itoa(pid)).Output()
	if err != nil {
		return unknown
	}
	// launch passes -D and the folder first. Another folder that begins alike differs in
	// the blank after it.
	program, args, _ := strings.Cut(string(out), " ")
	if filepath.Base(program) == "postgres" && strings.HasPrefix(args, "-D "+cl.data+" ") {
		return ours
	}
	return other
}

// sameFolder compares by device and inode: a path may lead through links.
func sameFolder(a, b string) bool {
	infoA, errA := os.Stat(a)
	infoB, errB := os.Stat(b)
	return errA == nil && errB == nil && os.SameFile(infoA, infoB)
}
