package account_test

import (
	"testing"

	"github.com/enroll-project/enroll/internal/account"
	"github.com/enroll-project/enroll/internal/refusal"
)

// TestMinAge: where there is a minimum age, every method refuses a registration without a birthday, and one of a
// younger person. The refusal costs no captcha. A repetition under its key needs the same birthday.
func TestMinAge(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w = on(t, w.pool, w.clock, asking(newImages(t, w.clock)), func(c *account.Config) { c.MinAge = 18 })
	years := func(n int) int64 { return w.clock.Now().AddDate(-n, 0, 0).Unix() }
	proof := w.solve(t, account.CaptchaRequest{Site: 1})
	for name, r := range map[string]account.Registration{
		"user name": {UserName: "alice", Password: goodPassword}, "phone": {Phone: phone, Code: "123456"},
		"phone with a password": {Phone: phone, Code: "123456", Password: goodPassword},
	} {
		t.Log(name)
		r.Site, r.Proof = 1, proof
		_, err := w.Register(t.Context(), r)
		expect(t, err, refusal.RegistrationIncomplete)
		r.Birthday = years(17)
		_, err = w.Register(t.Context(), r)
		expect(t, err, refusal.TooYoung)
	}
	adult := account.Registration{
		Site: 1, UserName: "alice", Password: goodPassword, Birthday: years(18), Proof: proof, IdempotencyKey: "key-1",
	}
	_, err := w.Register(t.Context(), adult)
	fatal(t, err)
	_, err = w.Register(t.Context(), adult)
	fatal(t, err)
	adult.Birthday = years(19)
	_, err = w.Register(t.Context(), adult)
	expect(t, err, refusal.IdempotencyKeyReused)
	if n := w.count(t, "users WHERE birthday IS NULL"); n != 1 {
		t.Errorf("%d users", n)
	}
}
