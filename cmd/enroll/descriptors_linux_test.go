package main

import (
	"net"
	"os"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/enroll-project/enroll/test/pgtest"
)

// TestDescriptorsExhausted: a service without descriptors says so once, and goes on when there are
// some again.
func TestDescriptorsExhausted(t *testing.T) {
	t.Parallel()
	p := start(t, []string{"serve", "--dev"}, "ENROLL_DATABASE_URL="+pgtest.URL(t), "ENROLL_DATA_DIR="+t.TempDir())
	p.awaitReady(t)
	first := knock(t, p)
	served(t, first)
	limitDescriptors(t, p, 3)
	var open []net.Conn
	for range 16 {
		open = append(open, knock(t, p))
	}
	p.await(t, `(connections cannot be accepted; clients wait.*too many open files)`)
	for _, conn := range open[:15] {
		_ = conn.Close()
	}
	served(t, open[15])
	limitDescriptors(t, p, 100)
	if _, metrics := get(t, p.ops+"/metrics"); strings.Contains(metrics, "\nenroll_accept_failures_total 0\n") {
		t.Error("no failure was counted")
	}
	if n := strings.Count(p.output(), "connections cannot be accepted"); n != 1 {
		t.Errorf("logged %d times", n)
	}
}

// limitDescriptors leaves a process room for more descriptors than it has open.
func limitDescriptors(t *testing.T, p *process, more uint64) {
	t.Helper()
	pid := p.cmd.Process.Pid
	open, err := os.ReadDir("/proc/" + strconv.Itoa(pid) + "/fd")
	if err != nil {
		t.Skip("the descriptors of a process are read from /proc, which this system has not")
	}
	var limit unix.Rlimit
	if err := unix.Prlimit(pid, unix.RLIMIT_NOFILE, nil, &limit); err != nil {
		t.Fatal(err)
	}
	limit.Cur = uint64(len(open)) + more
	if err := unix.Prlimit(pid, unix.RLIMIT_NOFILE, &limit, nil); err != nil {
		t.Fatal(err)
	}
}
