//go:build !race

package account_test

import (
	"time"

	"github.com/enroll-project/enroll/internal/account"
	"github.com/enroll-project/enroll/internal/address"
	"github.com/enroll-project/enroll/internal/code"
	"github.com/enroll-project/enroll/internal/credential"
	"github.com/enroll-project/enroll/internal/holder"
	"github.com/enroll-project/enroll/internal/person"
	"github.com/enroll-project/enroll/internal/profile"
)

// cutLife are the operations on an account after its registration that write. Each entry prepares a call, as
// the entries of cutOperations do.
var cutLife = map[string]func(s *cutServices, n int) cutCall{
	"log out": func(s *cutServices, n int) cutCall {
		in, by := s.holder(n)
		return s.settled(func() error { return s.through.Logout(s.Context(), by, false) },
			"sessions WHERE user_id = $1 AND ended_at IS NOT NULL", in.User.ID)
	},
	"log out everywhere": func(s *cutServices, n int) cutCall {
		in, by := s.holder(n)
		return s.settled(func() error { return s.through.Logout(s.Context(), by, true) }, noSession, in.User.ID)
	},
	"end another session": func(s *cutServices, n int) cutCall {
		in, by := s.holder(n)
		other := s.another(n)
		return s.settled(func() error { return s.through.EndSession(s.Context(), by, other) },
			"sessions WHERE user_id = $1 AND id = $2 AND ended_at IS NOT NULL", in.User.ID, other)
	},
	"end the other sessions": func(s *cutServices, n int) cutCall {
		in, by := s.holder(n)
		s.another(n)
		return s.settled(func() error {
			return s.through.EndOtherSessions(s.Context(), by, account.Origin{}, "")
		}, "(SELECT 1 FROM sessions WHERE user_id = $1 HAVING count(*) = 1) AS alone", in.User.ID)
	},
	"change the real name": func(s *cutServices, n int) cutCall {
		in, by := s.holder(n)
		name := "Another Name"
		return s.settled(func() error {
			_, err := s.through.ChangeProfile(s.Context(), profile.Change{By: by, Edits: person.Edits{RealName: &name}})
			return err
		}, "users WHERE id = $1 AND real_name = $2", in.User.ID, name)
	},
	"accept the terms": func(s *cutServices, n int) cutCall {
		in, by := s.holder(n)
		agreed := on(s, s.through.pool, s.direct.clock, withTerms("2"))
		call := s.settled(func() error {
			_, err := agreed.AcceptTerms(s.Context(), profile.Acceptance{By: by, Version: "2", Locale: "en"})
			return err
		}, "users WHERE id = $1 AND terms_version = '2'", in.User.ID)
		return s.agrees(call, audited, in.User.ID, "user.terms_accepted")
	},
	"accept the terms by a login": func(s *cutServices, n int) cutCall {
		in, _ := s.holder(n)
		agreed := on(s, s.through.pool, s.direct.clock, withTerms("2"))
		l := account.Login{Site: 1, UserName: cutName(n), Password: goodPassword, Locale: "en", AcceptedTerms: "2"}
		call := s.settled(func() error { _, err := agreed.Login(s.Context(), l); return err },
			"users WHERE id = $1 AND terms_version = '2'", in.User.ID)
		call = s.agrees(call, audited, in.User.ID, "user.terms_accepted")
		return s.agrees(call, "(SELECT 1 FROM sessions WHERE user_id = $1 HAVING count(*) = 2) AS begun", in.User.ID)
	},
	"change the user name and the email": func(s *cutServices, n int) cutCall {
		in, by := s.holder(n)
		name, email := "other-"+cutName(n), "other-"+cutName(n)+"@example.com"
		call := s.settled(func() error {
			_, err := s.through.ChangeProfile(s.Context(), profile.Change{
				By: by, UserName: &name, Email: &email, OldPassword: goodPassword, Locale: "en",
			})
			return err
		}, "users WHERE id = $1 AND user_name = $2 AND email = $3 AND email_verified_at IS NULL", in.User.ID, name, email)
		call = s.agrees(call, audited, in.User.ID, "user.user_name_changed")
		return s.agrees(call, audited, in.User.ID, "user.email_changed")
	},
	"change the phone by codes": func(s *cutServices, n int) cutCall {
		in, by := s.holder(n)
		phone := cutPhone(n)
		_, err := s.direct.SendPhoneCode(s.Context(), address.CodeRequest{
			Site: 1, Phone: phone, Purpose: code.ForChange, By: by, Locale: "en",
		})
		fatal(s, err)
		c := profile.Change{By: by, Phone: &phone, Code: s.direct.sms.last(s).Code, Locale: "en"}
		c.ProofCode = s.proofCode(by)
		call := s.settled(func() error { _, err := s.through.ChangeProfile(s.Context(), c); return err },
			"users WHERE id = $1 AND phone = $2", in.User.ID, "+86"+phone)
		call = s.agrees(call, audited, in.User.ID, "user.phone_changed")
		call = s.agrees(call, spentCode, "+86"+phone)
		return s.agrees(call, spentCode, in.User.Email)
	},
	"change the password": func(s *cutServices, n int) cutCall {
		in, by := s.holder(n)
		call := s.settled(func() error {
			_, err := s.through.ChangePassword(s.Context(), credential.Change{
				By: by, OldPassword: goodPassword, Password: newPassword, Locale: "en",
			})
			return err
		}, audited, in.User.ID, "user.password_changed")
		call = s.agrees(call, "users WHERE id = $1 AND password_hash <> $2", in.User.ID, s.hash(in.User.ID))
		return s.agrees(call, "(SELECT 1 WHERE NOT EXISTS (SELECT FROM sessions WHERE user_id = $1 AND id = $2)) AS ended",
			in.User.ID, s.session(in.Token))
	},
	"reset the password": func(s *cutServices, n int) cutCall {
		in, _ := s.holder(n)
		r := credential.Reset{Site: 1, Email: in.User.Email, Password: newPassword, Locale: "en", Proof: s.proof()}
		_, err := s.direct.SendMailCode(s.Context(), address.MailCodeRequest{
			Site: 1, Purpose: account.ForReset, Email: in.User.Email, Locale: "en",
		})
		fatal(s, err)
		s.direct.Close() // the code is sent after the answer
		r.Code = s.mails.last().Code
		call := s.settled(func() error { _, err := s.through.ResetPassword(s.Context(), r); return err },
			audited, in.User.ID, "user.password_reset")
		call = s.agrees(call, "users WHERE id = $1 AND password_hash <> $2", in.User.ID, s.hash(in.User.ID))
		call = s.agrees(call, spentCode, in.User.Email)
		return s.agrees(call, noSession, in.User.ID)
	},
	"delete the account": func(s *cutServices, n int) cutCall {
		in, by := s.holder(n)
		call := s.settled(func() error {
			_, err := s.through.Delete(s.Context(), account.Deletion{By: by, Password: goodPassword, Locale: "en"})
			return err
		}, "users WHERE id = $1 AND delete_at IS NOT NULL", in.User.ID)
		call = s.agrees(call, audited, in.User.ID, "user.deletion_requested")
		return s.agrees(call, noSession, in.User.ID)
	},
	"take the deletion back by a login": func(s *cutServices, n int) cutCall {
		in, _ := s.holder(n)
		s.direct.exec(s, "UPDATE users SET delete_at = $2 WHERE id = $1", in.User.ID, s.direct.clock.Now().Add(24*time.Hour))
		l := account.Login{Site: 1, UserName: cutName(n), Password: goodPassword, Locale: "en", Proof: s.proof()}
		call := s.settled(func() error { _, err := s.through.Login(s.Context(), l); return err },
			"users WHERE id = $1 AND delete_at IS NULL", in.User.ID)
		call = s.agrees(call, audited, in.User.ID, "user.deletion_canceled")
		return s.agrees(call, "(SELECT 1 FROM sessions WHERE user_id = $1 HAVING count(*) = 2) AS begun", in.User.ID)
	},
	"verify an email that another user claims": func(s *cutServices, n int) cutCall {
		email := "claimed-" + cutName(n) + "@example.com"
		squatter := s.user(account.Registration{UserName: "claims-" + cutName(n), Password: goodPassword, Email: email})
		in, err := s.direct.Register(s.Context(), account.Registration{
			Site: 1, UserName: cutName(n), Password: goodPassword,
		})
		fatal(s, err)
		by, err := s.direct.holderOf(in.Token) // of a login just now, which a first email needs
		fatal(s, err)
		_, err = s.direct.SendEmailCode(s.Context(), address.EmailCodeRequest{By: by, Email: email})
		fatal(s, err)
		v := address.EmailVerification{By: by, Email: email, Code: s.mails.last().Code}
		call := s.settled(func() error { _, err := s.through.VerifyEmail(s.Context(), v); return err },
			"users WHERE id = $1 AND email = $2 AND email_verified_at IS NOT NULL", in.User.ID, email)
		call = s.agrees(call, "users WHERE id = $1 AND email IS NULL", squatter.ID)
		return s.agrees(call, audited, in.User.ID, "user.email_verified")
	},
}

