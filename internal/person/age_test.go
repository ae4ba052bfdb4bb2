package person_test

import (
	"errors"
	"testing"
	"time"

	"github.com/enroll-project/enroll/internal/person"
	"github.com/enroll-project/enroll/internal/refusal"
)

// TestCheckAge: the age is reached on the day that has the month and the day of the birthday, in UTC, and on 1 March if
// the birthday is 29 February and the year has no such day. The time of the day does not matter.
func TestCheckAge(t *testing.T) {
	t.Parallel()
	at := func(text string) time.Time {
		parsed, err := time.Parse(time.RFC3339, text)
		if err != nil {
			t.Fatal(err)
		}
		return parsed
	}
	for _, c := range []struct {
		born, now string
		years     int
		want      refusal.Reason
	}{
		{"2008-11-30T00:00:00Z", "2026-11-29T23:59:59Z", 18, refusal.TooYoung},
		{"2008-11-30T00:00:00Z", "2026-11-30T00:00:00Z", 18, ""},
		{"2008-11-30T23:59:59Z", "2026-11-30T00:00:00Z", 18, ""},
		{"2008-11-30T00:00:00Z", "2026-11-30T07:59:59+08:00", 18, refusal.TooYoung}, // still 29 November in UTC
		{"2008-11-30T00:00:00Z", "2026-11-30T08:00:00+08:00", 18, ""},
		{"2008-12-01T00:00:00Z", "2026-11-30T23:59:59Z", 18, refusal.TooYoung},
		{"2008-02-29T00:00:00Z", "2026-02-28T23:59:59Z", 18, refusal.TooYoung},
		{"2008-02-29T00:00:00Z", "2026-03-01T00:00:00Z", 18, ""},
		{"2008-02-29T00:00:00Z", "2028-02-28T23:59:59Z", 20, refusal.TooYoung},
		{"2008-02-29T00:00:00Z", "2028-02-29T00:00:00Z", 20, ""},
		{"1970-01-01T00:00:01Z", "1988-01-01T00:00:00Z", 18, ""},
		{"1900-01-01T00:00:00Z", "2026-11-30T00:00:00Z", 18, ""},
		{"2026-11-30T00:00:00Z", "2026-11-30T12:00:00Z", 1, refusal.TooYoung},
		{"2026-12-03T00:00:00Z", "2026-11-30T12:00:00Z", 1, refusal.BirthdayInvalid},
	} {
		err := person.CheckAge(at(c.born).Unix(), c.years, at(c.now))
		var refused *refusal.Error
		if errors.As(err, &refused); c.want == "" && err != nil || c.want != "" &&
			(refused == nil || refused.Reason != c.want || refused.Field != "birthday") {
			t.Errorf("born %s, %d years at %s: %v, want %q", c.born, c.years, c.now, err, c.want)
		}
	}
}
