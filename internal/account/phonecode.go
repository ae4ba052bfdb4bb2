package account

import (
	"context"
	"time"

	"github.com/enroll-project/enroll/gen/db"
	"github.com/enroll-project/enroll/internal/sms"
)

// SendPhoneCode sends a code to a phone. Whether the phone has an account
// changes neither the answer nor the work (I9).
func (s *Service) SendPhoneCode(ctx context.Context, r CodeRequest) (CodeSent, error) {
	if s.SMS == nil {
		return CodeSent{}, &Error{Reason: PhoneNotOffered, Field: "phone"}
	}
	phone, err := s.phones.Parse(r.Phone)
	if err != nil {
		return CodeSent{}, phoneRefusal(err)
	}
	if err := s.spendCaptcha(ctx, OnVerifyPhone, r.Site, r.Proof); err != nil {
		return CodeSent{}, err
	}
	to := destination{site: r.Site, address: phone.E164, field: "phone", purpose: r.Purpose}
	return s.sendCode(ctx, to, func(code string) error {
		// The phone has been found to have waited long enough: who asks for one
		// phone again and again uses up no budget that others share.
		refund, err := s.takeBudgets(ctx, phone.E164, r.Network)
		if err != nil {
			return err
		}
		err = s.SMS.Send(ctx, sms.Message{
			Phone: phone.E164, Code: code, Purpose: string(r.Purpose), ExpiresIn: codeLife, Locale: r.Locale, SiteID: r.Site,
		})
		if err != nil {
			refund(ctx)
			return &Error{Reason: SMSFailed, RetryAfter: 5 * time.Second, Err: err}
		}
		return nil
	})
}

// The conversion watch: a prefix of which fewer than watchPercent of the codes
// are redeemed, once watchFrom have been sent within its hour, is sent no more
// until the hour is over. Who pumps SMS for a share of their price never types
// a code in.
const (
	watchFrom    = 50
	watchPercent = 20
	prefixDigits = 7
)

// budget is one bound on SMS, over all sites and replicas.
type budget struct {
	scope, key string
	window     time.Duration
	limit      int32 // 0 for none
	watched    bool
}

func (s *Service) budgets(e164, network string) []budget {
	all := []budget{
		{"prefix", prefix(e164), time.Hour, s.Limits.SMSPerPrefix, true},
		{"network", network, time.Hour, s.Limits.SMSPerNetwork, false},
		{"total", "", 24 * time.Hour, s.Limits.SMSTotal, false},
	}
	used := all[:0]
	for _, b := range all {
		if b.limit > 0 && (b.scope != "network" || network != "") {
			used = append(used, b)
		}
	}
	return used
}

func prefix(e164 string) string { return e164[:min(len(e164), 1+prefixDigits)] }

// takeBudgets takes one SMS from each budget, or from none.
func (s *Service) takeBudgets(ctx context.Context, e164, network string) (refund func(context.Context), err error) {
	now := s.Now()
	var taken []budget
	refund = func(ctx context.Context) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
		defer cancel()
		for _, b := range taken {
			_ = s.queries.RefundSMSBudget(ctx, db.RefundSMSBudgetParams{Scope: b.scope, Key: b.key, WindowAgo: now.Add(-b.window)})
		}
	}
	for _, b := range s.budgets(e164, network) {
		p := db.TakeSMSBudgetParams{Scope: b.scope, Key: b.key, Now: now, WindowAgo: now.Add(-b.window), MaxSent: b.limit}
		if p.WatchFrom = b.limit; b.watched {
			p.WatchFrom, p.WatchPercent = watchFrom, watchPercent
		}
		n, err := s.queries.TakeSMSBudget(ctx, p)
		if err == nil && n == 0 {
			err = &Error{Reason: CodeTooMany, Field: "phone", RetryAfter: b.window}
		}
		if err != nil {
			refund(ctx)
			return nil, refusal(err)
		}
		taken = append(taken, b)
	}
	return refund, nil
}

// redeemed counts a code that came back, for the conversion watch, in the
// transaction that spends it.
func (c provenCode) redeemed(ctx context.Context, q *db.Queries, now time.Time) error {
	if c.field != "phone" {
		return nil
	}
	return q.RedeemSMS(ctx, db.RedeemSMSParams{Key: prefix(c.address), WindowAgo: now.Add(-time.Hour)})
}
