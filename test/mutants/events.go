package main

// events is the migration with the triggers.
const events = "schema/00043_events.sql"

// ofEvents has the mutants of events.
var ofEvents = []mutant{
	{
		name:  "event: a registration has none",
		edits: in(events, "WHEN (current_setting('enroll.import', true) IS DISTINCT FROM 'on')", "WHEN (false)"),
		pkg:   "internal/event", tests: "^TestEvents$",
	},
	{
		name:  "event: an import floods the log",
		edits: in("import-quiet", "p.queries.ImportQuietly(ctx)", "error(nil)"),
		pkg:   "internal/transfer", tests: "^TestImportDuplicates$",
	},
	{
		name: "event: an id that is imported again begins anew",
		edits: in(events, "coalesce((SELECT max(e.seq) FROM events AS e WHERE e.user_id = NEW.id), 0)",
			"0"),
		pkg: "internal/transfer", tests: "^TestImportDuplicates$",
	},
	{
		name: "event: a move to another cluster does not shift the log",
		edits: in("moved-events", "queries.ShiftEvents(ctx, db.ShiftEventsParams{OnlyIfMoved: true})",
			"error(nil); _ = queries"),
		pkg: "internal/restore", tests: "^TestMoved$",
	},
	{
		name: "event: a deletion has none",
		edits: in(events, "FOR EACH ROW EXECUTE FUNCTION users_write_deleted();",
			"FOR EACH ROW WHEN (false) EXECUTE FUNCTION users_write_deleted();"),
		pkg: "internal/event", tests: "^TestEvents$",
	},
	{
		name: "event: a new hash of the same password is a change of it",
		edits: in(events, "NEW.password_tx = own AND NEW.tokens_valid_from IS DISTINCT FROM OLD.tokens_valid_from",
			"NEW.password_tx = own"),
		pkg: "internal/account", tests: "^TestEventsOfHolder$",
	},
	{
		name: "event: an end of sessions long after a new hash is a change of the password",
		edits: []edit{
			{events, "AND OLD.password_tx = pg_current_xact_id()::text::bigint", "AND OLD.password_tx IS NOT NULL"},
			{events, "NEW.password_tx = own AND", "NEW.password_tx IS NOT NULL AND"},
		},
		pkg: "internal/event", tests: "^TestPasswordInTransaction$",
	},
	{
		name:  "event: a new email that is verified at once is not verified",
		edits: in(events, "OR NEW.email_key IS DISTINCT FROM OLD.email_key AND NEW.email IS DISTINCT FROM OLD.email)", ")"),
		pkg:   "internal/event", tests: "^TestEvents$",
	},
	{
		name:  "event: a reader does not wait for older transactions",
		edits: in(events, "pg_snapshot_xmin(pg_current_snapshot())", "pg_snapshot_xmax(pg_current_snapshot())"),
		pkg:   "internal/event", tests: "^TestOpenTransaction$",
	},
	{
		name:  "event: the events of a user are not in their order",
		edits: in(events, "WHERE e.user_id = of_user AND e.seq = last_seq", "WHERE false"),
		pkg:   "internal/event", tests: "^TestOrderOfUser$",
	},
	{
		name:  "event: a restore does not shift the log",
		edits: in("restore-events", "queries.ShiftEvents(ctx, db.ShiftEventsParams{})", "error(nil)"),
		pkg:   "internal/restore", tests: "^TestRunShiftsEvents$",
	},
	{
		name:  "event: a site reads events of others",
		edits: in("event-site", "f.Site != 0 &&", "false &&"),
		pkg:   "internal/admin", tests: "^TestEvents$",
	},
	{
		name:  "event: a key reads the events of another site",
		edits: in("admin-events-site", "site != 0 &&", "false &&"),
		pkg:   "internal/admin", tests: "^TestEvents$",
	},
	{
		name:  "event: all events are purged",
		edits: in("event-kept", "l.now().Add(-l.keep)", "l.now()"),
		pkg:   "internal/event", tests: "^TestPurge$",
	},
}
