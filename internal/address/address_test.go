package address_test

import (
	"errors"
	"testing"

	"github.com/enroll-project/enroll/internal/address"
	"github.com/enroll-project/enroll/internal/code"
	"github.com/enroll-project/enroll/internal/identifier"
	"github.com/enroll-project/enroll/internal/refusal"
)

// TestWithoutSenders: a code that cannot be sent is refused before the database is used. The tests of package
// account cover which message is sent to which address.
func TestWithoutSenders(t *testing.T) {
	t.Parallel()
	s := address.New(address.Config{})
	defer s.Close()
	_, bySMS := s.SendPhoneCode(t.Context(), address.CodeRequest{Phone: "13800138000"})
	_, byMail := s.SendMailCode(t.Context(), address.MailCodeRequest{Email: "a@example.com"})
	_, toHolder := s.SendEmailCode(t.Context(), address.EmailCodeRequest{})
	_, verified := s.VerifyEmail(t.Context(), address.EmailVerification{})
	for i, err := range []error{bySMS, byMail, toHolder, verified} {
		want := refusal.EmailNotOffered
		if i == 0 {
			want = refusal.PhoneNotOffered
		}
		if e := (*refusal.Error)(nil); !errors.As(err, &e) || e.Reason != want {
			t.Errorf("%d: %v, want %s", i, err, want)
		}
	}
}

// TestDestinations: a code that is requested without a token is bound to no user, and to its site, channel
// and purpose.
func TestDestinations(t *testing.T) {
	t.Parallel()
	got := address.ToPhone(7, identifier.Phone{E164: "+8613800138000"}, code.ForLogin)
	want := code.Destination{Site: 7, Channel: code.Phone, Address: "+8613800138000", Purpose: code.ForLogin}
	if got != want {
		t.Errorf("by SMS: %+v", got)
	}
	got = address.ToMailbox(7, "a@example.com", code.ForReset)
	want = code.Destination{Site: 7, Channel: code.Email, Address: "a@example.com", Purpose: code.ForReset}
	if got != want {
		t.Errorf("by mail: %+v", got)
	}
}
