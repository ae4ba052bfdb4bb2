package server_test

import (
	"fmt"
	"net/url"
	"strconv"
	"testing"
	"time"
)

const (
	besiegers = 10               // networks that attack
	tick      = 20 * time.Minute // between two rounds of the attack
	patience  = time.Hour        // how long a holder may be kept from anything
)

// siege is a deployment of two server processes with one database, and a clock of its own. Captchas
// are off: the attackers are assumed to solve them without any cost.
type siege struct {
	testing.TB
	stronghold
	clock
	servers  [2]*client
	waits    map[string]time.Time // of the attackers: when the next attempt can succeed
	requests int
	refused  int // attacks that used something up
}

func lay(t *testing.T) *siege {
	t.Helper()
	servers, shared, c := hold(t)
	return &siege{TB: t, stronghold: shared, clock: c, servers: servers, waits: map[string]time.Time{}}
}

func (s *siege) now() time.Time { return s.Now() }

func (s *siege) advance(d time.Duration) {
	s.Helper()
	fatal(s, s.set(s.now().Add(d)))
}

// server takes turns.
func (s *siege) server() *client {
	s.requests++
	return s.servers[s.requests%2]
}

func (s *siege) post(from, path string, b body, headers ...string) answer {
	s.Helper()
	return s.server().post(path, b, append(headers, "X-Forwarded-For", from)...)
}

// attacker is an address in an attacking network. Half of the networks are an IPv6 /48 of one customer,
// who comes from another /64 each time.
func (s *siege) attacker(network int) string {
	if network%2 == 1 {
		return fmt.Sprintf("2001:db8:%x:%x::7", network, s.requests%0x10000)
	}
	return fmt.Sprintf("198.51.%d.7", network)
}

// strike repeats an attack until it is refused. It is then not repeated before the time that Retry-After gives.
func (s *siege) strike(name string, most int, attack func() answer) {
	for range most {
		if s.now().Before(s.waits[name]) {
			return
		}
		switch a := attack(); {
		case a.status == 429:
			seconds, err := strconv.Atoi(a.header.Get("Retry-After"))
			if err != nil {
				s.Errorf("%s: Retry-After: %v", name, err)
			}
			s.refused++
			s.waits[name] = s.now().Add(time.Duration(seconds) * time.Second)
		case a.Reason == "code_exhausted" || a.Reason == "code_expired":
			return
		}
	}
}

// round is what all attackers do against a holder and a newcomer whose phones they know. The
// order of the networks changes, so that each is the first at times.
func (s *siege) round(n int, holder, newcomer string, tokens []string) {
	for i := range besiegers {
		network := (n + i) % besiegers
		strike := func(what string, most int, path string, b func() body, headers ...string) {
			name := fmt.Sprintf("%s %d", what, network)
			if network%2 == 1 && n%4 == 0 {
				delete(s.waits, name) // it was for another subnet
			}
			s.strike(name, most, func() answer { return s.post(s.attacker(network), path, b(), headers...) })
		}
		same := func(b body) func() body { return func() body { return b } }
		strike("password", 12, "/api/login", same(body{"user_name": "holder", "password": "wrong-one"}))
		strike("code of the holder", 2, "/api/verify/phone", same(body{"phone": holder, "purpose": "login"}))
		strike("code of "+newcomer, 2, "/api/verify/phone", same(body{"phone": newcomer, "purpose": "register"}))
		strike("mail", 2, "/api/verify/email", same(body{"email": "holder@example.com"}), "Token", tokens[network])
		// The same address by the other purposes, which need no login.
		strike("reset code of the holder", 2, "/api/verify/phone", same(body{"phone": holder, "purpose": "reset"}))
		state := []string{"login", "reset", "register"}[n%3]
		strike("mailed code", 2, "/api/verify/email", same(body{"email": "holder@example.com", "state": state}))
		strike("domain", 2, "/api/verify/email", func() body {
			return body{"email": fmt.Sprintf("p%d@example.com", s.requests), "state": "register"}
		})
		strike("prefix", 3, "/api/verify/phone", func() body {
			return body{"phone": fmt.Sprintf("1380013%04d", s.requests%1000)}
		})
		if n%18 < 3 { // while the holder is about to use codes
			strike("guess", 6, "/api/login", same(body{"phone": holder, "code": "000000"}))
			reset := body{"email": "holder@example.com", "code": "000000", "password": "another good one"}
			strike("guess at a reset", 6, "/api/password/reset", same(reset))
			strike("guess "+newcomer, 6, "/api/register", same(body{"phone": newcomer, "code": "000000"}))
		}
	}
}

// squat registers a user in each attacking network, each of whom claims the holder's email if it
// can, and returns their tokens.
func (s *siege) squat() (tokens []string) {
	for i := range besiegers {
		b := body{"user_name": fmt.Sprintf("squatter%d", i), "password": "MyPassword123"}
		a := s.post(s.attacker(i), "/api/register", b.with("email", "holder@example.com"))
		if a.Reason == "email_taken" {
			a = s.post(s.attacker(i), "/api/register", b)
		}
		var u signedIn
		a.into(s, &u)
		tokens = append(tokens, u.Token)
	}
	return tokens
}

// need is an action that must be possible for a person during the siege.
type need struct {
	name  string
	since time.Time
	do    func() answer
}

