package account

import (
	"github.com/enroll-project/enroll/internal/identifier"
	"github.com/enroll-project/enroll/internal/refusal"
)

// Signup says whether people can register. It applies to every method. Operators create users in any case.
type Signup string

// The values of Signup are those of ENROLL_SIGNUP and of the contract.
const (
	SignupOpen   Signup = "open"   // all methods that are offered register
	SignupClosed Signup = "closed" // no method registers
)

// valid reports whether a Config may have the value. The empty one means open.
func (s Signup) valid() bool { return s == "" || s == SignupOpen || s == SignupClosed }

// closed reports whether sign-up is closed.
func (s *Service) closed() bool { return s.config.Signup == SignupClosed }

// signup returns a refusal if sign-up is closed. It comes before all steps of a registration that cost something. A
// repetition under an idempotency key is refused, too: the user that the first request has created logs in.
func (s *Service) signup() error {
	if s.closed() { // check: signup-closed
		return &refusal.Error{Reason: refusal.SignupClosed}
	}
	return nil
}

// CheckEmailDomains returns an error if an entry of Config.EmailDomains or Config.EmailDenied is not valid. The error
// quotes the entry.
func CheckEmailDomains(entries []string) error {
	_, err := identifier.NewEmailRules(entries, nil)
	return err
}
