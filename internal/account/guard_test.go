package account_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/enroll-project/enroll/internal/account"
	"github.com/enroll-project/enroll/internal/address"
	"github.com/enroll-project/enroll/internal/captcha"
	"github.com/enroll-project/enroll/internal/mail"
	"github.com/enroll-project/enroll/internal/password"
	"github.com/enroll-project/enroll/internal/refusal"
	"github.com/enroll-project/enroll/test/pgtest"
)

// hashes returns how many password hashes have been computed.
func hashes(t testing.TB, registry *prometheus.Registry) (n uint64) {
	t.Helper()
	families, err := registry.Gather()
	fatal(t, err)
	for _, f := range families {
		if f.GetName() == "enroll_password_hash_seconds" {
			n = f.GetMetric()[0].GetHistogram().GetSampleCount()
		}
	}
	return n
}

// TestUnknownNameCostsAHash: a login that cannot succeed costs a hash, as a wrong password does, so
// that the time does not show the difference (I9).
func TestUnknownNameCostsAHash(t *testing.T) {
	t.Parallel()
	registry := prometheus.NewRegistry()
	hasher, err := password.New(password.Config{Params: password.Params{Memory: 64, Passes: 1, Threads: 1},
		Metrics: registry})
	fatal(t, err)
	w := setup(t, func(c *account.Config) { c.Hasher = hasher })
	_, err = w.Register(t.Context(), account.Registration{Site: 1, UserName: "alice", Password: goodPassword,
		Email: "alice@example.com"})
	fatal(t, err)
	fatal(t, w.registerPhone(t, w.code(t, phone, account.ForRegister)))
	for name, l := range map[string]account.Login{
		"wrong password":       {UserName: "alice"},
		"nobody":               {UserName: "nobody-here"},
		"impossible name":      {UserName: "no body"},
		"unverified email":     {Email: "alice@example.com"},
		"unknown email":        {Email: "bob@example.com"},
		"phone, no password":   {Phone: phone},
		"phone of nobody":      {Phone: "13800138001"},
		"name of another site": {Site: 2, UserName: "alice"},
	} {
		if l.Site == 0 {
			l.Site = 1
		}
		l.Password = "somethingelse"
		before := hashes(t, registry)
		_, err := w.Login(t.Context(), l)
		expect(t, err, refusal.CredentialsWrong)
		if n := hashes(t, registry) - before; n != 1 {
			t.Errorf("%s costs %d hashes, not one", name, n)
		}
	}
}

// TestDigestsAreKeyed: an attacker with a copy of the tables and the algorithm can neither
// try the million codes nor guess the remembered requests, because another secret gives
// other digests.
func TestDigestsAreKeyed(t *testing.T) {
	t.Parallel()
	a := setup(t)
	b := on(t, a.pool, a.clock, func(c *account.Config) { c.Secret = bytes.Repeat([]byte{1}, 32) })
	code := a.code(t, phone, account.ForRegister)
	expect(t, b.registerPhone(t, code), refusal.CodeWrong)
	expect(t, a.registerPhone(t, code), "")
	_, err := a.Register(t.Context(), keyed())
	fatal(t, err)
	_, err = b.Register(t.Context(), keyed())
	expect(t, err, refusal.IdempotencyKeyReused)
	_, err = a.Register(t.Context(), keyed())
	expect(t, err, "")
}

// TestNameIsTakenInAnyCase: the two spellings do not look alike, so only the
// constraint on the key can find that they are one name (I1).
func TestNameIsTakenInAnyCase(t *testing.T) {
	t.Parallel()
	w := setup(t)
	_, err := w.Register(t.Context(), account.Registration{Site: 1, UserName: "Вера", Password: goodPassword})
	fatal(t, err)
	_, err = w.Register(t.Context(), account.Registration{Site: 1, UserName: "вера", Password: goodPassword})
	expect(t, err, refusal.UserNameTaken)
}

// TestTriesAtOnce: of 60 wrong passwords at once, from as many networks and on two
// services, exactly as many are compared as an account may have (I3).
func TestTriesAtOnce(t *testing.T) {
	t.Parallel()
	limit := func(c *account.Config) { c.Limits = account.Limits{LoginPerNetwork: 3, LoginPerAccount: 7} }
	a := setup(t, limit)
	b := on(t, a.pool, a.clock, limit)
	for name, want := range map[string]int{"from many networks": 7, "from one": 3} {
		ends := atOnce(60, func(i int) error {
			network := fmt.Sprintf("192.0.%d.0/24", i)
			if name == "from one" {
				network = "192.0.2.0/24"
			}
			_, err := []*world{a, b}[i%2].Login(t.Context(), account.Login{Site: 1, UserName: "alice", Password: "wrong",
				From: account.Origin{Subnet: network, Network: network}})
			return err
		})
		if ends[refusal.CredentialsWrong] != want || ends[refusal.LoginTooMany] != 60-want {
			t.Errorf("%s: %v", name, ends)
		}
		a.clock.advance(time.Hour)
	}
}

