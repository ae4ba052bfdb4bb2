package account_test

import (
	"context"
	"testing"
	"time"

	"github.com/enroll-project/enroll/internal/account"
	"github.com/enroll-project/enroll/internal/address"
	"github.com/enroll-project/enroll/internal/credential"
	"github.com/enroll-project/enroll/internal/mail"
	"github.com/enroll-project/enroll/internal/refusal"
	"github.com/enroll-project/enroll/test/pgtest"
)

const holdersMail = "holder@example.com"

// mailer is a deployment with a mail server that keeps what it was given.
type mailer struct {
	*world
	mails *mailbag
}

func mailing(t testing.TB, change ...func(*account.Config)) *mailer {
	t.Helper()
	m := &mailer{mails: &mailbag{}}
	m.world = setup(t, append([]func(*account.Config){func(c *account.Config) { c.Mail = m.mails }}, change...)...)
	return m
}

// code has a code mailed to a person that is not logged in, and reads it.
func (m *mailer) code(t testing.TB, email string, purpose account.Purpose) string {
	t.Helper()
	_, err := m.SendMailCode(t.Context(), address.MailCodeRequest{Site: 1, Email: email, Purpose: purpose, Locale: "en"})
	fatal(t, err)
	m.Close() // a code to log in is sent after the answer
	return m.mails.last().Code
}

func (m *mailer) registerBy(t testing.TB, r account.Registration) error {
	t.Helper()
	r.Site = 1
	_, err := m.Register(t.Context(), r)
	return err
}

func (m *mailer) loginBy(t testing.TB, email, code string) error {
	t.Helper()
	_, err := m.Login(t.Context(), account.Login{Site: 1, Email: email, Code: code})
	return err
}

// TestRegisterByEmail: the code of a mail is enough. The email is verified from the beginning, logs in by a
// code, and the code is spent.
func TestRegisterByEmail(t *testing.T) {
	t.Parallel()
	m := mailing(t)
	code := m.code(t, "Holder@Example.com", account.ForRegister)
	if sent := m.mails.last(); sent.To != "Holder@example.com" || sent.Purpose != mail.ForRegister || sent.Locale != "en" {
		t.Errorf("sent to %q for %q", sent.To, sent.Purpose)
	}
	in, err := m.Register(t.Context(), account.Registration{Site: 1, Email: holdersMail, Code: code})
	fatal(t, err)
	if !in.User.EmailVerified || in.User.Email != holdersMail || in.Token == "" ||
		m.count(t, "users WHERE email_verified_at = $1 AND password_hash IS NULL", m.clock.Now()) != 1 {
		t.Errorf("registered %+v", in.User)
	}
	expect(t, m.registerBy(t, account.Registration{Email: holdersMail, Code: code}), refusal.CodeExpired)
	m.clock.advance(time.Minute)
	code = m.code(t, "HOLDER@example.com", account.ForLogin)
	expect(t, m.loginBy(t, holdersMail, other(code)), refusal.CodeWrong)
	expect(t, m.loginBy(t, holdersMail, code), "")
	expect(t, m.loginBy(t, holdersMail, code), refusal.CodeExpired)
	expect(t, m.loginBy(t, "no email", code), refusal.CodeExpired)
	if n := m.count(t, "sessions"); n != 2 {
		t.Errorf("%d sessions, want 2", n)
	}
}

// TestRegisterByEmailTakesClaims: the email is taken from a user that only claimed it, also if the
// registration is refused once before, and stays with a user that has verified it.
func TestRegisterByEmailTakesClaims(t *testing.T) {
	t.Parallel()
	m := mailing(t)
	squatter := account.Registration{UserName: "squatter", Password: goodPassword, Email: holdersMail}
	fatal(t, m.registerBy(t, squatter))
	code := m.code(t, holdersMail, account.ForRegister)
	taken := account.Registration{UserName: "squatter", Password: goodPassword, Email: holdersMail, Code: code}
	expect(t, m.registerBy(t, taken), refusal.UserNameTaken)
	if n := m.count(t, "users WHERE user_name = 'squatter' AND email = $1", holdersMail); n != 1 {
		t.Error("a refused registration has evicted a user")
	}
	taken.UserName = "holder"
	expect(t, m.registerBy(t, taken), "")
	if n := m.count(t, "users WHERE user_name = 'squatter' AND email IS NULL AND updated_at = $1", m.clock.Now()); n != 1 {
		t.Error("the squatter still has the address")
	}
	m.clock.advance(time.Minute)
	late := account.Registration{Email: holdersMail, Code: m.code(t, holdersMail, account.ForRegister)}
	for range 2 {
		expect(t, m.registerBy(t, late), refusal.EmailTaken)
	}
	if n := m.count(t, "users WHERE user_name = 'holder' AND email_verified_at IS NOT NULL"); n != 1 ||
		m.count(t, "users") != 2 {
		t.Error("a verified email was taken")
	}
}

