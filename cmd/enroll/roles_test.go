package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/enroll-project/enroll/internal/postgres"
	"github.com/enroll-project/enroll/internal/transfer"
	"github.com/enroll-project/enroll/test/pgtest"
)

// as returns the URL of the same database for another role.
func as(t *testing.T, database, role string) string {
	t.Helper()
	u, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.User(role)
	return u.String()
}

// databaseName is the last part of a URL's path.
func databaseName(t *testing.T, database string) string {
	t.Helper()
	u, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimPrefix(u.Path, "/")
}

// forbidden is what the role that serves may not do (S-16), each with a way in
// which it could be tried.
var forbidden = map[string]string{
	"make a table":           "CREATE TABLE mine ()",
	"make a temporary table": "CREATE TEMP TABLE mine ()",
	"make a schema":          "CREATE SCHEMA mine",
	"make a function":        "CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
	"make an index":          "CREATE INDEX ON users (real_name)",
	"make a trigger": "CREATE TRIGGER mine BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION " +
		"suppress_redundant_updates_trigger()",
	"make a role":               "CREATE ROLE mine",
	"make a database":           "CREATE DATABASE mine",
	"change a table":            "ALTER TABLE users ADD mine int",
	"drop a constraint":         "ALTER TABLE users DROP CONSTRAINT users_phone_unique",
	"drop a table":              "DROP TABLE users CASCADE",
	"empty a table at once":     "TRUNCATE users CASCADE",
	"drop the schema":           "DROP SCHEMA public CASCADE",
	"become a superuser":        "ALTER ROLE enroll_app SUPERUSER",
	"become the owner":          "SET ROLE enroll_owner",
	"switch off constraints":    "SET session_replication_role = replica",
	"read another schema":       "SELECT * FROM other.secrets",
	"write into another schema": "INSERT INTO other.secrets VALUES ('x')",
	"count ids up":              "SELECT nextval('users_id_seq')",
	"read password hashes":      "SELECT rolpassword FROM pg_authid",
	"read files":                "SELECT pg_read_file('PG_VERSION')",
	"write files":               "COPY users TO PROGRAM 'cat'",
	"reload the settings":       "SELECT pg_reload_conf()",
	"change the audit log":      "UPDATE audit_entries SET act = 'x'",
	"delete from the audit log": "DELETE FROM audit_entries",
	"empty the audit log":       "TRUNCATE audit_entries",
	"move later events":         "INSERT INTO event_shift VALUES (true, 1)",
}

// TestRoles follows docs/roles.md: deploy/roles.sql makes two roles. One migrates, the
// other serves every kind of request, and can do nothing else.
func TestRoles(t *testing.T) {
	t.Parallel()
	script, err := os.ReadFile("../../deploy/roles.sql")
	if err != nil {
		t.Fatal(err)
	}
	database := pgtest.EmptyURL(t)
	admin := pgtest.Open(t, database)
	for range 2 { // it may be run again
		if code := pgtest.SQLState(t, admin, string(script)); code != "" {
			t.Fatalf("deploy/roles.sql: SQLSTATE %s", code)
		}
	}
	if code := pgtest.SQLState(t, admin, "CREATE SCHEMA other; CREATE TABLE other.secrets (word text)"); code != "" {
		t.Fatal(code)
	}
	if err := run(t.Context(), []string{"migrate"}, []string{"ENROLL_DATABASE_URL=" + as(t, database, "enroll_app")},
		io.Discard); err == nil {
		t.Error("enroll_app may migrate")
	}
	if err := run(t.Context(), []string{"migrate"}, []string{"ENROLL_DATABASE_URL=" + as(t, database, "enroll_owner")},
		io.Discard); err != nil {
		t.Fatal(err)
	}
	serveEverything(t, as(t, database, "enroll_app"))

	owner, app := pgtest.Open(t, as(t, database, "enroll_owner")), pgtest.Open(t, as(t, database, "enroll_app"))
	denied := 0
	for what, sql := range forbidden {
		if code := pgtest.SQLState(t, app, sql); code == "42501" { // insufficient_privilege
			denied++
		} else {
			t.Errorf("enroll_app may %s: SQLSTATE %q", what, code)
		}
		// Only the privilege is missing: a superuser may do it. CREATE DATABASE cannot run
		// inside a transaction, and fails with 25001 here.
		if code := pgtest.SQLState(t, admin, "BEGIN; "+sql); code != "" && code != "25001" {
			t.Errorf("nobody may %s: SQLSTATE %s", what, code)
		}
		pgtest.SQLState(t, admin, "ROLLBACK")
	}
	t.Logf("%d of %d denied", denied, len(forbidden))
	later(t, owner, app)
	moved(t, database, owner)
	adopted(t, string(script))
}

