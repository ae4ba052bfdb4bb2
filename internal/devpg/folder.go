//go:build unix

package devpg

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"syscall"
)

// systemFolder is where root keeps what an account cannot reach below the data
// folder.
const systemFolder = "/var/lib/enroll"

// maxSocketPath is the longest path of a unix socket that all systems take: 103
// bytes on macOS, 107 on Linux.
const maxSocketPath = 103

// ownFolder makes dir, or makes sure that the existing one is a real folder of
// uid that is no more open than mode. Someone else's folder is refused: in a
// shared place such as /tmp it may have been laid there on purpose.
func ownFolder(dir string, uid, gid int, mode os.FileMode) error {
	made := os.Mkdir(dir, 0o700) == nil
	info, err := os.Lstat(dir)
	if err != nil {
		return fmt.Errorf("devpg: %w", err)
	}
	if made {
		if err := os.Lchown(dir, uid, gid); err != nil {
			return fmt.Errorf("devpg: %w", err)
		}
		if err := os.Chmod(dir, mode); err != nil { // not subject to the umask, as Mkdir is
			return fmt.Errorf("devpg: %w", err)
		}
		return nil
	}
	if owner := int(info.Sys().(*syscall.Stat_t).Uid); !info.IsDir() || owner != uid || info.Mode().Perm()&^mode != 0 {
		return fmt.Errorf("devpg: %s must be a folder of user id %d with mode %v, and is of user id %d with mode %v: "+
			"start as its owner, or use another folder (ENROLL_DATA_DIR)", dir, uid, os.ModeDir|mode, owner, info.Mode())
	}
	return nil
}

// place returns the folder of the cluster and its socket, and the account that
// runs it: Dir/postgres, or a folder elsewhere if the account cannot get there,
// as when root's home is closed to others.
func place(ctx context.Context, c Config) (string, account, error) {
	home := filepath.Join(c.Dir, clusterFolder)
	who := runner().ownerOf(home)
	closed := who.enter(ctx, c.Dir)
	if closed == nil {
		return home, who, ownFolder(home, who.uid, who.gid, 0o700)
	}
	for _, shared := range elsewhere(c) {
		if ownFolder(shared, os.Geteuid(), os.Getegid(), 0o755) != nil || who.enter(ctx, shared) != nil {
			continue
		}
		home = filepath.Join(shared, clusterFolder+"-"+digest(c.Dir))
		who = runner().ownerOf(home)
		c.Say("PostgreSQL does not run as root, and user id %d cannot enter %s: its data is in %s", who.uid, c.Dir, home)
		return home, who, ownFolder(home, who.uid, who.gid, 0o700)
	}
	return "", who, fmt.Errorf("devpg: %w; nor any of %s", closed, elsewhere(c))
}

// elsewhere lists the places outside the data folder, best first. What belongs
// to a temporary data folder, as tests have, goes to a temporary place.
func elsewhere(c Config) []string {
	if c.Elsewhere != "" {
		return []string{c.Elsewhere}
	}
	temporary := filepath.Join(os.TempDir(), "enroll-"+strconv.Itoa(os.Geteuid()))
	if below, err := filepath.Rel(os.TempDir(), c.Dir); err == nil && filepath.IsLocal(below) {
		return []string{temporary}
	}
	return []string{systemFolder, temporary}
}

// plain are the paths of a socket that every reader takes as they are. pgx splits
// a host at commas and PostgreSQL its list of folders at commas and blanks; both
// have quotes of their own, and a URL has others.
var plain = regexp.MustCompile(`^[A-Za-z0-9/._-]+$`)

// socketFolder returns a folder for the unix socket: in the cluster's home, or
// where that path is too long for a socket or not [plain], a folder of the same
// privacy under the temporary one.
func (cl *cluster) socketFolder() (string, error) {
	name := "enroll-pg-" + digest(cl.home)
	for _, dir := range []string{filepath.Join(cl.home, "run"), filepath.Join(os.TempDir(), name),
		filepath.Join("/tmp", name)} {
		if plain.MatchString(dir) && len(filepath.Join(dir, ".s.PGSQL."+port)) <= maxSocketPath {
			return dir, ownFolder(dir, cl.who.uid, cl.who.gid, 0o700)
		}
	}
	return "", fmt.Errorf("devpg: no path that a socket can have in %s", os.TempDir())
}

// digest names a folder elsewhere after the absolute path that it stands for.
func digest(path string) string {
	sum := sha256.Sum256([]byte(path))
	return hex.EncodeToString(sum[:8])
}
