//go:build !race

// The requests of a siege follow one another, so the race detector would find nothing in them and quadruple their time:
// tools/make/test.sh runs them without it.

package server_test

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/enroll-project/enroll/internal/captcha"
	"github.com/enroll-project/enroll/test/captchatest"
)

const (
	besiegers = 10                    // networks that attack
	tick      = 20 * time.Minute      // between two rounds of the attack
	patience  = time.Hour             // how long a holder may be kept from anything
	siegeBits = captcha.LeastBits + 3 // the hardest proof of work
	// siegeChallenges is how many captchas a network may leave unsolved in an hour. It is less than by default, so
	// that few have to be drawn until the price of the attackers is the highest.
	siegeChallenges = 24

	home        = "192.0.2.7" // where the holder registers
	holderPhone = "13800130001"
	nextPhone   = "13800130002" // that the holder adds
)

// siege is a deployment of two server processes with one database, and a clock of its own. Attackers and
// people solve each captcha that a request needs, by the secret and by the real work.
type siege struct {
	testing.TB
	stronghold
	clock
	servers  [2]*client
	waits    map[string]time.Time // of the attackers: when the next attempt can succeed
	requests int
	refused  int          // attacks that used something up
	solved   map[bool]int // captchas, of attackers (true) and of people
	bits     map[bool]int // the hardest proof of work of each

	token, phoneToken string                   // of the holder's two accounts
	tokens            []string                 // of the attackers
	longest           map[string]time.Duration // that a need had to wait
	lost              map[string]bool          // whether a message was lost, by network, address and purpose
}

