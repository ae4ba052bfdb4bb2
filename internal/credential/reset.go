package credential

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/enroll-project/enroll/gen/db"
	"github.com/enroll-project/enroll/internal/address"
	"github.com/enroll-project/enroll/internal/admission"
	"github.com/enroll-project/enroll/internal/audit"
	"github.com/enroll-project/enroll/internal/breach"
	"github.com/enroll-project/enroll/internal/challenge"
	"github.com/enroll-project/enroll/internal/code"
	"github.com/enroll-project/enroll/internal/holder"
	"github.com/enroll-project/enroll/internal/identifier"
	"github.com/enroll-project/enroll/internal/mail"
	"github.com/enroll-project/enroll/internal/network"
	"github.com/enroll-project/enroll/internal/notice"
	"github.com/enroll-project/enroll/internal/password"
	"github.com/enroll-project/enroll/internal/postgres"
	"github.com/enroll-project/enroll/internal/refusal"
	"github.com/enroll-project/enroll/internal/session"
	"github.com/enroll-project/enroll/internal/sms"
	"github.com/enroll-project/enroll/internal/tx"
)

// Config is what [Passwords] needs. A field is required unless its comment says "may be".
type Config struct {
	Pool     *postgres.Pool
	Policy   *password.Policy
	Hasher   *password.Hasher
	Breaches *breach.Checker // may be nil: passwords are compared with the built-in list only
	Prover   *holder.Prover
	Codes    *code.Service
	// Challenges are required for a reset only: a change has a token, and Prover counts its uses.
	Challenges *challenge.Service
	// Sessions are ended by both, and a change begins one, so that its holder stays logged in.
	Sessions  *session.Service
	Notices   *notice.Service
	Phones    identifier.PhoneRules
	SMS       sms.Sender  // may be nil: a phone resets no password
	Mail      mail.Sender // may be nil: an email resets no password
	SiteWords []string    // words that no password may be, besides the user's own words
	// LoginLife is the shortest life of the token that a change returns. A reset returns no token: a session would cancel
	// a requested deletion, and only a login may do that.
	LoginLife time.Duration
	Now       func() time.Time
}

// Passwords replaces passwords. It is safe for concurrent use: of two concurrent changes of one password the
// second fails, because the statement that replaces the hash compares it with the one that was read.
// All its state is in PostgreSQL.
type Passwords struct {
	config     Config
	run        *tx.Runner
	queries    *db.Queries
	prover     *holder.Prover
	codes      *code.Service
	challenges *challenge.Service
	sessions   *session.Service
	notices    *notice.Service
	phones     identifier.PhoneRules
}

// New returns Passwords. The caller has checked the parts of c, so it returns no error.
func New(c Config) *Passwords {
	run := tx.New(c.Pool)
	return &Passwords{
		c, run, run.Queries(), c.Prover, c.Codes, c.Challenges, c.Sessions, c.Notices, c.Phones,
	}
}

// Reset is a request to set a new password: one of Email and Phone, the code that was
// sent there, and the password.
type Reset struct {
	Site     int64
	Email    string
	Phone    string
	Code     string
	Password string
	Locale   string // of the notice's text, BCP 47
	Proof    challenge.Proof
	From     network.Origin // of the client; wrong codes are counted by it
}

// ResetPassword sets the password of the user whose phone or verified email is proved by a code,
// and ends all sessions of the user. Only after a right code does the answer depend on the user (I9 of
// package account).
//
// The order is that of a registration: steps that are cheap and can be repeated come first, and the
// code is spent last, in the transaction that sets the password. So a refused password costs no
// code. Up to a wrong code, an address without an account takes the same statements as one with.
func (s *Passwords) ResetPassword(ctx context.Context, r Reset) (holder.User, error) {
	to, err := s.resetBy(r)
	if err != nil {
		return holder.User{}, err
	}
	words := append([]string{r.Email, r.Phone, to.Address}, s.config.SiteWords...)
	// The policy comes before anything is spent, so that a weak password costs neither a captcha nor a try.
	typed, err := s.config.Policy.Check(r.Password, words...)
	if err != nil {
		return holder.User{}, refusal.OfPassword(err)
	}
	opened, err := s.challenges.Open(challenge.OnReset, r.Site, r.Proof)
	if err != nil {
		return holder.User{}, refusal.OfCaptcha(err)
	}
	// As in a registration, the request is admitted before it spends anything.
	job, err := s.config.Hasher.Admit(ctx, admission.ForLogin)
	if err != nil {
		return holder.User{}, refusal.OfHashing(err)
	}
	defer job.Cancel()
	if err := s.challenges.Spend(ctx, opened); err != nil {
		return holder.User{}, refusal.OfCaptcha(err)
	}
	if to.Address == "" {
		return holder.User{}, &refusal.Error{Reason: refusal.CodeExpired, Field: "code"} // no code can have been sent there
	}
	proven, err := s.codes.Try(ctx, to, r.From, r.Code)
	if err != nil {
		return holder.User{}, refusal.OfCode(err, string(to.Channel))
	}
	row, err := address.Recipient(ctx, s.queries, to, s.config.Now())
	switch {
	// The address has no user that it may recover: the code was guessed, or the user was deleted or has
	// changed the address since. The answer is that of an expired code.
	case errors.Is(err, pgx.ErrNoRows):
		return holder.User{}, &refusal.Error{Reason: refusal.CodeExpired, Field: "code"}
	case err != nil:
		return holder.User{}, refusal.Of(err)
	}
	if err := s.fitPassword(ctx, row, typed); err != nil {
		return holder.User{}, err
	}
	phc, err := job.Hash(ctx, typed)
	if err != nil {
		return holder.User{}, refusal.OfHashing(err)
	}
	return s.reset(ctx, proven, row.ID, phc, r)
}

