package account_test

import (
	"testing"
	"time"

	"github.com/enroll-project/enroll/internal/account"
	"github.com/enroll-project/enroll/internal/address"
	"github.com/enroll-project/enroll/internal/holder"
	"github.com/enroll-project/enroll/internal/profile"
	"github.com/enroll-project/enroll/internal/refusal"
	"github.com/enroll-project/enroll/internal/terms"
)

// withTerms returns a change of the configuration by which people have to accept a version.
func withTerms(version string) func(*account.Config) {
	return func(c *account.Config) { c.Terms = terms.Terms{Version: version} }
}

// accepted returns what is stored about the terms of a user: version, time and language, "" for none.
func (w *world) accepted(t testing.TB, id int64) (text string) {
	t.Helper()
	fatal(t, w.pool.QueryRow(t.Context(), `SELECT coalesce(concat_ws(' ', terms_version,
		to_char(terms_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS'), terms_language), '')
		FROM users WHERE id = $1`, id).Scan(&text))
	return text
}

// TestTermsAtRegister: where there are terms, no method registers a user that has not accepted their version. The
// refusal costs neither a captcha nor a try of a code. The version, the time and the language are stored.
func TestTermsAtRegister(t *testing.T) {
	t.Parallel()
	w := mailing(t)
	w.world = on(t, w.pool, w.clock, asking(newImages(t, w.clock)), withTerms("2"), func(c *account.Config) {
		c.Mail, c.Signup = w.mails, account.SignupApproval
	})
	phoneCode := func() string {
		_, err := w.SendPhoneCode(t.Context(), address.CodeRequest{
			Site: 1, Phone: phone, Purpose: account.ForRegister, Proof: w.solve(t, account.CaptchaRequest{Site: 1}),
		})
		fatal(t, err)
		return w.sms.last(t).Code
	}()
	_, err := w.SendMailCode(t.Context(), address.MailCodeRequest{
		Site: 1, Email: "carol@example.com", Purpose: account.ForRegister, Locale: "en",
		Proof: w.solve(t, account.CaptchaRequest{Site: 1}),
	})
	fatal(t, err)
	for name, r := range map[string]account.Registration{
		"user name": {UserName: "alice", Password: goodPassword}, "phone": {Phone: phone, Code: phoneCode},
		"email": {Email: "carol@example.com", Code: w.mails.last().Code},
	} {
		proof := w.solve(t, account.CaptchaRequest{Site: 1})
		r.Site, r.Proof, r.Locale = 1, proof, "en"
		_, err := w.Register(t.Context(), r)
		expect(t, err, refusal.TermsRequired)
		// A code that was wrong would be counted, so this shows that the terms are compared first.
		wrong := r
		if wrong.AcceptedTerms = "1"; wrong.Code != "" {
			wrong.Code = "000000"
		}
		_, err = w.Register(t.Context(), wrong)
		expect(t, err, refusal.TermsOutdated)
		r.AcceptedTerms = "2"
		in, err := w.Register(t.Context(), r)
		fatal(t, err)
		if !in.User.Waiting || in.User.Accepted.Version != "2" || !in.User.Accepted.At.Equal(w.clock.Now()) {
			t.Errorf("%s: %+v", name, in.User)
		}
		if got, want := w.accepted(t, in.User.ID), "2 "+w.clock.Now().Format(time.DateTime)+" en"; got != want {
			t.Errorf("%s: %q is stored, want %q", name, got, want)
		}
	}
	if n := w.count(t, "one_time_codes WHERE tries > 0"); n != 0 {
		t.Errorf("%d codes were tried", n)
	}
	// Without terms a client that still sends a version registers, and nothing is stored.
	open := on(t, w.pool, w.clock)
	in, err := open.Register(t.Context(), account.Registration{
		Site: 1, UserName: "bob", Password: goodPassword, AcceptedTerms: "2", Locale: "en",
	})
	fatal(t, err)
	if got := w.accepted(t, in.User.ID); got != "" || in.User.Accepted != (terms.Acceptance{}) {
		t.Errorf("%q is stored without terms, and shown as %+v", got, in.User.Accepted)
	}
}

