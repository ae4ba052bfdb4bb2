package account

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/enroll-project/enroll/gen/db"
	"github.com/enroll-project/enroll/internal/captcha"
)

// spendCaptcha takes the one attempt that a captcha is good for. It is spent
// before the answer is judged, so that a wrong answer costs it too, and
// outside any transaction, so that nothing gives it back (I2, I3). A store or
// a judge that does not answer lets nobody through.
func (s *Service) spendCaptcha(ctx context.Context, op Operation, site int64, p Proof) error {
	if s.Captchas == nil || !slices.Contains(s.CaptchaOn, op) {
		return nil
	}
	if p.Captcha == "" {
		return &Error{Reason: CaptchaRequired, Field: "captcha"}
	}
	attempt, err := s.Captchas.Attempt(captcha.Scope{Site: site}, p.CaptchaID, p.Captcha)
	if err != nil && p.CaptchaID == "" {
		return &Error{Reason: CaptchaRequired, Field: "captcha_id"}
	}
	wrong := &Error{Reason: CaptchaWrong, Field: "captcha"}
	if err != nil {
		return wrong
	}
	n, err := s.queries.SpendCaptcha(ctx, db.SpendCaptchaParams{Nonce: attempt.Nonce(), ExpiresAt: attempt.Expires()})
	if err != nil {
		return refusal(err)
	}
	if n == 0 {
		return wrong
	}
	switch err := attempt.Judge(ctx); {
	case err == nil:
		return nil
	case errors.Is(err, captcha.ErrWrong):
		return wrong
	case errors.Is(err, captcha.ErrUnavailable):
		return &Error{Reason: Unavailable, RetryAfter: 5 * time.Second, Err: err}
	default:
		return err
	}
}
