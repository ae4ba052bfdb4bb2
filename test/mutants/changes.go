package main

// ofChanges has mutants of the code by which users change what they log in with.
var ofChanges = []mutant{
	{
		name:  "password: changed by neither the old one nor a code",
		edits: in("proof-required", `if (p.Password == "") == (p.Code == "") {`, `if p.Password != "" && p.Code != "" {`),
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
		edits: in("change-bound", "to.User = r.By.Live().User.ID", "to.User = 0"),
		pkg:   "internal/server", tests: "^TestChangePasswordByCode$",
	},
	{
		name:  "password: a code changes it twice",
		edits: in("change-code-spent", "err := proven.Spend(ctx, q, now); err != nil", "err := error(nil); err != nil"),
		pkg:   "internal/server", tests: "^TestChangePasswordByCode$",
	},
	{
		name:  "phone: changed without its code",
		edits: in("change-new-code", "s.codes.Try(ctx, to, c.From, c.Code)", "code.Proven{}, error(nil); _ = to"),
		pkg:   "internal/server", tests: "^TestChangeNeedsProof$",
	},
	{
		name:  "email: changed as verified without its code",
		edits: in("change-email-verified", "owner.Channel == code.Email", "true"),
		pkg:   "internal/server", tests: "^TestChangeIdentifiers$",
	},
	{
		name:  "email: a verified one is taken from its user",
		edits: in("change-email-taken", "other.EmailVerifiedAt != nil || !proved", "!proved"),
		pkg:   "internal/server", tests: "^TestChangeToTaken$",
	},
	{
		name:  "phone: a change tells nobody",
		edits: in("change-tells-email", "if changed {", "if changed && false {"),
		pkg:   "internal/server", tests: "^TestChangeIdentifiers$",
	},
	{
		name:  "phone: a changed one recovers at once",
		edits: in("change-settles", "since == nil || !now.Before(since.Add(settleAfter))", "true"),
		pkg:   "internal/server", tests: "^TestChangedAddressRecoversNothing$",
	},
	{
		name:  "email: a verified one is replaced by a token",
		edits: in("verify-replaces", "s.mayVerify(by, users[i], email)", "error(nil)"),
		pkg:   "internal/account", tests: "^TestVerificationIsOvertaken$",
	},
	{
		name:  "email: added by a token at any time",
		edits: in("verify-adds", "by.Fresh(s.config.Now())", "true"),
		pkg:   "internal/server", tests: "^TestTokenAddsNoEmail$",
	},
	{
		name:  "email: a token from before a reset verifies one",
		edits: in("verify-overtaken", "OrZero(checked.TokensValidFrom)", "OrZero(users[i].TokensValidFrom)"),
		pkg:   "internal/account", tests: "^TestVerificationIsOvertaken$",
	},
	{
		name:  "user name: changed at any time",
		edits: in("name-change-after", "if wait > 0 {", "if false {"),
		pkg:   "internal/server", tests: "^TestNameChangeAfter$",
	},
	{
		name:  "user: any number of changes a day",
		edits: in("internal/holder/use.go", "changeScope, 24 * time.Hour, 10,", "changeScope, 24 * time.Hour, 1000,"),
		pkg:   "internal/server", tests: "^TestChangesPerDay$",
	},
	{
		name:  "code: sent for a change without a token",
		edits: in("change-needs-token", "return nil, c.Unauthenticated", ""),
		pkg:   "internal/server", tests: "^TestChangeCodeNeedsToken$",
	},
	{
		name:  "identifiers: a code changes them twice",
		edits: in("change-spends", "err := one.Spend(ctx, q, row.Now); err != nil", "one.Address == \"none\""),
		pkg:   "internal/server", tests: "^TestChangeNeedsProof$",
	},
	{
		name:  "identifiers: the last one may be cleared",
		edits: in("schema/00025_email_method.sql", "OR email_verified_at IS NOT NULL\n", "OR true\n"),
		pkg:   "internal/server", tests: "^TestUserKeepsAWayToLogIn$",
	},
	{
		name:  "identifiers: the loss of the last one is an internal error",
		edits: in("change-keeps-login", `"users_way_in_check"`, `"none"`),
		pkg:   "internal/server", tests: "^TestUserKeepsAWayToLogIn$",
	},
	{
		name: "user: a change that is committed gives up the token that is not renewed",
		edits: in("renewal-after-change", "return c.Sent.Raw, err",
			`return map[bool]string{true: c.Sent.Raw}[err == nil], err`),
		pkg: "internal/operation", tests: "^TestRenewalAfterChange$",
	},
	{
		name:  "user name: changed to that of a deleted user",
		edits: in("change-quarantine", "s.leaving.NameMACs(row.SiteID, i.userName.Key, i.userName.Skeleton)", "nil"),
		pkg:   "internal/account", tests: "^TestChangeToKeptName$",
	},
	{
		name:  "reset: of an account whose deletion is due",
		edits: in("recipient-due", "!now.Before(*row.DeleteAt)", "false"),
		pkg:   "internal/account", tests: "^TestResetOfADueDeletion$",
	},
	{
		name:  "reset: by an address that was changed a moment ago",
		edits: in("reset-settled", "&& !holder.Settled(since, now)", "&& false && !holder.Settled(since, now)"),
		pkg:   "internal/server", tests: "^TestChangedAddressRecoversNothing$",
	},
	{
		name:  "phone: the old one is not told",
		edits: in("change-tells-phone", "if newPhone && old.Phone != nil {", "if false {"),
		pkg:   "internal/server", tests: "^TestChangeIdentifiers$",
	},
	{
		name:  "notice: one for a phone goes to the mail server",
		edits: in("sms-notice", "if isPhone(row.Address) {", "if false {"),
		pkg:   "internal/server", tests: "^TestChangeIdentifiers$",
	},
	{
		name:  "notice: sent without the country of its phone",
		edits: in("notice-country", "identifier.RegionOf(row.Address),", `identifier.RegionOf(""),`),
		pkg:   "internal/account", tests: "^TestNoticeOfAnOldPhoneIsRouted$",
	},
	{
		name:  "notice: one that no sender serves is tried for a day",
		edits: in("notice-unserved", "refused != nil && refused.Final()", "false"),
		pkg:   "internal/account", tests: "^TestNoticeOfAnOldPhoneIsRouted$",
	},
	{
		name:  "notice: one for a phone waits for a sender that is not set",
		edits: in("notice-no-sms", "s.sms == nil {\n\t\treturn \"given_up\"", "s.sms == nil {\n\t\treturn \"failed\""),
		pkg:   "internal/account", tests: "^TestNoticeOfAnOldPhoneIsRouted$",
	},
	{
		name:  "phone: changed without any code",
		edits: in("change-phone-code", `case code == "":`, "case false:"),
		pkg:   "internal/server", tests: "^TestChangeNeedsProof$",
	},
	{
		name: "identifiers: changed after all sessions were ended",
		edits: in("change-session", "own < 0 || !equalTime(users[own].TokensValidFrom, before.TokensValidFrom)",
			"own < 0 || before.ID == 0"),
		pkg: "internal/account", tests: "^TestChangeAfterSessionsEnded$",
	},
	{
		name:  "identifiers: changes are not counted",
		edits: in("change-budget", "s.prover.CountUse(ctx, holder.IdentifierChanges, c.By.Live().User.ID)", "error(nil)"),
		pkg:   "internal/server", tests: "^TestChangesPerDay$",
	},
}