// TestTermsAtLogin: a user of another version is refused by each way to log in, and only after right credentials. The
// refusal begins no session, counts no wrong try and leaves the code valid. The same login with the version succeeds,
// and later ones need none.
func TestTermsAtLogin(t *testing.T) {
	t.Parallel()
	old := mailing(t, withTerms("1"))
	w := &mailer{on(t, old.pool, old.clock, withTerms("2"), func(c *account.Config) {
		c.Mail, c.Limits.LoginPerAccount = old.mails, 3
	}), old.mails}
	r := account.Registration{
		Site: 1, UserName: "alice", Password: goodPassword, Email: "alice@example.com", Phone: phone,
		Code: old.world.code(t, phone, account.ForRegister), AcceptedTerms: "1", Locale: "zh-CN",
	}
	in, err := old.Register(t.Context(), r)
	fatal(t, err)
	id, first := in.User.ID, old.accepted(t, in.User.ID)
	w.exec(t, "UPDATE users SET email_verified_at = now()")
	w.clock.advance(time.Hour)
	for name, l := range map[string]account.Login{
		"password": {UserName: "alice", Password: goodPassword},
		"phone":    {Phone: phone, Code: w.world.code(t, phone, account.ForLogin)},
		"email":    {Email: "alice@example.com", Code: w.code(t, "alice@example.com", account.ForLogin)},
	} {
		l.Site, l.Locale = 1, "en"
		w.exec(t, "DELETE FROM audit_entries")
		w.exec(t, `UPDATE users SET terms_version = '1', terms_at = $1, terms_language = 'zh-CN'`, in.User.Accepted.At)
		sessions := w.count(t, "sessions")
		wrong := l
		if wrong.Password, wrong.Code = "wrong password", ""; l.Code != "" {
			wrong.Password, wrong.Code = "", "000000"
		}
		for accepts, want := range map[string]refusal.Reason{"": refusal.CredentialsWrong, "2": refusal.CredentialsWrong} {
			if wrong.AcceptedTerms = accepts; l.Code != "" {
				want = refusal.CodeWrong
			}
			_, err := w.Login(t.Context(), wrong)
			expect(t, err, want)
		}
		// More often than wrong passwords and wrong codes are allowed.
		for _, accepts := range []string{"", "1", "3", "", "1", "3"} {
			l.AcceptedTerms = accepts
			_, err := w.Login(t.Context(), l)
			expect(t, err, refusal.TermsOutdated)
		}
		if w.count(t, "sessions") != sessions || w.accepted(t, id) != first || w.count(t, "audit_entries") != 0 {
			t.Errorf("%s: a refusal has begun a session, or stored terms", name)
		}
		l.AcceptedTerms = "2"
		again, err := w.Login(t.Context(), l)
		fatal(t, err)
		now := w.clock.Now()
		if got, want := w.accepted(t, id), "2 "+now.Format(time.DateTime)+" en"; got != want ||
			again.User.Accepted != (terms.Acceptance{Version: "2", Language: "en", At: now}) {
			t.Errorf("%s: %q is stored, want %q; %+v is shown", name, got, want, again.User.Accepted)
		}
		want := "2, before it 1 on " + in.User.Accepted.At.Format(time.RFC3339) + " (zh-CN)"
		if w.count(t, "audit_entries WHERE act = 'user.terms_accepted' AND detail = $1 AND user_id = $2", want, id) != 1 {
			t.Errorf("%s: the log has no entry %q", name, want)
		}
		if l.Code == "" {
			l.AcceptedTerms = ""
			_, err = w.Login(t.Context(), l)
			fatal(t, err)
		}
	}
	if w.count(t, "audit_entries") != 1 {
		t.Error("a login of a user that has accepted the terms has an entry")
	}
}