// TestEmailBesideOtherMethods: an email that its code does not prove stays unverified and unique, and evicts
// no user.
func TestEmailBesideOtherMethods(t *testing.T) {
	t.Parallel()
	m := mailing(t)
	mailed := m.code(t, holdersMail, account.ForRegister)
	both := account.Registration{Email: holdersMail, Phone: phone, Code: mailed}
	expect(t, m.registerBy(t, both), refusal.CodeExpired) // the code is that of the phone
	both.Code = m.world.code(t, phone, account.ForRegister)
	fatal(t, m.registerBy(t, both))
	named := account.Registration{UserName: "named", Password: goodPassword, Email: holdersMail}
	expect(t, m.registerBy(t, named), refusal.EmailTaken)
	if n := m.count(t, "users WHERE email = $1 AND email_verified_at IS NULL", holdersMail); n != 1 {
		t.Error("the email is verified")
	}
}

// TestSquatterBeforeTheInsert: a registration that claims the email commits after the holder's statement has
// evicted others and before it inserts. The holder gets the email. If a registration that has proved the
// email, too, comes first, that one keeps the email.
func TestSquatterBeforeTheInsert(t *testing.T) {
	t.Parallel()
	for verified, want := range map[string]refusal.Reason{"NULL": "", "now()": refusal.EmailTaken} {
		t.Run(verified, func(t *testing.T) {
			t.Parallel()
			m := mailing(t)
			fatal(t, m.registerBy(t, account.Registration{UserName: "squatter", Password: goodPassword}))
			code := m.code(t, holdersMail, account.ForRegister)
			squatting, err := m.pool.Begin(t.Context())
			fatal(t, err)
			defer func() { _ = squatting.Rollback(context.WithoutCancel(t.Context())) }()
			_, err = squatting.Exec(t.Context(), "UPDATE users SET email = $1, email_key = $1, email_verified_at = "+verified,
				holdersMail)
			fatal(t, err)
			registered := pgtest.Blocked(t, m.pool, func() error {
				return m.registerBy(t, account.Registration{Email: holdersMail, Code: code})
			})
			fatal(t, squatting.Commit(t.Context()))
			expect(t, registered(), want)
		})
	}
}

// TestRegistrationsByEmailRace: of many registrations with one code one succeeds (I2). Of two
// registrations with different codes for one email one succeeds (I1).
func TestRegistrationsByEmailRace(t *testing.T) {
	t.Parallel()
	m := mailing(t)
	code := m.code(t, holdersMail, account.ForRegister)
	ends := atOnce(16, func(int) error { return m.registerBy(t, account.Registration{Email: holdersMail, Code: code}) })
	if ends[""] != 1 || ends[refusal.CodeExpired] != 15 {
		t.Errorf("with one code: %v", ends)
	}
	codes := []string{m.code(t, "two@example.com", account.ForRegister), ""}
	m.clock.advance(time.Minute)
	codes[1] = m.code(t, "two@example.com", account.ForRegister)
	ends = atOnce(2, func(i int) error {
		return m.registerBy(t, account.Registration{Email: "two@example.com", Code: codes[i]})
	})
	if ends[""] != 1 || ends[refusal.EmailTaken] != 1 {
		t.Errorf("with two codes: %v", ends)
	}
}

// TestRepeatedRegistrationByEmail: the same request under the same key gives the same user. A request
// with another email is refused.
func TestRepeatedRegistrationByEmail(t *testing.T) {
	t.Parallel()
	m := mailing(t)
	code := m.code(t, holdersMail, account.ForRegister)
	r := account.Registration{Site: 1, Email: holdersMail, Code: code, IdempotencyKey: "k"}
	first, err := m.Register(t.Context(), r)
	fatal(t, err)
	again, err := m.Register(t.Context(), r)
	fatal(t, err)
	if again.User.ID != first.User.ID || !again.User.EmailVerified || m.count(t, "users") != 1 {
		t.Errorf("first %+v, again %+v", first.User, again.User)
	}
	r.Email = "other@example.com"
	expect(t, m.registerBy(t, r), refusal.IdempotencyKeyReused)
}

