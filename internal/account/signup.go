package account

import (
	"github.com/enroll-project/enroll/internal/identifier"
	"github.com/enroll-project/enroll/internal/invite"
	"github.com/enroll-project/enroll/internal/refusal"
)

// Signup says who can register. It applies to every method. Operators create users in any case.
type Signup string

// The values of Signup are those of ENROLL_SIGNUP and of the contract.
const (
	SignupOpen   Signup = "open"   // people register by each method that is offered
	SignupInvite Signup = "invite" // the same, with an invitation of an operator
	SignupClosed Signup = "closed" // nobody registers
	// People register by each method, and an operator decides who may log in. Invited people are
	// admitted at once.
	SignupApproval Signup = "approval"
)

// valid reports whether a Config may have the value. The empty one means open.
func (s Signup) valid() bool {
	return s == "" || s == SignupOpen || s == SignupInvite || s == SignupApproval || s == SignupClosed
}

// closed reports whether sign-up is closed.
func (s *Service) closed() bool { return s.config.Signup == SignupClosed }

// signup returns a refusal if sign-up is closed, or if it is by invitation and the request has no code in the form of
// an operator's. It comes before all steps of a registration that cost something. Where sign-up is closed, a repetition
// under an idempotency key is refused, too: the user that the first request has created logs in.
func (s *Service) signup(n invite.Named) error {
	if s.closed() { // check: signup-closed
		return &refusal.Error{Reason: refusal.SignupClosed}
	}
	return n.Missing()
}

// waits reports whether a newcomer waits until an operator approves it. An invitation of an operator, which the
// transaction of the registration has used, is such a decision. A user's invite code decides nothing: each user can
// pass it on to anybody.
func (s *Service) waits(used invite.Used) bool {
	return s.config.Signup == SignupApproval && used.Invitation == nil // check: signup-approval
}

// named returns the invite code, id and hint of a request. The address that the request proves is not known yet.
func (s *Service) named(r Registration) invite.Named {
	n := invite.Named{
		Site: r.Site, Code: invite.Canonical(r.InviteCode), ID: r.InviteID,
		Required: s.config.Signup == SignupInvite, // check: signup-invite
	}
	if n.None() {
		n.Hint = invite.Canonical(r.InviteHint)
	}
	return n
}

// CheckEmailDomains returns an error if an entry of Config.EmailDomains, Config.EmailDenied or
// Config.EmailDisposableExcept is not valid. The error quotes the entry.
func CheckEmailDomains(entries []string) error {
	_, err := identifier.NewEmailRules(entries, nil)
	return err
}
