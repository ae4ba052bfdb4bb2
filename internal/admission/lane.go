package admission

import "container/list"

// Class is what a password is hashed for. Where several classes want to be
// hashed for, each gets the same share of the hashers, so that a flood of one
// does not keep the others out.
type Class int

// The classes.
const (
	ForRegistration Class = iota
	ForLogin
	classes = iota // how many there are
)

// Promise is a job that was admitted and has not begun.
type Promise struct {
	class  Class
	effort float64
	place  *list.Element // in its lane's queue, nil until it has come
	kept   bool          // no longer in its lane
	slot   chan int      // buffered: giving never waits
}

// lane is the promises of one class. The gate's mutex guards it.
type lane struct {
	queue    list.List // of *Promise, those that have come
	promises int       // they and those to come
	work     float64   // the effort of all
	// used is when the class's next job is due, on a clock that counts the effort
	// given to a class that always waits (start-time fair queueing, Goyal et al.
	// 1996): the lane with the lowest is next.
	used float64
}

func (l *lane) add(p *Promise) {
	l.promises++
	l.work += p.effort
}

// remove takes a promise out, whether it has come or not; twice is once.
func (l *lane) remove(p *Promise) {
	if p.kept {
		return
	}
	p.kept = true
	if p.place != nil {
		l.queue.Remove(p.place)
		p.place = nil
	}
	l.promises--
	l.work -= p.effort
	if l.promises == 0 {
		l.work = 0 // sums of floats drift
	}
}

// resize corrects an effort that was not known when it was promised.
func (l *lane) resize(p *Promise, effort float64) {
	l.work += effort - p.effort
	p.effort = effort
}

// enqueue has a promise wait.
func (l *lane) enqueue(p *Promise) { p.place = l.queue.PushBack(p) }

// first is who has waited longest.
func (l *lane) first() *Promise { return l.queue.Front().Value.(*Promise) }

// next is the lane whose turn it is, nil if nobody waits.
func next(all *[classes]lane) *lane {
	var chosen *lane
	for i := range all {
		if l := &all[i]; l.queue.Len() > 0 && (chosen == nil || l.used < chosen.used) {
			chosen = l
		}
	}
	return chosen
}
