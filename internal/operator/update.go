package operator

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/enroll-project/enroll/gen/db"
	"github.com/enroll-project/enroll/internal/admission"
	"github.com/enroll-project/enroll/internal/credential"
	"github.com/enroll-project/enroll/internal/identifier"
	"github.com/enroll-project/enroll/internal/notice"
	"github.com/enroll-project/enroll/internal/person"
	"github.com/enroll-project/enroll/internal/postgres"
	"github.com/enroll-project/enroll/internal/refusal"
	"github.com/enroll-project/enroll/internal/session"
)

// Changes are what an operator changes of a user. A field that is nil stays as it is, and an empty text clears the
// field.
type Changes struct {
	UserName *string
	Email    *string
	// EmailVerified says whether the operator vouches for the email that the user has after the change. If it is nil,
	// a new email is not verified, and an email that stays keeps its mark.
	EmailVerified *bool
	Phone         *string
	// Password is a new password. It cannot be cleared: "" is refused as too short.
	Password *string
	person.Edits
	Group *int64
}

// names returns the names of the fields that are given, for the entry in the log. An entry has no values: it outlives
// the user.
func (c Changes) names() string {
	var names []string
	for _, one := range []struct {
		name  string
		given bool
	}{
		{"user_name", c.UserName != nil}, {"email", c.Email != nil}, {"email_verified", c.EmailVerified != nil},
		{"phone", c.Phone != nil}, {"password", c.Password != nil}, {"group_id", c.Group != nil},
	} {
		// A field that has the value already is named, too: the entry says what was requested.
		if one.given {
			names = append(names, one.name)
		}
	}
	return strings.Join(append(names, c.Edits.Names()...), ", ")
}

// Update changes a user, all fields or none. No code is needed. An address that an operator has set recovers the
// account at once: the holder has often lost the previous address. A new password ends all sessions and the holder
// gets a notice; no other change does either.
func (s *Service) Update(ctx context.Context, a Act, c Changes) (User, error) {
	if s.rules == nil {
		return User{}, errNoRules
	}
	// The fields are checked before the user is read or locked.
	p, typed, err := s.parseChanges(c)
	if err != nil {
		return User{}, err
	}
	if p.PasswordGiven {
		if p.PasswordHash, err = s.hashFor(ctx, a, typed); err != nil {
			return User{}, err
		}
	}
	return s.change(ctx, a, updated, c.names(), func(ctx context.Context, q *db.Queries, row db.User) (db.User, error) {
		changed, err := s.update(ctx, q, row, p, c)
		// Each password that is given is a change, even if it is the one that the user has: sessions end also then.
		if err == nil && p.PasswordGiven {
			err = s.passwordSet(ctx, q, row, changed)
		}
		return changed, err
	})
}

// parseChanges returns the changes as the parameters of their statement, without the hash, and the normalized
// password; or all refusals joined.
func (s *Service) parseChanges(c Changes) (p db.ChangeProfileParams, typed string, err error) {
	// The rules of an identifier are those of a registration, even if the user has an identifier of an earlier release
	// that they refuse.
	var refusals []error
	i, err := s.rules.parse(postgres.OrZero(c.UserName), postgres.OrZero(c.Email), postgres.OrZero(c.Phone))
	refusals = append(refusals, err)
	// NULL clears these three, so a flag says whether the field was sent.
	p.UserNameGiven, p.UserName = c.UserName != nil, postgres.NullIfEmpty(i.userName.Display)
	p.UserNameKey = postgres.NullIfEmpty(i.userName.Key)
	p.UserNameSkeleton = postgres.NullIfEmpty(i.userName.Skeleton)
	p.EmailGiven, p.Email = c.Email != nil, postgres.NullIfEmpty(i.email.Display)
	p.EmailKey = postgres.NullIfEmpty(i.email.Key)
	p.PhoneGiven, p.Phone = c.Phone != nil, postgres.NullIfEmpty(i.phone.E164)
	// The words of the request come first. Those that the user has now are compared after its row was read.
	if p.PasswordGiven = c.Password != nil; p.PasswordGiven {
		typed, err = s.rules.fit(*c.Password, s.rules.wordsOf(i))
		refusals = append(refusals, err)
	}
	// Fill compares a birthday with this time.
	p.Now = s.now()
	refusals = append(refusals, c.Edits.Fill(&p, s.rules.Extra))
	p.Now = time.Time{} // update sets it when it has the lock
	return p, typed, errors.Join(refusals...)
}

// hashFor returns the hash of a new password, or the refusal of a password that its user must not have. It reads the
// user without a lock, so that none is held while the password is hashed (I4 of package account). A name that the
// holder sets at this moment is not compared.
func (s *Service) hashFor(ctx context.Context, a Act, typed string) (*string, error) {
	// An unknown user costs no hash.
	row, err := s.look(ctx, a.User, a.Site)
	if err != nil {
		return nil, err
	}
	if _, err := s.rules.fit(typed, credential.Words(row, s.rules.Phones)); err != nil { // check: operator-new-password
		return nil, err
	}
	// As in Create, the request waits in the queue of registrations.
	job, err := s.rules.Hasher.Admit(ctx, admission.ForRegistration)
	if err != nil {
		return nil, refusal.OfHashing(err)
	}
	defer job.Cancel() // a no-op after the hash
	return s.hash(ctx, typed, job)
}

