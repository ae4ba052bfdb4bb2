package main

// ofChanges has mutants of the code by which users change what they log in with.
var ofChanges = []mutant{
	{
		name:  "password: changed by neither the old one nor a code",
		edits: in("proof-required", `if (p.password == "") == (p.code == "") {`, `if p.password != "" && p.code != "" {`),
		pkg:   "internal/server", tests: "^TestSessionRefusals$",
	},
	{
		name:  "password: changed by any code",
		edits: in("proof-code", "case err == nil:", "case true:"),
		pkg:   "internal/server", tests: "^TestChangePasswordByCode$",
	},
	{
		name:  "password: changed by a code to an unverified email",
		edits: in("proof-verified", "row.EmailKey != nil && row.EmailVerifiedAt != nil", "row.EmailKey != nil"),
		pkg:   "internal/server", tests: "^TestChangeCodeIsBound$",
	},
	{
		name:  "password: changed by a code that another user requested",
		edits: in("change-bound", "to.User = r.By.live.User.ID", "to.User = 0"),
		pkg:   "internal/server", tests: "^TestChangePasswordByCode$",
	},
	{
		name:  "password: a code changes it twice",
		edits: in("change-code-spent", "err := proven.Spend(ctx, q, now); err != nil", "err := error(nil); err != nil"),
		pkg:   "internal/server", tests: "^TestChangePasswordByCode$",
	},
	{
		name:  "code: sent for a change without a token",
		edits: in("change-needs-token", "return nil, c.unauthenticated", ""),
		pkg:   "internal/server", tests: "^TestChangeCodeNeedsToken$",
	},
}
