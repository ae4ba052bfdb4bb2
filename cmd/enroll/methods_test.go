package main

import (
	"strings"
	"testing"

	"github.com/enroll-project/enroll/test/pgtest"
)

// TestMethodsInForce: the start says which methods are in force, its command registers by one of them, and the
// page offers no other. The page and the answer of getSettings agree.
func TestMethodsInForce(t *testing.T) {
	t.Parallel()
	p := start(t, []string{"serve", "--dev"}, "ENROLL_DATABASE_URL="+pgtest.URL(t), "ENROLL_DATA_DIR="+t.TempDir(),
		"ENROLL_METHODS=email,phone", "ENROLL_PASSWORD_MIN_LENGTH=15", "ENROLL_HTTP_STATUS=always-200")
	if line := p.await(t, `(?m)^  Methods +(.*)$`); line != "phone, email (ENROLL_METHODS)" {
		t.Errorf("methods: %q", line)
	}
	if line := p.await(t, `(?m)^  Statuses +(.*)$`); line !=
		"200 for refusals under /api too (ENROLL_HTTP_STATUS=always-200)" {
		t.Errorf("statuses: %q", line)
	}
	if status, body := p.curl(t, ""); status != 200 || !strings.Contains(body, `"retry_after"`) {
		t.Errorf("the command: %d %s", status, body)
	}
	if a := p.post(t, "/api/register", `{"user_name":"newuser","password":"MyPassword123"}`); a.Reason !=
		"user_name_not_offered" {
		t.Errorf("by user name: %+v", a)
	}
	if _, page := get(t, p.api+"/"); !strings.Contains(page, ` data-password-min="15" data-phone="on" data-voice="off" `+
		`data-email="on" data-signup="open" data-methods="phone email"`) {
		t.Errorf("the page: %.200s", page)
	}
	_, settings := get(t, p.api+"/api/settings")
	for _, want := range []string{`"register_methods":["phone","email"]`, `"password_min_length":15`,
		`"reset_methods":["phone","email"]`} {
		if !strings.Contains(settings, want) {
			t.Errorf("the settings have no %s: %s", want, settings)
		}
	}
}
