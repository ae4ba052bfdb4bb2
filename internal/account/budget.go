package account

import (
	"context"
	"time"

	"github.com/enroll-project/enroll/gen/db"
)

// budget is one bound on what is sent, over all replicas.
type budget struct {
	scope, key string
	window     time.Duration
	limit      int32 // 0 for none
	watched    bool  // by the conversion watch
}

// used leaves out what has no limit or counts nobody.
func used(all ...budget) []budget {
	kept := all[:0]
	for _, b := range all {
		if b.limit > 0 && (b.scope != "network" || b.key != "") {
			kept = append(kept, b)
		}
	}
	return kept
}

// purse is where the budgets of one way of sending are kept.
type purse struct {
	field string // to blame when one is used up
	// take takes one from a budget by one conditional statement; 0 means that
	// it is used up.
	take     func(ctx context.Context, b budget, now time.Time) (int64, error)
	giveBack func(ctx context.Context, b budget, now time.Time) error
}

func (s *Service) smsPurse() purse {
	return purse{"phone", func(ctx context.Context, b budget, now time.Time) (int64, error) {
		p := db.TakeSMSBudgetParams{Scope: b.scope, Key: b.key, Now: now, WindowAgo: now.Add(-b.window), MaxSent: b.limit}
		if p.WatchFrom = b.limit; b.watched {
			p.WatchFrom, p.WatchPercent = watchFrom, watchPercent
		}
		return s.queries.TakeSMSBudget(ctx, p)
	}, func(ctx context.Context, b budget, now time.Time) error {
		return s.queries.RefundSMSBudget(ctx, db.RefundSMSBudgetParams{Scope: b.scope, Key: b.key, WindowAgo: now.Add(-b.window)})
	}}
}

func (s *Service) mailPurse() purse {
	return purse{"email", func(ctx context.Context, b budget, now time.Time) (int64, error) {
		return s.queries.TakeMailBudget(ctx, db.TakeMailBudgetParams{
			Scope: b.scope, Key: b.key, Now: now, WindowAgo: now.Add(-b.window), MaxSent: b.limit,
		})
	}, func(ctx context.Context, b budget, now time.Time) error {
		return s.queries.RefundMailBudget(ctx, db.RefundMailBudgetParams{Scope: b.scope, Key: b.key, WindowAgo: now.Add(-b.window)})
	}}
}

// spend takes one from each budget, or from none. refund gives all back, even
// if the caller has gone away: what was not sent must not count.
func (s *Service) spend(ctx context.Context, from purse, budgets []budget) (refund func(context.Context), err error) {
	now := s.Now()
	var taken []budget
	refund = func(ctx context.Context) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
		defer cancel()
		for _, b := range taken {
			_ = from.giveBack(ctx, b, now)
		}
	}
	for _, b := range budgets {
		n, err := from.take(ctx, b, now)
		if err == nil && n == 0 {
			err = &Error{Reason: CodeTooMany, Field: from.field, RetryAfter: b.window}
		}
		if err != nil {
			refund(ctx)
			return nil, refusal(err)
		}
		taken = append(taken, b)
	}
	return refund, nil
}
