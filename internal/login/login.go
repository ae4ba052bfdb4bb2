package login

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	"github.com/enroll-project/enroll/gen/db"
	"github.com/enroll-project/enroll/internal/admission"
	"github.com/enroll-project/enroll/internal/challenge"
	"github.com/enroll-project/enroll/internal/code"
	"github.com/enroll-project/enroll/internal/holder"
	"github.com/enroll-project/enroll/internal/identifier"
	"github.com/enroll-project/enroll/internal/network"
	"github.com/enroll-project/enroll/internal/password"
	"github.com/enroll-project/enroll/internal/refusal"
	"github.com/enroll-project/enroll/internal/session"
	"github.com/enroll-project/enroll/internal/throttle"
)

// Request is a request to log in: one of UserName, Email and Phone, and a Password. With Email or Phone it can
// have a Code instead of the Password. An empty field was not given.
type Request struct {
	Site     int64
	UserName string
	Email    string
	Phone    string
	Password string
	Code     string
	// AcceptedTerms is the version of the terms that the person has accepted, "" for none. It matters only for a user
	// that has not accepted it before.
	AcceptedTerms string
	// Remember gives the token the lifetime of a token of a registration.
	Remember bool
	// Locale is the language of the request (BCP 47), in which the person has accepted the terms. It is also that of
	// the notice that the deletion of the account was canceled.
	Locale string
	Proof  challenge.Proof
	From   network.Origin // of the client; wrong passwords and codes are counted by it
	// UserAgent is the client's header; the session stores its browser and system.
	UserAgent string
}

// Login checks credentials and returns the user with a new token. For a wrong password,
// an unknown name, a name that cannot exist and an unverified email the answer and the
// work are the same (I9).
func (s *Logins) Login(ctx context.Context, l Request) (holder.SignedIn, error) {
	if err := s.completeLogin(l); err != nil {
		return holder.SignedIn{}, err
	}
	// A person chooses Remember, for example on a computer that no other person uses.
	life := s.config.LoginLife
	if l.Remember {
		life = s.config.TokenLife
	}
	// The session gets its id first, so that a login spends nothing if there is no
	// randomness.
	start, err := s.sessions.Begin(life, holder.ClientOf(l.From, l.UserAgent))
	if err != nil {
		return holder.SignedIn{}, err
	}
	row, err := s.authenticate(ctx, l, start)
	if err != nil {
		return holder.SignedIn{}, err
	}
	// The answer reports the cancellation: after a login by mistake the person has to request the
	// deletion again.
	kept := s.kept(ctx, row)
	in, err := holder.SignIn(s.sessions, holder.UserOf(row), start)
	in.DeletionCanceled = kept
	return in, err
}

// authenticate checks the captcha and the credentials, and records the login. As in a
// registration, the request is admitted to the hashers before it spends anything.
func (s *Logins) authenticate(ctx context.Context, l Request, start session.Start) (db.User, error) {
	opened, err := s.challenges.Open(challenge.OnLogin, l.Site, l.Proof) // check: captcha-at-login
	if err != nil {
		return db.User{}, refusal.OfCaptcha(err)
	}
	// A login by code hashes nothing and is never refused as busy.
	var job *password.Job
	if l.Code == "" {
		if job, err = s.config.Hasher.Admit(ctx, admission.ForLogin); err != nil {
			return db.User{}, refusal.OfHashing(err)
		}
		defer job.Cancel()
	}
	// If logins require a captcha, a refusal after this step has spent one, so each try of a password costs one.
	if err := s.challenges.Spend(ctx, opened); err != nil {
		return db.User{}, refusal.OfCaptcha(err)
	}
	if l.Code != "" {
		return s.byCode(ctx, l, start)
	}
	return s.byPassword(ctx, l, job, start)
}

