package address

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/enroll-project/enroll/gen/db"
	"github.com/enroll-project/enroll/internal/audit"
	"github.com/enroll-project/enroll/internal/challenge"
	"github.com/enroll-project/enroll/internal/code"
	"github.com/enroll-project/enroll/internal/holder"
	"github.com/enroll-project/enroll/internal/identifier"
	"github.com/enroll-project/enroll/internal/mail"
	"github.com/enroll-project/enroll/internal/network"
	"github.com/enroll-project/enroll/internal/postgres"
	"github.com/enroll-project/enroll/internal/refusal"
)

// EmailCodeRequest is the request of a logged-in user for a code by mail.
type EmailCodeRequest struct {
	By      holder.Holder
	Email   string       // "" for the user's own
	Purpose code.Purpose // ForChange; any other value means ForVerify
	Locale  string       // of the mail's text, BCP 47
	Proof   challenge.Proof
	From    network.Origin // of the client; messages are counted by it
}

// EmailVerification is the request of a logged-in user to verify an email by its
// code.
type EmailVerification struct {
	By    holder.Holder
	Email string // "" for the user's own
	Code  string
	From  network.Origin // of the client; tries are counted by it
}

// SendEmailCode sends a code to the email of a user's account or to another one that the user
// gives. The answer does not depend on whether another user has it (I9).
func (s *Addresses) SendEmailCode(ctx context.Context, r EmailCodeRequest) (code.Sent, error) {
	if s.config.Mail == nil {
		return code.Sent{}, &refusal.Error{Reason: refusal.EmailNotOffered, Field: "email"}
	}
	if r.Purpose != code.ForChange {
		r.Purpose = code.ForVerify
	}
	email, err := s.claimedEmail(r.By, r.Email)
	if err != nil {
		return code.Sent{}, err
	}
	// The captcha is spent after the checks that need none, so that a mistake in the request does not cost it.
	if err := s.challenges.Use(ctx, challenge.OnVerifyEmail, r.By.Site(), r.Proof); err != nil { // check: captcha-at-email
		return code.Sent{}, refusal.OfCaptcha(err)
	}
	sent, err := s.codes.Send(ctx, toEmail(r.By, email, r.Purpose), r.From,
		func(ctx context.Context, typed string) (bool, error) {
			return handOver(refusal.MailFailed, s.config.Mail.Send(ctx, mail.Message{
				To: email.Address, Code: typed, Purpose: string(r.Purpose), ExpiresIn: code.Life, Locale: r.Locale,
				SiteID: r.By.Site(),
			}))
		})
	return sent, refusal.OfCode(err, "email")
}

// toEmail returns the destination of a code that a user requests by mail. It has the user's id,
// so that only this user can redeem the code.
func toEmail(by holder.Holder, email identifier.Email, purpose code.Purpose) code.Destination {
	return code.Destination{
		Site: by.Site(), Address: email.Key, Channel: code.Email, Purpose: purpose, User: by.Live().User.ID,
	}
}

// claimedEmail returns the given email, or the user's own if none was given. An email that the user has is accepted
// also if its domain no longer is.
func (s *Addresses) claimedEmail(by holder.Holder, given string) (identifier.Email, error) {
	if given == "" {
		given = by.User().Email
	}
	own := by.Live().User
	email, err := identifier.ParseEmail(given)
	// A code for a change proves an own email also if today's rules refuse it (NAME-12 in docs/rules.md).
	if key, ok := identifier.LoginEmail(given); err != nil && ok && key == postgres.OrZero(own.EmailKey) {
		address, _ := identifier.Mailbox(postgres.OrZero(own.Email))
		return identifier.Email{Display: postgres.OrZero(own.Email), Address: address, Key: key}, nil
	}
	if err == nil && email.Key != postgres.OrZero(own.EmailKey) {
		err = s.config.Emails.Check(email) // check: email-domain-claim
	}
	if err != nil {
		return identifier.Email{}, refusal.OfEmail(err)
	}
	return email, nil
}

// VerifyEmail marks an email as verified if the code that was sent to it is right. From
// then on the user can log in by it. A user with the same email unverified loses it.
// If another user has verified it, the request is refused.
func (s *Addresses) VerifyEmail(ctx context.Context, v EmailVerification) (holder.User, error) {
	if s.config.Mail == nil {
		return holder.User{}, &refusal.Error{Reason: refusal.EmailNotOffered, Field: "email"}
	}
	email, err := s.claimedEmail(v.By, v.Email)
	if err != nil {
		return holder.User{}, err
	}
	if err := s.mayVerify(v.By, v.By.Live().User, email); err != nil {
		return holder.User{}, err
	}
	// The code is tried before the transaction, so that a wrong code is counted even if
	// nothing else happens (I3).
	proven, err := s.codes.Try(ctx, toEmail(v.By, email, code.ForVerify), v.From, v.Code)
	if err != nil {
		return holder.User{}, refusal.OfCode(err, "email")
	}
	row, err := s.own(ctx, proven, email, v, s.config.Now())
	if err != nil {
		return holder.User{}, refusal.OfCode(err, "email")
	}
	return v.By.After(row), nil
}

