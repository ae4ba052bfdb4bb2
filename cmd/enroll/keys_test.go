package main

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/enroll-project/enroll/test/pgtest"
)

// keysDone is the parameter keys of newService for a database whose keys are of this version.
func keysDone(context.Context) error { return nil }

// TestServiceWithOldKeys: a process whose database has keys of an older version answers requests that read an
// identifier with `unavailable`, and the others as usual. After `enroll migrate` it serves all of them without a
// restart.
func TestServiceWithOldKeys(t *testing.T) {
	t.Parallel()
	url := pgtest.URL(t)
	database := pgtest.Open(t, url)
	if _, err := database.Exec(t.Context(), "UPDATE keys_done SET version = version - 1"); err != nil {
		t.Fatal(err)
	}
	p := start(t, []string{"serve"}, append(production(t), "ENROLL_DATABASE_URL="+url, "ENROLL_DB_CHECK=warn",
		"ENROLL_CAPTCHA=off")...)
	register := func() answer {
		return p.post(t, "/api/register", `{"user_name":"newuser","password":"MyPassword123"}`)
	}
	if a := register(); a.Status != http.StatusServiceUnavailable || a.Reason != "unavailable" || a.Code != -1 {
		t.Errorf("a registration with old keys: %+v", a)
	}
	login := `{"user_name":"newuser","password":"MyPassword123"}`
	if a := p.post(t, "/api/login", login); a.Reason != "unavailable" {
		t.Errorf("a login with old keys: %+v", a)
	}
	if status, body := get(t, p.ops+"/readyz"); status != http.StatusServiceUnavailable ||
		!strings.Contains(body, "enroll migrate") {
		t.Errorf("readiness with old keys: %d %s", status, body)
	}
	if status, body := get(t, p.api+"/api/captcha"); status != http.StatusOK {
		t.Errorf("a captcha with old keys: %d %s", status, body)
	}
	var users int
	if err := database.QueryRow(t.Context(), "SELECT count(*) FROM users").Scan(&users); err != nil || users != 0 {
		t.Errorf("%d users, %v", users, err)
	}
	if err := run(t.Context(), []string{"migrate"}, []string{"ENROLL_DATABASE_URL=" + url}, io.Discard); err != nil {
		t.Fatal(err)
	}
	p.awaitReady(t)
	if a := register(); a.Status != http.StatusOK {
		t.Errorf("a registration after the migration: %+v", a)
	}
}
