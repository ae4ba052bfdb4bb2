package admission_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/enroll-project/enroll/internal/admission"
)

// crowd keeps n callers of a class at a gate for some time: each comes again as
// soon as it was served or refused. It returns how many were served.
func crowd(group *sync.WaitGroup, gate gate, class admission.Class, n int, effort float64, job, until time.Duration) func() int {
	var mu sync.Mutex
	served, begun := 0, time.Now()
	for range n {
		group.Go(func() {
			for time.Since(begun) < until {
				err := gate.RunFor(context.Background(), class, effort, sleep(job))
				if err != nil {
					time.Sleep(10 * time.Millisecond)
					continue
				}
				mu.Lock()
				served++
				mu.Unlock()
			}
		})
	}
	return func() int { mu.Lock(); defer mu.Unlock(); return served }
}

// TestGateSharesFairly floods the gate with each class in turn: the other, which
// wants as much as it can get with few callers, gets half of the slots; and both
// together keep all slots busy.
func TestGateSharesFairly(t *testing.T) {
	t.Parallel()
	for name, flooding := range map[string]admission.Class{"by registrations": admission.ForRegistration, "by logins": admission.ForLogin} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inBubble(t, 2, 100, time.Second, func(t *testing.T, gate gate, _ *prometheus.Registry) {
				const job, long = 20 * time.Millisecond, time.Minute
				effort := admission.Second / 50
				var group sync.WaitGroup
				most := crowd(&group, gate, flooding, 500, effort, job, long)
				time.Sleep(time.Second)
				few := crowd(&group, gate, 1-flooding, 4, effort, job, long-time.Second)
				group.Wait()
				capacity := 2 * int(long/job)
				if all := most() + few(); all < capacity*99/100 {
					t.Errorf("%d jobs done, of %d that could be", all, capacity)
				}
				if few() < capacity*45/100 {
					t.Errorf("4 callers were served %d times beside the flood, of %d in all", few(), capacity)
				}
			})
		})
	}
}

// TestGateServesInTimeAll: when both classes flood, whoever is admitted waits no
// longer than the longest wait, though each was admitted without knowing of those
// to come.
func TestGateServesInTimeAll(t *testing.T) {
	t.Parallel()
	const job, longest = 20 * time.Millisecond, 700 * time.Millisecond
	inBubble(t, 2, 1000, longest, func(t *testing.T, gate gate, registry *prometheus.Registry) {
		effort := admission.Second / 50
		var group sync.WaitGroup
		flood := func(class admission.Class) {
			for range 200 {
				group.Go(func() {
					begun := time.Now()
					err := gate.RunFor(context.Background(), class, effort, sleep(job))
					took := time.Since(begun)
					if err == nil && took > longest+2*job || err != nil && took != 0 {
						t.Errorf("%v after %v", err, took)
					}
				})
			}
			synctest.Wait()
		}
		flood(admission.ForRegistration)
		flood(admission.ForLogin) // in the same moment: nothing was hashed yet
		group.Wait()
		if late := metric(t, registry, "enroll_password_refusals_total", "reason", "queue_full"); late != 0 {
			t.Errorf("%v were refused for another reason", late)
		}
	})
}

// TestGatePauseIsNoCredit: a class that was away for an hour gets its half, and not
// the hour.
func TestGatePauseIsNoCredit(t *testing.T) {
	t.Parallel()
	inBubble(t, 1, 100, time.Second, func(t *testing.T, gate gate, _ *prometheus.Registry) {
		const job = 20 * time.Millisecond
		effort := admission.Second / 50
		var group sync.WaitGroup
		crowd(&group, gate, admission.ForRegistration, 1, effort, job, time.Hour)
		group.Wait()
		for _, late := range []admission.Class{admission.ForLogin, admission.ForRegistration} {
			first := crowd(&group, gate, 1-late, 4, effort, job, 4*time.Second)
			time.Sleep(time.Second)
			before := first()
			second := crowd(&group, gate, late, 4, effort, job, time.Second)
			time.Sleep(time.Second)
			if a, b := first()-before, second(); a < 20 || b < 20 {
				t.Errorf("in one second %d of those before and %d of class %d", a, b, late)
			}
			group.Wait()
		}
	})
}

// TestGateCountsPromises: who was admitted and has not come yet is waited for in
// the estimate, and nobody is refused on behalf of one who left.
func TestGateCountsPromises(t *testing.T) {
	t.Parallel()
	inBubble(t, 1, 100, 4500*time.Millisecond, func(t *testing.T, gate gate, _ *prometheus.Registry) {
		var leaves []func()
		for range 3 { // one for the slot, and two that might wait 2 and 4 s
			_, leave, err := gate.Admit(admission.ForRegistration, admission.Second)
			if err != nil {
				t.Fatal(err)
			}
			leaves = append(leaves, leave)
		}
		if _, _, err := gate.Admit(admission.ForRegistration, admission.Second); !errors.Is(err, admission.ErrBusy) {
			t.Fatalf("a fourth: %v", err)
		}
		leaves[1]()
		leaves[1]() // twice is once
		run, leave, err := gate.Admit(admission.ForRegistration, admission.Second)
		if err != nil {
			t.Fatalf("after one has left: %v", err)
		}
		if _, _, err := gate.Admit(admission.ForRegistration, admission.Second); !errors.Is(err, admission.ErrBusy) {
			t.Fatalf("and then: %v", err)
		}
		if err := run(sleep(time.Second)); err != nil {
			t.Error(err)
		}
		leave() // after use: nothing is given up
		leaves[0]()
		leaves[2]()
		for range 10 {
			if err := gate.Run(context.Background(), admission.Second, sleep(time.Second)); err != nil {
				t.Errorf("in the end: %v", err)
			}
		}
	})
}

// TestGateIdleSlotsAreGiven: promises that are slow to come keep nobody from a
// slot that nobody uses, up to the longest wait.
func TestGateIdleSlotsAreGiven(t *testing.T) {
	t.Parallel()
	inBubble(t, 2, 100, 10*time.Second, func(t *testing.T, gate gate, _ *prometheus.Registry) {
		for range 4 {
			if _, _, err := gate.Admit(admission.ForRegistration, admission.Second); err != nil {
				t.Fatal(err)
			}
		}
		since := time.Now()
		if err := gate.Run(context.Background(), admission.Second, sleep(time.Second)); err != nil || time.Since(since) != time.Second {
			t.Errorf("%v after %v", err, time.Since(since))
		}
	})
}
