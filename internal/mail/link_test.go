package mail_test

import (
	"strings"
	"testing"
	"time"

	"github.com/enroll-project/enroll/internal/mail"
)

// TestNoLetterHasALink: programs that follow the links of a mail, such as scanners for viruses, spend no
// code and change nothing, because no mail has a link.
func TestNoLetterHasALink(t *testing.T) {
	t.Parallel()
	p := (&post{plain: true}).start(t)
	s := newSMTP(t, "smtp://"+p.address, mail.SMTPConfig{})
	for _, locale := range []string{"en", "zh-CN"} {
		for _, purpose := range []string{
			mail.ForVerify, mail.ForRegister, mail.ForLogin, mail.ForReset, "change", "another", mail.PasswordChanged,
			"deletion_requested", "deletion_canceled",
		} {
			m := message
			m.Locale, m.Purpose, m.At = locale, purpose, time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
			if err := s.Send(t.Context(), m); err != nil {
				t.Fatal(err)
			}
		}
	}
	letters := p.taken()
	if len(letters) != 18 {
		t.Fatalf("%d letters, want 18", len(letters))
	}
	for _, letter := range letters {
		got := open(t, letter.data)
		for _, sign := range []string{"://", "www.", "<a ", "href", "mailto:"} {
			if strings.Contains(strings.ToLower(got.subject+got.body), sign) {
				t.Errorf("a letter has %q: %s", sign, got.body)
			}
		}
	}
}
