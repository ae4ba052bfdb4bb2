package credential_test

import (
	"errors"
	"testing"

	"github.com/enroll-project/enroll/internal/credential"
	"github.com/enroll-project/enroll/internal/refusal"
)

// TestResetNeedsOneAddress: an incomplete request is refused before any part of the service is used. The
// service of this test has no parts, so a use would panic. The tests of package account cover what a
// reset does.
func TestResetNeedsOneAddress(t *testing.T) {
	t.Parallel()
	s := credential.New(credential.Config{})
	for want, r := range map[refusal.Reason][]credential.Reset{
		refusal.ResetIncomplete: {{}, {Email: "a@example.com", Phone: "13800138000"}},
		refusal.PhoneNotOffered: {{Phone: "13800138000"}},
		refusal.EmailNotOffered: {{Email: "a@example.com"}},
	} {
		for _, one := range r {
			_, err := s.ResetPassword(t.Context(), one)
			if e := (*refusal.Error)(nil); !errors.As(err, &e) || e.Reason != want {
				t.Errorf("%+v: %v, want %s", one, err, want)
			}
		}
	}
}
