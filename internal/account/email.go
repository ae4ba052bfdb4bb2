package account

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/enroll-project/enroll/gen/db"
	"github.com/enroll-project/enroll/internal/identifier"
	"github.com/enroll-project/enroll/internal/mail"
)

// SendEmailCode sends a code to an address that a user says is theirs: the one
// of their registration, or another. The answer is the same whether or not
// somebody else has it (I9).
func (s *Service) SendEmailCode(ctx context.Context, r EmailCodeRequest) (CodeSent, error) {
	if s.Mail == nil {
		return CodeSent{}, &Error{Reason: EmailNotOffered, Field: "email"}
	}
	email, err := s.claimedEmail(ctx, r.Site, r.User, r.Email)
	if err != nil {
		return CodeSent{}, err
	}
	if err := s.useCaptcha(ctx, OnVerifyEmail, r.Site, r.Proof); err != nil {
		return CodeSent{}, err
	}
	to := destination{site: r.Site, address: email.Key, field: "email", purpose: ForVerify, user: r.User}
	return s.sendCode(ctx, to, func(code string) error {
		refund, err := s.spend(ctx, s.mailPurse(), s.mailBudgets(r))
		if err != nil {
			return err
		}
		err = s.Mail.Send(ctx, mail.Message{
			To: email.Address, Code: code, Purpose: string(ForVerify), ExpiresIn: codeLife, Locale: r.Locale, SiteID: r.Site,
		})
		if err != nil {
			refund(ctx)
			return &Error{Reason: MailFailed, RetryAfter: 5 * time.Second, Err: err}
		}
		return nil
	})
}

// mailBudgets bound what one token can have sent: mails to addresses that are
// not its user's cost their owners time, and the deployment its good name.
func (s *Service) mailBudgets(r EmailCodeRequest) []budget {
	return used(
		budget{"user", strconv.FormatInt(r.User, 10), 24 * time.Hour, s.Limits.MailPerUser, false},
		budget{"network", r.Network, time.Hour, s.Limits.MailPerNetwork, false},
		budget{"total", "", 24 * time.Hour, s.Limits.MailTotal, false},
	)
}

// claimedEmail is the address that was given, or else the user's own. A user
// who may not act has no mail sent to anybody.
func (s *Service) claimedEmail(ctx context.Context, site, user int64, given string) (identifier.Email, error) {
	u, err := s.Detail(ctx, site, user)
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
	if s.Mail == nil {
		return User{}, &Error{Reason: EmailNotOffered, Field: "email"}
	}
	email, err := s.claimedEmail(ctx, v.Site, v.User, v.Email)
	if err != nil {
		return User{}, err
	}
	to := destination{site: v.Site, address: email.Key, field: "email", purpose: ForVerify, user: v.User}
	code, err := s.tryCode(ctx, to, v.Code)
	if err != nil {
		return User{}, err
	}
	row, err := s.own(ctx, code, email, s.Now())
	if err != nil {
		return User{}, refusal(err)
	}
	return userOf(row), nil
}

// own spends the code and gives the address to its user, all or nothing.
func (s *Service) own(ctx context.Context, code provenCode, email identifier.Email, now time.Time) (row db.User, err error) {
	err = s.inTx(ctx, func(ctx context.Context, q *db.Queries) error {
		if err := code.consume(ctx, q, now); err != nil {
			return err
		}
		err := q.EvictUnverifiedEmail(ctx, db.EvictUnverifiedEmailParams{SiteID: code.site, EmailKey: email.Key, ID: code.user, Now: now})
		if err != nil {
			return err
		}
		row, err = q.SetVerifiedEmail(ctx, db.SetVerifiedEmailParams{
			SiteID: code.site, ID: code.user, Email: email.Display, EmailKey: email.Key, Now: now,
		})
		if errors.Is(err, pgx.ErrNoRows) {
			return &Error{Reason: AccountDisabled}
		}
		return err
	})
	return row, err
}
