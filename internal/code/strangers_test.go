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
		"all SMS, redeemed":         {total(sms, 96), day, true, anyPhone},
		"all SMS":                   {total(sms, 240), day, false, anyPhone},
		"all SMS, a small budget":   {total(sms, 96), day, false, anyPhone},
		"an SMS prefix, redeemed":   {prefixed(sms, 100), time.Hour, true, samePrefix},
		"an SMS prefix":             {prefixed(sms, 100), time.Hour, false, samePrefix},
		"a small SMS prefix":        {prefixed(sms, 32), time.Hour, false, samePrefix},
		"the days of an SMS prefix": {prefixed(sms, 100), day, false, samePrefix},
		"all mails":                 {mails, day, false, mail(code.ForRegister, 0)},
		"all mails, by users":       {mails, day, false, mail(code.ForVerify, 1000)},
		"a domain":                  {domain, time.Hour, false, mail(code.ForRegister, 0)},
		"a phone to register":       {sms, day, false, one(phone(victim), code.ForRegister)},
		"a phone to log in":         {sms, day, false, one(phone(victim), code.ForLogin)},
		"a phone to reset":          {sms, day, false, one(phone(victim), code.ForReset)},
		"an email to log in":        {code.Limits{MailPerNetwork: 1000}, day, false, one(oneMail, code.ForLogin)},
		"an email to verify":        {code.Limits{MailPerNetwork: 1000}, day, false, one(oneMail, code.ForVerify)},
	}
}

// TestStrangersFillEveryScope: ten networks send all that they may, at the end of each of their windows and at the
// beginning of the next. Their windows begin a part of a window after those of the counts that they share with
// others. Nevertheless a person gets a code within an hour, also one that loses the first message, and in each of
// four networks a day that were never seen. Only the wait between two codes for an address is refused. The assaults
// fill each scope of budgets in the sources.
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

// attacker alternates between networks of IPv4 and IPv6. An IPv6 network uses another /64 each
// time.
func attacker(i, n int) code.Origin {
	if i%2 == 0 {
		return stranger(i)
	}
	return customer(i, n)
}

// siege is an assault while people need codes.
type siege struct {
	*desk
	assault
	begun time.Time
	n     int // requests
}

// strike sends one message of each network. It returns how many were sent, and the shortest time until a network may
// send another one.
func (s *siege) strike() (sent int, wait time.Duration) {
	wait = time.Hour
	for i := range 10 {
		s.n++
		to, by := s.to(i, s.n), attacker(i, s.n)
		right, err := s.ask(to, by)
		refusal := new(code.Refusal)
		switch {
		case err == nil:
			sent++
			if s.redeemed {
				fatal(s.T, s.redeem(to, by, right))
			}
		case !errors.As(err, &refusal):
			s.Fatal(err)
		case refusal.Why == code.TooSoon: // so are the other networks: they attack one address
			return sent, refusal.RetryAfter
		default:
			wait = min(wait, refusal.RetryAfter)
		}
	}
	return sent, wait
}

// burst sends until no network may send within a minute.
func (s *siege) burst() {
	for range 200 {
		switch sent, wait := s.strike(); {
		case sent > 0 && wait > code.Cooldown:
			s.advance(code.Cooldown / 10)
		case wait > code.Cooldown:
			return
		default:
			s.advance(wait)
		}
	}
	s.Error("the networks are not refused")
}

// person needs a code in a network that was never seen, and loses the first message. Before each of its requests
// the attackers send what they may.
func (s *siege) person() {
	s.n++
	by := from(fmt.Sprintf("203.%d.%d.0/24", s.n/256, s.n%256))
	to := s.to(s.n, s.n)
	waited, right := time.Duration(0), ""
	for range 2 {
		for {
			s.strike()
			var err error
			if right, err = s.ask(to, by); err == nil {
				break
			}
			refusal := new(code.Refusal)
			if !errors.As(err, &refusal) {
				s.Fatal(err)
			}
			if waited += refusal.RetryAfter; refusal.Why != code.TooSoon || waited > time.Hour {
				s.Fatalf("after %s: a person waits for %s: %v", s.now().Sub(s.begun), waited, refusal)
			}
			s.advance(refusal.RetryAfter)
		}
		s.advance(code.Cooldown)
	}
	fatal(s.T, s.redeem(to, by, right))
}

// play is the assault over two windows. phase is the time from the begin of a shared count until those of the
// networks begin.
func (s *siege) play(phase time.Duration) {
	s.person() // begins the windows that all share
	s.advance(phase)
	s.strike() // begins the windows of the networks
	s.advance(s.window - phase)
	for range 2 {
		s.person()
		s.advance(max(phase-3*time.Minute, 0))
		s.burst()
		s.advance(3 * time.Minute)
		for range 4 {
			s.burst() // at first in new windows of the networks
			s.person()
			s.advance(2 * time.Hour)
		}
		s.advance(max(s.window-phase-8*time.Hour, 0))
	}
}