// TestHolderIsNotLockedOut: guesses from other networks do not lock out a network from which the
// holder has logged in. They lock out every network from which the holder has not logged in, for an
// hour at most.
func TestHolderIsNotLockedOut(t *testing.T) {
	t.Parallel()
	w := setup(t, func(c *account.Config) { c.Limits = account.Limits{LoginPerNetwork: 3, LoginPerAccount: 5} })
	_, err := w.Register(t.Context(), account.Registration{Site: 1, UserName: "alice", Password: goodPassword})
	fatal(t, err)
	login := func(network, password string) error {
		_, err := w.Login(t.Context(), account.Login{Site: 1, UserName: "alice", Password: password,
			From: account.Origin{Subnet: network, Network: network}})
		return err
	}
	const home, abroad = "192.0.2.0/24", "203.0.113.0/24"
	expect(t, login(home, goodPassword), "")
	for i := range 8 {
		want := refusal.CredentialsWrong
		if i >= 5 {
			want = refusal.LoginTooMany
		}
		expect(t, login(fmt.Sprintf("198.51.%d.0/24", i), "wrong"), want)
	}
	expect(t, login(abroad, goodPassword), refusal.LoginTooMany)
	expect(t, login(home, goodPassword), "")
	w.clock.advance(time.Hour)
	expect(t, login(abroad, goodPassword), "")
}

// TestCaptchaStoreFails: if it cannot be found out whether a captcha has been spent,
// no request passes, not even with the right answer (ASVS 16.5.3).
func TestCaptchaStoreFails(t *testing.T) {
	t.Parallel()
	c := &clock{now: time.Now().UTC()}
	w := on(t, pgtest.Fresh(t), c, asking(newImages(t, c)))
	w.exec(t, "ALTER TABLE spent_captchas ADD CONSTRAINT none CHECK (false) NOT VALID")
	_, err := w.Register(t.Context(), account.Registration{Site: 1, UserName: "alice", Password: goodPassword,
		Proof: w.solve(t, account.CaptchaRequest{Site: 1})})
	if err == nil || w.count(t, "users") != 0 {
		t.Errorf("got %v, and %d users", refusals(err), w.count(t, "users"))
	}
}

// TestVerifierAway: if the third party does not answer, no request passes.
func TestVerifierAway(t *testing.T) {
	t.Parallel()
	away, err := captcha.NewSiteVerify(captcha.SiteVerifyConfig{
		URL: "https://127.0.0.1:1/siteverify", Secret: "secret", SiteKey: "key", Hostnames: []string{"example.com"},
	})
	fatal(t, err)
	w := setup(t, asking(away))
	_, err = w.Register(t.Context(), account.Registration{Site: 1, UserName: "alice", Password: goodPassword,
		Proof: account.Proof{Captcha: "token"}})
	expect(t, err, refusal.Unavailable)
	if n := w.count(t, "users"); n != 0 {
		t.Errorf("%d users, want 0", n)
	}
}

// TestVerifierHasNoID: a token that cannot be one of the third party is wrong. The refusal does not name a
// missing captcha_id, because the third party's challenges have no id.
func TestVerifierHasNoID(t *testing.T) {
	t.Parallel()
	third, err := captcha.NewSiteVerify(captcha.SiteVerifyConfig{
		URL: "https://127.0.0.1:1/siteverify", Secret: "secret", SiteKey: "key", Hostnames: []string{"example.com"},
	})
	fatal(t, err)
	w := setup(t, asking(third))
	_, err = w.Register(t.Context(), account.Registration{Site: 1, UserName: "alice", Password: goodPassword,
		Proof: account.Proof{Captcha: "not a token"}})
	expect(t, err, refusal.CaptchaWrong)
	var refused *refusal.Error
	if !errors.As(err, &refused) || refused.Field != "captcha" {
		t.Errorf("the field of %v", err)
	}
}

// letters keeps the last mail.
type letters struct{ last mail.Message }

func (l *letters) Send(_ context.Context, m mail.Message) error { l.last = m; return nil }

// aboutToVerify returns a service with one user to whom a code was sent. verify
// verifies the user's email by this code.
func aboutToVerify(t *testing.T) (w *world, verify func() error) {
	t.Helper()
	sent := &letters{}
	w = setup(t, func(c *account.Config) { c.Mail = sent })
	got, err := w.Register(t.Context(), account.Registration{Site: 1, UserName: "alice", Password: goodPassword})
	fatal(t, err)
	by, err := w.holderOf(got.Token)
	fatal(t, err)
	_, err = w.SendEmailCode(t.Context(), address.EmailCodeRequest{By: by, Email: "alice@example.com"})
	fatal(t, err)
	return w, func() error {
		_, err := w.VerifyEmail(t.Context(), address.EmailVerification{By: by, Email: "alice@example.com",
			Code: sent.last.Code})
		return err
	}
}

// TestDisabledUserVerifiesNothing: a disabled user verifies no email, not even with a
// right code that was sent before and a token that was checked before.
func TestDisabledUserVerifiesNothing(t *testing.T) {
	t.Parallel()
	w, verify := aboutToVerify(t)
	w.exec(t, "UPDATE users SET status = 0")
	expect(t, verify(), refusal.AccountDisabled)
	if w.count(t, "users WHERE email IS NOT NULL") != 0 {
		t.Error("a disabled user has an email")
	}
}

// TestDisabledMeanwhileVerifiesNothing: the user is disabled after the check of the token has found
// it active. The transaction that disables it commits while the verification waits for the user's
// row.
func TestDisabledMeanwhileVerifiesNothing(t *testing.T) {
	t.Parallel()
	w, verify := aboutToVerify(t)
	tx, err := w.pool.Begin(t.Context())
	fatal(t, err)
	defer func() { _ = tx.Rollback(context.WithoutCancel(t.Context())) }()
	_, err = tx.Exec(t.Context(), "UPDATE users SET status = 0")
	fatal(t, err)
	verified := pgtest.Blocked(t, w.pool, verify)
	fatal(t, tx.Commit(t.Context()))
	expect(t, verified(), refusal.AccountDisabled)
	if w.count(t, "users WHERE email IS NOT NULL") != 0 {
		t.Error("a disabled user has an email")
	}
}
