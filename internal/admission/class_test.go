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

// crowd runs n callers of a class for some time. Each sends its next job as soon as the last one has run, or 10 ms
// after it was refused. The returned function returns how many jobs have run.
func crowd(
	group *sync.WaitGroup, l limiter, class admission.Class, n int, work admission.Work, job, until time.Duration,
) func() int {
	var mu sync.Mutex
	served, begun := 0, time.Now()
	for range n {
		group.Go(func() {
			for time.Since(begun) < until {
				err := l.runFor(context.Background(), class, work, sleep(job))
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

// TestClassesShareEqually floods the limiter with each class in turn. The other class has four
// callers, each of which sends its next job at once: it gets half of the slots, and both classes
// together keep all slots busy.
func TestClassesShareEqually(t *testing.T) {
	t.Parallel()
	for name, flooding := range map[string]admission.Class{
		"by registrations": admission.ForRegistration, "by logins": admission.ForLogin,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inBubble(t, 2, 100, time.Second, func(t *testing.T, l limiter, _ *prometheus.Registry) {
				const job, alone, beside = 20 * time.Millisecond, time.Second, 4 * time.Second
				work := admission.WorkOf(time.Second / 50)
				var group sync.WaitGroup
				most := crowd(&group, l, flooding, 500, work, job, alone+beside)
				time.Sleep(alone)
				few := crowd(&group, l, 1-flooding, 4, work, job, beside)
				group.Wait()
				capacity := 2 * int((alone+beside)/job)
				if all := most() + few(); all < capacity*99/100 {
					t.Errorf("%d jobs done, of %d that could be", all, capacity)
				}
				if capacity = 2 * int(beside/job); few() < capacity*48/100 {
					t.Errorf("4 callers were served %d times beside the flood, of %d in all", few(), capacity)
				}
			})
		})
	}
}

// TestBothClassesWaitNoLonger floods the limiter with both classes: no admitted job waits longer than MaxWait and the
// time of one job, although the jobs of one class were admitted before those of the other came.
func TestBothClassesWaitNoLonger(t *testing.T) {
	t.Parallel()
	const job, longest = 20 * time.Millisecond, 700 * time.Millisecond
	inBubble(t, 2, 1000, longest, func(t *testing.T, l limiter, registry *prometheus.Registry) {
		work := admission.WorkOf(time.Second / 50)
		var group sync.WaitGroup
		flood := func(class admission.Class) {
			for range 200 {
				group.Go(func() {
					begun := time.Now()
					err := l.runFor(context.Background(), class, work, sleep(job))
					took := time.Since(begun)
					if err == nil && took > longest+2*job || err != nil && took != 0 {
						t.Errorf("%v after %v", err, took)
					}
				})
			}
			synctest.Wait()
		}
		flood(admission.ForRegistration)
		flood(admission.ForLogin) // at the same moment: no job has ended yet
		group.Wait()
		if late := metric(t, registry, "enroll_password_refusals_total", "reason", "queue_full"); late != 0 {
			t.Errorf("%v were refused for another reason", late)
		}
	})
}

// TestIdleClassEarnsNoCredit: a class that was idle, for five minutes in the first round and for a second in the other,
// gets about half of the time of the one slot afterwards, and not the time that it missed.
func TestIdleClassEarnsNoCredit(t *testing.T) {
	t.Parallel()
	inBubble(t, 1, 100, time.Second, func(t *testing.T, l limiter, _ *prometheus.Registry) {
		const job = 20 * time.Millisecond
		work := admission.WorkOf(time.Second / 50)
		var group sync.WaitGroup
		crowd(&group, l, admission.ForRegistration, 1, work, job, 5*time.Minute)
		group.Wait()
		for _, late := range []admission.Class{admission.ForLogin, admission.ForRegistration} {
			first := crowd(&group, l, 1-late, 4, work, job, 4*time.Second)
			time.Sleep(time.Second)
			before := first()
			second := crowd(&group, l, late, 4, work, job, time.Second)
			time.Sleep(time.Second)
			if a, b := first()-before, second(); a < 20 || b < 20 {
				t.Errorf("in one second %d of the first class and %d of class %d", a, b, late)
			}
			group.Wait()
		}
	})
}

// TestAdmittedJobsCount: a job that was admitted and does not run yet counts in the
// estimate, until it is canceled.
func TestAdmittedJobsCount(t *testing.T) {
	t.Parallel()
	inBubble(t, 1, 100, 4500*time.Millisecond, func(t *testing.T, l limiter, _ *prometheus.Registry) {
		admit := func() (*admission.Job, error) {
			return l.Admit(t.Context(), admission.ForRegistration, second())
		}
		var jobs []*admission.Job
		// One for the slot, and two with estimated waits of 2 and 4 s: Admit counts the work ahead twice, since the other
		// class may get half of the time.
		for range 3 {
			job, err := admit()
			if err != nil {
				t.Fatal(err)
			}
			jobs = append(jobs, job)
		}
		if _, err := admit(); !errors.Is(err, admission.ErrBusy) {
			t.Fatalf("a fourth: %v", err)
		}
		jobs[1].Cancel()
		jobs[1].Cancel() // a no-op
		job, err := admit()
		if err != nil {
			t.Fatalf("after one was canceled: %v", err)
		}
		if _, err := admit(); !errors.Is(err, admission.ErrBusy) {
			t.Fatalf("and then: %v", err)
		}
		if err := job.Run(t.Context(), second(), sleep(time.Second)); err != nil {
			t.Error(err)
		}
		job.Cancel() // after Run: a no-op
		jobs[0].Cancel()
		jobs[2].Cancel()
		for range 10 {
			if err := l.run(context.Background(), second(), sleep(time.Second)); err != nil {
				t.Errorf("in the end: %v", err)
			}
		}
	})
}

// TestCanceledJobsKeepNoOneOut has 300 clients whose requests are admitted and then
// refused for another reason, again and again. Requests that do run are admitted
// nevertheless, and still wait no longer than MaxWait.
func TestCanceledJobsKeepNoOneOut(t *testing.T) {
	t.Parallel()
	const longest = 700 * time.Millisecond
	inBubble(t, 2, 128, longest, func(t *testing.T, l limiter, _ *prometheus.Registry) {
		const job, query, long = 5 * time.Millisecond, 2 * time.Millisecond, 2 * time.Second
		if err := l.run(t.Context(), argon2id(), sleep(job)); err != nil {
			t.Fatal(err)
		}
		begun := time.Now()
		var group sync.WaitGroup
		for range 300 {
			group.Go(func() {
				for time.Since(begun) < long {
					if job, err := l.Admit(t.Context(), admission.ForRegistration, argon2id()); err == nil {
						time.Sleep(query)
						job.Cancel()
					}
					time.Sleep(query)
				}
			})
		}
		time.Sleep(long / 10)
		for time.Since(begun) < long {
			group.Go(func() {
				came := time.Now()
				err := l.run(t.Context(), argon2id(), sleep(job))
				if took := time.Since(came); err != nil || took > longest+job {
					t.Errorf("%v after %v", err, took)
				}
			})
			time.Sleep(job) // half of what both slots can do
		}
		group.Wait()
	})
}

// TestAdmittedJobsRunAfterCanceledOnes: after many canceled jobs, Admit admits more than would run within MaxWait. If
// all of them come to run, none is refused.
func TestAdmittedJobsRunAfterCanceledOnes(t *testing.T) {
	t.Parallel()
	inBubble(t, 2, 128, 700*time.Millisecond, func(t *testing.T, l limiter, _ *prometheus.Registry) {
		if err := l.run(t.Context(), argon2id(), sleep(argon2idTime)); err != nil {
			t.Fatal(err)
		}
		for range 1000 {
			job, err := l.Admit(t.Context(), admission.ForRegistration, argon2id())
			if err != nil {
				t.Fatal(err)
			}
			job.Cancel()
		}
		// 140 jobs fill MaxWait. admitAll fails the test if Run refuses one.
		if n := admitAll(t, l, admission.ForRegistration); n < 140 {
			t.Errorf("%d were admitted", n)
		}
	})
}

// TestIdleSlotNeedsNoWait: jobs that were admitted earlier and are not run yet keep no idle slot from a job that is
// admitted later and comes to Run before them.
func TestIdleSlotNeedsNoWait(t *testing.T) {
	t.Parallel()
	inBubble(t, 2, 100, 10*time.Second, func(t *testing.T, l limiter, _ *prometheus.Registry) {
		for range 4 {
			if _, err := l.Admit(t.Context(), admission.ForRegistration, second()); err != nil {
				t.Fatal(err)
			}
		}
		since := time.Now()
		err := l.run(context.Background(), second(), sleep(time.Second))
		if err != nil || time.Since(since) != time.Second {
			t.Errorf("%v after %v", err, time.Since(since))
		}
	})
}
