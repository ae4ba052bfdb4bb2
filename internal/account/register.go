package account

import (
	"cmp"
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
	"github.com/enroll-project/enroll/internal/person"
	"github.com/enroll-project/enroll/internal/postgres"
	"github.com/enroll-project/enroll/internal/refusal"
	"github.com/enroll-project/enroll/internal/session"
)

// Register creates a user and returns it with a token, or without one if the user waits until an operator
// approves it. The package doc lists the steps and the reasons for their order. A refusal is a
// *refusal.Error, or several joined. It means that this call has created no user, except with the reason
// OutcomeUnknown: then the user may exist.
func (s *Service) Register(ctx context.Context, r Registration) (holder.SignedIn, error) {
	if err := s.signup(s.named(r)); err != nil {
		return holder.SignedIn{}, err
	}
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
	// A repetition gets a new token. The first token is not stored, and its answer may be lost. A repetition accepts no
	// terms: the time and the language of the first request stay.
	if earlier != nil {
		return s.again(ctx, *earlier, a.session, r.Locale)
	}
	a.session = a.session.Accepting(s.config.Terms.Accept(r.Locale, s.config.Now())) // check: terms-stored
	user, err := s.admit(ctx, r, a, opened, claim, job)
	if err != nil {
		job.Cancel() // let the next request hash during the commit that releases the key
		return holder.SignedIn{}, s.release(ctx, claim, err)
	}
	// No session was stored, so even a token would open nothing. None is signed, because a client takes a token for a
	// login: its next request would be refused, and the person would be shown that instead of the wait.
	if user.Waiting { // check: waiting-no-token
		return holder.Waits(user, a.session), nil
	}
	return holder.SignIn(s.sessions, user, a.session)
}