// passwordSet does what each new password of a user does: it ends all sessions, and tells the holder. before is the
// user as the act has found it. Its email gets the notice even if the act has changed it, as after a change by the
// holder: an operator may be deceived by a stranger.
func (s *Service) passwordSet(ctx context.Context, q *db.Queries, before, row db.User) error {
	now := s.now()
	if err := session.EndAll(ctx, q, row.ID, now); err != nil { // check: operator-password-ends-sessions
		return err
	}
	err := notice.AddByMail(ctx, q, before, notice.PasswordChanged, s.locale, now) // check: operator-password-notice
	had := before.EmailVerifiedAt != nil && postgres.OrZero(before.EmailKey) == postgres.OrZero(row.EmailKey)
	if err != nil || had {
		return err
	}
	return notice.AddByMail(ctx, q, row, notice.PasswordChanged, s.locale, now)
}

// update changes the row of a user that is locked. It returns errSame if the user is like that already.
func (s *Service) update(
	ctx context.Context, q *db.Queries, row db.User, p db.ChangeProfileParams, c Changes,
) (db.User, error) {
	now := s.now()
	if err := fitEmail(&p, row, c.EmailVerified); err != nil {
		return row, err
	}
	leaveOut(&p, row)
	// The group has a statement of its own: the statement of the profile is also that of a holder's changes, which
	// have no group.
	regroup := c.Group != nil && *c.Group != row.GroupID
	// If nothing differs, not even the time of the last change is written.
	if p == (db.ChangeProfileParams{}) && !regroup {
		return row, errSame
	}
	// ByOperator also changes a disabled user, and lets the new addresses recover the account at once.
	p.SiteID, p.ID, p.Now, p.ByOperator = row.SiteID, row.ID, now, true
	if err := s.evict(ctx, q, row.SiteID, row.ID, p.EmailKey, p.EmailVerified, now); err != nil {
		return row, err
	}
	// If an identifier is given, the statement lowers a later version of the row to this one, so that the next
	// `enroll migrate` computes the new key again.
	p.KeysVersion = identifier.DataVersion
	// The statement also removes an uploaded picture whose path is replaced.
	changed, err := q.ChangeProfile(ctx, p)
	// A check constraint of the table says which identifiers are a way in.
	if postgres.Constraint(err) == "users_way_in_check" {
		return row, &refusal.Error{Reason: refusal.IdentifierNeeded}
	}
	if err != nil {
		return row, err
	}
	row = db.User(changed)
	// A name that is cleared passes this check: an empty name has no hashes.
	if p.UserNameGiven {
		if err := s.refuseKept(ctx, q, row, now); err != nil {
			return row, err
		}
	}
	// The group is checked in the transaction, so that a refusal undoes the change as a whole.
	if !regroup {
		return row, nil
	}
	if err := s.groupOf(ctx, q, row.SiteID, *c.Group); err != nil {
		return row, err
	}
	return q.SetUserGroup(ctx, db.SetUserGroupParams{ID: row.ID, GroupID: *c.Group, Now: now})
}

// fitEmail decides what happens to the email of a user and to its mark as verified. The statement sets both together.
func fitEmail(p *db.ChangeProfileParams, row db.User, mark *bool) error {
	if !p.EmailGiven {
		p.Email, p.EmailKey = row.Email, row.EmailKey
	}
	was := row.EmailVerifiedAt != nil
	// The mark is about one email, so it does not pass on to a new email.
	verified := was && postgres.OrZero(p.EmailKey) == postgres.OrZero(row.EmailKey) // check: operator-email-mark
	// The value false removes the mark, so that the holder has to verify the email again.
	if mark != nil {
		verified = *mark
	}
	// There is no email to vouch for. A constraint of the table also refuses the mark without an email.
	if verified && p.EmailKey == nil {
		return errors.Join(&refusal.Error{Reason: refusal.IdentifierNeeded},
			&refusal.Error{Reason: refusal.Required, Field: "email"})
	}
	// The email is compared as it is shown, because a person may want to change its case only.
	p.EmailGiven = postgres.OrZero(p.Email) != postgres.OrZero(row.Email) || verified != was
	p.EmailVerified = p.EmailGiven && verified
	// The parameters are emptied, so that update sees that there is nothing to do.
	if !p.EmailGiven {
		p.Email, p.EmailKey = nil, nil
	}
	return nil
}

// leaveOut removes what the user has already, so that a repetition changes nothing and writes no entry. fitEmail does
// so for the email. A password stays: only a hash of it is known.
func leaveOut(p *db.ChangeProfileParams, row db.User) {
	if postgres.OrZero(p.UserName) == postgres.OrZero(row.UserName) {
		p.UserNameGiven, p.UserName, p.UserNameKey, p.UserNameSkeleton = false, nil, nil, nil
	}
	if postgres.OrZero(p.Phone) == postgres.OrZero(row.Phone) {
		p.PhoneGiven, p.Phone = false, nil
	}
	person.Of(row).LeaveOut(p)
}
