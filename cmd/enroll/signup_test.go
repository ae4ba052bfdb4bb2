package main

import (
	"bytes"
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
