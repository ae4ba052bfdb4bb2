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

// systemFolder holds the cluster if this process is root and PostgreSQL's account
// cannot enter the data folder.
const systemFolder = "/var/lib/enroll"

// maxSocketPath is the longest path of a unix socket in bytes that all systems accept:
// sockaddr_un has room for 103 on macOS and 107 on Linux.
const maxSocketPath = 103

// ownFolder makes dir with this owner and mode. If dir exists, it must be a folder and
// no link, belong to uid, and be no more open than mode. A folder of another account
// is refused: in a shared place such as /tmp an attacker may have made it.
func ownFolder(dir string, uid, gid int, mode os.FileMode) error {
	// Mkdir fails for any existing name, also for a link. Lstat then looks at the name
	// itself and follows no link.
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

// place returns the folder of the cluster and the account that runs it. The folder is
// Dir/postgres, or one elsewhere if the account cannot enter Dir. That is usual for
// root, whose home is closed to other accounts.
func place(ctx context.Context, c Config) (string, account, error) {
	home := filepath.Join(c.Dir, clusterFolder)
	who := runner().ownerOf(home)
	closed := who.enter(ctx, c.Dir) // why the account cannot enter, nil if it can
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

// elsewhere lists the folders to use if Dir cannot be entered, best first. If Dir is below
// the temporary folder, as in tests, the only one is below the temporary folder, so that
// tests leave nothing in /var/lib.
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

// plain matches the socket paths that need no quoting. pgx splits a host at commas,
// PostgreSQL splits its list of folders at commas and blanks, and a URL has escapes of
// its own.
var plain = regexp.MustCompile(`^[A-Za-z0-9/._-]+$`)

// socketFolder returns a folder for the unix socket, with mode 0700. It is in the
// cluster's home, or below the temporary folder if the path would be too long for a
// socket or is not [plain].
func (cl *cluster) socketFolder() (string, error) {
	// /tmp last: TMPDIR itself is too long on macOS.
	name := "enroll-pg-" + digest(cl.home)
	for _, dir := range []string{filepath.Join(cl.home, "run"), filepath.Join(os.TempDir(), name),
		filepath.Join("/tmp", name)} {
		if plain.MatchString(dir) && len(filepath.Join(dir, ".s.PGSQL."+port)) <= maxSocketPath {
			return dir, ownFolder(dir, cl.who.uid, cl.who.gid, 0o700)
		}
	}
	return "", fmt.Errorf("devpg: no path that a socket can have in %s", os.TempDir())
}

// digest returns 16 hexadecimal digits for an absolute path. A folder elsewhere has
// them in its name, so that each data folder has one of its own.
func digest(path string) string {
	sum := sha256.Sum256([]byte(path))
	return hex.EncodeToString(sum[:8])
}
