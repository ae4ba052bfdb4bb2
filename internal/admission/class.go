package admission

import "container/list"

// Class is what a job is for. Classes that compete get equal shares of the slots.
type Class int

// The classes.
const (
	ForRegistration Class = iota
	ForLogin
	classes = iota // how many there are
)

// classQueue is the admitted jobs of one class that do not run yet. The limiter's
// mutex guards it.
type classQueue struct {
	waiting  list.List // of *Job: those that wait for a slot, in the order they came
	admitted int       // how many there are: those that wait and those to come
	work     float64   // the effort of all of them
	// virtual is the virtual start time of the class's next job: the effort that was
	// run for a class which always had jobs. The class with the lowest is next.
	virtual float64
}

func (c *classQueue) add(j *Job) {
	c.admitted++
	c.work += j.effort
}

// remove takes a job out, whether it waits or not. Removing it twice is a no-op.
func (c *classQueue) remove(j *Job) {
	if j.removed {
		return
	}
	j.removed = true
	if j.element != nil {
		c.waiting.Remove(j.element)
		j.element = nil
	}
	c.admitted--
	c.work -= j.effort
	if c.admitted == 0 {
		c.work = 0 // sums of floats drift
	}
}

// resize corrects an effort that was not known at admission.
func (c *classQueue) resize(j *Job, effort float64) {
	c.work += effort - j.effort
	j.effort = effort
}

func (c *classQueue) enqueue(j *Job) { j.element = c.waiting.PushBack(j) }

// first is the job that has waited longest.
func (c *classQueue) first() *Job { return c.waiting.Front().Value.(*Job) }

// next returns the class whose turn it is, nil if no job waits.
func next(all *[classes]classQueue) *classQueue {
	var chosen *classQueue
	for i := range all {
		if c := &all[i]; c.waiting.Len() > 0 && (chosen == nil || c.virtual < chosen.virtual) {
			chosen = c
		}
	}
	return chosen
}
