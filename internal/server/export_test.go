package server_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/enroll-project/enroll/internal/account"
)

const exportPath = "/api/user/export"

// countedLogins are limits by which wrong passwords are counted.
var countedLogins = account.Limits{LoginPerNetwork: 9, LoginPerAccount: 99, LoginAccounts: 9}

// exported says for each column of the database where an export has it. After an exclamation mark it says why an
// export does not have the column. A table alone stands for all its columns.
var exported = map[string]string{
	"users.id": "user.id", "users.site_id": "user.site_id", "users.parent_id": "user.parent_id",
	"users.user_name": "user.user_name", "users.user_name_key": "user.user_name_canonical",
	"users.user_name_skeleton":       "!derived from the user name, to find look-alikes",
	"users.user_name_changed_at":     "user.user_name_changed_time",
	"users.email":                    "user.email",
	"users.email_key":                "user.email_canonical",
	"users.email_verified_at":        "user.email_verified_time",
	"users.email_since":              "user.email_changed_time",
	"users.phone":                    "user.phone",
	"users.phone_since":              "user.phone_changed_time",
	"users.password_hash":            "!a secret; password_set says whether there is one",
	"users.real_name":                "user.real_name",
	"users.first_name":               "user.first_name",
	"users.last_name":                "user.last_name",
	"users.introduce":                "user.introduce",
	"users.birthday":                 "user.birthday",
	"users.extra":                    "user.extra",
	"users.avatar_url":               "user.avatar_url",
	"users.group_id":                 "user.group_id",
	"users.status":                   "user.status",
	"users.is_retailer":              "user.is_retailer",
	"users.balance":                  "user.balance",
	"users.total_reward":             "user.total_reward",
	"users.invite_code":              "user.invite_code",
	"users.invite_limit":             "user.invite_limit",
	"users.invites_used":             "user.invites_used",
	"users.created_at":               "user.created_time",
	"users.updated_at":               "user.updated_time",
	"users.last_login_at":            "user.last_login",
	"users.expires_at":               "user.expire_time",
	"users.tokens_valid_from":        "user.sessions_ended_time",
	"users.delete_at":                "user.delete_time",
	"users.terms_version":            "user.accepted_terms",
	"users.terms_at":                 "user.accepted_terms_time",
	"users.terms_language":           "user.accepted_terms_language",
	"users.registration_network":     "!a keyed hash, from which nobody can tell the network",
	"users.invitation_id":            "!a number of the operator's invitations, which are not the person's",
	"users.waiting":                  "!false for each user that can log in, and so for each that can export",
	"users.keys_version":             "!of the rules, not of the person",
	"users.event_seq":                "!a count of the events, see there",
	"users.password_tx":              "!a number of the database",
	"events":                         "!when which fields changed, without values; for a month",
	"event_shift":                    "!of no person",
	"event_receivers":                "!of no person",
	"deliveries":                     "!which events a program of the operator has still to get",
	"set_aside_events":               "!which events it has not accepted; for a month",
	"avatars.user_id":                "user.id",
	"avatars.hash":                   "!derived from the picture",
	"avatars.media":                  "avatar.picture",
	"avatars.data":                   "avatar.picture",
	"avatars.created_at":             "avatar.created_time",
	"sessions.user_id":               "user.id",
	"sessions.id":                    "sessions.id",
	"sessions.created_at":            "sessions.created_time",
	"sessions.used_at":               "sessions.last_used_time",
	"sessions.expires_at":            "sessions.expire_time",
	"sessions.ended_at":              "sessions.end_time",
	"sessions.network":               "sessions.network",
	"sessions.agent":                 "sessions.client",
	"notices.id":                     "!of the row, not of the person",
	"notices.user_id":                "user.id",
	"notices.kind":                   "notices.kind",
	"notices.address":                "notices.address",
	"notices.locale":                 "notices.locale",
	"notices.created_at":             "notices.created_time",
	"notices.due_at":                 "notices.due_time",
	"notices.attempts":               "notices.attempts",
	"one_time_codes.site_id":         "user.site_id",
	"one_time_codes.user_id":         "user.id",
	"one_time_codes.address":         "codes.address",
	"one_time_codes.purpose":         "codes.purpose",
	"one_time_codes.sent_at":         "codes.sent_time",
	"one_time_codes.expires_at":      "codes.expire_time",
	"one_time_codes.code_mac":        "!a secret: codes can be found by trying",
	"one_time_codes.subnet":          "!of the client that has requested the code: another person's, maybe",
	"one_time_codes.network":         "!of the client that has requested the code: another person's, maybe",
	"one_time_codes.tries":           "!wrong answers of a client, for ten minutes",
	"one_time_codes.email_asked":     "!a mark of the protocol, for ten minutes",
	"budgets.scope":                  "counts.scope",
	"budgets.key":                    "user.id",
	"budgets.used":                   "counts.used",
	"budgets.ends_at":                "counts.end_time",
	"budgets.redeemed":               "!0 in all counts of a user",
	"budgets.money":                  "!0 in all counts of a user: what messages cost is counted for the deployment",
	"budgets.alarm":                  "!0 in all counts of a user",
	"login_tries.network":            "logins.network",
	"login_tries.tries":              "logins.failed",
	"login_tries.window_start":       "logins.since_time",
	"login_tries.known_until":        "logins.known_until_time",
	"login_tries.name_mac":           "!a keyed hash of a name that is in the export",
	"audit_entries.id":               "!of the row, not of the person",
	"audit_entries.at":               "changes.time",
	"audit_entries.actor":            "changes.actor",
	"audit_entries.actor_name":       "!of an operator",
	"audit_entries.act":              "changes.act",
	"audit_entries.site_id":          "user.site_id",
	"audit_entries.user_id":          "user.id",
	"audit_entries.network":          "changes.network",
	"audit_entries.detail":           "changes.detail",
	"login_networks":                 "!of networks; it names accounts by keyed hashes, for an hour",
	"idempotency_keys":               "!secrets of the client, by which the password can be tried, and digests; for a day",
	"kept_names":                     "!of users that are deleted",
	"keys_done":                      "!of no person",
	"imported_users":                 "!numbers of another system, and user.id",
	"sms_days":                       "!counts of a deployment, of no person",
	"sms_sender_days":                "!counts of a deployment, of no person",
	"sms_receipts":                   "!keyed hashes of providers' ids of messages, with a country; for a week",
	"sms_receipt_days":               "!counts of a deployment, of no person",
	"sms_uses":                       "!a day and a country, of no person",
	"spent_captchas":                 "!of no person",
	"service_keys":                   "!of the operator",
	"invitations":                    "!of the operator; an address is a hash that is keyed by the code",
	"groups":                         "!of the operator; a person's own is group_id",
	"codes":                          "!of an earlier release, which wrote it; this one deletes each row after a day",
	"one_time_codes.tries_elsewhere": "!wrong answers of a client, for ten minutes",
}

