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

// lockFolder locks the data folder for this process, or returns [ErrInUse]. fresh is
// true if the lock file was missing, that is, if no server has used the folder yet.
//
// The lock belongs to the open file (flock(2)). The kernel releases it when the
// process ends, also by SIGKILL. Programs that the process starts do not inherit the
// file, because Go opens files close-on-exec.
func lockFolder(dir string) (f *os.File, fresh bool, err error) {
	name := filepath.Join(dir, lockFile)
	// O_EXCL decides which of several processes finds the folder fresh.
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

// waitForLock locks a file, which it makes if it is missing. While another process, or
// another call in this one, holds the lock, it tries again every pollEvery: a blocking
// flock could not be canceled by ctx.
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

// unlock releases the lock at once. Closing the file would not suffice: a child that
// another goroutine has just forked shares the open file until it executes its
// program.
func unlock(f *os.File) error {
	return errors.Join(unix.Flock(int(f.Fd()), unix.LOCK_UN), f.Close())
}
