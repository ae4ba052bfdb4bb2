package account

import (
	"context"

	"github.com/enroll-project/enroll/gen/db"
)

// spendCaptcha takes the one attempt that a captcha is good for. It is spent
// before the answer is looked at, so that a wrong answer costs it too, and
// outside any transaction, so that nothing gives it back (I2, I3). A store
// that does not answer lets nobody through.
func (s *Service) spendCaptcha(ctx context.Context, site int64, p Proof) error {
	if s.Captchas == nil {
		return nil
	}
	if p.CaptchaID == "" || p.Captcha == "" {
		return &Error{Reason: CaptchaRequired, Field: "captcha"}
	}
	wrong := &Error{Reason: CaptchaWrong, Field: "captcha"}
	challenge, err := s.Captchas.Open(site, p.CaptchaID)
	if err != nil {
		return wrong
	}
	n, err := s.queries.SpendCaptcha(ctx, db.SpendCaptchaParams{Nonce: challenge.Nonce(), ExpiresAt: challenge.Expires()})
	if err != nil {
		return refusal(err)
	}
	if n == 0 || !challenge.Matches(p.Captcha) {
		return wrong
	}
	return nil
}
