package account_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/enroll-project/enroll/gen/db"
	"github.com/enroll-project/enroll/internal/account"
	"github.com/enroll-project/enroll/internal/code"
	"github.com/enroll-project/enroll/internal/notice"
	"github.com/enroll-project/enroll/internal/price"
	"github.com/enroll-project/enroll/internal/sms"
)

// TestNoticeWaitsForMoney: a notice by SMS for which no money is left waits until the window ends, and a notice by mail
// behind it does not. In a window that is longer than a day it is sent after a day, from the money for late ones.
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
			for i := range 3 { // a tenth of 1.00 pays two
				add(fmt.Sprintf("+861380013800%d", i))
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

// TestTextsDelayNoMail: a call sends a notice by mail that was written after thousands by SMS, for which no money is
// left.
func TestTextsDelayNoMail(t *testing.T) {
	t.Parallel()
	r := leaver(t, func(config *account.Config) { config.Limits.Money = noticeMoney(time.Hour) })
	begun := r.clock.Now()
	_, err := r.pool.Exec(t.Context(), `INSERT INTO notices (user_id, kind, address, locale, created_at, due_at, attempts)
		SELECT $1, 'phone_changed', '+8613800' || 100000 + n, 'en', $2, $2, 0 FROM generate_series(1, 2500) AS n`,
		r.user.User.ID, begun)
	fatal(t, err)
	r.clock.advance(time.Minute)
	fatal(t, notice.Add(t.Context(), db.New(r.pool), r.user.User.ID, notice.PasswordChanged, "a@example.com", "en",
		r.clock.Now()))
	texts, mails := r.sms.count(), r.mails.count()
	fatal(t, r.SendNotices(t.Context()))
	if n, m := r.sms.count()-texts, r.mails.count()-mails; n != 2 || m != 1 {
		t.Errorf("%d SMS and %d mails were sent, want 2 and 1", n, m)
	}
}

// noticeMoney is a budget of 1.00 for SMS that cost 0.05.
func noticeMoney(window time.Duration) *code.Money {
	return &code.Money{
		Currency: "CNY", Budgets: []price.Budget{{Limit: 1_000_000, Window: window}},
		Cost: func(sms.Message) price.Amount { return 50_000 }, Alarm: func(code.Alarm) {},
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

// TestLateNoticesAreBounded: of 250 notices by SMS for which no money is left, one call tries 200 and the next one the
// rest. After a day a tenth of the money is left for them; it pays two. Those beyond are given up and are not sent.
func TestLateNoticesAreBounded(t *testing.T) {
	t.Parallel()
	r := leaver(t, func(config *account.Config) { config.Limits.Money = noticeMoney(31 * 24 * time.Hour) })
	r.clock.advance(time.Minute)
	before := r.sms.count()
	r.exec(t, "INSERT INTO notices (user_id, kind, address, locale, created_at, due_at, attempts) "+
		"SELECT u.id, 'password_changed', '+86138' || 10000000 + n, 'en', $1, $1, 0 FROM users AS u, "+
		"generate_series(1, 252) AS n", r.clock.Now())
	for _, want := range []int{200, 250, 250} {
		fatal(t, r.SendNotices(t.Context()))
		if n := r.count(t, "notices WHERE attempts = 1"); n != want {
			t.Errorf("%d notices were tried, want %d", n, want)
		}
	}
	for _, attempts := range []int{143, 150} {
		r.exec(t, "UPDATE notices SET attempts = $1", attempts)
		r.clock.advance(10 * time.Minute)
		for range 2 {
			fatal(t, r.SendNotices(t.Context()))
		}
	}
	if n, sent := r.count(t, "notices"), r.sms.count()-before; n != 0 || sent != 4 {
		t.Errorf("%d wait and %d were sent, want 0 and 4", n, sent)
	}
}

// TestOneSMSWaits: further changes of a kind write no further SMS while one waits. Another kind, another phone and a
// mail are written.
func TestOneSMSWaits(t *testing.T) {
	t.Parallel()
	r := leaver(t)
	add := func(kind notice.Kind, address string) {
		t.Helper()
		fatal(t, notice.Add(t.Context(), db.New(r.pool), r.user.User.ID, kind, address, "en", r.clock.Now()))
	}
	for range 3 {
		add(notice.PasswordChanged, "+8613800138000")
		add(notice.PhoneChanged, "+8613800138000")
		add(notice.PasswordChanged, "+8613800138001")
		add(notice.PasswordChanged, "+1@example.com")
	}
	if n := r.count(t, "notices"); n != 6 {
		t.Errorf("%d notices, want three SMS and three mails", n)
	}
	fatal(t, r.SendNotices(t.Context()))
	add(notice.PasswordChanged, "+8613800138000")
	if n := r.count(t, "notices"); n != 1 {
		t.Errorf("%d notices after the SMS was sent, want 1", n)
	}
}
