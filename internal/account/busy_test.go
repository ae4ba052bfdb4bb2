package account_test

import (
	"context"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/enroll-project/enroll/internal/account"
	"github.com/enroll-project/enroll/internal/admission"
	"github.com/enroll-project/enroll/internal/captcha"
	"github.com/enroll-project/enroll/internal/password"
	"github.com/enroll-project/enroll/internal/refusal"
)

// TestBusySpendsNothing: a request that is refused because all hashers are busy keeps the
// captcha, the code, the key and the tries, and can come back with all of them.
func TestBusySpendsNothing(t *testing.T) {
	t.Parallel()
	hasher, err := password.New(password.Config{
		Params: password.Params{Memory: 64, Passes: 1,
			Threads: 1}, Workers: 1, Queue: 1, MaxWait: time.Hour, Metrics: prometheus.NewRegistry(),
	})
	fatal(t, err)
	w := setup(t, func(c *account.Config) { c.Hasher, c.Limits.LoginPerAccount = hasher, 100 })
	code := w.code(t, "13800138000", account.ForRegister)
	r := account.Registration{
		Site: 1, UserName: "newuser", Password: "MyPassword123", Phone: "13800138000", Code: "000000",
		IdempotencyKey: "key-1",
	}
	if r.Code == code {
		r.Code = "000001"
	}
	free := occupy(t, hasher)
	_, err = w.Register(t.Context(), r)
	if reason(err) != refusal.Busy {
		t.Fatalf("register: %v", err)
	}
	if _, err := w.Login(t.Context(), account.Login{Site: 1, UserName: "nobody",
		Password: "MyPassword123"}); reason(err) != refusal.Busy {
		t.Errorf("login: %v", err)
	}
	for what, n := range map[string]int{
		"wrong tries at the code": w.count(t, "one_time_codes WHERE tries > 0"), "keys": w.count(t, "idempotency_keys"),
		"tries at a password": w.count(t, "login_tries"), "users": w.count(t, "users"),
	} {
		if n != 0 {
			t.Errorf("%s: %d", what, n)
		}
	}
	// A request without a password needs no hasher and is not refused.
	_, err = w.Register(t.Context(), account.Registration{Site: 1, Phone: "13800138000", Code: code,
		IdempotencyKey: "key-2"})
	fatal(t, err)
	_, err = w.Register(t.Context(), account.Registration{Site: 1, Phone: "13800138000", Code: code,
		IdempotencyKey: "key-2"})
	if err != nil {
		t.Errorf("a repetition without a password: %v", err)
	}
	free()
	r.Phone, r.Code = "", ""
	_, err = w.Register(t.Context(), r)
	fatal(t, err)
}

// TestCaptchaIsOpenedBeforeAdmission occupies all hashers: a request whose captcha is missing,
// forged or expired gets the captcha's refusal, not "busy", so the request was not admitted, and it
// leaves nothing in the database. With a good captcha the request is refused as busy, and the
// captcha stays unspent.
func TestCaptchaIsOpenedBeforeAdmission(t *testing.T) {
	t.Parallel()
	hasher, err := password.New(password.Config{
		Params: password.Params{Memory: 64, Passes: 1,
			Threads: 1}, Workers: 1, Queue: 1, MaxWait: time.Hour, Metrics: prometheus.NewRegistry(),
	})
	fatal(t, err)
	w := setup(t)
	w = on(t, w.pool, w.clock, asking(newImages(t, w.clock)), func(c *account.Config) { c.Hasher = hasher })
	attempts := map[string]func(account.Proof) error{
		"register": func(p account.Proof) error {
			_, err := w.Register(t.Context(), account.Registration{Site: 1, UserName: "newuser", Password: goodPassword,
				IdempotencyKey: "key-1", Proof: p})
			return err
		},
		"login": func(p account.Proof) error {
			_, err := w.Login(t.Context(), account.Login{Site: 1, UserName: "nobody", Password: goodPassword, Proof: p})
			return err
		},
	}
	expired := w.solve(t, account.CaptchaRequest{Site: 1})
	w.clock.advance(captcha.DefaultLife)
	free := occupy(t, hasher)
	for name, attempt := range attempts {
		t.Log(name)
		expect(t, attempt(account.Proof{}), refusal.CaptchaRequired)
		expect(t, attempt(account.Proof{CaptchaID: "forged", Captcha: "123456"}), refusal.CaptchaWrong)
		expect(t, attempt(expired), refusal.CaptchaWrong)
	}
	good := w.solve(t, account.CaptchaRequest{Site: 1})
	for name, attempt := range attempts {
		t.Log(name)
		expect(t, attempt(good), refusal.Busy)
	}
	if keys, spent := w.count(t, "idempotency_keys"), w.count(t, "spent_captchas"); keys != 0 || spent != 0 {
		t.Errorf("%d keys and %d spent captchas were written", keys, spent)
	}
	free()
	expect(t, attempts["register"](good), "")
}

// TestRefusalCancelsItsJob: a request that is refused after its admission makes room for others,
// whichever reason the refusal has.
func TestRefusalCancelsItsJob(t *testing.T) {
	t.Parallel()
	hasher, err := password.New(password.Config{
		Params: password.Params{Memory: 64, Passes: 1,
			Threads: 1}, Workers: 1, Queue: 1, MaxWait: time.Hour, Metrics: prometheus.NewRegistry(),
	})
	fatal(t, err)
	w := setup(t, func(c *account.Config) { c.Hasher = hasher })
	w.code(t, "13800138000", account.ForRegister)
	for range 10 {
		for _, r := range []account.Registration{
			{Site: 1, UserName: "newuser", Password: "MyPassword123", Phone: "13800138000", Code: "wrong!"},
			{Site: 1, UserName: "newuser", Password: "MyPassword123", InviteCode: "nobodys"},
			{Site: 1, UserName: "newuser", Password: "short"},
		} {
			if _, err := w.Register(t.Context(), r); err == nil || reason(err) == refusal.Busy {
				t.Fatalf("%+v: %v", r, err)
			}
		}
		if _, err := w.Login(t.Context(), account.Login{Site: 1, UserName: "nobody",
			Password: "MyPassword123"}); reason(err) != refusal.CredentialsWrong {
			t.Fatal(err)
		}
		// This password is refused before it is hashed.
		if _, err := w.Login(t.Context(), account.Login{Site: 1, UserName: "nobody", Password: "a\x00"}); reason(err) !=
			refusal.CredentialsWrong {
			t.Fatal(err)
		}
	}
}

// occupy takes all jobs of both classes, and returns a function that cancels them.
func occupy(t *testing.T, hasher *password.Hasher) (free func()) {
	t.Helper()
	var jobs []*password.Job
	for _, class := range []admission.Class{admission.ForRegistration, admission.ForLogin} {
		for {
			job, err := hasher.Admit(context.Background(), class)
			if err != nil {
				break
			}
			jobs = append(jobs, job)
		}
	}
	return func() {
		for _, job := range jobs {
			job.Cancel()
		}
	}
}
