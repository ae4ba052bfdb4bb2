package account_test

import (
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"

	"github.com/enroll-project/enroll/internal/account"
	"github.com/enroll-project/enroll/internal/refusal"
)

func TestLoginByPassword(t *testing.T) {
	t.Parallel()
	w := setup(t)
	code := w.code(t, phone, account.ForRegister)
	_, err := w.Register(t.Context(), account.Registration{
		Site: 1, UserName: "Alice", Password: goodPassword, Email: "Alice@example.com", Phone: phone, Code: code,
	})
	fatal(t, err)
	w.clock.advance(time.Hour)
	for name, c := range map[string]struct {
		login account.Login
		want  refusal.Reason
	}{
		"name":             {account.Login{UserName: "ａｌｉｃｅ", Password: goodPassword}, ""},
		"phone":            {account.Login{Phone: "+86 138 0013 8000", Password: goodPassword}, ""},
		"phone as name":    {account.Login{UserName: "+86 138-0013-8000", Password: goodPassword}, ""},
		"link as name":     {account.Login{UserName: "tel:+86-138-0013-8000", Password: goodPassword}, ""},
		"marks as name":    {account.Login{UserName: "\u202a١٣٨٠٠١٣٨٠٠٠\u202c", Password: goodPassword}, ""},
		"unverified email": {account.Login{Email: "alice@example.com", Password: goodPassword}, refusal.CredentialsWrong},
		"wrong password":   {account.Login{UserName: "alice", Password: "myPassword123"}, refusal.CredentialsWrong},
		"nobody":           {account.Login{UserName: "nobody-here", Password: goodPassword}, refusal.CredentialsWrong},
		"impossible name":  {account.Login{UserName: "no body", Password: goodPassword}, refusal.CredentialsWrong},
		"impossible email": {account.Login{Email: "no body", Password: goodPassword}, refusal.CredentialsWrong},
		"impossible phone": {account.Login{Phone: "no body", Password: goodPassword}, refusal.CredentialsWrong},
		"other site":       {account.Login{Site: 2, UserName: "alice", Password: goodPassword}, refusal.CredentialsWrong},
		"control":          {account.Login{UserName: "alice", Password: "a\x00"}, refusal.CredentialsWrong},
		"nothing":          {account.Login{}, refusal.LoginIncomplete},
		"no password":      {account.Login{UserName: "alice"}, refusal.LoginIncomplete},
		"two names":        {account.Login{UserName: "alice", Phone: phone, Password: goodPassword}, refusal.LoginIncomplete},
		"two secrets":      {account.Login{Phone: phone, Password: goodPassword, Code: "123456"}, refusal.LoginIncomplete},
		"code, no phone":   {account.Login{UserName: "alice", Code: "123456"}, refusal.LoginIncomplete},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if c.login.Site == 0 {
				c.login.Site = 1
			}
			got, err := w.Login(t.Context(), c.login)
			expect(t, err, c.want)
			if err == nil && (got.User.UserName != "Alice" || !got.User.LastLoginAt.Equal(w.clock.Now())) {
				t.Errorf("got %q, last login %v", got.User.UserName, got.User.LastLoginAt)
			}
		})
	}
	// A user of a country that is no longer served can still log in.
	german := on(t, w.pool, w.clock, func(c *account.Config) { c.PhoneRegion, c.PhoneCountries = "DE", []string{"DE"} })
	first, err := german.Login(t.Context(), account.Login{Site: 1, Phone: "+8613800138000", Password: goodPassword})
	expect(t, err, "")
	// The parallel tests above run after this login, which has set the time in the row.
	if at := first.User.LastLoginAt; !at.Equal(w.clock.Now()) {
		t.Errorf("the first login is at %v", at)
	}
}

func TestLoginByVerifiedEmail(t *testing.T) {
	t.Parallel()
	w := setup(t)
	_, err := w.Register(t.Context(), account.Registration{Site: 1, UserName: "Alice", Password: goodPassword,
		Email: "Alice@example.com"})
	fatal(t, err)
	w.exec(t, "UPDATE users SET email_verified_at = now()")
	for _, login := range []account.Login{{Email: "ALICE@EXAMPLE.COM"}, {UserName: "ALICE@EXAMPLE.COM"}} {
		login.Site, login.Password = 1, goodPassword
		_, err = w.Login(t.Context(), login)
		expect(t, err, "")
	}
}

// TestTriesOfOneIdentifier: a phone that is sent as a user name is counted as the phone, so that the
// other field gives no further tries.
func TestTriesOfOneIdentifier(t *testing.T) {
	t.Parallel()
	const tries = 6
	w := setup(t, func(c *account.Config) { c.Limits = account.Limits{LoginPerAccount: tries} })
	w.registerAlice(t)
	ways := []account.Login{{Site: 1, Phone: phone}, {Site: 1, UserName: phone}, {Site: 1, UserName: "+86 " + phone}}
	for i := range tries {
		if got := w.tryAs(t, ways[i%len(ways)], "somethingelse"); got != refusal.CredentialsWrong {
			t.Errorf("try %d: %s", i, got)
		}
	}
	if got := w.tryAs(t, ways[0], goodPassword); got != refusal.LoginTooMany {
		t.Errorf("the right password after %d wrong ones: %q", tries, got)
	}
}

