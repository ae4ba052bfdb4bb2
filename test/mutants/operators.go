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
		name:  "operator: creates on a site that is not served",
		edits: in("operator-create-site", "!slices.Contains(s.sites, site)", "!slices.Contains(s.sites, 1)"),
		pkg:   "internal/operator", tests: "^TestCreateRefused$",
	},
	{
		name:  "operator: the words of a new user are a password",
		edits: in("operator-policy", "append(own, r.SiteWords...)...", "append(own[:0], r.SiteWords...)..."),
		pkg:   "internal/operator", tests: "^TestCreateRefused$",
	},
	{
		name:  "operator: a new user without a way in",
		edits: in("operator-way-in", "err := wayIn(n); err != nil", "err := error(nil); err != nil"),
		pkg:   "internal/operator", tests: "^TestCreateRefused$",
	},
	{
		name:  "operator: a creation leaves no entry",
		edits: in("operator-create-audited", "err := audit.Add(ctx, q, entry); err != nil", "_ = entry; false"),
		pkg:   "internal/operator", tests: "^TestCreate$",
	},
	{
		name:  "operator: a dry run creates a user",
		edits: in("operator-create-dry", "if n.DryRun {", "if false {"),
		pkg:   "internal/operator", tests: "^TestCreate$",
	},
	{
		name: "operator: a repetition creates another user",
		edits: in("operator-key-remembered", "err := c.Remember(ctx, q, stored.ID, row.Now); err != nil",
			"err := error(nil); err != nil"),
		pkg: "internal/operator", tests: "^TestCreateAgain$",
	},
	{
		name: "operator: one service key repeats the request of another",
		edits: in("operator-key-actor", "audit.Actor{Kind: n.By.Kind, Name: n.By.Name}",
			"audit.Actor{Kind: n.By.Kind}"),
		pkg: "internal/operator", tests: "^TestCreateAgain$",
	},
	{
		name: "operator: a repetition with another password",
		edits: in("operator-replay-password", "right, _, err = job.Verify(ctx, *row.PasswordHash, typed)",
			"right = true"),
		pkg: "internal/operator", tests: "^TestCreateAgain$",
	},
	{
		name: "operator: a verified email is taken from another site",
		edits: in("operator-evicts", "SiteID: site, EmailKey: *key, ID: user, Now: now",
			"SiteID: 3 - site, EmailKey: *key, ID: user, Now: now"),
		pkg: "internal/operator", tests: "^TestCreateEvicts$",
	},
	{
		name: "operator: a reserved name is given again",
		edits: in("operator-quarantine", "macs := s.rules.Names.MACs(row.SiteID, "+
			"postgres.OrZero(row.UserNameKey), postgres.OrZero(row.UserNameSkeleton))", "macs := [][]byte(nil)"),
		pkg: "internal/operator", tests: "^TestCreateRefused$",
	},
	{
		name: "operator: another email keeps the mark of the one before",
		edits: in("operator-email-mark", "was && postgres.OrZero(p.EmailKey) == postgres.OrZero(row.EmailKey)",
			"was"),
		pkg: "internal/operator", tests: "^TestUpdate$",
	},
	{
		name: "operator: the words that a user has are its new password",
		edits: in("operator-new-password", "credential.Words(row, s.rules.Phones)",
			"credential.Words(row, s.rules.Phones)[:0]"),
		pkg: "internal/operator", tests: "^TestUpdatePasswordRefused$",
	},
	{
		name: "operator: sessions survive a new password",
		edits: in("operator-password-ends-sessions", "session.EndAll(ctx, q, row.ID, now)",
			"session.EndAll(ctx, q, 0, now)"),
		pkg: "internal/operator", tests: "^TestUpdatePassword$",
	},
	{
		name: "operator: a new password is not told to the holder",
		edits: in("operator-password-notice",
			"notice.AddByMail(ctx, q, before, notice.PasswordChanged, s.locale, now)", "error(nil)"),
		pkg: "internal/operator", tests: "^TestUpdatePassword(Notices)?$",
	},
	{
		name:  "operator: a recovery code leaves no entry",
		edits: in("operator-code-audited", "return audit.Add(ctx, s.queries.WithTx(tx), entry)", "_ = entry; return nil"),
		pkg:   "internal/account", tests: "^TestRecoveryCode(Fails)?$",
	},
	{
		name:  "operator: a dry run sends a code",
		edits: in("operator-code-dry", "if a.DryRun {", "if false {"),
		pkg:   "cmd/enroll", tests: "^TestSendCode$",
	},
	{
		name: "operator: a disabled user gets a recovery code",
		edits: in("recovery-of-user", "holder.Status(row.Status) != holder.Active",
			"holder.Status(row.Status) == 7"),
		pkg: "internal/account", tests: "^TestRecoveryCodeRefused$",
	},
	{
		name:  "group: an act leaves no entry",
		edits: in("group-audited", "err = audit.Add(ctx, q, entry)", "_ = entry"),
		pkg:   "internal/operator", tests: "^TestGroups$",
	},
	{
		name:  "group: a dry run is done",
		edits: in("group-dry-run", "a.DryRun", "false"),
		pkg:   "internal/operator", tests: "^TestGroups$",
	},
	{
		name:  "group: deleted with its users in it",
		edits: in("group-in-use", "if used {", "if used && false {"),
		pkg:   "internal/operator", tests: "^TestGroupsRefused$",
	},
	{
		name: "group: deleted while a user is put into it",
		edits: in("group-held", "q.HoldGroup(ctx, db.HoldGroupParams{SiteID: site, ID: group})",
			"q.GroupByID(ctx, db.GroupByIDParams{SiteID: site, ID: group})"),
		pkg: "internal/operator", tests: "^TestGroupDeletedMeanwhile$",
	},
	{
		name:  "command: deletes without --yes",
		edits: in("command-confirmed", "final && !d.yes", "false && !d.yes"),
		pkg:   "internal/command", tests: "^TestOperatorMistakes$",
	},
	{
		name:  "command: ends all sessions without --yes",
		edits: in("restored-confirmed", "!d.yes", "false"),
		pkg:   "cmd/enroll", tests: "^TestRestored$",
	},
	{
		name:  "restore: not in the audit log",
		edits: in("restore-audited", "err := audit.Add(ctx, queries, entry)", "_, err := entry, error(nil)"),
		pkg:   "internal/restore", tests: "^TestRun$",
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
		edits: in("key-created-audited", "err = audit.Add(ctx, q, entry)", "_ = entry"),
		pkg:   "internal/servicekey", tests: "^TestKey$",
	},
	{
		name: "key: its revocation leaves no entry",
		edits: in("key-revoked-audited", "err = audit.Add(ctx, q, audit.Entry{By: by, Act: revoked, Detail: name, At: now})",
			"err = nil"),
		pkg: "internal/servicekey", tests: "^TestKey$",
	},
	{
		name:  "key: a dry run creates it",
		edits: in("key-create-dry", "spec.DryRun", "false"),
		pkg:   "internal/servicekey", tests: "^TestKeyDryRun$",
	},
	{
		name:  "key: a dry run revokes it",
		edits: in("key-revoke-dry", "err == nil && dry", "err == nil && dry && false"),
		pkg:   "internal/servicekey", tests: "^TestKeyDryRun$",
	},
	{
		name:  "operator: a dry run resets codes",
		edits: in("operator-reset-dry", "err == nil && dry", "err == nil && dry && false"),
		pkg:   "internal/command", tests: "^TestCodesReset$",
	},
	{
		name:  "operator: a reset of codes leaves no entry",
		edits: in("operator-reset-audited", "err = audit.Add(ctx, q, entry)", "_ = entry"),
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
		edits: in("query-unknown", "found.Add(echoable(name), UnknownField, 0)", "_ = name"),
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
		name:  "command: an empty --url works on the database",
		edits: in("remote-not-empty", `b.url == ""`, "false"),
		pkg:   "internal/command", tests: "^TestURLRefused$",
	},
	{
		name:  "command: a command without an operation works on the database",
		edits: in("remote-no-operation", "!found", "!found && false"),
		pkg:   "internal/command", tests: "^TestMistakesByURL$",
	},
	{
		name:  "remote: the key goes over http to another machine",
		edits: in("remote-url", "outbound.CheckURL(c.URL)", "error(nil)"),
		pkg:   "internal/command", tests: "^TestURLRefused$",
	},
	{
		name:  "admin: a dry run does the act",
		edits: in("admin-act-site", ", DryRun: dry", ""),
		pkg:   "internal/admin", tests: "^TestDryRun$",
	},
	{
		name:  "admin: a dry run claims the idempotency key",
		edits: in("admin-dry-key", "!n.DryRun", "true"),
		pkg:   "internal/admin", tests: "^TestDryRunOfKey$",
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
