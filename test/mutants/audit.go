package main

// ofAudit has mutants of the audit log.
var ofAudit = []mutant{
	{
		name: "audit: a change of the password leaves no entry",
		edits: in("change-audited", "audit.AddOwn(ctx, q, stored, audit.PasswordChanged, r.From.Network, now)",
			"map[audit.Act]error{}[audit.PasswordChanged]"),
		pkg: "internal/account", tests: "^TestChangesAreAudited$",
	},
	{
		name: "audit: a reset leaves no entry",
		edits: in("reset-audited", "audit.AddOwn(ctx, q, row, audit.PasswordReset, r.From.Network, now)",
			"map[audit.Act]error{}[audit.PasswordReset]"),
		pkg: "internal/account", tests: "^TestChangesAreAudited$",
	},
	{
		name: "audit: a verified email leaves no entry",
		edits: in("verify-audited", "audit.AddOwn(ctx, q, row, audit.EmailVerified, v.From.Network, now)",
			"map[audit.Act]error{}[audit.EmailVerified]"),
		pkg: "internal/account", tests: "^TestChangesAreAudited$",
	},
	{
		name:  "audit: changed identifiers leave no entry",
		edits: in("identifiers-audited", "auditIdentifiers(ctx, q, row, stored, c.From.Network)", "error(nil)"),
		pkg:   "internal/account", tests: "^TestChangesAreAudited$",
	},
	{
		name: "audit: a requested deletion leaves no entry",
		edits: in("leave-audited", "audit.AddOwn(ctx, q, row, audit.DeletionRequested, r.From.Network, s.config.Now())",
			"error(nil); _ = audit.DeletionRequested"),
		pkg: "internal/account", tests: "^TestChangesAreAudited$",
	},
	{
		name: "audit: a canceled deletion leaves no entry",
		edits: in("leave-kept-audited", "audit.AddOwn(ctx, q, *row, audit.DeletionCanceled, start.Network(), s.config.Now())",
			"error(nil); _ = audit.DeletionCanceled"),
		pkg: "internal/account", tests: "^TestChangesAreAudited$",
	},
	{
		name:  "audit: a site reads entries of others",
		edits: in("audit-site", "f.Site != 0 &&", "false &&"),
		pkg:   "internal/audit", tests: "^TestList$",
	},
	{
		name:  "audit: the service may delete what it has just done",
		edits: in("schema/00027_audit.sql", "least(kept_after, clock_timestamp() - interval '30 days')", "kept_after"),
		pkg:   "internal/audit", tests: "^TestPurge$",
	},
	{
		name:  "audit: the service may change entries",
		edits: in("schema/00027_audit.sql", "REVOKE UPDATE, DELETE ON audit_entries FROM enroll_app;", "NULL;"),
		pkg:   "cmd/enroll", tests: "^TestRoles$",
	},
	{
		name:  "audit: networks of deleted users are kept",
		edits: in("schema/00027_audit.sql", "AND network <> '';", "AND network = '';"),
		pkg:   "internal/account", tests: "^TestNothingIsLeft$",
	},
}
