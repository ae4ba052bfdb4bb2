package login

import (
	"strings"
	"testing"

	"github.com/enroll-project/enroll/internal/holder"
	"github.com/enroll-project/enroll/internal/identifier"
	"github.com/enroll-project/enroll/internal/mail"
	"github.com/enroll-project/enroll/internal/refusal"
	"github.com/enroll-project/enroll/internal/sms"
)

// TestLoginNeedsOneIdentifier: an incomplete request is refused before any part of Logins is used, so the test
// needs none. The tests of package account cover the rest of a login.
func TestLoginNeedsOneIdentifier(t *testing.T) {
	t.Parallel()
	neither, bySMS := New(Config{}), New(Config{SMS: struct{ sms.Sender }{}})
	for request, want := range map[Request]string{
		{}:                                       "login_incomplete, user_name: required, password: required",
		{UserName: "alice"}:                      "login_incomplete, password: required",
		{Password: "secret"}:                     "login_incomplete, user_name: required",
		{Phone: "13800138000", Code: "123456"}:   "code: phone_not_offered",
		{UserName: "alice", Code: "123456"}:      "code: phone_not_offered",
		{Email: "a@example.com", Code: "123456"}: "code: email_not_offered",
		{UserName: "alice", Phone: "13800138000", Password: "secret"}:   "login_incomplete",
		{UserName: "alice", Email: "a@example.com", Password: "secret"}: "login_incomplete",
	} {
		if got := refused(neither.Login(t.Context(), request)); got != want {
			t.Errorf("%+v: %q, want %q", request, got, want)
		}
	}
	const want = "login_incomplete, phone: required"
	if got := refused(bySMS.Login(t.Context(), Request{UserName: "alice", Code: "123456"})); got != want {
		t.Errorf("a code without a phone: %q, want %q", got, want)
	}
	byMail := New(Config{Mail: struct{ mail.Sender }{}})
	if err := byMail.completeLogin(Request{Email: "a@example.com", Code: "123456"}); err != nil {
		t.Errorf("a code by mail, without SMS: %v", err)
	}
}

// refused lists the refusals of a login, those about a field with its name.
func refused(_ holder.SignedIn, err error) string {
	var all []string
	for e := range refusal.All(err) {
		text := string(e.Reason)
		if e.Field != "" {
			text = e.Field + ": " + text
		}
		all = append(all, text)
	}
	return strings.Join(all, ", ")
}

// TestCanonical: each spelling of an identifier is counted and looked up as one name.
func TestCanonical(t *testing.T) {
	t.Parallel()
	phones, err := identifier.NewPhoneRules("CN", nil)
	if err != nil {
		t.Fatal(err)
	}
	s := New(Config{Phones: phones})
	for _, c := range []struct {
		request    Request
		kind, name string
	}{
		{Request{UserName: "Ａlice"}, "user_name", "alice"},
		{Request{UserName: "A@Example.com"}, "email", "a@example.com"},
		{Request{UserName: "+86 138-0013-8000"}, "phone", "+8613800138000"},
		{Request{Email: "A@Example.com"}, "email", "a@example.com"},
		{Request{Phone: "138 0013 8000"}, "phone", "+8613800138000"},
		{Request{Email: "no body"}, "", "no body"},
		{Request{Phone: "no body"}, "", "no body"},
	} {
		if kind, name := s.canonical(c.request); kind != c.kind || name != c.name {
			t.Errorf("%+v is %q %q", c.request, kind, name)
		}
	}
}
