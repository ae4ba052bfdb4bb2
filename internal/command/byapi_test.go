package command

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/pem"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/enroll-project/enroll/internal/admin"
	"github.com/enroll-project/enroll/internal/audit"
	"github.com/enroll-project/enroll/internal/event"
	"github.com/enroll-project/enroll/internal/password"
	"github.com/enroll-project/enroll/internal/postgres"
	"github.com/enroll-project/enroll/internal/servicekey"
	"github.com/enroll-project/enroll/internal/settings"
	"github.com/enroll-project/enroll/internal/token"
)

// adminAPI returns the handler of the admin API with these settings, and a function that makes a key.
func adminAPI(t *testing.T, environ []string) (http.Handler, func(name string, scopes ...servicekey.Scope) string) {
	t.Helper()
	fatal := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	c, err := settings.Read(false, environ)
	fatal(err)
	pool, err := postgres.Open(t.Context(), postgres.Config{URL: c.DatabaseURL, MaxConns: 2, ApplicationName: "test"})
	fatal(err)
	t.Cleanup(pool.Close)
	hasher, err := password.New(password.Config{Workers: 1, Metrics: prometheus.NewRegistry()})
	fatal(err)
	rules, err := NewRules(c, pool, time.Now, hasher, nil)
	fatal(err)
	codes, err := NewCodes(c, pool, time.Now)
	fatal(err)
	sender, err := addresses(c, pool, time.Now)
	fatal(err)
	operators, err := NewOperator(c, pool, time.Now, Parts{Codes: codes, Rules: rules, Addresses: sender})
	fatal(err)
	keys, err := servicekey.New(servicekey.Config{Pool: pool, Now: time.Now, Rand: rand.Reader})
	fatal(err)
	entries, err := audit.New(audit.Config{Pool: pool, Keep: audit.MinKeep, Now: time.Now})
	fatal(err)
	receivers, err := event.ParseReceivers(c.EventsURL, c.EventsSecret)
	fatal(err)
	log, err := event.New(event.Config{Pool: pool, Keep: event.MinKeep, Now: time.Now, Receivers: receivers})
	fatal(err)
	signing, err := token.GenerateKey(false)
	fatal(err)
	parsed, err := token.ParseKeys(signing)
	fatal(err)
	tokens, err := token.New(token.Config{Keys: parsed, Issuer: "enroll", Audience: "enroll", Now: time.Now})
	fatal(err)
	handler, err := admin.New(admin.Config{
		Operators: operators, Keys: keys, Audit: entries, Events: log, Tokens: tokens,
		Live:   func(context.Context, token.Claims) (string, bool, error) { return "", false, nil },
		Logger: slog.New(slog.DiscardHandler), Now: time.Now, Rand: rand.Reader,
	})
	fatal(err)
	return handler, func(name string, scopes ...servicekey.Scope) string {
		key, _, err := keys.Create(t.Context(), audit.Actor{Kind: audit.Command, Name: "test"},
			servicekey.Spec{Name: name, Scopes: scopes})
		fatal(err)
		return key
	}
}

// remotely returns a function that runs a command by the admin API of a database. It has no setting but the key.
func remotely(t *testing.T, environ []string) func(args ...string) (string, error) {
	t.Helper()
	handler, key := adminAPI(t, environ)
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	secret := key("all", servicekey.Scopes()...)
	return func(args ...string) (string, error) {
		var out bytes.Buffer
		err := run(t.Context(), append(args, "--url", server.URL), []string{"ENROLL_ADMIN_KEY=" + secret}, &out)
		if err != nil && strings.Contains(err.Error(), secret) {
			t.Errorf("enroll %q: the error has the key", args)
		}
		return out.String(), err
	}
}

// varying matches what two equal databases differ in: times, secret codes, and the actor.
var varying = regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ|"(created_time|last_login|delete_time|expire_time|` +
	`revoke_time)": \d+|inv_\w+|"created_by": "[^"]*"`)

