package account_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/enroll-project/enroll/internal/account"
	"github.com/enroll-project/enroll/internal/captcha"
)

// person issues captchas and solves them as only a test can: by trying the
// whole answer space against the opened seal, without spending it.
type person struct{ images *captcha.Images }

func newPerson(t testing.TB, c *clock) *person {
	t.Helper()
	images, err := captcha.NewImages(captcha.Config{Secret: make([]byte, 32), Now: c.Now})
	fatal(t, err)
	return &person{images}
}

func (p *person) solve(t testing.TB, site int64) account.Proof {
	t.Helper()
	challenge, err := p.images.Issue(t.Context(), site)
	fatal(t, err)
	sealed, err := p.images.Open(site, challenge.ID)
	fatal(t, err)
	for i := range 1_000_000 {
		if answer := fmt.Sprintf("%06d", i); sealed.Matches(answer) {
			return account.Proof{CaptchaID: challenge.ID, Captcha: answer}
		}
	}
	t.Fatal("no answer is right")
	return account.Proof{}
}

// asking makes every operation ask for a captcha.
func asking(p captcha.Provider) func(*account.Config) {
	return func(c *account.Config) {
		c.Captchas = p
		c.CaptchaOn = []account.Operation{account.OnRegister, account.OnVerifyPhone, account.OnVerifyEmail, account.OnLogin}
	}
}

func TestCaptcha(t *testing.T) {
	t.Parallel()
	w := setup(t)
	p := newPerson(t, w.clock)
	w = on(t, w.pool, w.clock, asking(p.images))
	login := func(proof account.Proof) error {
		_, err := w.Login(t.Context(), account.Login{Site: 1, UserName: "nobody", Password: goodPassword, Proof: proof})
		return err
	}
	expect(t, login(account.Proof{}), account.CaptchaRequired)
	good := p.solve(t, 1)
	expect(t, login(account.Proof{CaptchaID: good.CaptchaID}), account.CaptchaRequired)
	expect(t, login(account.Proof{CaptchaID: "captcha123", Captcha: "abcd"}), account.CaptchaWrong)

	// A wrong answer spends it: the right one comes too late.
	expect(t, login(account.Proof{CaptchaID: good.CaptchaID, Captcha: other(good.Captcha)}), account.CaptchaWrong)
	expect(t, login(good), account.CaptchaWrong)

	// A right answer passes one of many.
	good = p.solve(t, 1)
	ends := atOnce(32, func(int) error { return login(good) })
	if ends[account.CredentialsWrong] != 1 || ends[account.CaptchaWrong] != 31 {
		t.Errorf("ends: %v", ends)
	}

	expect(t, login(p.solve(t, 2)), account.CaptchaWrong)
	late := p.solve(t, 1)
	w.clock.advance(captcha.DefaultLife)
	expect(t, login(late), account.CaptchaWrong)

	n, err := w.Purge(t.Context())
	fatal(t, err)
	if n != 0 {
		t.Errorf("purged %d within the minute of grace", n)
	}
	w.clock.advance(2 * time.Minute)
	n, err = w.Purge(t.Context())
	fatal(t, err)
	if n != 2 || w.count(t, "spent_captchas") != 0 {
		t.Errorf("purged %d", n)
	}
}

// TestCaptchaGuardsEachDoor: nothing that costs or tells comes before it.
func TestCaptchaGuardsEachDoor(t *testing.T) {
	t.Parallel()
	w := setup(t)
	_, err := w.Register(t.Context(), account.Registration{Site: 1, UserName: "taken", Password: goodPassword})
	fatal(t, err)
	p := newPerson(t, w.clock)
	w = on(t, w.pool, w.clock, asking(p.images))
	_, err = w.Register(t.Context(), account.Registration{Site: 1, UserName: "taken", Password: goodPassword})
	expect(t, err, account.CaptchaRequired)
	_, err = w.SendPhoneCode(t.Context(), account.CodeRequest{Site: 1, Phone: phone, Purpose: account.ForRegister})
	expect(t, err, account.CaptchaRequired)
	_, err = w.Register(t.Context(), account.Registration{Site: 1, UserName: "taken", Password: goodPassword, Proof: p.solve(t, 1)})
	expect(t, err, account.UserNameTaken)
	_, err = w.SendPhoneCode(t.Context(), account.CodeRequest{Site: 1, Phone: phone, Purpose: account.ForRegister, Proof: p.solve(t, 1)})
	expect(t, err, "")
}

func TestPurgeForgetsPhones(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.code(t, phone, account.ForRegister)
	code := w.code(t, "13800138001", account.ForRegister)
	_, err := w.Register(t.Context(), account.Registration{Site: 1, Phone: "13800138001", Code: other(code)})
	expect(t, err, account.CodeWrong)
	w.clock.advance(24*time.Hour + time.Second)
	n, err := w.Purge(t.Context())
	fatal(t, err)
	// The phone with a failure is remembered.
	if n != 1 || w.count(t, "codes") != 1 {
		t.Errorf("purged %d", n)
	}
}

// TestCaptchaOn: only the chosen operations ask.
func TestCaptchaOn(t *testing.T) {
	t.Parallel()
	w := setup(t)
	p := newPerson(t, w.clock)
	w = on(t, w.pool, w.clock, asking(p.images), func(c *account.Config) { c.CaptchaOn = []account.Operation{account.OnRegister} })
	_, err := w.Register(t.Context(), account.Registration{Site: 1, UserName: "alice", Password: goodPassword})
	expect(t, err, account.CaptchaRequired)
	_, err = w.Login(t.Context(), account.Login{Site: 1, UserName: "alice", Password: goodPassword})
	expect(t, err, account.CredentialsWrong)
	expect(t, w.send(t), "")
}

// TestProofOfWork: the other kind of challenge goes through the same gate.
func TestProofOfWork(t *testing.T) {
	t.Parallel()
	w := setup(t)
	work, err := captcha.NewWork(captcha.WorkConfig{Config: captcha.Config{Secret: make([]byte, 32), Now: w.clock.Now}})
	fatal(t, err)
	w = on(t, w.pool, w.clock, asking(work))
	challenge, err := work.Challenge(t.Context(), captcha.Scope{Site: 1})
	fatal(t, err)
	_, err = w.Login(t.Context(), account.Login{Site: 1, UserName: "alice", Password: goodPassword,
		Proof: account.Proof{CaptchaID: challenge.ID, Captcha: strings.Repeat("00000000", challenge.Puzzles)}})
	expect(t, err, account.CaptchaWrong)
	if w.count(t, "spent_captchas") != 1 {
		t.Error("a wrong proof was not spent")
	}
}
