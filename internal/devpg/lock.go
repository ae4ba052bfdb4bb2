//go:build unix

package devpg

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

// lockFolder takes the data folder for this process, or answers [ErrInUse]. fresh:
// the lock file was missing, so that nothing has used the folder yet. The
// lock belongs to the open file: the kernel releases it when the process ends
// in whatever way, and programs that it starts do not get it (it is
// close-on-exec).
func lockFolder(dir string) (f *os.File, fresh bool, err error) {
	name := filepath.Join(dir, lockFile)
	if made, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600); err == nil {
		fresh = made.Close() == nil
	}
	f, err = lock(name)
	if errors.Is(err, unix.EWOULDBLOCK) {
		return nil, false, fmt.Errorf("devpg: %s: %w", dir, ErrInUse)
	}
	if err != nil {
		return nil, false, fmt.Errorf("devpg: lock the data folder: %w", err)
	}
	return f, fresh, nil
}

// waitForLock locks a file, which it makes if it is missing. It waits while
// another process, or another call in this one, holds the lock.
func waitForLock(ctx context.Context, name string) (*os.File, error) {
	poll := time.NewTicker(pollEvery)
	defer poll.Stop()
	for {
		f, err := lock(name)
		if err == nil {
			return f, nil
		}
		if !errors.Is(err, unix.EWOULDBLOCK) {
			return nil, fmt.Errorf("devpg: lock: %w", err)
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("devpg: wait for %s: %w", name, ctx.Err())
		case <-poll.C:
		}
	}
}

// lock opens and locks a file. The error is EWOULDBLOCK if it is locked already.
func lock(name string) (*os.File, error) {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		_ = f.Close()
		return nil, err
	}
	return f, nil
}

// unlock releases the lock. Closing alone would not do it at once: a child
// that another goroutine has forked shares the open file until it executes its
// program.
func unlock(f *os.File) error {
	return errors.Join(unix.Flock(int(f.Fd()), unix.LOCK_UN), f.Close())
}
