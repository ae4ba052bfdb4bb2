package account

import (
	"context"
	"errors"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/enroll-project/enroll/gen/db"
	"github.com/enroll-project/enroll/internal/admission"
	"github.com/enroll-project/enroll/internal/audit"
	"github.com/enroll-project/enroll/internal/code"
	"github.com/enroll-project/enroll/internal/identifier"
	"github.com/enroll-project/enroll/internal/notice"
	"github.com/enroll-project/enroll/internal/session"
)

// The way back into an account is a code to an address that was proved to be the holder's: the
// phone, which is proved at registration, or the email, once it is verified. An unverified email
// may be another person's and recovers nothing (ASVS 6.4.3).

// recipient returns the user that a code is for which is sent or redeemed without a token. A password is not
// reset by an address that was changed a moment ago, so that there is none then.
func (s *Service) recipient(ctx context.Context, to code.Destination) (db.User, error) {
	row, err := holder(ctx, s.queries, to)
	since := row.PhoneSince
	if to.Channel == code.Email {
		since = row.EmailSince
	}
	if err == nil && to.Purpose == ForReset && !settled(since, s.config.Now()) {
		return db.User{}, pgx.ErrNoRows
	}
	return row, err
}

// holder returns the user that may log in and recover its account by an address: the one that has the
// phone or has verified the email. It returns pgx.ErrNoRows if there is none.
func holder(ctx context.Context, q *db.Queries, to code.Destination) (db.User, error) {
	if to.Channel == code.Phone {
		return q.UserByPhone(ctx, db.UserByPhoneParams{SiteID: to.Site, Phone: to.Address})
	}
	return q.UserByVerifiedEmail(ctx, db.UserByVerifiedEmailParams{SiteID: to.Site, EmailKey: to.Address})
}

// ResetPassword sets the password of the user whose phone or verified email is proved by a code,
// and ends all its sessions. Only after a right code does the answer depend on the user (I9).
//
// The order is that of a registration: what is cheap and can be repeated comes first, and the
// code is spent last, in the transaction that sets the password. So a refused password costs no
// code. An address without an account costs the same statements up to the wrong code.
func (s *Service) ResetPassword(ctx context.Context, r PasswordReset) (User, error) {
	to, err := s.resetBy(r)
	if err != nil {
		return User{}, err
	}
	words := append([]string{r.Email, r.Phone, to.Address}, s.config.SiteWords...)
	// Before anything is spent, so that a weak password costs neither a captcha nor a try.
	typed, err := s.config.Policy.Check(r.Password, words...)
	if err != nil {
		return User{}, passwordRefusal(err)
	}
	opened, err := s.challenges.Open(OnReset, r.Site, r.Proof)
	if err != nil {
		return User{}, captchaRefusal(err)
	}
	// As in a registration, the request is admitted before it spends anything.
	job, err := s.config.Hasher.Admit(ctx, admission.ForLogin)
	if err != nil {
		return User{}, hashingRefusal(err)
	}
	defer job.Cancel()
	if err := s.challenges.Spend(ctx, opened); err != nil {
		return User{}, captchaRefusal(err)
	}
	if to.Address == "" {
		return User{}, &Error{Reason: CodeExpired, Field: "code"} // no code can have been sent there
	}
	proven, err := s.codes.Try(ctx, to, r.From, r.Code)
	if err != nil {
		return User{}, codeRefusal(err, string(to.Channel))
	}
	row, err := s.recipient(ctx, to)
	switch {
	// Guessed, or the holder has gone since: the code is of no use.
	case errors.Is(err, pgx.ErrNoRows):
		return User{}, &Error{Reason: CodeExpired, Field: "code"}
	case err != nil:
		return User{}, refusalOf(err)
	}
	if err := s.fitPassword(ctx, row, typed); err != nil {
		return User{}, err
	}
	phc, err := hash(ctx, job, typed)
	if err != nil {
		return User{}, err
	}
	return s.reset(ctx, proven, row.ID, *phc, r)
}

