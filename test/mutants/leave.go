package main

// ofLeave has mutants of the deletion of accounts.
var ofLeave = []mutant{
	{
		name:  "deletion: requested without the password",
		edits: in("leave-password", "err != nil {", "err != nil && false {"),
		pkg:   "internal/account", tests: "^TestDelete$",
	},
	{
		name:  "deletion: any number of attempts",
		edits: in("leave-bounded", "s.prover.CountUse(ctx, holder.PasswordUses, r.By.Live().User.ID)", "error(nil)"),
		pkg:   "internal/server", tests: "^TestDeleteUser$",
	},
	{
		name: "deletion: a code is good more than once",
		edits: in("leave-code-spent", "err := proven.Spend(ctx, q, s.config.Now()); err != nil",
			`proven.Address = ""; proven.Spend(ctx, q, s.config.Now()) != nil`),
		pkg: "internal/server", tests: "^TestPasswordlessLeavesByCode$",
	},
	{
		name:  "deletion: sessions go on",
		edits: in("leave-ends-sessions", "session.EndAll(ctx, q, row.ID, now)", "session.EndAll(ctx, q, 0, now)"),
		pkg:   "internal/account", tests: "^TestDelete$",
	},
	{
		name:  "deletion: the holder is not told",
		edits: in("leave-notice", "notice.AddByMail(ctx, q, row,", "notice.AddByMail(ctx, q, db.User{},"),
		pkg:   "internal/account", tests: "^TestDelete$",
	},
	{
		name:  "deletion: the holder is not told that a login has canceled it",
		edits: in("leave-kept-notice", "notice.AddByMail(ctx, q, *row,", "notice.AddByMail(ctx, q, db.User{},"),
		pkg:   "internal/account", tests: "^TestDelete$",
	},
	{
		name:  "deletion: a login does not cancel it",
		edits: in("schema/00022_leave.sql", "WHEN (OLD.delete_at IS NOT NULL)", "WHEN (false)"),
		pkg:   "internal/account", tests: "^TestDelete$",
	},
	{
		name:  "deletion: a login cancels it when the time has come",
		edits: in("gen/db/sessions.sql.go", " AND (delete_at IS NULL OR delete_at > $3::timestamptz)", ""),
		pkg:   "internal/account", tests: "^TestTimeComesDuringALogin$",
	},
	{
		name:  "deletion: by a user of whom the password was changed meanwhile",
		edits: in("gen/db/leave.sql.go", "AND password_hash IS NOT DISTINCT FROM $3::text", "AND $3::text <> ''"),
		pkg:   "internal/account", tests: "^TestDeletionsMeet$",
	},
	{
		name:  "deletion: a login does not know that the time has come",
		edits: in("leave-due", "user.DeleteAt != nil && ", "false && "),
		pkg:   "internal/account", tests: "^TestDelete$",
	},
	{
		name:  "deletion: one at once is taken back by a login that was under way",
		edits: in("leave-at-once", "s.after == 0", "false"),
		pkg:   "internal/account", tests: "^TestDeleteAtOnce$",
	},
	{
		name:  "deletion: beside requests that began before it",
		edits: in("leave-margin", "now.Add(-margin)", "now"),
		pkg:   "internal/account", tests: "^TestDelete$",
	},
	{
		name:  "deletion: codes stay",
		edits: in("leave-codes", "s.codes.Forget(ctx, u.SiteID, u.ID, addresses)", "error(nil)"),
		pkg:   "internal/account", tests: "^TestNothingIsLeft$",
	},
	{
		name:  "deletion: networks of logins stay",
		edits: in("leave-logins", "s.logins.Forget(ctx, u)", "nil"),
		pkg:   "internal/account", tests: "^TestNothingIsLeft$",
	},
	{
		name: "deletion: a user that leaves invites others",
		edits: in("gen/db/invites.sql.go", "AND delete_at IS NULL\n    AND (invite_limit IS NULL",
			"AND (invite_limit IS NULL"),
		pkg: "internal/account", tests: "^TestDelete$",
	},
	{
		name:  "deletion: the name is free at once",
		edits: in("leave-name-kept", "s.keepNames(ctx, users)", "error(nil)"),
		pkg:   "internal/account", tests: "^TestNameQuarantine$",
	},
	{
		name:  "deletion: a registration does not ask for kept names",
		edits: in("name-quarantine", "s.leaving.NameMACs(a.site, a.userName.Key, a.userName.Skeleton)", "nil"),
		pkg:   "internal/account", tests: "^TestNameQuarantine$",
	},
	{
		name:  "export: an old login suffices",
		edits: in("export-fresh", "!by.Fresh(s.config.Now()) {", "false {"),
		pkg:   "internal/server", tests: "^TestExportNeedsAFreshLogin$",
	},
	{
		name:  "holder: a session is fresh for an hour more",
		edits: in("fresh", "<= fresh", "<= fresh+time.Hour"),
		pkg:   "internal/server", tests: "^TestExportNeedsAFreshLogin$",
	},
	{
		name:  "export: any number a day",
		edits: in("export-bounded", "err != nil {", "err != nil && false {"),
		pkg:   "internal/server", tests: "^TestExportsPerDay$",
	},
	{
		name:  "export: codes to an email that is not verified",
		edits: in("export-unverified", " && user.EmailVerifiedAt != nil", ""),
		pkg:   "internal/server", tests: "^TestExportIsOfOneUser$",
	},
	{
		name:  "export: logins by an email that is not verified",
		edits: in("export-unverified-logins", "user.EmailVerifiedAt == nil", "false"),
		pkg:   "internal/server", tests: "^TestExportIsOfOneUser$",
	},
	{
		name: "export: the sessions of all users",
		edits: []edit{
			{"gen/db/export.sql.go", "WHERE s.user_id = $1 AND", "WHERE $1 <> 0 AND"},
			{"gen/db/export.sql.go", "WHERE n.user_id = $1", "WHERE $1 <> 0"},
		},
		pkg: "internal/server", tests: "^TestExportIsOfOneUser$",
	},
	{
		name:  "export: the notices of all users",
		edits: in("gen/db/export.sql.go", "WHERE i.user_id = $1", "WHERE $1 <> 0"),
		pkg:   "internal/server", tests: "^TestExportIsOfOneUser$",
	},
	{
		name:  "export: the changes of all users",
		edits: in("gen/db/export.sql.go", "WHERE user_id = $1::bigint\nORDER BY id", "WHERE $1::bigint <> 0\nORDER BY id"),
		pkg:   "internal/server", tests: "^TestExportIsOfOneUser$",
	},
	{
		name:  "export: the codes of all users",
		edits: in("gen/db/export.sql.go", "c.user_id = $2::bigint AND c.user_id <> 0", "$2::bigint <> 0"),
		pkg:   "internal/server", tests: "^TestExportIsOfOneUser$",
	},
	{
		name:  "export: the counts of all users",
		edits: in("gen/db/export.sql.go", " AND key = $2::text", " AND $2::text <> ''"),
		pkg:   "internal/server", tests: "^TestExportIsOfOneUser$",
	},
	{
		name:  "export: the network of an operator",
		edits: in("gen/db/export.sql.go", "CASE WHEN actor = 'self' THEN network", "CASE WHEN true THEN network"),
		pkg:   "internal/server", tests: "^TestExportHasEachColumn$",
	},
	{
		name:  "leave: counts by the user's id stay",
		edits: in("leave-user-counts", "Scopes: UserScopes()", "Scopes: UserScopes()[:1]"),
		pkg:   "internal/account", tests: "^TestNothingIsLeft$",
	},
	{
		name:  "leave: each chunk waits for a database that does not answer",
		edits: in("leave-stops", "!goOn", "goOn && false"),
		pkg:   "internal/account", tests: "^TestDeletionStops$",
	},
	{
		name:  "leave: a user that cannot be deleted keeps others from it",
		edits: in("leave-goes-on", "range users {", "range users[:0] {"),
		pkg:   "internal/account", tests: "^TestDeletionOfOthersGoesOn$",
	},
}
