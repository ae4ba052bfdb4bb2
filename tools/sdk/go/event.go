package enroll

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// MaxEventBody bounds the body of an event, in bytes: the largest of this version has 1 KiB.
const MaxEventBody = 1 << 20

// DefaultTolerance is how far the time of a request with an event may be away from the receiver's clock.
const DefaultTolerance = 5 * time.Minute

// EventType is what has happened to a user. A later version of the service may send other types.
type EventType string

// The types of events that this version knows.
const (
	EventUserRegistered      EventType = "user.registered"
	EventUserVerified        EventType = "user.verified" // the email
	EventUserUpdated         EventType = "user.updated"
	EventUserPasswordChanged EventType = "user.password_changed"
	EventUserDisabled        EventType = "user.disabled"
	EventUserEnabled         EventType = "user.enabled"
	EventUserDeleted         EventType = "user.deleted"
)

// Valid reports whether this version knows the type. A receiver accepts an event of another one and ignores it.
func (t EventType) Valid() bool {
	return slices.Contains([]EventType{EventUserRegistered, EventUserVerified, EventUserUpdated,
		EventUserPasswordChanged, EventUserDisabled, EventUserEnabled, EventUserDeleted}, t)
}

// Event is something that has happened to a user. It has no value of the user: get the user for its values.
type Event struct {
	// WebhookID is the webhook-id: an event that comes again has the same.
	WebhookID string
	Type      EventType
	// Time is when it happened, and not when it was sent.
	Time   time.Time
	ID     int64 // names the event in the admin API
	SiteID int64
	UserID int64
	Seq    int32 // the number of the event among those of the user, from 1 without a gap
	// Fields has the names of the changed fields of EventUserUpdated. It is empty for other types.
	Fields []string
	// Raw is the whole body, with members that a later version has added.
	Raw json.RawMessage
}

// EventProblem is why a request is not an event of the service.
type EventProblem string

// The problems of an [EventError].
const (
	EventHeaderMissing    EventProblem = "header_missing"    // or empty
	EventHeaderInvalid    EventProblem = "header_invalid"    // the id is not ASCII, or the time is no number
	EventTimestampTooOld  EventProblem = "timestamp_too_old" // or a recording; else look at the clocks
	EventTimestampTooNew  EventProblem = "timestamp_too_new"
	EventBodyTooLarge     EventProblem = "body_too_large"    // more than MaxEventBody
	EventSignatureInvalid EventProblem = "signature_invalid" // by none of the secrets: answer 401
	EventBodyInvalid      EventProblem = "body_invalid"      // it is signed, but is no event
)

// EventError is the error of a request that is not an event of the service. Answer it with a status that is not 2xx.
// Its text has nothing of the request.
type EventError struct{ Problem EventProblem }

// Error names the problem.
func (e *EventError) Error() string { return "enroll: not an event: " + string(e.Problem) }

// EventVerifier verifies the requests to a receiver of events, by Standard Webhooks. It is safe for concurrent use.
type EventVerifier struct {
	// Tolerance is how far the time of a request may be away from Now. Set it before the first call.
	Tolerance time.Duration
	// Now is the clock, time.Now but in tests.
	Now  func() time.Time
	keys [][]byte
}

// NewEventVerifier returns a verifier with the [DefaultTolerance]. The secrets are those of ENROLL_EVENTS_SECRET for
// this receiver, each whsec_ and the base64 of 24 to 64 bytes: while one is replaced, give the old and the new one. It
// fails if one has another form, or if there is none. The error has nothing of a secret.
func NewEventVerifier(secrets ...string) (*EventVerifier, error) {
	v := &EventVerifier{Tolerance: DefaultTolerance, Now: time.Now}
	for _, secret := range secrets {
		text, prefixed := strings.CutPrefix(secret, "whsec_")
		key, err := base64.StdEncoding.Strict().DecodeString(text)
		// The decoder skips line ends.
		if !prefixed || err != nil || len(key) < 24 || len(key) > 64 || strings.ContainsAny(text, "\r\n") {
			return nil, errors.New("enroll: a secret of events is whsec_ and the base64 of 24 to 64 bytes")
		}
		v.keys = append(v.keys, key)
	}
	if len(v.keys) == 0 {
		return nil, errors.New("enroll: there is no secret of events")
	}
	return v, nil
}

// Verify returns the event of a request, or an [*EventError]. The body is what has arrived, byte for byte. A request
// that was recorded is refused after the tolerance: until then, drop an event whose WebhookID you have seen.
func (v *EventVerifier) Verify(h http.Header, body []byte) (*Event, error) {
	id, sent, signatures := h.Get("webhook-id"), h.Get("webhook-timestamp"), h.Get("webhook-signature")
	if id == "" || sent == "" || signatures == "" {
		return nil, &EventError{EventHeaderMissing}
	}
	// No sign, blank or other digit: the signature covers this text.
	seconds, err := strconv.ParseInt(sent, 10, 64)
	if err != nil || len(sent) > 12 || strings.Trim(sent, "0123456789") != "" ||
		strings.ContainsFunc(id, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return nil, &EventError{EventHeaderInvalid}
	}
	switch age := v.Now().Sub(time.Unix(seconds, 0)); {
	case age > v.Tolerance:
		return nil, &EventError{EventTimestampTooOld}
	case age < -v.Tolerance:
		return nil, &EventError{EventTimestampTooNew}
	case len(body) > MaxEventBody:
		return nil, &EventError{EventBodyTooLarge}
	case !v.signed(id, sent, signatures, body):
		return nil, &EventError{EventSignatureInvalid}
	}
	return readEvent(id, body)
}

// signed reports whether one of the signatures is by one of the keys. Versions other than v1 are passed over.
func (v *EventVerifier) signed(id, sent, signatures string, body []byte) (signed bool) {
	for _, key := range v.keys {
		mac := hmac.New(sha256.New, key)
		fmt.Fprintf(mac, "%s.%s.", id, sent)
		mac.Write(body)
		want := []byte("v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil)))
		for one := range strings.SplitSeq(signatures, " ") {
			// The time of the comparison tells nothing about the right signature.
			if hmac.Equal([]byte(one), want) {
				signed = true
			}
		}
	}
	return signed
}

// eventBody is the body as the contract has it. Pointers tell what is missing from what is 0.
type eventBody struct {
	Type      EventType `json:"type"`
	Timestamp time.Time `json:"timestamp"`
	Data      struct {
		ID     *int64    `json:"id"`
		SiteID *int64    `json:"site_id"`
		UserID *int64    `json:"user_id"`
		Seq    *int32    `json:"seq"`
		Fields []*string `json:"fields"`
	} `json:"data"`
}

func readEvent(id string, body []byte) (*Event, error) {
	var b eventBody
	d := &b.Data
	if err := json.Unmarshal(body, &b); err != nil || !utf8.Valid(body) || b.Type == "" || b.Timestamp.IsZero() ||
		d.ID == nil || d.SiteID == nil || d.UserID == nil || d.Seq == nil || d.Fields == nil ||
		slices.Contains(d.Fields, nil) {
		return nil, &EventError{EventBodyInvalid}
	}
	fields := []string{}
	for _, field := range d.Fields {
		fields = append(fields, *field)
	}
	return &Event{WebhookID: id, Type: b.Type, Time: b.Timestamp, ID: *d.ID, SiteID: *d.SiteID, UserID: *d.UserID,
		Seq: *d.Seq, Fields: fields, Raw: slices.Clone(body)}, nil
}
