package account

import (
	"context"
	"time"

	"github.com/enroll-project/enroll/gen/db"
)

// Purge forgets what no longer matters: spent captchas that have expired,
// addresses with nothing to remember, remembered answers of yesterday, and
// counts whose window is over; at most 1,000 rows of each, and tells how many
// went. Replicas may purge at the same time: each skips what another holds.
// Call it again while it returns 1,000 or more.
func (s *Service) Purge(ctx context.Context) (int64, error) {
	now := s.Now()
	day := now.Add(-24 * time.Hour)
	var total int64
	for _, purge := range []func() (int64, error){
		func() (int64, error) {
			// A minute's grace, so that a replica whose clock is behind finds a
			// captcha spent for as long as it would accept it.
			return s.queries.PurgeSpentCaptchas(ctx, db.PurgeSpentCaptchasParams{ExpiredBefore: now.Add(-time.Minute)})
		},
		func() (int64, error) { return s.queries.PurgeCodes(ctx, db.PurgeCodesParams{SentBefore: day}) },
		func() (int64, error) {
			return s.queries.PurgeIdempotencyKeys(ctx, db.PurgeIdempotencyKeysParams{ExpiredBefore: now.Add(-keyLife)})
		},
		func() (int64, error) {
			return s.queries.PurgeSMSBudgets(ctx, db.PurgeSMSBudgetsParams{StartedBefore: day})
		},
		func() (int64, error) {
			return s.queries.PurgeMailBudgets(ctx, db.PurgeMailBudgetsParams{StartedBefore: day})
		},
		func() (int64, error) {
			return s.queries.PurgeLoginTries(ctx, db.PurgeLoginTriesParams{StartedBefore: now.Add(-throttleWindow), Now: now})
		},
	} {
		n, err := purge()
		if err != nil {
			return total, refusal(err)
		}
		total += n
	}
	return total, nil
}
