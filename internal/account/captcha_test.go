package account_test

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/enroll-project/enroll/internal/account"
	"github.com/enroll-project/enroll/internal/address"
	"github.com/enroll-project/enroll/internal/captcha"
	"github.com/enroll-project/enroll/internal/refusal"
	"github.com/enroll-project/enroll/test/captchatest"
)

// newImages is a provider whose challenges solve can open.
func newImages(t testing.TB, c *clock) *captcha.Images {
	t.Helper()
	images, err := captcha.NewImages(captcha.Config{Secret: make([]byte, 32), Now: c.Now, SoundBits: captcha.LeastBits})
	fatal(t, err)
	return images
}

// solve requests a captcha and reads its answer by the secret, as only a test can.
func (w *world) solve(t testing.TB, r account.CaptchaRequest) account.Proof {
	t.Helper()
	challenge, err := w.Captcha(t.Context(), r)
	fatal(t, err)
	answer, err := captchatest.Answer(make([]byte, 32), challenge.ID)
	fatal(t, err)
	return account.Proof{CaptchaID: challenge.ID, Captcha: answer, Client: r.Client}
}

// asking returns a change of the configuration by which every operation requires a captcha.
func asking(p captcha.Provider) func(*account.Config) {
	return func(c *account.Config) {
		c.Captchas = p
		c.CaptchaOn = account.Operations()
	}
}

