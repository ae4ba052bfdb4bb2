package main

// ofSessions has mutants of sessions, and of the code that ends them.
var ofSessions = []mutant{
	{
		name: "password: policy not applied at registration",
		edits: in("policy-at-register", "s.config.Policy.Check(r.Password, s.contextWords(r, a)...)",
			"r.Password, error(nil)"),
		pkg: "internal/account", tests: "^TestRegisterRules$",
	},
	{
		name:  "password: the user's own identifiers are allowed",
		edits: in("policy-at-register", ", s.contextWords(r, a)...", ""),
		pkg:   "internal/account", tests: "^TestRegisterRules$",
	},
	{
		name:  "session: not looked up",
		edits: in("session-checked", "err != nil && !c.Op.Optional {", "false {"),
		pkg:   "internal/server", tests: "^TestLoginAndDetail$",
	},
	{
		name:  "password: changed without the old one",
		edits: in("change-old-password", "case !right:", "case !right && false:"),
		pkg:   "internal/server", tests: "^TestChangePassword$",
	},
	{
		name:  "password: a change leaves the other sessions",
		edits: in("change-ends-sessions", "session.EndAll(ctx, q, row.ID, now)", "error(nil)"),
		pkg:   "internal/server", tests: "^TestChangePassword$",
	},
	{
		name: "session: a stranger may end it",
		edits: in("gen/db/sessions.sql.go", "WHERE user_id = $3 AND id = $4 AND ended_at IS NULL",
			"WHERE ($3::bigint > 0) AND id = $4 AND ended_at IS NULL"),
		pkg: "internal/session", tests: "^TestEnd$",
	},
	{
		name: "session: a renewed token of an earlier release is a fresh login",
		edits: in("gen/db/sessions.sql.go", "SELECT u.id, $1::text, $2::timestamptz, $3::timestamptz,",
			"SELECT u.id, $1::text, $3::timestamptz, $3::timestamptz,"),
		pkg: "internal/session", tests: "^TestOldToken$",
	},
	{
		name:  "session: an ended one is good",
		edits: in("session-ended", "row.EndedAt != nil || ", ""),
		pkg:   "internal/session", tests: "^TestEnd$",
	},
	{
		name:  "session: the maximum is not kept",
		edits: in("session-ended", " || !now.Before(live.createdAt.Add(s.max))", ""),
		pkg:   "internal/session", tests: "^TestShorterMaximum$",
	},
	{
		name:  "session: good without a row",
		edits: in("session-gone", `l.claims.SessionID != "" || `, ""),
		pkg:   "internal/session", tests: "^TestEnd$",
	},
	{
		name:  "session: renewed beyond the maximum",
		edits: in("session-max", "min(claims.Life(), last.Sub(now))", "claims.Life()"),
		pkg:   "internal/session", tests: "^TestRenewal$",
	},
	{
		name: "session: of two that end the others one finds itself ended",
		edits: in("end-others-locks", "q.LockUser(ctx, db.LockUserParams{UserID: live.User.ID})",
			"error(nil)"),
		pkg: "internal/session", tests: "^TestEndOthersAtOnce$",
	},
	{
		name:  "session: renewed although it was ended meanwhile",
		edits: in("renewal-kept", "err != nil || !prolonged", "err != nil || false && !prolonged"),
		pkg:   "internal/session", tests: "^TestRenewalOfAnEndedSession$",
	},
	{
		name:  "password: no notice of a change",
		edits: in("change-notice", "notice.AddByMail(ctx, q, stored,", "notice.AddByMail(ctx, q, db.User{},"),
		pkg:   "internal/account", tests: "^TestChangeIsNoticed$",
	},
	{
		name: "token: a disabling in the second of a log-out everywhere ends none",
		edits: in("schema/00020_tokens_valid_from_rises.sql", "OLD.tokens_valid_from + interval '1 microsecond'",
			"clock_timestamp()"),
		pkg: "internal/account", tests: "^TestDisabledInTheSameSecond$",
	},
	{
		name: "session: an operator's UPDATE ends none",
		edits: in("schema/00017_sessions.sql", "WHEN (NEW.tokens_valid_from IS DISTINCT FROM OLD.tokens_valid_from)",
			"WHEN (false)"),
		pkg: "internal/session", tests: "^TestEnd$",
	},
	{
		name:  "token: good again when a user is enabled again",
		edits: in("session-gone", "issued.Before(*from)", "issued.IsZero()"),
		pkg:   "internal/account", tests: "^TestDisablingEndsTokens$",
	},
	{
		name:  "token: an operator's UPDATE ends none",
		edits: in("schema/00013_tokens_valid_from.sql", "WHEN (NEW.status = 0 AND", "WHEN (NEW.status = 9 AND"),
		pkg:   "internal/account", tests: "^TestDisablingEndsTokens$",
	},
	{
		name:  "session: a token of an earlier user of the id is good",
		edits: in("session-earlier-user", "issued.Before(l.User.CreatedAt.Truncate(time.Second))", "issued.IsZero()"),
		pkg:   "internal/session", tests: "^TestTokenOfAnEarlierUser$",
	},
	{
		name:  "restore: ids are given again",
		edits: in("restore-ids", "Skipped: Skipped", "Skipped: 0"),
		pkg:   "internal/restore", tests: "^TestRun$",
	},
	{
		name:  "restore: codes are good again",
		edits: in("restore-codes", "queries.DeleteAllCodes(ctx)", "0, error(nil)"),
		pkg:   "internal/restore", tests: "^TestRun$",
	},
	{
		name:  "deletion: a change of the password takes it back",
		edits: in("change-leaving", "stored.DeleteAt != nil", "false"),
		pkg:   "internal/account", tests: "^TestChangeBesideDeletion$",
	},
}