func lay(t *testing.T, captchas captcha.Kind) *siege {
	t.Helper()
	servers, shared, c := hold(t, captchas)
	return &siege{TB: t, stronghold: shared, clock: c, servers: servers, waits: map[string]time.Time{},
		solved: map[bool]int{}, bits: map[bool]int{}, lost: map[string]bool{}}
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

// post solves a captcha if the operation needs one. If the network gets none, that is the answer.
func (s *siege) post(from, path string, b body, headers ...string) answer {
	s.Helper()
	switch path {
	case "/api/register", "/api/login", "/api/verify/phone", "/api/verify/email", "/api/password/reset":
		if s.Captchas == "" {
			break
		}
		id, answer, a := s.solve(from)
		if a.status != 200 {
			return a
		}
		b = b.with("captcha_id", id).with("captcha", answer)
	}
	return s.server().post(path, b, append(headers, "X-Forwarded-For", from)...)
}

// solve requests a captcha and solves it.
func (s *siege) solve(from string) (id, solution string, a answer) {
	s.Helper()
	if a = s.server().get("/api/captcha", "X-Forwarded-For", from); a.status != 200 {
		return "", "", a
	}
	var c struct {
		ID            string `json:"captcha_id"`
		Salt          string
		Bits, Puzzles int
	}
	a.into(s, &c)
	var parts []string
	if s.Captchas != captcha.KindPoW {
		digits, err := captchatest.Answer(make([]byte, 32), c.ID)
		fatal(s, err)
		parts = append(parts, digits)
	}
	if s.Captchas != captcha.KindImage {
		work, err := captchatest.Work(c.Salt, c.Bits, c.Puzzles)
		fatal(s, err)
		parts = append(parts, work)
	}
	attacks := strings.HasPrefix(from, "198.51.") || strings.HasPrefix(from, "2001:db8:")
	s.solved[attacks]++
	s.bits[attacks] = max(s.bits[attacks], c.Bits)
	return c.ID, strings.Join(parts, ":"), a
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
		// Codes to change an identifier are sent to any address, with a login.
		change := body{"phone": holder, "purpose": "change"}
		strike("change code of the holder", 2, "/api/verify/phone", same(change), "Token", tokens[network])
		change = body{"phone": nextPhone, "purpose": "change"}
		strike("change code of the next phone", 2, "/api/verify/phone", same(change), "Token", tokens[network])
		mailed := body{"email": "holder@example.com", "state": "change"}
		strike("mail to change", 2, "/api/verify/email", same(mailed), "Token", tokens[network])
		if s.Captchas != "" { // challenges that are not solved raise the price
			s.strike(fmt.Sprintf("challenges %d", network), 4, func() answer {
				return s.server().get("/api/captcha", "X-Forwarded-For", s.attacker(network))
			})
		}
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

// lostMessage is the reason of a need that waits because a message was lost. The person asks for another one.
const lostMessage = "message_lost"

// arrived returns the code that was sent, and whether it reached the person. During the siege the first message to a
// network, for an address and a purpose, is lost. If each second one were, the holder would use up the ten codes a day
// of the home alone.
func (s *siege) arrived(from, to, purpose string) (code string, ok bool) {
	s.Helper()
	code = s.code(s, to, purpose)
	what := from + " " + to + " " + purpose
	lost := s.longest != nil && !s.lost[what]
	s.lost[what] = s.lost[what] || lost
	return code, !lost
}

// proven asks for a code from a network and uses it there.
func (s *siege) proven(from, purpose, path string, b body) answer {
	phone := b["phone"].(string)
	s.forget(s, "+86"+phone, purpose)
	if a := s.post(from, "/api/verify/phone", body{"phone": phone, "purpose": purpose}); a.status != 200 {
		return a
	}
	code, ok := s.arrived(from, "+86"+phone, purpose)
	if !ok {
		return answer{envelope: envelope{Reason: lostMessage}}
	}
	return s.post(from, path, b.with("code", code))
}

// mailedCode asks for a code by mail without a login and uses it.
func (s *siege) mailedCode(from, state, path string, b body) answer {
	email := b["email"].(string)
	s.forget(s, email, state)
	ask := body{"email": email, "state": state}
	if a := s.post(from, "/api/verify/email", ask); a.status != 200 {
		return a
	}
	code, ok := s.arrived(from, email, state)
	if !ok {
		return answer{envelope: envelope{Reason: lostMessage}}
	}
	return s.post(from, path, b.with("code", code))
}

// verified has a code sent to the holder's email and redeems it.
func (s *siege) verified(from, token string) answer {
	d := s.server()
	headers := []string{"Token", token, "X-Forwarded-For", from}
	s.forget(s, "holder@example.com", "verify")
	if a := s.post(from, "/api/verify/email", body{"email": "holder@example.com"}, "Token", token); a.status != 200 {
		return a
	}
	code, ok := s.arrived(from, "holder@example.com", "verify")
	if !ok {
		return answer{envelope: envelope{Reason: lostMessage}}
	}
	query := url.Values{"code": {code}, "email": {"holder@example.com"}}
	return d.get("/api/verify/email?"+query.Encode(), headers...)
}

// TestSiege: for two days attackers in ten networks use up the tries, codes and budgets of a holder as soon as
// some are available. Captchas cost them nothing, and they know the holder's phone, email and user name. The
// holder never waits for longer than an hour: to log in by password, in the network of the registration and in
// an unknown one, to get a code by SMS or mail and log in by it, also while traveling through four networks a
// day, to reset the password by either, to verify the email that an attacker claims, to add a phone that the
// attackers know, and to request a deletion by a code. Other people do not wait longer either, to register by a
// user name and a password, by a phone that the attackers know, or by an email of the holder's domain. The first
// message in each network is lost.
func TestSiege(t *testing.T) {
	t.Parallel()
	s := lay(t, "")
	s.begin()
	s.withstand(0, int(48*time.Hour/tick))
	if s.refused < 500 || len(s.longest) != 13 {
		t.Errorf("only %d attacks were refused, %d needs: the test shows little", s.refused, len(s.longest))
	}
}

// TestSiegeWithCaptchas is a part of [TestSiege] with each kind of captcha. The attackers raise the price of
// their networks, by challenges that they leave unsolved. People solve their captchas, too: the price never keeps
// them from anything, and no captcha is refused to them.
func TestSiegeWithCaptchas(t *testing.T) {
	t.Parallel()
	for kind, length := range map[captcha.Kind]struct{ end, needs int }{
		captcha.KindImage: {78, 7}, captcha.KindPoW: {82, 9}, captcha.KindImagePoW: {100, 12},
	} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			s := lay(t, kind)
			s.begin()
			s.verified(home, s.token).is(t, 200, "")
			s.advance(25 * time.Hour) // from then on, the email recovers the account
			s.withstand(72, length.end)
			if s.refused < 100 || len(s.longest) != length.needs {
				t.Errorf("only %d attacks were refused, %d needs: the test shows little", s.refused, len(s.longest))
			}
			if kind != captcha.KindImage && (s.bits[true] != siegeBits || s.bits[false] > captcha.LeastBits) {
				t.Errorf("the hardest proofs of work have %v bits", s.bits)
			}
		})
	}
}

// begin registers the holder, by user name and by phone, and the users of the attackers.
func (s *siege) begin() {
	s.Helper()
	var in signedIn
	s.post(home, "/api/register", body{"user_name": "holder", "password": "MyPassword123"}).into(s, &in)
	s.token = in.Token
	s.tokens = s.squat()
	s.post(home, "/api/verify/phone", body{"phone": holderPhone}).is(s, 200, "")
	code := s.code(s, "+86"+holderPhone, "register")
	s.post(home, "/api/register", body{"phone": holderPhone, "code": code}).into(s, &in)
	s.phoneToken = in.Token
}

