package account_test

import (
	"context"
	"testing"
	"time"

	"github.com/enroll-project/enroll/internal/account"
	"github.com/enroll-project/enroll/internal/refusal"
	"github.com/enroll-project/enroll/test/pgtest"
)

// TestDisabledGetsNoToken: no operation gives a disabled user a token. The answer says
// that the user is disabled only after right credentials. The same request succeeds
// again once the user is enabled.
func TestDisabledGetsNoToken(t *testing.T) {
	t.Parallel()
	w := setup(t)
	const phone2 = "13900139000"
	named := account.Registration{
		Site: 1, UserName: "alice", Password: goodPassword, Email: "alice@example.com",
		Phone: phone, Code: w.code(t, phone, account.ForRegister), IdempotencyKey: "key-1",
	}
	phoned := account.Registration{Site: 1, Phone: phone2, Code: w.code(t, phone2, account.ForRegister),
		IdempotencyKey: "key-2"}
	for _, r := range []account.Registration{named, phoned} {
		_, err := w.Register(t.Context(), r)
		fatal(t, err)
	}
	w.exec(t, "UPDATE users SET status = 0, email_verified_at = CASE WHEN email IS NOT NULL THEN now() END")
	replay := func(r account.Registration) func(string) error {
		return func(password string) error {
			r.Password = password
			_, err := w.Register(t.Context(), r)
			return err
		}
	}
	login := func(l account.Login) func(string) error {
		return func(password string) error {
			if l.Site, l.Password = 1, password; l.Code != "" {
				l.Code = w.code(t, l.Phone, account.ForLogin)
			}
			_, err := w.Login(t.Context(), l)
			return err
		}
	}
	for name, way := range map[string]struct {
		try      func(password string) error
		password string         // the right one
		wrong    refusal.Reason // how a wrong one is answered, where there is one
	}{
		"replay with a password":    {replay(named), goodPassword, refusal.IdempotencyKeyReused},
		"replay without a password": {replay(phoned), "", ""},
		"login by name":             {login(account.Login{UserName: "alice"}), goodPassword, refusal.CredentialsWrong},
		"login by email": {login(account.Login{Email: "alice@example.com"}), goodPassword,
			refusal.CredentialsWrong},
		"login by phone": {login(account.Login{Phone: phone}), goodPassword, refusal.CredentialsWrong},
		"login by code":  {login(account.Login{Phone: phone2, Code: "fresh"}), "", ""},
	} {
		t.Log(name)
		w.clock.advance(time.Minute)
		if way.wrong != "" {
			expect(t, way.try("somethingelse"), way.wrong)
		}
		expect(t, way.try(way.password), refusal.AccountDisabled)
		w.exec(t, "UPDATE users SET status = 1")
		w.clock.advance(time.Minute)
		expect(t, way.try(way.password), "")
		w.exec(t, "UPDATE users SET status = 0")
	}
}

// TestDisabledMeanwhileLogsInNowhere: a user that is disabled while its password is being verified
// gets no token.
func TestDisabledMeanwhileLogsInNowhere(t *testing.T) {
	t.Parallel()
	w := setup(t)
	_, err := w.Register(t.Context(), account.Registration{Site: 1, UserName: "alice", Password: goodPassword})
	fatal(t, err)
	disabling, err := w.pool.Begin(t.Context())
	fatal(t, err)
	defer func() { _ = disabling.Rollback(context.WithoutCancel(t.Context())) }()
	_, err = disabling.Exec(t.Context(), "UPDATE users SET status = 0")
	fatal(t, err)
	loggedIn := pgtest.Blocked(t, w.pool, func() error {
		_, err := w.Login(t.Context(), account.Login{Site: 1, UserName: "alice", Password: goodPassword})
		return err
	})
	fatal(t, disabling.Commit(t.Context()))
	expect(t, loggedIn(), refusal.AccountDisabled)
}
