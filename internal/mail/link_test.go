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
		for _, kind := range []struct {
			purpose string
			until   time.Time
		}{
			{purpose: mail.ForVerify}, {purpose: mail.ForRegister}, {purpose: mail.ForLogin}, {purpose: mail.ForReset},
			{purpose: mail.ForChange}, {purpose: "another"},
			{purpose: mail.PasswordChanged}, {purpose: mail.PhoneChanged}, {purpose: mail.EmailChanged},
			{purpose: mail.DeletionRequested}, {mail.DeletionRequested, noticed}, // canceled since; at once
			{mail.DeletionRequested, noticed.Add(time.Hour)}, {purpose: mail.DeletionCanceled},
		} {
			m := message
			m.Locale, m.Purpose, m.At, m.Until = locale, kind.purpose, noticed, kind.until
			if err := s.Send(t.Context(), m); err != nil {
				t.Fatal(err)
			}
		}
	}
	letters := p.taken()
	if len(letters) != 26 {
		t.Fatalf("%d letters, want 26", len(letters))
	}
	for _, letter := range letters {
		got := open(t, letter.data)
		for _, sign := range []string{"://", "www.", "<a ", "href", "mailto:"} {
			if strings.Contains(strings.ToLower(got.subject+got.body+got.html), sign) {
				t.Errorf("a letter has %q: %s", sign, got.body)
			}
		}
	}
}
