package account

import (
	"context"
	"time"

	"github.com/enroll-project/enroll/gen/db"
)

// Purge forgets spent captchas that have expired, phones that have nothing to
// remember, and answers of yesterday, at most 1,000 of each, and tells how many rows went.
// Replicas may purge at the same time: each skips what another holds. Call
// it again while it returns 1,000 or more.
func (s *Service) Purge(ctx context.Context) (int64, error) {
	now := s.Now()
	// A minute's grace, so that a replica whose clock is behind finds a captcha
	// spent for as long as it would accept it.
	captchas, err := s.queries.PurgeSpentCaptchas(ctx, db.PurgeSpentCaptchasParams{ExpiredBefore: now.Add(-time.Minute)})
	if err != nil {
		return 0, refusal(err)
	}
	phones, err := s.queries.PurgePhoneCodes(ctx, db.PurgePhoneCodesParams{SentBefore: now.Add(-24 * time.Hour)})
	if err != nil {
		return 0, refusal(err)
	}
	keys, err := s.queries.PurgeIdempotencyKeys(ctx, db.PurgeIdempotencyKeysParams{ExpiredBefore: now.Add(-keyLife)})
	return captchas + phones + keys, refusal(err)
}
