//go:build unix

package devpg

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// lockFolder takes the data folder for this process, or answers [ErrInUse]. The
// lock belongs to the open file: the kernel releases it when the process ends
// in whatever way, and programs that it starts do not get it (it is
// close-on-exec).
func lockFolder(dir string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(dir, lockFile), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("devpg: lock the data folder: %w", err)
	}
	err = unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if err == nil {
		return f, nil
	}
	_ = f.Close()
	if errors.Is(err, unix.EWOULDBLOCK) {
		return nil, fmt.Errorf("devpg: %s: %w", dir, ErrInUse)
	}
	return nil, fmt.Errorf("devpg: lock the data folder: %w", err)
}

// unlock gives the folder free. Closing alone would not do it at once: a child
// that another goroutine has forked shares the open file until it executes its
// program.
func unlock(f *os.File) error {
	return errors.Join(unix.Flock(int(f.Fd()), unix.LOCK_UN), f.Close())
}
