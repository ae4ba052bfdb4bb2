package main

// ofTerms has the mutants of the terms that people accept.
var ofTerms = []mutant{
	{
		name:  "terms: a registration may accept another version",
		edits: in("terms-version", "accepted == t.Version", "accepted != \"\""),
		pkg:   "internal/terms", tests: "^TestCheck$",
	},
	{
		name:  "terms: a user that has accepted another version is not asked",
		edits: in("terms-due", "accepted == nil || *accepted != t.Version", "accepted == nil"),
		pkg:   "internal/terms", tests: "^TestDue$",
	},
	{
		name:  "terms: a URL may run a script",
		edits: in("terms-url", `parsed.Scheme == "https"`, `parsed.Scheme != ""`),
		pkg:   "internal/terms", tests: "^TestSettingsOfTerms$",
	},
	{
		name:  "terms: a registration is not asked",
		edits: in("terms-with-key", "err != nil", "false && err != nil"),
		pkg:   "internal/account", tests: "^TestTermsWithKey$",
	},
	{
		name:  "terms: a form learns about the terms after its other fields",
		edits: in("terms-at-register", "errors.Join(refusals...) != nil", "false"),
		pkg:   "internal/account", tests: "^TestTermsWithOtherFields$",
	},
	{
		name:  "terms: a repetition is compared with the version of today",
		edits: in("terms-at-register", `r.IdempotencyKey == ""`, "true"),
		pkg:   "internal/account", tests: "^TestTermsWithKey$",
	},
	{
		name: "terms: a registration stores no acceptance",
		edits: in("terms-stored", "Accepting(s.config.Terms.Accept(r.Locale, s.config.Now()))",
			"Accepting(a.session.Accepted())"),
		pkg: "internal/account", tests: "^TestTermsAtRegister$",
	},
	{
		name:  "terms: a login is not asked",
		edits: in("terms-at-login", "!s.config.Terms.Due(row.TermsVersion)", "true"),
		pkg:   "internal/account", tests: "^TestTermsAtLogin$",
	},
	{
		name:  "terms: a login may accept another version",
		edits: in("terms-login-version", "s.config.Terms.Check(l.AcceptedTerms) != nil", `l.AcceptedTerms == ""`),
		pkg:   "internal/account", tests: "^TestTermsAtLogin$",
	},
	{
		name:  "terms: a refusal for the terms spends the code",
		edits: in("terms-code-kept", "return row, nil, err", "return row, err.(*refusal.Error), nil"),
		pkg:   "internal/account", tests: "^TestTermsAtLogin$",
	},
	{
		name:  "terms: a later acceptance is not in the audit log",
		edits: in("terms-audited", "audit.AddTerms", "func(...any) error { _ = audit.Self; return nil }"),
		pkg:   "internal/account", tests: "^(TestTermsAtLogin|TestAcceptTerms)$",
	},
	{
		name:  "terms: a logged-in user may accept another version",
		edits: in("terms-accept-version", "err != nil", "false && err != nil"),
		pkg:   "internal/account", tests: "^TestAcceptTerms$",
	},
	{
		name:  "terms: an import keeps an acceptance without a time",
		edits: in("import-terms", "u.TermsAt == nil || ", ""),
		pkg:   "internal/transfer", tests: "^TestImportTerms$",
	},
	{
		name:  "terms: the URL is written into the page as it is",
		edits: in("terms-url-escaped", "html.EscapeString(o.TermsURL)", "html.UnescapeString(o.TermsURL)"),
		pkg:   "internal/pages", tests: "^TestOptions$",
	},
}
