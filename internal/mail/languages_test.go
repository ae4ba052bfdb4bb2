package mail_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/enroll-project/enroll/internal/locale"
	"github.com/enroll-project/enroll/internal/mail"
)

// TestLanguages: every language has a letter for every purpose and every state of a deletion, and no two of them have
// the same text. A code stands alone on its line, where programs find it, and not in the subject.
func TestLanguages(t *testing.T) {
	t.Parallel()
	files, err := os.ReadDir("text")
	if err != nil || len(files) != len(locale.All()) {
		t.Errorf("%d files of %d languages, %v", len(files), len(locale.All()), err)
	}
	const (
		code, at, until = "918273", "2026-11-22 12:05 UTC", "2026-12-22 12:05 UTC"
		requested       = mail.DeletionRequested
	)
	later := time.Date(2026, 12, 22, 12, 5, 0, 0, time.UTC)
	seen := map[string]string{}
	for _, tag := range locale.All() {
		for about, c := range map[string]struct {
			m     mail.Message
			signs string // what the text must have
		}{
			"verify":   {mail.Message{Code: code, Purpose: mail.ForVerify, ExpiresIn: 10 * time.Minute}, "10"},
			"register": {mail.Message{Code: code, Purpose: "register", ExpiresIn: 10 * time.Minute}, "10"},
			"login":    {mail.Message{Code: code, Purpose: mail.ForLogin, ExpiresIn: 10 * time.Minute}, "10"},
			"reset":    {mail.Message{Code: code, Purpose: "reset", ExpiresIn: 10 * time.Minute}, "10"},
			"change":   {mail.Message{Code: code, Purpose: "change", ExpiresIn: 10 * time.Minute}, "10"},
			"other":    {mail.Message{Code: code, Purpose: "other", ExpiresIn: 10 * time.Minute}, "10"},
			"seconds":  {mail.Message{Code: code, Purpose: mail.ForLogin, ExpiresIn: 45 * time.Second}, "45"},
			"password": {mail.Message{Purpose: mail.PasswordChanged, At: noticed}, at},
			"phone":    {mail.Message{Purpose: mail.PhoneChanged, At: noticed}, at},
			"email":    {mail.Message{Purpose: mail.EmailChanged, At: noticed}, at},
			"deletion": {mail.Message{Purpose: requested, At: noticed, Until: later}, at + "|" + until},
			"again":    {mail.Message{Purpose: mail.DeletionCanceled, At: noticed, Until: later}, at + "|" + until},
			"stays":    {mail.Message{Purpose: requested, At: noticed}, at},
			"canceled": {mail.Message{Purpose: mail.DeletionCanceled, At: noticed}, at},
			"deleted":  {mail.Message{Purpose: requested, At: noticed, Until: noticed}, at},
		} {
			c.m.Locale = tag
			letter, err := mail.Letters{Name: "Shop"}.Of(c.m, noticed)
			if err != nil {
				t.Fatal(err)
			}
			about := tag + ", " + about
			for sign := range strings.SplitSeq(c.signs, "|") {
				if !strings.Contains(letter.Text, sign) {
					t.Errorf("%s: no %s in\n%s", about, sign, letter.Text)
				}
			}
			switch {
			case c.m.Code != "" && !strings.Contains(letter.Text, "\n\n    "+code+"\n\n"):
				t.Errorf("%s: the code is not alone on its line in\n%s", about, letter.Text)
			case !strings.Contains(letter.Subject, "Shop") || strings.Contains(letter.Subject, code) ||
				strings.Contains(letter.Subject, "\n"):
				t.Errorf("%s: the subject %q", about, letter.Subject)
			case seen[letter.Text] != "":
				t.Errorf("%s has the text of %s:\n%s", about, seen[letter.Text], letter.Text)
			case strings.Contains(letter.Text, "\n\n\n") || strings.ContainsAny(letter.Text, "{}<>"):
				t.Errorf("%s:\n%s", about, letter.Text)
			}
			seen[letter.Text] = about
		}
	}
	if _, err := (mail.Letters{}).Of(mail.Message{Locale: "tlh", Code: code}, noticed); err == nil {
		t.Error("an unknown language has a letter")
	}
}
