package main

// ofShares has mutants of what each network has of its own of the budgets that all share, and of what a right code
// gives back.
var ofShares = []mutant{
	{
		name:  "codes: networks use up what all share by two windows of theirs",
		edits: in("budget-part", "whole.scope, whole.key", `"", ""`),
		pkg:   "internal/code", tests: "^TestStaggeredShares$",
	},
	{
		name:  "code: networks take four codes of a day of the address",
		edits: in("budget-part", "whole.scope, whole.key", `"", ""`),
		pkg:   "internal/code", tests: "^TestStaggeredOwnCodes$",
	},
	{
		name:  "code: ten networks keep a newcomer from the first one",
		edits: in("code-first-day", "const firstPerDay = sharedOwn", "const firstPerDay = 20"),
		pkg:   "internal/code", tests: "^TestEachNetworkHasTwoCodes$",
	},
	{
		name:  "code: a newcomer that loses the first one waits for a day",
		edits: in("code-own", "ownCodes)", "1)"),
		pkg:   "internal/code", tests: "^TestEachNetworkHasTwoCodes$",
	},
	{
		name:  "code: two requests of a network at once wait for a day",
		edits: in("code-own-at-once", "e.Scope == askerFirst", "false"),
		pkg:   "internal/code", tests: "^TestOwnCodesAtOnce$",
	},
	{
		name:  "code: public networks use up what private ones have",
		edits: in("code-private", "own := asker", "own := address"),
		pkg:   "internal/code", tests: "^TestPrivateClientsHaveTheirOwn$",
	},
	{
		name:  "code: a right code gives no codes back",
		edits: in("schema/00035_give_back.sql", "greatest(b.used - own.codes, 0)", "b.used"),
		pkg:   "internal/code", tests: "^TestRightCodeGivesBack$",
	},
	{
		name:  "code: a right code that was requested elsewhere gives no codes back",
		edits: in("schema/00035_give_back.sql", "(here, hashed_address || '/' || spent.network)", "(here)"),
		pkg:   "internal/code", tests: "^TestRightCodeGivesBack$",
	},
	{
		name:  "code: a right code gives no wrong ones back",
		edits: in("schema/00035_give_back.sql", "greatest(b.used - own.failures, 0)", "b.used"),
		pkg:   "internal/code", tests: "^TestWrongCodesAreGivenBack$",
	},
	{
		name:  "code: wrong codes at home shut travelers out",
		edits: in("gen/db/one_time_codes.sql.go", "OR NOT EXISTS (SELECT FROM known))\n    ORDER", "OR true)\n    ORDER"),
		pkg:   "internal/code", tests: "^TestWrongCodesAreGivenBack$",
	},
	{
		name:  "code: wrong codes shut a known network out for a month",
		edits: in("gen/db/one_time_codes.sql.go", "CASE WHEN EXISTS (SELECT FROM known) THEN", "CASE WHEN false THEN"),
		pkg:   "internal/code", tests: "^TestStrangerInTheHoldersNetwork$",
	},
	{
		name:  "SMS: a stranger in the network shuts its holders out for a day",
		edits: in("sms-network-known", "standing.Known", "false"),
		pkg:   "internal/code", tests: "^TestHoldersNeedNoConversion$",
	},
	{
		name:  "SMS: a stranger in the network uses up the holders' part of a prefix",
		edits: in("sms-known-part", " && !standing.Known", ""),
		pkg:   "internal/code", tests: "^TestHoldersNeedNoConversion$",
	},
	{
		name:  "code: a code of a stranger ends the holder's",
		edits: in("gen/db/budgets.sql.go", "AND o.subnet = ", "AND o.subnet <> "),
		pkg:   "internal/code", tests: "^TestStrangersCodesEndNone$",
	},
}
