package main

import (
	"strings"
	"testing"

	"github.com/enroll-project/enroll/test/pgtest"
)

// TestMethodSettings: a method that cannot work with the senders is refused by the setting's name, and so
// is what names no method.
func TestMethodSettings(t *testing.T) {
	t.Parallel()
	const form = "ENROLL_METHODS must be of user_name, phone, email"
	smtp := []string{"ENROLL_SMTP_URL=smtp://mail.example.com", "ENROLL_MAIL_FROM=a@example.com"}
	for _, c := range []struct {
		dev      bool
		settings []string
		want     string // in the error, "" for none
	}{
		{false, []string{"ENROLL_METHODS=user_name"}, ""},
		{false, []string{"ENROLL_METHODS=phone"}, "ENROLL_METHODS has phone, but ENROLL_SMS is not set"},
		{false, []string{"ENROLL_METHODS=user_name,email"}, "ENROLL_METHODS has email, but ENROLL_SMTP_URL is not set"},
		{false, append([]string{"ENROLL_METHODS=email"}, smtp...), ""},
		{true, []string{"ENROLL_METHODS=email,phone"}, ""},
		{true, []string{"ENROLL_METHODS=mail"}, form},
		{true, []string{"ENROLL_METHODS=phone,phone"}, form},
		{true, []string{"ENROLL_METHODS=Phone"}, form},
		{true, []string{"ENROLL_METHODS=phone, email"}, form},
		{true, []string{"ENROLL_METHODS=phone,"}, form},
		{true, []string{"ENROLL_METHODS=,"}, form},
	} {
		_, err := readConfig(c.dev, c.settings)
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: %v", c.settings, err)
		}
	}
}

// TestMethodsInForce: the start says which methods are in force, its command registers by one of them, and the
// page offers no other.
func TestMethodsInForce(t *testing.T) {
	t.Parallel()
	p := start(t, []string{"serve", "--dev"}, "ENROLL_DATABASE_URL="+pgtest.URL(t), "ENROLL_DATA_DIR="+t.TempDir(),
		"ENROLL_METHODS=email,phone")
	if line := p.await(t, `(?m)^  Methods +(.*)$`); line != "phone, email (ENROLL_METHODS)" {
		t.Errorf("methods: %q", line)
	}
	if status, body := p.curl(t); status != 200 || !strings.Contains(body, `"retry_after"`) {
		t.Errorf("the command: %d %s", status, body)
	}
	if a := p.post(t, "/api/register", `{"user_name":"newuser","password":"MyPassword123"}`); a.Reason !=
		"user_name_not_offered" {
		t.Errorf("by user name: %+v", a)
	}
	if _, page := get(t, p.api+"/"); !strings.Contains(page, ` data-methods="phone email"`) {
		t.Errorf("the page: %.200s", page)
	}
}
