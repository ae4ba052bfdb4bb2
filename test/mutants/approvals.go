package main

// ofApprovals has the mutants of registrations that wait for an operator.
var ofApprovals = []mutant{
	{
		name:  "approval: nobody waits",
		edits: in("signup-approval", "s.config.Signup == SignupApproval && used.Invitation == nil", "false"),
		pkg:   "internal/account", tests: "^TestSignupApproval$",
	},
	{
		name:  "approval: invited people wait",
		edits: in("signup-approval", "&& used.Invitation == nil", ""),
		pkg:   "internal/account", tests: "^TestApprovalOfInvited$",
	},
	{
		name:  "approval: a registration that waits has a token",
		edits: in("waiting-no-token", "user.Waiting", "false"),
		pkg:   "internal/account", tests: "^TestSignupApproval$",
	},
	{
		name: "approval: a registration that waits has a session",
		edits: in("gen/db/users.sql.go", "    FROM inserted WHERE NOT $28::boolean\n",
			"    FROM inserted WHERE $28::boolean IS NOT NULL\n"),
		pkg: "internal/account", tests: "^TestSignupApproval$",
	},
	{
		name:  "approval: right credentials of a user that waits are answered as those of a disabled one",
		edits: in("waiting-barred", "row.Waiting", "false"),
		pkg:   "internal/account", tests: "^TestSignupApproval$",
	},
	{
		name:  "approval: the name of a rejected applicant stays taken",
		edits: in("waiting-name-free", " || u.Waiting", ""),
		pkg:   "internal/account", tests: "^TestRejectedApplicant$",
	},
	{
		name:  "approval: a rejected applicant that repeats its registration waits",
		edits: in("rejected-replay", " || s.leaving.Due(row)", ""),
		pkg:   "internal/account", tests: "^TestRejectedApplicant$",
	},
	{
		name:  "approval: an approval enables a disabled user",
		edits: in("approve-waiting", "!row.Waiting", "false"),
		pkg:   "internal/operator", tests: "^TestApprove$",
	},
	{
		name:  "approval: a user that waits cannot be disabled",
		edits: in("waiting-disabled", " && !row.Waiting", ""),
		pkg:   "internal/operator", tests: "^TestApprove$",
	},
	{
		name:  "approval: the list of users that wait has all users",
		edits: in("list-waiting", "f.Waiting", "false"),
		pkg:   "internal/operator", tests: "^TestLists$",
	},
	{
		name:  "approval: an imported user that waits is disabled",
		edits: in("import-waiting", "0, true", "0, false"),
		pkg:   "internal/transfer", tests: "^TestImportAnqicms$",
	},
}