// export returns the data of an export.
func (d *deployment) export(token string) (data map[string]any, text string) {
	d.Helper()
	a := d.get(exportPath, "Token", token)
	a.is(d, 200, "")
	a.into(d, &data)
	return data, string(a.body)
}

// at returns the values at a path of an export, of each element of a list.
func at(data map[string]any, path string) (all []any) {
	first, second, _ := strings.Cut(path, ".")
	switch in := data[first].(type) {
	case map[string]any:
		return []any{in[second]}
	case []any:
		for _, one := range in {
			if row, ok := one.(map[string]any); ok {
				all = append(all, row[second])
			}
		}
	}
	return all
}

// wired is the value of a column, as to_jsonb writes it, in the form of an export.
func wired(column string, value any) any {
	switch v := value.(type) {
	case bool:
		return 1.0
	case string:
		if moment, err := time.Parse(time.RFC3339, v); err == nil {
			return float64(moment.Unix())
		}
		switch column {
		case "users.phone":
			return strings.TrimPrefix(v, "+86")
		case "budgets.key":
			return nil
		case "avatars.media", "avatars.data":
			return "data:image/png;base64,b3duIHBpY3R1cmU="
		}
	}
	return value
}

// furnish gives a user a value in each column, and a row in each table. The texts contain word.
func (d *deployment) furnish(u signedIn, word string, number int) {
	d.Helper()
	d.exec(`UPDATE users SET user_name_changed_at = created_at + interval '1 s',
		email_verified_at = created_at + interval '2 s',
		email_since = created_at + interval '3 s', phone_since = created_at + interval '4 s',
		tokens_valid_from = created_at - interval '5 s', expires_at = created_at + interval '6 s',
		updated_at = created_at + interval '7 s', delete_at = created_at + interval '90 days', is_retailer = true,
		real_name = $2 || 'real', first_name = $2 || 'first', last_name = $2 || 'last', introduce = $2 || 'introduce',
		birthday = '1999-01-02', extra = jsonb_build_object('word', $2 || 'extra'),
		terms_version = $2 || 'terms', terms_at = created_at + interval '8 s', terms_language = $2 || 'lang',
		avatar_url = '/' || $2, group_id = $3 + 1, balance = $3 + 2, total_reward = $3 + 3,
		invite_limit = $3 + 4, invites_used = $3 - 1000 WHERE id = $1`, u.ID, word, number)
	d.exec(`INSERT INTO avatars VALUES ($1, sha256($2), 'image/png', $2, now() + interval '11 s')`,
		u.ID, []byte(word+" picture"))
	d.exec(`INSERT INTO sessions VALUES ($1, $2 || 'session', now() + interval '12 s', now() + interval '13 s',
		now() + interval '14 s', now() + interval '15 s', $2 || 'network', $2 || 'agent')`, u.ID, word)
	d.exec(`INSERT INTO notices (user_id, kind, address, locale, created_at, due_at, attempts) VALUES
		($1, $2 || 'kind', $2 || '@notice.example', $2, now() + interval '16 s', now() + interval '17 s', $3)`,
		u.ID, word, number+5)
	d.exec(`INSERT INTO one_time_codes (site_id, address, purpose, user_id, code_mac, subnet, network, sent_at,
		expires_at, tries, tries_elsewhere) VALUES (1, $2 || '@code.example', 'change', $1, sha256($2::bytea), 'x', 'y',
		now() + interval '18 s', now() + interval '19 s', 0, 0)`, u.ID, word)
	d.exec(`INSERT INTO audit_entries (at, actor, actor_name, act, site_id, user_id, network, detail) VALUES
		(now() + interval '22 s', 'self', '', $2 || 'act', 1, $1, $2 || 'net', $2 || 'detail')`, u.ID, word)
	d.exec(`INSERT INTO budgets VALUES ('mail_user', $1::bigint::text, now() + interval '20 s', $2, 0)`, u.ID, number+6)
}

