package main

// ofCodes has mutants of codes and invitations: of package code, and of the statements
// that count and spend, in the code that sqlc generates. A mutant that removes a
// condition replaces its value, because a statement with one parameter fewer would fail
// for that reason.
var ofCodes = []mutant{
	{
		name:  "register: people register though sign-up is closed",
		edits: in("signup-closed", "if s.closed() {", "if false {"),
		pkg:   "internal/account", tests: "^TestSignupClosed$",
	},
	{
		name:  "code: sent to register with though sign-up is closed",
		edits: in("closed-code", "&& s.config.Closed {", "&& false {"),
		pkg:   "internal/account", tests: "^TestSignupClosed$",
	},
	{
		name:  "email: a domain is accepted that is not allowed",
		edits: in("email-domain-rules", "len(r.allowed) > 0 && !r.allowed.has(domain) ||", "false ||"),
		pkg:   "internal/identifier", tests: "^TestEmailDomains$",
	},
	{
		name:  "email: a domain is accepted that is denied",
		edits: in("email-domain-rules", "|| r.denied.has(domain) {", "|| false {"),
		pkg:   "internal/identifier", tests: "^TestEmailDomains$",
	},
	{
		name:  "email: domains below a denied one are accepted",
		edits: in("email-domain-below", "&& d[domain[i:]] {", "&& false {"),
		pkg:   "internal/identifier", tests: "^TestEmailDomains$",
	},
	{
		name:  "email: a code to register is mailed to any domain",
		edits: in("email-domain-code", "err = s.config.Emails.Check(email)", "err = nil"),
		pkg:   "internal/server", tests: "^TestEmailDomainsOnTheWire$",
	},
	{
		name:  "email: a holder verifies one of any domain",
		edits: in("email-domain-claim", "err = s.config.Emails.Check(email)", "err = nil"),
		pkg:   "internal/server", tests: "^TestEmailDomainsOnTheWire$",
	},
	{
		name:  "email: a holder changes to one of any domain",
		edits: in("email-domain-change", "err = s.config.Emails.Check(email)", "err = nil"),
		pkg:   "internal/server", tests: "^TestEmailDomainsOnTheWire$",
	},
	{
		name:  "email: people register with any domain",
		edits: in("email-domain-register", "s.emails.Parse(r.Email)", "identifier.ParseEmail(r.Email)"),
		pkg:   "internal/server", tests: "^TestEmailDomainsOnTheWire$",
	},
	{
		name:  "register: a method that is off registers",
		edits: in("method-offered", "if s.offers(m) {", "if m != \"\" {"),
		pkg:   "internal/account", tests: "^TestMethodCombinations$",
	},
	{
		name:  "code: sent to a phone to register with though that is off",
		edits: in("method-phone-code", "&& !s.config.RegisterByPhone {", "&& false {"),
		pkg:   "internal/account", tests: "^TestMethodOff$",
	},
	{
		name:  "code: mailed to register with though that is off",
		edits: in("method-mail-code", "&& !s.config.RegisterByEmail {", "&& false {"),
		pkg:   "internal/account", tests: "^TestMethodOff$",
	},
	{
		name:  "code: counted if its transaction was lost",
		edits: in("code-lost", "errors.Join(ErrNotKept, s.undo(ctx, row, budgets))", "ErrNotKept"),
		pkg:   "internal/account", tests: "^TestCutConnection$",
	},
	{
		name:  "code: a wrong answer does not count for the code",
		edits: in("gen/db/one_time_codes.sql.go", "text THEN 1 ELSE 0 END,", "text THEN 0 ELSE 0 END,"),
		pkg:   "internal/code", tests: "^Test(GuessesAtOnce|StrangersLeaveTheHolderTries)$",
	},
	{
		name:  "code: a wrong answer from another subnet does not count for the code",
		edits: in("gen/db/one_time_codes.sql.go", "text THEN 0 ELSE 1 END", "text THEN 0 ELSE 0 END"),
		pkg:   "internal/code", tests: "^Test(GuessesAtOnce|StrangersLeaveTheHolderTries)$",
	},
	{
		name:  "code: a wrong answer from another subnet counts for the holder",
		edits: in("gen/db/one_time_codes.sql.go", "text THEN 1 ELSE 0 END,", "text THEN 1 ELSE 1 END,"),
		pkg:   "internal/code", tests: "^TestStrangersLeaveTheHolderTries$",
	},
	{
		name: "code: a wrong answer does not count for the address",
		edits: in("gen/db/one_time_codes.sql.go", "timestamptz THEN f.used + 1 ELSE 1 END",
			"timestamptz THEN f.used ELSE 1 END"),
		pkg: "internal/code", tests: "^Test(HundredFailuresEnd|SubnetHasNineFailures)$",
	},
	{
		name: "code: a hundred failures have no effect",
		edits: in("gen/db/one_time_codes.sql.go", "(b.scope = 'address_failures' AND b.key = $11",
			"(b.scope = '' AND b.key = $11"),
		pkg: "internal/code", tests: "^TestHundredFailuresEnd$",
	},
	{
		name: "code: a subnet has the failures of all",
		edits: in("gen/db/one_time_codes.sql.go", "(b.scope = 'asker_failures' AND b.key = $9",
			"(b.scope = '' AND b.key = $9"),
		pkg: "internal/code", tests: "^TestSubnetHasNineFailures$",
	},
	{
		name:  "code: failures of other subnets exclude a known subnet",
		edits: in("gen/db/one_time_codes.sql.go", "WHERE k.scope = 'asker_known' AND", "WHERE k.scope = '' AND"),
		pkg:   "internal/code", tests: "^TestHundredFailuresEnd$",
	},
	{
		name: "code: unlimited tries",
		edits: in("gen/db/one_time_codes.sql.go", "AND CASE WHEN w.subnet = $2::text THEN w.tries < $3::integer",
			"AND CASE WHEN w.subnet = $2::text THEN $3::integer > -1"),
		pkg: "internal/code", tests: "^TestGuessesAtOnce$",
	},
	{
		name: "code: accepted again after use",
		edits: in("schema/00035_give_back.sql", "DELETE FROM one_time_codes AS c\n",
			"UPDATE one_time_codes AS c SET tries = c.tries\n"),
		pkg: "internal/account", tests: "^Test(CodeIsSpentOnce|LoginByCode)$",
	},
	{
		name: "code: simultaneous registrations are accepted",
		edits: []edit{
			{"gen/db/users.sql.go", "WHERE code.outcome IN ('none', 'spent')", "WHERE code.outcome <> ''"},
			{"code-outcome", "code.Outcome(row.Outcome); err != nil", "error(nil); err != nil"},
		},
		pkg: "internal/account", tests: "^TestRegisterSpendsTheCodeOnce$",
	},
	{
		name:  "code: simultaneous logins are accepted",
		edits: in("code-spent", `case "none", "spent":`, `case "none", "spent", "expired":`),
		pkg:   "internal/code", tests: "^TestSpendingRaces$",
	},
	{
		name:  "code: a simultaneous guess is accepted after the last try",
		edits: in("schema/00035_give_back.sql", "THEN c.tries < tries_allowed", "THEN tries_allowed > -1"),
		pkg:   "internal/account", tests: "^TestTriesAreAskedForAgain$",
	},
	{
		name: "code: accepted for another purpose",
		edits: []edit{
			{"code-bound", `to.Site, to.Purpose, to.User, code, to.Address`,
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
			{"schema/00035_give_back.sql", "AND c.expires_at > at\n", "AND 'infinity' > at\n"},
		},
		pkg: "internal/account", tests: "^TestCodeExpires$",
	},
	{
		name:  "code: a new code ends the earlier one",
		edits: in("gen/db/budgets.sql.go", "OFFSET 2", "OFFSET 0"),
		pkg:   "internal/account", tests: "^TestNewCodeEndsNoOther$",
	},
	{
		name: "code: no cooldown",
		edits: in("code-cooldown", "plain(cooldown, s.name(to.Address), Cooldown, 1)",
			"plain(cooldown, s.name(to.Address), Cooldown, 1000)"),
		pkg: "internal/code", tests: "^TestOneOfManyAtOnce$",
	},
	{
		name: "code: no hourly budget",
		edits: in("code-hour", "return []budget{plain(addressHour, own, hour, perHour), ",
			"return []budget{"),
		pkg: "internal/account", tests: "^TestCodeBudget$",
	},
	{
		name:  "code: no daily budget",
		edits: in("code-hour", "hour, perHour), plain(addressDay, own, day, perDay)}", "hour, perHour)}"),
		pkg:   "internal/account", tests: "^TestCodeBudget$",
	},
	{
		name: "code: no share for a subnet",
		edits: in("code-share", "plain(askerHour, asker, hour, 3), plain(askerDay, asker, day, perDay/2)",
			"plain(askerDay, asker, day, 1000)"),
		pkg: "internal/code", tests: "^TestShareOfASubnet$",
	},
	{
		name:  "code: unproven networks use up the whole budget",
		edits: in("code-unproven", "if !standing.UsedOwn {", "if standing.UsedOwn && !standing.UsedOwn {"),
		pkg:   "internal/code", tests: "^TestTenNetworksCannotLockAnAddress$",
	},
	{
		name:  "code: sent after a hundred failures",
		edits: in("code-failures", "wait > 0 {", "wait < 0 {"),
		pkg:   "internal/account", tests: "^TestFailuresOutliveCodes$",
	},
	{
		name: "code: counted if it was not sent",
		edits: in("code-unsent", "return Sent{}, errors.Join(err, s.undo(ctx, row, budgets))",
			"_ = budgets\n\t\treturn Sent{}, err"),
		pkg: "internal/code", tests: "^TestNothingHandedOverCountsNothing$",
	},
	{
		name:  "code: not counted if its delivery is unknown",
		edits: in("code-unknown", "case handed:", "case handed && err == nil:"),
		pkg:   "internal/code", tests: "^TestUnknownDeliveryCounts$",
	},
	{
		name:  "code: a canceled request ends the delivery",
		edits: in("code-delivery", "deliver(context.WithoutCancel(ctx), code)", "deliver(ctx, code)"),
		pkg:   "internal/code", tests: "^TestHangingUpChangesNothing$",
	},
	{
		name:  "code: stored without a keyed hash",
		edits: in("code-keyed", "hmac.New(sha256.New, s.codeKey)", "hmac.New(sha256.New, nil)"),
		pkg:   "internal/account", tests: "^TestDigestsAreKeyed$",
	},
	{
		name:  "code: budgets store the address in plain text",
		edits: in("budget-keyed", "return hex", "return address + hex"),
		pkg:   "internal/code", tests: "^TestPurgeForgets$",
	},
	{
		name:  "code: not uniformly distributed",
		edits: in("code-uniform", "if n < 1_000_000 {", "if n %= 1_000_000; true {"),
		pkg:   "internal/code", tests: "^TestCodesAreUniform$",
	},
	{
		name:  "code: leading zeros are lost",
		edits: in("code-digits", `Sprintf("%06d", n)`, `Sprint(n)`),
		pkg:   "internal/code", tests: "^Test(Draw|CodesAreUniform)$",
	},
	{
		name:  "code: written to the log in production",
		edits: in("sms-log", `&& !c.Dev`, `&& c.Dev`),
		pkg:   "cmd/enroll", tests: "^TestServeRefusesToStart$",
	},
	{
		name:  "SMS: a notice goes out with the template of codes",
		edits: in("sms-notice-template", `m.Code == ""`, "false"),
		pkg:   "internal/sms", tests: "^TestNoticesHaveNoTemplate$",
	},
	{
		name:  "SMS: a sender that does not serve a message hides that another one is away",
		edits: in("sms-unserved", "last == nil || !failed.Final()", "true"),
		pkg:   "internal/sms", tests: "^TestRouterTellsUnserved$",
	},
	{
		name:  "SMS: phones abroad get codes and no notices",
		edits: in("sms-notice-abroad", `abroad.notices == ""`, "false"),
		pkg:   "internal/settings", tests: "^TestSenderSettings$",
	},
	{
		name:  "SMS: no budgets",
		edits: in("gen/db/budgets.sql.go", "p.used >= p.allowed", "p.used < 0"),
		pkg:   "internal/server", tests: "^TestSMSBudgets$",
	},
	{
		name:  "SMS: prefixes without redeemed codes are not blocked",
		edits: in("sms-prefix-watched", "s.watchPrefix(from, standing)", "unwatched"),
		pkg:   "internal/server", tests: "^TestConversionWatch$",
	},
	{
		name:  "SMS: networks without redeemed codes are not blocked",
		edits: in("sms-network-watched", "watchNetworkFrom", "unwatched"),
		pkg:   "internal/code", tests: "^TestWatchedNetwork$",
	},
	{
		name:  "SMS: unproven networks use up the budget of a prefix",
		edits: in("sms-prefix-unproven", "max(l.SMSPerPrefix*3/4, 1)", "l.SMSPerPrefix"),
		pkg:   "internal/code", tests: "^TestStrangersShareTheirPart$",
	},
	{
		name:  "SMS: a closed prefix is closed to its holders",
		edits: in("sms-watch-known", "case standing.Known:", "case false:"),
		pkg:   "internal/code", tests: "^TestWatchedPrefixKeepsTwo$",
	},
	{
		name:  "SMS: a closed prefix is closed to new networks",
		edits: in("sms-watch-some", "watchPrefixFrom + watchFirst", "watchPrefixFrom"),
		pkg:   "internal/code", tests: "^TestTenNetworksCannotCloseAPrefix$",
	},
	{
		name:  "SMS: a closed prefix is open to every new network",
		edits: in("sms-watch-some", "watchPrefixFrom + watchFirst", "unwatched"),
		pkg:   "internal/code", tests: "^TestWatchedPrefixLetsSomeIn$",
	},
	{
		name:  "SMS: a network has many first messages to a prefix",
		edits: in("sms-watch-first", "case standing.AtPrefix:", "case false:"),
		pkg:   "internal/code", tests: "^TestWatchedPrefixKeepsTwo$",
	},
	{
		name:  "SMS: good networks use up a prefix",
		edits: in("sms-prefix-part", "max(prefixed/shares, ownCodes)", "l.SMSPerPrefix"),
		pkg:   "internal/code", tests: "^TestTenNetworksCannotCloseAPrefix$",
	},
	{
		name:  "SMS: good networks use up the day",
		edits: in("sms-total-share", "max(open/shares, ownCodes)", "l.SMSTotal"),
		pkg:   "internal/code", tests: "^TestTenNetworksCannotUseUpADay$",
	},
	{
		name:  "codes: a space within a code makes it wrong",
		edits: in("code-separators", "continue", `return "", false`),
		pkg:   "internal/code", tests: "^TestRead$",
	},
	{
		name:  "digits: those of most scripts are not recognized",
		edits: in("digit-scripts", "byte((r - lo) % 10), true", "0, false"),
		pkg:   "internal/code", tests: "^TestReadEveryDigit$",
	},
	{
		name:  "codes: networks whose codes do not come back use up what they share",
		edits: in("sms-total-share", "open/shares", "l.SMSTotal/shares"),
		pkg:   "internal/code", tests: "^TestStrangersFillEveryScope$",
	},
	{
		name:  "mail: networks use up the day",
		edits: in("mail-share", "max(of.allowed/shares, ownCodes)", "of.allowed"),
		pkg:   "internal/code", tests: "^TestTenNetworksCannotUseUpADay$",
	},
	{
		name:  "SMS: one network uses up the budget of a prefix",
		edits: in("sms-prefix-network", "max(l.SMSPerPrefix/16, ownCodes)", "l.SMSPerPrefix"),
		pkg:   "internal/code", tests: "^TestDayOfAPrefix$",
	},
	{
		name:  "SMS: a /64 uses up the budget of its /48",
		edits: in("sms-subnet", "max(l.SMSPerNetwork/5, 1)", "l.SMSPerNetwork"),
		pkg:   "internal/code", tests: "^TestSubnetOfIPv6$",
	},
	{
		name:  "SMS: redeemed codes are not counted",
		edits: in("schema/00035_give_back.sql", "'network_day') THEN 1 ELSE 0 END", "'network_day') THEN 0 ELSE 0 END"),
		pkg:   "internal/server", tests: "^TestConversionWatch$",
	},
	{
		name:  "SMS: codes redeemed by a login are not counted",
		edits: in("schema/00035_give_back.sql", "'network_day') THEN 1 ELSE 0 END", "'network_day') THEN 0 ELSE 0 END"),
		pkg:   "internal/account", tests: "^TestLoginRedeems$",
	},
	{
		name:  "mail: no budgets",
		edits: in("gen/db/budgets.sql.go", "p.used >= p.allowed", "p.used < 0"),
		pkg:   "internal/account", tests: "^TestMailBudgets$",
	},
	{
		name: "mail: counted if it was not sent",
		edits: in("code-unsent", "return Sent{}, errors.Join(err, s.undo(ctx, row, budgets))",
			"_ = budgets\n\t\treturn Sent{}, err"),
		pkg: "internal/account", tests: "^TestMailBudgets$",
	},
	{
		name:  "mail: the network is not passed on",
		edits: in("mail-network", "From:    c.From,\n\t})", "From:   account.Origin{},\n\t})"),
		pkg:   "internal/server", tests: "^TestMailBudgetsOnTheWire$",
	},
	{
		name:  "invitation: a guessed id uses up a limited one",
		edits: in("gen/db/invites.sql.go", "\n    AND invite_limit IS NULL", ""),
		pkg:   "internal/account", tests: "^TestGuessedInvitation$",
	},
	{
		name:  "code: many answers about taken emails",
		edits: in("code-answer-once", "s.answerOnce(ctx, proven, refused)", "refused"),
		pkg:   "internal/account", tests: "^TestOneAnswerForACode$",
	},
	{
		name:  "code: answers about taken emails at once",
		edits: in("gen/db/one_time_codes.sql.go", " AND NOT email_asked", ""),
		pkg:   "internal/account", tests: "^TestOneAnswerForACode$",
	},
	{
		name:  "code: one more email after the answer that one is taken",
		edits: in("schema/00035_give_back.sql", "(NOT c.email_asked OR ", "(true OR "),
		pkg:   "internal/account", tests: "^TestOneAnswerForACode$",
	},
	{
		name: "invitation: unlimited uses",
		edits: in("gen/db/invites.sql.go",
			"\n    AND (invite_limit IS NULL OR invites_used < invite_limit)", ""),
		pkg: "internal/account", tests: "^TestInvitation$",
	},
	{
		name:  "invitation: the id of a disabled user is accepted",
		edits: in("gen/db/invites.sql.go", "AND id = $2\n    AND status = 1\n", "AND id = $2\n"),
		pkg:   "internal/account", tests: "^TestGuessedInvitation$",
	},
	{
		name: "invitation: the code of a disabled user is accepted",
		edits: in("gen/db/invites.sql.go",
			"OR id = $3::bigint)\n    AND status = 1\n", "OR id = $3::bigint)\n"),
		pkg: "internal/account", tests: "^TestGuessedInvitation$",
	},
}
