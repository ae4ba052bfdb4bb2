package admission

import "time"

// Second is the effort of a job that a gate takes to need a second until it has
// measured one.
const Second = float64(time.Second) / guessPerKiB