// resetBy returns the destination that the code was sent to. Its address is "" if no code can have been sent
// there. It refuses a request with no address, and one with two: the code could belong to either of them, and
// a try must count for one.
func (s *Passwords) resetBy(r Reset) (code.Destination, error) {
	to := code.Destination{Site: r.Site, Channel: code.Phone, Purpose: code.ForReset}
	switch {
	case (r.Email == "") == (r.Phone == ""):
		return to, errors.Join(
			&refusal.Error{Reason: refusal.ResetIncomplete}, &refusal.Error{Reason: refusal.Required, Field: "email"})
	case r.Phone != "" && s.config.SMS == nil:
		return to, &refusal.Error{Reason: refusal.PhoneNotOffered, Field: "phone"}
	case r.Email != "" && s.config.Mail == nil:
		return to, &refusal.Error{Reason: refusal.EmailNotOffered, Field: "email"}
	case r.Phone != "":
		to.Address, _ = s.phones.Login(r.Phone)
	default:
		to.Channel = code.Email
		to.Address, _ = identifier.LoginEmail(r.Email)
	}
	return to, nil
}

// fitPassword compares a password with the words of its user, and with breached passwords. It is called
// only after a right code, because its refusal reveals words of the user.
func (s *Passwords) fitPassword(ctx context.Context, row db.User, typed string) error {
	_, err := s.config.Policy.Check(typed, s.wordsOf(row)...) // check: reset-policy
	if err == nil && s.config.Breaches != nil {
		err = s.config.Breaches.Check(ctx, typed)
	}
	if err != nil {
		return refusal.OfPassword(err)
	}
	return nil
}

// wordsOf returns the user's own words, which the password must not be. For a registration,
// contextWords of package account returns them from the request.
func (s *Passwords) wordsOf(row db.User) []string { return Words(row, s.phones) }

// Words returns the words of a user that its password must not be. phones formats the phone as people of the
// country write it.
func Words(row db.User, phones identifier.PhoneRules) []string {
	mailbox, _, _ := strings.Cut(postgres.OrZero(row.EmailKey), "@")
	return []string{
		postgres.OrZero(row.UserName), postgres.OrZero(row.UserNameKey),
		postgres.OrZero(row.Email), postgres.OrZero(row.EmailKey), mailbox,
		postgres.OrZero(row.Phone), phones.Format(postgres.OrZero(row.Phone), identifier.PhoneNational),
	}
}

// reset spends the code, sets the password and writes the notices in one transaction. The code of a
// disabled user is spent, because the answer reveals that it is right.
//
// A login that began before the reset may lock the user's row first: then its session is ended with the
// others. If the reset locks the row first, the login finds that all sessions were ended, and compares
// the hash again (I12). Of several resets with one code only the first to lock the code's row succeeds (I2).
// Rows are locked in the order code, budgets, user, as in a login by code.
func (s *Passwords) reset(
	ctx context.Context, proven code.Proven, id int64, phc string, r Reset,
) (holder.User, error) {
	var row db.User
	var refused *refusal.Error
	now := s.config.Now()
	err := s.run.InTx(ctx, func(ctx context.Context, q *db.Queries) (err error) {
		refused = nil // it may be that of an attempt that was rolled back
		if err := proven.Spend(ctx, q, now); err != nil {
			return err
		}
		row, err = q.ResetPassword(ctx, db.ResetPasswordParams{
			SiteID: proven.Site, ID: id, Address: proven.Address, PasswordHash: phc, Now: now,
		})
		if errors.Is(err, pgx.ErrNoRows) {
			refused = &refusal.Error{Reason: refusal.AccountDisabled}
			return nil
		}
		if err != nil {
			return err
		}
		if err := session.EndAll(ctx, q, row.ID, now); err != nil { // check: reset-ends-sessions
			return err
		}
		// Account takeovers mostly use a reset by code, so the audit log has an act of its own for it.
		err = audit.AddOwn(ctx, q, row, audit.PasswordReset, r.From.Network, now) // check: reset-audited
		if err != nil {
			return err
		}
		err = notice.AddByMail(ctx, q, row, notice.PasswordChanged, r.Locale, now) // check: reset-notice
		// A thief of the mailbox reads its notices, too, so the phone gets one after a reset by email.
		if err == nil && proven.Channel == code.Email && row.Phone != nil { // check: reset-tells-phone
			err = notice.Add(ctx, q, row.ID, notice.PasswordChanged, *row.Phone, r.Locale, now)
		}
		return err
	})
	switch {
	case err != nil:
		return holder.User{}, refusal.OfCode(err, string(proven.Channel))
	case refused != nil:
		return holder.User{}, refused
	}
	s.notices.SendSoon(ctx)
	return holder.UserOf(row), nil
}
