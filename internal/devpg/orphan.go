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

// pidFile is where PostgreSQL notes its process.
const pidFile = "postmaster.pid"

// stopOrphan ends the PostgreSQL that a killed predecessor left running on this
// data folder. The caller holds the lock, so no living Server owns it. A
// process that cannot be shown to be that PostgreSQL is left alone: after a
// restart of the machine or the container the number in postmaster.pid may
// belong to anything. PostgreSQL would refuse to start for as long as that
// process lives, so the file is removed.
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

// postmaster reads the process number of the last postmaster, 0 if there is
// none. Its first two lines are the number and the data folder.
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
	unknown identity = iota // it is gone, or hides
	ours                    // the PostgreSQL of this data folder
	other                   // certainly not that
)

// identify tells whether process pid is the PostgreSQL of this data folder. A
// postmaster works in its data folder, which Linux shows; elsewhere its command
// line names it.
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

// identifyByCommand is for systems without /proc.
func (cl *cluster) identifyByCommand(ctx context.Context, pid int) identity {
	out, err := exec.CommandContext(ctx, "ps", "-ww", "-o", "command=", "-p", strconv.Itoa(pid)).Output()
	if err != nil {
		return unknown
	}
	program, args, _ := strings.Cut(string(out), " ")
	if filepath.Base(program) == "postgres" && strings.HasPrefix(args, "-D "+cl.data+" ") {
		return ours
	}
	return other
}

func sameFolder(a, b string) bool {
	infoA, errA := os.Stat(a)
	infoB, errB := os.Stat(b)
	return errA == nil && errB == nil && os.SameFile(infoA, infoB)
}
