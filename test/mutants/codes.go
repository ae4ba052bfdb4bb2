package main

// ofCodes are mutants of codes by SMS and of invitations: of the statements that
// count and spend them, as sqlc has compiled them. Those that bind a statement to a
// value change the value, since a statement with a parameter less would fail for that.
var ofCodes = []mutant{
	{
		name:  "code: one whose transaction was lost is counted",
		edits: in("internal/code/send.go", "errors.Join(ErrNotKept, s.undo(ctx, row, budgets))", "ErrNotKept"),
		pkg:   "internal/account", tests: "^TestCutConnection$",
	},
	{
		name:  "code: a wrong one is not counted against the code",
		edits: in("gen/db/one_time_codes.sql.go", "text THEN 1 ELSE 0 END,", "text THEN 0 ELSE 0 END,"),
		pkg:   "internal/code", tests: "^Test(GuessesAtOnce|StrangersLeaveTheHolderTries)$",
	},
	{
		name:  "code: a stranger's wrong one is not counted against the code",
		edits: in("gen/db/one_time_codes.sql.go", "text THEN 0 ELSE 1 END", "text THEN 0 ELSE 0 END"),
		pkg:   "internal/code", tests: "^Test(GuessesAtOnce|StrangersLeaveTheHolderTries)$",
	},
	{
		name:  "code: a stranger's wrong one takes the holder's try",
		edits: in("gen/db/one_time_codes.sql.go", "text THEN 1 ELSE 0 END,", "text THEN 1 ELSE 1 END,"),
		pkg:   "internal/code", tests: "^TestStrangersLeaveTheHolderTries$",
	},
	{
		name: "code: a wrong one is not counted against the address",
		edits: in("gen/db/one_time_codes.sql.go", "timestamptz THEN f.used + 1 ELSE 1 END",
			"timestamptz THEN f.used ELSE 1 END"),
		pkg: "internal/code", tests: "^Test(HundredFailuresEnd|SubnetHasNineFailures)$",
	},
	{
		name: "code: a hundred failures end nothing",
		edits: in("gen/db/one_time_codes.sql.go", "(b.scope = 'address_failures' AND b.key = $11",
			"(b.scope = '' AND b.key = $11"),
		pkg: "internal/code", tests: "^TestHundredFailuresEnd$",
	},
	{
		name: "code: one subnet may fail as often as all",
		edits: in("gen/db/one_time_codes.sql.go", "(b.scope = 'asker_failures' AND b.key = $9",
			"(b.scope = '' AND b.key = $9"),
		pkg: "internal/code", tests: "^TestSubnetHasNineFailures$",
	},
	{
		name:  "code: a hundred failures of strangers shut out a known subnet",
		edits: in("gen/db/one_time_codes.sql.go", "WHERE k.scope = 'asker_known' AND", "WHERE k.scope = '' AND"),
		pkg:   "internal/code", tests: "^TestHundredFailuresEnd$",
	},
	{
		name: "code: tried without end",
		edits: in("gen/db/one_time_codes.sql.go", "AND CASE WHEN w.subnet = $2::text THEN w.tries < $3::integer",
			"AND CASE WHEN w.subnet = $2::text THEN $3::integer > -1"),
		pkg: "internal/code", tests: "^TestGuessesAtOnce$",
	},
	{
		name: "code: a used one stays good",
		edits: []edit{
			{"gen/db/users.sql.go", "DELETE FROM one_time_codes AS c\n    WHERE",
				"UPDATE one_time_codes AS c SET tries = c.tries\n    WHERE"},
			{"gen/db/one_time_codes.sql.go", "DELETE FROM one_time_codes AS c\n    WHERE c.site_id",
				"UPDATE one_time_codes AS c SET tries = c.tries\n    WHERE c.site_id"},
		},
		pkg: "internal/account", tests: "^Test(CodeIsSpentOnce|LoginByCode)$",
	},
	{
		name: "code: many can register with it at once",
		edits: in("gen/db/users.sql.go", "OR EXISTS (SELECT FROM spent)\nRETURNING",
			"OR true OR EXISTS (SELECT FROM spent)\nRETURNING"),
		pkg: "internal/account", tests: "^TestRegisterSpendsTheCodeOnce$",
	},
	{
		name:  "code: many can log in with it at once",
		edits: in("internal/code/try.go", "if err == nil && n == 0 {", "if err == nil && n < 0 {"),
		pkg:   "internal/code", tests: "^TestSpendingRaces$",
	},
	{
		name:  "code: one of many guesses at once is right after the last try",
		edits: in("gen/db/users.sql.go", "text THEN c.tries < $19::integer", "text THEN $19::integer > -1"),
		pkg:   "internal/account", tests: "^TestTriesAreAskedForAgain$",
	},
	{
		name: "code: good for another purpose",
		edits: []edit{
			{"internal/code/code.go", `to.Site, to.Purpose, to.User, code, to.Address`,
				`to.Site, "", to.User, code, to.Address`},
			{"gen/db/one_time_codes.sql.go", "AND c.address = $5 AND c.purpose = $6", "AND c.address = $5 AND $6 <> ''"},
		},
		pkg: "internal/code", tests: "^TestCodeIsBound$",
	},
	{
		name: "code: never expires",
		edits: []edit{
			{"gen/db/one_time_codes.sql.go", "AND c.user_id = $7 AND c.expires_at > $8",
				"AND c.user_id = $7 AND 'infinity' > $8"},
			{"gen/db/users.sql.go", "AND c.expires_at > $15", "AND 'infinity' > $15"},
		},
		pkg: "internal/account", tests: "^TestCodeExpires$",
	},
	{
		name:  "code: a new one ends the one before",
		edits: in("gen/db/one_time_codes.sql.go", "OFFSET 2", "OFFSET 0"),
		pkg:   "internal/account", tests: "^TestNewCodeEndsNoOther$",
	},
	{
		name: "code: no cooldown",
		edits: in("internal/code/budget.go", "plain(cooldown, s.name(to.Address), Cooldown, 1)",
			"plain(cooldown, s.name(to.Address), Cooldown, 1000)"),
		pkg: "internal/code", tests: "^TestOneOfManyAtOnce$",
	},
	{
		name: "code: no budget of an hour",
		edits: in("internal/code/budget.go", "return []budget{plain(addressHour, address, hour, perHour), ",
			"return []budget{"),
		pkg: "internal/account", tests: "^TestCodeBudget$",
	},
	{
		name:  "code: no budget of a day",
		edits: in("internal/code/budget.go", "hour, perHour), plain(addressDay, address, day, perDay)}", "hour, perHour)}"),
		pkg:   "internal/account", tests: "^TestCodeBudget$",
	},
	{
		name: "code: a subnet has no share of its own",
		edits: in("internal/code/budget.go", "plain(askerHour, asker, hour, 3), plain(askerDay, asker, day, perDay/2)",
			"plain(askerDay, asker, day, 1000)"),
		pkg: "internal/code", tests: "^TestShareOfASubnet$",
	},
	{
		name:  "code: strangers use up what a new network needs",
		edits: in("internal/code/budget.go", "if !standing.Asked {", "if standing.Asked && !standing.Asked {"),
		pkg:   "internal/code", tests: "^TestTenNetworksCannotLockAnAddress$",
	},
	{
		name:  "code: sent on after a hundred failures",
		edits: in("internal/code/budget.go", "wait > 0 {", "wait < 0 {"),
		pkg:   "internal/account", tests: "^TestFailuresOutliveCodes$",
	},
	{
		name:  "code: one that was not sent counts",
		edits: in("internal/code/send.go", "errors.Join(err, s.undo(ctx, row, budgets))", "err"),
		pkg:   "internal/code", tests: "^TestNothingHandedOverCountsNothing$",
	},
	{
		name:  "code: one that may arrive does not count",
		edits: in("internal/code/send.go", "case handed:", "case handed && err == nil:"),
		pkg:   "internal/code", tests: "^TestUnknownDeliveryCounts$",
	},
	{
		name:  "code: a hang-up ends the delivery",
		edits: in("internal/code/send.go", "deliver(context.WithoutCancel(ctx), code)", "deliver(ctx, code)"),
		pkg:   "internal/code", tests: "^TestHangingUpChangesNothing$",
	},
	{
		name:  "code: stored as it is",
		edits: in("internal/code/code.go", "hmac.New(sha256.New, s.codeKey)", "hmac.New(sha256.New, nil)"),
		pkg:   "internal/account", tests: "^TestDigestsAreKeyed$",
	},
	{
		name:  "code: budgets name the address",
		edits: in("internal/code/code.go", "return hex.EncodeToString(h.Sum(nil)[:16])", "return address"),
		pkg:   "internal/code", tests: "^TestPurgeForgets$",
	},
	{
		name:  "code: some are likelier than others",
		edits: in("internal/code/code.go", "if n < 1_000_000 {", "if n %= 1_000_000; true {"),
		pkg:   "internal/code", tests: "^TestCodesAreUniform$",
	},
	{
		name:  "code: its leading zeros are lost",
		edits: in("internal/code/code.go", `Sprintf("%06d", n)`, `Sprint(n)`),
		pkg:   "internal/code", tests: "^Test(Draw|CodesAreUniform)$",
	},
	{
		name:  "code: written to the log in production",
		edits: in("cmd/enroll/config.go", `c.SMS == "log" && !c.dev`, `c.SMS == "log" && c.dev`),
		pkg:   "cmd/enroll", tests: "^TestServeRefusesToStart$",
	},
	{
		name:  "SMS: any number to a prefix, from a network, in all",
		edits: in("gen/db/budgets.sql.go", "l.used >= w.allowed", "l.used < 0"),
		pkg:   "internal/server", tests: "^TestSMSBudgets$",
	},
	{
		name:  "SMS: prefixes whose codes never come back are sent on",
		edits: in("internal/code/budget.go", "l.SMSPerPrefix, watchPrefixFrom}", "l.SMSPerPrefix, unwatched}"),
		pkg:   "internal/server", tests: "^TestConversionWatch$",
	},
	{
		name:  "SMS: networks whose codes never come back are sent on",
		edits: in("internal/code/budget.go", "math.MaxInt32, watchNetworkFrom}", "math.MaxInt32, unwatched}"),
		pkg:   "internal/code", tests: "^TestWatchedNetwork$",
	},
	{
		name:  "SMS: strangers may use all that is for a prefix",
		edits: in("internal/code/budget.go", "max(l.SMSPerPrefix*3/4, 1)", "l.SMSPerPrefix"),
		pkg:   "internal/code", tests: "^TestStrangersShareTheirPart$",
	},
	{
		name:  "SMS: one network may use all that is for a prefix",
		edits: in("internal/code/budget.go", "max(l.SMSPerPrefix/16, 1)", "l.SMSPerPrefix"),
		pkg:   "internal/code", tests: "^TestStrangersShareTheirPart$",
	},
	{
		name:  "SMS: a /64 may use all that is for its /48",
		edits: in("internal/code/budget.go", "max(l.SMSPerNetwork/5, 1)", "l.SMSPerNetwork"),
		pkg:   "internal/code", tests: "^TestSubnetOfIPv6$",
	},
	{
		name:  "SMS: codes that come back are not counted",
		edits: in("gen/db/users.sql.go", "'network_day') THEN 1 ELSE 0 END", "'network_day') THEN 0 ELSE 0 END"),
		pkg:   "internal/server", tests: "^TestConversionWatch$",
	},
	{
		name:  "SMS: codes that come back with a login are not counted",
		edits: in("gen/db/one_time_codes.sql.go", "'network_day') THEN 1 ELSE 0 END", "'network_day') THEN 0 ELSE 0 END"),
		pkg:   "internal/account", tests: "^TestLoginRedeems$",
	},
	{
		name:  "mail: any number for a user, from a network, in all",
		edits: in("gen/db/budgets.sql.go", "l.used >= w.allowed", "l.used < 0"),
		pkg:   "internal/account", tests: "^TestMailBudgets$",
	},
	{
		name:  "mail: one that was not sent counts",
		edits: in("internal/code/send.go", "errors.Join(err, s.undo(ctx, row, budgets))", "err"),
		pkg:   "internal/account", tests: "^TestMailBudgets$",
	},
	{
		name:  "mail: the server forgets the network",
		edits: in("internal/server/email.go", "From:   c.from,\n\t})", "From:   account.Origin{},\n\t})"),
		pkg:   "internal/server", tests: "^TestMailBudgetsOnTheWire$",
	},
	{
		name: "invitation: used without limit",
		edits: in("gen/db/invites.sql.go",
			"AND id = $2\n    AND status = 1\n    AND (invite_limit IS NULL OR invites_used < invite_limit)",
			"AND id = $2\n    AND status = 1"),
		pkg: "internal/account", tests: "^TestInvitation$",
	},
	{
		name: "invitation: a disabled user's is good",
		edits: in("gen/db/invites.sql.go",
			"AND id = $2\n    AND status = 1\n", "AND id = $2\n"),
		pkg: "internal/account", tests: "^TestInvitation$",
	},
}
