package account_test

import (
	"errors"
	"testing"
	"time"

	"github.com/enroll-project/enroll/internal/account"
	"github.com/enroll-project/enroll/internal/address"
	"github.com/enroll-project/enroll/internal/code"
	"github.com/enroll-project/enroll/internal/credential"
	"github.com/enroll-project/enroll/internal/operator"
	"github.com/enroll-project/enroll/internal/refusal"
)

// Phones that today's plans do not have as mobile numbers: China has no range 149 1 in the metadata, 0755 is
// the prefix of landlines of Shenzhen, as long as mobile numbers, and the United Kingdom is not served. oldEmail has a
// domain that ParseEmail refuses.
const (
	oldRange, oldLandline, oldCountry = "+8614911030512", "+8675583123456", "+447400123456"
	oldEmail                          = "Hans@X_Y.com"
)

// ofYesterday is a deployment that serves China only, with a user that has a phone and an email of earlier rules.
func ofYesterday(t testing.TB, phone string) *recovery {
	t.Helper()
	r := leaver(t, func(c *account.Config) { c.PhoneCountries = []string{"CN"} })
	r.exec(t, "UPDATE users SET phone = $1, email = $2, email_key = lower($2)", phone, oldEmail)
	return r
}

// askSMS requests a code by SMS, waits until it is sent, and returns how many messages there were.
func (r *recovery) askSMS(t testing.TB, phone string, purpose code.Purpose) (code.Sent, int, error) {
	t.Helper()
	before := r.sms.count()
	asked := address.CodeRequest{Site: 1, Phone: phone, Purpose: purpose, Locale: "en"}
	if purpose == account.ForChange {
		asked.By = r.now(t)
	}
	sent, err := r.SendPhoneCode(t.Context(), asked)
	r.Close()
	return sent, r.sms.count() - before, err
}

// TestCodesAfterTheRulesChanged: a holder whose phone the rules of today refuse logs in, resets the password and
// proves a deletion by codes. The message has the country of the phone. A phone that no user has gets the same answer
// and no message. Neither can register.
func TestCodesAfterTheRulesChanged(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		phone, unknown, country string
		refused                 refusal.Reason
	}{
		{oldRange, "+8614911030513", "CN", refusal.PhoneInvalid},
		{oldLandline, "+8675583123457", "CN", refusal.PhoneNotMobile},
		{oldCountry, "+447400123457", "GB", refusal.PhoneCountry},
	} {
		t.Run(c.phone, func(t *testing.T) {
			t.Parallel()
			r := ofYesterday(t, c.phone)
			for _, purpose := range []code.Purpose{account.ForLogin, account.ForReset} {
				known, n, err := r.askSMS(t, c.phone, purpose)
				fatal(t, err)
				if m := r.sms.last(t); n != 1 || m.Phone != c.phone || m.Country != c.country {
					t.Errorf("%s: %d messages, the last to %s in %s", purpose, n, m.Phone, m.Country)
				}
				unknown, n, err := r.askSMS(t, c.unknown, purpose)
				if err != nil || n != 0 || unknown != known {
					t.Errorf("%s of no user: %+v, %d messages, %v, want %+v and none", purpose, unknown, n, err, known)
				}
				typed := r.sms.last(t).Code
				if purpose == account.ForLogin {
					_, err = r.Login(t.Context(), account.Login{Site: 1, Phone: c.phone, Code: typed})
				} else {
					err = r.resetBy(t.Context(), credential.Reset{Phone: c.phone, Code: typed})
				}
				if err != nil {
					t.Errorf("%s by the code: %v", purpose, err)
				}
				r.clock.advance(time.Minute)
			}
			for _, phone := range []string{c.phone, c.unknown} {
				_, _, err := r.askSMS(t, phone, account.ForRegister)
				expect(t, err, c.refused)
			}
			r.proveLeaving(t, c.phone, c.unknown, c.refused)
		})
	}
}

