package hook

import (
	"maps"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// message is the body of a request, in the form that Standard Webhooks recommends.
type message struct {
	Type      string    `json:"type"`
	Timestamp string    `json:"timestamp"` // RFC 3339, UTC
	Data      Applicant `json:"data"`
}

// Applicant is a person that wants to register, by the rules of a registration: each field is valid, and in the
// form in which it would be stored. A field that was not given is "" or 0.
type Applicant struct {
	Site       int64  `json:"site_id"`
	Method     string `json:"method"` // user_name, phone or email
	UserName   string `json:"user_name"`
	Email      string `json:"email"` // proved by a code only if Method is email
	Phone      string `json:"phone"` // in E.164, proved by a code
	RealName   string `json:"real_name"`
	FirstName  string `json:"first_name"`
	LastName   string `json:"last_name"`
	AvatarURL  string `json:"avatar_url"`
	Birthday   int64  `json:"birthday"` // Unix seconds, as it was sent; 0 for none
	InviteCode string `json:"invite_code"`
	InviteID   int64  `json:"invite_id"`
	Language   string `json:"language"` // of the answer to the person (BCP 47)
	Network    string `json:"network"`  // of the client, an IPv4 /24 or an IPv6 /64; "" if it is not known
}

// fields are those that a decision may name.
// Those that only prove something, such as the code and the captcha, and the password are left out: the receiver does
// not get them, so it cannot know what is wrong with them.
func fields() []string {
	return []string{"user_name", "email", "phone", "real_name", "first_name", "last_name", "avatar_url", "birthday",
		"invite_code", "invite_id"}
}

// Bounds of the messages of a decision.
const (
	maxMessages = 32  // languages; Enroll has 14, and a receiver may add those of an app
	maxText     = 300 // characters; a form shows it beside a field
	maxTag      = 35  // bytes of a language, the length that BCP 47 recommends to accept
)

// Denied is the decision that the person may not register. Its text is that of an error and has nothing of the
// decision.
type Denied struct {
	Field string // the contract's name of a field of the request, "" for the request as a whole
	// messages are texts for the person, by language (BCP 47).
	messages map[string]string
}

// Error says that the hook has denied the registration.
func (d *Denied) Error() string { return "hook: denied" }

// Message returns the text for a person who reads a language: that of the language itself, such as zh-CN, or else
// of its first part, zh. It returns "" if there is none.
func (d *Denied) Message(language string) string {
	if text := d.messages[language]; text != "" {
		return text
	}
	first, _, _ := strings.Cut(language, "-")
	return d.messages[first]
}

// Times after which a repetition may get a decision.
const (
	soon  = 5 * time.Second
	later = 30 * time.Second // the pause of the circuit breaker
)

// UnavailableError reports that there was no decision: the receiver gave no answer, or one that cannot be read, or it
// was not asked. The caller cannot do anything about the difference, so only the text has it, for the log.
type UnavailableError struct {
	RetryAfter time.Duration // when a repetition may get one
	cause      string
}

// Error names the cause. It has nothing of the request, the answer or the URL.
func (e *UnavailableError) Error() string { return "hook: no decision: " + e.cause }

func away(cause string, wait time.Duration) error {
	return &UnavailableError{RetryAfter: wait, cause: cause}
}

// decide reads an answer. Members that it does not know are ignored, so that a receiver may add some.
//
// A denial stays one, also if the rest of it is not good. A field or a message that cannot be shown is left out, and
// the person reads our own words: a receiver that repeats a long or odd value of the applicant in its message must not
// admit that applicant where the hook is open.
func decide(body []byte) (result string, err error) {
	var d struct {
		Decision string         `json:"decision"`
		Field    jsontext.Value `json:"field"`
		Messages jsontext.Value `json:"messages"`
	}
	// This parser refuses a member that occurs twice, and does not match names in another case.
	if err := json.Unmarshal(body, &d, jsontext.AllowInvalidUTF8(true)); err != nil {
		return resultInvalid, away("an answer that is no JSON object of a decision", soon)
	}
	switch d.Decision {
	case "allow":
		return resultAllowed, nil
	case "deny":
		return resultDenied, denial(d.Field, d.Messages)
	}
	return resultInvalid, away("an answer that neither allows nor denies", soon) // check: hook-decision
}

// denial returns the parts of a denial that can be shown.
func denial(field, messages jsontext.Value) *Denied {
	denied, texts := new(Denied), map[string]string(nil)
	// A field that the person has not given may be named, too: the rule may be that it is needed.
	err := json.Unmarshal(field, &denied.Field)
	if err != nil || !slices.Contains(fields(), denied.Field) { // check: hook-field
		denied.Field = ""
	}
	err = json.Unmarshal(messages, &texts, jsontext.AllowInvalidUTF8(true))
	if err == nil && len(texts) <= maxMessages {
		maps.DeleteFunc(texts, func(tag, text string) bool { return !canBeShown(tag, text) })
		denied.messages = texts
	}
	return denied
}

// canBeShown reports whether a message is within the bounds of the contract and cannot mislead a person who reads it.
// The contract has 512 characters for a message, so that one of 300 always fits.
func canBeShown(tag, text string) bool {
	return tag != "" && len(tag) <= maxTag && !strings.ContainsFunc(tag, notOfTag) &&
		text != "" && utf8.RuneCountInString(text) <= maxText &&
		!strings.ContainsFunc(text, misleads) // check: hook-text
}

// notOfTag reports whether a character cannot be in a language tag. Whether the language exists is not checked: a
// message in a language that no answer has is never shown.
func notOfTag(r rune) bool {
	return r != '-' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
}

// misleads reports whether a character is a control, a line break, the mark of bytes that are not UTF-8, or one that
// makes the characters around it appear in another order (Unicode TR 9). Marks of direction and joiners stay allowed:
// texts in Arabic, Hebrew and Persian need them.
func misleads(r rune) bool {
	return unicode.IsControl(r) || r == utf8.RuneError || r == '\u2028' || r == '\u2029' ||
		r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069'
}
