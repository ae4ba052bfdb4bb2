package code

import (
	"context"
	"errors"
	"math"
	"time"

	"github.com/enroll-project/enroll/gen/db"
	"github.com/enroll-project/enroll/internal/sms"
)

// noticePercent is the part of each budget of money, beyond its limit, that all notices by SMS have, and once more that
// late ones have. They do not count in the budget itself: a user causes 20 a day, so users together could use up what
// holders need for their codes.
const noticePercent = 10

// ChargeNotice counts what a notice by SMS costs in the notices' part of each budget of money: a tenth, and two SMS at
// least. If a part is used up and the notice is late, it counts in another part of the same size, because a holder
// should learn of the change. It returns false and counts nothing if that is used up, too, or the notice is not late:
// the notice should wait. giveBack undoes the counts of a notice that was certainly not sent.
func (s *Service) ChargeNotice(
	ctx context.Context, m sms.Message, late bool,
) (giveBack func(context.Context) error, ok bool, err error) {
	giveBack, ok, err = s.chargeNotice(ctx, smsMoneyNotice, m)
	if ok || err != nil || !late { // check: notice-late
		return giveBack, ok, err
	}
	return s.chargeNotice(ctx, smsMoneyLate, m)
}

// chargeNotice is ChargeNotice for the parts of one scope.
func (s *Service) chargeNotice(
	ctx context.Context, scope string, message sms.Message,
) (giveBack func(context.Context) error, ok bool, err error) {
	m := s.limits.Money
	nothing := func(context.Context) error { return nil }
	if m == nil || m.Cost(message) == 0 {
		return nothing, true, nil
	}
	// PostgreSQL keeps microseconds, and a refund compares the ends of windows.
	now := s.now().Truncate(time.Microsecond)
	cost := m.Cost(message)
	var parts []budget
	for _, b := range m.Budgets {
		part := plain(scope, m.key(b), b.Window, math.MaxInt32)
		part.cost, part.most = cost, max(b.Limit*noticePercent/100, ownCodes*cost) // check: notice-late-part
		parts = append(parts, part)
	}
	// Without an address the statement counts and stores no code.
	err = s.count(ctx, db.TakeAndKeepCodeParams{Now: now, ExpiresAt: now, Day: now.UTC()}, parts)
	if errors.As(err, new(*Refusal)) {
		return nil, false, nil
	}
	// If it is not known whether the notice was counted, the attempt has failed, and the count is too high by one.
	if err != nil {
		return nil, false, err
	}
	return func(ctx context.Context) error { return refund(ctx, s.queries, parts, "", now) }, true, nil
}
