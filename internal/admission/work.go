package admission

import "time"

// Algorithm is the password hash of a job. Each algorithm has a pace of its own, because
// their times do not change together: argon2id depends on the speed of memory, and
// bcrypt on the speed of one core.
type Algorithm int

// The algorithms.
const (
	Argon2id   Algorithm = iota
	Bcrypt               // hashes of imported users
	algorithms = iota    // how many there are
)

// String returns the algorithm's name, for traces.
func (a Algorithm) String() string {
	if a == Bcrypt {
		return "bcrypt"
	}
	return "argon2id"
}

// Work is the size of a job.
type Work struct {
	Algorithm Algorithm
	// Units are KiB filled (memory times passes) for [Argon2id], and rounds (2 to
	// the power of the cost) for [Bcrypt].
	Units float64
}

// guess is the assumed time of a unit, in nanoseconds, until a job of the algorithm
// was measured. Both guesses were measured with slow code or on a slow machine: a guess
// that is too high refuses a few requests too early before the first job has run, but a
// guess that is too low admits requests that will not be hashed in time.
func (a Algorithm) guess() float64 {
	switch a {
	case Bcrypt:
		return 60_000 // an EPYC core of a busy machine took 59 ms for cost 10
	default:
		return 565 // x/crypto on the same machine took 22 ms for 19 MiB twice, see docs/hashing.md
	}
}

// paces is how long a slot takes for a unit of each algorithm, in nanoseconds. The
// values are moving averages over the jobs that ran, and 0 before the first job.
// paces is not safe for concurrent use.
type paces [algorithms]float64

// time estimates how long a slot takes for a job.
func (p *paces) time(w Work) time.Duration {
	perUnit := p[w.Algorithm]
	if perUnit == 0 {
		perUnit = w.Algorithm.guess()
	}
	return time.Duration(w.Units * perUnit)
}

// learn records how long a job took. The first measurement of an algorithm replaces
// the guess. Each later one has the weight 1/8: one outlier changes the average
// little, and after ten jobs the average has followed three quarters of a lasting change.
func (p *paces) learn(w Work, took time.Duration) {
	measured := float64(took) / w.Units
	if p[w.Algorithm] == 0 {
		p[w.Algorithm] = measured
		return
	}
	p[w.Algorithm] += (measured - p[w.Algorithm]) / 8
}

// workload is the sum of the work of several jobs.
type workload [algorithms]float64

func (l *workload) add(w Work)      { l[w.Algorithm] += w.Units }
func (l *workload) subtract(w Work) { l[w.Algorithm] -= w.Units }

// time estimates how long one slot would take for all the work.
func (l *workload) time(p *paces) (sum time.Duration) {
	for algorithm, units := range l {
		sum += p.time(Work{Algorithm(algorithm), units})
	}
	return sum
}
