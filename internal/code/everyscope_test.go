//go:build !race

// The strangers of an assault and its holders send one message after the other, so the race detector would find
// nothing: tools/make/test.sh runs the assaults without it.

package code_test

import (
	"fmt"
	"os"
	"regexp"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/enroll-project/enroll/internal/code"
	"github.com/enroll-project/enroll/internal/price"
	"github.com/enroll-project/enroll/internal/sms"
)

// assaults fill each scope of counts that a client shares with others, and each scope that counts
// one client alone.
func assaults() map[string]assault {
	anyPhone := func(_, n int) code.Destination { return phone(fmt.Sprintf("+86138%08d", n*10000)) }
	samePrefix := func(_, n int) code.Destination { return phone(fmt.Sprintf("+8613800%06d", n)) }
	plain := code.Limits{SMSPerNetwork: 1000}
	total := func(l code.Limits, most int32) code.Limits { l.SMSTotal = most; return l }
	money := func(l code.Limits) code.Limits {
		l.Money = &code.Money{
			Currency: "CNY", Budgets: []price.Budget{{Limit: 4_800_000, Window: 24 * time.Hour}},
			Cost: func(sms.Message) price.Amount { return 50_000 }, Alarm: func(code.Alarm) {},
		}
		return l
	}
	prefixed := func(l code.Limits, most int32) code.Limits { l.SMSPerPrefix = most; return l }
	mails := code.Limits{MailPerNetwork: 1000, MailPerUser: 20}
	mail := func(purpose code.Purpose, user int64) func(i, n int) code.Destination {
		return func(i, n int) code.Destination {
			to := code.Destination{Site: 1, Address: fmt.Sprintf("%d@a.example", n), Channel: code.Email, Purpose: purpose}
			if user != 0 {
				to.User = user + int64(i)
			}
			return to
		}
	}
	one := func(to code.Destination, purpose code.Purpose) func(i, n int) code.Destination {
		to.Purpose = purpose
		return func(i, _ int) code.Destination {
			if purpose == code.ForVerify {
				to.User = 1000 + int64(i)
			}
			return to
		}
	}
	oneMail := mail(code.ForLogin, 0)(0, 0)
	domain := mails
	domain.MailPerDomain = 60
	mails.MailTotal = 96
	const day = 24 * time.Hour
	return map[string]assault{
		"the money, redeemed":       {money(plain), day, true, anyPhone},
		"the money":                 {money(plain), day, false, anyPhone},
		"all SMS, redeemed":         {total(plain, 96), day, true, anyPhone},
		"all SMS":                   {total(plain, 240), day, false, anyPhone},
		"all SMS, a small budget":   {total(plain, 96), day, false, anyPhone},
		"an SMS prefix, redeemed":   {prefixed(plain, 100), time.Hour, true, samePrefix},
		"an SMS prefix":             {prefixed(plain, 100), time.Hour, false, samePrefix},
		"a small SMS prefix":        {prefixed(plain, 32), time.Hour, false, samePrefix},
		"the days of an SMS prefix": {prefixed(plain, 100), day, false, samePrefix},
		"all mails":                 {mails, day, false, mail(code.ForRegister, 0)},
		"all mails, by users":       {mails, day, false, mail(code.ForVerify, 1000)},
		"a domain":                  {domain, time.Hour, false, mail(code.ForRegister, 0)},
		"a phone to register":       {plain, day, false, one(phone(victim), code.ForRegister)},
		"a phone to log in":         {plain, day, false, one(phone(victim), code.ForLogin)},
		"a phone to reset":          {plain, day, false, one(phone(victim), code.ForReset)},
		"an email to log in":        {code.Limits{MailPerNetwork: 1000}, day, false, one(oneMail, code.ForLogin)},
		"an email to verify":        {code.Limits{MailPerNetwork: 1000}, day, false, one(oneMail, code.ForVerify)},
	}
}

// TestStrangersFillEveryScope: ten networks send as many messages as their budgets allow, at the end of each of their
// windows and at the beginning of the next. Their windows begin later than those of the counts that they share with
// others, by a part of a window. Nevertheless a person gets a code within an hour, even if the first message is lost,
// and in each of four networks a day that were never seen. Only the wait between two codes for an address is refused.
// The assaults fill each scope of budgets in the sources.
func TestStrangersFillEveryScope(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	filled := map[string]bool{
		"asker_failures": true, "address_failures": true, // TestStaggeredFailures
		"sms_money_notice": true, // TestNoticesHaveTheirPart
		"sms_money_late":   true, // the same
	}
	t.Run("assaults", func(t *testing.T) {
		for name, a := range assaults() {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				d := newDesk(t, a.limits)
				s := &siege{desk: d, assault: a, begun: d.now()}
				s.play(a.window / 2)
				s.play(a.window / 4)
				rows, err := d.pool.Query(t.Context(), "SELECT DISTINCT scope FROM budgets")
				fatal(t, err)
				scopes, err := pgx.CollectRows(rows, pgx.RowTo[string])
				fatal(t, err)
				mu.Lock()
				defer mu.Unlock()
				for _, scope := range scopes {
					filled[scope] = true
				}
			})
		}
	})
	source, err := os.ReadFile("budget.go")
	fatal(t, err)
	for _, found := range regexp.MustCompile(`(?m)^\t\w+ += "([a-z_]+)"`).FindAllSubmatch(source, -1) {
		if !filled[string(found[1])] {
			t.Errorf("no assault fills %s", found[1])
		}
	}
}
