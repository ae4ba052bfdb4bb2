package main

import (
	"bytes"
	"io"
	"net/url"
	"strings"
	"testing"

	"github.com/enroll-project/enroll/test/pgtest"
)

// copied returns the URL of a copy of a database that nothing is connected to.
func copied(t *testing.T, database string) string {
	t.Helper()
	u, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	name := databaseName(t, database)
	u.Path = "/postgres"
	admin := pgtest.Open(t, u.String())
	if _, err := admin.Exec(t.Context(), "CREATE DATABASE "+name+"_restored TEMPLATE "+name); err != nil {
		t.Fatal(err)
	}
	u.Path = "/" + name + "_restored"
	return u.String()
}

// TestRestored: a database is restored to a point in time. Ids from after that point are not given
// to other users, and no earlier session is valid, neither an open one nor one that was ended.
func TestRestored(t *testing.T) {
	t.Parallel()
	original := pgtest.EmptyURL(t)
	if err := run(t.Context(), []string{"migrate"}, []string{"ENROLL_DATABASE_URL=" + original}, io.Discard); err != nil {
		t.Fatal(err)
	}
	settings := append(production(t), "ENROLL_DB_CHECK=warn", "ENROLL_CAPTCHA=off")
	serving := func(database string) *process {
		p := start(t, []string{"serve"}, append(settings, "ENROLL_DATABASE_URL="+database)...)
		p.awaitReady(t)
		return p
	}
	type user struct {
		ID    int64
		Token string
	}
	enter := func(p *process, path, name string, headers ...string) user {
		t.Helper()
		a := p.post(t, path, `{"user_name":"`+name+`","password":"MyPassword123"}`, headers...)
		id, _ := a.Data["id"].(float64)
		token, _ := a.Data["token"].(string)
		if a.Status != 200 || id == 0 || token == "" {
			t.Fatalf("%s of %s: %+v", path, name, a)
		}
		return user{int64(id), token}
	}
	p := serving(original)
	before := enter(p, "/api/register", "before")
	p.stop(t)
	backup := copied(t, original)
	p = serving(original)
	later := enter(p, "/api/register", "later", "Idempotency-Key", "0b7a6c9e-3f0d-4d5b-9a53-000000000001")
	p.post(t, "/api/logout", "{}", "Authorization", "Bearer "+before.Token)
	p.stop(t)

	var out bytes.Buffer
	if err := run(t.Context(), []string{"restored"}, []string{"ENROLL_DATABASE_URL=" + backup}, &out); err == nil ||
		!strings.Contains(err.Error(), "repeat with --yes") {
		t.Errorf("without --yes: %v: %s", err, &out)
	}
	environ := []string{"ENROLL_DATABASE_URL=" + backup}
	if err := run(t.Context(), []string{"restored", "--yes"}, environ, &out); err != nil ||
		!strings.HasPrefix(out.String(), "all sessions of 1 users are ended, 0 codes are deleted") {
		t.Errorf("%v: %s", err, &out)
	}
	p = serving(backup)
	for _, u := range []user{before, later} {
		if status, body := get(t, p.api+"/api/user/detail", "Authorization", "Bearer "+u.Token); status != 401 {
			t.Errorf("the token of user %d: %d %s", u.ID, status, body)
		}
	}
	for _, again := range []user{
		enter(p, "/api/register", "somebody"),
		enter(p, "/api/register", "later", "Idempotency-Key", "0b7a6c9e-3f0d-4d5b-9a53-000000000001"),
	} {
		if again.ID <= later.ID {
			t.Errorf("id %d, which was given before: %+v", again.ID, later)
		}
		if status, body := get(t, p.api+"/api/user/detail", "Authorization", "Bearer "+later.Token); status != 401 {
			t.Errorf("the token of a user that is gone: %d %s", status, body)
		}
	}
	if again := enter(p, "/api/login", "before"); again.ID != before.ID {
		t.Errorf("user %d logs in as %d", before.ID, again.ID)
	}
	p.stop(t)
}

// TestRestoredRefuses: a database that is not named or not migrated is an error that says so.
func TestRestoredRefuses(t *testing.T) {
	t.Parallel()
	for setting, want := range map[string]string{
		"ENROLL_DATABASE_URL=":                      "ENROLL_DATABASE_URL is not set",
		"ENROLL_DATABASE_URL=" + pgtest.EmptyURL(t): "restore: audit log: ",
	} {
		err := run(t.Context(), []string{"restored", "--yes"}, []string{setting}, io.Discard)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", setting, err)
		}
	}
}
