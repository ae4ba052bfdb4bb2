package main

import "strings"

// ofIndexes has a mutant for each index of the schema that is not a constraint. Without it a query, a purge or
// the check of a foreign key reads a table from end to end, which shows beside millions of rows only.
var ofIndexes = []mutant{
	withoutIndex("schema/00003_spent_captchas.sql",
		"CREATE INDEX spent_captchas_expires_at_idx ON spent_captchas (expires_at);"),
	withoutIndex("schema/00004_idempotency_keys.sql",
		"CREATE INDEX idempotency_keys_created_at_idx ON idempotency_keys (created_at);"),
	withoutIndex("schema/00004_idempotency_keys.sql",
		"CREATE INDEX idempotency_keys_user_id_idx ON idempotency_keys (user_id);"),
	withoutIndex("schema/00008_purge_indexes.sql",
		"CREATE INDEX CONCURRENTLY login_tries_ended_at_idx ON login_tries ((greatest(window_start, known_until)));"),
	withoutIndex("schema/00008_purge_indexes.sql",
		"CREATE INDEX CONCURRENTLY users_parent_id_idx ON users (parent_id) WHERE parent_id IS NOT NULL;"),
	withoutIndex("schema/00009_one_time_codes.sql",
		"CREATE INDEX one_time_codes_expires_at_idx ON one_time_codes (expires_at);"),
	withoutIndex("schema/00009_one_time_codes.sql", "CREATE INDEX budgets_ends_at_idx ON budgets (ends_at);"),
	withoutIndex("schema/00010_former_codes.sql",
		"CREATE INDEX CONCURRENTLY codes_sent_at_idx ON codes (sent_at);"),
	withoutIndex("schema/00012_login_networks.sql",
		"CREATE INDEX login_networks_last_at_idx ON login_networks (last_at);"),
	withoutIndex("schema/00017_sessions.sql", "CREATE INDEX sessions_expires_at_idx ON sessions (expires_at);"),
	withoutIndex("schema/00018_recovery.sql", "CREATE INDEX notices_due_at_idx ON notices (due_at);"),
	withoutIndex("schema/00018_recovery.sql", "CREATE INDEX notices_user_id_idx ON notices (user_id);"),
	withoutIndex("schema/00019_profiles.sql", "CREATE INDEX avatars_hash_idx ON avatars (hash);"),
	withoutIndex("schema/00023_leave_indexes.sql",
		"CREATE INDEX CONCURRENTLY users_delete_at_idx ON users (delete_at) WHERE delete_at IS NOT NULL;"),
	withoutIndex("schema/00023_leave_indexes.sql",
		"CREATE INDEX CONCURRENTLY one_time_codes_user_id_idx ON one_time_codes (user_id) WHERE user_id <> 0;"),
	withoutIndex("schema/00024_kept_names.sql", "CREATE INDEX kept_names_kept_until_idx ON kept_names (kept_until);"),
	withoutIndex("schema/00027_audit.sql", "CREATE INDEX audit_entries_at_idx ON audit_entries (at);"),
	withoutIndex("schema/00027_audit.sql",
		"CREATE INDEX audit_entries_user_id_idx ON audit_entries (user_id, id) WHERE user_id IS NOT NULL;"),
	withoutIndex("schema/00027_audit.sql",
		"CREATE INDEX audit_entries_site_id_idx ON audit_entries (site_id, id) WHERE site_id IS NOT NULL;"),
	withoutIndex("schema/00029_user_lists.sql",
		"CREATE INDEX CONCURRENTLY users_created_at_idx ON users (site_id, created_at, id);"),
	withoutIndex("schema/00029_user_lists.sql",
		"CREATE INDEX CONCURRENTLY users_group_id_idx ON users (site_id, group_id, created_at, id);"),
	withoutIndex("schema/00038_invited_users.sql",
		`CREATE INDEX CONCURRENTLY users_invitation_id_idx ON users (site_id, invitation_id, created_at, id)
    WHERE invitation_id IS NOT NULL;`),
	withoutIndex("schema/00041_waiting_users.sql",
		"CREATE INDEX CONCURRENTLY users_waiting_idx ON users (site_id, created_at, id) WHERE waiting;"),
	withoutIndex("schema/00041_waiting_users.sql", "CREATE INDEX CONCURRENTLY users_disabled_idx "+
		"ON users (site_id, created_at, id) WHERE status = 0 AND NOT waiting;"),
	withoutIndex("schema/00040_purge_invitations.sql",
		"CREATE INDEX invitations_ended_at_idx ON invitations ((least(revoked_at, expires_at, used_up_at)));"),
	withoutIndex("schema/00043_events.sql", "CREATE INDEX events_at_idx ON events (at);"),
	withoutIndex("schema/00044_deliveries.sql", "CREATE INDEX deliveries_due_idx ON deliveries (receiver, due_at);"),
	withoutIndex("schema/00044_deliveries.sql",
		"CREATE INDEX deliveries_event_at_idx ON deliveries (receiver, event_at);"),
	withoutIndex("schema/00044_deliveries.sql",
		"CREATE INDEX set_aside_events_event_at_idx ON set_aside_events (event_at);"),
	withoutIndex("schema/00049_receipts.sql",
		"CREATE INDEX sms_receipts_new_idx ON sms_receipts (day) WHERE NOT counted;"),
	withoutIndex("schema/00049_receipts.sql", "CREATE INDEX sms_receipts_day_idx ON sms_receipts (day);"),
	withoutIndex("schema/00036_imported_users.sql",
		"CREATE INDEX imported_users_waiting_idx ON imported_users (source, source_id) WHERE parent_id IS NOT NULL;"),
}

// withoutIndex returns the mutant that leaves out the statement that creates an index.
func withoutIndex(file, statement string) mutant {
	name, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(statement, "CREATE INDEX "), "CONCURRENTLY "), " ")
	return mutant{
		name: "index: there is no " + name, edits: in(file, statement, ""),
		pkg: "internal/account", tests: "^TestPlans$",
	}
}
