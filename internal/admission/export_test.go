package admission

import "time"

// WorkOf is work that a limiter assumes to take the given time until it has measured
// a job.
func WorkOf(d time.Duration) Work {
	return Work{Argon2id, float64(d) / Argon2id.guess()}
}
