package profile

import (
	"context"
	"errors"

	"github.com/enroll-project/enroll/gen/db"
	"github.com/enroll-project/enroll/internal/admission"
	"github.com/enroll-project/enroll/internal/code"
	"github.com/enroll-project/enroll/internal/holder"
	"github.com/enroll-project/enroll/internal/identifier"
	"github.com/enroll-project/enroll/internal/password"
	"github.com/enroll-project/enroll/internal/postgres"
	"github.com/enroll-project/enroll/internal/refusal"
)

// identifiers is a checked change of what a user logs in with. A part that is nil stays; one whose
// value is empty is cleared. One proof of the holder covers all identifiers of a request, so that a
// person types the password once.
type identifiers struct {
	userName *identifier.UserName
	phone    *identifier.Phone
	email    *identifier.Email
}

// none reports whether there is nothing to change.
func (i identifiers) none() bool { return i.userName == nil && i.phone == nil && i.email == nil }

// parseIdentifiers checks the identifiers of a change by the rules of a registration, and returns all
// refusals joined. One that the user has already is left out, so that a repetition of a request
// changes nothing and needs no proof.
func (s *Profiles) parseIdentifiers(c Change) (i identifiers, err error) {
	row := c.By.Live().User
	var refusals []error
	// The name is compared as it is shown, because a person may want to change its case only.
	if sent := c.UserName; sent != nil && *sent != postgres.OrZero(row.UserName) {
		i.userName = &identifier.UserName{}
		if *sent != "" {
			if *i.userName, err = identifier.ParseUserName(*sent); err != nil {
				refusals = append(refusals, refusal.OfUserName(err))
			}
		}
	}
	if c.Phone != nil {
		if i.phone, err = s.parsePhone(*c.Phone, c.Code, row); err != nil {
			refusals = append(refusals, err)
		}
	}
	if c.Email != nil {
		if i.email, err = s.parseNewEmail(*c.Email, emailCode(c), row); err != nil {
			refusals = append(refusals, err)
		}
	}
	return i, errors.Join(refusals...)
}

// emailCode returns the code of a request if it is for the email. If the request has a
// phone, the code is for that.
func emailCode(c Change) string {
	if c.Phone != nil && *c.Phone != "" {
		return ""
	}
	return c.Code
}

// parsePhone returns the phone of a change, nil if the user has it already. It refuses a new phone
// without a code.
func (s *Profiles) parsePhone(sent, code string, row db.User) (*identifier.Phone, error) {
	if sent == "" {
		if row.Phone == nil {
			return nil, nil
		}
		// A check constraint decides in the statement whether the user may give the phone up.
		return &identifier.Phone{}, nil
	}
	if s.config.SMS == nil {
		return nil, &refusal.Error{Reason: refusal.PhoneNotOffered, Field: "phone"}
	}
	// Only phones of countries that are served, as in a registration. A user whose country is no longer
	// served keeps the phone.
	phone, err := s.phones.Parse(sent)
	switch {
	case err != nil:
		return nil, refusal.OfPhone(err)
	case phone.E164 == postgres.OrZero(row.Phone):
		return nil, nil
	case code == "": // check: change-phone-code
		return nil, errors.Join(
			&refusal.Error{Reason: refusal.ProofRequired}, &refusal.Error{Reason: refusal.Required, Field: "code"})
	}
	return &phone, nil
}

// parseNewEmail returns the email of a change, nil if the user has it already and nothing about it
// would change.
func (s *Profiles) parseNewEmail(sent, code string, row db.User) (*identifier.Email, error) {
	if sent == "" {
		if row.Email == nil {
			return nil, nil
		}
		return &identifier.Email{}, nil
	}
	if code != "" && s.config.Mail == nil {
		return nil, &refusal.Error{Reason: refusal.EmailNotOffered, Field: "email"}
	}
	email, err := identifier.ParseEmail(sent)
	// A user keeps an email whose domain is no longer accepted, and may verify it.
	if err == nil && email.Key != postgres.OrZero(row.EmailKey) {
		err = s.config.Emails.Check(email) // check: email-domain-change
	}
	switch {
	case err != nil:
		return nil, refusal.OfEmail(err)
	// A request with a code verifies an email that the user has already.
	case email.Display == postgres.OrZero(row.Email) && (code == "" || row.EmailVerifiedAt != nil):
		return nil, nil
	}
	return &email, nil
}

