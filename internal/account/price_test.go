package account_test

import (
	"encoding/hex"
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/enroll-project/enroll/internal/account"
	"github.com/enroll-project/enroll/internal/captcha"
	"github.com/enroll-project/enroll/internal/refusal"
	"github.com/enroll-project/enroll/test/captchatest"
	"github.com/enroll-project/enroll/test/pgtest"
)

// priced is a world whose proofs of work have 8 to 16 bits, and in which a client network
// may leave 100 captchas unsolved.
func priced(t *testing.T, change ...func(*account.Config)) *world {
	t.Helper()
	w := setup(t)
	work, err := captcha.NewWork(captcha.WorkConfig{
		Config: captcha.Config{Secret: make([]byte, 32), Now: w.clock.Now}, MinBits: 8, MaxBits: 16,
	})
	fatal(t, err)
	limits := func(c *account.Config) { c.Limits.CaptchasPerNetwork = 100 }
	return on(t, w.pool, w.clock, append([]func(*account.Config){asking(work), limits}, change...)...)
}

// ask requests n challenges and returns the difficulty of the last one.
func (w *world) ask(t *testing.T, client string, n int) (bits int) {
	t.Helper()
	for range n {
		c, err := w.Captcha(t.Context(), account.CaptchaRequest{Site: 1, Client: netip.MustParseAddr(client)})
		fatal(t, err)
		bits = c.Bits
	}
	return bits
}

// TestUnsolvedChallengesCostTheirNetwork: what a network leaves unsolved makes its own challenges
// harder until they are refused, and has no effect on another network.
func TestUnsolvedChallengesCostTheirNetwork(t *testing.T) {
	t.Parallel()
	w := priced(t)
	const here, near, elsewhere = "192.0.2.1", "192.0.2.200", "198.51.100.1"
	refused := func(client string, wait time.Duration) {
		t.Helper()
		_, err := w.Captcha(t.Context(), account.CaptchaRequest{Site: 1, Client: netip.MustParseAddr(client)})
		expect(t, err, refusal.RateLimited)
		if e := (*refusal.Error)(nil); errors.As(err, &e) && e.RetryAfter != wait {
			t.Errorf("Retry-After %v, want %v", e.RetryAfter, wait)
		}
	}
	for _, step := range []struct{ n, want int }{{5, 8}, {22, 12}, {23, 16}, {50, 16}} {
		if got := w.ask(t, here, step.n); got != step.want {
			t.Errorf("after %d more: %d bits, want %d", step.n, got, step.want)
		}
	}
	refused(near, time.Hour)
	if got := w.ask(t, elsewhere, 1); got != 8 {
		t.Errorf("another network has %d bits", got)
	}
	w.clock.advance(20 * time.Minute)
	refused(here, 40*time.Minute)
	w.clock.advance(40 * time.Minute)
	if got := w.ask(t, here, 1); got != 8 {
		t.Errorf("an hour later: %d bits", got)
	}
	w.clock.advance(time.Hour + time.Second)
	_, err := w.Purge(t.Context())
	fatal(t, err)
	if n := w.count(t, "budgets"); n != 0 {
		t.Errorf("%d counts are kept, want 0", n)
	}
}

// TestSolvedChallengesAreFree: a network that solves its challenges gets the lowest
// difficulty for any number of them. A wrong answer counts as two unsolved challenges.
func TestSolvedChallengesAreFree(t *testing.T) {
	t.Parallel()
	w := priced(t)
	client := netip.MustParseAddr("192.0.2.1")
	answer := func(right bool) int {
		c, err := w.Captcha(t.Context(), account.CaptchaRequest{Site: 1, Client: client})
		fatal(t, err)
		proof := account.Proof{CaptchaID: c.ID, Captcha: strings.Repeat("00000000", c.Puzzles), Client: client}
		want := refusal.CaptchaWrong
		if right {
			proof.Captcha, want = proofOf(t, c), refusal.CredentialsWrong
		}
		_, err = w.Login(t.Context(), account.Login{Site: 1, UserName: "nobody", Password: goodPassword, Proof: proof})
		expect(t, err, want)
		return c.Bits
	}
	for range 120 {
		if bits := answer(true); bits != 8 {
			t.Fatalf("%d bits, want 8", bits)
		}
	}
	unsolved := func() int {
		var n int
		fatal(t, w.pool.QueryRow(t.Context(), "SELECT used - redeemed FROM budgets WHERE scope = 'captcha_subnet'").Scan(&n))
		return n
	}
	if n := unsolved(); n != 0 {
		t.Errorf("%d are unsolved, want 0", n)
	}
	answer(false)
	answer(false)
	if n := unsolved(); n != 4 {
		t.Errorf("two wrong answers count as %d", n)
	}
}

// proofOf solves a proof of work.
func proofOf(t *testing.T, c captcha.Challenge) string {
	t.Helper()
	answer, err := captchatest.Work(hex.EncodeToString(c.Salt), c.Bits, c.Puzzles)
	fatal(t, err)
	return answer
}

