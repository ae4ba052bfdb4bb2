package account

import (
	"context"
	"errors"
	"time"

	"github.com/enroll-project/enroll/internal/code"
	"github.com/enroll-project/enroll/internal/password"
	"github.com/enroll-project/enroll/internal/throttle"
)

// holderProof is what a logged-in user shows besides the token, before something is done that a
// stolen token must not suffice for: the password, or a code that was sent to the user's own phone or
// verified email.
type holderProof struct {
	by       Holder
	field    string // the contract's name of the field with the password
	password string // "" for none
	codeIn   string // the contract's name of the field with the code
	code     string // "" for none
	from     Origin // of the client; wrong passwords and codes are counted by it
}

// complete refuses a proof that has neither part, and one that has both: it would not be clear
// which of them is wrong.
func (p holderProof) complete() error {
	if (p.password == "") == (p.code == "") { // check: proof-required
		return errors.Join(&Error{Reason: ProofRequired}, &Error{Reason: Required, Field: p.field})
	}
	return nil
}

// proveHolder verifies a complete proof. If it is a code, the caller spends what proveHolder returns in
// the transaction that makes the change; of a password there is nothing to spend. job has been
// admitted by the caller, and may be nil for a code.
func (s *Service) proveHolder(ctx context.Context, p holderProof, job *password.Job) (code.Proven, error) {
	if p.code != "" {
		return s.proveCode(ctx, p)
	}
	return code.Proven{}, s.provePassword(ctx, p, job)
}

// proveCode compares a code with those that were sent for ForChange to the user's own addresses. A wrong
// one costs a try of each address that has a code on its way. A code that was sent to an address
// that is not the user's yet proves nothing here.
//
// The match is not looked for first, so that a guess is counted at each address that it is compared
// with. Otherwise an address whose tries are used up would leave the other one to be guessed without
// a count.
func (s *Service) proveCode(ctx context.Context, p holderProof) (code.Proven, error) {
	worst := &code.Refusal{Why: code.Expired}
	for _, to := range ownAddresses(p.by, s.config.Now()) {
		proven, err := s.codes.Try(ctx, to, p.from, p.code)
		var refused *code.Refusal
		switch {
		case err == nil: // check: proof-code
			return proven, nil
		case !errors.As(err, &refused):
			return code.Proven{}, refusalOf(err)
		// Expired means that there is no code for this address. The answer is that of the other one.
		case worst.Why == code.Expired || refused.Why == code.Wrong:
			worst = refused
		}
	}
	refused := codeRefusal(worst, "code")
	var r *Error
	if errors.As(refused, &r) {
		r.Field = p.codeIn
	}
	return code.Proven{}, refused
}

// ownAddresses returns where a code shows that the holder is here: the phone, which was proved at
// registration, and the email once it is verified. An unverified email may be another person's, and
// an address that was changed a moment ago may be a thief's.
func ownAddresses(by Holder, now time.Time) (all []code.Destination) {
	// As the check of the token has read it. The caller's transaction compares what must not have
	// changed since.
	row := by.live.User
	to := code.Destination{Site: row.SiteID, Purpose: ForChange, User: row.ID}
	if row.Phone != nil && settled(row.PhoneSince, now) {
		to.Channel, to.Address = code.Phone, *row.Phone
		all = append(all, to)
	}
	if row.EmailKey != nil && row.EmailVerifiedAt != nil && settled(row.EmailSince, now) { // check: proof-verified
		to.Channel, to.Address = code.Email, *row.EmailKey
		all = append(all, to)
	}
	return all
}

// provePassword verifies the user's password. The try is counted before, as at a login. For a user
// without a password each one is wrong, after the same work.
func (s *Service) provePassword(ctx context.Context, p holderProof, job *password.Job) error {
	row := p.by.live.User
	wrong := &Error{Reason: CredentialsWrong, Field: p.field}
	// No account can have a password that has no normal form.
	// It is refused before a try is counted, as at a login: nothing was compared that could be
	// found by trying.
	typed, err := password.Normalize(p.password)
	if err != nil {
		return wrong
	}
	// The kind is none of a login's, so the count by name is one of its own. That of the account is
	// shared with logins.
	try, err := s.logins.Count(ctx, throttle.Login{
		Site: row.SiteID, Kind: "user", Name: p.by.live.ID,
		Network: p.from.Narrow(), Around: p.from.Around(),
	}, row)
	if err != nil {
		return loginRefusal(err)
	}
	if row.PasswordHash == nil || !try.Compared() {
		if err := job.VerifyDummy(ctx, typed); err != nil {
			return hashingRefusal(err)
		}
		if err := try.Refused(); err != nil {
			return loginRefusal(err)
		}
		return wrong
	}
	right, _, err := job.Verify(ctx, *row.PasswordHash, typed)
	switch {
	case err != nil:
		return hashingRefusal(err)
	// The refusal of a network that has failed at too many accounts comes first, as at a login.
	case !right: // check: change-old-password
		if err := try.Refused(); err != nil {
			return loginRefusal(err)
		}
		return wrong
	}
	// As at a login: the tries are given back, and the network is known from now on.
	return refusalOf(s.logins.Forgive(ctx, try))
}
