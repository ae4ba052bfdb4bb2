package capacity

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/enroll-project/enroll/internal/cgroup"
	"github.com/enroll-project/enroll/internal/password"
)

// TestHashersFor: the number of hashers is the lowest of those that the cores, the CPU quota
// and the memory limit allow, and ENROLL_HASHERS overrides it.
func TestHashersFor(t *testing.T) {
	t.Parallel()
	each := password.WorkerMemory(password.Params{})
	if each != 20<<20 {
		t.Errorf("a hasher keeps %d bytes, ENROLL_HASHERS is documented with 20 MiB", each)
	}
	const mib = 1 << 20
	for name, test := range map[string]struct {
		set, cores int
		limits     cgroup.Limits
		want       int
		because    string
	}{
		"no limits":                   {0, 16, cgroup.Limits{}, 16, "core"},
		"16 cores under 256 MiB":      {0, 16, cgroup.Limits{Memory: 256 * mib}, 6, "256 MiB"},
		"32 cores under 512 MiB":      {0, 32, cgroup.Limits{Memory: 512 * mib}, 12, "512 MiB"},
		"2 cores under 512 MiB":       {0, 2, cgroup.Limits{Memory: 512 * mib}, 2, "core"},
		"less than one hasher needs":  {0, 4, cgroup.Limits{Memory: 16 * mib}, 1, "16 MiB"},
		"half a core":                 {0, 2, cgroup.Limits{CPU: 0.5}, 1, "0.5 cores"},
		"one core of many":            {0, 2, cgroup.Limits{CPU: 1}, 1, "1 cores"},
		"two and a half cores":        {0, 3, cgroup.Limits{CPU: 2.5}, 2, "2.5 cores"},
		"a quota past the cores":      {0, 2, cgroup.Limits{CPU: 8}, 2, "core"},
		"memory is less than quota":   {0, 16, cgroup.Limits{CPU: 8, Memory: 128 * mib}, 3, "128 MiB"},
		"quota is less than memory":   {0, 16, cgroup.Limits{CPU: 2, Memory: 256 * mib}, 2, "2 cores"},
		"the setting overrides":       {5, 2, cgroup.Limits{CPU: 1, Memory: 64 * mib}, 5, "ENROLL_HASHERS"},
		"the setting may be lower":    {1, 16, cgroup.Limits{}, 1, "ENROLL_HASHERS"},
		"more memory than 32 bits do": {0, 4, cgroup.Limits{Memory: 1 << 40}, 4, "core"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, because := hashersFor(test.set, test.cores, test.limits, each)
			if got != test.want || !strings.Contains(because, test.because) {
				t.Errorf("%d, %q; want %d", got, because, test.want)
			}
		})
	}
}

// TestThreadsFollowGo: GOMAXPROCS is raised to twice the hashers and never lowered, and
// after each tick it follows what Go chooses.
func TestThreadsFollowGo(t *testing.T) {
	t.Parallel()
	cores, now := 4, 4
	p := processors{
		get: func() int { return now },
		set: func(n int) { now = n },
	}
	p.reset = func() { p.set(cores) }
	if n := p.raise(1); n != 4 || now != 4 {
		t.Errorf("for one hasher %d threads, %d", n, now)
	}
	if n := p.raise(4); n != 8 || now != 8 {
		t.Errorf("for four hashers %d threads, %d", n, now)
	}
	for _, step := range []struct{ cores, want int }{{16, 16}, {2, 8}, {4, 8}} {
		cores = step.cores
		ctx, cancel := context.WithCancel(t.Context())
		p.reset = func() { p.set(cores); cancel() } // the last tick
		tick := make(chan time.Time, 1)
		tick <- time.Time{}
		p.follow(ctx, tick, 4)
		if now != step.want {
			t.Errorf("with %d cores %d threads, want %d", step.cores, now, step.want)
		}
	}
}
