package credential_test

import (
	"errors"
	"testing"

	"github.com/enroll-project/enroll/internal/credential"
	"github.com/enroll-project/enroll/internal/refusal"
)

// TestResetNeedsOneAddress: a request that is not complete is refused before anything else is touched, here
// with nothing there to touch. What a reset does is tested with package account.
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
