package main

// ofCodes are mutants of codes by SMS and of invitations: of the statements that
// count and spend them, as sqlc has compiled them. Those that bind a statement to a
// value change the value, since a statement with a parameter less would fail for that.
var ofCodes = []mutant{
	{
		name:  "code: one that was handed over is told as not sent",
		edits: in("internal/account/code.go", "refused.Reason == Unavailable {", "false {"),
		pkg:   "internal/account", tests: "^TestHandedOverIsNotUnsent$",
	},
	{
		name:  "code: a reservation whose answer was lost is counted",
		edits: in("internal/account/code.go", "_ = s.refundCode(ctx, to, now)", "_ = s.refundCode"),
		pkg:   "internal/account", tests: "^TestCutConnection$",
	},
	{
		name:  "code: a wrong one is not counted against the code",
		edits: in("gen/db/codes.sql.go", "SET tries = w.tries + 1", "SET tries = w.tries"),
		pkg:   "internal/account", tests: "^Test(Guesses|FailureIsCountedThoughRegistrationIsNot)$",
	},
	{
		name:  "code: a wrong one is not counted against the phone",
		edits: in("gen/db/codes.sql.go", "failures = w.failures + 1", "failures = w.failures"),
		pkg:   "internal/account", tests: "^TestFailure",
	},
	{
		name: "code: tried without end",
		edits: []edit{
			{"gen/db/codes.sql.go", "AND c.tries < ", "AND -1 < "},
			{"gen/db/codes.sql.go", "AND w.tries < ", "AND -1 < "},
			{"gen/db/users.sql.go", "AND c.tries < ", "AND -1 < "},
		},
		pkg: "internal/account", tests: "^TestGuesses$",
	},
	{
		name:  "code: a new one forgives the failures",
		edits: in("gen/db/codes.sql.go", "timestamptz, tries = 0", "timestamptz, tries = 0, failures = 0"),
		pkg:   "internal/account", tests: "^TestFailuresOutliveCodes$",
	},
	{
		name: "code: a used one stays good",
		edits: []edit{
			{"gen/db/users.sql.go", "SET code_mac = NULL, failures = 0", "SET failures = 0"},
			{"gen/db/codes.sql.go", "SET code_mac = NULL, failures = 0", "SET failures = 0"},
		},
		pkg: "internal/account", tests: "^Test(CodeIsSpentOnce|LoginByCode)$",
	},
	{
		name:  "code: many can register with it at once",
		edits: in("gen/db/users.sql.go", "OR EXISTS (SELECT FROM spent)\nRETURNING", "OR true OR EXISTS (SELECT FROM spent)\nRETURNING"),
		pkg:   "internal/account", tests: "^TestRegisterSpendsTheCodeOnce$",
	},
	{
		name: "code: many can log in with it at once",
		edits: in("internal/account/code.go",
			"if err == nil && n == 0 {\n\t\treturn &Error{Reason: CodeExpired", "if err == nil && n < 0 {\n\t\treturn &Error{Reason: CodeExpired"),
		pkg: "internal/account", tests: "^TestCodeIsSpentOnce$",
	},
	{
		name:  "code: one of many guesses at once is right after the last try",
		edits: in("gen/db/users.sql.go", "AND c.tries < ", "AND -1 < "),
		pkg:   "internal/account", tests: "^TestTriesAreAskedForAgain$",
	},
	{
		name: "code: good for another purpose",
		edits: []edit{
			{"internal/account/code.go", `to.site, to.purpose, to.user, code, to.address`, `to.site, "", to.user, code, to.address`},
			{"gen/db/codes.sql.go", "AND c.code_mac IS NOT NULL AND c.purpose = ", "AND c.code_mac IS NOT NULL AND '' <> "},
			{"gen/db/codes.sql.go", "AND code_mac = $3::bytea AND purpose = ", "AND code_mac = $3::bytea AND '' <> "},
			{"gen/db/users.sql.go", "AND c.purpose = 'register'", ""},
		},
		pkg: "internal/account", tests: "^TestCodeIsBound$",
	},
	{
		name: "code: never expires",
		edits: []edit{
			{"gen/db/codes.sql.go", "AND c.purpose = $4::text AND c.expires_at > ", "AND c.purpose = $4::text AND 'infinity' > "},
			{"gen/db/codes.sql.go", "AND code_mac = $3::bytea AND purpose = $4::text AND expires_at > ", "AND code_mac = $3::bytea AND purpose = $4::text AND 'infinity' > "},
			{"gen/db/users.sql.go", "AND c.expires_at > ", "AND 'infinity' > "},
		},
		pkg: "internal/account", tests: "^TestCodeExpires$",
	},
	{
		name:  "code: no cooldown",
		edits: in("gen/db/codes.sql.go", "WHERE c.sent_at <= ", "WHERE 'infinity' >= "),
		pkg:   "internal/account", tests: "^TestCodeBudget$",
	},
	{
		name:  "code: no budget of an hour",
		edits: in("gen/db/codes.sql.go", "OR c.hour_sent < ", "OR -1 < "),
		pkg:   "internal/account", tests: "^TestCodeBudget$",
	},
	{
		name:  "code: no budget of a day",
		edits: in("gen/db/codes.sql.go", "OR c.day_sent < ", "OR -1 < "),
		pkg:   "internal/account", tests: "^TestCodeBudget$",
	},
	{
		name:  "code: sent on after a hundred failures",
		edits: in("gen/db/codes.sql.go", "AND c.failures < $9::integer", "AND -1 < $9::integer"),
		pkg:   "internal/account", tests: "^TestFailuresOutliveCodes$",
	},
	{
		name:  "code: one that was not sent counts",
		edits: in("gen/db/codes.sql.go", "hour_sent = greatest(hour_sent - 1, 0)", "hour_sent = hour_sent"),
		pkg:   "internal/account", tests: "^TestUndeliveredCodeCostsNothing$",
	},
	{
		name:  "code: stored as it is",
		edits: in("internal/account/code.go", "hmac.New(sha256.New, s.codeKey)", "hmac.New(sha256.New, nil)"),
		pkg:   "internal/account", tests: "^TestDigestsAreKeyed$",
	},
	{
		name:  "code: some are likelier than others",
		edits: in("internal/account/code.go", "if n < 1_000_000 {", "if n %= 1_000_000; true {"),
		pkg:   "internal/account", tests: "^TestCodesAreUniform$",
	},
	{
		name:  "code: its leading zeros are lost",
		edits: in("internal/account/code.go", `Sprintf("%06d", n)`, `Sprint(n)`),
		pkg:   "internal/account", tests: "^Test(NewCode|CodesAreUniform)$",
	},
	{
		name:  "code: written to the log in production",
		edits: in("cmd/enroll/config.go", `c.SMS == "log" && !c.dev`, `c.SMS == "log" && c.dev`),
		pkg:   "cmd/enroll", tests: "^TestServeRefusesToStart$",
	},
	{
		name:  "SMS: any number to a prefix, from a network, in all",
		edits: in("gen/db/sms_budgets.sql.go", "OR (b.sent < ", "OR (-1 < "),
		pkg:   "internal/server", tests: "^TestSMSBudgets$",
	},
	{
		name:  "SMS: prefixes whose codes never come back are sent on",
		edits: in("gen/db/sms_budgets.sql.go", "b.redeemed * 100 >= ", "0 * b.sent <= "),
		pkg:   "internal/server", tests: "^TestConversionWatch$",
	},
	{
		name:  "SMS: codes that come back are not counted",
		edits: in("gen/db/users.sql.go", "SET redeemed = b.redeemed + 1", "SET redeemed = b.redeemed"),
		pkg:   "internal/server", tests: "^TestConversionWatch$",
	},
	{
		name:  "SMS: codes that come back with a login are not counted",
		edits: in("gen/db/sms_budgets.sql.go", "SET redeemed = redeemed + 1", "SET redeemed = redeemed"),
		pkg:   "internal/account", tests: "^TestLoginRedeems$",
	},
	{
		name:  "SMS: one that was not sent counts",
		edits: in("internal/account/phonecode.go", "refund(ctx)\n\t\t\treturn &Error{Reason: SMSFailed", "_ = refund\n\t\t\treturn &Error{Reason: SMSFailed"),
		pkg:   "internal/server", tests: "^TestSMSBudgets$",
	},
	{
		name:  "mail: any number for a user, from a network, in all",
		edits: in("gen/db/mail_budgets.sql.go", "OR b.sent < ", "OR -1 < "),
		pkg:   "internal/account", tests: "^TestMailBudgets$",
	},
	{
		name:  "mail: one that was not sent counts",
		edits: in("internal/account/email.go", "refund(ctx)\n\t\t\treturn &Error{Reason: MailFailed", "_ = refund\n\t\t\treturn &Error{Reason: MailFailed"),
		pkg:   "internal/account", tests: "^TestMailBudgets$",
	},
	{
		name:  "mail: the server forgets the network",
		edits: in("internal/server/email.go", "Network: c.network,", "Network: \"\","),
		pkg:   "internal/server", tests: "^TestMailBudgetsOnTheWire$",
	},
	{
		name: "invitation: used without limit",
		edits: in("gen/db/invites.sql.go",
			"AND id = $2\n    AND status = 1\n    AND (invite_limit IS NULL OR invites_used < invite_limit)", "AND id = $2\n    AND status = 1"),
		pkg: "internal/account", tests: "^TestInvitation$",
	},
	{
		name: "invitation: a disabled user's is good",
		edits: in("gen/db/invites.sql.go",
			"AND id = $2\n    AND status = 1\n", "AND id = $2\n"),
		pkg: "internal/account", tests: "^TestInvitation$",
	},
}
