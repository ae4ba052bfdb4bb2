package server_test

import "testing"

// TestExportIsBounded: an export has the newest entries of the longest lists, in the order of the contract.
func TestExportIsBounded(t *testing.T) {
	t.Parallel()
	d := deploy(t, options{})
	u := d.registered(alice)
	d.exec(`INSERT INTO audit_entries (at, actor, actor_name, act, site_id, user_id, network, detail)
		SELECT now(), 'self', '', 'password.changed', 1, $1, '', n::text FROM generate_series(1, 10001) AS n`, u.ID)
	d.exec(`INSERT INTO sessions (user_id, id, created_at, used_at, expires_at, network, agent)
		SELECT $1, n::text, now() - n * interval '1 minute', now(), now() + interval '1 day', '', ''
		FROM generate_series(1, 1001) AS n`, u.ID)
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
}
