//go:build !race

package account_test

import (
	"fmt"
	"net/netip"
	"time"

	"github.com/enroll-project/enroll/internal/account"
	"github.com/enroll-project/enroll/internal/address"
	"github.com/enroll-project/enroll/internal/postgres"
	"github.com/enroll-project/enroll/internal/refusal"
	"github.com/enroll-project/enroll/internal/token"
)

// cutCounts has three kinds of operations: those that count something and are then refused, those that a client
// repeats, and those with a token of an earlier release. It also has a registration by an inviter's id. Each entry
// prepares a call, as the entries of cutOperations do.
var cutCounts = map[string]func(s *cutServices, n int) cutCall{
	"a code that no gateway takes": func(s *cutServices, n int) cutCall {
		// Each call has a prefix and a network of its own, so that no budget of a prefix or a network
		// refuses it.
		phone, network := fmt.Sprintf("+86138%08d", n*100_000), fmt.Sprintf("198.18.%d.0/24", n)
		r := address.CodeRequest{Site: 1, Phone: phone, Purpose: account.ForRegister, Proof: s.proof(),
			From: account.Origin{Subnet: network, Network: network}}
		return cutCall{
			do: func() error {
				s.gateway(true)
				defer s.gateway(false)
				_, err := s.through.SendPhoneCode(s.Context(), r)
				return err
			},
			// If the code cannot be deleted, it stays counted.
			done: func() int {
				codes := s.direct.count(s, "one_time_codes WHERE address = $1", phone)
				uses := s.direct.count(s, "budgets WHERE scope = 'cooldown' AND used = 1 AND key = $1", budgetKey(s, phone))
				if codes != uses {
					s.Errorf("%d codes, %d counted", codes, uses)
				}
				return 1
			},
			refused: refusal.SMSFailed,
		}
	},
	"a wrong code": func(s *cutServices, n int) cutCall {
		phone := cutPhone(n)
		right := s.code(phone, account.ForRegister)
		r := account.Registration{Site: 1, UserName: cutName(n), Phone: phone, Code: other(right), Proof: s.proof()}
		return cutCall{
			do:      func() error { _, err := s.through.Register(s.Context(), r); return err },
			done:    s.counts("one_time_codes WHERE address = $1 AND tries + tries_elsewhere = 1", "+86"+phone),
			refused: refusal.CodeWrong,
		}
	},
	"a wrong password": func(s *cutServices, n int) cutCall {
		s.user(account.Registration{UserName: cutName(n), Password: goodPassword})
		before := s.direct.count(s, "login_tries WHERE tries = 1")
		l := account.Login{Site: 1, UserName: cutName(n), Password: newPassword, Proof: s.proof()}
		return cutCall{
			do: func() error { _, err := s.through.Login(s.Context(), l); return err },
			// A wrong password counts in two rows: of the name and of the account.
			done:    func() int { return (s.direct.count(s, "login_tries WHERE tries = 1") - before) / 2 },
			refused: refusal.CredentialsWrong,
		}
	},
	"a password from a crowded network": func(s *cutServices, n int) cutCall {
		s.user(account.Registration{UserName: cutName(n), Password: goodPassword})
		subnet, around := fmt.Sprintf("2001:db8:%x::/64", n), fmt.Sprintf("2001:db8:%x::/48", n)
		s.direct.exec(s, `INSERT INTO login_networks
			SELECT $1, jsonb_object_agg(g, extract(epoch FROM $2::timestamptz)), $2 FROM generate_series(1, 4000) AS g`,
			around, s.direct.clock.Now())
		narrow := on(s, s.through.pool, s.direct.clock, func(c *account.Config) { c.Limits.LoginAccounts = 1000 })
		l := account.Login{Site: 1, UserName: cutName(n), Password: goodPassword,
			From: account.Origin{Subnet: subnet, Network: around}}
		return cutCall{
			do: func() error { _, err := narrow.Login(s.Context(), l); return err },
			// If the count of the subnet cannot be undone, it stays.
			done:    s.counts("login_networks WHERE network = $1", around),
			refused: refusal.LoginTooMany,
		}
	},
	"a wrong captcha": func(s *cutServices, n int) cutCall {
		// A wrong answer spends a picture, and counts against the network that has requested it.
		pictures := func(pool *postgres.Pool) *world {
			bound := func(c *account.Config) { c.Limits.CaptchasPerNetwork = 1e6 }
			return on(s, pool, s.direct.clock, asking(newImages(s, s.direct.clock)), bound)
		}
		proof := pictures(s.direct.pool).solve(s, account.CaptchaRequest{Site: 1, Client: netip.MustParseAddr("192.0.2.1")})
		proof.Captcha = other(proof.Captcha)
		guarded := pictures(s.through.pool)
		before := s.direct.count(s, "spent_captchas")
		l := account.Login{Site: 1, UserName: cutName(n), Password: goodPassword, Proof: proof}
		return cutCall{
			do:      func() error { _, err := guarded.Login(s.Context(), l); return err },
			done:    func() int { return s.direct.count(s, "spent_captchas") - before },
			refused: refusal.CaptchaWrong,
		}
	},
	"an email that is taken": func(s *cutServices, n int) cutCall {
		in, _ := s.holder(n)
		phone := cutPhone(n)
		r := account.Registration{Site: 1, Email: in.User.Email, Phone: phone, Code: s.code(phone, account.ForRegister),
			Proof: s.proof()}
		return cutCall{
			do:      func() error { _, err := s.through.Register(s.Context(), r); return err },
			done:    s.counts("one_time_codes WHERE address = $1 AND email_asked", "+86"+phone),
			refused: refusal.EmailTaken,
		}
	},
	"a name that is taken, with a key": func(s *cutServices, n int) cutCall {
		s.user(account.Registration{UserName: cutName(n), Password: goodPassword})
		r := account.Registration{Site: 1, UserName: cutName(n), Password: newPassword, IdempotencyKey: cutName(n),
			Proof: s.proof()}
		return cutCall{
			do:      func() error { _, err := s.through.Register(s.Context(), r); return err },
			done:    s.counts("users WHERE user_name = $1", cutName(n)),
			refused: refusal.UserNameTaken,
		}
	},
	"repeat a registration": func(s *cutServices, n int) cutCall {
		r := account.Registration{Site: 1, UserName: cutName(n), Password: goodPassword, IdempotencyKey: cutName(n)}
		s.user(r)
		r.Proof = s.proof()
		return cutCall{
			do: func() error { _, err := s.through.Register(s.Context(), r); return err },
			again: func() error {
				s.direct.clock.advance(time.Minute) // longer than any Retry-After of the key
				r.Proof = s.proof()
				_, err := s.direct.Register(s.Context(), r)
				return err
			},
			done: s.counts("users WHERE user_name = $1", cutName(n)),
		}
	},
	"register as invited by an id": func(s *cutServices, n int) cutCall {
		inviter := s.user(account.Registration{UserName: "inviter-" + cutName(n), Password: goodPassword})
		call := s.register(n, account.Registration{Password: goodPassword, InviteID: inviter.ID})
		return s.agrees(call, "users WHERE id = $1 AND invites_used = 1", inviter.ID)
	},
	"use a session": func(s *cutServices, n int) cutCall {
		in, _ := s.holder(n)
		s.direct.clock.advance(2 * time.Hour)
		claims, err := s.direct.tokens.Parse(in.Token)
		fatal(s, err)
		return cutCall{ // an answer does not need the session's time of last use
			do:    func() error { _, err := s.through.Holder(s.Context(), claims); return err },
			again: func() error { _, err := s.direct.Holder(s.Context(), claims); return err },
			done:  s.counts("sessions WHERE user_id = $1", in.User.ID),
		}
	},
	"log out a token without a session": func(s *cutServices, n int) cutCall {
		user := s.user(account.Registration{UserName: cutName(n), Password: goodPassword})
		by := s.direct.holder(user.ID)
		return s.settled(func() error { return s.through.Logout(s.Context(), by, false) },
			"sessions WHERE user_id = $1 AND id LIKE 'token of %' AND ended_at IS NOT NULL", user.ID)
	},
	"end the sessions beside a token without one": func(s *cutServices, n int) cutCall {
		user := s.user(account.Registration{UserName: cutName(n), Password: goodPassword})
		claims := token.Claims{Subject: token.Subject{UserID: user.ID, SiteID: 1}, ID: "an early token",
			IssuedAt: s.direct.clock.Now(), ExpiresAt: s.direct.clock.Now().Add(time.Hour)}
		by, err := s.direct.Holder(s.Context(), claims)
		fatal(s, err)
		call := s.settled(func() error {
			return s.through.EndOtherSessions(s.Context(), by, account.Origin{}, "")
		}, "sessions WHERE user_id = $1 AND id = 'an early token'", user.ID)
		return s.agrees(call, `(SELECT 1 FROM sessions WHERE user_id = $1
			HAVING count(*) = 1 AND min(id) = 'an early token') AS alone`, user.ID)
	},
}

// gateway takes the gateway of SMS down, or brings it back.
func (s *cutServices) gateway(down bool) {
	s.direct.sms.mu.Lock()
	defer s.direct.sms.mu.Unlock()
	s.direct.sms.down = down
}