// TestTermsComeLast: a user that cannot log in is not asked for the terms, and a refusal for the terms cancels no
// deletion. A user that has accepted no terms, as one that was imported, is asked like the others.
func TestTermsComeLast(t *testing.T) {
	t.Parallel()
	w := setup(t, withTerms("2"))
	_, err := on(t, w.pool, w.clock).Register(t.Context(), account.Registration{
		Site: 1, UserName: "alice", Password: goodPassword,
	})
	fatal(t, err)
	l := account.Login{Site: 1, UserName: "alice", Password: goodPassword, Locale: "en"}
	w.exec(t, "UPDATE users SET status = 0")
	_, err = w.Login(t.Context(), l)
	expect(t, err, refusal.AccountDisabled)
	w.exec(t, "UPDATE users SET status = 1, delete_at = $1", w.clock.Now().Add(time.Hour))
	_, err = w.Login(t.Context(), l)
	expect(t, err, refusal.TermsOutdated)
	if w.count(t, "users WHERE delete_at IS NULL") != 0 {
		t.Error("a login that was refused has canceled the deletion")
	}
	l.AcceptedTerms = "2"
	in, err := w.Login(t.Context(), l)
	fatal(t, err)
	if !in.DeletionCanceled || w.count(t, "audit_entries WHERE detail = '2'") != 1 {
		t.Errorf("%+v", in)
	}
}

// TestAcceptTerms: a logged-in user accepts the version of the operator, and no other. A repetition changes nothing.
// Until then the token stays valid and is renewed.
func TestAcceptTerms(t *testing.T) {
	t.Parallel()
	old := setup(t)
	w := on(t, old.pool, old.clock, withTerms("2"))
	in, err := old.Register(t.Context(), account.Registration{Site: 1, UserName: "alice", Password: goodPassword})
	fatal(t, err)
	accept := func(s *world, version string) (holder.User, error) {
		by := s.holder(in.User.ID)
		from := account.Origin{Network: "203.0.113.0/24"}
		return s.AcceptTerms(t.Context(), profile.Acceptance{By: by, Version: version, Locale: "en", From: from})
	}
	for _, version := range []string{"1", "3", "2 "} {
		_, err = accept(w, version)
		expect(t, err, refusal.TermsOutdated)
	}
	_, err = accept(old, "2") // a service without terms
	fatal(t, err)
	if got := w.accepted(t, in.User.ID); got != "" {
		t.Errorf("%q is stored", got)
	}
	want := terms.Acceptance{Version: "2", Language: "en", At: w.clock.Now()}
	for range 2 {
		user, err := accept(w, "2")
		fatal(t, err)
		if user.Accepted != want {
			t.Errorf("%+v, want %+v", user.Accepted, want)
		}
		w.clock.advance(time.Hour)
	}
	if w.count(t, "audit_entries WHERE act = 'user.terms_accepted' AND detail = '2' AND network = '203.0.113.0/24'") != 1 {
		t.Error("the log does not have one entry")
	}
	// A request whose token was checked before another request accepted the version changes nothing either.
	w.exec(t, "UPDATE users SET terms_version = '1'")
	stale := w.holder(in.User.ID)
	_, err = w.AcceptTerms(t.Context(), profile.Acceptance{By: stale, Version: "2", Locale: "en"})
	fatal(t, err)
	now := w.accepted(t, in.User.ID)
	w.clock.advance(time.Hour)
	user, err := w.AcceptTerms(t.Context(), profile.Acceptance{By: stale, Version: "2", Locale: "zh-CN"})
	if fatal(t, err); user.Accepted.Language != "en" || w.accepted(t, in.User.ID) != now {
		t.Errorf("%+v: the second acceptance has replaced the first", user.Accepted)
	}
	w.exec(t, "UPDATE users SET status = 0, terms_version = '1'")
	_, err = w.AcceptTerms(t.Context(), profile.Acceptance{By: stale, Version: "2", Locale: "en"})
	expect(t, err, refusal.AccountDisabled)
	w.exec(t, "DELETE FROM users")
	_, err = w.AcceptTerms(t.Context(), profile.Acceptance{By: stale, Version: "2", Locale: "en"})
	expect(t, err, refusal.TokenInvalid)
}
