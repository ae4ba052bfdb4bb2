package main

// ofNames has mutants of package identifier, and of the constraints by which an
// identifier has one user.
var ofNames = []mutant{
	{
		name:  "unique: two users have one user name",
		edits: in("schema/00001_users.sql", "UNIQUE (site_id, user_name_key)", "CHECK (site_id > 0)"),
		pkg:   "internal/account", tests: "^TestNameIsTakenInAnyCase$",
	},
	{
		name:  "unique: two user names look alike",
		edits: in("schema/00001_users.sql", "UNIQUE (site_id, user_name_skeleton)", "CHECK (site_id > 0)"),
		pkg:   "internal/account", tests: "^TestTaken$",
	},
	{
		name:  "unique: two users have one phone",
		edits: in("schema/00001_users.sql", "UNIQUE (site_id, phone)", "CHECK (site_id > 0)"),
		pkg:   "internal/account", tests: "^TestTaken$",
	},
	{
		name:  "unique: two users have one email",
		edits: in("schema/00001_users.sql", "UNIQUE (site_id, email_key)", "CHECK (site_id > 0)"),
		pkg:   "internal/account", tests: "^Test(Taken|Email|Evict)",
	},
	{
		name:  "unique: a violated constraint is an internal error",
		edits: in("constraint-refused", `case "users_phone_unique":`, `case "":`),
		pkg:   "internal/account", tests: "^TestTaken$",
	},
	{
		name:  "user name: reserved words are allowed",
		edits: in("name-reserved", "if isReserved(name, base) {", "if false {"),
		pkg:   "internal/identifier", tests: "^TestReservedUserNames$",
	},
	{
		name:  "user name: an office may be a part of a name",
		edits: in("name-office-part", "case v.title[all] || v.title[core]:", "case false:"),
		pkg:   "internal/identifier", tests: "^TestReservedParts$",
	},
	{
		name:  "user name: a name may consist of offices",
		edits: in("name-offices", `case core == "" || v.joined(all) || v.joined(core):`, "case false:"),
		pkg:   "internal/identifier", tests: "^TestReservedParts$",
	},
	{
		name:  "user name: a Korean office with a digit is read as two words",
		edits: in("name-office-hangul", "words.ofOffices(strings.FieldsFunc(skeleton, separates))", "false"),
		pkg:   "internal/identifier", tests: "^TestReservedUserNames$",
	},
	{
		name:  "user name: an office may stand within a Chinese name",
		edits: in("name-office-han", "strings.Contains(whole, word)", "whole == word"),
		pkg:   "internal/identifier", tests: "^TestReservedParts$",
	},
	{
		name: "user name: a letter that looks like several may stand beside Latin",
		edits: in("name-beside-latin",
			"looksSeveral(base, name.Skeleton) || looksSeveral(name.Key, skeleton(name.Key))", "false"),
		pkg: "internal/identifier", tests: "^Test(AmbiguousLetters|EveryLookAlikeBesideLatin)$",
	},
	{
		name: "user name: a joiner may stand anywhere",
		edits: in("name-joiner", "if joins(base, runes[i-1], r, after) {",
			"if joins(base, runes[i-1], r, after) || after >= 0 {"),
		pkg: "internal/identifier", tests: "^TestJoinersOutOfContext$",
	},
	{
		name:  "user name: punctuation may stand anywhere",
		edits: in("name-punctuation", "!spells(before, r, after)", "!spells(before, r, after) && after < 0"),
		pkg:   "internal/identifier", tests: "^Test(JoinersOutOfContext|UserNamesRefused)$",
	},
	{
		name:  "user name: scripts can be mixed",
		edits: in("name-scripts", "if !oneScript(name) {", "if false {"),
		pkg:   "internal/identifier", tests: "^TestUserNamesRefused$",
	},
	{
		name:  "user name: look-alikes have different skeletons",
		edits: in("name-skeleton", "Skeleton: skeleton(base)", "Skeleton: key"),
		pkg:   "internal/identifier", tests: "^TestNamesThatLookAlike$",
	},
	{
		name:  "user name: a phone number is allowed",
		edits: in("name-phone", "isNameLetter) < 0 {", "isNameLetter) < -1 {"),
		pkg:   "internal/identifier", tests: "^Test(KindsNeverMeet|UserNamesRefused)$",
	},
	{
		name:  "user name: every character is allowed",
		edits: in("name-characters", "case !isPermitted(r):", "case false:"),
		pkg:   "internal/identifier", tests: "^TestUserNamesRefused$",
	},
	{
		name:  "user name: any number of marks",
		edits: in("name-marks", "&& !heaped(name)", ""),
		pkg:   "internal/identifier", tests: "^TestUserNamesRefused$",
	},
	{
		name:  "phone: fixed and premium numbers are accepted",
		edits: in("phone-kinds", "case !isMobile(kind):", "case false:"),
		pkg:   "internal/identifier", tests: "^TestPhonesRefused$",
	},
	{
		name: "phone: satellite numbers are accepted",
		edits: in("phone-satellite", "case region == phonenumbers.REGION_CODE_FOR_NON_GEO_ENTITY:",
			"case false:"),
		pkg: "internal/identifier", tests: "^TestPhonesRefused$",
	},
	{
		name:  "phone: every country is accepted",
		edits: in("phone-country", "len(p.countries) > 0 &&", "len(p.countries) > 999 &&"),
		pkg:   "internal/identifier", tests: "^TestPhoneCountries$",
	},
	{
		name:  "phone: every phone of a country that is not served gets a login code",
		edits: in("holders-only", "if err == nil {", "if err != nil || err == nil {"),
		pkg:   "internal/account", tests: "^TestHolderOfAnUnservedPhone$",
	},
	{
		name:  "reset: every phone gets a code",
		edits: in("reset-holders", "r.Purpose == code.ForReset, nil", "false, nil"),
		pkg:   "internal/account", tests: "^TestResetGoesToHoldersOnly$",
	},
	{
		name:  "reset: the rules of passwords are not applied to the holder's words",
		edits: in("reset-policy", "s.wordsOf(row)...", "s.config.SiteWords..."),
		pkg:   "internal/account", tests: "^TestResetRefusals$",
	},
	{
		name:  "reset: the phone gets no notice of one by email",
		edits: in("reset-tells-phone", "proven.Channel == code.Email", "false"),
		pkg:   "internal/account", tests: "^TestResetByEmail$",
	},
	{
		name: "reset: the email gets no notice of one by phone",
		edits: in("reset-notice", "notice.AddByMail(ctx, q, row,",
			`notice.AddByMail(ctx, q, map[bool]db.User{true: row}[proven.Channel == code.Email],`),
		pkg: "internal/account", tests: "^TestResetByPhone$",
	},
	{
		name:  "reset: no notice is sent",
		edits: in("reset-notice", "notice.AddByMail(ctx, q, row,", "notice.AddByMail(ctx, q, db.User{},"),
		pkg:   "internal/account", tests: "^TestResetByEmail$",
	},
	{
		name:  "reset: sessions and tokens go on",
		edits: in("reset-ends-sessions", "EndAll(ctx, q, row.ID, now); err != nil {", "EndAll(ctx, q, 0, now); err != nil {"),
		pkg:   "internal/account", tests: "^TestResetByEmail$",
	},
	{
		name:  "notices: one call tries all while the mail server is down",
		edits: in("notice-bounded", "r.failed < maxFailed", "r.failed < 100"),
		pkg:   "internal/account", tests: "^TestNoticesAreBounded$",
	},
	{
		name:  "mail: a code without a login costs no captcha",
		edits: in("mail-captcha", "err != nil {", "false && err != nil {"),
		pkg:   "internal/server", tests: "^TestResetNeeds$",
	},
	{
		name:  "reset: mails to a domain are not counted",
		edits: in("mail-domain", "add(l.MailPerDomain, ofDomain)", "add(0, ofDomain)"),
		pkg:   "internal/account", tests: "^TestMailsToADomain$",
	},
	{
		name:  "reset: one network has all mails to a domain",
		edits: in("mail-share", "max(of.allowed/shares, ownCodes)", "of.allowed"),
		pkg:   "internal/account", tests: "^TestMailsToADomain$",
	},
	{
		name:  "email: a code to verify with needs no token",
		edits: in("verify-needs-token", "return nil, c.Unauthenticated", "_ = c.Unauthenticated"),
		pkg:   "internal/server", tests: "^TestResetAnswersAlike$",
	},
	{
		name:  "notice: lost if the mail server is away",
		edits: in("notice-retried", `return "failed"`, `return "given_up"`),
		pkg:   "internal/account", tests: "^TestNoticeSurvivesAnOutage$",
	},
	{
		name:  "notice: an address that no mail can be sent to is tried for a day",
		edits: in("notice-address", "errors.Is(err, mail.ErrAddress)", "false"),
		pkg:   "internal/account", tests: "^TestNoticeToNoAddress$",
	},
	{
		name:  "notice: old news is sent",
		edits: in("notice-given-up", "row.Attempts > maxAttempts", "false"),
		pkg:   "internal/account", tests: "^TestNoticeIsGivenUp$",
	},
	{
		name:  "phone: letters are read as digits",
		edits: in("phone-letters", "case !ignored(r):", "case false:"),
		pkg:   "internal/identifier", tests: "^TestPhonesRefused$",
	},
	{
		name:  "email: every local part is accepted",
		edits: in("email-local-part", "if !ok || !isDotAtom(local) {", "if !ok {"),
		pkg:   "internal/identifier", tests: "^TestEmailsRefused$",
	},
	{
		name: "email: an IP address is accepted as a domain",
		edits: in("email-domain", "return labels >= 2 && !numeric",
			"return labels >= 2 && (numeric || !numeric)"),
		pkg: "internal/identifier", tests: "^TestEmailsRefused$",
	},
	{
		name:  "email: a disposable domain is accepted",
		edits: in("email-disposable", "if r.disposable(domain) {", "if false {"),
		pkg:   "internal/identifier", tests: "^TestDisposable$",
	},
	{
		name:  "email: domains below a disposable one are accepted",
		edits: in("email-disposable-below", "rest = above", "rest = above[:0]"),
		pkg:   "internal/identifier", tests: "^TestDisposable$",
	},
	{
		name:  "email: a broad entry accepts disposable domains",
		edits: in("email-disposable-spared", "!r.allowed.within(domain, listed)", "!r.allowed.has(domain)"),
		pkg:   "internal/identifier", tests: "^TestDisposable$",
	},
	{
		name:  "email: no length limit for the local part",
		edits: in("email-local-length", "len(local) > maxEmailLocal || ", ""),
		pkg:   "internal/identifier", tests: "^TestEmailsRefused$",
	},
	{
		name:  "real name: it may be invisible",
		edits: in("real-name-visible", `|| s != "" && !visible(s)`, ""),
		pkg:   "internal/identifier", tests: "^TestRealNamesRefused$",
	},
	{
		name:  "real name: fillers and empty cells are letters",
		edits: in("real-name-filler", "|| looksBlank(r)", ""),
		pkg:   "internal/identifier", tests: "^TestRealNamesRefused$",
	},
	{
		name:  "real name: any number of marks",
		edits: in("real-name-visible", "|| buried(s)", ""),
		pkg:   "internal/identifier", tests: "^TestRealNamesRefused$",
	},
	{
		name:  "phone: an old form is another phone",
		edits: in("phone-current", "number = current(number)", ""),
		pkg:   "internal/identifier", tests: "^TestPhonesThatWereRenumbered$",
	},
	{
		name:  "phone: a prefix of the operator admits any length",
		edits: in("phone-length", "return example != nil && len(", "return example != nil || len("),
		pkg:   "internal/identifier", tests: "^TestPhonesNewerThanTheMetadata$",
	},
	{
		name: "login: the rules for registrations are applied to names",
		edits: in("login-name", "if key, ok := identifier.LoginUserName(userName); ok {",
			"if key, ok := identifier.LoginUserName(userName); ok && func() bool {"+
				" _, err := identifier.ParseUserName(userName); return err == nil }() {"),
		pkg: "internal/account", tests: "^TestLoginAfterTheRulesChanged$",
	},
	{
		name:  "login by code: a phone that left the plan gets none",
		edits: in("held-register", "case !ok || r.Purpose == code.ForRegister:", "case ok || !ok:"),
		pkg:   "internal/account", tests: "^TestCodesAfterTheRulesChanged$",
	},
	{
		name:  "register: a phone that left the plan gets a code",
		edits: in("held-register", "case !ok || r.Purpose == code.ForRegister:", "case !ok:"),
		pkg:   "internal/account", tests: "^TestCodesAfterTheRulesChanged$",
	},
	{
		name:  "login by code: each phone outside the plan gets a message",
		edits: in("held-holders", "return held, true, nil", "return held, false, nil"),
		pkg:   "internal/account", tests: "^TestCodesAfterTheRulesChanged$",
	},
	{
		name:  "change: a phone of another person gets a code outside the plan",
		edits: in("held-own", "held.E164 != postgres.OrZero(r.By.Live().User.Phone)", "held.E164 == \"\""),
		pkg:   "internal/account", tests: "^TestCodesAfterTheRulesChanged$",
	},
	{
		name:  "login by code: a premium number gets a message",
		edits: in("held-premium", "switch phonenumbers.GetNumberType(number) {", "switch _ = number; phonenumbers.VOIP {"),
		pkg:   "internal/account", tests: "^TestPremiumPhoneGetsNoCode$",
	},
	{
		name:  "login by code: a satellite phone gets a message",
		edits: in("held-satellite", "region == phonenumbers.REGION_CODE_FOR_NON_GEO_ENTITY", "false"),
		pkg:   "internal/account", tests: "^TestPremiumPhoneGetsNoCode$",
	},
	{
		name:  "login by code: a mistyped phone costs a captcha and a message's count",
		edits: in("held-length", "!longAsMobile(number)", "false"),
		pkg:   "internal/account", tests: "^TestMistypedAddressIsRefused$",
	},
	{
		name:  "login by code: a mistyped email costs a captcha and a mail's count",
		edits: in("held-form", "ok && !strange && isDotAtom(local) && isDomain(domain)", "ok || strange || isDotAtom(local)"),
		pkg:   "internal/account", tests: "^TestMistypedAddressIsRefused$",
	},
	{
		name:  "login by code: an email of earlier rules gets none",
		edits: in("held-email", "identifier.HeldEmail(r.Email); ok", "identifier.HeldEmail(r.Email); ok && err == nil"),
		pkg:   "internal/account", tests: "^TestMailCodesAfterTheRulesChanged$",
	},
	{
		name:  "login by code: the mail goes to another mailbox of the same canonical form",
		edits: in("held-mailbox", "row.Email)", "row.EmailKey)"),
		pkg:   "internal/account", tests: "^TestMailCodesAfterTheRulesChanged$",
	},
	{
		name:  "login: an email as user name is none",
		edits: in("login-any-email", "== identifier.KindEmail:", "< 0:"),
		pkg:   "internal/account", tests: "^TestLoginByVerifiedEmail$",
	},
	{
		name:  "login: a phone as user name is counted apart",
		edits: in("login-any-phone", "== identifier.KindPhone:", "< 0:"),
		pkg:   "internal/account", tests: "^(TestLoginByPassword|TestTriesOfOneIdentifier)$",
	},
	{
		name:  "email: a key depends on the Go release",
		edits: in("email-key", `strings.ReplaceAll(domain, "ẞ", "ß")`, "domain"),
		pkg:   "internal/identifier", tests: "^TestKeyThatDependedOnTheGoRelease$",
	},
	{
		name:  "keys: a registration does not say its version",
		edits: in("keys-version", "KeysVersion:      identifier.DataVersion,", ""),
		pkg:   "internal/account", tests: "^TestRegistrationsHaveTheDataVersion$",
	},
	{
		name:  "keys: a collision is not reported",
		edits: in("rekey-collision", "r.collisions = append(r.collisions, c)", "_ = c"),
		pkg:   "internal/account", tests: "^TestRekeyCollisions$",
	},
	{
		name:  "keys: a user with a collision counts as done",
		edits: in("rekey-done", "wanted.KeysVersion = u.KeysVersion", ""),
		pkg:   "internal/account", tests: "^TestRekeyCollisions$",
	},
	{
		name:  "keys: a changed name keeps the version of a later replica",
		edits: in("keys-version-changed", "identifier.DataVersion", "1 << 30"),
		pkg:   "internal/account", tests: "^TestChangeByAnEarlierVersion$",
	},
	{
		name:  "keys: a verified email keeps the version of a later replica",
		edits: in("keys-version-verified", "identifier.DataVersion", "1 << 30"),
		pkg:   "internal/account", tests: "^TestChangeByAnEarlierVersion$",
	},
	{
		name:  "keys: a version is done although users collide",
		edits: in("rekey-finished", "!c.Look", "false"),
		pkg:   "internal/health", tests: "^TestKeysOfALaterVersion$",
	},
	{
		name:  "keys: a replica serves with old keys",
		edits: in("keys-ready", "!done", "!done && keys < 0"),
		pkg:   "internal/health", tests: "^TestKeysOfALaterVersion$",
	},
	{
		name: "keys: an operation reads identifiers while keys are old",
		edits: in("keys-current", "op != nil && readsIdentifier(op)",
			`op != nil && op.ID != "register" && readsIdentifier(op)`),
		pkg: "internal/server", tests: "^TestOldKeys$",
	},
	{
		name:  "keys: a process does not look at the keys before it serves",
		edits: in("keys-wired", "Keys:        keys,", "Keys: func(context.Context) error { return nil },"),
		pkg:   "cmd/enroll", tests: "^TestServiceWithOldKeys$",
	},
}