// admit compares the accepted terms, looks the invitation up if one is required, spends the captcha, tries the code,
// asks the hook, hashes the password and creates the user: cheap steps first.
func (s *Service) admit(
	ctx context.Context, r Registration, a applicant, opened challenge.Opened, c idempotency.Claim, job *password.Job,
) (holder.User, error) {
	// A repetition of a registration does not come here, so it is answered even if the version of the terms has changed
	// or its invitation is used up.
	if err := s.agreed(r); err != nil { // check: terms-with-key
		return holder.User{}, err
	}
	if err := invite.Look(ctx, s.queries, a.inviter, s.config.Now()); err != nil { // check: invitation-first
		return holder.User{}, refusal.Of(err)
	}
	// If captchas are on, a refusal after this step has spent one.
	if err := s.challenges.Spend(ctx, opened); err != nil {
		return holder.User{}, refusal.OfCaptcha(err)
	}
	var proven code.Proven
	var err error
	// A phone always has its code; complete has checked that. An email may have no code, and is then
	// stored unverified.
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
	if err := s.askHook(ctx, r, a); err != nil { // check: hook-asked
		return holder.User{}, err
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
	network  string // of the client, "" where networks are not distinguished
	userName identifier.UserName
	email    identifier.Email
	phone    identifier.Phone
	password string        // normalized, "" for none
	coded    bool          // the request has a code
	told     person.Basics // the name and the avatar that the person has given
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

// applicant checks the fields without the database or another service. If no field of the method
// is missing, it returns the refusals of all fields together, so that a person can correct a form
// at once.
func (s *Service) applicant(r Registration) (applicant, error) {
	if err := s.complete(r); err != nil {
		return applicant{}, err
	}
	a := applicant{
		site: r.Site, network: r.From.Narrow(), coded: r.Code != "", inviter: s.named(r),
	}
	var refusals []error
	var err error
	if r.UserName != "" {
		if a.userName, err = identifier.ParseUserName(r.UserName); err != nil {
			refusals = append(refusals, refusal.OfUserName(err))
		}
	}
	if r.Email != "" {
		if a.email, err = s.emails.Parse(r.Email); err != nil { // check: email-domain-register
			refusals = append(refusals, refusal.OfEmail(err))
		}
	}
	if r.Phone != "" {
		if a.phone, err = s.phones.Parse(r.Phone); err != nil {
			refusals = append(refusals, refusal.OfPhone(err))
		}
	}
	// The password is checked last, because it must not be one of the other fields.
	if r.Password != "" {
		// check: policy-at-register
		if a.password, err = s.config.Policy.Check(r.Password, s.contextWords(r, a)...); err != nil {
			refusals = append(refusals, refusal.OfPassword(err))
		}
	}
	if a.told, err = r.Basics.Parse(); err != nil {
		refusals = append(refusals, err)
	}
	// Nothing of the birthday is stored, not even that it was compared.
	if s.config.MinAge > 0 { // check: min-age-at-register
		refusals = append(refusals, person.CheckAge(r.Birthday, s.config.MinAge, s.config.Now()))
	}
	// A request with a key may be a repetition, which is not compared with the version of today (I5). If other fields
	// are refused anyway, the terms are named with them; otherwise admit compares them.
	if r.IdempotencyKey == "" || errors.Join(refusals...) != nil { // check: terms-at-register
		refusals = append(refusals, s.agreed(r))
	}
	a.inviter.Proves = a.proves()
	return a, errors.Join(refusals...)
}

// agreed returns the refusal of a request that does not accept the terms of the deployment.
func (s *Service) agreed(r Registration) error {
	return refusal.OfTerms(s.config.Terms.Check(r.AcceptedTerms))
}

// complete returns nil if the request has the fields of one method that is offered: user name and
// password, phone and code, or email and code. It refuses a method that is not offered. Otherwise
// it names the fields of the method that are missing.
func (s *Service) complete(r Registration) error {
	// A phone is refused if its method is not offered: it must not be stored unproved. An email without
	// a code is stored unverified, and a request by any method may have one.
	by := s.methodOf(r)
	if err := s.offered(by); err != nil {
		return err
	}
	// The first refusal is the reason of the answer. The others name the missing fields.
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
	if s.config.MinAge > 0 && r.Birthday == 0 { // check: min-age-needed
		lack("birthday", "")
	}
	if len(refusals) == 1 {
		return nil
	}
	return errors.Join(refusals...)
}

// contextWords returns the words that must not be the password. An attacker that knows something
// about the person or the site tries them first.
func (s *Service) contextWords(r Registration, a applicant) []string {
	// Each field is there as it was sent, and in canonical form. An invalid field is "" in a.
	mailbox, _, _ := strings.Cut(a.email.Key, "@")
	return append([]string{
		r.UserName, a.userName.Key,
		r.Email, a.email.Key, mailbox,
		r.Phone, a.phone.E164, s.phones.Format(a.phone.E164, identifier.PhoneNational),
	}, s.config.SiteWords...)
}

// create inserts the user and spends the code, both or neither. It uses one statement,
// which saves two round trips. If the request has an invite code, an inviter's id or an
// idempotency key, it uses a transaction.
func (s *Service) create(
	ctx context.Context, a applicant, proven code.Proven, hash *string, c idempotency.Claim,
) (holder.User, error) {
	// Every user gets an invite code, because AnQiCMS returns one with each user.
	inviteCode, err := invite.New(s.config.Rand)
	if err != nil {
		return holder.User{}, err
	}
	newcomer := s.newcomer(a, proven, hash, inviteCode)
	var id int64
	steps := func(ctx context.Context, q *db.Queries) error {
		used, err := invite.Use(ctx, q, a.inviter, newcomer.Now)
		if err != nil {
			return err
		}
		newcomer.ParentID, newcomer.GroupID = used.Inviter, cmp.Or(used.Group, s.config.GroupID)
		newcomer.InvitationID = used.Invitation // check: invitation-stored
		newcomer.Waiting = s.waits(used)
		row, err := q.SpendCodeAndInsertUser(ctx, newcomer)
		if err != nil {
			return err
		}
		// The code was right when it was tried, but by now it may be spent, expired or exhausted.
		if err := code.Outcome(row.Outcome); err != nil { // check: code-outcome
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
	return userInserted(id, newcomer, a.told, a.session.Accepted()), nil
}

// evicting runs the statements of a registration. If the email is proven, they evict users that have it
// unverified. If a user claims it between the eviction and the insert, another run evicts that user, too,
// as [address.Addresses.VerifyEmail] does. An email that another user has verified stays taken.
func (s *Service) evicting(ctx context.Context, newcomer db.SpendCodeAndInsertUserParams, run func() error) error {
	for tries := 1; ; tries++ {
		err := run()
		// Another error, such as a spent code, a taken name or a lost connection, is final.
		// check: register-squatters
		if !newcomer.EmailProven || tries == holder.MaxEvictions || postgres.Constraint(err) != "users_email_unique" {
			return err
		}
		_, look := s.queries.UserByVerifiedEmail(ctx, db.UserByVerifiedEmailParams{
			SiteID: newcomer.SiteID, EmailKey: *newcomer.EmailKey,
		})
		if !errors.Is(look, pgx.ErrNoRows) {
			return err // another user has verified the email, or this look-up failed and leaves the conflict as it is
		}
	}
}

// answerOnce lets each code get the answer "the email is taken" only once. From the second time on it
// returns the answer of a used-up code, so that a client with one phone cannot test a list of emails.
// A code that was sent to the email itself shows nothing about other emails, and is not counted. A
// registration without a code is not counted: where registrations require a captcha, each costs one.
func (s *Service) answerOnce(ctx context.Context, proven code.Proven, refused error) error {
	var e *refusal.Error
	if !errors.As(refused, &e) || e.Reason != refusal.EmailTaken || proven.Channel == code.Email {
		return refused
	}
	err := s.codes.AskEmail(ctx, proven)
	if errors.Is(err, postgres.ErrOutcomeUnknown) { // only the count is uncertain: the registration is refused
		return &refusal.Error{Reason: refusal.Unavailable, RetryAfter: 2 * time.Second, Err: postgres.Safe(err)}
	}
	if err != nil {
		return refusal.OfCode(err, "phone")
	}
	return refused
}

// newcomer returns the parameters of SpendCodeAndInsertUser: the row, and the code to spend.
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
	a.told.Fill(&row)
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

// hash returns nil if there is no password: such a user logs in by a code.
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
