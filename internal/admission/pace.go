package admission

import "time"

// guessPerKiB is the time, in nanoseconds, that filling a KiB is assumed to take
// until the first job was measured. It is what golang.org/x/crypto needs without
// the assembly of this service (docs/hashing.md): a guess that is too high refuses
// a few requests too early in the first milliseconds, one that is too low admits
// requests that will not be hashed in time.
const guessPerKiB = 565

// pace is how long a slot takes for a unit of effort, learned from the jobs that
// ran. The zero value uses the guess. It is not safe for concurrent use.
type pace struct {
	perKiB float64 // nanoseconds, a moving average; 0 before the first measurement
}

// time estimates how long a slot takes for an effort in KiB.
func (p *pace) time(effort float64) time.Duration {
	if p.perKiB == 0 {
		return time.Duration(effort * guessPerKiB)
	}
	return time.Duration(effort * p.perKiB)
}

// learn records how long an effort took. The first measurement replaces the guess.
// Each further one counts an eighth: one outlier changes the average little, and
// after some ten jobs it has followed a lasting change.
func (p *pace) learn(effort float64, took time.Duration) {
	measured := float64(took) / effort
	if p.perKiB == 0 {
		p.perKiB = measured
		return
	}
	p.perKiB += (measured - p.perKiB) / 8
}
