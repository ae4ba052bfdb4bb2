//go:build unix

package devpg

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"strconv"
	"syscall"
	"time"
)

// overflowID is Linux's overflow user id. It is used if the system has neither an
// account "postgres" nor one "nobody".
const overflowID = 65534

// account is the user that PostgreSQL runs as. switched is false if that is the user
// of this process.
type account struct {
	uid, gid int
	switched bool
}

// runner returns the account for a new cluster. It is the account of this process
// unless that is root: PostgreSQL refuses to run as root, so "postgres" or "nobody"
// takes its place.
func runner() account {
	if os.Geteuid() != 0 {
		return account{uid: os.Geteuid(), gid: os.Getegid()}
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		// Ids are numbers on unix. An account whose id cannot be parsed, or is 0 (root), is skipped.
		uid, errU := strconv.Atoi(u.Uid)
		gid, errG := strconv.Atoi(u.Gid)
		if errU == nil && errG == nil && uid > 0 {
			return account{uid: uid, gid: gid, switched: true}
		}
	}
	return account{uid: overflowID, gid: overflowID, switched: true}
}

// ownerOf returns the account for an existing cluster. PostgreSQL runs only as the
// owner of its data, and root can switch to that account. It returns a unchanged if this
// process is not root, or if the folder belongs to root or cannot be read.
func (a account) ownerOf(folder string) account {
	info, err := os.Lstat(folder)
	if err != nil || !a.switched {
		return a
	}
	if owner := info.Sys().(*syscall.Stat_t); owner.Uid != 0 {
		return account{uid: int(owner.Uid), gid: int(owner.Gid), switched: true}
	}
	return a
}

// command prepares a program that runs as the account.
//
// It has a process group of its own, so that a Ctrl-C at the terminal does not reach
// PostgreSQL, which enroll still needs while it finishes its requests. Its environment
// is fixed, because PG* variables would change how PostgreSQL works, and ENROLL_*
// variables hold secrets. With TZ set, initdb does not search the system for the name of
// the local time zone.
func (a account) command(ctx context.Context, dir, program string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir = dir
	cmd.Env = []string{"LC_ALL=C", "TZ=UTC", "PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	// Kill the whole group: initdb starts postgres, which would live on.
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	// A child that keeps the output open must not make Wait block.
	cmd.WaitDelay = time.Second
	if a.switched {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: uint32(a.uid), Gid: uint32(a.gid)}
	}
	return cmd
}

// enter returns nil if the account can make dir its working folder. It tries that
// with a real process, because it depends on the modes of all parents, access lists,
// mounts and the capabilities of this process together.
func (a account) enter(ctx context.Context, dir string) error {
	if !a.switched {
		return nil
	}
	if err := a.command(ctx, dir, "/bin/sh", "-c", ":").Run(); err != nil {
		return fmt.Errorf("user id %d, which is to run PostgreSQL, cannot enter %s: %w", a.uid, dir, err)
	}
	return nil
}
