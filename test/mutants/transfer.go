package main

// ofTransfer has mutants of the export and the import of users.
var ofTransfer = []mutant{
	{
		name:  "transfer: an export leaves no entry",
		edits: in("export-audited", "audit.Add(ctx, db.New(tx), entry)", "func() error { _ = entry; return nil }()"),
		pkg:   "internal/transfer", tests: "^TestRoundTrip$",
	},
	{
		name:  "transfer: an export has users that are deleted",
		edits: in("export-deleted", "row.DeleteAt != nil && !row.DeleteAt.After(e.at)", "false"),
		pkg:   "internal/transfer", tests: "^TestRoundTrip$",
	},
	{
		name:  "transfer: other accounts can read an export",
		edits: in("export-mode", "0o600", "0o644"),
		pkg:   "internal/command", tests: "^TestExportFile$",
	},
	{
		name:  "transfer: an export takes over a file that exists",
		edits: in("export-mode", "os.O_EXCL", "os.O_TRUNC"),
		pkg:   "internal/command", tests: "^TestExportFile$",
	},
	{
		name:  "transfer: a hash that no login can verify",
		edits: in("import-hash", "u.PasswordHash != \"\" && !ok", "false && !ok"),
		pkg:   "internal/transfer", tests: "^TestImportRules$",
	},
	{
		name:  "transfer: values of AnQiCMS are read under wrong names",
		edits: in("import-anqicms-width", "from.nulls(`\\N`, \"NULL\")", "_ = from"),
		pkg:   "internal/transfer", tests: "^TestImportAnqicmsOutfile$",
	},
	{
		name:  "transfer: a quotation mark without its partner loses the rows behind it",
		edits: in("import-open-quote", "errors.Is(err, io.EOF) ||", "false ||"),
		pkg:   "internal/transfer/source", tests: "^(TestOutfile|TestTables.*)$",
	},
	{
		name:  "transfer: a record that has taken rows into a value is refused as one row",
		edits: in("import-lines", "ways[i].lines > 1 || len(read) > 1", "false"),
		pkg:   "internal/transfer/source", tests: "^TestOutfile$",
	},
	{
		name:  "transfer: of two ways to read a file one is taken that loses rows",
		edits: in("import-two-ways", "right != nil && right.lines != w.lines", "false"),
		pkg:   "internal/transfer/source", tests: "^TestTables",
	},
	{
		name:  "import: a line in which a record reaches its bound loses its begin",
		edits: in("import-line-whole", "o.begun = text", `o.begun = ""`),
		pkg:   "internal/transfer/source", tests: "^TestBoundInALine$",
	},
	{
		name:  "transfer: an export ends if its reader pauses",
		edits: in("export-waits", "err = e.queries.WaitForReader(ctx); err == nil", "err == nil"),
		pkg:   "internal/transfer", tests: "^TestExportWaits$",
	},
	{
		name:  "transfer: a second row with an id counts as imported after a stop",
		edits: in("import-id-of-another", "c.another(known)", "false"),
		pkg:   "internal/transfer", tests: "^TestImportRepeatedID$",
	},
	{
		name:  "transfer: a group that is deleted meanwhile stays as a number",
		edits: in("import-group-gone", "asked[groupKey{row.SiteID, row.GroupID}]", "false"),
		pkg:   "internal/transfer", tests: "^TestImportGroupDeleted$",
	},
	{
		name:  "transfer: a file of a program may have names that are reserved",
		edits: in("import-held-name", "&& ok && c.held", "&& ok"),
		pkg:   "internal/transfer", tests: "^TestRoundTripOfEarlierRules$",
	},
	{
		name:  "transfer: a file of a program may have emails of earlier rules",
		edits: in("import-held-email", "&& ok && c.held", "&& ok"),
		pkg:   "internal/transfer", tests: "^TestRoundTripOfEarlierRules$",
	},
	{
		name:  "transfer: holders of phones of earlier rules are lost",
		edits: in("import-held-phone", "phone, err = held, nil", "_ = held"),
		pkg:   "internal/transfer", tests: "^TestRoundTripOfEarlierRules$",
	},
	{
		name:  "transfer: rows that were imported before are hashed again",
		edits: in("import-wrapped-once", "!before[c.source]", "true"),
		pkg:   "internal/transfer", tests: "^TestImportWeak$",
	},
	{
		name:  "transfer: an unverified email of Keycloak counts as verified",
		edits: in("import-keycloak-email", "from.EmailVerified", "from.EmailVerified || true"),
		pkg:   "internal/transfer", tests: "^TestImportArrays$",
	},
	{
		name:  "transfer: argon2i is taken for argon2id",
		edits: in("import-keycloak-argon2", `one("type") != "id" || `, ""),
		pkg:   "internal/transfer", tests: "^TestImportArrays$",
	},
	{
		name:  "transfer: an unverified email of Firebase counts as verified",
		edits: in("import-firebase-email", "from.EmailVerified", "from.EmailVerified || true"),
		pkg:   "internal/transfer", tests: "^TestImportFirebase$",
	},
	{
		name:  "transfer: a user that Firebase has disabled is active",
		edits: in("import-firebase-disabled", "from.Disabled", "from.Disabled && false"),
		pkg:   "internal/transfer", tests: "^TestImportFirebase$",
	},
	{
		name:  "transfer: parameters of another algorithm are taken for Firebase's",
		edits: in("import-firebase-parameters", `of["algorithm"] != "SCRYPT" || `, ""),
		pkg:   "internal/transfer", tests: "^TestFirebaseHash$",
	},
	{
		name:  "transfer: an unverified email of Kratos counts as verified",
		edits: in("import-kratos-email", "email.Verified", "email.Verified || true"),
		pkg:   "internal/transfer", tests: "^TestImportKratos$",
	},
	{
		name:  "transfer: an inactive identity of Kratos is active",
		edits: in("import-kratos-inactive", `"inactive"`, `"none"`),
		pkg:   "internal/transfer", tests: "^TestImportKratos$",
	},
	{
		name:  "transfer: users of a list without hashes lose their passwords",
		edits: in("import-kratos-config", "c.Config == nil", "c.Config == nil && kind == \"\""),
		pkg:   "internal/transfer", tests: "^TestImportKratos$",
	},
	{
		name:  "transfer: users of a list without credentials lose their passwords",
		edits: in("import-kratos-credentials", "k.Credentials == nil", "false"),
		pkg:   "internal/transfer", tests: "^TestImportKratos$",
	},
	{
		name:  "transfer: an unverified email of Auth0 counts as verified",
		edits: in("import-auth0-email", "from.EmailVerified", "from.EmailVerified || true"),
		pkg:   "internal/transfer", tests: "^TestImportAuth0$",
	},
	{
		name:  "transfer: a user that Auth0 has blocked is active",
		edits: in("import-auth0-blocked", "*from.Blocked", "false"),
		pkg:   "internal/transfer", tests: "^TestImportAuth0$",
	},
	{
		name:  "transfer: a hash of a password in another encoding is kept",
		edits: in("import-auth0-encoding", `e != ""`, `e == "none"`),
		pkg:   "internal/transfer", tests: "^TestImportAuth0$",
	},
	{
		name:  "transfer: a salt behind the password stands before it",
		edits: in("import-auth0-salt", `"suffix"`, `"none"`),
		pkg:   "internal/transfer", tests: "^TestImportAuth0$",
	},
	{
		name:  "transfer: a file of Supabase may lack the column that bans users",
		edits: in("import-supabase-columns", "required...", "required[:4]..."),
		pkg:   "internal/transfer", tests: "^TestImportSupabaseFiles$",
	},
	{
		name:  "transfer: an email that Supabase has confirmed counts as verified without the operator's word",
		edits: in("import-supabase-email", "s.emails", "true"),
		pkg:   "internal/transfer", tests: "^TestImportSupabaseVerified$",
	},
	{
		name:  "transfer: a phone that Supabase has confirmed is kept without the operator's word",
		edits: in("import-supabase-phone", " && s.phones", ""),
		pkg:   "internal/transfer", tests: "^TestImportSupabaseVerified$",
	},
	{
		name:  "transfer: a user that Supabase has banned is active",
		edits: in("import-supabase-banned", "until.After(s.now)", "until.Before(s.now)"),
		pkg:   "internal/transfer", tests: "^TestImportSupabase$",
	},
	{
		name:  "transfer: a user that Supabase has deleted comes back",
		edits: in("import-supabase-deleted", `!= ""`, `== "never"`),
		pkg:   "internal/transfer", tests: "^TestImportSupabase$",
	},
	{
		name:  "transfer: a value of CSV adds members to its row",
		edits: in("import-csv-value", "!json.Valid(values[name])", "false"),
		pkg:   "internal/transfer", tests: "^TestImportCSV$",
	},
	{
		name:  "transfer: a file that is cut off counts as whole",
		edits: in("import-array-end", "err != nil || t != json.Delim(']')", "false && (err != nil || t == nil)"),
		pkg:   "internal/transfer", tests: "^TestImportArrayFiles$",
	},
	{
		name:  "transfer: a dump that is cut off between two statements counts as whole",
		edits: in("dump-end", "errors.Is(err, io.EOF) && r.scanner.cut", "false"),
		pkg:   "internal/transfer/source/mysqldump", tests: "^TestErrors$",
	},
	{
		name:  "transfer: users of two databases are those of one",
		edits: in("dump-database", "met && owner != database", "met && owner == name+database"),
		pkg:   "internal/transfer/source/mysqldump", tests: "^TestErrors$",
	},
	{
		name:  "transfer: an INSERT in a routine has a row",
		edits: in("dump-program", "r.scanner.program()", "r.skip(t)"),
		pkg:   "internal/transfer/source/mysqldump", tests: "^TestOtherPrograms$",
	},
	{
		name:  "transfer: users of a site that is not served",
		edits: in("import-site", "!slices.Contains(r.cfg.Sites, c.row.SiteID)", "false"),
		pkg:   "internal/transfer", tests: "^TestImportRules$",
	},
	{
		name:  "transfer: users whose deletion is due",
		edits: in("import-deleted", "!u.Delete.After(r.at)", "false"),
		pkg:   "internal/transfer", tests: "^TestImportRules$",
	},
	{
		name:  "transfer: a reserved user name is imported",
		edits: in("import-identifiers", "err != nil", "err != nil && err != identifier.ErrUserNameReserved"),
		pkg:   "internal/transfer", tests: "^TestImportRules$",
	},
	{
		name: "transfer: an import leaves no entry",
		edits: in("import-audited", "audit.Add(ctx, r.queries.WithTx(tx), entry)",
			"func() error { _ = entry; return nil }()"),
		pkg: "internal/transfer", tests: "^TestRoundTrip$",
	},
	{
		name:  "transfer: a registration gets an id of the file",
		edits: in("import-ids-held", "r.queries.WithTx(tx).HoldUserIDs(ctx, db.HoldUserIDsParams{Upto: r.held})", "nil"),
		pkg:   "internal/transfer", tests: "^TestImportIDs$",
	},
	{
		name:  "transfer: a dry run imports",
		edits: in("import-dry", "r.cfg.DryRun", "false"),
		pkg:   "internal/transfer", tests: "^TestImportDry$",
	},
	{
		name:  "transfer: a deleted user comes back",
		edits: in("import-not-revived", "isKnown && known.Gone", "false"),
		pkg:   "internal/transfer", tests: "^TestImportRepeated$",
	},
	{
		name:  "transfer: a row is imported again",
		edits: in("import-once", "case isKnown", "case false"),
		pkg:   "internal/transfer", tests: "^TestImportAnqicms$",
	},
	{
		name:  "transfer: a second row with an id passes for one that was imported before",
		edits: in("import-id-repeated", "isKnown && known.Now || ", ""),
		pkg:   "internal/transfer", tests: "^TestImportRepeated$",
	},
	{
		name:  "transfer: an export makes second users where it comes from",
		edits: in("import-same", "ok && one.dated", "ok && false"),
		pkg:   "internal/transfer", tests: "^TestImportSameUsers$",
	},
	{
		name:  "transfer: a user without a way in",
		edits: in("import-way-in", "!hasWayIn(row)", "false"),
		pkg:   "internal/transfer", tests: "^TestImportRules$",
	},
	{
		name:  "transfer: an unverified email keeps its owner from it",
		edits: in("import-verified-wins", "row.EmailVerifiedAt != nil && !o.verified", "false"),
		pkg:   "internal/transfer", tests: "^TestImportDuplicates$",
	},
	{
		name:  "transfer: any row takes an unverified email",
		edits: in("import-verified-wins", "row.EmailVerifiedAt != nil && !o.verified", "!o.verified"),
		pkg:   "internal/transfer", tests: "^TestImportDuplicates$",
	},
	{
		name:  "transfer: a verified email is refused",
		edits: in("import-evicts", "range p.evicted", "range p.evicted[:0]"),
		pkg:   "internal/transfer", tests: "^TestImportDuplicates$",
	},
	{
		name:  "transfer: a stranger's account for the phone of another person",
		edits: in("import-phones", "!verified", "false"),
		pkg:   "internal/transfer", tests: "^TestImportAnqicms$",
	},
	{
		name:  "transfer: the names of deleted users are given again",
		edits: in("import-reserved", "p.claims.kept[string(m)]", "false"),
		pkg:   "internal/transfer", tests: "^TestImportRules$",
	},
}
