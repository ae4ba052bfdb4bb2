package admission

import "time"

// Algorithm is the password hash of a job. Each algorithm has a pace of its own, because
// their times do not change together: argon2id depends on the speed of memory, and
// bcrypt on the speed of one core.
type Algorithm int

// The algorithms. All but the first are of hashes of imported users.
const (
	Argon2id Algorithm = iota
	Bcrypt
	PBKDF2SHA1
	PBKDF2SHA256
	PBKDF2SHA512
	Scrypt
	SHA256Crypt
	SHA512Crypt
	algorithms = iota // how many there are
)

// String returns the algorithm's name, for traces.
func (a Algorithm) String() string {
	return [algorithms]string{"argon2id", "bcrypt", "pbkdf2-sha1", "pbkdf2-sha256", "pbkdf2-sha512",
		"scrypt", "sha256-crypt", "sha512-crypt"}[a]
}

// Work is the size of a job.
type Work struct {
	Algorithm Algorithm
	// Units are the KiB that are filled (memory times passes) for [Argon2id], rounds (2 to
	// the power of the cost) for [Bcrypt], iterations for PBKDF2, blocks of 128 bytes for
	// [Scrypt], and rounds for SHA-crypt.
	Units float64
}

// guess is the assumed time of a unit, in nanoseconds, until a job of the algorithm
// was measured. All guesses were measured with slow code or on a slow machine: a guess
// that is too high refuses a few requests too early before the first job has run, but a
// guess that is too low admits requests that will not be hashed in time.
func (a Algorithm) guess() float64 {
	switch a {
	case Bcrypt:
		return 60_000 // an EPYC core of a busy machine took 59 ms for cost 10
	case PBKDF2SHA1:
		return 900 // the same core took 85 ms for 100,000 iterations, without the CPU's instructions for SHA
	case PBKDF2SHA256:
		return 2_900 // 281 ms, and 71 ms with the instructions for SHA
	case PBKDF2SHA512:
		return 3_900 // 380 ms
	case Scrypt:
		return 900 // 57 to 74 ms of CPU for 2^17 blocks, and more beside other work
	case SHA256Crypt, SHA512Crypt:
		return 4_000 // a round hashes about as much as an iteration, or more if the password is long
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