// proven asks for a code from a network and uses it there.
func (s *siege) proven(from, purpose, path string, b body) answer {
	phone := b["phone"].(string)
	s.forget(s, "+86"+phone, purpose)
	if a := s.post(from, "/api/verify/phone", body{"phone": phone, "purpose": purpose}); a.status != 200 {
		return a
	}
	return s.post(from, path, b.with("code", s.code(s, "+86"+phone, purpose)))
}

// mailedCode asks for a code by mail without a login and uses it.
func (s *siege) mailedCode(from, state, path string, b body) answer {
	email := b["email"].(string)
	s.forget(s, email, state)
	ask := body{"email": email, "state": state}
	if a := s.post(from, "/api/verify/email", ask); a.status != 200 {
		return a
	}
	return s.post(from, path, b.with("code", s.code(s, email, state)))
}

// verified has a code sent to the holder's email and redeems it.
func (s *siege) verified(from, token string) answer {
	d := s.server()
	headers := []string{"Token", token, "X-Forwarded-For", from}
	if a := d.post("/api/verify/email", body{"email": "holder@example.com"}, headers...); a.status != 200 {
		return a
	}
	query := url.Values{"code": {s.code(s, "holder@example.com", "verify")}, "email": {"holder@example.com"}}
	return d.get("/api/verify/email?"+query.Encode(), headers...)
}

// TestSiege: for two days attackers in ten networks use up tries, codes and budgets of a holder,
// as soon as there are any. They solve every captcha and know the holder's phone, email and user
// name. The holder never waits for longer than an hour: to log in by password, in the network of
// the registration and in an unknown one, to get a code by SMS or mail and log in by it, to reset the
// password by either, and to verify the email that an attacker claims. Neither do other people that
// register by a phone that the attackers know, or by an email of the holder's domain.
func TestSiege(t *testing.T) {
	t.Parallel()
	s := lay(t)
	const home, holder = "192.0.2.7", "13800130001"
	s.post(home, "/api/register", body{"user_name": "holder", "password": "MyPassword123"}).is(t, 200, "")
	tokens := s.squat()
	d := s.server()
	d.post("/api/verify/phone", body{"phone": holder}, "X-Forwarded-For", home).is(t, 200, "")
	s.post(home, "/api/register", body{"phone": holder, "code": s.code(t, "+86"+holder, "register")}).is(t, 200, "")
	begin := s.now()
	var open []need
	longest := map[string]time.Duration{}
	newcomer, password := "", body{"user_name": "holder", "password": "MyPassword123"}
	for n := range int(48 * time.Hour / tick) {
		want := func(name string, do func() answer) { open = append(open, need{name, s.now(), do}) }
		if n%18 == 9 { // at a time of its own, since a login sets the counts of wrong passwords to 0
			want("log in at home", func() answer { return s.post(home, "/api/login", password) })
		}
		if n >= 72 && n%36 == 27 {
			want("reset by phone", func() answer {
				return s.proven(home, "reset", "/api/password/reset", body{"phone": holder, "password": "another good one"})
			})
			want("reset by mail", func() answer {
				b := body{"email": "holder@example.com", "password": "MyPassword123"}
				return s.mailedCode(home, "reset", "/api/password/reset", b)
			})
		}
		if n%18 == 0 { // every six hours
			newcomer = fmt.Sprintf("1380013%04d", 5000+n)
			away, theirs := fmt.Sprintf("203.0.%d.7", n), fmt.Sprintf("203.1.%d.7", n)
			want("log in elsewhere", func() answer { return s.post(away, "/api/login", password) })
			want("log in by a code", func() answer { return s.proven(home, "login", "/api/login", body{"phone": holder}) })
			if n >= 72 { // a day later, an address recovers the account
				want("log in by a mailed code", func() answer {
					return s.mailedCode(home, "login", "/api/login", body{"email": "holder@example.com"})
				})
				want("register by mail", func() answer {
					return s.mailedCode(theirs, "register", "/api/register", body{"email": fmt.Sprintf("new%d@example.com", n)})
				})
			}
			phone := newcomer
			want("register", func() answer { return s.proven(theirs, "register", "/api/register", body{"phone": phone}) })
			if n == 0 {
				want("verify the email", func() answer {
					var again signedIn // a first email is added soon after a login
					s.post(home, "/api/login", password).into(t, &again)
					return s.verified(home, again.Token)
				})
			}
		}
		for minute := range int(tick / time.Minute) {
			s.round(n, holder, newcomer, tokens)
			var still []need
			soon := false
			for _, want := range open {
				a, waited := want.do(), s.now().Sub(want.since)
				longest[want.name] = max(longest[want.name], waited)
				switch {
				case a.status == 200:
				case waited < patience:
					still = append(still, want)
					soon = soon || a.Reason == "code_too_soon"
				default:
					t.Errorf("hour %.1f: %s: %s for %s", s.now().Sub(begin).Hours(), want.name, a.Reason, waited)
				}
			}
			// The person waits for as long as Retry-After says, and so do the attackers.
			if open = still; !soon {
				s.advance(tick - time.Duration(minute)*time.Minute)
				break
			}
			s.advance(time.Minute)
		}
	}
	t.Logf("%d requests; the longest waits: %v", s.requests, longest)
	if s.refused < 500 || len(longest) != 9 {
		t.Errorf("only %d attacks were refused: they used nothing up, and the test shows little", s.refused)
	}
}
