//go:build unix

package devpg

import (
	"os"
	"path/filepath"
	"time"
)

// sweepAge keeps [Sweep] away from folders whose owner has made the lock file
// and not yet taken the lock.
const sweepAge = 10 * time.Minute

// Sweep removes the data folders that match a pattern (as filepath.Glob takes
// it) and that no Server holds any more: what tests leave behind when a panic
// or a timeout ends them. It reports nothing, since what it cannot remove it
// may not.
func Sweep(pattern string) {
	dirs, _ := filepath.Glob(pattern) // fails on a malformed pattern only
	for _, dir := range dirs {
		info, err := os.Lstat(filepath.Join(dir, lockFile))
		if err != nil || time.Since(info.ModTime()) < sweepAge {
			continue
		}
		lock, _, err := lockFolder(dir)
		if err != nil {
			continue
		}
		_ = os.RemoveAll(dir)
		_ = unlock(lock)
	}
}
