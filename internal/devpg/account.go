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

// nobody is the overflow user id of Linux, taken where neither "postgres" nor
// "nobody" is a known account.
const nobody = 65534

// account is the user that PostgreSQL runs as. switched is false when that is
// simply the user of this process.
type account struct {
	uid, gid int
	switched bool
}

// runner is the account for a new cluster: this process's own, or since
// PostgreSQL refuses to run as root, "postgres" or "nobody".
func runner() account {
	if os.Geteuid() != 0 {
		return account{uid: os.Geteuid(), gid: os.Getegid()}
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, errU := strconv.Atoi(u.Uid)
		gid, errG := strconv.Atoi(u.Gid)
		if errU == nil && errG == nil && uid > 0 {
			return account{uid: uid, gid: gid, switched: true}
		}
	}
	return account{uid: nobody, gid: nobody, switched: true}
}

// ownerOf is the account for an existing cluster: PostgreSQL runs only as the
// owner of its data, and root can be anybody.
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

// command prepares a program that runs as the account, in a process group of
// its own: a Ctrl-C at the terminal must not reach PostgreSQL, because enroll
// drains its requests first. The environment is fixed: PostgreSQL's own
// variables would change what it does, and enroll's hold secrets. TZ spares
// initdb the search for the name of the local time zone.
func (a account) command(ctx context.Context, dir, program string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir = dir
	cmd.Env = []string{"LC_ALL=C", "TZ=UTC", "PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) } // with what it has started
	cmd.WaitDelay = time.Second
	if a.switched {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: uint32(a.uid), Gid: uint32(a.gid)}
	}
	return cmd
}

// enter answers nil if the account can make dir its working folder. It asks the
// kernel by doing it, because modes of all parents, access lists, mounts and
// the rights of this process have a say.
func (a account) enter(ctx context.Context, dir string) error {
	if !a.switched {
		return nil
	}
	if err := a.command(ctx, dir, "/bin/sh", "-c", ":").Run(); err != nil {
		return fmt.Errorf("user id %d, which is to run PostgreSQL, cannot enter %s: %w", a.uid, dir, err)
	}
	return nil
}
