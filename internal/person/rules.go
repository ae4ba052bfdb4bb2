package person

import (
	"time"

	"github.com/enroll-project/enroll/internal/identifier"
	"github.com/enroll-project/enroll/internal/refusal"
)

// name returns the rule of a name. The three names have one rule and none is made of another: the order of
// given and family name differs between languages.
func name(field string) func(string) (string, error) {
	return func(sent string) (string, error) {
		parsed, err := identifier.ParseRealName(sent)
		if err != nil {
			return "", &refusal.Error{Reason: refusal.RealNameInvalid, Field: field, Limit: identifier.MaxRealName}
		}
		return parsed, nil
	}
}

// introduce is the rule of a text about oneself, which may have several lines. Like a name it may have no
// hidden characters, because pages of other people show it.
func introduce(sent string) (string, error) {
	parsed, err := identifier.ParseText(sent)
	if err != nil {
		return "", &refusal.Error{Reason: refusal.IntroduceInvalid, Field: "introduce", Limit: identifier.MaxText}
	}
	return parsed, nil
}

// birthday returns the time that was sent in Unix seconds, or nil for 0, which clears the birthday. The
// contract bounds it to the years 1900 to 2100. Because 0 means none, as in AnQiCMS, January 1, 1970 must be
// sent as another second of that day.
func birthday(sent int64, now time.Time) (*time.Time, error) {
	if sent == 0 {
		return nil, nil
	}
	born := time.Unix(sent, 0).UTC()
	// A day of leeway: in some time zones it is tomorrow already.
	if born.After(now.Add(24 * time.Hour)) { // check: birthday-future
		return nil, &refusal.Error{Reason: refusal.BirthdayInvalid, Field: "birthday"}
	}
	return &born, nil
}
