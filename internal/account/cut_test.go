//go:build !race

// One connection after the other is cut: tools/make/test.sh runs this without the race detector. The tests of
// internal/postgres cut with it.

package account_test

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/enroll-project/enroll/internal/account"
	"github.com/enroll-project/enroll/internal/address"
	"github.com/enroll-project/enroll/internal/captcha"
	"github.com/enroll-project/enroll/internal/holder"
	"github.com/enroll-project/enroll/internal/operator"
	"github.com/enroll-project/enroll/internal/postgres"
	"github.com/enroll-project/enroll/internal/refusal"
	"github.com/enroll-project/enroll/test/captchatest"
	"github.com/enroll-project/enroll/test/cut"
)

// everyByte cuts at every byte, which takes an hour. It is off by default, because the tests of
// internal/postgres cut at every byte of one statement and check the outcome, in each exec mode.
var everyByte = flag.Bool("every-byte", false, "cut connections at every byte of each exchange")

// cutServices has a service whose connection is cut (through), and two beside it: direct prepares each
// call and looks at its outcome, and asking issues the captchas, which direct does not require.
type cutServices struct {
	*testing.T
	direct, through, asking *world
	proxy                   *cut.Proxy
	mails                   *mailbag
}

// cutCall is a call of the service whose connection is cut.
type cutCall struct {
	do   func() error
	done func() int // 1 if the call has had its effect, else 0
	// undone means that the call has no effect if its COMMIT is cut, because its effect comes later.
	undone bool
	// again, if not nil, makes the call once more over a connection that is not cut. Such a call has several
	// transactions. A cut may leave a part of it done, and the repetition must do the rest.
	again func() error
	// refused is the reason of a call that is always refused. Before its answer, it counts something.
	refused refusal.Reason
}

// right reports whether an answer is true of what has been done.
func (c cutCall) right(err error, done int) bool {
	switch why := outcome(err); why {
	case refusal.OutcomeUnknown:
		return true
	case refusal.Unavailable:
		return done == 0 || c.again != nil || c.refused != ""
	default:
		return why == c.refused && done == 1
	}
}

// outcome is the reason of an answer. Packages that operators use return errors of package postgres.
func outcome(err error) refusal.Reason {
	switch {
	case errors.As(err, new(*refusal.Error)):
		return reason(err)
	case errors.Is(err, postgres.ErrOutcomeUnknown):
		return refusal.OutcomeUnknown
	case postgres.IsUnavailable(err):
		return refusal.Unavailable
	}
	return reason(err)
}

