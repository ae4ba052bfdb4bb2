package command

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/enroll-project/enroll/test/pgtest"
)

// commandLines are the lines of docs/operate.md that a reader would run.
var commandLines = regexp.MustCompile(`(?m)^enroll (.*)$`)

// operatorDatabase is a database with the user 1000, named alice, and the settings to use it. The receiver crm has not
// accepted the event of alice, nor that of the user 2000, who was deleted.
func operatorDatabase(t *testing.T) (environ []string, count func(from string) int) {
	t.Helper()
	database := pgtest.URL(t)
	admin := pgtest.Open(t, database)
	if code := pgtest.SQLState(t, admin, `INSERT INTO users (id, site_id, user_name, user_name_key, user_name_skeleton,
			email, email_key, email_verified_at, password_hash, real_name, avatar_url, group_id, status, is_retailer, balance,
			total_reward, invite_code, invites_used, created_at, updated_at, last_login_at)
		OVERRIDING SYSTEM VALUE VALUES (1000, 1, 'alice', 'alice', 'alice', 'alice@example.com', 'alice@example.com', now(),
			'$', '', '', 2, 1, false, 0, 0, 'code', 0, now(), now(), now());
		ALTER TABLE users ALTER COLUMN id RESTART WITH 1001;
		ALTER TABLE invitations ALTER COLUMN id RESTART WITH 1;
		INSERT INTO sessions VALUES (1000, 'one', now(), now(), now() + interval '1 day', NULL, '', '');
		INSERT INTO events (tx, site_id, user_id, seq, type, at, fields) VALUES (1, 1, 2000, 1, 'user.deleted', now(), '{}');
		INSERT INTO set_aside_events SELECT 'crm', user_id, seq, 1, type, at, now(), 'status 502' FROM events
			WHERE seq = 1`); code != "" {
		t.Fatal(code)
	}
	environ = append(production(t), "ENROLL_EVENTS_URL=crm=https://crm.example/hook",
		"ENROLL_EVENTS_SECRET=whsec_S5RSkdRIpeUfYLIdE5OsEVRA8cKjFJiM1hBDOeg0mkI=", "ENROLL_DATABASE_URL="+database)
	return environ, func(from string) (n int) {
		t.Helper()
		if err := admin.QueryRow(t.Context(), "SELECT count(*) FROM "+from).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
}

// listed returns a function that waits, before a command about events, until all events can be listed.
func listed(t *testing.T, environ []string) func(args []string) {
	t.Helper()
	url, _ := strings.CutPrefix(environ[len(environ)-1], "ENROLL_DATABASE_URL=")
	pool := pgtest.Open(t, url)
	return func(args []string) {
		if args[0] == "event" {
			pgtest.Listed(t, pool)
		}
	}
}

// passwordFile makes the file that the page calls new-password.
func passwordFile(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "new-password")
	if err := os.WriteFile(file, []byte("correct horse\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// aboutEvents has the commands about events, as after in TestOperatePage.
var aboutEvents = map[string][2]string{
	"event list --user 1000": {"users WHERE id = 1000", "user.password_changed"},
	"event list --type user.registered --from 2026-01-01 --limit 1 --json": {"users WHERE id = 1000",
		`"type": "user.registered"`},
	"event set-aside": {"set_aside_events WHERE user_id = 1000", "evt_1_1000_1_"},
	"event set-aside --receiver crm --user 1000 --json": {"set_aside_events WHERE user_id = 1000",
		`"failure": "status 502"`},
	"event replay crm --dry-run":   {"set_aside_events WHERE user_id = 1000", "nothing was done"},
	"event replay crm --user 1000": {"deliveries WHERE receiver = 'crm'", "PURGED"},
	"event replay crm":             {"deliveries WHERE receiver = 'crm' AND user_id = 2000", "PURGED"},

	"event replay crm --since 2026-01-01T03:00:00Z":           {"event_receivers WHERE name = 'crm'", "REPLAYED"},
	"event replay crm --since 2026-01-01T03:00:00Z --dry-run": {"event_receivers WHERE name = 'crm'", "nothing was"},
}

// aboutKeys has the commands about keys and with them, as after in TestOperatePage.
var aboutKeys = map[string][2]string{
	"key create support --scope users:read,users:write --site 1 --expires 90d": {"service_keys WHERE site_id = 1 AND " +
		"expires_at BETWEEN now() + interval '89 days' AND now() + interval '91 days'", "enroll_"},
	"key list":                     {"service_keys WHERE revoked_at IS NULL", "users:read,users:write"},
	"key revoke support --dry-run": {"service_keys WHERE revoked_at IS NULL", "nothing was done"},
	"key revoke support":           {"service_keys WHERE revoked_at IS NOT NULL", "support"},
	"user show 1000" + elsewhere:   {"users WHERE id = 1000", "alice"},
}

// elsewhere ends the commands of the page that work by the admin API.
const elsewhere = " --url https://enroll-admin.example.com"

// TestOperatePage runs each command of docs/operate.md, in its order, and looks at what it has done.
func TestOperatePage(t *testing.T) {
	t.Parallel()
	environ, count := operatorDatabase(t)
	page, err := os.ReadFile("../../docs/operate.md")
	if err != nil {
		t.Fatal(err)
	}
	events, file := listed(t, environ), passwordFile(t)
	// For each command: a query that finds one row after it, and a part of what it prints.
	after := map[string][2]string{
		"user list --identifier alice":                                    {"users", "alice@example.com"},
		"user list --status disabled --from 2026-01-01 --limit 20 --json": {"users", `"users": []`},
		"user list --invitation 1":                                        {"users WHERE invitation_id IS NULL", "CREATED"},
		"user show 1000":                                                  {"users WHERE id = 1000 AND status = 1", "active"},
		"user create --user-name bob --email bob@example.com --email-verified --phone 13800138000": {
			"users WHERE user_name = 'bob' AND email_verified_at IS NOT NULL AND phone = '+8613800138000'", "bob"},
		"user update 1000 --email alice@example.org --email-verified": {
			"users WHERE email = 'alice@example.org' AND email_verified_at IS NOT NULL", "alice@example.org"},
		"user update 1000 --birthday 1990-05-17 --introduce=": {
			"users WHERE birthday = '1990-05-17 00:00:00+00' AND introduce = ''", "alice@example.org"},
		"user update 1000 --password-file new-password": {"users WHERE id = 1000 AND password_hash LIKE '$argon2id$%' " +
			"AND NOT EXISTS (SELECT FROM sessions) AND (SELECT count(*) FROM notices) = 1", "alice"},
		"user send-code 1000": {
			"one_time_codes WHERE purpose = 'reset' AND address = 'alice@example.org'", "10m0s"},
		"user disable 1000 --dry-run":              {"users WHERE id = 1000 AND status = 1", "nothing was done"},
		"user disable 1000":                        {"users WHERE status = 0", "disabled"},
		"user enable 1000":                         {"users WHERE id = 1000 AND status = 1", "active"},
		"user logout 1000":                         {"audit_entries WHERE act = 'user.sessions_ended'", "alice"},
		"user list --status waiting --json":        {"users WHERE id = 1001", `"users": []`},
		"user approve 1001":                        {"users WHERE id = 1001 AND status = 1", "bob"},
		`group create 5 --title Members --level 2`: {"groups WHERE id = 5 AND site_id = 1 AND level = 2", "Members"},
		`group update 5 --title Friends`:           {"groups WHERE title = 'Friends' AND level = 2", "Friends"},
		`group list`:                               {"groups", "Friends"},
		`group delete 5`: {
			"users WHERE id = 1000 AND (SELECT count(*) FROM groups) = 0", "Friends"},
		"invite create --quota 20 --expires 7d --note Beta": {"invitations WHERE quota = 20 AND note = 'Beta' AND " +
			"expires_at BETWEEN now() + interval '6 days' AND now() + interval '8 days'", "inv_"},
		"invite create --email ann@example.com --group 2 --json": {"invitations WHERE bound_to = 'email' AND group_id = 2",
			`"invite_code": "inv_`},
		"invite list":                   {"users WHERE id = 1000", "0/20"},
		"invite revoke 1 --dry-run":     {"invitations WHERE id = 1 AND revoked_at IS NULL", "nothing was done"},
		"invite revoke 1":               {"invitations WHERE id = 1 AND revoked_at IS NOT NULL", "revoked"},
		"user set-group 1000 --group 2": {"users WHERE id = 1000 AND group_id = 2", "alice"},
		"user delete 1000 --yes":        {"users WHERE delete_at <= now() + interval '1 minute'", "alice"},
		"codes reset alice@example.com": {"audit_entries WHERE act = 'codes.reset'", "are reset"},
		"audit --limit 20":              {"users WHERE id = 1000", "user.deleted"},
		"audit --user 1000 --json":      {"users WHERE id = 1000", `"act": "user.disabled"`},
	}
	maps.Copy(after, aboutEvents)
	maps.Copy(after, aboutKeys)
	for _, line := range commandLines.FindAllStringSubmatch(string(page), -1) {
		want, known := after[line[1]]
		if !known {
			t.Errorf("this test does not know enroll %s", line[1])
			continue
		}
		delete(after, line[1])
		var out bytes.Buffer
		args := strings.Fields(strings.Replace(line[1], "new-password", file, 1))
		events(args)
		if here, remote := strings.CutSuffix(line[1], elsewhere); remote {
			text, err := remotely(t, environ)(strings.Fields(here)...)
			if out.WriteString(text); err != nil {
				t.Errorf("enroll %s: %v", line[1], err)
			}
		} else if err := run(t.Context(), args, environ, &out); err != nil {
			t.Errorf("enroll %s: %v", line[1], err)
		}
		if !strings.Contains(out.String(), want[1]) || count(want[0]) != 1 {
			t.Errorf("enroll %s: %d %s, and prints:\n%s", line[1], count(want[0]), want[0], &out)
		}
	}
	for line := range after {
		t.Errorf("docs/operate.md has no enroll %s", line)
	}
	if n := count("audit_entries WHERE actor = 'command' AND actor_name <> ''"); n != 22 || count("audit_entries") != n {
		t.Errorf("%d entries", n)
	}
}

// TestUserListDays: --from is the first day of the range and --until the day after the last, so a range from a day
// until the same day has no user.
func TestUserListDays(t *testing.T) {
	t.Parallel()
	environ, _ := operatorDatabase(t)
	day := func(days int) string { return time.Now().UTC().AddDate(0, 0, days).Format(time.DateOnly) }
	for args, listed := range map[string]bool{
		"--from " + day(-1) + " --until " + day(2): true,
		"--from " + day(-1):                        true,
		"--until " + day(2):                        true,
		"--from " + day(2):                         false,
		"--until " + day(-1):                       false,
		"--from " + day(2) + " --until " + day(2):  false,
	} {
		var out bytes.Buffer
		err := run(t.Context(), strings.Fields("user list "+args), environ, &out)
		if err != nil || strings.Contains(out.String(), "alice") != listed {
			t.Errorf("enroll user list %s: %v, and prints:\n%s", args, err, &out)
		}
	}
}

// mistake is a command that is refused, a part of the error, and the exit status.
type mistake struct {
	args, want string
	status     int
}

// mistakesOfEvents are those of the commands about events.
var mistakesOfEvents = []mistake{
	{"event list --type user", "--type is one of", 1}, {"event list --from today", "--from is a day", 1},
	{"event list --until 1", "--until is a day", 1}, {"event list --cursor !", "not a cursor", 1},
	{"event replay mail", "it has crm", statusUnknown}, {"event replay crm --id=", "--id has no id or time", 1},
	{"event replay crm --user 0", "--user has no id", 1}, {"event replay crm --site 0", "--site has no id", 1},
	{"event replay crm --after=", "--after has no id", 1}, {"event replay crm --since=", "--since has no id", 1},
	{"event replay crm --since yesterday", "--since is a day or a time", 1},
	{"event replay crm --since 2026-11-29 --id evt_1", "none of the others can be", 1},
	{"event replay crm --after evt_1_1_1_1", "select by a time", statusUnknown},
	{"event replay crm --id evt_1", "webhook-id", statusUnknown}, {"event replay", "accepts 1 arg", 1},
	{"event set-aside --cursor !", "not a cursor", 1}, {"event set-aside crm", "takes no argument", 1},
	{"event list now", "takes no argument", 1},
}

// TestOperatorMistakes: a refused command says what to do and changes nothing. Its exit status says whether the user,
// group or key exists. Help needs no settings.
func TestOperatorMistakes(t *testing.T) {
	t.Parallel()
	environ, count := operatorDatabase(t)
	for _, c := range append([]mistake{
		{"user delete 1000", "--yes", 1}, {"user disable 999", "no such user", statusUnknown},
		{"user disable alice", "by its id", 1}, {"user disable", "accepts 1 arg", 1},
		{"user disable 1000 --often", "--often", 1},
		{"user set-group 1000 --group 9", "no such group", statusUnknown}, {"user set-group 1000", "group", 1},
		{"user list --status active", "--status", 1}, {"user list --from yesterday", "--from", 1},
		{"user list --cursor !", "not a cursor", 1}, {"key create A --scope users:read", "name", 1},
		{"key create a --scope all", "scopes", 1}, {"key create a", "scope", 1},
		{"key create a --scope users:read --expires 0d", "--expires", 1}, {"key revoke a", "no such key", statusUnknown},
		{"invite create --quota 0", "quota", 1}, {"invite create --expires 1", "--expires", 1},
		{"invite create --group 9", "group", statusUnknown}, {"invite create --email a", "email", 1},
		{"invite create --site 9", "ENROLL_SITES", 1}, {"group create 5 --title a --site 9", "ENROLL_SITES", 1},
		{"key create a --scope users:read --site 9", "ENROLL_SITES", 1},
		{"group update 5 --title a --site 9", "no such group", statusUnknown},
		{"invite revoke 9", "no such invitation", statusUnknown}, {"invite revoke inv_1", "whole number", 1},
		// The first of these two is more nanoseconds than 64 bits can hold. After an overflow it would be
		// 25 minutes.
		{"key create a --scope users:read --expires 213504d", "--expires", 1},
		{"key create a --scope users:read --expires 36501d", "--expires", 1},
		{"audit now", "takes no argument", 1},
		{"group delete 5", "no such group", statusUnknown}, {"group update x", "by its id", 1},
		{"group create 5", "title", 1}, {"group create 5 --title a --level -1", "--level", 1},
		{"user fly", `there is no command "user fly"`, 1}, {"user create", "identifier_needed; user_name: required", 1},
		{"user create --user-name alice --password-file /nowhere", "--password-file: no such file", 1},
		{"user create --phone 13800138000 --group 9", "no such group", statusUnknown},
		{"user create --phone 1 --email x", "email: email_invalid; phone: phone_invalid", 1},
		{"user update 1000 --user-name= --email=", "identifier_needed", 1},
		{"user update 1000 --birthday 1990-02-30", "--birthday is a day", 1},
		{"user update 1000 --birthday 1899-12-31", "--birthday is a day", 1},
		{"user update 1000 --birthday 2099-12-31", "birthday: birthday_invalid", 1},
		{"user update 1000 --extra []", "--extra: this is not a JSON object", 1},
		{`user update 1000 --extra {"a":1,"a":2}`, "--extra: this JSON object is refused: duplicate_field", 1},
		{`user update 1000 --extra {},"b":{}`, "--extra: this is not a JSON object", 1},
		{"user update 1000 --extra {}", "extra: extra_not_offered", 1},
		{"user update 1000 --password-file /nowhere", "--password-file: no such file", 1},
		{"user send-code 1000 --channel phone", "channel: phone_not_offered", 1},
		{"user send-code 1000 --channel post", "--channel is", 1}, {"user send-code 999", "no such user", statusUnknown},
		{"user update 999 --real-name x", "no such user", statusUnknown}, {"user update alice", "by its id", 1},
	}, mistakesOfEvents...) {
		var out bytes.Buffer
		err := run(t.Context(), strings.Fields(c.args), environ, &out)
		if err == nil || !strings.Contains(err.Error(), c.want) || ExitStatus(err) != c.status {
			t.Errorf("enroll %s: %v", c.args, err)
		}
	}
	if count("users WHERE status = 1 AND delete_at IS NULL") != 1 || count("service_keys")+count("audit_entries") != 0 {
		t.Error("a mistake has changed something")
	}
	for _, args := range []string{"user --help", "user", "key -h", "key create --help", "audit --help"} {
		var out bytes.Buffer
		err := run(t.Context(), strings.Fields(args), nil, &out)
		if err != nil || !strings.Contains(out.String(), "Usage:") {
			t.Errorf("enroll %s: %v\n%s", args, err, &out)
		}
	}
	var out bytes.Buffer
	if err := run(t.Context(), strings.Fields("user show 1000 --json"), environ, &out); err != nil {
		t.Fatal(err)
	}
	var answer struct{ Users []userLine }
	err := json.Unmarshal(out.Bytes(), &answer)
	if err != nil || len(answer.Users) != 1 || !answer.Users[0].EmailVerified {
		t.Errorf("%v: %s", err, &out)
	}
	if strings.Contains(out.String(), "password") {
		t.Error("the user has a hash")
	}
}
