package password_test

import (
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/enroll-project/enroll/internal/admission"
	"github.com/enroll-project/enroll/internal/password"
)

// TestFlood: 256 callers use 2 hashers with 8 places to wait at once. No more than 2
// hashes run at any time, every caller gets a right hash or a refusal, and no place
// stays taken.
func TestFlood(t *testing.T) {
	t.Parallel()
	const callers, workers, queue = 256, 2, 8
	registry := prometheus.NewRegistry()
	hasher := newHasher(t, password.Config{
		Params:  password.Params{Memory: 1024, Passes: 1, Threads: 1},
		Workers: workers, Queue: queue, MaxWait: time.Hour, Metrics: registry,
	})
	var running, most, hashed atomic.Int64
	busySlots := make([]atomic.Bool, workers)
	asked := make(chan struct{}) // closed once all have asked
	hasher.Watch(func(slot int) {
		if busySlots[slot].Swap(true) {
			t.Errorf("slot %d is used twice at once", slot)
		}
		now := running.Add(1)
		for old := most.Load(); now > old && !most.CompareAndSwap(old, now); old = most.Load() {
		}
		hashed.Add(1)
		<-asked // the first two work until everyone else has come
	}, func(slot int) {
		running.Add(-1)
		busySlots[slot].Store(false)
	})
	var served, refused atomic.Int64
	turnedAway := make(chan struct{}, callers)
	var group sync.WaitGroup
	for range callers {
		group.Go(func() {
			stored, err := hasher.Hash(t.Context(), "kXv9#qLw")
			switch {
			case errors.Is(err, admission.ErrBusy):
				refused.Add(1)
				turnedAway <- struct{}{}
			case err != nil:
				t.Error(err)
			default:
				served.Add(1)
				if _, params, err := password.RoundTrip(stored); err != nil || params.Memory != 1024 {
					t.Errorf("served with %s", stored)
				}
			}
		})
	}
	for range callers - workers - queue { // refusals need no hasher: they come while both work
		<-turnedAway
	}
	close(asked)
	group.Wait()
	if served.Load() != workers+queue || refused.Load() != callers-workers-queue {
		t.Errorf("%d served, %d refused", served.Load(), refused.Load())
	}
	if most.Load() != workers || hashed.Load() != served.Load() {
		t.Errorf("%d hashes, up to %d at once", hashed.Load(), most.Load())
	}
	if counted := metric(t, registry, "enroll_password_refusals_total"); counted != float64(refused.Load()) {
		t.Errorf("%v refusals counted", counted)
	}
	stored, err := hasher.Hash(t.Context(), "kXv9#qLw")
	if err != nil {
		t.Fatal(err)
	}
	if ok, stale, err := hasher.Verify(t.Context(), stored, "kXv9#qLw"); !ok || stale || err != nil {
		t.Errorf("after the flood: %v, %v, %v", ok, stale, err)
	}
}

// TestDefaultWorkers: as many hashes run at once as there are cores, and no more.
func TestDefaultWorkers(t *testing.T) {
	t.Parallel()
	registry := prometheus.NewRegistry()
	hasher := newHasher(t, password.Config{Params: cheap, Metrics: registry})
	cores := runtime.GOMAXPROCS(0)
	var arrived sync.WaitGroup
	arrived.Add(cores)
	hasher.Watch(func(int) { arrived.Done(); arrived.Wait() }, func(int) {})
	var group sync.WaitGroup
	for range cores {
		group.Go(func() {
			if _, err := hasher.Hash(t.Context(), "kXv9#qLw"); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if n := metric(t, registry, "enroll_password_hash_seconds"); n != float64(cores) {
		t.Errorf("%v hashes on %d cores", n, cores)
	}
}
