package admission

import (
	"container/list"
	"time"
)

// Class is the purpose of a job. Classes that compete get equal shares of the slots, measured
// in work; see [classQueue].virtual.
type Class int

// The classes of jobs. Each has a queue of its own.
const (
	ForRegistration Class = iota
	ForLogin
	classes = iota // how many there are
)

// classQueue has the admitted jobs of one class that do not run yet. A job is pending
// from Admit to Run. Then it waits if no slot is idle. The limiter's mutex guards the
// queue.
type classQueue struct {
	pending     int
	pendingWork workload  // as it was declared to Admit
	waiting     list.List // of *Job, in the order in which they came
	waitingWork workload  // as it was given to Run

	// share is a moving average: 1 for each job that Run accepted, 0 for each that ended
	// before, because its request was refused or its client left. It is a fraction of the
	// admitted jobs, not the class's share of the slots. The estimates use the method
	// runs, which has a lower bound.
	share average
	// cost is the average time of a job in proportion to the time of the work that was
	// declared for it, both estimated: Admit does not know yet which hash a login has to verify.
	cost average
	// virtual is the virtual start time of the class's next job, in nanoseconds: the start
	// of its last job plus that job's estimated time. An idle class first moves up to the
	// limiter's virtual time. The class with the lowest virtual time is next.
	virtual float64
}

// average is a moving average. A new value has the weight 1/16.
type average float64

func (a *average) learn(value float64) { *a += (average(value) - *a) / 16 }

// admit adds a pending job.
func (c *classQueue) admit(j *Job) {
	c.pending++
	c.pendingWork.add(j.work)
}

// arrive ends the pending state of a job. The job's work is known now.
func (c *classQueue) arrive(j *Job, work Work, p *paces) {
	c.share.learn(1)
	c.cost.learn(float64(p.time(work)) / float64(p.time(j.work)))
	c.forget(j)
	j.work = work
}

// cancel removes a job that is pending or waits. Otherwise it is a no-op.
func (c *classQueue) cancel(j *Job) {
	if j.element != nil {
		c.dequeue(j)
		return
	}
	if j.pending {
		c.share.learn(0) // check: class-released
	}
	c.forget(j)
}

// forget removes a job from those that are pending, if it is one of them.
func (c *classQueue) forget(j *Job) {
	if !j.pending {
		return
	}
	j.pending = false
	c.pending--
	c.pendingWork.subtract(j.work)
	if c.pending == 0 {
		c.pendingWork = workload{} // sums of floats drift
	}
}

func (c *classQueue) enqueue(j *Job) {
	j.element = c.waiting.PushBack(j)
	c.waitingWork.add(j.work)
}

func (c *classQueue) dequeue(j *Job) {
	c.waiting.Remove(j.element)
	j.element = nil
	c.waitingWork.subtract(j.work)
	if c.waiting.Len() == 0 {
		c.waitingWork = workload{}
	}
}

// first is the job that has waited longest.
func (c *classQueue) first() *Job { return c.waiting.Front().Value.(*Job) }

// runs is the fraction of the pending jobs that is expected to run, 1/patience at least.
// If all pending jobs run, the wait is at most patience (5, in job.go) times the estimate.
// Job.wait refuses a job after patience times MaxWait.
func (c *classQueue) runs() float64 { return max(float64(c.share), 1./patience) }

// admitted is how many jobs are expected to run after those that run now: all that wait,
// and a part of those that are pending.
func (c *classQueue) admitted() float64 {
	return float64(c.waiting.Len()) + float64(c.pending)*c.runs()
}

// time estimates how long one slot would take for the jobs that are expected to run.
func (c *classQueue) time(p *paces) time.Duration {
	pending := float64(c.pendingWork.time(p)) * c.runs() * float64(c.cost) // check: class-cost
	return c.waitingWork.time(p) + time.Duration(pending)
}

// expected estimates how long a job of the declared work takes.
func (c *classQueue) expected(work Work, p *paces) time.Duration {
	return time.Duration(float64(p.time(work)) * float64(c.cost))
}

// next returns the class whose turn it is, or nil if no job waits. The lowest virtual time is
// next, which gives each class with waiting jobs an equal share of the slots.
func next(all *[classes]classQueue) *classQueue {
	var chosen *classQueue
	for i := range all {
		// check: class-share
		if c := &all[i]; c.waiting.Len() > 0 && (chosen == nil || c.virtual < chosen.virtual) {
			chosen = c
		}
	}
	return chosen
}
