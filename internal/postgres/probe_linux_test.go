package postgres_test

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/enroll-project/enroll/internal/postgres"
)

// TestProbeOnFullDisk: the disk of the data is full, and the probe fails although reading works.
func TestProbeOnFullDisk(t *testing.T) {
	t.Parallel()
	disk := openFolder(t)
	if err := syscall.Mount("tmpfs", disk, "tmpfs", 0, "size=256m,mode=0711"); err != nil {
		t.Skipf("a small file system needs root: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(disk, syscall.MNT_DETACH) })
	pool := durable(t, filepath.Join(disk, "database"))
	if err := postgres.Probe(t.Context(), pool); err != nil {
		t.Error(err)
	}
	filling, err := os.Create(filepath.Join(disk, "filling"))
	if err != nil {
		t.Fatal(err)
	}
	for block := make([]byte, 4096); err == nil; {
		_, err = filling.Write(block)
	}
	if err := filling.Close(); err != nil {
		t.Error(err)
	}
	if err := postgres.Probe(t.Context(), pool); !postgres.IsFull(err) || !postgres.IsUnavailable(err) {
		t.Errorf("on a full disk: %v", err)
	}
	if got := value[int](t, pool, "SELECT 1"); got != 1 {
		t.Error("it does not read either")
	}
	if err := os.Remove(filling.Name()); err != nil {
		t.Error(err)
	}
	if err := postgres.Probe(t.Context(), pool); err != nil {
		t.Errorf("with space again: %v", err)
	}
}
