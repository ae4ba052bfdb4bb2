package person

import (
	"errors"

	"github.com/enroll-project/enroll/internal/extra"
	"github.com/enroll-project/enroll/internal/refusal"
)

// parseExtra checks the extra data of a change. For the empty object it returns NULL, which clears the extra data,
// even if the schema requires a member: users may always remove their data. A nil schema allows no extra data.
func parseExtra(described *extra.Schema, object []byte) (*string, error) {
	if described == nil { // check: extra-offered
		return nil, &refusal.Error{Reason: refusal.ExtraNotOffered, Field: "extra"}
	}
	text := string(object)
	if text == "{}" {
		return nil, nil
	}
	offenses, err := described.Offenses("extra", object)
	if err != nil || len(offenses) == 0 {
		return &text, err
	}
	// The first refusal gives the reason of the answer: ExtraInvalid, even if the only offense is a missing member.
	refusals := []error{&refusal.Error{Reason: refusal.ExtraInvalid}}
	for _, o := range offenses {
		reason := refusal.ExtraInvalid
		if o.Missing {
			reason = refusal.Required
		}
		refusals = append(refusals, &refusal.Error{Reason: reason, Field: o.Path})
	}
	return nil, errors.Join(refusals...)
}
