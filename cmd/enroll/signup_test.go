package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/enroll-project/enroll/test/pgtest"
)

// TestSignupClosed: the start says that sign-up is closed, the page and the settings agree, a registration is
// refused, and an operator still creates a user, who logs in.
func TestSignupClosed(t *testing.T) {
	t.Parallel()
	environ := append(production(t), "ENROLL_DATABASE_URL="+pgtest.URL(t), "ENROLL_DB_CHECK=warn", "ENROLL_CAPTCHA=off",
		"ENROLL_PAGE=on", "ENROLL_SIGNUP=closed")
	p := start(t, []string{"serve"}, environ...)
	if line := p.await(t, `("signup":"[a-z]*","methods":"[^"]*")`); line != `"signup":"closed","methods":""` {
		t.Errorf("the log: %s", line)
	}
	const user = `{"user_name":"newuser","password":"MyPassword123"}`
	if a := p.post(t, "/api/register", user); a.Reason != "signup_closed" {
		t.Errorf("a registration: %+v", a)
	}
	if _, page := get(t, p.api+"/"); !strings.Contains(page, ` data-signup="closed" data-methods=""`) {
		t.Errorf("the page: %.300s", page)
	}
	if _, settings := get(t, p.api+"/api/settings"); !strings.Contains(settings, `"signup":"closed"`) {
		t.Errorf("the settings: %s", settings)
	}
	file := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(file, []byte("MyPassword123\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	create := []string{"user", "create", "--user-name", "newuser", "--password-file", file}
	if err := run(t.Context(), create, environ, &out); err != nil {
		t.Fatalf("%v: %s", err, &out)
	}
	if a := p.post(t, "/api/login", user); a.Status != 200 {
		t.Errorf("a login: %+v", a)
	}
}

// TestBannerOfClosedSignup: with --dev the start prints no command that would be refused.
func TestBannerOfClosedSignup(t *testing.T) {
	t.Parallel()
	p := start(t, []string{"serve", "--dev"}, "ENROLL_DATABASE_URL="+pgtest.URL(t), "ENROLL_DATA_DIR="+t.TempDir(),
		"ENROLL_SIGNUP=closed")
	if line := p.await(t, `(?m)^  Methods +(.*)$`); line != "none, sign-up is closed (ENROLL_SIGNUP)" {
		t.Errorf("methods: %q", line)
	}
	p.await(t, `(?m)^(Sign-up is closed .*)$`)
}

// TestBannerOfInvitations: with --dev the start says what a registration needs, and prints no command that lacks it.
func TestBannerOfInvitations(t *testing.T) {
	t.Parallel()
	p := start(t, []string{"serve", "--dev"}, "ENROLL_DATABASE_URL="+pgtest.URL(t), "ENROLL_DATA_DIR="+t.TempDir(),
		"ENROLL_SIGNUP=invite")
	if line := p.await(t, `(?m)^  Methods +(.*)$`); !strings.HasSuffix(line, ", with an invitation (ENROLL_SIGNUP)") {
		t.Errorf("methods: %q", line)
	}
	p.await(t, `(?m)^(Sign-up is by invitation .*)$`)
}

// TestBannerOfApproval: with --dev the start says that an operator has to approve each registration.
func TestBannerOfApproval(t *testing.T) {
	t.Parallel()
	p := start(t, []string{"serve", "--dev"}, "ENROLL_DATABASE_URL="+pgtest.URL(t), "ENROLL_DATA_DIR="+t.TempDir(),
		"ENROLL_SIGNUP=approval")
	line := p.await(t, `(?m)^  Methods +(.*)$`)
	if !strings.HasSuffix(line, ", then an operator approves (ENROLL_SIGNUP)") {
		t.Errorf("methods: %q", line)
	}
}

// TestMinAge: the page and the settings have the minimum age, the printed command sends a birthday, and the service
// refuses a child.
func TestMinAge(t *testing.T) {
	t.Parallel()
	p := start(t, []string{"serve", "--dev"}, "ENROLL_DATABASE_URL="+pgtest.URL(t), "ENROLL_DATA_DIR="+t.TempDir(),
		"ENROLL_MIN_AGE=18")
	if line := p.await(t, `(?m)^  curl .* -d '(.*)'$`); !strings.Contains(line, `,"birthday":`) {
		t.Errorf("the command sends %s", line)
	} else if a := p.post(t, "/api/register", line); a.Status != 200 {
		t.Errorf("the command: %+v", a)
	}
	if _, page := get(t, p.api+"/"); !strings.Contains(page, ` data-min-age="18"`) {
		t.Errorf("the page: %.300s", page)
	}
	if _, settings := get(t, p.api+"/api/settings"); !strings.Contains(settings, `"min_age":18`) {
		t.Errorf("the settings: %s", settings)
	}
	child := `{"user_name":"child","password":"MyPassword123","birthday":1700000000}`
	if a := p.post(t, "/api/register", child); a.Status != 422 || a.Reason != "too_young" {
		t.Errorf("a child: %+v", a)
	}
}

// TestTerms: the page and the settings have the terms, the printed command accepts them, and the service refuses a
// registration that does not.
func TestTerms(t *testing.T) {
	t.Parallel()
	p := start(t, []string{"serve", "--dev"}, "ENROLL_DATABASE_URL="+pgtest.URL(t), "ENROLL_DATA_DIR="+t.TempDir(),
		"ENROLL_TERMS=2026-11", "ENROLL_TERMS_URL=https://example.com/terms?lang={lang}")
	if line := p.await(t, `(?m)^  curl .* -d '(.*)'$`); !strings.Contains(line, `,"accepted_terms":"2026-11"`) {
		t.Errorf("the command sends %s", line)
	} else if a := p.post(t, "/api/register", line); a.Status != 200 {
		t.Errorf("the command: %+v", a)
	}
	const tag = ` data-terms="2026-11" data-terms-url="https://example.com/terms?lang={lang}"`
	if _, page := get(t, p.api+"/"); !strings.Contains(page, tag) {
		t.Errorf("the page: %.400s", page)
	}
	const want = `"terms":{"url":"https://example.com/terms?lang=zh-CN","version":"2026-11"}`
	if _, settings := get(t, p.api+"/api/settings"); !strings.Contains(settings, want) {
		t.Errorf("the settings: %s", settings)
	}
	without := `{"user_name":"without","password":"MyPassword123"}`
	if a := p.post(t, "/api/register", without); a.Status != 422 || a.Reason != "terms_required" {
		t.Errorf("without: %+v", a)
	}
}

// TestDisposableDomains: the service refuses an email at a disposable domain that is no exception.
func TestDisposableDomains(t *testing.T) {
	t.Parallel()
	p := start(t, []string{"serve", "--dev"}, "ENROLL_DATABASE_URL="+pgtest.URL(t), "ENROLL_DATA_DIR="+t.TempDir(),
		"ENROLL_EMAIL_DISPOSABLE=deny", "ENROLL_EMAIL_DISPOSABLE_EXCEPT=spam4.me")
	p.await(t, `(?m)^  curl .* -d '(.*)'$`)
	for email, reason := range map[string]string{"a@b.mailinator.com": "email_domain", "b@spam4.me": ""} {
		a := p.post(t, "/api/register", `{"user_name":"disposable","password":"MyPassword123","email":"`+email+`"}`)
		if a.Reason != reason {
			t.Errorf("%s: %+v", email, a)
		}
	}
}

// TestSignupApproval: a person registers and waits, an operator finds the person in a list and approves, and the person
// logs in. The start, the page and the settings say how sign-up is.
func TestSignupApproval(t *testing.T) {
	t.Parallel()
	environ := append(production(t), "ENROLL_DATABASE_URL="+pgtest.URL(t), "ENROLL_DB_CHECK=warn", "ENROLL_CAPTCHA=off",
		"ENROLL_PAGE=on", "ENROLL_SIGNUP=approval")
	p := start(t, []string{"serve"}, environ...)
	if line := p.await(t, `("signup":"[a-z]*","methods":"[^"]*")`); line != `"signup":"approval","methods":"user_name"` {
		t.Errorf("the log: %s", line)
	}
	if _, page := get(t, p.api+"/"); !strings.Contains(page, ` data-signup="approval" data-methods="user_name"`) {
		t.Errorf("the page: %.300s", page)
	}
	if _, settings := get(t, p.api+"/api/settings"); !strings.Contains(settings, `"signup":"approval"`) {
		t.Errorf("the settings: %s", settings)
	}
	user := object("user_name", "newuser", "password", "MyPassword123")
	// Anybody can claim an address, so the operator must see that nothing proves it.
	a := p.post(t, "/api/register",
		object("user_name", "newuser", "password", "MyPassword123", "email", "boss@example.com"))
	if a.Status != 200 || a.Data["token"] != "" || a.Data["approval_pending"] != true {
		t.Fatalf("a registration: %+v", a)
	}
	if a := p.post(t, "/api/login", user); a.Status != 403 || a.Reason != "approval_pending" {
		t.Errorf("a login: %+v", a)
	}
	id := fmt.Sprintf("%.0f", a.Data["id"])
	for _, command := range []string{"user list --status waiting", "user approve --dry-run " + id, "user approve " + id} {
		var out bytes.Buffer
		if err := run(t.Context(), strings.Fields(command), environ, &out); err != nil ||
			!strings.Contains(out.String(), "newuser") ||
			!strings.Contains(out.String(), "boss@example.com (unverified)") {
			t.Fatalf("enroll %s: %v: %s", command, err, &out)
		}
	}
	if a := p.post(t, "/api/login", user); a.Status != 200 || a.Data["token"] == "" {
		t.Errorf("a login after the approval: %+v", a)
	}
}

// TestSignupInvite: a service whose sign-up is by invitation refuses a stranger, and admits a person with an invitation
// that an operator made at the command line. The start, the page and the settings say how sign-up is.
func TestSignupInvite(t *testing.T) {
	t.Parallel()
	environ := append(production(t), "ENROLL_DATABASE_URL="+pgtest.URL(t), "ENROLL_DB_CHECK=warn", "ENROLL_CAPTCHA=off",
		"ENROLL_PAGE=on", "ENROLL_SIGNUP=invite")
	p := start(t, []string{"serve"}, environ...)
	if line := p.await(t, `("signup":"[a-z]*","methods":"[^"]*")`); line != `"signup":"invite","methods":"user_name"` {
		t.Errorf("the log: %s", line)
	}
	if _, page := get(t, p.api+"/"); !strings.Contains(page, ` data-signup="invite" data-methods="user_name"`) {
		t.Errorf("the page: %.300s", page)
	}
	if _, settings := get(t, p.api+"/api/settings"); !strings.Contains(settings, `"signup":"invite"`) {
		t.Errorf("the settings: %s", settings)
	}
	user := func(invitation string) string {
		return object("user_name", "newuser", "password", "MyPassword123", "invite_code", invitation)
	}
	if a := p.post(t, "/api/register", user("")); a.Reason != "invite_invalid" {
		t.Errorf("a stranger: %+v", a)
	}
	invitation := invited(t, environ, "--expires", "1h")
	if a := p.post(t, "/api/register", user(invitation)); a.Status != 200 {
		t.Errorf("an invited person: %+v", a)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if strings.Contains(p.out.String(), invitation) {
		t.Error("the log has the code")
	}
}

// invited makes an invitation at the command line and returns its code.
func invited(t *testing.T, environ []string, flags ...string) string {
	t.Helper()
	var out bytes.Buffer
	if err := run(t.Context(), append([]string{"invite", "create"}, flags...), environ, &out); err != nil {
		t.Fatalf("%v: %s", err, &out)
	}
	return strings.TrimSpace(out.String())
}

// TestInvitationsOnTwoProcesses: of 40 registrations at once with an invitation for ten people, ten succeed, on two
// processes that share a database.
func TestInvitationsOnTwoProcesses(t *testing.T) {
	t.Parallel()
	url := pgtest.URL(t)
	w := twinsOn(t, url, "ENROLL_SIGNUP=invite")
	invitation := invited(t, append(production(t), "ENROLL_DATABASE_URL="+url), "--quota", "10")
	ends := w.atOnce(40, "/api/register", func(i int) string {
		return object("user_name", fmt.Sprintf("racer%d", i), "password", "MyPassword123", "invite_code", invitation)
	})
	w.wants("invited", ends, map[string]int{"": 10, "invite_invalid": 30})
	if n := len(w.users()); n != 10 {
		t.Errorf("%d users, want 10", n)
	}
}