func TestLoginByCode(t *testing.T) {
	t.Parallel()
	w := setup(t)
	login := func(code string) error {
		_, err := w.Login(t.Context(), account.Login{Site: 1, Phone: phone, Code: code})
		return err
	}
	expect(t, login("123456"), refusal.CodeExpired)
	// The holder of a phone learns whether it is registered.
	expect(t, login(w.code(t, phone, account.ForLogin)), refusal.PhoneUnregistered)
	w.clock.advance(time.Minute)
	fatal(t, w.registerPhone(t, w.code(t, phone, account.ForRegister)))
	w.clock.advance(time.Minute)
	code := w.code(t, phone, account.ForLogin)
	expect(t, login(other(code)), refusal.CodeWrong)
	expect(t, login(code), "")
	expect(t, login(code), refusal.CodeExpired)
	_, err := w.Login(t.Context(), account.Login{Site: 1, Phone: "13", Code: "123456"})
	expect(t, err, refusal.CodeExpired)
	silent := on(t, w.pool, w.clock, func(c *account.Config) { c.SMS = nil })
	_, err = silent.Login(t.Context(), account.Login{Site: 1, Phone: phone, Code: "123456"})
	expect(t, err, refusal.PhoneNotOffered)
}

func TestDisabledAccount(t *testing.T) {
	t.Parallel()
	w := setup(t)
	got, err := w.Register(t.Context(), account.Registration{Site: 1, UserName: "alice", Password: goodPassword})
	fatal(t, err)
	claims, err := w.tokens.Parse(got.Token)
	fatal(t, err)
	_, err = w.Holder(t.Context(), claims)
	fatal(t, err)
	w.exec(t, "UPDATE users SET status = 0")
	_, err = w.Login(t.Context(), account.Login{Site: 1, UserName: "alice", Password: goodPassword})
	expect(t, err, refusal.AccountDisabled)
	_, err = w.Login(t.Context(), account.Login{Site: 1, UserName: "alice", Password: "somethingelse"})
	expect(t, err, refusal.CredentialsWrong)
	_, err = w.Holder(t.Context(), claims)
	expect(t, err, refusal.AccountDisabled)
	elsewhere, another := claims, claims
	elsewhere.SiteID, another.UserID = 2, claims.UserID+1
	_, err = w.Holder(t.Context(), elsewhere)
	expect(t, err, refusal.TokenInvalid)
	_, err = w.Holder(t.Context(), another)
	expect(t, err, refusal.TokenInvalid)
}

// TestLoginUpgradesHash: an imported bcrypt hash logs in once as it is, and
// is argon2id from then on.
func TestLoginUpgradesHash(t *testing.T) {
	t.Parallel()
	w := setup(t)
	_, err := w.Register(t.Context(), account.Registration{Site: 1, UserName: "alice", Password: goodPassword})
	fatal(t, err)
	old, err := bcrypt.GenerateFromPassword([]byte(goodPassword), bcrypt.MinCost)
	fatal(t, err)
	w.exec(t, "UPDATE users SET password_hash = $1", string(old))
	for range 2 {
		_, err = w.Login(t.Context(), account.Login{Site: 1, UserName: "alice", Password: goodPassword})
		fatal(t, err)
		if w.count(t, "users WHERE password_hash LIKE '$argon2id$%'") != 1 {
			t.Error("the hash was not upgraded")
		}
	}
}

// TestPoisonedHash: a row that asks for 4 GiB is an internal error, not a crash.
func TestPoisonedHash(t *testing.T) {
	t.Parallel()
	w := setup(t)
	_, err := w.Register(t.Context(), account.Registration{Site: 1, UserName: "alice", Password: goodPassword})
	fatal(t, err)
	w.exec(t, "UPDATE users SET password_hash = '$argon2id$v=19$m=4194304,t=2,p=1$"+
		"AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'")
	_, err = w.Login(t.Context(), account.Login{Site: 1, UserName: "alice", Password: goodPassword})
	if err == nil || len(refusals(err)) != 1 || refusals(err)[0][:8] != "internal" {
		t.Errorf("got %v", refusals(err))
	}
}

// TestLoginRedeems: a code that comes back with a login counts for its prefix as
// one that comes back with a registration does.
func TestLoginRedeems(t *testing.T) {
	t.Parallel()
	w := setup(t, func(c *account.Config) { c.Limits.SMSPerPrefix = 1000 })
	fatal(t, w.registerPhone(t, w.code(t, phone, account.ForRegister)))
	w.clock.advance(time.Minute)
	_, err := w.Login(t.Context(), account.Login{Site: 1, Phone: phone, Code: w.code(t, phone, account.ForLogin)})
	fatal(t, err)
	if w.count(t, "budgets WHERE scope = 'sms_prefix' AND used = 2 AND redeemed = 2") != 1 {
		t.Error("the two codes are not counted")
	}
}

// TestLoginAfterTheRulesChanged: a user that registered under earlier rules can log in by an
// identifier that the present rules refuse.
func TestLoginAfterTheRulesChanged(t *testing.T) {
	t.Parallel()
	w := setup(t)
	_, err := w.Register(t.Context(), account.Registration{
		Site: 1, UserName: "zebra", Password: goodPassword, Email: "zebra@example.com",
		Phone: phone, Code: w.code(t, phone, account.ForRegister),
	})
	fatal(t, err)
	w.exec(t, `UPDATE users SET user_name = 'Admin', user_name_key = 'admin', user_name_skeleton = 'admin',
		email = 'a..b@x_y.com', email_key = 'a..b@x_y.com', email_verified_at = now(), phone = '+8614911030512'`)
	for name, login := range map[string]account.Login{
		"a name that is reserved now":        {UserName: "Admin"},
		"an email that is invalid now":       {Email: "A..b@X_Y.com"},
		"a phone that has left the plan now": {Phone: "149 1103 0512"},
	} {
		login.Site, login.Password = 1, goodPassword
		if _, err := w.Login(t.Context(), login); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