// TestExportHasEachColumn: each column of the schema is in the export of a user with its value, or is left out for
// a reason.
func TestExportHasEachColumn(t *testing.T) {
	t.Parallel()
	d := deploy(t, options{limits: countedLogins})
	friend := d.registered(alice.with("user_name", "friend"))
	u := d.registered(alice.with("email", "Alice@example.com").with("phone", "13800138000").
		with("code", d.code("13800138000", "register")).with("invite_code", friend.InviteCode))
	d.furnish(u, "own", 1100)
	d.post("/api/login", alice.with("password", "somethingelse")).is(t, 422, "credentials_wrong")
	token := d.login(alice)
	d.exec("UPDATE users SET delete_at = created_at + interval '90 days'") // the login has canceled the deletion
	d.exec("UPDATE login_tries SET tries = 1107, known_until = now() + interval '21 s' WHERE network <> ''")
	d.exec(`INSERT INTO audit_entries (at, actor, actor_name, act, user_id, network, detail)
		VALUES (now(), 'key', 'theoperator', 'user.look', $1, 'theirnetwork', '')`, u.ID)
	// The id of an operator's invitation must not be in any answer that has the user.
	d.exec("UPDATE users SET invitation_id = 8172635409")
	data, text := d.export(token)
	shown := text + string(d.get("/api/user/detail", "Token", token).body)
	if strings.Contains(shown, "8172635409") || strings.Contains(text, "theoperator") ||
		strings.Contains(text, "theirnetwork") || !strings.Contains(text, "user.look") {
		t.Error("an operator or an operator's invitation is in an answer, or what was done is not")
	}
	if !strings.Contains(text, `"password_set":true`) {
		t.Error("password_set")
	}
	rows := map[string]string{
		"users": fmt.Sprint("id = ", u.ID), "budgets": fmt.Sprintf("scope = 'mail_user' AND key = '%d'", u.ID),
		"login_tries": "network <> ''", "sessions": "id = 'ownsession'", "audit_entries": "act = 'ownact'",
	}
	var columns [][2]string
	found, err := d.pool.Query(t.Context(), `SELECT table_name, column_name FROM information_schema.columns
		WHERE table_schema = 'public' AND table_name NOT LIKE 'goose%'`)
	fatal(t, err)
	for found.Next() {
		var c [2]string
		fatal(t, found.Scan(&c[0], &c[1]))
		columns = append(columns, c)
	}
	seen := map[string]bool{}
	for _, c := range columns {
		name := c[0] + "." + c[1]
		where, ok := exported[name]
		if !ok {
			name = c[0]
			where, ok = exported[name]
		}
		if seen[name] = true; !ok {
			t.Errorf("%s.%s is neither in the export nor left out for a reason", c[0], c[1])
		}
		if !ok || strings.HasPrefix(where, "!") {
			continue
		}
		condition := "true"
		if rows[c[0]] != "" {
			condition = rows[c[0]]
		} else if c[0] != "users" {
			condition = fmt.Sprint("user_id = ", u.ID)
		}
		var raw []byte
		fatal(t, d.pool.QueryRow(t.Context(), fmt.Sprintf("SELECT to_jsonb(%s) FROM %s WHERE %s", c[1], c[0], condition)).
			Scan(&raw))
		var value any
		fatal(t, json.Unmarshal(raw, &value))
		want, has := wired(name, value), false
		for _, got := range at(data, where) {
			has = has || reflect.DeepEqual(got, want) && got != 0.0 && got != ""
		}
		if name == "budgets.key" {
			has = value == fmt.Sprint(u.ID)
		}
		if !has {
			t.Errorf("%s: %v is not at %s: %v", name, want, where, at(data, where))
		}
	}
	for name := range exported {
		if !seen[name] {
			t.Errorf("there is no %s", name)
		}
	}
}