// noSession finds one row if all sessions of a user have ended. audited finds the entry of an act.
const (
	noSession = `(SELECT 1 WHERE NOT EXISTS (SELECT FROM sessions WHERE user_id = $1 AND ended_at IS NULL)) AS ended`
	audited   = "audit_entries WHERE user_id = $1 AND act = $2"
)

// holder registers a user with a password and a verified email, and returns it with the holder of its token.
func (s *cutServices) holder(n int) (holder.SignedIn, holder.Holder) {
	s.Helper()
	in, err := s.direct.Register(s.Context(), account.Registration{
		Site: 1, UserName: cutName(n), Password: goodPassword, Email: cutName(n) + "@example.com",
	})
	fatal(s, err)
	s.direct.exec(s, "UPDATE users SET email_verified_at = created_at WHERE id = $1", in.User.ID)
	by, err := s.direct.holderOf(in.Token)
	fatal(s, err)
	return in, by
}

// another begins a second session of the user of holder, and returns its id.
func (s *cutServices) another(n int) string {
	s.Helper()
	in, err := s.direct.Login(s.Context(), account.Login{Site: 1, UserName: cutName(n), Password: goodPassword})
	fatal(s, err)
	return s.session(in.Token)
}

// session is the id of a token's session.
func (s *cutServices) session(raw string) string {
	s.Helper()
	claims, err := s.direct.tokens.Parse(raw)
	fatal(s, err)
	return claims.SessionID
}

// proofCode has a code sent to the user's own email, which proves the holder.
func (s *cutServices) proofCode(by holder.Holder) string {
	s.Helper()
	_, err := s.direct.SendEmailCode(s.Context(), address.EmailCodeRequest{By: by, Purpose: code.ForChange})
	fatal(s, err)
	return s.mails.last().Code
}

// hash is the stored hash of a user's password.
func (s *cutServices) hash(user int64) (phc string) {
	s.Helper()
	fatal(s, s.direct.pool.QueryRow(s.Context(), "SELECT password_hash FROM users WHERE id = $1", user).Scan(&phc))
	return phc
}

// settled returns a call whose notice is sent after the answer. The call returns when the notice was sent or its
// connection was cut.
func (s *cutServices) settled(do func() error, query string, args ...any) cutCall {
	return cutCall{
		do:   func() error { defer s.through.Close(); return do() },
		done: s.counts(query, args...),
	}
}
