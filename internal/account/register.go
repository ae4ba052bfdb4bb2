package account

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/enroll-project/enroll/gen/db"
	"github.com/enroll-project/enroll/internal/address"
	"github.com/enroll-project/enroll/internal/admission"
	"github.com/enroll-project/enroll/internal/challenge"
	"github.com/enroll-project/enroll/internal/code"
	"github.com/enroll-project/enroll/internal/holder"
	"github.com/enroll-project/enroll/internal/idempotency"
	"github.com/enroll-project/enroll/internal/identifier"
	"github.com/enroll-project/enroll/internal/invite"
	"github.com/enroll-project/enroll/internal/password"
	"github.com/enroll-project/enroll/internal/postgres"
	"github.com/enroll-project/enroll/internal/profile"
	"github.com/enroll-project/enroll/internal/refusal"
	"github.com/enroll-project/enroll/internal/session"
)

// Register creates a user and returns it with a token. The package doc lists the steps
// and the reasons for their order. A refusal is an *Error, or several joined, and means
// that no user was created, except with the reason OutcomeUnknown: then the user may
// exist.
func (s *Service) Register(ctx context.Context, r Registration) (holder.SignedIn, error) {
	a, err := s.applicant(r)
	if err != nil {
		return holder.SignedIn{}, err
	}
	if a.session, err = s.sessions.Begin(s.config.TokenLife, holder.ClientOf(r.From, r.UserAgent)); err != nil {
		return holder.SignedIn{}, err
	}
	opened, err := s.challenges.Open(OnRegister, r.Site, r.Proof) // check: captcha-at-register
	if err != nil {
		return holder.SignedIn{}, refusal.OfCaptcha(err)
	}
	job, err := s.admitHash(ctx, a)
	if err != nil {
		return holder.SignedIn{}, err
	}
	defer job.Cancel() // a no-op after the hash, and on nil
	claim, earlier, err := s.claimKey(ctx, r, job)
	if err != nil {
		return holder.SignedIn{}, err
	}
	// A repetition gets a new token. The first one may be lost, and is not stored.
	if earlier != nil {
		return s.Again(ctx, *earlier, a.session)
	}
	user, err := s.admit(ctx, r, a, opened, claim, job)
	if err != nil {
		job.Cancel() // let the next request hash during the commit that releases the key
		return holder.SignedIn{}, s.release(ctx, claim, err)
	}
	return holder.SignIn(s.sessions, user, a.session)
}

// admit spends the captcha, tries the code, hashes the password and creates the user:
// cheap steps first.
func (s *Service) admit(
	ctx context.Context, r Registration, a applicant, opened challenge.Opened, c idempotency.Claim, job *password.Job,
) (holder.User, error) {
	// From here on a refusal has spent something.
	if err := s.challenges.Spend(ctx, opened); err != nil {
		return holder.User{}, refusal.OfCaptcha(err)
	}
	var proven code.Proven
	var err error
	// A phone always comes with its code; complete has checked that. An email may come without one,
	// and is stored unverified then.
	if to := a.proves(); to.Address != "" {
		if proven, err = s.codes.Try(ctx, to, r.From, r.Code); err != nil {
			return holder.User{}, refusal.OfCode(err, string(to.Channel))
		}
	}
	if s.config.Breaches != nil && a.password != "" {
		if err := s.config.Breaches.Check(ctx, a.password); err != nil {
			return holder.User{}, refusal.OfPassword(err)
		}
	}
	hash, err := hash(ctx, job, a.password)
	if err != nil {
		return holder.User{}, err
	}
	return s.create(ctx, a, proven, hash, c)
}

// applicant is a registration whose fields are valid, each in the form in which it will
// be stored.
type applicant struct {
	site     int64
	network  string // of the client, "" where networks are not told apart
	userName identifier.UserName
	email    identifier.Email
	phone    identifier.Phone
	password string // normalized, "" for none
	coded    bool   // the request has a code
	profile  profile.Profile
	inviter  invite.Named
	session  session.Start
}

// proves returns the address that the code of the request is to prove: the phone if there is one, else
// the email. It is the zero value if there is no code.
func (a applicant) proves() code.Destination {
	switch {
	case !a.coded:
		return code.Destination{}
	case a.phone.E164 != "":
		return address.ToPhone(a.site, a.phone, ForRegister)
	}
	return address.ToMailbox(a.site, a.email.Key, ForRegister)
}