// cutOperations are all operations that write. Each prepares a call. n distinguishes
// it from the other calls.
var cutOperations = map[string]func(s *cutServices, n int) cutCall{
	"register by password": func(s *cutServices, n int) cutCall {
		return s.register(n, account.Registration{Password: goodPassword})
	},
	"register by phone": func(s *cutServices, n int) cutCall {
		return s.register(n, account.Registration{Phone: cutPhone(n), Code: s.code(cutPhone(n), account.ForRegister)})
	},
	"register by email": func(s *cutServices, n int) cutCall {
		email := cutName(n) + "@example.com"
		s.user(account.Registration{UserName: "claims-" + cutName(n), Password: goodPassword, Email: email})
		call := s.register(n, account.Registration{Email: email, Code: s.mailed(email, account.ForRegister)})
		call = s.agrees(call, spentCode, email)
		return s.agrees(call, "users WHERE user_name = $1 AND email IS NULL", "claims-"+cutName(n))
	},
	"register with a key": func(s *cutServices, n int) cutCall {
		return s.register(n, account.Registration{Password: goodPassword, IdempotencyKey: cutName(n)})
	},
	"register by phone with a key": func(s *cutServices, n int) cutCall {
		return s.register(n, account.Registration{
			Phone: cutPhone(n), Code: s.code(cutPhone(n), account.ForRegister), IdempotencyKey: cutName(n),
		})
	},
	"register as invited": func(s *cutServices, n int) cutCall {
		inviter := s.user(account.Registration{UserName: "inviter-" + cutName(n), Password: goodPassword})
		call := s.register(n, account.Registration{Password: goodPassword, InviteCode: inviter.InviteCode})
		return s.agrees(call, "users WHERE id = $1 AND invites_used = 1", inviter.ID)
	},
	"register by an operator's invitation": func(s *cutServices, n int) cutCall {
		invitation, id := s.direct.invitation(s, operator.NewInvitation{})
		call := s.register(n, account.Registration{Password: goodPassword, InviteCode: invitation})
		return s.agrees(call, "invitations WHERE id = $1 AND used = 1", id)
	},
	"log in by password": func(s *cutServices, n int) cutCall {
		s.user(account.Registration{UserName: cutName(n), Password: goodPassword})
		return s.login(n, account.Login{UserName: cutName(n), Password: goodPassword,
			From: account.Origin{Subnet: "192.0.2.0/24", Network: "192.0.2.0/24"}})
	},
	"log in by code": func(s *cutServices, n int) cutCall {
		phone := cutPhone(n)
		s.user(account.Registration{UserName: cutName(n), Phone: phone, Code: s.code(phone, account.ForRegister)})
		s.direct.clock.advance(time.Minute)
		call := s.login(n, account.Login{Phone: phone, Code: s.code(phone, account.ForLogin)})
		return s.agrees(call, spentCode, "+86"+phone)
	},
	"log in by a mailed code": func(s *cutServices, n int) cutCall {
		email := cutName(n) + "@example.com"
		s.user(account.Registration{UserName: cutName(n), Email: email, Code: s.mailed(email, account.ForRegister)})
		s.direct.clock.advance(time.Minute)
		call := s.login(n, account.Login{Email: email, Code: s.mailed(email, account.ForLogin)})
		return s.agrees(call, spentCode, email)
	},
	"send a code to register by email": func(s *cutServices, n int) cutCall {
		before, email := s.mails.count(), cutName(n)+"@example.com"
		r := address.MailCodeRequest{Site: 1, Email: email, Purpose: account.ForRegister,
			From: account.Origin{Subnet: "192.0.2.0/24", Network: "192.0.2.0/24"}, Proof: s.proof()}
		return s.sent(cutCall{
			do:   func() error { _, err := s.through.SendMailCode(s.Context(), r); return err },
			done: func() int { return s.mails.count() - before },
		}, email)
	},
	"send a code to a phone": func(s *cutServices, n int) cutCall {
		before := s.direct.sms.count()
		r := address.CodeRequest{Site: 1, Phone: cutPhone(n), Purpose: account.ForRegister,
			From: account.Origin{Subnet: "192.0.2.0/24", Network: "192.0.2.0/24"}, Proof: s.proof()}
		return s.sent(cutCall{
			do:   func() error { _, err := s.through.SendPhoneCode(s.Context(), r); return err },
			done: func() int { return s.direct.sms.count() - before },
		}, "+86"+cutPhone(n))
	},
	"send a code to an email": func(s *cutServices, n int) cutCall {
		user := s.user(account.Registration{UserName: cutName(n), Password: goodPassword, Email: cutName(n) + "@example.com"})
		before := s.mails.count()
		r := address.EmailCodeRequest{By: s.direct.holder(user.ID),
			From: account.Origin{Subnet: "192.0.2.0/24", Network: "192.0.2.0/24"}, Proof: s.proof()}
		return s.sent(cutCall{
			do:   func() error { _, err := s.through.SendEmailCode(s.Context(), r); return err },
			done: func() int { return s.mails.count() - before },
		}, user.Email)
	},
	"verify an email": func(s *cutServices, n int) cutCall {
		user := s.user(account.Registration{UserName: cutName(n), Password: goodPassword, Email: cutName(n) + "@example.com"})
		_, err := s.direct.SendEmailCode(s.Context(), address.EmailCodeRequest{By: s.direct.holder(user.ID)})
		fatal(s, err)
		v := address.EmailVerification{By: s.direct.holder(user.ID), Code: s.mails.last().Code}
		call := cutCall{
			do:   func() error { _, err := s.through.VerifyEmail(s.Context(), v); return err },
			done: s.counts("users WHERE id = $1 AND email_verified_at IS NOT NULL", user.ID),
		}
		return s.agrees(call, spentCode, user.Email)
	},
}

