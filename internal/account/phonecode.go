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
	if err := s.useCaptcha(ctx, OnVerifyPhone, r.Site, r.Proof); err != nil {
		return CodeSent{}, err
	}
	to := destination{site: r.Site, address: phone.E164, field: "phone", purpose: r.Purpose}
	return s.sendCode(ctx, to, func(code string) error {
		// The phone has been found to have waited long enough: who asks for one
		// phone again and again uses up no budget that others share.
		refund, err := s.spend(ctx, s.smsPurse(), s.smsBudgets(phone.E164, r.Network))
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
// are redeemed, once watchFrom have been sent within watchWindow, is sent no more
// until the hour is over. Who pumps SMS for a share of their price never types
// a code in.
const (
	watchFrom    = 50
	watchPercent = 20
	watchWindow  = time.Hour
	prefixDigits = 7
)

func (s *Service) smsBudgets(e164, network string) []budget {
	return used(
		budget{"prefix", prefix(e164), watchWindow, s.Limits.SMSPerPrefix, true},
		budget{"network", network, time.Hour, s.Limits.SMSPerNetwork, false},
		budget{"total", "", 24 * time.Hour, s.Limits.SMSTotal, false},
	)
}

func prefix(e164 string) string { return e164[:min(len(e164), 1+prefixDigits)] }

// redeemed counts a code that came back, for the conversion watch, in the
// transaction that spends it.
func (c provenCode) redeemed(ctx context.Context, q *db.Queries, now time.Time) error {
	if c.field != "phone" {
		return nil
	}
	return q.RedeemSMS(ctx, db.RedeemSMSParams{Key: prefix(c.address), WindowAgo: now.Add(-watchWindow)})
}
