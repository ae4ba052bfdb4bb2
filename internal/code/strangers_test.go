package code_test

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/enroll-project/enroll/internal/code"
)

// assault is one way in which ten networks fill the counts that they share with holders.
type assault struct {
	limits   code.Limits
	window   time.Duration // of the counts that they fill
	redeemed bool          // whether they redeem their codes
	// to is where a message goes: each has an address of its own. i is the network.
	to func(i, n int) code.Destination
	// refused is true if a holder may have to wait, for an hour at most.
	refused bool
}

// assaults fill each scope of counts that a client shares with others, and each scope that counts
// one client alone.
func assaults() map[string]assault {
	anyPhone := func(_, n int) code.Destination { return phone(fmt.Sprintf("+86138%08d", n*10000)) }
	samePrefix := func(_, n int) code.Destination { return phone(fmt.Sprintf("+8613800%06d", n)) }
	sms := code.Limits{SMSPerNetwork: 1000}
	total := func(l code.Limits, most int32) code.Limits { l.SMSTotal = most; return l }
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
	oneMail := func(int, int) code.Destination { return mail(code.ForLogin, 0)(0, 0) }
	domain := mails
	domain.MailPerDomain = 60
	mails.MailTotal = 96
	const day = 24 * time.Hour
	return map[string]assault{
		"all SMS, redeemed":         {total(sms, 96), day, true, anyPhone, false},
		"all SMS":                   {total(sms, 240), day, false, anyPhone, false},
		"all SMS, a small budget":   {total(sms, 48), day, false, anyPhone, false},
		"an SMS prefix, redeemed":   {prefixed(sms, 100), time.Hour, true, samePrefix, true},
		"an SMS prefix":             {prefixed(sms, 100), time.Hour, false, samePrefix, true},
		"a small SMS prefix":        {prefixed(sms, 24), time.Hour, false, samePrefix, true},
		"the days of an SMS prefix": {prefixed(sms, 100), day, false, samePrefix, true},
		"all mails":                 {mails, day, false, mail(code.ForRegister, 0), false},
		"all mails, by users":       {mails, day, false, mail(code.ForVerify, 1000), false},
		"a domain":                  {domain, time.Hour, false, mail(code.ForRegister, 0), true},
		"an address":                {sms, day, false, func(int, int) code.Destination { return phone(victim) }, false},
		"an email address":          {code.Limits{MailPerNetwork: 1000}, day, false, oneMail, false},
	}
}

// TestStrangersFillEveryScope: ten networks whose windows begin half a window after those of the counts
// that they share with others, and who send all that they may at the end of each window and at the
// beginning of the next, cannot keep a person in a network that was never seen from a code for longer than an
// hour. The assaults fill each scope of budgets in the sources.
func TestStrangersFillEveryScope(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	filled := map[string]bool{
		"asker_failures": true, "address_failures": true, // TestStaggeredFailures
		"address_hour": true, "address_day": true, "asker_known": true,
	}
	t.Run("assaults", func(t *testing.T) {
		for name, a := range assaults() {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				d := newDesk(t, a.limits)
				a.play(d)
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

// attacker alternates between networks of IPv4 and IPv6. An IPv6 network uses another /64 each
// time.
func attacker(i, n int) code.Origin {
	if i%2 == 0 {
		return stranger(i)
	}
	return customer(i, n)
}

// play is the assault over two windows, each of which ends with a person who needs a code.
func (a assault) play(d *desk) {
	n := 0
	send := func(i int) bool {
		n++
		to, by := a.to(i, n), attacker(i, n)
		right, err := d.ask(to, by)
		if err == nil && a.redeemed {
			fatal(d.T, d.redeem(to, by, right))
		}
		return err == nil
	}
	// burst sends one message of each network after another, until all are refused.
	burst := func() {
		for range 40 {
			sent := 0
			for i := range 10 {
				if send(i) {
					sent++
				}
			}
			d.advance(code.Cooldown / 10)
			if sent == 0 {
				return
			}
		}
		d.Error("the networks are not refused")
	}
	person := func(p int) {
		n++
		by, to := from(fmt.Sprintf("203.0.%d.0/24", p)), a.to(p, n)
		if to.User != 0 {
			to.User = int64(5000 + p)
		}
		waited := time.Duration(0)
		for {
			_, err := d.ask(to, by)
			refusal := new(code.Refusal)
			switch {
			case err == nil:
				return
			case !errors.As(err, &refusal):
				d.Fatal(err)
			case refusal.Why != code.TooSoon && !a.refused, waited+refusal.RetryAfter > time.Hour:
				d.Errorf("window %d: a person waits for %s and then %s: %v", p, waited, refusal.RetryAfter, err)
				return
			}
			waited += refusal.RetryAfter
			d.advance(refusal.RetryAfter)
			burst() // just before the person
		}
	}
	person(100) // begins the windows that all share
	d.advance(a.window / 2)
	for i := range 10 {
		send(i) // begins the windows of the networks
	}
	d.advance(a.window / 2)
	for p := range 2 {
		person(101 + 2*p)
		d.advance(a.window/2 - 3*time.Minute)
		burst()
		d.advance(3 * time.Minute)
		burst() // in new windows of the networks
		person(102 + 2*p)
		d.advance(a.window / 2)
	}
}