func cutName(n int) string  { return fmt.Sprintf("person-%d", n) }
func cutPhone(n int) string { return fmt.Sprintf("138%08d", n) }

// proof requests a proof of work and solves it. That is cheaper than drawing an image, and the service
// spends both in the same way. The captcha is not issued over the connection that is cut: each cut
// makes a new connection, which would have to prepare the statements of a captcha, too.
func (s *cutServices) proof() account.Proof {
	challenge, err := s.asking.Captcha(s.Context(), account.CaptchaRequest{Site: 1})
	fatal(s, err)
	answer, err := captchatest.Work(hex.EncodeToString(challenge.Salt), challenge.Bits, challenge.Puzzles)
	fatal(s, err)
	return account.Proof{CaptchaID: challenge.ID, Captcha: answer}
}

func (s *cutServices) code(phone string, purpose account.Purpose) string {
	return s.direct.code(s, phone, purpose)
}

func (s *cutServices) mailed(email string, purpose account.Purpose) string {
	return (&mailer{s.direct, s.mails}).code(s, email, purpose)
}

// user registers a user beforehand.
func (s *cutServices) user(r account.Registration) holder.User {
	s.Helper()
	r.Site = 1
	got, err := s.direct.Register(s.Context(), r)
	fatal(s, err)
	return got.User
}

func (s *cutServices) counts(query string, args ...any) func() int {
	return func() int { return s.direct.count(s, query, args...) }
}

// agrees adds a check to a call: the query finds its row if and only if the call has had its effect.
func (s *cutServices) agrees(call cutCall, query string, args ...any) cutCall {
	done := call.done
	call.done = func() int {
		n := done()
		if other := s.direct.count(s, query, args...); other != n {
			s.Errorf("%d of one and %d of %s", n, other, query)
		}
		return n
	}
	return call
}

// sent adds checks to a call that sends a code: a code that was sent is stored and
// counted, and a code that was not sent is not counted.
func (s *cutServices) sent(call cutCall, address string) cutCall {
	call.undone = true // the message is sent after the last statement
	call = s.agrees(call, "one_time_codes WHERE address = $1", address)
	return s.agrees(call, "budgets WHERE scope = 'cooldown' AND used = 1 AND key = $1", budgetKey(s, address))
}

// spentCode finds one row if an address has no code.
const spentCode = "(SELECT 1 WHERE NOT EXISTS (SELECT FROM one_time_codes WHERE address = $1)) AS spent"

// budgetKey returns the key of an address in the table budgets, under the secret of the tests.
func budgetKey(t testing.TB, address string) string {
	key, err := hkdf.Key(sha256.New, make([]byte, 32), nil, "enroll code address v1", sha256.Size)
	fatal(t, err)
	h := hmac.New(sha256.New, key)
	h.Write([]byte(address))
	return hex.EncodeToString(h.Sum(nil)[:16])
}

func (s *cutServices) register(n int, r account.Registration) cutCall {
	r.Site, r.UserName, r.Proof = 1, cutName(n), s.proof()
	return cutCall{
		do:   func() error { _, err := s.through.Register(s.Context(), r); return err },
		done: s.counts("users WHERE user_name = $1", cutName(n)),
	}
}

func (s *cutServices) login(n int, l account.Login) cutCall {
	s.direct.clock.advance(time.Second)
	l.Site, l.Proof = 1, s.proof()
	return cutCall{
		do:   func() error { _, err := s.through.Login(s.Context(), l); return err },
		done: s.counts("users WHERE user_name = $1 AND last_login_at > created_at", cutName(n)),
	}
}

