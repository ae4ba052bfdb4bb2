package account

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/enroll-project/enroll/gen/db"
	"github.com/enroll-project/enroll/internal/code"
	"github.com/enroll-project/enroll/internal/identifier"
	"github.com/enroll-project/enroll/internal/mail"
	"github.com/enroll-project/enroll/internal/postgres"
)

// SendEmailCode sends a code to an address that a user says is theirs: the one
// of their registration, or another. The answer is the same whether or not
// somebody else has it (I9).
func (s *Service) SendEmailCode(ctx context.Context, r EmailCodeRequest) (CodeSent, error) {
	if s.config.Mail == nil {
		return CodeSent{}, &Error{Reason: EmailNotOffered, Field: "email"}
	}
	email, err := s.claimedEmail(ctx, r.Site, r.User, r.Issued, r.Email)
	if err != nil {
		return CodeSent{}, err
	}
	if err := s.useCaptcha(ctx, OnVerifyEmail, r.Site, r.Proof); err != nil {
		return CodeSent{}, err
	}
	sent, err := s.codes.Send(ctx, toEmail(r.Site, r.User, email), r.From, func(ctx context.Context, typed string) (bool, error) {
		return handOver(MailFailed, s.config.Mail.Send(ctx, mail.Message{
			To: email.Address, Code: typed, Purpose: string(ForVerify), ExpiresIn: code.Life, Locale: r.Locale, SiteID: r.Site,
		}))
	})
	return sent, codeRefusal(err, "email")
}

func toEmail(site, user int64, email identifier.Email) code.Destination {
	return code.Destination{Site: site, Address: email.Key, Channel: code.Email, Purpose: ForVerify, User: user}
}

// claimedEmail is the address that was given, or else the user's own. A user
// who may not act has no mail sent to anybody.
func (s *Service) claimedEmail(
	ctx context.Context, site, user int64, issued time.Time, given string,
) (identifier.Email, error) {
	u, err := s.Detail(ctx, site, user, issued)
	if err != nil {
		return identifier.Email{}, err
	}
	if given == "" {
		given = u.Email
	}
	email, err := identifier.ParseEmail(given)
	if err != nil {
		return identifier.Email{}, emailRefusal(err)
	}
	return email, nil
}

// VerifyEmail makes an address a user's own, who has shown by its code to
// read its mail: it logs them in from then on. Whoever claimed it without
// verifying it loses it; whoever has verified it keeps it.
func (s *Service) VerifyEmail(ctx context.Context, v EmailVerification) (User, error) {
	if s.config.Mail == nil {
		return User{}, &Error{Reason: EmailNotOffered, Field: "email"}
	}
	email, err := s.claimedEmail(ctx, v.Site, v.User, v.Issued, v.Email)
	if err != nil {
		return User{}, err
	}
	proven, err := s.codes.Try(ctx, toEmail(v.Site, v.User, email), v.From, v.Code)
	if err != nil {
		return User{}, codeRefusal(err, "email")
	}
	row, err := s.own(ctx, proven, email, s.config.Now())
	if err != nil {
		return User{}, codeRefusal(err, "email")
	}
	return userOf(row), nil
}

// squatters is how many registrations that claim the address in the same moment are evicted.
// Each costs its maker a captcha and must commit within the milliseconds of one transaction.
const squatters = 5

// own spends the code and gives the address to its user. A registration that claimed the
// address after the eviction and before the update is evicted by the next transaction: the
// owner has proved the address, and the other has not.
func (s *Service) own(
	ctx context.Context, proven code.Proven, email identifier.Email, now time.Time,
) (row db.User, err error) {
	for range squatters {
		row, err = s.takeEmail(ctx, proven, email, now)
		if postgres.Constraint(err) != "users_email_unique" {
			break
		}
	}
	return row, err
}

// takeEmail is one transaction, all or nothing. If another user has verified the address, the
// code is spent all the same: a code is answered once.
func (s *Service) takeEmail(
	ctx context.Context, proven code.Proven, email identifier.Email, now time.Time,
) (row db.User, err error) {
	taken := false
	err = s.inTx(ctx, func(ctx context.Context, q *db.Queries) error {
		users, err := q.LockEmail(ctx, db.LockEmailParams{SiteID: proven.Site, EmailKey: email.Key, ID: proven.User})
		if err != nil {
			return err
		}
		if err := proven.Spend(ctx, q, now); err != nil {
			return err
		}
		taken = slices.ContainsFunc(users, func(u db.LockEmailRow) bool { return u.Taken })
		if taken {
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
		})
		if errors.Is(err, pgx.ErrNoRows) {
			return &Error{Reason: AccountDisabled}
		}
		return err
	})
	if err == nil && taken {
		err = &Error{Reason: EmailTaken, Field: "email"}
	}
	return row, err
}