// mayVerify refuses an email that a token alone must not verify. People log in and recover accounts by a verified
// email. With an email of its own in the account, a thief could recover the account even after the holder has ended
// all sessions and set a new password. An email that the user has claimed before is allowed: it was added by a
// registration, with a proof or by an operator. Another email is allowed if the user has no verified one and has just
// logged in, because the login is a proof.
func (s *Addresses) mayVerify(by holder.Holder, row db.User, email identifier.Email) error {
	switch {
	case postgres.OrZero(row.EmailKey) == email.Key:
		return nil
	case row.EmailVerifiedAt == nil && by.Fresh(s.config.Now()): // check: verify-adds
		return nil
	}
	return errors.Join(
		&refusal.Error{Reason: refusal.ProofRequired}, &refusal.Error{Reason: refusal.ProofRequired, Field: "email"})
}

// mayTake refuses a verification if its user has changed since the token was checked. users are the locked rows
// of that user and of the user that has the email. It reports whether another user has verified the email.
func (s *Addresses) mayTake(users []db.User, by holder.Holder, email identifier.Email) (taken bool, err error) {
	checked := by.Live().User
	i := slices.IndexFunc(users, func(u db.User) bool { return u.ID == checked.ID })
	switch {
	case i >= 0 && holder.Status(users[i].Status) != holder.Active:
		return false, &refusal.Error{Reason: refusal.AccountDisabled}
	// The user was deleted, or all its sessions were ended since then, perhaps by a holder whose token was
	// stolen (I12).
	case i < 0 || !postgres.OrZero(users[i].TokensValidFrom).Equal(
		postgres.OrZero(checked.TokensValidFrom)): // check: verify-overtaken
		return false, &refusal.Error{Reason: refusal.TokenInvalid}
	}
	// This is checked again now that the row is locked: another request may have verified another email.
	if err := s.mayVerify(by, users[i], email); err != nil { // check: verify-replaces
		return false, err
	}
	// The keys are compared, because the other user may have changed its email before its row was locked.
	return slices.ContainsFunc(users, func(u db.User) bool {
		return u.ID != checked.ID && postgres.OrZero(u.EmailKey) == email.Key && u.EmailVerifiedAt != nil
	}), nil
}

// own spends the code and sets the email of the code's user. If a registration claims the email
// between the eviction and the update, the next transaction evicts that claim, too: this
// user has proved to own the email, and the other has not.
func (s *Addresses) own(
	ctx context.Context, proven code.Proven, email identifier.Email, v EmailVerification, now time.Time,
) (row db.User, err error) {
	for range holder.MaxEvictions {
		row, err = s.takeEmail(ctx, proven, email, v, now)
		if postgres.Constraint(err) != "users_email_unique" {
			break
		}
	}
	return row, err
}

// takeEmail is one attempt of own, in one transaction. If another user has verified the
// email, it spends the code and returns EmailTaken. The code is spent because that answer
// shows that it is right, which may be shown only once.
func (s *Addresses) takeEmail(
	ctx context.Context, proven code.Proven, email identifier.Email, v EmailVerification, now time.Time,
) (row db.User, err error) {
	taken := false
	err = s.run.InTx(ctx, func(ctx context.Context, q *db.Queries) error {
		// The code is spent first, so that a code that is gone changes nothing. A login and a
		// reset lock in the same order: the counts of the address before the user.
		if err := proven.Spend(ctx, q, now); err != nil {
			return err
		}
		users, err := q.LockIdentifiers(ctx, db.LockIdentifiersParams{
			SiteID: proven.Site, ID: proven.User, EmailKey: &email.Key,
		})
		if err != nil {
			return err
		}
		if taken, err = s.mayTake(users, v.By, email); err != nil {
			return err
		}
		if taken { // check: email-taken
			return nil
		}
		err = q.EvictUnverifiedEmail(ctx, db.EvictUnverifiedEmailParams{
			SiteID: proven.Site, EmailKey: email.Key, ID: proven.User, Now: now,
		})
		if err != nil {
			return err
		}
		row, err = q.SetVerifiedEmail(ctx, db.SetVerifiedEmailParams{
			SiteID: proven.Site, ID: proven.User, Email: email.Display, EmailKey: email.Key, Now: now,
			KeysVersion: identifier.DataVersion, // check: keys-version-verified
		})
		// The statement updates an active user only. mayTake has seen that the locked row is
		// active, so this is not expected.
		if errors.Is(err, pgx.ErrNoRows) {
			return &refusal.Error{Reason: refusal.AccountDisabled}
		}
		if err != nil {
			return err
		}
		// A user that loses the email has not proved it and could not log in by it, so there is no entry about
		// that user.
		return audit.AddOwn(ctx, q, row, audit.EmailVerified, v.From.Network, now) // check: verify-audited
	})
	if err == nil && taken {
		err = &refusal.Error{Reason: refusal.EmailTaken, Field: "email"}
	}
	return row, err
}
