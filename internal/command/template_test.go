package command

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/enroll-project/enroll/internal/locale"
	"github.com/enroll-project/enroll/internal/wording"
)

// TestTemplateShow: the command shows every message in every language without a database: the words of the example in
// deploy/templates, and the built-in ones.
func TestTemplateShow(t *testing.T) {
	t.Parallel()
	environ := []string{"ENROLL_TEMPLATES=../../deploy/templates", "ENROLL_SITES=1,2", "ENROLL_SMS_NAME=Shop",
		"ENROLL_SMTP_URL=smtps://mail.example.com", "ENROLL_MAIL_FROM=Shop <noreply@example.com>",
		"ENROLL_SMS_AUTOFILL_HOST=account.example.com"}
	for _, tag := range locale.All() {
		var out bytes.Buffer
		if err := run(t.Context(), []string{"template", "show", "--json", "--locale", tag}, environ, &out); err != nil {
			t.Fatal(err)
		}
		var all []shownMessage
		if err := json.Unmarshal(out.Bytes(), &all); err != nil || len(all) != len(wording.Names()) {
			t.Fatalf("%s: %d messages, %v", tag, len(all), err)
		}
		for _, m := range all {
			sms, call := strings.HasPrefix(m.Name, "sms-"), wording.IsSpoken(m.Name)
			if m.Locale != tag || m.Site != 1 || m.Text == "" || sms != (m.Segments > 0) ||
				(sms || call) != (m.Subject == "") || (sms || call) != (m.HTML == "") || strings.Contains(m.Text, "{") {
				t.Errorf("%+v", m)
			}
			// The digits of a call stand apart.
			if (wording.HasCode(m.Name) && !call) != strings.Contains(m.Text, sampleCode) {
				t.Errorf("%s, %s: %s", tag, m.Name, m.Text)
			}
		}
	}
	for _, c := range []struct{ args, want string }{
		{"sms-login --locale en", "== sms-login (en/sms-login.txt, "},
		{"sms-reset --locale en --site 2",
			"Second Shop: 123456 is your code, for 10 minutes.\n\n@account.example.com #123456\n"},
		{"sms-reset --locale en", "Shop: 123456 is your code. It is good for 10 minutes."},
		{"voice-login --locale en", "== voice-login (built in)\nThis is Shop. Your code to log in is: 1, 2, 3, 4, 5, 6. Do"},
		{"sms-phone-changed", "== sms-phone-changed (built in, "},
		{"mail-login --locale en", "Subject: Shop: your code\n\nHello,"},
		{"mail-deleted --locale en", "Subject: [Shop] Your account was deleted"},
		{"mail-deletion-requested --locale en", "Subject: [Shop] Your account will be deleted"},
		{"mail-deletion-canceled --locale en", "Subject: [Shop] Your account will not be deleted"},
	} {
		var out bytes.Buffer
		err := run(t.Context(), append([]string{"template", "show"}, strings.Fields(c.args)...), environ, &out)
		if err != nil || !strings.Contains(out.String(), c.want) {
			t.Errorf("%s: %v\n%s", c.args, err, &out)
		}
	}
}

// TestTemplateShowRefuses: an unknown message, language or site is refused. A mistake in a file is found without
// a start of the service. The error names the file within the folder, and not the folder, which is a setting.
func TestTemplateShowRefuses(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	if err := os.MkdirAll(filepath.Join(folder, "en"), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"sms-code.txt": "no", "mail-code.txt": "{cod} {code}"} {
		if err := os.WriteFile(filepath.Join(folder, "en", name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct{ args, environ, want string }{
		{"--locale xx", "", "--locale is one of"},
		{"--site 9", "", "--site 9: "},
		{"fly", "", `there is no message "fly"`},
		{"", "ENROLL_TEMPLATES=" + folder, "\nENROLL_TEMPLATES: en/sms-code.txt:1: {code} is missing"},
		{"", "ENROLL_TEMPLATES=" + folder, "template: ENROLL_TEMPLATES: en/mail-code.txt:1: {cod} "},
		{"", "ENROLL_TEMPLATES=" + folder + "/none", "ENROLL_TEMPLATES: .: no such file"},
		{"", "ENROLL_SMS_AUTOFILL_HOST=https://a.example", "ENROLL_SMS_AUTOFILL_HOST must be a host"},
		{"", "ENROLL_SMS_ANDROID_HASH=short", "ENROLL_SMS_ANDROID_HASH must be the 11 characters"},
	} {
		var out bytes.Buffer
		err := run(t.Context(), append([]string{"template", "show"}, strings.Fields(c.args)...), []string{c.environ}, &out)
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), folder) {
			t.Errorf("%q %.20s: %v", c.args, c.environ, err)
		}
	}
}

// TestTemplatesPage plays docs/templates.md: its commands run, each file of its folder can be one, and the ids are
// accepted.
func TestTemplatesPage(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/templates.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := strings.Split(string(page), "```")
	if len(blocks) != 7 {
		t.Fatalf("%d blocks, want 3", len(blocks)/2)
	}
	folder := t.TempDir()
	write := func(name, text string) {
		name = filepath.Join(folder, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for line := range strings.Lines(blocks[3]) {
		switch name := strings.Fields(line + " -")[0]; {
		case strings.HasSuffix(name, ".subject.txt"):
			write(name, "A subject")
		case strings.HasSuffix(name, ".txt"), strings.HasSuffix(name, ".html"):
			write(name, "{code}")
		case strings.HasSuffix(name, ".ids"):
			write(name, blocks[5])
		}
	}
	ran := 0
	for line := range strings.Lines(blocks[1]) {
		line, _, _ = strings.Cut(line, "#")
		words := strings.Fields(line)
		if len(words) < 2 || words[0] != "enroll" {
			continue
		}
		ran++
		var out bytes.Buffer
		err := run(t.Context(), words[1:], []string{"ENROLL_TEMPLATES=" + folder, "ENROLL_SITES=1,2"}, &out)
		if err != nil || !strings.Contains(out.String(), sampleCode) {
			t.Errorf("%s: %v\n%s", line, err, &out)
		}
	}
	if ran != 2 {
		t.Errorf("%d commands ran, want 2", ran)
	}
}
