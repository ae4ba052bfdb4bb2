//go:build unix

package devpg_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/enroll-project/enroll/internal/devpg"
)

func TestSweep(t *testing.T) {
	t.Parallel()
	top := folder(t)
	old := time.Now().Add(-time.Hour)
	lock := func(name string) string { return filepath.Join(top, name, "postgres.lock") }
	start(t, devpg.Config{Dir: filepath.Join(top, "swept-used")})
	for _, name := range []string{"swept-left", "swept-young", "other"} {
		write(t, lock(name), "", 0o600)
	}
	write(t, filepath.Join(top, "swept-foreign", "file"), "", 0o600)
	for _, name := range []string{"swept-used", "swept-left", "other"} {
		if err := os.Chtimes(lock(name), old, old); err != nil {
			t.Fatal(err)
		}
	}
	devpg.Sweep(filepath.Join(top, "swept-*"))
	for name, want := range map[string]bool{
		"swept-used": true, "swept-left": false, "swept-young": true, "swept-foreign": true, "other": true,
	} {
		if _, err := os.Stat(filepath.Join(top, name)); (err == nil) != want {
			t.Errorf("%s: %v", name, err)
		}
	}
}
