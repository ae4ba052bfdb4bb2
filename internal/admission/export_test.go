package admission

import "time"

// Second is the effort of a job that a limiter assumes to take a second until it has
// measured one.
const Second = float64(time.Second) / guessPerKiB