// readingCommands print the same by both ways on one database. changingCommands do the same to two equal databases.
var (
	readingCommands = []string{"user list", "user list --limit 1", "user list --limit 999", "user list --identifier alice",
		"user list --status disabled", "user list --group 2 --from 2026-01-01", "user list --until 1969-01-01",
		"user show 1000",
		"user list --from 1969-01-01", "user list --invitation 1",
		"group list", "invite list", "invite list --before 2 --limit 1", "event list", "event list --user 1000 --limit 1",
		"event list --type user.registered --from 2026-01-01", "event list --site 1", "event set-aside",
		"event set-aside --receiver crm --user 1000 --site 1", "audit", "audit --user 1000 --limit 2",
		"audit --site 1 --before 3"}
	changingCommands = []string{"user update 1000 --real-name Alice --birthday 1990-05-17 --phone 13800138001",
		"user create --user-name bob --email bob@example.com --email-verified --real-name Bob", "user update 1000",
		"user disable 1000", "user enable 1000", "user logout 1000", "user approve 1000",
		"group create 5 --title Members --level 2", "group update 5 --description=x", "user set-group 1000 --group 5",
		"user set-group 1000 --group 2", "group delete 5", "invite create --quota 20 --expires 7d --note Beta --group 2",
		"invite create --email ann@example.com", "invite revoke 2", "user send-code 1000 --channel email",
		"codes reset alice@example.com", "event replay crm --user 1000", "event replay crm --since 1969-12-31",
		"event replay crm", "user delete 1000 --yes"}
)

// TestBothWays plays each command on the database and by the admin API: what is printed is equal, as a table and in
// JSON, and a dry run changes nothing.
func TestBothWays(t *testing.T) {
	t.Parallel()
	first, _ := operatorDatabase(t)
	second, count := operatorDatabase(t)
	byURL := remotely(t, second)
	wait := listed(t, second)
	direct := func(environ []string, args ...string) string {
		t.Helper()
		var out bytes.Buffer
		if err := run(t.Context(), args, environ, &out); err != nil {
			t.Errorf("enroll %q: %v", args, err)
		}
		return out.String()
	}
	compare := func(line string, environ []string, as func(string) string) {
		t.Helper()
		args := strings.Fields(line)
		wait(args)
		got, err := byURL(slices.Clone(args)...)
		if want := direct(environ, args...); err != nil || as(got) != as(want) {
			t.Errorf("enroll %s: %v, and prints by the admin API\n%s\nand on the database\n%s", line, err, got, want)
		}
	}
	same := func(text string) string { return text }
	masked := func(text string) string { return varying.ReplaceAllString(text, "…") }
	read := func() {
		t.Helper()
		for _, line := range readingCommands {
			compare(line, second, same)
			compare(line+" --json", second, same)
		}
	}
	read()
	for i, line := range changingCommands {
		before := count("audit_entries")
		wait([]string{"event"})
		dry, err := byURL(strings.Fields(line + " --dry-run")...)
		if err != nil || !strings.HasPrefix(dry, "nothing was done") || count("audit_entries") != before {
			t.Errorf("enroll %s --dry-run: %v, %s", line, err, dry)
		}
		// An id that a dry run has drawn is not drawn again.
		direct(first, strings.Fields(line+" --dry-run")...)
		if i%2 == 0 {
			line += " --json"
		}
		compare(line, first, masked)
	}
	read()
	if n := count("audit_entries WHERE actor = 'key' AND actor_name = 'all'"); n < 15 {
		t.Errorf("%d entries of the key", n)
	}
}

