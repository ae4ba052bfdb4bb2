package admission_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/enroll-project/enroll/internal/admission"
)

// The tests of the queue run in synctest's time, where a job that sleeps for a
// second takes exactly that and the tests nothing.

// sleep is a job of the given time.
func sleep(d time.Duration) func(int) { return func(int) { time.Sleep(d) } }

// start has something done meanwhile, from this moment on, and to its end before
// the test ends.
func start(t *testing.T, do func()) {
	var group sync.WaitGroup
	group.Go(do)
	t.Cleanup(group.Wait)
	synctest.Wait()
}

// inBubble runs a test of a gate with the given slots, places and longest wait.
func inBubble(t *testing.T, slots, queue int, maxWait time.Duration, test func(*testing.T, gate, *prometheus.Registry)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		registry := prometheus.NewRegistry()
		test(t, newGate(slots, queue, maxWait, registry), registry)
	})
}

func TestGateIsFirstComeFirstServed(t *testing.T) {
	t.Parallel()
	inBubble(t, 2, 8, time.Minute, func(t *testing.T, gate gate, registry *prometheus.Registry) {
		var (
			mu     sync.Mutex
			begun  []int
			slots  = map[int]bool{}
			doable sync.WaitGroup
		)
		since := time.Now()
		for i := range 10 {
			doable.Go(func() {
				err := gate.Run(context.Background(), admission.Second, func(slot int) {
					mu.Lock()
					begun = append(begun, i)
					if slots[slot] || slot < 0 || slot > 1 {
						t.Errorf("slot %d given twice or out of range", slot)
					}
					slots[slot] = true
					mu.Unlock()
					time.Sleep(time.Second)
					mu.Lock()
					slots[slot] = false
					mu.Unlock()
				})
				if err != nil {
					t.Error(err)
				}
			})
			synctest.Wait()
		}
		if queued, running := metric(t, registry, "enroll_password_queue_length"), metric(t, registry, "enroll_password_running"); queued != 8 || running != 2 {
			t.Errorf("%v queued, %v running", queued, running)
		}
		doable.Wait()
		for i := range begun {
			begun[i] /= 2 // two begin at the same moment, in any order
		}
		if !slices.IsSorted(begun) {
			t.Errorf("begun in the order %v", begun)
		}
		if took := time.Since(since); took != 5*time.Second {
			t.Errorf("ten jobs of a second on two slots took %v", took)
		}
		if queued, running := metric(t, registry, "enroll_password_queue_length"), metric(t, registry, "enroll_password_running"); queued != 0 || running != 0 {
			t.Errorf("afterwards %v queued, %v running", queued, running)
		}
	})
}

// TestGateForeseesTheWait has one slot busy for a second and a longest wait of
// 3.5 s: two may wait, the third is refused at once, because logins might come
// and take every other turn.
func TestGateForeseesTheWait(t *testing.T) {
	t.Parallel()
	inBubble(t, 1, 100, 3500*time.Millisecond, func(t *testing.T, gate gate, registry *prometheus.Registry) {
		for range 3 { // waits of 0, at most 1 and at most 3 s
			start(t, func() {
				if err := gate.Run(context.Background(), admission.Second, sleep(time.Second)); err != nil {
					t.Error(err)
				}
			})
		}
		since := time.Now()
		err := gate.Run(context.Background(), admission.Second, func(int) { t.Error("done all the same") })
		var busy *admission.BusyError
		if !errors.Is(err, admission.ErrBusy) || !errors.As(err, &busy) || busy.RetryAfter != 3*time.Second {
			t.Errorf("got %v", err)
		}
		if time.Since(since) != 0 {
			t.Errorf("refused after %v", time.Since(since))
		}
		if n := metric(t, registry, "enroll_password_refusals_total", "reason", "wait_too_long"); n != 1 {
			t.Errorf("%v refusals counted", n)
		}
		// Once half of the second job is done, what was too long is no longer.
		time.Sleep(1500 * time.Millisecond)
		if err := gate.Run(context.Background(), admission.Second, sleep(time.Second)); err != nil {
			t.Error(err)
		}
		if waited := time.Since(since); waited != 4*time.Second {
			t.Errorf("served after %v", waited)
		}
	})
}