// completeLogin returns nil if the request has one identifier and either a password or, with a
// phone or an email, a code.
func (s *Logins) completeLogin(l Request) error {
	// Two identifiers could be of two users, so exactly one is allowed.
	names := 0
	for _, name := range []string{l.UserName, l.Email, l.Phone} {
		if name != "" {
			names++
		}
	}
	// As for a registration: the first refusal gives the reason, the others name fields. A code that cannot
	// have been sent is refused alone, since no other field could make the request valid.
	refusals := []error{&refusal.Error{Reason: refusal.LoginIncomplete}}
	switch {
	case l.Code != "" && l.Email != "" && s.config.Mail == nil:
		return &refusal.Error{Reason: refusal.EmailNotOffered, Field: "code"}
	case l.Code != "" && l.Email == "" && s.config.SMS == nil:
		return &refusal.Error{Reason: refusal.PhoneNotOffered, Field: "code"}
	case l.Code != "" && l.Phone == "" && l.Email == "":
		refusals = append(refusals, &refusal.Error{Reason: refusal.Required, Field: "phone"})
	case names == 0:
		refusals = append(refusals, &refusal.Error{Reason: refusal.Required, Field: "user_name"})
	}
	if l.Password == "" && l.Code == "" {
		refusals = append(refusals, &refusal.Error{Reason: refusal.Required, Field: "password"})
	}
	if len(refusals) == 1 && names == 1 && (l.Password == "" || l.Code == "") {
		return nil
	}
	return errors.Join(refusals...)
}

// byPassword verifies a password. The try is counted before the password is verified, so
// that of many requests at once no more than the bound are verified. A name without a
// user costs one hash, too, so that the time does not show whether it exists.
func (s *Logins) byPassword(ctx context.Context, l Request, job *password.Job, start session.Start) (db.User, error) {
	typed, err := password.Normalize(l.Password)
	if err != nil {
		// No account can have such a password, so the answer needs no equal work.
		return db.User{}, &refusal.Error{Reason: refusal.CredentialsWrong}
	}
	row, err := s.find(ctx, l) // the zero row if the name is unknown
	// A user without a password logs in by code. Here that counts as an unknown name, and so does a user whose
	// deletion is due: the statements after a right password would show that the account existed.
	unknown := errors.Is(err, pgx.ErrNoRows) ||
		err == nil && (row.PasswordHash == nil || s.leaving.Due(row)) // check: login-due
	if err != nil && !unknown {
		return db.User{}, refusal.Of(err)
	}
	try, err := s.tries.Count(ctx, s.tried(l), row)
	if err != nil {
		return db.User{}, refusal.OfLogin(err)
	}
	// The dummy hash has the cost of a new user's hash, so the wait is the same as for a wrong password.
	if unknown || !try.Compared() { // check: login-compared
		if err := job.VerifyDummy(ctx, typed); err != nil { // check: login-dummy
			return db.User{}, refusal.OfHashing(err)
		}
		return db.User{}, wrongPassword(try)
	}
	ok, stale, err := job.Verify(ctx, *row.PasswordHash, typed)
	if err != nil {
		return db.User{}, refusal.OfHashing(err)
	}
	if !ok { // check: login-password
		return db.User{}, wrongPassword(try)
	}
	// The hash is upgraded even if the login is not recorded below: the password was right.
	if stale { // check: login-rehash
		row.PasswordHash = s.upgrade(ctx, row, typed)
	}
	// This is done for a disabled user, too: the counts are of wrong passwords, and this one is right.
	if err := s.tries.Forgive(ctx, try); err != nil {
		return db.User{}, refusal.Of(err)
	}
	if start, err = s.accepting(row, l, start); err != nil {
		return db.User{}, err
	}
	return s.logIn(ctx, row, s.config.Now(), start, l.Locale, &refusal.Error{Reason: refusal.CredentialsWrong})
}

// find looks a user up by the given identifier. If that cannot be parsed, no user has it.
func (s *Logins) find(ctx context.Context, l Request) (db.User, error) {
	// Each is one look-up by a unique index.
	switch kind, name := s.canonical(l); kind {
	case "user_name":
		return s.queries.UserByUserName(ctx, db.UserByUserNameParams{SiteID: l.Site, UserNameKey: name})
	case "email":
		return s.queries.UserByVerifiedEmail(ctx, db.UserByVerifiedEmailParams{SiteID: l.Site, EmailKey: name})
	case "phone":
		return s.queries.UserByPhone(ctx, db.UserByPhoneParams{SiteID: l.Site, Phone: name})
	}
	return db.User{}, pgx.ErrNoRows
}

