package main

// ofOperators has mutants of the acts of operators and of service keys.
var ofOperators = []mutant{
	{
		name:  "operator: an act leaves no entry",
		edits: in("operator-audited", "err = audit.Add(ctx, q, entry)", "_ = entry"),
		pkg:   "internal/operator", tests: "^TestActs$",
	},
	{
		name:  "operator: a dry run is done",
		edits: in("operator-dry-run", "a.DryRun", "false"),
		pkg:   "internal/operator", tests: "^TestActs$",
	},
	{
		name:  "operator: an act on a user of another site",
		edits: in("operator-site", "row.SiteID != a.Site", "false"),
		pkg:   "internal/operator", tests: "^TestActs$",
	},
	{
		name:  "operator: a look at a user of another site",
		edits: in("operator-get-site", "row.SiteID != site", "false"),
		pkg:   "internal/operator", tests: "^TestEnable$",
	},
	{
		name:  "operator: a deleted user goes on",
		edits: in("operator-delete-ends-sessions", "session.EndAll(ctx, q, row.ID, now)", "session.EndAll(ctx, q, 0, now)"),
		pkg:   "internal/operator", tests: "^TestActs$",
	},
	{
		name:  "command: deletes without --yes",
		edits: in("command-confirmed", "final && !d.yes", "false && !d.yes"),
		pkg:   "internal/command", tests: "^TestOperatorMistakes$",
	},
	{
		name: "key: any random bits will do",
		edits: in("service-key-compared", "subtle.ConstantTimeCompare(row.Hash, hash(secret)) != 1",
			"subtle.ConstantTimeCompare(nil, hash(secret)) == 1"),
		pkg: "internal/servicekey", tests: "^TestKeyRefused$",
	},
	{
		name:  "key: good after it was revoked",
		edits: in("key-revoked", "row.RevokedAt != nil", "false"),
		pkg:   "internal/servicekey", tests: "^TestKey$",
	},
	{
		name:  "key: good after its end",
		edits: in("key-expired", "!now.Before(*row.ExpiresAt)", "now.IsZero()"),
		pkg:   "internal/servicekey", tests: "^TestKey$",
	},
	{
		name:  "key: has every scope",
		edits: in("key-scope", "slices.Contains(h.scopes, string(scope))", "len(h.scopes) > 0"),
		pkg:   "internal/servicekey", tests: "^TestKey$",
	},
	{
		name:  "key: good for every site",
		edits: in("key-site", "h.site == 0 || h.site == site", "h.site >= 0"),
		pkg:   "internal/servicekey", tests: "^TestKey$",
	},
	{
		name:  "key: its creation leaves no entry",
		edits: in("key-created-audited", "return audit.Add(ctx, q, entry)", "_ = entry; return nil"),
		pkg:   "internal/servicekey", tests: "^TestKey$",
	},
	{
		name: "key: its revocation leaves no entry",
		edits: in("key-revoked-audited", "return audit.Add(ctx, q, audit.Entry{By: by, Act: revoked, Detail: name, At: now})",
			"return nil"),
		pkg: "internal/servicekey", tests: "^TestKey$",
	},
	{
		name:  "operator: a reset of codes leaves no entry",
		edits: in("operator-reset-audited", "return audit.Add(ctx, q, entry)", "_ = entry; return nil"),
		pkg:   "internal/command", tests: "^TestOperatePage$",
	},
}

// ofAdmin has mutants of the admin API.
var ofAdmin = []mutant{
	{
		name:  "admin: a wrong key will do",
		edits: in("admin-key", "errors.Is(err, servicekey.ErrInvalid)", "errors.Is(err, servicekey.ErrInvalid) && false"),
		pkg:   "internal/admin", tests: "^TestKeys$",
	},
	{
		name:  "admin: any scope will do",
		edits: in("admin-scope", "!known || !holder.Allows(scope)", "!known && scope != \"\""),
		pkg:   "internal/admin", tests: "^TestOperations$",
	},
	{
		name:  "admin: a query parameter that is not listed is ignored",
		edits: in("query-unknown", "found.Add(name, UnknownField, 0)", "_ = name"),
		pkg:   "internal/admin", tests: "^TestUnknownQuery$",
	},
	{
		name:  "admin: requests are not validated",
		edits: in("admin-validated", "err != nil {", "err != nil && false {"),
		pkg:   "internal/admin", tests: "^TestRefusals$",
	},
	{
		name:  "admin: a key lists users of another site",
		edits: in("admin-site", "!c.key.OfSite(site)", "site == 0"),
		pkg:   "internal/admin", tests: "^TestSites$",
	},
	{
		name:  "admin: a key reads a user of another site",
		edits: in("admin-get-site", "c.key.Site()", "0"),
		pkg:   "internal/admin", tests: "^TestSites$",
	},
	{
		name:  "admin: a key acts on a user of another site",
		edits: in("admin-act-site", ", Site: c.key.Site()", ""),
		pkg:   "internal/admin", tests: "^TestSites$",
	},
	{
		name:  "admin: a key of one site resets codes of all",
		edits: in("admin-reset-site", "c.key.Site() != 0", "false"),
		pkg:   "internal/admin", tests: "^TestSites$",
	},
	{
		name:  "introspection: of another site's token",
		edits: in("introspect-site", "!c.key.OfSite(claims.SiteID)", "!c.key.OfSite(claims.SiteID) && false"),
		pkg:   "internal/admin", tests: "^TestIntrospection$",
	},
	{
		name:  "introspection: a token without its session is active",
		edits: in("introspect-live", "!live", "false && !live"),
		pkg:   "internal/admin", tests: "^TestIntrospection$",
	},
	{
		name:  "admin: other machines reach the listener unasked",
		edits: in("admin-loopback", "c.AdminRemote != \"on\" && !isLoopback(c.AdminAddr)", "false"),
		pkg:   "internal/settings", tests: "^TestAdminAddress$",
	},
	{
		name:  "form: the first of two values counts",
		edits: in("fields-repeated", "len(values) > 1", "false"),
		pkg:   "internal/admin", tests: "^TestRefusals$",
	},
}
