package admission

import (
	"container/list"
	"context"
	"fmt"
	"time"

	"github.com/enroll-project/enroll/internal/trace"
)

// Job is one job that was admitted. Only one goroutine may use it. It runs at most
// once.
type Job struct {
	limiter *Limiter
	class   Class
	work    Work
	pending bool          // neither run nor canceled yet
	element *list.Element // in the queue of its class; nil unless it waits
	slot    chan int      // buffered, so that assigning a slot never blocks
}

// Run calls do on a slot, with the slot's number, and returns when do does. If no
// slot is free it waits for one. work is the job's work, as far as it is known now.
//
// Run returns the context's error, wrapped, if the context ends before the job has
// begun, and a [*BusyError] if the wait becomes five times as long as MaxWait, because
// jobs take far longer than they did at admission. In both cases do was not called and
// will not be. A job that has begun is not interrupted.
func (j *Job) Run(ctx context.Context, work Work, do func(slot int)) error {
	start := time.Now()
	_, waits := trace.Start(ctx, "admission")
	slot, err := j.acquire(ctx, work, start)
	if err != nil {
		waits.Fail("not admitted")
	}
	waits.End()
	if err != nil {
		return err
	}
	j.limiter.metrics.waited.Observe(time.Since(start).Seconds())
	_, hash := trace.Start(ctx, "hash")
	hash.Set("enroll.algorithm", work.Algorithm.String())
	defer hash.End()
	done := false
	defer func() { j.limiter.release(slot, done) }() // also if do panics
	do(slot)
	done = true
	return nil
}

// Cancel withdraws the job. It is a no-op after Run and after another Cancel.
func (j *Job) Cancel() { j.withdraw() }

// acquire takes an idle slot, or waits for one.
func (j *Job) acquire(ctx context.Context, work Work, now time.Time) (int, error) {
	l := j.limiter
	l.mu.Lock()
	class := &l.classes[j.class]
	if err := ctx.Err(); err != nil {
		class.cancel(j)
		l.mu.Unlock()
		return 0, fmt.Errorf("admission: %w", err)
	}
	class.arrive(j, work, &l.paces)
	if last := len(l.idle) - 1; last >= 0 {
		slot := l.idle[last]
		l.idle = l.idle[:last]
		l.assign(class, j, slot, now)
		l.metrics.running.Inc()
		l.mu.Unlock()
		return <-j.slot, nil
	}
	class.enqueue(j)
	l.metrics.queued.Set(float64(l.waiting()))
	l.mu.Unlock()
	return j.wait(ctx)
}

// patience is how many times MaxWait an admitted job waits at the most. The request
// has spent a captcha or a code because of the estimate. If the estimate was wrong,
// for example because many users have bcrypt hashes, a late answer is better than
// none.
const patience = 5

// wait waits in the queue for a slot.
func (j *Job) wait(ctx context.Context) (int, error) {
	l := j.limiter
	timer := time.NewTimer(patience * l.maxWait)
	defer timer.Stop()
	select {
	case slot := <-j.slot:
		if err := ctx.Err(); err != nil {
			// The request has ended meanwhile, so its job does not run although it has a slot.
			l.release(slot, false)
			return 0, fmt.Errorf("admission: waiting: %w", err)
		}
		return slot, nil
	case <-ctx.Done():
		if slot, assigned := j.withdraw(); assigned {
			l.release(slot, false)
		}
		return 0, fmt.Errorf("admission: waiting: %w", ctx.Err())
	case <-timer.C:
		if slot, assigned := j.withdraw(); assigned {
			return slot, nil
		}
		l.mu.Lock()
		defer l.mu.Unlock()
		return 0, l.refuse(refusedWait, time.Now())
	}
}

// withdraw removes the job from its class. If a slot is assigned to the job already,
// withdraw returns that slot instead.
func (j *Job) withdraw() (slot int, assigned bool) {
	l := j.limiter
	l.mu.Lock()
	defer l.mu.Unlock()
	select {
	case slot := <-j.slot:
		return slot, true
	default:
		l.classes[j.class].cancel(j)
		l.metrics.queued.Set(float64(l.waiting()))
		return 0, false
	}
}