// canonical returns the given identifier in its canonical form, and its kind. The rules
// for a registration are not applied: they may have changed since the user registered.
// For a text that cannot be an identifier it returns the kind "" and the text as it was
// typed. Exactly one of the three fields is set, so their concatenation is that text.
func (s *Logins) canonical(l Request) (kind, name string) {
	userName, email, phone := l.UserName, l.Email, l.Phone
	// Clients of AnQiCMS send each of the three identifiers as user_name.
	switch {
	case userName == "":
	case identifier.KindOf(userName) == identifier.KindEmail: // check: login-any-email
		userName, email = "", userName
	case identifier.KindOf(userName) == identifier.KindPhone: // check: login-any-phone
		userName, phone = "", userName
	}
	switch {
	case userName != "":
		if key, ok := identifier.LoginUserName(userName); ok { // check: login-name
			return "user_name", key
		}
	case email != "":
		if key, ok := identifier.LoginEmail(email); ok {
			return "email", key
		}
	default:
		if e164, ok := s.phones.Login(phone); ok {
			return "phone", e164
		}
	}
	return "", l.UserName + l.Email + l.Phone
}

// tried returns the keys by which a try of a password is counted. A text that can be no
// identifier is counted like a name without a user, so that both cost the same statements
// (I9).
func (s *Logins) tried(l Request) throttle.Login {
	kind, name := s.canonical(l)
	return throttle.Login{Site: l.Site, Kind: kind, Name: name, Network: l.From.Narrow(), Around: l.From.Around()}
}

// wrongPassword returns the refusal of a password that is wrong or was not compared.
func wrongPassword(try throttle.Try) error {
	if err := try.Refused(); err != nil {
		return refusal.OfLogin(err)
	}
	return &refusal.Error{Reason: refusal.CredentialsWrong}
}

// upgrade replaces an old or weaker hash, because the password is known only now. If it
// fails, the login succeeds all the same, and the next login tries again. upgrade returns the
// hash that is stored afterwards.
func (s *Logins) upgrade(ctx context.Context, row db.User, typed string) *string {
	// The job of this request was used by the verification. The new hash is admitted like any other: if
	// the hashers are busy, the old one stays.
	phc, err := s.config.Hasher.Hash(ctx, typed)
	if err != nil {
		return row.PasswordHash
	}
	// The old hash is compared, so that a password that was changed meanwhile stays.
	n, err := s.queries.ReplacePasswordHash(ctx, db.ReplacePasswordHashParams{
		ID: row.ID, OldHash: row.PasswordHash, NewHash: phc, Now: s.config.Now(),
	})
	if err != nil || n == 0 {
		return row.PasswordHash
	}
	return &phc
}

// byCode logs in by a phone or an email and its code. Only after a right code does the answer show
// whether the phone is registered. A code by mail is sent to holders only, see package address.
func (s *Logins) byCode(ctx context.Context, l Request, start session.Start) (db.User, error) {
	to := code.Destination{Site: l.Site, Channel: code.Phone, Purpose: code.ForLogin}
	// As in canonical, the rules for a registration are not applied.
	possible := false
	if l.Email != "" {
		to.Channel = code.Email
		to.Address, possible = identifier.LoginEmail(l.Email)
	} else {
		to.Address, possible = s.phones.Login(l.Phone)
	}
	if !possible {
		return db.User{}, &refusal.Error{Reason: refusal.CodeExpired, Field: "code"} // no code can have been sent there
	}
	// A wrong code is counted even if all else is rolled back (I3).
	proven, err := s.codes.Try(ctx, to, l.From, l.Code)
	if err != nil {
		return db.User{}, refusal.OfCode(err, string(to.Channel))
	}
	return s.redeemLogin(ctx, proven, start, l)
}

// redeemLogin spends the code and records the login in one transaction. If that fails, or the user
// has to accept the terms first, the code stays valid. If the address has no user, or a disabled
// one, the code is spent, because the answer has shown that it is right.
func (s *Logins) redeemLogin(
	ctx context.Context, proven code.Proven, start session.Start, l Request,
) (row db.User, err error) {
	var refused *refusal.Error
	now := s.config.Now()
	err = s.run.InTx(ctx, func(ctx context.Context, q *db.Queries) error {
		if err := proven.Spend(ctx, q, now); err != nil {
			return err
		}
		// This uses the address of the code, not the equal one of the request: only the code's
		// is proved.
		row, refused, err = s.logInByAddress(ctx, q, proven, now, start, l)
		return err
	})
	switch {
	case err != nil:
		return db.User{}, refusal.OfCode(err, string(proven.Channel))
	case refused != nil:
		return db.User{}, refused
	}
	return row, nil
}
