package account_test

import (
	"testing"
	"time"

	"github.com/enroll-project/enroll/internal/account"
)

// TestDisablingEndsTokens: an operator disables a user by hand, and enables it again. The tokens
// from before stay refused by each operation that takes one; a new one is good.
func TestDisablingEndsTokens(t *testing.T) {
	t.Parallel()
	w := setup(t, func(c *account.Config) { c.Mail = &mailbox{} })
	w.clock.advance(time.Since(w.clock.Now())) // the database's clock decides
	in, err := w.Register(t.Context(), account.Registration{
		Site: 1, UserName: "alice", Password: goodPassword, Email: "alice@example.com",
	})
	fatal(t, err)
	issued := w.clock.Now()
	operations := map[string]func(issued time.Time) error{
		"detail": func(issued time.Time) error {
			_, err := w.Detail(t.Context(), 1, in.User.ID, issued)
			return err
		},
		"send": func(issued time.Time) error {
			_, err := w.SendEmailCode(t.Context(), account.EmailCodeRequest{Site: 1, User: in.User.ID, Issued: issued})
			return err
		},
		"verify": func(issued time.Time) error {
			_, err := w.VerifyEmail(t.Context(), account.EmailVerification{
				Site: 1, User: in.User.ID, Issued: issued, Code: "123456",
			})
			return err
		},
	}
	fatal(t, operations["detail"](issued))
	w.exec(t, "UPDATE users SET real_name = 'x'")
	fatal(t, operations["detail"](issued))
	w.exec(t, "UPDATE users SET status = 0")
	for name, operation := range operations {
		if got := reason(operation(issued)); got != account.AccountDisabled {
			t.Errorf("%s, disabled: %q", name, got)
		}
	}
	w.exec(t, "UPDATE users SET status = 1")
	for name, operation := range operations {
		if got := reason(operation(issued)); got != account.TokenInvalid {
			t.Errorf("%s by the old token: %q", name, got)
		}
		if got := reason(operation(issued.Add(time.Hour))); got == account.TokenInvalid {
			t.Errorf("%s by a new token: %q", name, got)
		}
	}
}