// TestExportIsOfOneUser: an export has nothing of another user, even if that user claims the same email. It has
// no code that was sent to an unverified email.
func TestExportIsOfOneUser(t *testing.T) {
	t.Parallel()
	d := deploy(t, options{limits: countedLogins})
	stranger := d.registered(alice.with("user_name", "stranger").with("email", "stranger@example.com"))
	d.furnish(stranger, "stranger", 2200)
	u := d.registered(alice.with("email", "unsure@example.com"))
	d.post("/api/verify/email", body{"email": "unsure@example.com", "state": "register"}).is(t, 200, "")
	d.settle()
	d.post("/api/login", body{"email": "unsure@example.com", "password": "somethingelse"}).is(t, 422, "credentials_wrong")
	d.exec("UPDATE login_tries SET known_until = now() + interval '1 hour'")
	data, text := d.export(u.Token)
	if strings.Contains(text, "stranger") || strings.Contains(text, `"used":2206`) {
		t.Errorf("of another user: %s", text)
	}
	if codes, logins := at(data, "codes.address"), at(data, "logins.failed"); len(codes) != 0 || len(logins) != 0 {
		t.Errorf("by an email that is not verified: %v, %v", codes, logins)
	}
	d.exec("UPDATE users SET email_verified_at = now() WHERE id = $1", u.ID)
	data, _ = d.export(u.Token)
	if codes, logins := at(data, "codes.address"), at(data, "logins.failed"); len(codes) != 1 || len(logins) == 0 {
		t.Errorf("by a verified email: %v, %v", codes, logins)
	}
}

// TestExportNeedsAFreshLogin: neither a token of an older session nor its renewed token suffices.
func TestExportNeedsAFreshLogin(t *testing.T) {
	t.Parallel()
	d := deploy(t, options{})
	token := d.registered(alice).Token
	d.now.advance(10 * time.Minute)
	d.export(token)
	d.now.advance(time.Second)
	d.get(exportPath, "Token", token).is(t, 422, "login_too_old")
	d.export(d.login(alice))
	d.now.advance(719 * time.Hour)
	renewed := d.get(detailPath, "Token", token).header.Get("Update-Token")
	if renewed == "" {
		t.Fatal("the token is not renewed")
	}
	d.get(exportPath, "Token", renewed).is(t, 422, "login_too_old")
	fresh := d.login(alice)
	d.exec("DELETE FROM sessions")
	d.get(exportPath, "Token", fresh).is(t, 401, "token_invalid")
}

// TestExportsPerDay: a user has ten exports a day, over all sessions. Requests that are refused
// because the login is too old do not count.
func TestExportsPerDay(t *testing.T) {
	t.Parallel()
	d := deploy(t, options{})
	old := d.registered(alice).Token
	d.now.advance(time.Hour)
	token := d.login(alice)
	for range 10 {
		d.get(exportPath, "Token", old).is(t, 422, "login_too_old")
		d.export(token)
	}
	d.get(exportPath, "Token", d.login(alice)).is(t, 429, "rate_limited")
	d.now.advance(24 * time.Hour)
	d.export(d.login(alice))
}

// TestExportIsWhole: a table that cannot be read fails the export, so that no export is incomplete.
func TestExportIsWhole(t *testing.T) {
	t.Parallel()
	d := deploy(t, options{})
	token := d.registered(alice).Token
	for _, table := range []string{"avatars", "notices", "one_time_codes", "login_tries", "sessions"} {
		d.exec("ALTER TABLE " + table + " RENAME TO away")
		if a := d.get(exportPath, "Token", token); a.status != 500 {
			t.Errorf("without %s: %d", table, a.status)
		}
		d.exec("ALTER TABLE away RENAME TO " + table)
	}
}
