package profile

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/enroll-project/enroll/gen/db"
	"github.com/enroll-project/enroll/internal/admission"
	"github.com/enroll-project/enroll/internal/audit"
	"github.com/enroll-project/enroll/internal/code"
	"github.com/enroll-project/enroll/internal/holder"
	"github.com/enroll-project/enroll/internal/identifier"
	"github.com/enroll-project/enroll/internal/notice"
	"github.com/enroll-project/enroll/internal/password"
	"github.com/enroll-project/enroll/internal/postgres"
	"github.com/enroll-project/enroll/internal/refusal"
)

// identifiers is a checked change of what a user logs in with. A part that is nil stays; one whose
// value is empty is cleared.
type identifiers struct {
	userName *identifier.UserName
	phone    *identifier.Phone
	email    *identifier.Email
}

// The proof is part of the request, and the session keeps no time of a last one: a page that was left open a
// moment after the login changes nothing by itself, and there is nothing to keep that could be out of
// date. A person types the password once for all identifiers of a request.

// none reports whether there is nothing to change.
func (i identifiers) none() bool { return i.userName == nil && i.phone == nil && i.email == nil }

// parseIdentifiers checks the identifiers of a change by the rules of a registration, and returns all
// refusals joined. One that the user has already is left out, so that a repetition of a request
// changes nothing and needs no proof.
func (s *Profiles) parseIdentifiers(c Change) (i identifiers, err error) {
	row := c.By.Live().User
	var refusals []error
	// Compared as it is shown: another case of the same name is a change that a person may want.
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

// emailCode returns the code of a request that is for its email: the phone comes first.
func emailCode(c Change) string {
	if c.Phone != nil && *c.Phone != "" {
		return ""
	}
	return c.Code
}

// parsePhone returns the phone of a change, nil if the user has it already. A phone is never stored
// without its code.
func (s *Profiles) parsePhone(sent, code string, row db.User) (*identifier.Phone, error) {
	if sent == "" {
		if row.Phone == nil {
			return nil, nil
		}
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
	case code == "":
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
	switch {
	case err != nil:
		return nil, refusal.OfEmail(err)
	// With a code, an email that is the user's already is verified by this request.
	case email.Display == postgres.OrZero(row.Email) && (code == "" || row.EmailVerifiedAt != nil):
		return nil, nil
	}
	return &email, nil
}

// changeIdentifiers changes identifiers together with the rest of the profile, all or nothing. A token
// alone does not suffice: the request has the password or a code to an address that the user had
// before. Cheap checks come before the password is hashed and a try of a code is counted.
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
	// A code hashes nothing, so it is never refused as busy.
	var job *password.Job
	if proof.Password != "" {
		var err error
		if job, err = s.config.Hasher.Admit(ctx, admission.ForLogin); err != nil {
			return holder.User{}, refusal.OfHashing(err)
		}
		defer job.Cancel()
	}
	// Counted after the admission, so that a refusal as busy costs none of the day's requests.
	if err := s.prover.CountUse(ctx, holder.IdentifierChanges, c.By.Live().User.ID); err != nil {
		return holder.User{}, err
	}
	shown, err := s.prover.Prove(ctx, proof, job)
	if err != nil {
		return holder.User{}, err
	}
	// After the proof of the holder, so that a stolen token costs the new address no try.
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
	// As in a registration: a name that is taken by a row which a failover would undo is an unknown
	// outcome.
	if err != nil {
		return holder.User{}, refusal.Confirmed(ctx, s.config.Pool, refusal.OfCode(err, "code"))
	}
	// The notices are stored with the change. If the process ends here, the next call of SendNotices
	// sends them.
	s.notices.SendSoon(ctx)
	return holder.UserOf(changed), nil
}

// nameSettled refuses a change of the user name so soon after the last one. A user without a name
// chooses one at any time. To clear the name is a change, too, or it would be a way around.
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
// has none that needs one. A code is bound to the user, the purpose and the address.
func (s *Profiles) proveNew(ctx context.Context, c Change, i identifiers) (code.Proven, error) {
	// One code for each request: of a phone and an email the phone needs it, and the email can be
	// verified afterwards.
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

// Keys of a user are of the version of the rules that the row says, or newer: a changed identifier has the
// newest, and the others are left for `enroll migrate`. So keys_version stays as it is.

// fill sets the columns of the identifiers. The email is verified if its code was right.
func (i identifiers) fill(row *db.ChangeProfileParams, owner code.Proven) {
	if i.userName != nil {
		row.UserNameGiven, row.UserName = true, postgres.NullIfEmpty(i.userName.Display)
		row.UserNameKey = postgres.NullIfEmpty(i.userName.Key)
		row.UserNameSkeleton = postgres.NullIfEmpty(i.userName.Skeleton)
	}
	if i.phone != nil {
		row.PhoneGiven, row.Phone = true, postgres.NullIfEmpty(i.phone.E164)
	}
	if i.email != nil {
		row.EmailGiven = true
		row.Email, row.EmailKey = postgres.NullIfEmpty(i.email.Display), postgres.NullIfEmpty(i.email.Key)
		row.EmailVerified = owner.Channel == code.Email // check: change-email-verified
	}
}

// storeIdentifiers spends the codes, changes the user and writes the notices, in one transaction.
//
// Rows are locked in the order codes, budgets, users by id. Two users that swap their addresses at the same
// moment lock their rows in the same order, so one of them finds its new address taken. An
// address that another user holds verified is refused, and the codes are spent: that a code is right
// is answered once. One that another user only claims is taken from it if its code was shown.
func (s *Profiles) storeIdentifiers(
	ctx context.Context, c Change, i identifiers, row db.ChangeProfileParams, proven []code.Proven,
) (stored db.User, err error) {
	before := c.By.Live().User
	var refused *refusal.Error
	// A code of a phone and one of an email, or one of both: the zero value has no code and spends nothing.
	// In one order, as two requests of one user may have the same codes the other way round.
	slices.SortFunc(proven, func(a, b code.Proven) int { return strings.Compare(a.Address, b.Address) })
	err = s.run.InTx(ctx, func(ctx context.Context, q *db.Queries) error {
		refused = nil // of an attempt that was rolled back
		for _, one := range proven {
			if err := one.Spend(ctx, q, row.Now); err != nil {
				return err
			}
		}
		users, err := q.LockIdentifiers(ctx, db.LockIdentifiersParams{
			SiteID: row.SiteID, ID: row.ID, EmailKey: row.EmailKey,
		})
		if err != nil {
			return err
		}
		own := slices.IndexFunc(users, func(u db.User) bool { return u.ID == row.ID })
		// All sessions were ended since the token was checked, by a reset or a disabling: the proof may
		// be that of a thief whose holder was quicker (I12).
		if own < 0 || !equalTime(users[own].TokensValidFrom, before.TokensValidFrom) {
			return &refusal.Error{Reason: refusal.TokenInvalid}
		}
		// Again, now that the row is locked: of two changes of the name at once the second is refused.
		if err := s.nameSettled(users[own], i); err != nil {
			return err
		}
		// The email is unique in a site, so there is one other user at most.
		if len(users) > 1 {
			other := users[1-own]
			if refused = takenEmail(other, row.EmailVerified); refused != nil {
				return nil
			}
			err := q.EvictUnverifiedEmail(ctx, db.EvictUnverifiedEmailParams{
				SiteID: row.SiteID, EmailKey: *row.EmailKey, ID: row.ID, Now: row.Now,
			})
			if err != nil {
				return err
			}
		}
		// Whether a name or phone is free is for the unique constraints to say (I1): a look-up before
		// would be outdated at once.
		changed, err := q.ChangeProfile(ctx, row)
		switch {
		case errors.Is(err, pgx.ErrNoRows):
			return &refusal.Error{Reason: refusal.AccountDisabled}
		case postgres.Constraint(err) == "users_way_in_check":
			return &refusal.Error{Reason: refusal.IdentifierNeeded, Field: clearedField(row)}
		case err != nil:
			return err
		}
		stored = db.User(changed)
		if i.userName != nil {
			// The name of a deleted user is kept from a change as from a registration.
			_, err := q.RefuseKeptName(ctx, db.RefuseKeptNameParams{
				ID: row.ID, SiteID: row.SiteID, Now: row.Now,
				KeptNameMacs: s.leaving.NameMACs(row.SiteID, i.userName.Key, i.userName.Skeleton),
			})
			if err != nil {
				return err
			}
		}
		if err := auditIdentifiers(ctx, q, row, stored, c.From.Network); err != nil { // check: identifiers-audited
			return err
		}
		return addChangeNotices(ctx, q, users[own], stored, c.Locale, row.Now)
	})
	if err == nil && refused != nil {
		err = refused
	}
	return stored, err
}

// auditIdentifiers writes an audit entry for each identifier of a change. An entry has no value: the log
// outlives the user.
func auditIdentifiers(
	ctx context.Context, q *db.Queries, row db.ChangeProfileParams, stored db.User, network string,
) error {
	for _, one := range []struct {
		given bool
		act   audit.Act
	}{
		{row.UserNameGiven, audit.UserNameChanged}, {row.PhoneGiven, audit.PhoneChanged},
		{row.EmailGiven, audit.EmailChanged},
	} {
		if !one.given {
			continue
		}
		if err := audit.AddOwn(ctx, q, stored, one.act, network, row.Now); err != nil {
			return err
		}
	}
	return nil
}

// takenEmail returns the refusal of an email that another user has, or nil if it may be taken from
// that user.
func takenEmail(other db.User, proved bool) *refusal.Error {
	if other.EmailVerifiedAt != nil || !proved { // check: change-email-taken
		return &refusal.Error{Reason: refusal.EmailTaken, Field: "email"}
	}
	return nil
}

// Which identifiers make a way to log in is a constraint of the table, so that no other program can
// leave a user without one either.

// clearedField returns the field with which the last way to log in was given up.
func clearedField(row db.ChangeProfileParams) string {
	switch {
	case row.PhoneGiven && row.Phone == nil:
		return "phone"
	case row.UserNameGiven && row.UserName == nil:
		return "user_name"
	}
	return "email"
}

// A notice goes to each address by which the person may be reached and which the change has not made a
// stranger's. Of a change of the email the phone hears nothing: an SMS costs money, and the mail to the
// old address is what tells the holder.

// addChangeNotices tells the addresses that the user had before: the old phone and the old verified
// email. A new address needs no notice, and an unverified one may be another person's.
func addChangeNotices(ctx context.Context, q *db.Queries, old, fresh db.User, locale string, now time.Time) error {
	newPhone := postgres.OrZero(old.Phone) != postgres.OrZero(fresh.Phone)
	newEmail := postgres.OrZero(old.EmailKey) != postgres.OrZero(fresh.EmailKey)
	if newPhone && old.Phone != nil {
		if err := notice.Add(ctx, q, old.ID, notice.PhoneChanged, *old.Phone, locale, now); err != nil {
			return err
		}
	}
	email, err := identifier.ParseEmail(postgres.OrZero(old.Email))
	if err != nil || old.EmailVerifiedAt == nil {
		return nil // none, or one of an earlier release that mail cannot be sent to
	}
	// Two notices if both addresses were changed: each has its own words.
	for kind, changed := range map[notice.Kind]bool{notice.PhoneChanged: newPhone, notice.EmailChanged: newEmail} {
		if changed { // check: change-tells-email
			if err := notice.Add(ctx, q, old.ID, kind, email.Address, locale, now); err != nil {
				return err
			}
		}
	}
	return nil
}

// equalTime compares two times of the database, each of which may be NULL.
func equalTime(a, b *time.Time) bool { return postgres.OrZero(a).Equal(postgres.OrZero(b)) }
