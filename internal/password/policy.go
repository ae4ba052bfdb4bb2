package password

import (
	"errors"
	"fmt"
	"unicode/utf8"
)

const (
	// DefaultMinLength is the minimum length, in code points as typed and after NFC, if no
	// minimum is configured, and the smallest that can be configured (ASVS 6.2.1).
	DefaultMinLength = 8

	// MaxLength is the greatest length of a password, in code points after NFC. ASVS 6.2.9
	// requires at least 64.
	MaxLength = 128

	// maxMinLength is the greatest minimum that can be configured, because
	// every password of 64 code points must be permitted (ASVS 6.2.9).
	maxMinLength = 64
)

// Reasons for which [Policy.Check] refuses a password, besides [ErrInvalid].
var (
	// ErrTooShort is wrapped by a [LengthError].
	ErrTooShort = errors.New("password: too short")
	// ErrTooLong is wrapped by a [LengthError] in [Policy.Check] and stands
	// alone in [Normalize].
	ErrTooLong = errors.New("password: too long")
	// ErrCommon reports that the whole password is in the list of common passwords.
	ErrCommon = errors.New("password: too common")
	// ErrContext reports that the password equals a word of Check's context
	// argument, such as the user name.
	ErrContext = errors.New("password: same as a name or number of the account")
)

// LengthError has the lengths that would have been accepted, in code points. It wraps
// [ErrTooShort] or [ErrTooLong].
type LengthError struct {
	Min, Max int
	reason   error
}

// Error names the bounds, and nothing of the password, not even its length.
func (e *LengthError) Error() string {
	return fmt.Sprintf("%v: %d to %d characters", e.reason, e.Min, e.Max)
}

// Unwrap returns [ErrTooShort] or [ErrTooLong].
func (e *LengthError) Unwrap() error { return e.reason }

// PolicyConfig holds the settings of a [Policy].
type PolicyConfig struct {
	// MinLength is the least number of code points, as typed and after NFC: 8 to 64; 0
	// means [DefaultMinLength]. NIST SP 800-63B-4 §3.1.1.2 requires 15 where the password
	// is the only factor.
	MinLength int
}

// Policy decides which passwords may be chosen. It is immutable and safe for
// concurrent use.
type Policy struct {
	minLength int
}

// NewPolicy returns the policy with the given settings, or an error that names
// the setting out of its bounds.
func NewPolicy(config PolicyConfig) (*Policy, error) {
	length := config.MinLength
	if length == 0 {
		length = DefaultMinLength
	}
	if length < DefaultMinLength || length > maxMinLength {
		return nil, fmt.Errorf("password: minimum length %d is not within %d and %d",
			length, DefaultMinLength, maxMinLength)
	}
	return &Policy{minLength: length}, nil
}

// MinLength is the least number of code points that the policy accepts.
func (p *Policy) MinLength() int { return p.minLength }

// Check checks a password that a user wants to set and returns the form to
// hash. The context holds words that must not be the whole password: the
// site's name, the user name, the email address and its local part, the
// phone number's digits in each way of writing it. The words are compared
// after NFC and case folding. Words of more than 1,024 bytes are ignored. The
// words may come from the same request, unchecked: they can only cause a
// refusal.
//
// The error is the first that applies of [ErrInvalid], a [LengthError],
// [ErrCommon] and [ErrContext]. It does not depend on other accounts.
func (p *Policy) Check(password string, context ...string) (normalized string, err error) {
	normal, err := Normalize(password)
	if errors.Is(err, ErrTooLong) {
		return "", &LengthError{Min: p.minLength, Max: MaxLength, reason: ErrTooLong}
	}
	if err != nil {
		return "", err
	}
	// The length as typed counts, too: NFC turns a few single characters into two or
	// three.
	length := min(utf8.RuneCountInString(password), utf8.RuneCountInString(normal))
	if length < p.minLength { // check: policy-length
		return "", &LengthError{Min: p.minLength, Max: MaxLength, reason: ErrTooShort}
	}
	folded := fold(normal)
	if isCommon(folded) { // check: policy-common
		return "", ErrCommon
	}
	for _, word := range context {
		if len(word) <= maxBytes && fold(word) == folded { // check: policy-context
			return "", ErrContext
		}
	}
	return normal, nil
}