// withstand plays the rounds of an attack, in which people come with what they need.
func (s *siege) withstand(first, end int) {
	begin := s.now()
	s.longest = map[string]time.Duration{}
	var open []need
	newcomer := ""
	for n := first; n < end; n++ {
		came := s.now()
		if n%18 == 0 { // every six hours
			newcomer = fmt.Sprintf("1380013%04d", 5000+n)
		}
		for name, do := range s.needs(n, newcomer) {
			open = append(open, need{name, came, do})
		}
		for minute := range int(tick / time.Minute) {
			if s.Captchas == "" || minute%5 == 0 { // TestSiege plays each minute
				s.round(n, holderPhone, newcomer, s.tokens)
			}
			var still []need
			soon := false
			for _, want := range open {
				a, waited := want.do(), s.now().Sub(want.since)
				s.longest[want.name] = max(s.longest[want.name], waited)
				switch {
				case a.status == 200:
				case waited < patience:
					still = append(still, want)
					soon = soon || a.Reason == "code_too_soon" || a.Reason == lostMessage
				default:
					s.Errorf("hour %.1f: %s: %s for %s", s.now().Sub(begin).Hours(), want.name, a.Reason, waited)
				}
			}
			// After code_too_soon, or if no message comes, the person repeats the request each minute, and the
			// attackers go on. Otherwise the next try is at the next tick.
			if open = still; !soon {
				s.advance(tick - time.Duration(minute)*time.Minute)
				break
			}
			s.advance(time.Minute)
		}
	}
	s.Logf("%d requests, %d attacks refused; captchas of attackers %d, of people %d; bits %v; the longest waits: %v",
		s.requests, s.refused, s.solved[true], s.solved[false], s.bits, s.longest)
}

// needs returns what people need from round n on.
func (s *siege) needs(n int, newcomer string) map[string]func() answer {
	wants := map[string]func() answer{}
	password := body{"user_name": "holder", "password": "MyPassword123"}
	away, theirs := fmt.Sprintf("203.0.%d.7", n), fmt.Sprintf("203.1.%d.7", n)
	if n%18 == 9 { // at a time of its own, since a login sets the counts of wrong passwords to 0
		wants["log in at home"] = func() answer { return s.post(home, "/api/login", password) }
	}
	if n == 81 {
		wants["add a phone"] = func() answer { return s.addPhone(password) }
	}
	if n == 90 {
		wants["delete by a code"] = s.deletion
	}
	if n%18 == 5 { // four times a day in a network that was never seen
		phone := body{"phone": holderPhone}
		wants["log in by a code elsewhere"] = func() answer { return s.proven(away, "login", "/api/login", phone) }
	}
	if n >= 72 && n%36 == 27 {
		wants["reset by phone"] = func() answer {
			b := body{"phone": holderPhone, "password": "another good one"}
			return s.proven(home, "reset", "/api/password/reset", b)
		}
		wants["reset by mail"] = func() answer {
			b := body{"email": "holder@example.com", "password": "MyPassword123"}
			return s.mailedCode(home, "reset", "/api/password/reset", b)
		}
	}
	if n%18 != 0 {
		return wants
	}
	wants["log in elsewhere"] = func() answer { return s.post(away, "/api/login", password) }
	wants["log in by a code"] = func() answer {
		return s.proven(home, "login", "/api/login", body{"phone": holderPhone})
	}
	if n >= 72 { // a day later, an address recovers the account
		wants["log in by a mailed code"] = func() answer {
			return s.mailedCode(home, "login", "/api/login", body{"email": "holder@example.com"})
		}
		wants["register by mail"] = func() answer {
			return s.mailedCode(theirs, "register", "/api/register", body{"email": fmt.Sprintf("new%d@example.com", n)})
		}
	}
	wants["register"] = func() answer {
		return s.proven(theirs, "register", "/api/register", body{"phone": newcomer})
	}
	wants["register by user name"] = func() answer {
		name := fmt.Sprintf("newcomer%d", n)
		return s.post(fmt.Sprintf("203.2.%d.7", n), "/api/register", body{"user_name": name, "password": "MyPassword123"})
	}
	if n == 0 {
		wants["verify the email"] = func() answer {
			var again signedIn // a first email is added soon after a login
			s.post(home, "/api/login", password).into(s, &again)
			return s.verified(home, again.Token)
		}
	}
	return wants
}

// addPhone adds a phone to the account of the user name, by a code to it.
func (s *siege) addPhone(password body) answer {
	var in signedIn
	s.post(home, "/api/login", password).into(s, &in)
	s.forget(s, "+86"+nextPhone, "change")
	b := body{"phone": nextPhone, "purpose": "change"}
	if a := s.post(home, "/api/verify/phone", b, "Token", in.Token); a.status != 200 {
		return a
	}
	code, ok := s.arrived(home, "+86"+nextPhone, "change")
	if !ok {
		return answer{envelope: envelope{Reason: lostMessage}}
	}
	b = body{"phone": nextPhone, "code": code, "old_password": "MyPassword123"}
	return s.post(home, detailPath, b, "Token", in.Token)
}

// deletion requests the deletion of the account with a phone only, by a code to it. The next login cancels it.
func (s *siege) deletion() answer {
	s.forget(s, "+86"+holderPhone, "change")
	b := body{"phone": holderPhone, "purpose": "change"}
	if a := s.post(home, "/api/verify/phone", b, "Token", s.phoneToken); a.status != 200 {
		return a
	}
	code, ok := s.arrived(home, "+86"+holderPhone, "change")
	if !ok {
		return answer{envelope: envelope{Reason: lostMessage}}
	}
	b = body{"code": code}
	return s.post(home, "/api/user/delete", b, "Token", s.phoneToken)
}
