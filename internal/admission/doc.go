// Package admission decides which request is hashed at once, which waits and which is refused. A
// refusal by Admit comes before the request has spent a captcha or a try.
//
// A [Limiter] runs at most as many jobs at a time as it has slots. [Limiter.Admit]
// estimates how long a new job would wait. If that is too long it returns a
// [BusyError]; otherwise it returns a [Job], which the caller runs or cancels.
//
// # Why two steps
//
// Between admission and the hash a request spends things that it cannot get back: a
// captcha, and a try of a code. So before it spends them, it must be certain that its
// password will be hashed. To read the length of the queue is not enough: many requests
// may read it at the same moment, and most of them would be refused after they have
// spent their captcha. So an admitted job counts as work to come until it is run or
// canceled.
//
// Not every admitted job runs: its captcha may be spent already, or its code wrong. So the
// estimate counts only a part of the jobs that are neither run nor canceled yet: the
// fraction of admitted jobs that ran lately, but at least a fifth. Otherwise a stranger
// could send one solved captcha again and again, and fill the queue with requests that
// are refused before their hash.
//
// An admitted job holds no slot. It takes a slot when it runs, and does nothing else
// while it holds the slot.
//
// # The estimate
//
// Work is measured in units of its algorithm, and the time of a unit is learned from
// the jobs that ran. The estimate therefore follows the machine, its other load
// and its CPU quota. Before a login has looked the user up, the hash that it will
// verify is not known: the estimate assumes the average work of the logins before
// it.
//
// The wait of a new job is the sum of three parts, divided by the number of slots: the
// rest of the jobs that run, the work of its own class that was admitted before, and the
// same amount once more for each other class, because jobs of that class that arrive
// later get an equal share of the slots.
//
// # Fairness
//
// Jobs of one class run in the order in which they reached Run. Classes that compete
// get equal shares of the slots, measured in work (start-time fair queueing, Goyal,
// Vin and Cheng 1996), so that a flood of logins does not stop registrations.
//
// # Concurrency
//
// The callers' goroutines do the work. A Limiter starts no goroutine and needs no
// Close. All its state is behind one mutex, which is held for microseconds.
package admission
