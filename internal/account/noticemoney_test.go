package account_test

import (
	"testing"
	"time"

	"github.com/enroll-project/enroll/gen/db"
	"github.com/enroll-project/enroll/internal/account"
	"github.com/enroll-project/enroll/internal/code"
	"github.com/enroll-project/enroll/internal/notice"
	"github.com/enroll-project/enroll/internal/price"
)

// TestNoticeWaitsForMoney: a notice by SMS for which no money is left waits until the window ends, and a notice by mail
// behind it does not. In a window that is longer than a day it is sent after a day nevertheless. None is lost.
func TestNoticeWaitsForMoney(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ window, sentAfter time.Duration }{
		"an hour": {time.Hour, time.Hour}, "a month": {31 * 24 * time.Hour, 144 * 10 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := leaver(t, func(config *account.Config) { config.Limits.Money = noticeMoney(c.window) })
			r.clock.advance(time.Minute)
			begun := r.clock.Now()
			add := func(address string) {
				t.Helper()
				fatal(t, notice.Add(t.Context(), db.New(r.pool), r.user.User.ID, notice.PasswordChanged, address, "en", begun))
			}
			for range 3 { // a tenth of 1.00 pays two
				add("+8613800138000")
			}
			add("a@example.com")
			before, mails := r.sms.count(), r.mails.count()
			fatal(t, r.SendNotices(t.Context()))
			if n, m := r.sms.count()-before, r.mails.count()-mails; n != 2 || m != 1 {
				t.Fatalf("%d SMS and %d mails were sent, want 2 and 1", n, m)
			}
			for r.sms.count()-before == 2 && r.clock.Now().Sub(begun) < 48*time.Hour {
				r.clock.advance(10 * time.Minute)
				fatal(t, r.SendNotices(t.Context()))
			}
			if n, after := r.count(t, "notices"), r.clock.Now().Sub(begun); n != 0 || r.sms.count()-before != 3 ||
				after < c.sentAfter-10*time.Minute || after > c.sentAfter {
				t.Errorf("%d wait, %d were sent after %s", n, r.sms.count()-before, after)
			}
		})
	}
}

// noticeMoney is a budget of 1.00 for SMS that cost 0.05.
func noticeMoney(window time.Duration) *code.Money {
	return &code.Money{
		Currency: "CNY", Budgets: []price.Budget{{Limit: 1_000_000, Window: window}},
		Cost: func(string) price.Amount { return 50_000 }, Alarm: func(code.Alarm) {},
	}
}

// TestNoticeThatIsNotSentCostsNothing: the money of a notice that a provider refuses is given back.
func TestNoticeThatIsNotSentCostsNothing(t *testing.T) {
	t.Parallel()
	r := leaver(t)
	fatal(t, notice.Add(t.Context(), db.New(r.pool), r.user.User.ID, notice.PhoneChanged, "+8613800138000", "en",
		r.clock.Now()))
	fatal(t, on(t, r.pool, r.clock, func(c *account.Config) {
		c.SMS, c.Limits.Money = landline{}, noticeMoney(time.Hour)
	}).SendNotices(t.Context()))
	if n := r.count(t, "budgets WHERE scope = 'sms_money_notice' AND money = 0 AND used = 0"); n != 1 {
		t.Errorf("%d counts of no money, want 1", n)
	}
}
