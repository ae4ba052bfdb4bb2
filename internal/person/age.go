package person

import (
	"time"

	"github.com/enroll-project/enroll/internal/refusal"
)

// CheckAge returns a refusal if a person with this birthday, as it was sent, is not yet that many years old. The
// birthday and the day of now are days in UTC. A person that was born on 29 February reaches the age on 1 March of a
// year without that day. That is the later of the two days that laws use. A birthday of 0 is none, and is not refused.
func CheckAge(sent int64, years int, now time.Time) error {
	born, err := birthday(sent, now)
	if err != nil || born == nil {
		return err
	}
	now = now.UTC()
	today := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, time.UTC)
	// Date turns 29 February of a year without that day into 1 March.
	reached := time.Date(born.Year()+years, born.Month(), born.Day(), 0, 0, 0, 0, time.UTC)
	if today.Before(reached) { // check: min-age
		return &refusal.Error{Reason: refusal.TooYoung, Field: "birthday", Limit: years}
	}
	return nil
}