// moved: the owner imports users. The role that serves may not move the sequence of ids, gets an error that says so,
// and stores nothing.
func moved(t *testing.T, database string, owner *postgres.Pool) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "users.ndjson")
	lines := `{"kind":"header","format":"enroll-users","version":1}
{"kind":"user","id":500000,"phone":"13900139000"}
{"kind":"end","users":1}
`
	if err := os.WriteFile(file, []byte(lines), 0o600); err != nil {
		t.Fatal(err)
	}
	var keys bytes.Buffer
	if err := run(t.Context(), []string{"keygen", t.TempDir()}, nil, &keys); err != nil {
		t.Fatal(err)
	}
	for role, users := range map[string]int{"enroll_app": 0, "enroll_owner": 1} {
		environ := append(strings.Fields(keys.String()), "ENROLL_DATABASE_URL="+as(t, database, role))
		source := strings.ReplaceAll(role, "_", "-")
		err := run(t.Context(), []string{"user", "import", file, "--source", source}, environ, io.Discard)
		if users == 0 && !errors.Is(err, transfer.ErrRole) || users == 1 && err != nil {
			t.Errorf("%s: %v", role, err)
		}
		var found int
		err = owner.QueryRow(t.Context(), "SELECT count(*) FROM imported_users WHERE source = $1", source).Scan(&found)
		if err != nil || found != users {
			t.Errorf("%s has imported %d users: %v", role, found, err)
		}
	}
}

// later: the role that serves may use a table that a later migration makes, and may not drop it.
func later(t *testing.T, owner, app *postgres.Pool) {
	t.Helper()
	code := pgtest.SQLState(t, owner, "CREATE TABLE later (id bigint GENERATED ALWAYS AS IDENTITY, word text)")
	if code != "" {
		t.Fatal(code)
	}
	rows := "INSERT INTO later (word) VALUES ('x'); UPDATE later SET word = 'y'; SELECT * FROM later; DELETE FROM later"
	if code := pgtest.SQLState(t, app, rows); code != "" {
		t.Errorf("enroll_app may not use a new table: SQLSTATE %s", code)
	}
	if code := pgtest.SQLState(t, app, "DROP TABLE later"); code != "42501" {
		t.Errorf("enroll_app may drop a new table: SQLSTATE %q", code)
	}
}

// adopted: deploy/roles.sql divides a database that one role has migrated and served so far.
func adopted(t *testing.T, script string) {
	t.Helper()
	database := pgtest.EmptyURL(t)
	if err := run(t.Context(), []string{"migrate"}, []string{"ENROLL_DATABASE_URL=" + database}, io.Discard); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct{ role, sql string }{
		{"enroll", script},
		{"enroll_owner", "ALTER TABLE users ADD more int; ALTER FUNCTION spend_code COST 200"},
		{"enroll_app", "INSERT INTO users SELECT FROM users; UPDATE one_time_codes SET tries = 0; DELETE FROM " +
			"idempotency_keys; SELECT FROM goose_db_version"},
	} {
		if code := pgtest.SQLState(t, pgtest.Open(t, as(t, database, step.role)), step.sql); code != "" {
			t.Errorf("%s: SQLSTATE %s", step.role, code)
		}
	}
	app := pgtest.Open(t, as(t, database, "enroll_app"))
	if code := pgtest.SQLState(t, app, "DROP TABLE users CASCADE"); code != "42501" {
		t.Errorf("enroll_app may drop a table that changed hands: SQLSTATE %q", code)
	}
	// The audit log is older than the roles, so roles.sql itself has to revoke the privilege.
	of := pgtest.Open(t, as(t, database, "enroll_app"))
	if code := pgtest.SQLState(t, of, "UPDATE audit_entries SET act = 'x'"); code != "42501" {
		t.Errorf("enroll_app may change an audit log that changed hands: SQLSTATE %q", code)
	}
	if code := pgtest.SQLState(t, of, "SELECT purge_audit(now())"); code != "" {
		t.Errorf("enroll_app may not purge the audit log: SQLSTATE %s", code)
	}
	for role, may := range map[string]bool{"enroll_owner": true, "enroll_app": false} {
		environ := []string{"ENROLL_DATABASE_URL=" + as(t, database, role)}
		if err := run(t.Context(), []string{"restored", "--yes"}, environ, io.Discard); (err == nil) != may {
			t.Errorf("enroll restored by %s: %v", role, err)
		}
	}
}

// serveEverything starts the service with a role and has it read and write what
// it can: users, codes, keys and captchas.
func serveEverything(t *testing.T, database string) {
	t.Helper()
	codes := make(chan string, 1)
	gateway := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var event struct{ Data struct{ Code string } }
		if err := json.NewDecoder(r.Body).Decode(&event); err != nil {
			t.Error(err)
		}
		codes <- event.Data.Code
	}))
	defer gateway.Close()
	p := start(t, []string{"serve"}, append(production(t),
		"ENROLL_DATABASE_URL="+database, "ENROLL_DB_CHECK=warn", "ENROLL_CAPTCHA=off", "ENROLL_SMS=webhook",
		"ENROLL_SMS_WEBHOOK_URL="+gateway.URL,
		"ENROLL_SMS_WEBHOOK_SECRET=whsec_"+base64.StdEncoding.EncodeToString([]byte(twinSecret)))...)
	p.awaitReady(t)
	const name = `{"user_name":"newuser","password":"MyPassword123"}`
	for path, body := range map[string]string{"/api/register": name, "/api/verify/phone": `{"phone":"13800138000"}`} {
		if a := p.post(t, path, body); a.Status != 200 {
			t.Fatalf("%s: %+v", path, a)
		}
	}
	if a := p.post(t, "/api/register", `{"phone":"13800138000","code":"`+<-codes+`"}`); a.Status != 200 {
		t.Errorf("by phone: %+v", a)
	}
	if a := p.post(t, "/api/login", name); a.Status != 200 {
		t.Errorf("login: %+v", a)
	}
	p.stop(t)
}