// proveLeaving proves a deletion by a code to the user's own phone. Another phone of earlier rules is refused, because
// it could not become the user's.
func (r *recovery) proveLeaving(t *testing.T, own, other string, refused refusal.Reason) {
	t.Helper()
	in, err := r.Login(t.Context(), account.Login{Site: 1, UserName: "holder", Password: newPassword})
	fatal(t, err)
	r.user = in
	_, n, err := r.askSMS(t, other, account.ForChange)
	expect(t, err, refused)
	_, sent, err := r.askSMS(t, own, account.ForChange)
	fatal(t, err)
	if n != 0 || sent != 1 {
		t.Errorf("for a change %d messages to another phone and %d to the own", n, sent)
	}
	_, err = r.Delete(t.Context(), account.Deletion{By: r.now(t), Code: r.sms.last(t).Code, Locale: "en"})
	fatal(t, err)
}

// TestPremiumPhoneGetsNoCode: a number that is charged at a higher rate or that has no country is refused, also if a
// user has it, so no request pays for a message to one.
func TestPremiumPhoneGetsNoCode(t *testing.T) {
	t.Parallel()
	r := recoverable(t)
	for _, premium := range []string{"+19002345678", "+447012345678", "+881612345678"} {
		r.exec(t, "UPDATE users SET phone = $1", premium) // also if a user had it
		for _, purpose := range []code.Purpose{account.ForLogin, account.ForReset, account.ForChange} {
			_, n, err := r.askSMS(t, premium, purpose)
			expect(t, err, refusal.PhoneNotMobile)
			if n != 0 {
				t.Errorf("%s for %s: %d messages", premium, purpose, n)
			}
		}
	}
}

// TestMistypedAddressIsRefused: a phone or an email that no rules can have accepted is refused before a captcha is
// spent, a message is counted or a code is stored.
func TestMistypedAddressIsRefused(t *testing.T) {
	t.Parallel()
	r := ofYesterday(t, oldRange)
	left := func() [3]int {
		return [3]int{r.count(t, "spent_captchas"), r.count(t, "budgets"), r.count(t, "one_time_codes")}
	}
	before := left()
	for _, purpose := range []code.Purpose{account.ForLogin, account.ForReset} {
		for typed, refused := range map[string]refusal.Reason{
			"1380013800": refusal.PhoneInvalid, "138001380000": refusal.PhoneInvalid, "1234567": refusal.PhoneInvalid,
			"010 1234 5678": refusal.PhoneNotMobile, "+44 7400 12345": refusal.PhoneInvalid, "+1 555 123": refusal.PhoneInvalid,
		} {
			if _, _, err := r.askSMS(t, typed, purpose); reason(err) != refused {
				t.Errorf("%s for %s: %v, want %s", typed, purpose, refusals(err), refused)
			}
		}
		for _, typed := range []string{
			"alice@example", "a b@x.com", "alice@x.com ", "a\tb@x.com", "a\u00a0b@x.com", "alice@@x.com", "alice@.com", "a@com.",
			"alice..b@x.com", "alice,b@x.com", "<alice@x.com", "älice@x.com", "alice@x..com", "a@1.2.3.4",
		} {
			_, err := r.SendMailCode(t.Context(), address.MailCodeRequest{
				Site: 1, Email: typed, Purpose: purpose, Locale: "en",
			})
			if reason(err) != refusal.EmailInvalid {
				t.Errorf("%q for %s: %v", typed, purpose, refusals(err))
			}
		}
	}
	if after := left(); after != before {
		t.Errorf("captchas, counts and codes: %v, before %v", after, before)
	}
}