// applicant checks the fields without the database or another service. It returns all
// refusals together, so that a person can correct a form at once.
func (s *Service) applicant(r Registration) (applicant, error) {
	if err := s.complete(r); err != nil {
		return applicant{}, err
	}
	a := applicant{
		site: r.Site, network: r.From.Narrow(), coded: r.Code != "",
		inviter: invite.Named{Site: r.Site, Code: invite.Canonical(r.InviteCode), ID: r.InviteID},
	}
	if a.inviter.None() {
		a.inviter.Hint = invite.Canonical(r.InviteHint)
	}
	var refusals []error
	var err error
	if r.UserName != "" {
		if a.userName, err = identifier.ParseUserName(r.UserName); err != nil {
			refusals = append(refusals, refusal.OfUserName(err))
		}
	}
	if r.Email != "" {
		if a.email, err = identifier.ParseEmail(r.Email); err != nil {
			refusals = append(refusals, refusal.OfEmail(err))
		}
	}
	if r.Phone != "" {
		if a.phone, err = s.phones.Parse(r.Phone); err != nil {
			refusals = append(refusals, refusal.OfPhone(err))
		}
	}
	// Last, because the words that a password must not be are the other fields.
	if r.Password != "" {
		// check: policy-at-register
		if a.password, err = s.config.Policy.Check(r.Password, s.contextWords(r, a)...); err != nil {
			refusals = append(refusals, refusal.OfPassword(err))
		}
	}
	told := profile.Profile{RealName: r.RealName, FirstName: r.FirstName, LastName: r.LastName, AvatarURL: r.AvatarURL}
	if a.profile, err = profile.Parse(told); err != nil {
		refusals = append(refusals, err)
	}
	return a, errors.Join(refusals...)
}

// complete returns nil if the request has the fields of one method that is offered: user name and
// password, phone and code, or email and code. Otherwise it names the missing fields of its method.
func (s *Service) complete(r Registration) error {
	// An address that cannot be proved is refused and not stored unproved. An email without a code need
	// not be proved: it may stand beside the fields of each method.
	by := s.methodOf(r)
	if err := s.offered(by); err != nil {
		return err
	}
	// The first refusal gives the reason of the answer, the others name fields.
	refusals := []error{&refusal.Error{Reason: refusal.RegistrationIncomplete}}
	lack := func(field, value string) {
		if value == "" {
			refusals = append(refusals, &refusal.Error{Reason: refusal.Required, Field: field})
		}
	}
	switch by {
	case ByPhone:
		lack("phone", r.Phone)
		lack("code", r.Code)
	case ByEmail:
		lack("email", r.Email)
		lack("code", r.Code)
	default:
		lack("user_name", r.UserName)
		lack("password", r.Password)
	}
	if len(refusals) == 1 {
		return nil
	}
	return errors.Join(refusals...)
}

// contextWords returns the words that may not be the password, because they are tried first
// by an attacker with some knowledge of the person or the site.
func (s *Service) contextWords(r Registration, a applicant) []string {
	// As they were given and in canonical form; a field that is invalid is "" in a.
	mailbox, _, _ := strings.Cut(a.email.Key, "@")
	return append([]string{
		r.UserName, a.userName.Key,
		r.Email, a.email.Key, mailbox,
		r.Phone, a.phone.E164, s.phones.Format(a.phone.E164, identifier.PhoneNational),
	}, s.config.SiteWords...)
}

// create inserts the user and spends the code, both or neither. It uses one statement,
// which saves two round trips. If an invitation is used or the request has an
// idempotency key, it uses a transaction.
func (s *Service) create(
	ctx context.Context, a applicant, proven code.Proven, hash *string, c idempotency.Claim,
) (holder.User, error) {
	// Every user gets an invitation of its own, used or not: the reference returns it.
	inviteCode, err := invite.New(s.config.Rand)
	if err != nil {
		return holder.User{}, err
	}
	newcomer := s.newcomer(a, proven, hash, inviteCode)
	var id int64
	steps := func(ctx context.Context, q *db.Queries) (err error) {
		if newcomer.ParentID, err = invite.Use(ctx, q, a.inviter); err != nil {
			return err
		}
		row, err := q.SpendCodeAndInsertUser(ctx, newcomer)
		if err != nil {
			return err
		}
		if err := code.Outcome(row.Outcome); err != nil { // the code was right when it was tried // check: code-outcome
			return err
		}
		id = row.ID
		a.session.Registered(newcomer, row)
		return refusal.OfKey(c.Remember(ctx, q, id, newcomer.Now)) // check: key-remembered
	}
	run := s.run.InTx
	if a.inviter.None() && !c.Given() {
		run = s.run.Alone
	}
	if err := s.evicting(ctx, newcomer, func() error { return run(ctx, steps) }); err != nil {
		refused := refusal.Confirmed(ctx, s.config.Pool, refusal.OfCode(err, string(proven.Channel)))
		// The registration was rolled back, so the answer is counted by a statement of its own.
		return holder.User{}, s.answerOnce(ctx, proven, refused) // check: code-answer-once
	}
	return userInserted(id, newcomer), nil
}