// TestCutConnection cuts the connection in every message of every operation that
// writes. An operation that is answered as done has been done, and one that is refused
// has not. One that may have been done is answered as unknown. Each query that writes is
// in one of the operations.
func TestCutConnection(t *testing.T) {
	t.Parallel()
	all := map[string]func(*cutServices, int) cutCall{}
	for _, some := range []map[string]func(*cutServices, int) cutCall{cutOperations, cutLife, cutWork, cutCounts} {
		maps.Copy(all, some)
	}
	var made cutsMade
	whole := t.Run("all", func(t *testing.T) {
		for _, mode := range []string{"cache_statement", "cache_describe", "describe_exec", "exec", "simple_protocol"} {
			for name, prepare := range all {
				if !cutIn(mode, name) && !*everyByte {
					continue
				}
				t.Run(mode+"/"+name, func(t *testing.T) {
					t.Parallel()
					s := newCutServices(t, mode)
					defer made.add(s.proxy)
					s.everywhere(prepare, grainOf(name))
				})
			}
		}
	})
	if only := flag.Lookup("test.run").Value.String(); !whole || strings.Contains(only, "/") {
		return // some operations are left out
	}
	writes := 0
	for _, sql := range allQueries(t) {
		if writing.MatchString(sql) {
			writes++
			if name := queryName(sql); made.by[name] == 0 {
				t.Errorf("no connection was cut in %s: add an operation to cutOperations, cutLife, cutCounts or cutWork", name)
			}
		}
	}
	if writes < 60 {
		t.Errorf("only %d queries write, want at least 60", writes)
	}
}

// cutIn reports whether an operation is cut in a mode without -every-byte.
func cutIn(mode, name string) bool {
	switch {
	case mode == "cache_statement" || name == "register by password" || name == "register with a key":
		return true // the two ways to commit, alone and in a transaction, are cut in each mode
	case mode == "simple_protocol":
		return cutOperations[name] != nil
	}
	return false
}

// grainOf returns where an operation is cut. How a half message is read does not depend on the operation. So
// without -every-byte, the operations of cutLife and cutWork are cut between messages only.
func grainOf(name string) cut.Grain {
	switch {
	case *everyByte:
		return cut.EachByte
	case cutOperations[name] != nil:
		return cut.EachMessage
	}
	return cut.EachStart
}

// writing finds a query that writes. The functions that it names write, too.
var writing = regexp.MustCompile(`\b(INSERT INTO|UPDATE \w+ (AS \w+ )?SET|DELETE FROM|` +
	`setval|spend_code\w*|purge_audit)\b`)

// cutsMade counts the cuts in each query.
type cutsMade struct {
	mu sync.Mutex
	by map[string]int
}

func (m *cutsMade) add(p *cut.Proxy) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.by == nil {
		m.by = map[string]int{}
	}
	for query, n := range p.Cuts() {
		m.by[query] += n
	}
}

// cutQuarantine is how long names of deleted users are kept.
const cutQuarantine = time.Hour

func newCutServices(t *testing.T, mode string) *cutServices {
	t.Helper()
	s := &cutServices{T: t, mails: &mailbag{}}
	s.direct = setup(t, func(c *account.Config) { c.Mail, c.NameQuarantine = s.mails, cutQuarantine })
	s.proxy = cut.New(t, s.direct.pool.Config().ConnString())
	pool, err := postgres.Open(t.Context(), postgres.Config{
		URL: s.proxy.URL(url.Values{"default_query_exec_mode": {mode}}), MaxConns: 1,
	})
	fatal(t, err)
	t.Cleanup(pool.Close)
	work, err := captcha.NewWork(captcha.WorkConfig{
		Config:  captcha.Config{Secret: make([]byte, 32), Now: s.direct.clock.Now},
		MinBits: captcha.LeastBits, MaxBits: captcha.LeastBits,
	})
	fatal(t, err)
	s.asking = on(t, s.direct.pool, s.direct.clock, asking(work))
	s.through = on(t, pool, s.direct.clock, asking(work), func(c *account.Config) {
		c.SMS, c.Mail, c.NameQuarantine = s.direct.sms, s.mails, cutQuarantine
		c.Limits = account.Limits{
			SMSPerPrefix: 1e6, SMSPerNetwork: 1e6, SMSTotal: 1e6, MailPerUser: 1e6, MailPerNetwork: 1e6, MailTotal: 1e6,
			LoginPerNetwork: 1e6, LoginPerAccount: 1e6, LoginAccounts: 1e6, CaptchasPerNetwork: 1e6,
		}
	})
	return s
}