func TestCaptcha(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w = on(t, w.pool, w.clock, asking(newImages(t, w.clock)))
	login := func(proof account.Proof) error {
		_, err := w.Login(t.Context(), account.Login{Site: 1, UserName: "nobody", Password: goodPassword, Proof: proof})
		return err
	}
	expect(t, login(account.Proof{}), refusal.CaptchaRequired)
	good := w.solve(t, account.CaptchaRequest{Site: 1})
	expect(t, login(account.Proof{CaptchaID: good.CaptchaID}), refusal.CaptchaRequired)
	expect(t, login(account.Proof{CaptchaID: "captcha123", Captcha: "abcd"}), refusal.CaptchaWrong)

	// A wrong answer spends the captcha, so the right one comes too late.
	expect(t, login(account.Proof{CaptchaID: good.CaptchaID, Captcha: other(good.Captcha)}), refusal.CaptchaWrong)
	expect(t, login(good), refusal.CaptchaWrong)

	// Many requests at once have the right answer. Only one of them passes.
	good = w.solve(t, account.CaptchaRequest{Site: 1})
	ends := atOnce(32, func(int) error { return login(good) })
	if ends[refusal.CredentialsWrong] != 1 || ends[refusal.CaptchaWrong] != 31 {
		t.Errorf("ends: %v", ends)
	}

	expect(t, login(w.solve(t, account.CaptchaRequest{Site: 2})), refusal.CaptchaWrong)
	late := w.solve(t, account.CaptchaRequest{Site: 1})
	w.clock.advance(captcha.DefaultLife)
	expect(t, login(late), refusal.CaptchaWrong)

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

// TestCaptchaGuardsEachDoor: a request without a right captcha sends no message and shows no taken name.
func TestCaptchaGuardsEachDoor(t *testing.T) {
	t.Parallel()
	w := setup(t)
	_, err := w.Register(t.Context(), account.Registration{Site: 1, UserName: "taken", Password: goodPassword})
	fatal(t, err)
	w = on(t, w.pool, w.clock, asking(newImages(t, w.clock)))
	_, err = w.Register(t.Context(), account.Registration{Site: 1, UserName: "taken", Password: goodPassword})
	expect(t, err, refusal.CaptchaRequired)
	_, err = w.SendPhoneCode(t.Context(), address.CodeRequest{Site: 1, Phone: phone, Purpose: account.ForRegister})
	expect(t, err, refusal.CaptchaRequired)
	_, err = w.Register(t.Context(), account.Registration{Site: 1, UserName: "taken", Password: goodPassword,
		Proof: w.solve(t, account.CaptchaRequest{Site: 1})})
	expect(t, err, refusal.UserNameTaken)
	_, err = w.SendPhoneCode(t.Context(), address.CodeRequest{Site: 1, Phone: phone, Purpose: account.ForRegister,
		Proof: w.solve(t, account.CaptchaRequest{Site: 1})})
	expect(t, err, "")
}

func TestPurgeForgetsPhones(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.code(t, phone, account.ForRegister)
	code := w.code(t, "13800138001", account.ForRegister)
	_, err := w.Register(t.Context(), account.Registration{Site: 1, Phone: "13800138001", Code: other(code)})
	expect(t, err, refusal.CodeWrong)
	w.clock.advance(24*time.Hour + time.Second)
	_, err = w.Purge(t.Context())
	fatal(t, err)
	// The failure is counted, but the phone is not stored.
	if w.count(t, "one_time_codes") != 0 || w.count(t, "budgets WHERE scope = 'address_failures'") != 1 {
		t.Error("a code is left, or no failure is")
	}
}

// TestCaptchaOn: only the operations of the setting require a captcha.
func TestCaptchaOn(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w = on(t, w.pool, w.clock, asking(newImages(t, w.clock)),
		func(c *account.Config) { c.CaptchaOn = []account.Operation{account.OnRegister} })
	_, err := w.Register(t.Context(), account.Registration{Site: 1, UserName: "alice", Password: goodPassword})
	expect(t, err, refusal.CaptchaRequired)
	_, err = w.Login(t.Context(), account.Login{Site: 1, UserName: "alice", Password: goodPassword})
	expect(t, err, refusal.CredentialsWrong)
	expect(t, w.send(t), "")
}

// TestProofOfWork: a proof of work is required and spent like an image.
func TestProofOfWork(t *testing.T) {
	t.Parallel()
	w := setup(t)
	work, err := captcha.NewWork(captcha.WorkConfig{Config: captcha.Config{Secret: make([]byte, 32), Now: w.clock.Now}})
	fatal(t, err)
	w = on(t, w.pool, w.clock, asking(work))
	challenge, err := w.Captcha(t.Context(), account.CaptchaRequest{Site: 1})
	fatal(t, err)
	_, err = w.Login(t.Context(), account.Login{Site: 1, UserName: "alice", Password: goodPassword,
		Proof: account.Proof{CaptchaID: challenge.ID, Captcha: strings.Repeat("00000000", challenge.Puzzles)}})
	expect(t, err, refusal.CaptchaWrong)
	if w.count(t, "spent_captchas") != 1 {
		t.Error("a wrong proof was not spent")
	}
}

// TestCaptchaBinding: an answer that was solved in another network, or for another
// operation, is refused. The refusal does not spend the challenge.
func TestCaptchaBinding(t *testing.T) {
	t.Parallel()
	w := setup(t)
	images := newImages(t, w.clock)
	w = on(t, w.pool, w.clock, asking(images),
		func(c *account.Config) { c.CaptchaNetwork = account.CaptchaNetwork{IPv4: 24, IPv6: 64} })
	off := on(t, w.pool, w.clock, asking(images))
	for name, c := range map[string]struct {
		in              *world
		asked, answered string
		operation       account.Operation
		want            refusal.Reason
	}{
		"same address":                    {w, "192.0.2.1", "192.0.2.1", "", ""},
		"same /24":                        {w, "192.0.2.1", "192.0.2.254", "", ""},
		"another /24":                     {w, "192.0.2.1", "192.0.3.1", "", refusal.CaptchaWrong},
		"same /64":                        {w, "2001:db8:1:2::1", "2001:db8:1:2:ffff::1", "", ""},
		"another /64":                     {w, "2001:db8:1:2::1", "2001:db8:1:3::1", "", refusal.CaptchaWrong},
		"IPv4, then the same as IPv6":     {w, "192.0.2.1", "::ffff:192.0.2.2", "", ""},
		"IPv6, then IPv4":                 {w, "2001:db8:1:2::1", "192.0.2.1", "", refusal.CaptchaWrong},
		"private, then another private":   {w, "10.0.1.1", "10.9.9.9", "", ""},
		"private IPv6, then private IPv4": {w, "fd00:1::1", "172.16.0.1", "", ""},
		"loopback IPv4, then IPv6":        {w, "127.0.0.1", "::1", "", ""},
		"shared address space":            {w, "100.64.0.1", "100.127.9.9", "", ""},
		"no address at all":               {w, "", "", "", ""},
		"private, then public":            {w, "10.0.1.1", "192.0.2.1", "", refusal.CaptchaWrong},
		"captchas for all networks":       {off, "192.0.2.1", "203.0.113.1", "", ""},
		"for this operation":              {w, "192.0.2.1", "192.0.2.1", account.OnLogin, ""},
		"for this operation, another /24": {w, "192.0.2.1", "192.0.3.1", account.OnLogin, refusal.CaptchaWrong},
		"for another operation":           {w, "192.0.2.1", "192.0.2.1", account.OnRegister, refusal.CaptchaWrong},
		"all networks, another operation": {off, "192.0.2.1", "192.0.2.1", account.OnVerifyPhone, refusal.CaptchaWrong},
	} {
		address := func(text string) netip.Addr { a, _ := netip.ParseAddr(text); return a }
		proof := c.in.solve(t, account.CaptchaRequest{Site: 1, Client: address(c.asked), For: c.operation})
		proof.Client = address(c.answered)
		if c.want == "" {
			c.want = refusal.CredentialsWrong // the captcha was accepted, and the login failed only by its password
		}
		_, err := c.in.Login(t.Context(), account.Login{Site: 1, UserName: "nobody", Password: goodPassword, Proof: proof})
		if got := reason(err); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

// heard is the proof of work for the sound of a captcha of newImages.
func heard(p account.Proof) string { return captchatest.SoundProof(p.CaptchaID, captcha.LeastBits) }

// TestCaptchaSpoken: a captcha for any operation is spoken by its id, in the network for
// which it is valid, and stays valid.
func TestCaptchaSpoken(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w = on(t, w.pool, w.clock, asking(newImages(t, w.clock)),
		func(c *account.Config) { c.CaptchaNetwork = account.CaptchaNetwork{IPv4: 24, IPv6: 64} })
	here, elsewhere := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("203.0.113.1")
	for _, op := range append(account.Operations(), account.AnyOperation) {
		proof := w.solve(t, account.CaptchaRequest{Site: 1, Client: here, For: op})
		wave, err := w.SpeakCaptcha(t.Context(), 1, here, proof.CaptchaID, heard(proof), "en")
		if err != nil || len(wave) < 10_000 {
			t.Errorf("for %q: %d bytes, %v", op, len(wave), err)
		}
		_, err = w.SpeakCaptcha(t.Context(), 1, elsewhere, proof.CaptchaID, heard(proof), "en")
		expect(t, err, refusal.CaptchaWrong)
		_, err = w.SpeakCaptcha(t.Context(), 1, here, proof.CaptchaID, "", "en")
		expect(t, err, refusal.CaptchaWrong)
		_, err = w.SpeakCaptcha(t.Context(), 2, here, proof.CaptchaID, heard(proof), "en")
		expect(t, err, refusal.CaptchaWrong)
		if op == account.OnLogin {
			_, err = w.Login(t.Context(), account.Login{Site: 1, UserName: "nobody", Password: goodPassword, Proof: proof})
			expect(t, err, refusal.CredentialsWrong)
		}
	}
	if n := w.count(t, "spent_captchas"); n != 1 {
		t.Errorf("%d captchas are spent, want 1", n)
	}
	late := w.solve(t, account.CaptchaRequest{Site: 1, Client: here})
	w.clock.advance(captcha.DefaultLife)
	_, err := w.SpeakCaptcha(t.Context(), 1, here, late.CaptchaID, heard(late), "en")
	expect(t, err, refusal.CaptchaWrong)
}