// evicting runs the statements of a registration. If the email is proven, they evict users that have it
// unverified. A user that claims it between the eviction and the insert is evicted by another
// run, as in own. An email that another user has verified stays taken.
func (s *Service) evicting(ctx context.Context, newcomer db.SpendCodeAndInsertUserParams, run func() error) error {
	for tries := 1; ; tries++ {
		err := run()
		// A code that is gone, a taken name or a lost connection needs no other run.
		// check: register-squatters
		if !newcomer.EmailProven || tries == holder.MaxEvictions || postgres.Constraint(err) != "users_email_unique" {
			return err
		}
		_, look := s.queries.UserByVerifiedEmail(ctx, db.UserByVerifiedEmailParams{
			SiteID: newcomer.SiteID, EmailKey: *newcomer.EmailKey,
		})
		if !errors.Is(look, pgx.ErrNoRows) {
			return err // verified; or the database has gone, which changes nothing about the conflict
		}
	}
}

// answerOnce lets each code get the answer that an email is taken once. From the second time on it
// returns the answer of a used-up code, so that a client with one phone cannot test a list of emails.
// A code of the email itself tells about no other email.
func (s *Service) answerOnce(ctx context.Context, proven code.Proven, refused error) error {
	var e *refusal.Error
	if !errors.As(refused, &e) || e.Reason != refusal.EmailTaken || proven.Channel == code.Email {
		return refused
	}
	err := s.codes.AskEmail(ctx, proven)
	if errors.Is(err, postgres.ErrOutcomeUnknown) { // of the count; the registration is refused for certain
		return &refusal.Error{Reason: refusal.Unavailable, RetryAfter: 2 * time.Second, Err: postgres.Safe(err)}
	}
	if err != nil {
		return refusal.OfCode(err, "phone")
	}
	return refused
}

// newcomer returns the parameters of InsertUser: the row, and the code to spend.
func (s *Service) newcomer(a applicant, proven code.Proven, hash *string,
	invite string) db.SpendCodeAndInsertUserParams {
	now := s.config.Now()
	row := db.SpendCodeAndInsertUserParams{
		SiteID:           a.site,
		UserName:         postgres.NullIfEmpty(a.userName.Display),
		UserNameKey:      postgres.NullIfEmpty(a.userName.Key),
		UserNameSkeleton: postgres.NullIfEmpty(a.userName.Skeleton),
		Email:            postgres.NullIfEmpty(a.email.Display),
		EmailKey:         postgres.NullIfEmpty(a.email.Key),
		EmailProven:      proven.Channel == code.Email, // check: email-proven
		Phone:            postgres.NullIfEmpty(a.phone.E164),
		PasswordHash:     hash,
		GroupID:          s.config.GroupID,
		InviteCode:       invite,
		KeysVersion:      identifier.DataVersion, // check: keys-version
		Now:              now,

		KeptNameMacs:        s.leaving.NameMACs(a.site, a.userName.Key, a.userName.Skeleton), // check: name-quarantine
		RegistrationNetwork: s.logins.RegistrationNetwork(invite, a.network),
	}
	proven.SpendInto(&row, now)
	a.session.Into(&row)
	a.profile.Fill(&row)
	if s.config.InviteLimit > 0 {
		row.InviteLimit = &s.config.InviteLimit
	}
	return row
}

// admitHash admits the request to the hashers before it spends anything. If the password
// cannot be hashed in time, the request is refused at once, and its captcha, code and key
// stay valid. It returns nil if there is no password.
func (s *Service) admitHash(ctx context.Context, a applicant) (*password.Job, error) {
	if a.password == "" {
		return nil, nil
	}
	job, err := s.config.Hasher.Admit(ctx, admission.ForRegistration)
	if err != nil {
		return nil, refusal.OfHashing(err)
	}
	return job, nil
}

// hash returns nil if there is no password: such a user logs in by phone and code.
func hash(ctx context.Context, job *password.Job, normalized string) (*string, error) {
	if normalized == "" {
		return nil, nil
	}
	// The wait for a hasher is here. Nothing is locked meanwhile (I4).
	phc, err := job.Hash(ctx, normalized)
	if err != nil {
		return nil, refusal.OfHashing(err)
	}
	return &phc, nil
}