// TestMistakesByURL: a mistake has the same exit status by the admin API, and changes nothing.
func TestMistakesByURL(t *testing.T) {
	t.Parallel()
	environ, count := operatorDatabase(t)
	byURL := remotely(t, environ)
	before := count("audit_entries")
	for _, c := range append([]mistake{
		{"user delete 1000", "--yes", 1}, {"user disable 999", "no such user", statusUnknown},
		{"user disable 9223372036854775807", "", 1}, {"user show 9223372036854775807", "no such user", statusUnknown},
		{"user set-group 1000 --group 9", "no such group", statusUnknown},
		{"user set-group 1000 --group 0", "no such group", statusUnknown}, {"user list --cursor !", "cursor", 1},
		{"user list --site 0", "site_unknown", 1}, {"invite create --quota 0", "quota", 1},
		{"invite create --group 9", "group", statusUnknown}, {"invite create --email a", "email: email_invalid", 1},
		{"invite create --site 9", "site_unknown", 1}, {"group create 5", "title", 1},
		{"group update 5 --title a --site 9", "no such group", statusUnknown},
		{"invite revoke 9", "no such invitation", statusUnknown}, {"group delete 5", "no such group", statusUnknown},
		{"user create", "identifier_needed", 1}, {"codes reset x", "neither a mobile phone", 1},
		{"user create --phone 1 --email x", "email: email_invalid; phone: phone_invalid", 1},
		{"user create --user-name alice --email a@example.com --email-verified", "user_name: user_name_taken", 1},
		{"user update 1000 --extra {}", "extra: extra_not_offered", 1},
		{"user send-code 1000 --channel phone", "channel: phone_not_offered", 1},
		{"user send-code 999", "no such user", statusUnknown},
		{"event replay mail", "no such receiver", statusUnknown},
		{"event replay crm --id evt_1", "webhook-id", statusUnknown},
		{"event replay crm --after evt_1_1_1_1", "select by a time", statusUnknown}, {"event list --cursor !", "cursor", 1},
	}, []mistake{
		// These have no operation.
		{"user import --from csv x", "no operation", 2}, {"user export x", "no operation", 2},
		{"key create a --scope users:read", "no operation", 2}, {"key list", "no operation", 2},
		{"key revoke a", "no operation", 2}, {"sms report", "no operation", 2}, {"template show", "no operation", 2},
		{"migrate", "no operation", 2}, {"restored", "no operation", 2},
	}...) {
		_, err := byURL(strings.Fields(c.args)...)
		if err == nil || !strings.Contains(err.Error(), c.want) || ExitStatus(err) != c.status {
			t.Errorf("enroll %s: %v, %d", c.args, err, ExitStatus(err))
		}
	}
	if count("audit_entries") != before {
		t.Error("a mistake has changed something")
	}
}

// TestURLRefused: flags that would not do what they say are refused before anything is sent, a refusal for want of a
// scope names the scope, and no error has the key.
func TestURLRefused(t *testing.T) {
	t.Parallel()
	environ, _ := operatorDatabase(t)
	handler, key := adminAPI(t, environ)
	plain, secure := httptest.NewServer(handler), httptest.NewTLSServer(handler)
	t.Cleanup(plain.Close)
	t.Cleanup(secure.Close)
	write := func(text string) string {
		file := filepath.Join(t.TempDir(), "file")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	reader := key("reader", servicekey.UsersRead)
	ca := write(string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: secure.Certificate().Raw})))
	for _, c := range []struct{ args, key, want string }{
		{"user list --url " + plain.URL, reader, ""},
		{"user list --url " + plain.URL + " --key-file " + write(reader+"\n"), "", ""},
		{"user list --url " + secure.URL + " --ca-file " + ca, reader, ""},
		{"user list --url " + secure.URL, reader, "certificate"},
		{"user list --url " + plain.URL, "", "ENROLL_ADMIN_KEY"},
		{"user list --url " + plain.URL, "a\nb", "ENROLL_ADMIN_KEY"},
		{"user list --url " + plain.URL, "enroll_wrong", "wrong, expired or revoked"},
		{"user disable 1000 --url " + plain.URL, reader, "lacks the scope users:write"},
		{"audit --url " + plain.URL, reader, "lacks the scope audit:read"},
		{"event list --url " + plain.URL, reader, "lacks the scope events:read"},
		{"event replay crm --url " + plain.URL, reader, "lacks the scope events:write"},
		{"user list --url http://192.0.2.1:9091", reader, "--url: the URL must begin with https://"},
		{"user list --url=", reader, "--url is empty"},
		{"user list", reader, "ENROLL_ADMIN_KEY is not a setting"},
		{"user list --key-file x", reader, "--key-file needs --url"},
		{"user list --allow-http", reader, "--allow-http needs --url"},
		{"user list --url " + plain.URL + " --key-file /nowhere", reader, "--key-file: no such file"},
		{"user list --url " + plain.URL + " --ca-file " + write("x"), reader, "no certificate"},
		{"user list --url http://127.0.0.1:1", reader, "no answer of the admin API"},
	} {
		var out bytes.Buffer
		settings := slices.Clone(environ)
		if c.key != "" {
			settings = append(settings, "ENROLL_ADMIN_KEY="+c.key)
		}
		err := run(t.Context(), strings.Fields(c.args), settings, &out)
		if c.want == "" && (err != nil || !strings.Contains(out.String(), "alice")) ||
			c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), reader)) {
			t.Errorf("enroll %s: %v, %s", c.args, err, &out)
		}
	}
}
