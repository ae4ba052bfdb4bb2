package server_test

import "testing"

// TestExportIsBounded: an export has the newest entries of the longest lists, in the order of the contract.
func TestExportIsBounded(t *testing.T) {
	t.Parallel()
	d := deploy(t, options{limits: countedLogins})
	u := d.registered(alice)
	d.exec(`INSERT INTO audit_entries (at, actor, actor_name, act, site_id, user_id, network, detail)
		SELECT now(), 'self', '', 'password.changed', 1, $1, '', n::text FROM generate_series(1, 10001) AS n`, u.ID)
	d.exec(`INSERT INTO sessions (user_id, id, created_at, used_at, expires_at, network, agent)
		SELECT $1, n::text, now() - n * interval '1 minute', now(), now() + interval '1 day', '', ''
		FROM generate_series(1, 1001) AS n`, u.ID)
	d.exec(`INSERT INTO one_time_codes (site_id, address, purpose, user_id, code_mac, subnet, network, sent_at,
		expires_at, tries, tries_elsewhere) SELECT 1, n || '@code.example', 'change', $1, sha256(n::text::bytea), '', '',
		now() - n * interval '1 minute', now(), 0, 0 FROM generate_series(1, 1001) AS n`, u.ID)
	d.exec(`INSERT INTO notices (user_id, kind, address, locale, created_at, due_at, attempts)
		SELECT $1, 'kind', 'a@notice.example', 'en', now(), now() + interval '1 day', n
		FROM generate_series(1, 1001) AS n`, u.ID)
	d.post("/api/login", alice.with("password", "somethingelse")).is(t, 422, "credentials_wrong")
	d.exec(`INSERT INTO login_tries (name_mac, network, window_start, tries)
		SELECT l.name_mac, n::text, l.window_start - n * interval '1 minute', 0
		FROM (SELECT * FROM login_tries LIMIT 1) AS l, generate_series(1, 999) AS n`) // a wrong password has two rows
	data, _ := d.export(u.Token)
	details := at(data, "changes.detail")
	if len(details) != 10000 || details[0] != "10001" || details[9999] != "2" {
		t.Errorf("%d changes, from %v", len(details), details[:min(len(details), 1)])
	}
	// The session of the registration is one of them.
	ids := at(data, "sessions.id")
	if len(ids) != 1000 || ids[0] != "999" || ids[998] != "1" {
		t.Errorf("%d sessions, from %v", len(ids), ids[:min(len(ids), 1)])
	}
	// Each list that is too long lacks its oldest row, and begins with the next one.
	for path, first := range map[string]any{
		"codes.address": "1000@code.example", "notices.attempts": 2.0, "logins.network": "998",
	} {
		if list := at(data, path); len(list) != 1000 || list[0] != first {
			t.Errorf("%d of %s, from %v", len(list), path, list[:min(len(list), 1)])
		}
	}
}
