package challenge

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/enroll-project/enroll/gen/db"
	"github.com/enroll-project/enroll/internal/captcha"
	"github.com/enroll-project/enroll/internal/network"
)

// Opened is a captcha that is authentic, unexpired and of the right scope. Its
// answer has not been checked, and of a third party's token nothing has been checked. The zero value is for
// an operation that requires no captcha.
type Opened struct {
	asked   bool
	attempt captcha.Attempt
	from    network.Origin
}

// Open checks a proof as far as possible without the database. A captcha that is
// missing, forged or expired is refused here, before the request uses a hasher, a code
// or a query. Only [Service.Spend] finds that a captcha was spent before, that its
// answer is wrong, or that the token of a third party is forged or expired.
func (s *Service) Open(op Operation, site int64, p Proof) (Opened, error) {
	if s.config.Captchas == nil || !slices.Contains(s.config.On, op) { // check: captcha-required
		return Opened{}, nil
	}
	// An empty answer is always wrong, so the id need not be opened.
	if p.Captcha == "" {
		return Opened{}, &Refusal{Why: NoAnswer}
	}
	attempt, err := s.attempt(op, site, p)
	// A client that sends no id has not requested a captcha. That is another mistake than a
	// wrong answer, so it has its own reason. A challenge of a third party has no id.
	if err != nil && p.CaptchaID == "" && s.config.Captchas.Kind() != captcha.KindSiteVerify {
		return Opened{}, &Refusal{Why: NoID}
	}
	if err != nil { // check: captcha-opened
		return Opened{}, &Refusal{Why: Wrong}
	}
	return Opened{asked: true, attempt: attempt, from: network.OriginOf(p.Client)}, nil
}

// Spend spends a captcha and then checks the answer. A wrong answer spends it,
// too, because each guess must cost a captcha. It is spent outside any transaction, so that
// no rollback returns it (I2 and I3 of package account). If the database or the third party that
// checks answers is unavailable, the request is refused.
func (s *Service) Spend(ctx context.Context, opened Opened) error {
	if !opened.asked {
		return nil
	}
	// Of several attempts with one captcha only the first inserts a row, so n is 0 for the
	// others.
	attempt := opened.attempt
	scopes, keys := s.spentKeys(opened.from)
	n, err := s.queries.SpendCaptcha(ctx, db.SpendCaptchaParams{
		Nonce: attempt.Nonce(), ExpiresAt: attempt.Expires(), Scopes: scopes, Keys: keys, Now: s.config.Now(),
	})
	if err != nil { // check: captcha-stored
		return err
	}
	if n == 0 { // check: captcha-once
		return &Refusal{Why: Wrong}
	}
	switch err := attempt.Verify(ctx); {
	case err == nil: // check: captcha-answer
		return nil
	case errors.Is(err, captcha.ErrWrong):
		// If the count fails, its error is only logged: the answer is wrong in any case.
		return &Refusal{Why: Wrong, Err: s.countWrong(ctx, opened.from)} // check: wrong-captcha-counts
	case errors.Is(err, captcha.ErrUnavailable):
		return &Refusal{Why: Unverified, RetryAfter: 5 * time.Second, Err: err}
	default:
		return err
	}
}

// Use opens and spends a captcha, for operations that hash no password.
func (s *Service) Use(ctx context.Context, op Operation, site int64, p Proof) error {
	opened, err := s.Open(op, site, p)
	if err != nil {
		return err
	}
	return s.Spend(ctx, opened)
}

// attempt opens a captcha for AnyOperation, which most clients request, or else one for this
// operation. The id is sealed and does not show the operation, so both are tried.
func (s *Service) attempt(op Operation, site int64, p Proof) (captcha.Attempt, error) {
	attempt, err := s.config.Captchas.Attempt(s.scope(site, p.Client, AnyOperation), p.CaptchaID, p.Captcha)
	if errors.Is(err, captcha.ErrUnknown) {
		return s.config.Captchas.Attempt(s.scope(site, p.Client, op), p.CaptchaID, p.Captcha)
	}
	return attempt, err
}

// PurgeSpent deletes the marks of spent captchas that have expired: 1,000 at most. It returns
// their number. It keeps them a minute longer than the captchas are valid, so that a replica
// whose clock is behind still finds the captcha spent as long as it would accept it.
func (s *Service) PurgeSpent(ctx context.Context) (int64, error) {
	return s.queries.PurgeSpentCaptchas(ctx, db.PurgeSpentCaptchasParams{
		ExpiredBefore: s.config.Now().Add(-time.Minute),
	})
}