func TestGateQueueIsBounded(t *testing.T) {
	t.Parallel()
	inBubble(t, 1, 2, time.Hour, func(t *testing.T, gate gate, registry *prometheus.Registry) {
		for range 3 {
			start(t, func() { _ = gate.Run(context.Background(), admission.Second, sleep(time.Second)) })
		}
		if err := gate.Run(context.Background(), admission.Second, sleep(0)); !errors.Is(err, admission.ErrBusy) {
			t.Errorf("got %v", err)
		}
		if n := metric(t, registry, "enroll_password_refusals_total", "reason", "queue_full"); n != 1 {
			t.Errorf("%v refusals counted", n)
		}
	})
}

// TestGateLearnsThePace lets jobs take twice as long as first guessed.
func TestGateLearnsThePace(t *testing.T) {
	t.Parallel()
	inBubble(t, 1, 100, 5500*time.Millisecond, func(t *testing.T, gate gate, _ *prometheus.Registry) {
		slow := sleep(2 * time.Second)
		if err := gate.Run(context.Background(), admission.Second, slow); err != nil {
			t.Fatal(err)
		}
		for range 2 { // waits of 0 and 2 s
			start(t, func() {
				if err := gate.Run(context.Background(), admission.Second, slow); err != nil {
					t.Error(err)
				}
			})
		}
		since := time.Now()
		if err := gate.Run(context.Background(), admission.Second, slow); !errors.Is(err, admission.ErrBusy) || time.Since(since) != 0 {
			t.Errorf("a wait of up to 6 s: %v after %v", err, time.Since(since))
		}
	})
}

// TestGateRecoversFromAWrongEstimate measures a job of an hour, as after a
// suspended machine: an idle slot is given all the same, and the estimate heals.
func TestGateRecoversFromAWrongEstimate(t *testing.T) {
	t.Parallel()
	inBubble(t, 1, 4, time.Second, func(t *testing.T, gate gate, _ *prometheus.Registry) {
		tenth := admission.Second / 10
		if err := gate.Run(context.Background(), tenth, sleep(time.Hour)); err != nil {
			t.Fatal(err)
		}
		limited, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		for range 100 {
			if err := gate.Run(limited, tenth, sleep(100*time.Millisecond)); err != nil {
				t.Fatal(err)
			}
		}
		start(t, func() { _ = gate.Run(context.Background(), tenth, sleep(100*time.Millisecond)) })
		if err := gate.Run(context.Background(), tenth, sleep(0)); err != nil {
			t.Errorf("still refused: %v", err)
		}
	})
}

// TestGateWaitsNoLongerThanSaid has a job that takes far longer than foreseen.
func TestGateWaitsNoLongerThanSaid(t *testing.T) {
	t.Parallel()
	inBubble(t, 1, 4, 2*time.Second, func(t *testing.T, gate gate, registry *prometheus.Registry) {
		start(t, func() { _ = gate.Run(context.Background(), admission.Second, sleep(time.Minute)) })
		since := time.Now()
		err := gate.Run(context.Background(), admission.Second, func(int) { t.Error("done all the same") })
		if !errors.Is(err, admission.ErrBusy) || time.Since(since) != 2500*time.Millisecond {
			t.Errorf("%v after %v", err, time.Since(since))
		}
		if n := metric(t, registry, "enroll_password_queue_length"); n != 0 {
			t.Errorf("%v still queued", n)
		}
	})
}

func TestGateHonoursDeadlines(t *testing.T) {
	t.Parallel()
	inBubble(t, 1, 4, time.Minute, func(t *testing.T, gate gate, registry *prometheus.Registry) {
		start(t, func() { _ = gate.Run(context.Background(), admission.Second, sleep(time.Second)) })
		since := time.Now()
		short, cancel := context.WithTimeout(context.Background(), 1900*time.Millisecond) // one second to wait, one to work
		defer cancel()
		if err := gate.Run(short, admission.Second, sleep(time.Second)); !errors.Is(err, admission.ErrBusy) || time.Since(since) != 0 {
			t.Errorf("%v after %v", err, time.Since(since))
		}
		if n := metric(t, registry, "enroll_password_refusals_total", "reason", "deadline"); n != 1 {
			t.Errorf("%v refusals counted", n)
		}
		enough, cancel := context.WithTimeout(context.Background(), 2100*time.Millisecond)
		defer cancel()
		if err := gate.Run(enough, admission.Second, sleep(time.Second)); err != nil {
			t.Error(err)
		}
	})
}