// everywhere makes a cut at each place, one after the other.
func (s *cutServices) everywhere(prepare func(*cutServices, int) cutCall, grain cut.Grain) {
	ends := []cut.End{cut.EOF, cut.Reset}
	late, undone := 0, false // late counts the cuts after which the operation was done
	for n, made := 0, true; made; n++ {
		fatal(s, s.through.pool.Ping(s.Context())) // a new connection, in place of the one that was cut
		call := prepare(s, n)
		s.proxy.Arm(cut.Cut{Side: cut.Answer, End: ends[n%2], Grain: grain, Place: n})
		err := call.do()
		var where string
		where, made = s.proxy.Settle()
		done := call.done()
		if !call.right(err, done) || !made && outcome(err) != call.refused {
			s.Errorf("%s: done %d, and answered %v", where, done, refusals(err))
		}
		if call.again != nil && err != nil {
			if err := call.again(); err != nil || call.done() != 1 {
				s.Errorf("%s: the repetition has done %d and answered %v", where, call.done(), err)
			}
		}
		if undone = call.undone; made {
			late += done
		}
	}
	if late == 0 && !undone {
		s.Error("no cut came after the commit")
	}
}

// TestKeyIsFreeAfterTheWait: an attempt that has lost the database cannot release
// its key. No Retry-After ends before the key is free again, neither after
// a registration nor after the repetition of one.
func TestKeyIsFreeAfterTheWait(t *testing.T) {
	t.Parallel()
	for _, away := range []bool{false, true} {
		for _, repetition := range []bool{false, true} {
			t.Run(fmt.Sprintf("away=%v,repetition=%v", away, repetition), func(t *testing.T) {
				t.Parallel()
				s := newCutServices(t, "cache_statement")
				for n := 0; s.keyIsFree(n, cut.Cut{Side: cut.Answer, End: cut.EOF, Place: n, Away: away}, repetition); n++ {
				}
			})
		}
	}
}

// keyIsFree makes a cut, and reports whether the cut was reached.
func (s *cutServices) keyIsFree(n int, c cut.Cut, repetition bool) bool {
	r := account.Registration{Site: 1, UserName: cutName(n), Password: goodPassword, IdempotencyKey: cutName(n)}
	if repetition {
		s.user(r)
	}
	r.Proof = s.proof()
	fatal(s, s.through.pool.Ping(s.Context())) // a new connection, in place of the one that was cut
	s.proxy.Arm(c)
	_, err := s.through.Register(s.Context(), r)
	where, made := s.proxy.Settle()
	r.Proof = s.proof()
	// If only one connection was lost, and it is known that no user was inserted, the registration has
	// released its key over another connection.
	if c.Away || repetition || reason(err) == refusal.OutcomeUnknown {
		if got := s.repeated(r); got > wait(err) {
			s.Errorf("%s: a wait of %v, then of %v", where, wait(err), got)
		}
		s.direct.clock.advance(wait(err))
	}
	_, err = s.direct.Register(s.Context(), r)
	if got := s.direct.count(s, "users WHERE user_name = $1", r.UserName); err != nil || got != 1 {
		s.Errorf("%s: %d users; the repetition after the wait: %v", where, got, refusals(err))
	}
	return made
}

// repeated repeats a registration too early and returns the Retry-After of the answer.
func (s *cutServices) repeated(r account.Registration) time.Duration {
	_, err := s.direct.Register(s.Context(), r)
	if err != nil && reason(err) != refusal.IdempotencyInProgress {
		s.Errorf("a repetition: %v", refusals(err))
	}
	return wait(err)
}
