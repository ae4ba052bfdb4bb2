package account_test

import (
	"testing"
	"time"

	"github.com/enroll-project/enroll/internal/account"
	"github.com/enroll-project/enroll/internal/address"
	"github.com/enroll-project/enroll/internal/credential"
	"github.com/enroll-project/enroll/internal/refusal"
)

// TestSignupClosed: no method registers, not even with a right code or under the key of an earlier registration,
// and no code to register is sent. Holders log in by their password and by a code, and reset the password.
func TestSignupClosed(t *testing.T) {
	t.Parallel()
	before := recoverable(t)
	byPhone := account.Registration{Site: 1, Phone: "13900139000"}
	byPhone.Code = before.code(t, byPhone.Phone, account.ForRegister)
	byName := account.Registration{Site: 1, UserName: "newcomer", Password: goodPassword, IdempotencyKey: "key-1"}
	_, err := before.Register(t.Context(), byName)
	fatal(t, err)
	closed := &recovery{mails: before.mails, user: before.user}
	closed.world = on(t, before.pool, before.clock, func(c *account.Config) {
		c.Mail, c.Signup = closed.mails, account.SignupClosed
	})
	mailed := closed.mails.count()
	for name, r := range map[string]account.Registration{
		"user name": {Site: 1, UserName: "another", Password: goodPassword}, "phone": byPhone, "repetition": byName,
		"email": {Site: 1, Email: "newcomer@example.com", Code: "123456"}, "nothing": {Site: 1},
	} {
		if _, err := closed.Register(t.Context(), r); reason(err) != refusal.SignupClosed {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err = closed.SendPhoneCode(t.Context(), address.CodeRequest{Site: 1, Phone: phone, Purpose: account.ForRegister})
	expect(t, err, refusal.SignupClosed)
	_, err = closed.SendMailCode(t.Context(), address.MailCodeRequest{
		Site: 1, Email: holdersMail, Purpose: account.ForRegister,
	})
	expect(t, err, refusal.SignupClosed)
	if n := closed.mails.count() - mailed; n != 0 || len(closed.sms.sent) != 0 || closed.count(t, "users") != 2 {
		t.Errorf("%d mails, %d SMS, %d users", n, len(closed.sms.sent), closed.count(t, "users"))
	}
	if got := closed.logsIn(t, goodPassword); got != "" {
		t.Errorf("by user name: %s", got)
	}
	_, err = closed.Login(t.Context(), account.Login{Site: 1, Phone: phone, Code: closed.code(t, phone, account.ForLogin)})
	fatal(t, err)
	closed.clock.advance(time.Minute)
	_, err = closed.SendPhoneCode(t.Context(), address.CodeRequest{Site: 1, Phone: phone, Purpose: account.ForReset})
	fatal(t, err)
	closed.Close() // such a code is sent after the answer
	fatal(t, closed.resetBy(t.Context(), credential.Reset{Phone: phone, Code: closed.sms.last(t).Code}))
	if got := closed.logsIn(t, newPassword); got != "" {
		t.Errorf("by the new password: %s", got)
	}
}

// TestSignupClosedCostsNothing: the refusal needs neither the database nor a hasher, and spends no captcha.
func TestSignupClosedCostsNothing(t *testing.T) {
	t.Parallel()
	w := mailing(t, func(c *account.Config) { c.Signup = account.SignupClosed })
	w.pool.Close()
	_, err := w.Register(t.Context(), account.Registration{Site: 1, UserName: "another", Password: goodPassword})
	expect(t, err, refusal.SignupClosed)
	_, err = w.SendPhoneCode(t.Context(), address.CodeRequest{Site: 1, Phone: phone, Purpose: account.ForRegister})
	expect(t, err, refusal.SignupClosed)
	_, err = w.SendMailCode(t.Context(), address.MailCodeRequest{
		Site: 1, Email: holdersMail, Purpose: account.ForRegister,
	})
	expect(t, err, refusal.SignupClosed)
}
