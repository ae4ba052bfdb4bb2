package admission

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// ErrBusy matches every [BusyError] in errors.Is.
var ErrBusy = errors.New("admission: busy")

// BusyError refuses a job that could not be begun in time. Nothing of the job was
// done.
type BusyError struct {
	// RetryAfter is how long the caller should wait, in whole seconds, at least one. It
	// is the time that the work admitted so far will take, and up to four seconds more,
	// chosen at random. Without the random part, all callers that were refused in a flood
	// would come back in the same second, and be refused again.
	RetryAfter time.Duration
}

// Error names the time after which to retry.
func (e *BusyError) Error() string { return fmt.Sprintf("%v: retry in %v", ErrBusy, e.RetryAfter) }

// Is makes errors.Is(err, ErrBusy) true.
func (e *BusyError) Is(target error) bool { return target == ErrBusy }

// Config holds what a [Limiter] needs.
type Config struct {
	// Slots is how many jobs may run at a time; 1 at least.
	Slots int
	// MaxQueue bounds how many jobs of each class are expected to wait, and so the memory of
	// their requests. A further job is refused even if its estimated wait is short. If all
	// pending jobs run, up to about patience (5) times as many can wait.
	MaxQueue int
	// MaxWait is the longest estimated wait with which a job is admitted. All
	// classes share it: a class can fill only its own part, even while it is alone,
	// so that the estimate stays true when jobs of other classes come.
	MaxWait time.Duration
	// Random returns a number from 0 to n-1; nil means [rand.IntN]. The limiter never makes
	// two calls at a time.
	Random func(n int) int
	// Metrics is where enroll_password_* are registered; nil for nowhere.
	Metrics prometheus.Registerer
}

// Limiter bounds how many jobs run at a time, and how long others wait for a slot.
// It is safe for concurrent use.
type Limiter struct {
	maxWait  time.Duration
	maxQueue int
	metrics  *metrics
	random   func(n int) int

	mu sync.Mutex
	// idle holds the numbers of the slots that are free. While it is not empty no
	// job waits.
	idle    []int
	slots   []running
	classes [classes]classQueue
	// virtual is the virtual time of start-time fair queueing; see classQueue.virtual.
	virtual float64
	paces   paces
}

// retrySpread is the number of seconds over which callers that were refused at the same
// time come back.
const retrySpread = 5

// running is what a slot computes.
type running struct {
	work  Work
	since time.Time
}

// New returns a limiter, or an error if a metric is registered already.
func New(config Config) (*Limiter, error) {
	m := newMetrics()
	if err := m.register(config.Metrics); err != nil {
		return nil, fmt.Errorf("admission: metrics: %w", err)
	}
	if config.Random == nil {
		config.Random = rand.IntN
	}
	l := &Limiter{
		maxWait: config.MaxWait, maxQueue: config.MaxQueue, metrics: m, random: config.Random,
		slots: make([]running, config.Slots),
	}
	for i := range l.classes {
		l.classes[i].share, l.classes[i].cost = 1, 1
	}
	for i := range config.Slots {
		l.idle = append(l.idle, config.Slots-1-i) // the first job gets slot 0
	}
	return l, nil
}

// Admit admits a job, or returns a [*BusyError] at once. It returns the context's
// error, wrapped, if the context has ended. work is the job's work, as far as it is
// known now. If the real work of the class is usually more or less, the estimate takes
// that into account. The caller must run the job or cancel it: until then it counts as
// work to come.
func (l *Limiter) Admit(ctx context.Context, class Class, work Work) (*Job, error) {
	now := time.Now()
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("admission: %w", err)
	}
	// If more slots are idle than jobs are expected to run, the estimate is not used.
	// Otherwise a wrong estimate, for example after the machine was suspended, would refuse
	// every job, and no job would run to correct it.
	if float64(len(l.idle)) <= l.admitted() {
		deadline, limited := ctx.Deadline()
		wait := l.estimate(now, class)
		switch {
		case l.classes[class].admitted()-float64(len(l.idle)) >= float64(l.maxQueue): // check: queue-bound
			return nil, l.refuse(refusedQueue, now)
		case wait > l.maxWait: // check: wait-bound
			return nil, l.refuse(refusedWait, now)
		case limited && now.Add(wait+l.classes[class].expected(work, &l.paces)).After(deadline):
			return nil, l.refuse(refusedDeadline, now)
		}
	}
	j := &Job{limiter: l, class: class, work: work, pending: true, slot: make(chan int, 1)}
	l.classes[class].admit(j) // check: queue-admitted
	return j, nil
}

// release frees a slot. The job that waits longest in the class whose turn it is
// gets it at once. If the slot's job was done, its time updates the pace of its algorithm.
func (l *Limiter) release(slot int, done bool) {
	now := time.Now()
	l.mu.Lock()
	defer l.mu.Unlock()
	if done {
		took := now.Sub(l.slots[slot].since)
		l.metrics.hashed.Observe(took.Seconds())
		l.paces.learn(l.slots[slot].work, took) // check: kind-cost
	}
	class := next(&l.classes)
	if class == nil {
		l.slots[slot] = running{}
		l.idle = append(l.idle, slot)
		l.metrics.running.Dec()
		return
	}
	j := class.first()
	class.dequeue(j)
	l.metrics.queued.Set(float64(l.waiting()))
	l.assign(class, j, slot, now)
}

// assign gives a slot to a job that has left its class. A class that was idle
// continues at the present virtual time: it earns no credit while idle. The caller
// holds mu.
func (l *Limiter) assign(class *classQueue, j *Job, slot int, now time.Time) {
	l.virtual = max(class.virtual, l.virtual)
	class.virtual = l.virtual + float64(l.paces.time(j.work))
	l.slots[slot] = running{work: j.work, since: now}
	j.slot <- slot
}

// estimate returns the longest wait of a job of the class that is admitted now:
// the rest of the jobs that run, the work admitted for the class, and as much again
// for each other class, whose jobs may come meanwhile and get an equal share. The
// caller holds mu.
func (l *Limiter) estimate(now time.Time, class Class) time.Duration {
	return (l.unfinished(now) + classes*l.classes[class].time(&l.paces)) / time.Duration(len(l.slots))
}

// unfinished is the estimated rest of the jobs that run. The caller holds mu.
func (l *Limiter) unfinished(now time.Time) (rest time.Duration) {
	for _, r := range l.slots {
		rest += max(0, l.paces.time(r.work)-now.Sub(r.since))
	}
	return rest
}

// admitted is how many jobs are expected to run and do not run yet. The caller holds
// mu.
func (l *Limiter) admitted() (n float64) {
	for i := range l.classes {
		n += l.classes[i].admitted()
	}
	return n
}

// waiting is how many jobs wait for a slot. The caller holds mu.
func (l *Limiter) waiting() (n int) {
	for i := range l.classes {
		n += l.classes[i].waiting.Len()
	}
	return n
}

// refuse counts a refusal and returns it. The caller holds mu.
func (l *Limiter) refuse(reason string, now time.Time) error {
	l.metrics.refusals.WithLabelValues(reason).Inc()
	work := l.unfinished(now)
	for i := range l.classes {
		work += l.classes[i].time(&l.paces)
	}
	seconds := (work/time.Duration(len(l.slots)) + time.Second - 1) / time.Second
	spread := time.Duration(l.random(retrySpread))
	return &BusyError{RetryAfter: (max(1, seconds) + spread) * time.Second}
}
