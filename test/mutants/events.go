package main

// events is the migration with the triggers.
const events = "schema/00043_events.sql"

// verifier is the verifier of events in the Go SDK. The others are its translations, with the same vectors.
const verifier = "gen/sdk/go/event.go"

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
		name:  "event: a site reads what is set aside of others",
		edits: in("aside-site", "f.Site != 0 &&", "false &&"),
		pkg:   "internal/admin", tests: "^TestSetAsideEvents$",
	},
	{
		name:  "event: a receiver that is not configured is replayed to",
		edits: in("replay-receiver", "r.Name == name", "r.Name >= name"),
		pkg:   "internal/event", tests: "^TestReplayRefused$",
	},
	{
		name:  "event: a dry run replays",
		edits: in("replay-dry-run", "err == nil && r.DryRun", "err == nil && r.DryRun && false"),
		pkg:   "internal/event", tests: "^TestReplay$",
	},
	{
		name:  "event: a replay has no entry in the audit log",
		edits: in("replay-audited", "audit.Add(ctx, q, entry)", "map[string]error{}[entry.Detail]"),
		pkg:   "internal/event", tests: "^TestReplay$",
	},
	{
		name:  "event: a replay lets a turn in progress go on",
		edits: in("gen/db/deliveries.sql.go", "turn = deliveries.turn + 1,\n        due_at", "due_at"),
		pkg:   "internal/event", tests: "^TestReplayBesideTurn$",
	},
	{
		name: "event: a replay begins a request beside a turn in progress",
		edits: in("gen/db/deliveries.sql.go", "CASE WHEN deliveries.claimed THEN deliveries.due_at ELSE EXCLUDED.due_at END",
			"EXCLUDED.due_at"),
		pkg: "internal/event", tests: "^TestReplayBesideTurn$",
	},
	{
		name:  "event: two replays at a time serve an event twice",
		edits: in("gen/db/deliveries.sql.go", "WHERE r.name = $1::text FOR UPDATE\n", "WHERE r.name = $1::text\n"),
		pkg:   "internal/event", tests: "^TestReplayTwice$",
	},
	{
		name:  "event: a replay ends with an old event",
		edits: in("gen/db/deliveries.sql.go", "AND (v.tx, v.id) <=", "AND false AND (v.tx, v.id) <="),
		pkg:   "internal/event", tests: "^TestReplayNewest$",
	},
	{
		name:  "event: a key replays events of another site",
		edits: in("admin-replay-site", "c.anySite(b.Site)", "int64(b.Site), error(nil)"),
		pkg:   "internal/admin", tests: "^TestReplayEvents$",
	},
	{
		name:  "event: a replay after an event of another site",
		edits: in("replay-after-site", "r.Site != 0 && r.Site != id.site", "false"),
		pkg:   "internal/event", tests: "^TestReplaySinceRefused$",
	},
	{
		name:  "event: a cursor brings events from before the time of a replay",
		edits: in("replay-cursor", "after.at.Before(start.at)", "after.at.Before(start.at) && false"),
		pkg:   "internal/event", tests: "^TestReplaySinceRefused$",
	},
	{
		name:  "event: a replay of many pages queues a user again",
		edits: in("gen/db/deliveries.sql.go", "WHERE b.user_id = p.user_id AND b.seq = p.seq - 1", "WHERE false"),
		pkg:   "internal/event", tests: "^TestReplaySinceMany$",
	},
	{
		name:  "event: all events are purged",
		edits: in("event-kept", "l.now().Add(-l.keep)", "l.now()"),
		pkg:   "internal/event", tests: "^TestPurge$",
	},
	{
		name:  "event: two replicas send the events of a user at a time",
		edits: in("event-claim", "Until: now.Add(claimTime)", "Until: now"),
		pkg:   "internal/event", tests: "^TestSendOrder$",
	},
	{
		name:  "event: a replica sends for longer than its claim lasts",
		edits: in("event-turn", "time.Since(begin) > maxTurn || closed(stop)", "time.Since(begin) > maxTurn && closed(stop)"),
		pkg:   "internal/event", tests: "^TestSendStops$",
	},
	{
		name:  "event: a receiver gets events that it has not chosen",
		edits: in("event-types", "return slices.Contains(l.types, t)", "return slices.Contains(l.types, t) || true"),
		pkg:   "internal/event", tests: "^TestSendTypes$",
	},
	{
		name:  "event: a receiver that hangs is waited for",
		edits: in("event-time", "context.WithTimeout(ctx, l.timeout)", "context.WithTimeout(ctx, time.Hour)"),
		pkg:   "internal/event", tests: "^TestSendFailures$",
	},
	{
		name:  "event: an answer without end is read",
		edits: in("event-answer", "io.CopyN(io.Discard, res.Body, maxAnswer)", "io.Copy(io.Discard, res.Body)"),
		pkg:   "internal/event", tests: "^TestEndlessAnswer$",
	},
	{
		name:  "event: a redirect counts as delivered",
		edits: in("event-status", "res.StatusCode <= 299", "res.StatusCode <= 399"),
		pkg:   "internal/event", tests: "^TestSendFailures$",
	},
	{
		name:  "event: a receiver postpones its events for as long as it likes",
		edits: in("event-retry-after", "min(max(after, 0), maxRetryAfter)", "max(after, 0)"),
		pkg:   "internal/event", tests: "^TestSendFailures$",
	},
	{
		name:  "event: what is purged soon is not set aside",
		edits: in("event-purged-first", "l.keep > 0 && purged.Before(end)", "l.keep > 0 && purged.After(end)"),
		pkg:   "internal/event", tests: "^TestSendPurged$",
	},
	{
		name:  "event: a receiver that wants no request gets one",
		edits: in("event-paused", "now.UnixNano() < l.resume.Load()", "now.UnixNano() < 0*l.resume.Load()"),
		pkg:   "internal/event", tests: "^TestSendPaused$",
	},
	{
		name:  "event: what a receiver does not accept is tried forever",
		edits: in("event-set-aside", "out.gone || !now.Before(end)", "out.gone"),
		pkg:   "internal/event", tests: "^TestSendSetAside$",
	},
	{
		name:  "event: sent to another machine in the clear",
		edits: in("event-url", "outbound.CheckURL(address); err != nil", "outbound.CheckURL(address); err != nil && false"),
		pkg:   "internal/event", tests: "^TestParseReceivers$",
	},
	{
		name:  "event: purged while it is tried again",
		edits: in("event-kept-for-retries", "c.EventsKeep < event.MinKeepSent", "c.EventsKeep < event.MinKeep"),
		pkg:   "internal/settings", tests: "^TestEventReceivers$",
	},
	{
		name:  "sdk: an event that was recorded is accepted",
		edits: in(verifier, "case age > v.Tolerance:", "case age > 24*time.Hour:"),
		pkg:   "test/sdk/go", tests: "^TestEventVerifier$",
	},
	{
		name:  "sdk: an event from the future is accepted",
		edits: in(verifier, "case age < -v.Tolerance:", "case age < -24*time.Hour:"),
		pkg:   "test/sdk/go", tests: "^TestEventVerifier$",
	},
	{
		name:  "sdk: the tolerance is not settable",
		edits: in(verifier, "case age > v.Tolerance:", "case age > DefaultTolerance:"),
		pkg:   "test/sdk/go", tests: "^TestEventVerifier$",
	},
	{
		name:  "sdk: the signature of an event is not compared",
		edits: in(verifier, "if hmac.Equal([]byte(one), want) {", "if one != string(want[:0]) {"),
		pkg:   "test/sdk/go", tests: "^TestEventVerifier$",
	},
	{
		name:  "sdk: the time of an event is not signed",
		edits: in(verifier, `fmt.Fprintf(mac, "%s.%s.", id, sent)`, `fmt.Fprintf(mac, "%s.1796083200.", id)`),
		pkg:   "test/sdk/go", tests: "^TestEventVerifier$",
	},
	{
		name:  "sdk: a short secret of events is accepted",
		edits: in(verifier, "len(key) < 24 || ", ""),
		pkg:   "test/sdk/go", tests: "^TestEventVerifier$",
	},
}
