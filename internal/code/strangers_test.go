package code_test

import (
	"errors"
	"fmt"
	"time"

	"github.com/enroll-project/enroll/gen/db"
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
	_, err := db.New(s.pool).FoldSMSUses(s.Context()) // as the service does each minute
	fatal(s.T, err)
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
// the attackers send as many messages as their budgets allow.
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
