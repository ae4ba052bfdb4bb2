package main

// ofAccount has mutants of registrations, logins, their captchas and remembered answers.
var ofAccount = []mutant{
	{
		name:  "captcha: not required",
		edits: in("captcha-required", "if s.config.Captchas == nil || ", "if s.config.Captchas != nil || "),
		pkg:   "internal/account", tests: "^TestCaptcha",
	},
	{
		name:  "captcha: a wrong answer is accepted",
		edits: in("captcha-answer", "case err == nil:", "case err == nil, errors.Is(err, captcha.ErrWrong):"),
		pkg:   "internal/account", tests: "^TestCaptcha$",
	},
	{
		name:  "captcha: accepted if it cannot be verified",
		edits: in("captcha-answer", "case err == nil:", "case err == nil, errors.Is(err, captcha.ErrUnavailable):"),
		pkg:   "internal/account", tests: "^TestVerifierAway$",
	},
	{
		name:  "captcha: can be spent many times",
		edits: in("captcha-once", "if n == 0 {", "if n < 0 {"),
		pkg:   "internal/account", tests: "^TestCaptcha$",
	},
	{
		name:  "captcha: not spent by a wrong answer",
		edits: in("captcha-opened", "if err != nil {", "if err != nil || attempt.Verify(context.Background()) != nil {"),
		pkg:   "internal/account", tests: "^TestCaptcha$",
	},
	{
		name:  "captcha: accepted if it cannot be spent",
		edits: in("captcha-stored", "if err != nil {\n\t\treturn err\n\t}\n", "if err != nil {\n\t\treturn nil\n\t}\n"),
		pkg:   "internal/account", tests: "^TestCaptchaStoreFails$",
	},
	{
		name:  "captcha: not verified at registration",
		edits: in("captcha-at-register", "s.challenges.Open(OnRegister,", `s.challenges.Open("off",`),
		pkg:   "internal/account", tests: "^TestCaptcha(GuardsEachDoor|On)$",
	},
	{
		name:  "captcha: not verified at login",
		edits: in("captcha-at-login", "s.challenges.Open(challenge.OnLogin,", `s.challenges.Open("off",`),
		pkg:   "internal/account", tests: "^TestCaptcha$",
	},
	{
		name: "captcha: opened after admission",
		edits: in("captcha-at-register",
			"s.challenges.Open(OnRegister, r.Site, r.Proof)\n",
			"s.challenges.Open(OnRegister, r.Site, r.Proof)\n"+
				"\tif _, busy := s.admitHash(ctx, a); busy != nil {\n\t\treturn holder.SignedIn{}, busy\n\t}\n"),
		pkg: "internal/account", tests: "^TestCaptchaIsOpenedBeforeAdmission$",
	},
	{
		name:  "captcha: not verified before an SMS",
		edits: in("captcha-at-sms", "s.challenge(ctx, challenge.OnVerifyPhone, r.Proof, invitation, to)", "error(nil)"),
		pkg:   "internal/account", tests: "^TestCaptcha(GuardsEachDoor|On)$",
	},
	{
		name:  "captcha: not verified before an email",
		edits: in("captcha-at-email", "s.challenges.Use(ctx, challenge.OnVerifyEmail, r.By.Site(), r.Proof)", "error(nil)"),
		pkg:   "internal/server", tests: "^TestEmailNeeds$",
	},
	{
		name:  "login: every password is accepted",
		edits: in("login-password", "if !ok {", "if false && !ok {"),
		pkg:   "internal/account", tests: "^TestLoginByPassword$",
	},
	{
		name:  "login: the statements show an account whose deletion is due",
		edits: in("login-due", " || s.leaving.Due(row)", ""),
		pkg:   "internal/server", tests: "^TestContrastsSendTheSame$",
	},
	{
		name:  "login: an unverified email is accepted",
		edits: in("gen/db/users.sql.go", " AND email_verified_at IS NOT NULL", ""),
		pkg:   "internal/account", tests: "^TestLoginByPassword$",
	},
	{
		name: "login: a disabled user is accepted",
		edits: in("gen/db/sessions.sql.go", " AND status = 1 AND (delete_at IS NULL",
			" AND (delete_at IS NULL"),
		pkg: "internal/account", tests: "^TestDisabledAccount$",
	},
	{
		name: "login: all sessions may be ended meanwhile",
		edits: in("gen/db/sessions.sql.go", "tokens_valid_from IS NOT DISTINCT FROM $4::timestamptz",
			"($4::timestamptz IS NULL OR true)"),
		pkg: "internal/account", tests: "^TestLoginBesideEndOfSessions$",
	},
	{
		name:  "login: a password that was changed meanwhile is accepted",
		edits: in("login-overtaken", "case postgres.OrZero", "case false && postgres.OrZero"),
		pkg:   "internal/account", tests: "^TestLoginBesideEndOfSessions$",
	},
	{
		name:  "login: the token of a disabled user is accepted",
		edits: in("session-disabled", "case row.User.Status == 0:", "case false:"),
		pkg:   "internal/account", tests: "^TestDisabledAccount$",
	},
	{
		name:  "login: no hash for an unknown user",
		edits: in("login-dummy", "job.VerifyDummy(ctx, typed)", "error(nil)"),
		pkg:   "internal/account", tests: "^TestUnknownNameCostsAHash$",
	},
	{
		name:  "login: an outdated hash is not replaced",
		edits: in("login-rehash", "if stale {", "if false && stale {"),
		pkg:   "internal/account", tests: "^TestLoginUpgradesHash$",
	},
	{
		name:  "login: each identifier has its own tries",
		edits: in("login-compared", "if unknown || !try.Compared() {", "if unknown {"),
		pkg:   "internal/account", tests: "^TestNamesShareTheirTries$",
	},
	{
		name: "login: refusals show which identifiers are of one user",
		edits: in("login-spent",
			"\ttry.spent = try.spent || !ok\n",
			"\tif err == nil && !ok {\n\t\terr = &TooManyError{RetryAfter: window}\n\t}\n"),
		pkg: "internal/account", tests: "^TestNamesTellNothingOfEachOther$",
	},
	{
		name: "login: tries are not counted",
		edits: in("login-tries", "\tvar tries counted\n",
			"\tif true {\n\t\treturn try, nil\n\t}\n\tvar tries counted\n"),
		pkg: "internal/server", tests: "^TestLoginTries$",
	},
	{
		name: "login: unlimited tries from a network",
		edits: in("login-network", `if try.network != "" && t.limits.PerNetwork > 0 {`,
			`if try.network == "" && t.limits.PerNetwork > 0 {`),
		pkg: "internal/server", tests: "^TestLoginTries$",
	},
	{
		name:  "login: unlimited tries for an account",
		edits: in("login-account", "if try.known || t.limits.PerAccount == 0 {", "if true {"),
		pkg:   "internal/account", tests: "^TestTriesAtOnce$",
	},
	{
		name: "login: tries from other networks exclude the holder",
		edits: in("login-account", "if try.known || t.limits.PerAccount == 0 {",
			"if t.limits.PerAccount == 0 {"),
		pkg: "internal/account", tests: "^TestHolderIsNotLockedOut$",
	},
	{
		name: "login: used up tries never come back",
		edits: in("gen/db/login_tries.sql.go", "WHERE t.window_start <= $4::timestamptz OR t.tries < ",
			"WHERE $4::timestamptz IS NOT NULL AND t.tries < "),
		pkg: "internal/server", tests: "^TestLoginTries$",
	},
	{
		name: "login: the network of the registration is not known",
		edits: in("login-registered", "try.known = t.registeredIn(user, try.network)",
			"try.known = false && t.registeredIn(user, try.network)"),
		pkg: "internal/account", tests: "^TestRegistrationNetworkIsKnown$",
	},
	{
		name:  "login: the network of the registration is known for ever",
		edits: in("login-registered-life", "t.now().Before(user.CreatedAt.Add(knownLife)) &&", "true &&"),
		pkg:   "internal/account", tests: "^TestRegistrationNetworkIsForgotten$",
	},
	{
		name:  "login: a network has the same hash for all users",
		edits: in("login-registered-keyed", `"registration|%s|%s", inviteCode, network`, `"registration|%s", network`),
		pkg:   "internal/account", tests: "^TestRegistrationNetworkIsKnown$",
	},
	{
		name:  "login: ten networks use up the tries of an account",
		edits: in("login-few", "if tries > fewTries {", "if tries < 0 {"),
		pkg:   "internal/account", tests: "^TestTenNetworksCannotLockALogin$",
	},
	{
		name:  "login: ten networks keep a holder out for days",
		edits: in("login-few", "if tries > fewTries {", "if tries < 0 {"),
		pkg:   "internal/server", tests: "^TestSiege$",
	},
	{
		name: "login: unlimited accounts for a network",
		edits: in("spraying", `if try.network == "" || t.limits.Accounts == 0 {`,
			`if try.network != "" || t.limits.Accounts == 0 {`),
		pkg: "internal/account", tests: "^TestSpraying$",
	},
	{
		name:  "login: spraying locks out the holders of the network",
		edits: in("spraying-known", "(t.crowded == nil || t.known)", "t.crowded == nil"),
		pkg:   "internal/account", tests: "^TestSpraying$",
	},
	{
		name:  "login: spraying tells which accounts the network knows",
		edits: in("spraying-equal", "if t.crowded != nil {", "if t.crowded != nil && !t.known {"),
		pkg:   "internal/account", tests: "^TestSpraying$",
	},
	{
		name: "login: successes count as spraying",
		edits: in("gen/db/login_tries.sql.go", "accounts = n.accounts - $6::text",
			"accounts = n.accounts - left($6::text, 0)"),
		pkg: "internal/account", tests: "^TestSharedNetwork$",
	},
	{
		name:  "email: an unverified one is shown as verified",
		edits: in("email-shown", "row.EmailVerifiedAt != nil", "row.Email != nil"),
		pkg:   "internal/server", tests: "^TestVerifiedEmailLogsIn$",
	},
	{
		name:  "email: an unverified claim cannot be replaced",
		edits: in("gen/db/emails.sql.go", "email_verified_at IS NULL AND id <> ", "email_verified_at IS NOT NULL AND -1 = "),
		pkg:   "internal/server", tests: "^TestVerifiedClaimEvicts$",
	},
	{
		name:  "email: a verified claim is replaced",
		edits: in("gen/db/emails.sql.go", "AND email_verified_at IS NULL AND id <> ", "AND id <> "),
		pkg:   "internal/server", tests: "^TestVerifiedClaimEvicts$",
	},
	{
		name:  "email: a claim in the same moment keeps the address",
		edits: in("email-squatters", "const MaxEvictions = 5", "const MaxEvictions = 1"),
		pkg:   "internal/account", tests: "^TestSquatterInBetween$",
	},
	{
		name:  "email: a registration by code leaves the address to a claim",
		edits: in("register-squatters", "tries == holder.MaxEvictions", "tries == 1"),
		pkg:   "internal/account", tests: "^TestSquatterBeforeTheInsert$",
	},
	{
		name:  "email: a registration by code takes a verified address",
		edits: in("gen/db/users.sql.go", " AND e.email_verified_at IS NULL", ""),
		pkg:   "internal/account", tests: "^TestRegisterByEmailTakesClaims$",
	},
	{
		name:  "email: beside a phone it is stored as verified",
		edits: in("email-proven", "proven.Channel == code.Email", `a.email.Key != ""`),
		pkg:   "internal/account", tests: "^TestEmailBesideOtherMethods$",
	},
	{
		name:  "email: a stranger can have codes to log in mailed to any address",
		edits: in("mail-holders", "r.Purpose != code.ForRegister", "r.Purpose == code.ForReset"),
		pkg:   "internal/account", tests: "^TestLoginCodeGoesToHolders$",
	},
	{
		name:  "email: swapped addresses deadlock",
		edits: in("gen/db/profiles.sql.go", "ORDER BY l.id\nFOR UPDATE", "ORDER BY l.id"),
		pkg:   "internal/account", tests: "^TestSwap$",
	},
	{
		name: "email: many answers about a taken address for a code",
		edits: in("email-taken", "if taken {\n\t\t\treturn nil\n",
			"if taken {\n\t\t\treturn &refusal.Error{Reason: refusal.EmailTaken, Field: \"email\"}\n"),
		pkg: "internal/account", tests: "^TestTakenEmailSpendsTheCode$",
	},
	{
		name: "email: the code of one user is accepted for another",
		edits: []edit{
			{"code-bound", "to.Site, to.Purpose, to.User, code, to.Address",
				"to.Site, to.Purpose, int64(0), code, to.Address"},
			{"gen/db/one_time_codes.sql.go", "AND c.user_id = $7 AND c.expires_at", "AND $7 > -1 AND c.expires_at"},
		},
		pkg: "internal/server", tests: "^TestVerifiedClaimEvicts$",
	},
	{
		name:  "email: a disabled user can verify",
		edits: in("gen/db/emails.sql.go", " AND status = 1", ""),
		pkg:   "internal/account", tests: "^TestDisabledMeanwhileVerifiesNothing$",
	},
	{
		name:  "key: held after its claim was lost",
		edits: in("lost-claim-released", "held := k.Release(ctx, c)", "held := time.Duration(0)"),
		pkg:   "internal/account", tests: "^TestKeyIsFreeAfterTheWait$",
	},
	{
		name:  "key: Retry-After ends before the key is free",
		edits: in("key-wait", "max(refused.RetryAfter, held)", "refused.RetryAfter"),
		pkg:   "internal/account", tests: "^TestKeyIsFreeAfterTheWait$",
	},
	{
		name:  "idempotency: another request gets the user of the first",
		edits: in("key-compared", "case !row.Same:", "case false:"),
		pkg:   "internal/account", tests: "^TestReplay$",
	},
	{
		name:  "idempotency: a repetition is accepted without the password",
		edits: in("replay-password", "case !right:", "case false:"),
		pkg:   "internal/account", tests: "^TestReplay$",
	},
	{
		name: "idempotency: another request takes over the key of a crashed one",
		edits: in("gen/db/idempotency_keys.sql.go", "RETURNING (k.request_mac = $1)",
			"RETURNING (k.user_id IS NULL OR k.request_mac = $1)"),
		pkg: "internal/account", tests: "^TestCrashedAttempt$",
	},
	{
		name:  "idempotency: a key in use is taken over",
		edits: in("gen/db/idempotency_keys.sql.go", "OR k.claimed_until <= $9", "OR k.claimed_until >= $9"),
		pkg:   "internal/account", tests: "^Test(CrashedAttempt|Twins)$",
	},
	{
		name: "idempotency: a repetition gives a disabled user a token",
		edits: in("gen/db/sessions.sql.go", " AND status = 1 AND (delete_at IS NULL",
			" AND (delete_at IS NULL"),
		pkg: "internal/account", tests: "^TestDisabledGetsNoToken$",
	},
	{
		name:  "idempotency: an expired key gives a token of its earlier user",
		edits: in("gen/db/idempotency_keys.sql.go", "user_id = NULL, created_at", "created_at"),
		pkg:   "internal/account", tests: "^TestExpiredKeyIsFree$",
	},
	{
		name:  "idempotency: the key is not kept after the insertion",
		edits: in("key-remembered", "return refusal.OfKey(c.Remember(ctx, q, id, newcomer.Now))", "return nil"),
		pkg:   "internal/account", tests: "^TestReplay",
	},
	{
		name: "idempotency: the digest leaves fields out",
		edits: in("digest-fields", `r.Proof, r.From, r.UserAgent, r.InviteHint, r.Locale = Proof{}, Origin{}, "", "", ""`,
			`r.Proof, r.RealName, r.AvatarURL, r.Email, r.Phone, r.Code = Proof{}, "", "", "", "", ""`),
		pkg: "internal/account", tests: "^TestDigestCoversEveryField$",
	},
	{
		name:  "idempotency: the profile is digested as one value",
		edits: in("digest-embedded", "!field.Anonymous && !value.IsZero()", "len(field.Index) == 1 && !value.IsZero()"),
		pkg:   "internal/account", tests: "^TestDigestTellsFieldsApart$",
	},
	{
		name: "idempotency: an added password is ignored",
		edits: []edit{
			{"digest-password", `r.Password = "given"`, `r.Password = ""`},
			{"replay-without-password", `row.PasswordHash == nil && r.Password == ""`, `row.PasswordHash == nil`},
		},
		pkg: "internal/account", tests: "^TestDigestCoversEveryField$",
	},
	{
		name:  "idempotency: unlimited passwords by repetitions",
		edits: in("replay-guesses", "right || err != nil,", "true,"),
		pkg:   "internal/account", tests: "^TestReplayGuesses$",
	},
	{
		name: "idempotency: unlimited codes by repetitions",
		edits: in("gen/db/idempotency_keys.sql.go", "THEN 0\n        ELSE 1 END",
			"THEN 0\n        ELSE (k.request_mac = $1)::integer END"),
		pkg: "internal/account", tests: "^TestReplayGuesses$",
	},
	{
		name:  "idempotency: simultaneous wrong passwords are not counted",
		edits: in("replay-counted", "WithPassword: r.WithPassword", "WithPassword: false"),
		pkg:   "internal/account", tests: "^TestReplayGuesses$",
	},
	{
		name:  "idempotency: right repetitions without a bound",
		edits: in("replay-bounded", "MaxReplays: replays", "MaxReplays: 1 << 30"),
		pkg:   "internal/account", tests: "^TestReplaysAreBounded$",
	},
	{
		name:  "idempotency: an answer is remembered for 23 hours",
		edits: in("key-life", "24 * time.Hour", "23 * time.Hour"),
		pkg:   "internal/account", tests: "^TestKeyLife$",
	},
	{
		name:  "idempotency: the digest is not keyed",
		edits: in("digest-keyed", "hmac.New(sha256.New, k.mac)", "hmac.New(sha256.New, nil)"),
		pkg:   "internal/account", tests: "^TestDigestsAreKeyed$",
	},
	{
		name:  "code: a phone that the provider refuses is an outage",
		edits: in("dead-phone", "refused.Kind == sms.RecipientRefused", "refused.Kind == \"\""),
		pkg:   "internal/account", tests: "^TestDeadPhone$",
	},
}