// TestMailCodesAfterTheRulesChanged: a holder whose email the rules of today refuse logs in, resets the password and
// proves a deletion by codes, and gets notices. The mail goes to the address as the user typed it. An email that no
// user has gets the same answer and no mail.
func TestMailCodesAfterTheRulesChanged(t *testing.T) {
	t.Parallel()
	r := ofYesterday(t, "+86"+phone)
	ask := func(email string, purpose code.Purpose) (code.Sent, int, error) {
		before := r.mails.count()
		sent, err := r.SendMailCode(t.Context(), address.MailCodeRequest{
			Site: 1, Email: email, Purpose: purpose, Locale: "en",
		})
		r.Close()
		return sent, r.mails.count() - before, err
	}
	for _, purpose := range []code.Purpose{account.ForLogin, account.ForReset} {
		known, n, err := ask("hans@x_y.COM", purpose)
		fatal(t, err)
		m := r.mails.last()
		if n != 1 || m.To != "Hans@x_y.com" {
			t.Errorf("%s: %d mails, the last to %s", purpose, n, m.To)
		}
		unknown, n, err := ask("other@x_y.com", purpose)
		if err != nil || n != 0 || unknown != known {
			t.Errorf("%s of no user: %+v, %d mails, %v, want %+v and none", purpose, unknown, n, err, known)
		}
		if purpose == account.ForLogin {
			_, err = r.Login(t.Context(), account.Login{Site: 1, Email: oldEmail, Code: m.Code})
		} else {
			err = r.resetBy(t.Context(), credential.Reset{Email: oldEmail, Code: m.Code})
		}
		if err != nil {
			t.Errorf("%s by the code: %v", purpose, err)
		}
		r.clock.advance(time.Minute)
	}
	_, _, err := ask(oldEmail, account.ForRegister)
	expect(t, err, refusal.EmailInvalid)
	_, _, err = ask("no email", account.ForLogin)
	expect(t, err, refusal.EmailInvalid)
	in, err := r.Login(t.Context(), account.Login{Site: 1, UserName: "holder", Password: newPassword})
	fatal(t, err)
	r.user = in
	_, err = r.Delete(t.Context(), account.Deletion{By: r.now(t), Code: r.changeCode(t), Locale: "en"})
	fatal(t, err)
	r.Close() // waits for the notice of the deletion
	if m := r.mails.last(); m.To != "Hans@x_y.com" || m.Code != "" {
		t.Errorf("the last mail went to %s with a code of %d digits", m.To, len(m.Code))
	}
}

// TestOperatorsAfterTheRulesChanged: operators find such a user by the phone and the email, reset their codes and send
// a code to recover the account. An address that neither today's rules accept nor a code was sent to is mistyped.
func TestOperatorsAfterTheRulesChanged(t *testing.T) {
	t.Parallel()
	r := ofYesterday(t, oldRange)
	office := r.operators(t)
	for _, typed := range []string{"149 1103 0512", oldEmail, "holder"} {
		found, _, err := office.List(t.Context(), operator.Filter{Site: 1, Identifier: typed})
		if err != nil || len(found) != 1 {
			t.Errorf("%s: %d users, %v", typed, len(found), err)
		}
	}
	_, err := r.sendCode(t, code.Email)
	fatal(t, err)
	_, err = r.sendCode(t, code.Phone)
	fatal(t, err)
	if r.mails.last().To != "Hans@x_y.com" || r.sms.last(t).Phone != oldRange {
		t.Errorf("codes to %s and %s", r.mails.last().To, r.sms.last(t).Phone)
	}
	for _, typed := range []string{"149 1103 0512", oldEmail} {
		done, err := office.ResetCodes(t.Context(), support, typed, false)
		if err != nil || done.Codes != 1 || done.Counts == 0 {
			t.Errorf("reset of %s: %+v, %v", typed, done, err)
		}
		entries := r.count(t, "audit_entries")
		_, err = office.ResetCodes(t.Context(), support, typed, false)
		if !errors.Is(err, operator.ErrAddress) || r.count(t, "audit_entries") != entries {
			t.Errorf("second reset of %s: %v", typed, err)
		}
	}
}