// resetBy refuses a request that names no address or two: the code could be of either, and a try
// must count for one. It returns the destination that the code was sent to. Its address is "" if no code can have
// been sent there.
func (s *Service) resetBy(r PasswordReset) (code.Destination, error) {
	to := code.Destination{Site: r.Site, Channel: code.Phone, Purpose: ForReset}
	switch {
	case (r.Email == "") == (r.Phone == ""):
		return to, errors.Join(&Error{Reason: ResetIncomplete}, &Error{Reason: Required, Field: "email"})
	case r.Phone != "" && s.config.SMS == nil:
		return to, &Error{Reason: PhoneNotOffered, Field: "phone"}
	case r.Email != "" && s.config.Mail == nil:
		return to, &Error{Reason: EmailNotOffered, Field: "email"}
	case r.Phone != "":
		to.Address, _ = s.phones.Login(r.Phone)
	default:
		to.Channel = code.Email
		to.Address, _ = identifier.LoginEmail(r.Email)
	}
	return to, nil
}

// fitPassword compares a password with the words of its user, and with the breached ones. It does so
// after the code was right: the refusal tells about the user.
func (s *Service) fitPassword(ctx context.Context, row db.User, typed string) error {
	_, err := s.config.Policy.Check(typed, s.wordsOf(row)...) // check: reset-policy
	if err == nil && s.config.Breaches != nil {
		err = s.config.Breaches.Check(ctx, typed)
	}
	if err != nil {
		return passwordRefusal(err)
	}
	return nil
}

// wordsOf returns the user's own words, which its password must not be. Those of a registration
// (contextWords) are the same, before they are stored.
func (s *Service) wordsOf(row db.User) []string {
	mailbox, _, _ := strings.Cut(orZero(row.EmailKey), "@")
	return []string{
		orZero(row.UserName), orZero(row.UserNameKey), orZero(row.Email), orZero(row.EmailKey), mailbox,
		orZero(row.Phone), s.phones.Format(orZero(row.Phone), identifier.PhoneNational),
	}
}

// reset spends the code, sets the password and writes the notice, all or nothing. The code of a
// disabled user is spent, because the answer has shown that it is right.
//
// A login that began before the reset may lock the user's row first: then its session is ended with the
// others. If the reset locks the row first, the login finds that all sessions were ended, and compares
// the hash again (I12). Of several resets with one code the first one to lock the code's row wins (I2).
// Rows are locked in the order code, budgets, user, as in a login by code.
func (s *Service) reset(
	ctx context.Context, proven code.Proven, id int64, phc string, r PasswordReset,
) (User, error) {
	var row db.User
	var refused *Error
	now := s.config.Now()
	err := s.inTx(ctx, func(ctx context.Context, q *db.Queries) (err error) {
		refused = nil // of an attempt that was rolled back
		if err := proven.Spend(ctx, q, now); err != nil {
			return err
		}
		row, err = q.ResetPassword(ctx, db.ResetPasswordParams{
			SiteID: proven.Site, ID: id, Address: proven.Address, PasswordHash: phc, Now: now,
		})
		if errors.Is(err, pgx.ErrNoRows) {
			refused = &Error{Reason: AccountDisabled}
			return nil
		}
		if err != nil {
			return err
		}
		if err := session.EndAll(ctx, q, row.ID, now); err != nil { // check: reset-ends-sessions
			return err
		}
		// A reset by code is the usual way to take an account over, so it has an act of its own.
		err = audit.AddOwn(ctx, q, row, audit.PasswordReset, r.From.Network, now) // check: reset-audited
		if err != nil {
			return err
		}
		return addNotice(ctx, q, row, notice.PasswordChanged, r.Locale, now) // check: reset-notice
	})
	switch {
	case err != nil:
		return User{}, codeRefusal(err, string(proven.Channel))
	case refused != nil:
		return User{}, refused
	}
	s.sendNoticesSoon(ctx)
	return userOf(row), nil
}

// sendNoticesSoon sends what is due after the answer. What is not sent then is sent by the next call of
// SendNotices.
func (s *Service) sendNoticesSoon(ctx context.Context) {
	s.background.Go(func() { _ = s.SendNotices(context.WithoutCancel(ctx)) })
}

// SendNotices sends the notices that are due. Call it from time to time: after an outage of the mail
// server, or a crash, nothing else does.
func (s *Service) SendNotices(ctx context.Context) error { return refusalOf(s.notices.Send(ctx)) }
