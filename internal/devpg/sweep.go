//go:build unix

package devpg

import (
	"os"
	"path/filepath"
	"time"
)

// sweepAge is the least age of a lock file whose folder [Sweep] removes. A younger one
// may belong to a Start that has made the file and not locked it yet.
const sweepAge = 10 * time.Minute

// Sweep removes the data folders that match a pattern of filepath.Glob and that no
// Server holds. A test that ends by a panic or a timeout leaves its folder behind. Sweep
// returns no error: a folder that it cannot remove belongs to another account.
func Sweep(pattern string) {
	dirs, _ := filepath.Glob(pattern) // fails on a malformed pattern only
	// A folder without the lock file does not belong to a Server, or its Server is just starting.
	for _, dir := range dirs {
		info, err := os.Lstat(filepath.Join(dir, lockFile))
		if err != nil || time.Since(info.ModTime()) < sweepAge {
			continue
		}
		// A lock that can be taken has no owner: its process has ended.
		lock, _, err := lockFolder(dir)
		if err != nil {
			continue
		}
		_ = os.RemoveAll(dir)
		_ = unlock(lock)
	}
}