// TestCodeOfAPurpose: a code that was mailed for one purpose is good for no other, and each purpose for which
// no login is needed has its own.
func TestCodeOfAPurpose(t *testing.T) {
	t.Parallel()
	m := mailing(t)
	fatal(t, m.registerBy(t, account.Registration{Email: holdersMail, Code: m.code(t, holdersMail, account.ForRegister)}))
	for _, purpose := range []account.Purpose{account.ForRegister, account.ForLogin, account.ForReset} {
		m.clock.advance(11 * time.Minute)
		code := m.code(t, holdersMail, purpose)
		for use, try := range map[account.Purpose]func() error{
			account.ForRegister: func() error { return m.registerBy(t, account.Registration{Email: holdersMail, Code: code}) },
			account.ForLogin:    func() error { return m.loginBy(t, holdersMail, code) },
			account.ForReset: func() error {
				r := credential.Reset{Site: 1, Email: holdersMail, Code: code, Password: newPassword}
				_, err := m.ResetPassword(t.Context(), r)
				return err
			},
		} {
			if use != purpose {
				expect(t, try(), refusal.CodeExpired)
			}
		}
	}
}

// TestLoginCodeGoesToHolders: only the user that has verified an email gets a code to log in with, at the
// address that was verified. For every other address the answer is the same (I9), and no code can be right.
func TestLoginCodeGoesToHolders(t *testing.T) {
	t.Parallel()
	m := mailing(t)
	claim := account.Registration{UserName: "claims", Password: goodPassword, Email: "claimed@example.com"}
	fatal(t, m.registerBy(t, claim))
	ask := func(email string) error {
		_, err := m.SendMailCode(t.Context(), address.MailCodeRequest{Site: 1, Email: email, Purpose: account.ForLogin})
		m.Close()
		return err
	}
	for _, email := range []string{"claimed@example.com", "stranger@example.com"} {
		fatal(t, ask(email))
		expect(t, ask(email), refusal.CodeTooSoon)
	}
	if m.mails.count() != 0 || m.count(t, "one_time_codes WHERE purpose = 'login'") != 2 {
		t.Errorf("%d mails", m.mails.count())
	}
	fatal(t, m.registerBy(t, account.Registration{Email: "Holder@example.com",
		Code: m.code(t, "Holder@example.com", account.ForRegister)}))
	m.clock.advance(time.Minute)
	code := m.code(t, "hOLDER@example.com", account.ForLogin)
	if sent := m.mails.last(); sent.To != "Holder@example.com" || sent.Purpose != mail.ForLogin {
		t.Errorf("sent to %q for %q", sent.To, sent.Purpose)
	}
	m.exec(t, "UPDATE users SET status = 0")
	expect(t, m.loginBy(t, holdersMail, code), refusal.AccountDisabled)
	m.exec(t, "UPDATE users SET status = 1")
	expect(t, m.loginBy(t, holdersMail, code), refusal.CodeExpired) // spent: the answer above showed that it is right
	m.clock.advance(time.Minute)
	code = m.code(t, holdersMail, account.ForLogin)
	m.exec(t, `UPDATE users SET email = NULL, email_key = NULL, email_verified_at = NULL,
		phone = '+861380013800' || id % 10`)
	expect(t, m.loginBy(t, holdersMail, code), refusal.CodeExpired) // the user does not have the email any more
}

// TestEmailMethodRefusals: the refusals of wrong requests, and those of a deployment without a sender.
func TestEmailMethodRefusals(t *testing.T) {
	t.Parallel()
	m := mailing(t, func(c *account.Config) { c.SMS = nil })
	for _, c := range []struct {
		r    account.Registration
		want refusal.Reason
	}{
		{account.Registration{Email: "no email", Code: "123456"}, refusal.EmailInvalid},
		{account.Registration{Email: holdersMail, Code: "123456"}, refusal.CodeExpired},
		{account.Registration{Email: holdersMail, Code: "123456", Password: "short"}, refusal.PasswordTooShort},
		{account.Registration{Email: holdersMail, Code: "123456", Password: holdersMail}, refusal.PasswordContext},
		{account.Registration{Email: holdersMail, Code: "123456", Phone: phone}, refusal.PhoneNotOffered},
		{account.Registration{Email: holdersMail}, refusal.RegistrationIncomplete},
	} {
		expect(t, m.registerBy(t, c.r), c.want)
	}
	silent := setup(t)
	asked := address.MailCodeRequest{Site: 1, Email: holdersMail, Purpose: account.ForLogin}
	_, err := silent.SendMailCode(t.Context(), asked)
	expect(t, err, refusal.EmailNotOffered)
	_, err = silent.Register(t.Context(), account.Registration{Site: 1, Email: holdersMail, Code: "123456"})
	expect(t, err, refusal.EmailNotOffered)
	_, err = silent.Login(t.Context(), account.Login{Site: 1, Email: holdersMail, Code: "123456"})
	expect(t, err, refusal.EmailNotOffered)
}