// changeIdentifiers changes identifiers together with the rest of the profile, all or nothing. A token
// alone does not suffice: the request needs the password, or a code to an address that the user had
// before. No proof is valid for later requests of the session, because another person could use a page
// that was left open. Cheap checks come before the password is hashed and a try of a code is counted.
func (s *Profiles) changeIdentifiers(
	ctx context.Context, c Change, i identifiers, row db.ChangeProfileParams,
) (holder.User, error) {
	// A request that cannot succeed is refused before it costs anything: a missing proof first, because
	// it depends on the request alone.
	proof := holder.Proof{
		By: c.By, Field: "old_password", Password: c.OldPassword, CodeField: "proof_code", Code: c.ProofCode, From: c.From,
	}
	if err := proof.Complete(); err != nil {
		return holder.User{}, err
	}
	if err := s.nameSettled(c.By.Live().User, i); err != nil {
		return holder.User{}, err
	}
	// A request with a code hashes nothing, so it needs no admission.
	var job *password.Job
	if proof.Password != "" {
		var err error
		if job, err = s.config.Hasher.Admit(ctx, admission.ForLogin); err != nil {
			return holder.User{}, refusal.OfHashing(err)
		}
		defer job.Cancel()
	}
	// The request is counted after the admission, so that a request that is refused as busy does not
	// use up the day's budget.
	// check: change-budget
	if err := s.prover.CountUse(ctx, holder.IdentifierChanges, c.By.Live().User.ID); err != nil {
		return holder.User{}, err
	}
	shown, err := s.prover.Prove(ctx, proof, job)
	if err != nil {
		return holder.User{}, err
	}
	// The code of the new address is tried after the proof of the holder, so that a stolen token alone
	// cannot use up its tries.
	owner, err := s.proveNew(ctx, c, i)
	if err != nil {
		return holder.User{}, err
	}
	i.fill(&row, owner)
	// A registration may claim the email between the eviction of another claim and the update.
	var changed db.User
	for range holder.MaxEvictions {
		changed, err = s.storeIdentifiers(ctx, c, i, row, []code.Proven{shown, owner})
		if !row.EmailVerified || postgres.Constraint(err) != "users_email_unique" {
			break
		}
	}
	// The row that has taken the name may be lost in a failover. Then the outcome is unknown, as in a
	// registration.
	if err != nil {
		return holder.User{}, refusal.Confirmed(ctx, s.config.Pool, refusal.OfCode(err, "code"))
	}
	// The notices are stored with the change. If the process ends here, the next call of
	// notice.Service.Send sends them.
	s.notices.SendSoon(ctx)
	return c.By.After(changed), nil
}

// nameSettled refuses a change of the user name too soon after the last one. A user without a
// name chooses one at any time. Clearing the name counts as a change, because a user could
// otherwise clear it and choose another one at once.
func (s *Profiles) nameSettled(row db.User, i identifiers) error {
	if i.userName == nil || row.UserName == nil || row.UserNameChangedAt == nil {
		return nil
	}
	wait := row.UserNameChangedAt.Add(s.config.NameChangeAfter).Sub(s.config.Now())
	if wait > 0 { // check: name-change-after
		return &refusal.Error{Reason: refusal.UserNameTooSoon, Field: "user_name", RetryAfter: wait}
	}
	return nil
}

// proveNew tries the code that was sent to the new address. It returns the zero value if the request
// has no new address that needs a code. A code is bound to the user, the purpose and the address.
func (s *Profiles) proveNew(ctx context.Context, c Change, i identifiers) (code.Proven, error) {
	// A request has one code. If it has a phone and an email, the code is for the phone, and the
	// email can be verified afterwards.
	to := code.Destination{Site: c.By.Site(), Purpose: code.ForChange, User: c.By.Live().User.ID}
	switch {
	case i.phone != nil && i.phone.E164 != "":
		to.Channel, to.Address = code.Phone, i.phone.E164
	case i.email != nil && i.email.Key != "" && emailCode(c) != "":
		to.Channel, to.Address = code.Email, i.email.Key
	default:
		return code.Proven{}, nil
	}
	proven, err := s.codes.Try(ctx, to, c.From, c.Code) // check: change-new-code
	return proven, refusal.OfCode(err, "code")
}
