package account_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/enroll-project/enroll/internal/account"
	"github.com/enroll-project/enroll/internal/address"
	"github.com/enroll-project/enroll/internal/credential"
	"github.com/enroll-project/enroll/internal/refusal"
)

// only limits the methods of a deployment.
func only(methods ...account.Method) func(*account.Config) {
	return func(c *account.Config) { c.Methods = methods }
}

// TestMethodCombinations: each set of methods accepts the registrations of its methods. A refusal names
// the method that is not offered, or the fields that the method of the request lacks.
func TestMethodCombinations(t *testing.T) {
	t.Parallel()
	missing := func(fields ...string) string {
		return "registration_incomplete " + strings.Join(fields, ": required ") + ": required"
	}
	const name, byPhone, byEmail = account.ByUserName, account.ByPhone, account.ByEmail
	for _, c := range []struct {
		methods []account.Method
		fields  string
		want    string // refusals, "" for a user
	}{
		{[]account.Method{byEmail, byPhone}, "user_name password", "user_name: user_name_not_offered"},
		{[]account.Method{byPhone}, "user_name", "user_name: user_name_not_offered"},
		{[]account.Method{byPhone}, "", missing("phone", "code")},
		{[]account.Method{byPhone}, "password email", missing("phone", "code")},
		{[]account.Method{byPhone}, "email code", "email: email_not_offered"},
		{[]account.Method{byPhone}, "phone code password user_name email", ""},
		{[]account.Method{byEmail}, "", missing("email", "code")},
		{[]account.Method{byEmail}, "email password", missing("code")},
		{[]account.Method{byEmail}, "code", missing("email")},
		{[]account.Method{byEmail}, "phone code", "phone: phone_not_offered"},
		{[]account.Method{byEmail}, "phone code email", "phone: phone_not_offered"},
		{[]account.Method{byPhone, byEmail}, "email", missing("code")},
		{[]account.Method{byPhone, byEmail}, "code", missing("phone")},
		{[]account.Method{name}, "user_name password email", ""},
		{[]account.Method{name}, "user_name password phone code", "phone: phone_not_offered"},
		{[]account.Method{name}, "email code", "email: email_not_offered"},
		{[]account.Method{name}, "code", "phone: phone_not_offered"},
		{[]account.Method{name, byEmail}, "password", missing("user_name")},
	} {
		t.Run(string(c.methods[0])+" "+c.fields, func(t *testing.T) {
			t.Parallel()
			m := mailing(t, only(c.methods...))
			has := func(field, value string) string {
				if slices.Contains(strings.Fields(c.fields), field) {
					return value
				}
				return ""
			}
			r := account.Registration{
				Site: 1, UserName: has("user_name", "newuser"), Password: has("password", goodPassword),
				Email: has("email", holdersMail), Phone: has("phone", phone), Code: has("code", "123456"),
			}
			if c.want == "" && r.Code != "" {
				r.Code = m.world.code(t, phone, account.ForRegister)
			}
			_, err := m.Register(t.Context(), r)
			if got := strings.Join(refusals(err), " "); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// TestMethodOff: a method that is switched off sends no code to register with and registers no user. Holders
// that registered by it log in by their password and by a code, reset the password, and prove themselves.
func TestMethodOff(t *testing.T) {
	t.Parallel()
	before := recoverable(t)
	after := &recovery{mails: before.mails, user: before.user}
	after.world = on(t, before.pool, before.clock, func(c *account.Config) { c.Mail = after.mails },
		only(account.ByUserName))
	_, err := after.SendPhoneCode(t.Context(), address.CodeRequest{Site: 1, Phone: phone, Purpose: account.ForRegister})
	expect(t, err, refusal.PhoneNotOffered)
	_, err = after.SendMailCode(t.Context(), address.MailCodeRequest{
		Site: 1, Email: holdersMail, Purpose: account.ForRegister,
	})
	expect(t, err, refusal.EmailNotOffered)
	if sent := after.mails.count(); sent != 0 || len(after.sms.sent) != 0 {
		t.Errorf("%d mails, %d SMS", sent, len(after.sms.sent))
	}
	// A holder also logs in by user name where that method is not offered.
	after.world = on(t, before.pool, before.clock, func(c *account.Config) { c.Mail = after.mails }, only(account.ByEmail))
	if got := after.logsIn(t, goodPassword); got != "" {
		t.Errorf("by user name: %s", got)
	}
	_, err = after.Login(t.Context(), account.Login{Site: 1, Phone: phone, Code: after.code(t, phone, account.ForLogin)})
	fatal(t, err)
	after.clock.advance(time.Minute)
	_, err = after.SendPhoneCode(t.Context(), address.CodeRequest{Site: 1, Phone: phone, Purpose: account.ForReset})
	fatal(t, err)
	after.Close() // such a code is sent after the answer
	fatal(t, after.resetBy(t.Context(), credential.Reset{Phone: phone, Code: after.sms.last(t).Code}))
	if got := after.logsIn(t, newPassword); got != "" {
		t.Errorf("by the new password: %s", got)
	}
}

// TestMethodsNeedSenders: a method without a sender is refused when the service is made, and methods are
// offered in one order.
func TestMethodsNeedSenders(t *testing.T) {
	t.Parallel()
	offers := func(change ...func(*account.Config)) string {
		var names []string
		for _, m := range setup(t, change...).Offers().Methods {
			names = append(names, string(m))
		}
		return strings.Join(names, ",")
	}
	mail := func(c *account.Config) { c.Mail = &mailbag{} }
	for want, change := range map[string][]func(*account.Config){
		"user_name,phone":       nil,
		"user_name":             {func(c *account.Config) { c.SMS = nil }},
		"user_name,phone,email": {mail},
		"user_name,email":       {mail, func(c *account.Config) { c.SMS = nil }},
		"phone,email":           {mail, only(account.ByEmail, account.ByPhone)},
		"email":                 {mail, only(account.ByEmail)},
	} {
		if got := offers(change...); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}
