package person

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"

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

// sameExtra reports whether two texts are the same JSON object, or both are "", which stands for no object. The order
// of members does not count, because the database stores them in an order of its own. It keeps the digits of a number,
// so 1.0 and 1 are two values. For an unreadable text the result is false, and the change is made.
func sameExtra(sent, stored string) bool {
	if sent == "" || stored == "" {
		return sent == stored
	}
	// Both texts were bounded by package contract when they were sent.
	var values [2]any
	for i, text := range []string{sent, stored} {
		decoder := json.NewDecoder(strings.NewReader(text))
		// A float64 would round: two different numbers of 20 digits would be the same.
		decoder.UseNumber()
		if decoder.Decode(&values[i]) != nil {
			return false
		}
	}
	return reflect.DeepEqual(values[0], values[1])
}
