package admission

import "time"

// guessPerKiB is the time, in nanoseconds, that filling a KiB is taken to cost
// until the first hash has been measured: 22 ms for 19 MiB twice.
const guessPerKiB = 565

// pace is how fast one slot works, measured, so that the wait can be foreseen on any
// machine under any other load. The zero value guesses. Not safe for concurrent
// use.
type pace struct {
	perKiB float64 // nanoseconds, a moving average; 0 before the first measurement
}

// time is how long a slot takes for an effort in KiB.
func (p *pace) time(effort float64) time.Duration {
	if p.perKiB == 0 {
		return time.Duration(effort * guessPerKiB)
	}
	return time.Duration(effort * p.perKiB)
}

// learn takes in the time that an effort took: the first replaces the guess,
// each further one counts an eighth, so that one odd measurement does little
// and a change of pace is known after some ten hashes.
func (p *pace) learn(effort float64, took time.Duration) {
	measured := float64(took) / effort
	if p.perKiB == 0 {
		p.perKiB = measured
		return
	}
	p.perKiB += (measured - p.perKiB) / 8
}
