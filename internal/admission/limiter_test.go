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

// These tests run in the fake time of synctest: a job that sleeps for a second takes exactly a
// second of fake time, and almost no real time.

// pause lets fake time pass.
func pause(d time.Duration) { time.Sleep(d) }

// sleep is a job that takes the given time.
func sleep(d time.Duration) func(int) { return func(int) { time.Sleep(d) } }

// start runs a function in a goroutine and returns once it waits for something. The
// test ends after the function has.
func start(t *testing.T, do func()) {
	var group sync.WaitGroup
	group.Go(do)
	t.Cleanup(group.Wait)
	synctest.Wait()
}

// inBubble runs a test of a limiter in fake time.
func inBubble(
	t *testing.T, slots, queue int, maxWait time.Duration, test func(*testing.T, limiter, *prometheus.Registry),
) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		registry := prometheus.NewRegistry()
		test(t, newLimiter(slots, queue, maxWait, registry), registry)
	})
}

func TestJobsRunInOrder(t *testing.T) {
	t.Parallel()
	inBubble(t, 2, 8, time.Minute, func(t *testing.T, l limiter, registry *prometheus.Registry) {
		var (
			mu     sync.Mutex
			begun  []int
			slots  = map[int]bool{}
			doable sync.WaitGroup
		)
		since := time.Now()
		for i := range 10 {
			doable.Go(func() {
				err := l.run(context.Background(), second(), func(slot int) {
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
		gauges := func(wantQueued, wantRunning float64) {
			queued := metric(t, registry, "enroll_password_queue_length")
			running := metric(t, registry, "enroll_password_running")
			if queued != wantQueued || running != wantRunning {
				t.Errorf("%v queued, %v running; want %v, %v", queued, running, wantQueued, wantRunning)
			}
		}
		gauges(8, 2)
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
		gauges(0, 0)
	})
}

// TestLongWaitIsRefused has jobs of a second, one slot and a MaxWait of 3.5 s. Two
// jobs may wait behind the first; a third is refused at once, because the estimate
// assumes that logins come and take every other turn.
func TestLongWaitIsRefused(t *testing.T) {
	t.Parallel()
	inBubble(t, 1, 100, 3500*time.Millisecond, func(t *testing.T, l limiter, registry *prometheus.Registry) {
		for range 3 { // estimated waits of 0, 1 and 3 s
			start(t, func() {
				if err := l.run(context.Background(), second(), sleep(time.Second)); err != nil {
					t.Error(err)
				}
			})
		}
		since := time.Now()
		err := l.run(context.Background(), second(), func(int) { t.Error("the job was run") })
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
		// Once the second job is half done the estimate is short enough.
		time.Sleep(1500 * time.Millisecond)
		if err := l.run(context.Background(), second(), sleep(time.Second)); err != nil {
			t.Error(err)
		}
		if waited := time.Since(since); waited != 4*time.Second {
			t.Errorf("served after %v", waited)
		}
	})
}

func TestQueueIsBounded(t *testing.T) {
	t.Parallel()
	inBubble(t, 1, 2, time.Hour, func(t *testing.T, l limiter, registry *prometheus.Registry) {
		for range 3 {
			start(t, func() { _ = l.run(context.Background(), second(), sleep(time.Second)) })
		}
		if err := l.run(context.Background(), second(), sleep(0)); !errors.Is(err, admission.ErrBusy) {
			t.Errorf("got %v", err)
		}
		if n := metric(t, registry, "enroll_password_refusals_total", "reason", "queue_full"); n != 1 {
			t.Errorf("%v refusals counted", n)
		}
	})
}

// TestPaceIsLearned has jobs that take twice as long as first guessed.
func TestPaceIsLearned(t *testing.T) {
	t.Parallel()
	inBubble(t, 1, 100, 5500*time.Millisecond, func(t *testing.T, l limiter, _ *prometheus.Registry) {
		slow := sleep(2 * time.Second)
		if err := l.run(context.Background(), second(), slow); err != nil {
			t.Fatal(err)
		}
		for range 2 { // waits of 0 and 2 s
			start(t, func() {
				if err := l.run(context.Background(), second(), slow); err != nil {
					t.Error(err)
				}
			})
		}
		since := time.Now()
		err := l.run(context.Background(), second(), slow)
		if !errors.Is(err, admission.ErrBusy) || time.Since(since) != 0 {
			t.Errorf("a wait of up to 6 s: %v after %v", err, time.Since(since))
		}
	})
}

// TestWrongEstimateIsCorrected measures a job of an hour, as if the machine had been
// suspended: an idle slot is assigned in spite of the estimate, and later jobs
// correct the estimate.
func TestWrongEstimateIsCorrected(t *testing.T) {
	t.Parallel()
	inBubble(t, 1, 4, time.Second, func(t *testing.T, l limiter, _ *prometheus.Registry) {
		tenth := admission.WorkOf(time.Second / 10)
		if err := l.run(context.Background(), tenth, sleep(time.Hour)); err != nil {
			t.Fatal(err)
		}
		limited, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		for range 100 {
			if err := l.run(limited, tenth, sleep(100*time.Millisecond)); err != nil {
				t.Fatal(err)
			}
		}
		start(t, func() { _ = l.run(context.Background(), tenth, sleep(100*time.Millisecond)) })
		if err := l.run(context.Background(), tenth, sleep(0)); err != nil {
			t.Errorf("still refused: %v", err)
		}
	})
}

// TestWaitIsBounded has a job that takes far longer than estimated: the job behind it
// waits five times MaxWait, and then gives up.
func TestWaitIsBounded(t *testing.T) {
	t.Parallel()
	inBubble(t, 1, 4, 2*time.Second, func(t *testing.T, l limiter, registry *prometheus.Registry) {
		start(t, func() { _ = l.run(context.Background(), second(), sleep(time.Minute)) })
		since := time.Now()
		err := l.run(context.Background(), second(), func(int) { t.Error("the job was run") })
		if !errors.Is(err, admission.ErrBusy) || time.Since(since) != 10*time.Second {
			t.Errorf("%v after %v", err, time.Since(since))
		}
		if n := metric(t, registry, "enroll_password_queue_length"); n != 0 {
			t.Errorf("%v still queued", n)
		}
	})
}

func TestDeadline(t *testing.T) {
	t.Parallel()
	inBubble(t, 1, 4, time.Minute, func(t *testing.T, l limiter, registry *prometheus.Registry) {
		start(t, func() { _ = l.run(context.Background(), second(), sleep(time.Second)) })
		since := time.Now()
		// The job needs a second to wait and a second to run.
		short, cancel := context.WithTimeout(context.Background(), 1900*time.Millisecond)
		defer cancel()
		err := l.run(short, second(), sleep(time.Second))
		if !errors.Is(err, admission.ErrBusy) || time.Since(since) != 0 {
			t.Errorf("%v after %v", err, time.Since(since))
		}
		if n := metric(t, registry, "enroll_password_refusals_total", "reason", "deadline"); n != 1 {
			t.Errorf("%v refusals counted", n)
		}
		enough, cancel := context.WithTimeout(context.Background(), 2100*time.Millisecond)
		defer cancel()
		if err := l.run(enough, second(), sleep(time.Second)); err != nil {
			t.Error(err)
		}
	})
}

// TestCanceledWhileWaiting cancels the context of a job that waits: Run returns at
// once, the job is not run, and the job behind it moves up.
func TestCanceledWhileWaiting(t *testing.T) {
	t.Parallel()
	inBubble(t, 1, 4, time.Minute, func(t *testing.T, l limiter, registry *prometheus.Registry) {
		since := time.Now()
		start(t, func() { _ = l.run(context.Background(), second(), sleep(time.Second)) })
		leaving, leave := context.WithCancel(context.Background())
		start(t, func() {
			err := l.run(leaving, second(), func(int) { t.Error("the job was run") })
			if !errors.Is(err, context.Canceled) || time.Since(since) != 500*time.Millisecond {
				t.Errorf("%v after %v", err, time.Since(since))
			}
		})
		start(t, func() {
			time.Sleep(500 * time.Millisecond)
			leave()
		})
		err := l.run(context.Background(), second(), sleep(time.Second))
		if err != nil || time.Since(since) != 2*time.Second {
			t.Errorf("behind it: %v after %v", err, time.Since(since))
		}
		if n := metric(t, registry, "enroll_password_wait_seconds"); n != 2 {
			t.Errorf("%v jobs ran", n)
		}
	})
}

// TestCanceledAtItsTurn cancels at the moment at which the slot becomes free: the
// job is not run and the slot is not lost, whichever of the two is seen first.
func TestCanceledAtItsTurn(t *testing.T) {
	t.Parallel()
	inBubble(t, 1, 4, time.Minute, func(t *testing.T, l limiter, _ *prometheus.Registry) {
		for range 200 {
			ctx, cancel := context.WithCancel(context.Background())
			var both sync.WaitGroup
			both.Go(func() {
				err := l.run(context.Background(), second(), func(int) { time.Sleep(time.Second); cancel() })
				if err != nil {
					t.Error(err)
				}
			})
			synctest.Wait()
			both.Go(func() {
				err := l.run(ctx, second(), func(int) { t.Error("the job was run") })
				if !errors.Is(err, context.Canceled) {
					t.Error(err)
				}
			})
			both.Wait()
		}
		if err := l.run(context.Background(), second(), sleep(0)); err != nil {
			t.Error(err)
		}
	})
}

// endedUnnoticed is a context whose Err reports that it has ended while its Done
// channel stays open. A context that ends just as a slot becomes free looks like this
// if select chooses the slot.
type endedUnnoticed struct {
	context.Context
	ended atomic.Bool
}

func (u *endedUnnoticed) Err() error {
	if u.ended.Load() {
		return context.Canceled
	}
	return nil
}

func TestContextIsCheckedAtItsTurn(t *testing.T) {
	t.Parallel()
	inBubble(t, 1, 4, time.Minute, func(t *testing.T, l limiter, _ *prometheus.Registry) {
		ctx := &endedUnnoticed{Context: context.Background()}
		start(t, func() {
			_ = l.run(context.Background(), second(), func(int) { time.Sleep(time.Second); ctx.ended.Store(true) })
		})
		if err := l.run(ctx, second(), func(int) { t.Error("the job was run") }); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		if err := l.run(context.Background(), second(), sleep(0)); err != nil {
			t.Error(err)
		}
	})
}

func TestPanicFreesTheSlot(t *testing.T) {
	t.Parallel()
	inBubble(t, 1, 4, time.Minute, func(t *testing.T, l limiter, registry *prometheus.Registry) {
		func() {
			defer func() { _ = recover() }()
			_ = l.run(context.Background(), second(), func(int) { panic("broken") })
		}()
		if err := l.run(context.Background(), second(), sleep(0)); err != nil {
			t.Error(err)
		}
		if n := metric(t, registry, "enroll_password_running"); n != 0 {
			t.Errorf("%v still running", n)
		}
	})
}

// TestRetryAfterIsSpread: refusals of the same moment name different times to retry after,
// from one to five seconds.
func TestRetryAfterIsSpread(t *testing.T) {
	t.Parallel()
	l, err := admission.New(admission.Config{Slots: 1, MaxQueue: 1, MaxWait: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	times := map[time.Duration]int{}
	for range 1002 { // two are admitted
		var busy *admission.BusyError
		if _, err := l.Admit(t.Context(), admission.ForLogin, argon2id()); errors.As(err, &busy) {
			times[busy.RetryAfter]++
		}
	}
	for after := time.Second; after <= 5*time.Second; after += time.Second {
		if n := times[after]; n < 100 || n > 300 { // 200 are expected; 100 is 8 standard deviations off
			t.Errorf("%d of 1000 refusals name %v", n, after)
		}
	}
	if len(times) != 5 {
		t.Errorf("the times are %v", times)
	}
}