// TestGateLetsGo cancels one that waits: it leaves at once, its job is not done,
// and who stood behind it moves up.
func TestGateLetsGo(t *testing.T) {
	t.Parallel()
	inBubble(t, 1, 4, time.Minute, func(t *testing.T, gate gate, registry *prometheus.Registry) {
		since := time.Now()
		start(t, func() { _ = gate.Run(context.Background(), admission.Second, sleep(time.Second)) })
		leaving, leave := context.WithCancel(context.Background())
		start(t, func() {
			err := gate.Run(leaving, admission.Second, func(int) { t.Error("done all the same") })
			if !errors.Is(err, context.Canceled) || time.Since(since) != 500*time.Millisecond {
				t.Errorf("%v after %v", err, time.Since(since))
			}
		})
		start(t, func() {
			time.Sleep(500 * time.Millisecond)
			leave()
		})
		if err := gate.Run(context.Background(), admission.Second, sleep(time.Second)); err != nil || time.Since(since) != 2*time.Second {
			t.Errorf("behind it: %v after %v", err, time.Since(since))
		}
		if n := metric(t, registry, "enroll_password_wait_seconds"); n != 2 {
			t.Errorf("%v were served", n)
		}
	})
}

// TestGateCancelledAtItsTurn cancels at the moment in which the slot comes free:
// whichever is seen first, the job is not done and the slot is not lost.
func TestGateCancelledAtItsTurn(t *testing.T) {
	t.Parallel()
	inBubble(t, 1, 4, time.Minute, func(t *testing.T, gate gate, _ *prometheus.Registry) {
		for range 200 {
			ctx, cancel := context.WithCancel(context.Background())
			var both sync.WaitGroup
			both.Go(func() {
				if err := gate.Run(context.Background(), admission.Second, func(int) { time.Sleep(time.Second); cancel() }); err != nil {
					t.Error(err)
				}
			})
			synctest.Wait()
			both.Go(func() {
				if err := gate.Run(ctx, admission.Second, func(int) { t.Error("done all the same") }); !errors.Is(err, context.Canceled) {
					t.Error(err)
				}
			})
			both.Wait()
		}
		if err := gate.Run(context.Background(), admission.Second, sleep(0)); err != nil {
			t.Error(err)
		}
	})
}

// unheard is a context whose end is to be seen but was not heard of, as when it
// ends in the moment in which the slot comes free.
type unheard struct {
	context.Context
	ended atomic.Bool
}

func (u *unheard) Err() error {
	if u.ended.Load() {
		return context.Canceled
	}
	return nil
}

func TestGateLooksAgainAtItsTurn(t *testing.T) {
	t.Parallel()
	inBubble(t, 1, 4, time.Minute, func(t *testing.T, gate gate, _ *prometheus.Registry) {
		ctx := &unheard{Context: context.Background()}
		start(t, func() {
			_ = gate.Run(context.Background(), admission.Second, func(int) { time.Sleep(time.Second); ctx.ended.Store(true) })
		})
		if err := gate.Run(ctx, admission.Second, func(int) { t.Error("done all the same") }); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		if err := gate.Run(context.Background(), admission.Second, sleep(0)); err != nil {
			t.Error(err)
		}
	})
}

func TestGateSurvivesAPanic(t *testing.T) {
	t.Parallel()
	inBubble(t, 1, 4, time.Minute, func(t *testing.T, gate gate, registry *prometheus.Registry) {
		func() {
			defer func() { _ = recover() }()
			_ = gate.Run(context.Background(), admission.Second, func(int) { panic("broken") })
		}()
		if err := gate.Run(context.Background(), admission.Second, sleep(0)); err != nil {
			t.Error(err)
		}
		if n := metric(t, registry, "enroll_password_running"); n != 0 {
			t.Errorf("%v still running", n)
		}
	})
}