// TestChallengesAtOnce: of many requests at once no more are served than may be unsolved.
func TestChallengesAtOnce(t *testing.T) {
	t.Parallel()
	w := priced(t)
	client := netip.MustParseAddr("192.0.2.1")
	ends := atOnce(150, func(int) error {
		_, err := w.Captcha(t.Context(), account.CaptchaRequest{Site: 1, Client: client})
		return err
	})
	if ends[""] != 100 || ends[refusal.RateLimited] != 50 {
		t.Errorf("ends: %v", ends)
	}
}

// TestChallengesOfSubnets: a /48 leaves no more unsolved than four of its /64, and the refused
// requests of a /64 do not count for its /48.
func TestChallengesOfSubnets(t *testing.T) {
	t.Parallel()
	w := priced(t)
	ask := func(client string, n int) (served int) {
		for range n {
			r := account.CaptchaRequest{Site: 1, Client: netip.MustParseAddr(client)}
			if _, err := w.Captcha(t.Context(), r); err == nil {
				served++
			}
		}
		return served
	}
	for i, subnet := range []string{
		"2001:db8:1:1::1", "2001:db8:1:2::1", "2001:db8:1:3::1", "2001:db8:1:4::1", "2001:db8:1:5::1",
	} {
		if got, want := ask(subnet, 130), map[bool]int{true: 100}[i < 4]; got != want {
			t.Errorf("%s: %d were served, want %d", subnet, got, want)
		}
	}
	if ask("2001:db8:2:1::1", 1) != 1 {
		t.Error("another /48 is refused")
	}
}

// TestSoundsCount: a sound counts as four challenges, and clients with a private address
// are not counted.
func TestSoundsCount(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w = on(t, w.pool, w.clock, asking(newImages(t, w.clock)), func(c *account.Config) { c.Limits.CaptchasPerNetwork = 20 })
	for client, want := range map[string]refusal.Reason{"192.0.2.1": refusal.RateLimited, "10.0.0.1": ""} {
		r := account.CaptchaRequest{Site: 1, Client: netip.MustParseAddr(client)}
		proof := w.solve(t, r)
		for range 5 { // 1 and 4 times 5
			_, err := w.SpeakCaptcha(t.Context(), 1, r.Client, proof.CaptchaID, heard(proof), "en")
			expect(t, err, "")
		}
		_, err := w.SpeakCaptcha(t.Context(), 1, r.Client, proof.CaptchaID, heard(proof), "en")
		expect(t, err, want)
		_, err = w.Captcha(t.Context(), r)
		expect(t, err, want)
	}
}

// TestPriceRisesBeforeABudgetEnds: when more than half of the SMS of a day are sent, a
// challenge for an operation that may send an SMS is harder, for all clients. Other
// challenges are not.
func TestPriceRisesBeforeABudgetEnds(t *testing.T) {
	t.Parallel()
	w := priced(t, func(c *account.Config) { c.Limits.SMSTotal = 400 })
	bits := func(op account.Operation) int {
		c, err := w.Captcha(t.Context(), account.CaptchaRequest{Site: 1, Client: netip.MustParseAddr("192.0.2.1"), For: op})
		fatal(t, err)
		return c.Bits
	}
	sends := []account.Operation{account.OnVerifyPhone, account.OnVerifyEmail, account.AnyOperation}
	for _, step := range []struct{ sent, want int }{{0, 8}, {150, 8}, {225, 12}, {299, 16}, {300, 16}, {400, 16}} {
		w.exec(t, `INSERT INTO budgets VALUES ('sms_total_open', '', $1, $2, 0)
			ON CONFLICT ON CONSTRAINT budgets_pk DO UPDATE SET used = $2`, w.clock.Now().Add(time.Hour), step.sent)
		w.exec(t, "DELETE FROM budgets WHERE scope = 'captcha_subnet'")
		for _, op := range sends {
			if got := bits(op); got != step.want {
				t.Errorf("%d sent, for %q: %d bits, want %d", step.sent, op, got, step.want)
			}
		}
		for _, op := range []account.Operation{account.OnRegister, account.OnLogin} {
			if got := bits(op); got != 8 {
				t.Errorf("%d sent, for %q: %d bits", step.sent, op, got)
			}
		}
	}
	w.clock.advance(time.Hour)
	if got := bits(account.OnVerifyPhone); got != 8 {
		t.Errorf("in the next window: %d bits", got)
	}
}

// TestChallengeIsCountedFirst: a challenge that cannot be counted is not made.
func TestChallengeIsCountedFirst(t *testing.T) {
	t.Parallel()
	c := &clock{now: time.Now().UTC()}
	w := on(t, pgtest.Fresh(t), c, asking(newImages(t, c)), func(c *account.Config) { c.Limits.CaptchasPerNetwork = 100 })
	w.exec(t, "ALTER TABLE budgets ADD CONSTRAINT none CHECK (scope NOT LIKE 'captcha%') NOT VALID")
	got, err := w.Captcha(t.Context(), account.CaptchaRequest{Site: 1, Client: netip.MustParseAddr("192.0.2.1")})
	if err == nil || got.ID != "" {
		t.Errorf("got %q, %v", got.ID, err)
	}
}
