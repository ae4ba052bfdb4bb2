//go:build unix

package argon2_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	reference "golang.org/x/crypto/argon2"
	"golang.org/x/sys/unix"

	"github.com/enroll-project/enroll/internal/password/argon2"
)

// BenchmarkRatio reports how many hashes each implementation makes in the CPU time in
// which x/crypto makes one, and the CPU milliseconds of each. CPU time, of all
// threads of the process, excludes the time of other processes. Their other effects,
// on caches for example, hit all implementations alike, because these take turns,
// hash by hash.
//
//	go test ./internal/password/argon2 -run '^$' -bench Ratio -benchtime 50x
func BenchmarkRatio(b *testing.B) {
	for _, p := range []argon2.Params{
		{Memory: 19 << 10, Passes: 2, Lanes: 1}, // the default of the service
		{Memory: 46 << 10, Passes: 1, Lanes: 1}, // OWASP's other end
		{Memory: 64 << 10, Passes: 3, Lanes: 4}, // RFC 9106's second choice
	} {
		for _, workers := range []int{1, 2} {
			b.Run(fmt.Sprintf("m=%d,t=%d,p=%d/workers=%d", p.Memory, p.Passes, p.Lanes, workers),
				func(b *testing.B) { ratio(b, p, workers) })
		}
	}
}

func ratio(b *testing.B, p argon2.Params, workers int) {
	password, salt := []byte("correct horse battery staple"), []byte("0123456789abcdef")
	hashers := map[string]func(worker int){
		"x/crypto": func(int) { reference.IDKey(password, salt, p.Passes, p.Memory, p.Lanes, 32) },
	}
	for _, name := range argon2.Names {
		if im, ok := argon2.Named(name); ok {
			memory := make([]*argon2.Memory, workers)
			for i := range memory {
				memory[i] = argon2.NewMemory(p)
				im.Key(memory[i], password, salt, p, 32) // so that none is faulted in below
			}
			hashers[name] = func(worker int) { im.Key(memory[worker], password, salt, p, 32) }
		}
	}
	took := map[string][]time.Duration{}
	for b.Loop() {
		for name, hash := range hashers { // in another order each time
			var group sync.WaitGroup
			since := cpuTime(b)
			for worker := range workers {
				group.Go(func() { hash(worker) })
			}
			group.Wait()
			took[name] = append(took[name], (cpuTime(b)-since)/time.Duration(workers))
		}
	}
	b.ReportMetric(0, "ns/op") // not reported: it is the time of all together
	median := func(name string) float64 {
		slices.Sort(took[name])
		return took[name][len(took[name])/2].Seconds()
	}
	for name := range took {
		b.ReportMetric(median("x/crypto")/median(name), name+"-ratio")
		b.ReportMetric(1000*median(name), name+"-ms")
	}
}

// cpuTime is the CPU time that this process has had.
func cpuTime(b *testing.B) time.Duration {
	var usage unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
