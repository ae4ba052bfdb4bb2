package capacity

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/enroll-project/enroll/internal/cgroup"
	"github.com/enroll-project/enroll/internal/password"
)

// followEvery is how often the number of threads follows a change of the CPU quota,
// which an orchestrator may change while the process runs.
const followEvery = time.Minute

// Hashers returns how many passwords may be hashed at a time, and logs the number and
// the reason. It raises GOMAXPROCS accordingly. If the environment does not set
// GOMAXPROCS, it does so again each minute until stop is called.
func Hashers(ctx context.Context, set int, environ []string, log *slog.Logger) (hashers int, stop func()) {
	limits, err := cgroup.Read(os.DirFS("/"))
	if err != nil {
		log.Warn("a control group's limit cannot be read; if memory or CPU is limited, set ENROLL_HASHERS", "err", err)
	}
	each := password.WorkerMemory(password.Params{})
	hashers, because := hashersFor(set, runtime.GOMAXPROCS(0), limits, each)
	procs := gomaxprocs()
	log.Info("hashers chosen", "hashers", hashers, "because", because, "threads", procs.raise(hashers))
	// Only ENROLL_HASHERS can cause this, or a limit below 40 MiB. The operator's number
	// is used as it is.
	if limits.Memory > 0 && int64(hashers)*each > limits.Memory/2 {
		log.Warn("hashers take more than half of the memory limit; under load the system may kill the process",
			"hashers", hashers, "mib_each", each>>20, "mib_limit", limits.Memory>>20)
	}
	// If the environment sets GOMAXPROCS, neither Go nor Enroll follows the quota: the
	// operator has chosen the number.
	if slices.ContainsFunc(environ, func(pair string) bool { return strings.HasPrefix(pair, "GOMAXPROCS=") }) {
		return hashers, func() {}
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	ticker, done := time.NewTicker(followEvery), make(chan struct{})
	go func() { defer close(done); procs.follow(ctx, ticker.C, hashers) }()
	return hashers, func() { cancel(); ticker.Stop(); <-done }
}

// hashersFor returns how many passwords may be hashed at a time, and why. set is
// ENROLL_HASHERS, cores is GOMAXPROCS, each is the memory in bytes that a hasher keeps.
//
// One for each core makes the most hashes, because a hash keeps its core busy. A lower
// CPU quota takes the place of the cores, rounded down: more hashers would use the quota
// up early in each period, and the kernel then stops the whole process until the next
// period, including the requests that need no hash. Hashers get half of a memory limit: the
// other half is for requests, connections and what the garbage collector has not freed.
func hashersFor(set, cores int, limits cgroup.Limits, each int64) (hashers int, because string) {
	if set > 0 {
		return set, "ENROLL_HASHERS"
	}
	hashers, because = cores, "one for each core"
	if byQuota := max(1, int(limits.CPU)); limits.CPU > 0 && byQuota < hashers {
		hashers, because = byQuota, fmt.Sprintf("CPU quota of %.4g cores", limits.CPU)
	}
	if byMemory := max(1, limits.Memory/2/each); limits.Memory > 0 && byMemory < int64(hashers) {
		hashers, because = int(byMemory), fmt.Sprintf("half of the memory limit of %d MiB", limits.Memory>>20)
	}
	return hashers, because
}

// processors is GOMAXPROCS. The tests have one of their own.
type processors struct {
	get   func() int
	set   func(n int)
	reset func() // to what Go chooses by cores and quota
}

// gomaxprocs returns the GOMAXPROCS of this process.
func gomaxprocs() processors {
	return processors{
		get:   func() int { return runtime.GOMAXPROCS(0) },
		set:   func(n int) { runtime.GOMAXPROCS(n) },
		reset: runtime.SetDefaultGOMAXPROCS,
	}
}

// raise lets at least twice as many threads run as there are hashers. It returns how
// many may run. A hash holds its thread for milliseconds: if all threads hash, each
// refusal, health check and query waits until Go's scheduler preempts a hash, two or
// three times for one request. With spare threads the kernel schedules them and favors
// the most recently woken. Measured in docs/performance.md.
func (p processors) raise(hashers int) int {
	if n := p.get(); n >= 2*hashers {
		return n
	}
	p.set(2 * hashers)
	return 2 * hashers
}

// follow lets Go choose again at each tick and raises what it chose, until ctx ends. By
// itself Go follows changes of the cores and of the CPU quota only until GOMAXPROCS
// is set, as raise does.
func (p processors) follow(ctx context.Context, tick <-chan time.Time, hashers int) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick:
			p.reset()
			p.raise(hashers)
		}
	}
}
