package main

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/enroll-project/enroll/test/pgtest"
)

// TestMemoryIsBounded: 256 registrations at once keep the process under 512
// MiB, since no more passwords are hashed at once than there are cores.
// Unbounded they take 4.9 GiB.
func TestMemoryIsBounded(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat("/proc/self/status"); err != nil {
		t.Skip("the peak of a process's memory is read from /proc, which this system has not")
	}
	p := start(t, []string{"serve", "--dev"}, "ENROLL_DATABASE_URL="+pgtest.URL(t), "ENROLL_DATA_DIR="+t.TempDir())
	var mu sync.Mutex
	var group sync.WaitGroup
	ends := map[int]int{}
	for i := range 256 {
		group.Go(func() {
			a := p.post(t, "/api/register", fmt.Sprintf(`{"user_name":"crowd-%d-x","password":"MyPassword123"}`, i))
			mu.Lock()
			defer mu.Unlock()
			ends[a.Status]++
		})
	}
	group.Wait()
	if ends[200] == 0 || ends[200]+ends[503] != 256 {
		t.Errorf("ends: %v", ends)
	}
	kib := peak(t, p.cmd.Process.Pid)
	t.Logf("peak %d MiB, ends %v", kib/1024, ends)
	if kib > 512<<10 {
		t.Errorf("peak memory %d MiB", kib/1024)
	}
	p.stop(t)
	if said := strings.Count(p.output(), "argon2id tested"); said != 1 {
		t.Errorf("what hashes passwords is logged %d times", said)
	}
}
