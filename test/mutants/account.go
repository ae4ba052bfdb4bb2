package main

// ofAccount are mutants of what is decided about captchas, registrations, logins and
// remembered answers.
var ofAccount = []mutant{
	{
		name:  "captcha: none is asked for",
		edits: in("internal/account/captcha.go", "if s.Captchas == nil || ", "if s.Captchas != nil || "),
		pkg:   "internal/account", tests: "^TestCaptcha",
	},
	{
		name: "captcha: a wrong answer passes",
		edits: in("internal/account/captcha.go", "case err == nil:\n\t\treturn nil\n",
			"case err == nil, errors.Is(err, captcha.ErrWrong):\n\t\treturn nil\n"),
		pkg: "internal/account", tests: "^TestCaptcha$",
	},
	{
		name: "captcha: a judge that does not answer lets everybody through",
		edits: in("internal/account/captcha.go", "case err == nil:\n\t\treturn nil\n",
			"case err == nil, errors.Is(err, captcha.ErrUnavailable):\n\t\treturn nil\n"),
		pkg: "internal/account", tests: "^TestJudgeAway$",
	},
	{
		name:  "captcha: one is good for many attempts",
		edits: in("internal/account/captcha.go", "if n == 0 {", "if n < 0 {"),
		pkg:   "internal/account", tests: "^TestCaptcha$",
	},
	{
		name: "captcha: a wrong answer leaves it unspent",
		edits: in("internal/account/captcha.go",
			"if err != nil {\n\t\treturn openedCaptcha{}, captchaWrong()\n",
			"if err != nil || attempt.Verify(context.Background()) != nil {\n\t\treturn openedCaptcha{}, captchaWrong()\n"),
		pkg: "internal/account", tests: "^TestCaptcha$",
	},
	{
		name: "captcha: a store that does not answer lets everybody through",
		edits: in("internal/account/captcha.go", "if err != nil {\n\t\treturn refusal(err)\n\t}\n\tif n == 0 {",
			"if err == nil && n == 0 {"),
		pkg: "internal/account", tests: "^TestCaptchaStoreFails$",
	},
	{
		name: "captcha: not at registration",
		edits: in("internal/account/register.go", "s.openCaptcha(OnRegister, r.Site, r.Proof)",
			"openedCaptcha{}, error(nil)"),
		pkg: "internal/account", tests: "^TestCaptcha(GuardsEachDoor|On)$",
	},
	{
		name:  "captcha: not at login",
		edits: in("internal/account/login.go", "s.openCaptcha(OnLogin, l.Site, l.Proof)", "openedCaptcha{}, error(nil)"),
		pkg:   "internal/account", tests: "^TestCaptcha$",
	},
	{
		name: "captcha: a registration without one is admitted to the hashers first",
		edits: in("internal/account/register.go",
			"s.openCaptcha(OnRegister, r.Site, r.Proof)\n",
			"s.openCaptcha(OnRegister, r.Site, r.Proof)\n"+
				"\tif _, busy := s.admitHash(ctx, a); busy != nil {\n\t\treturn SignedIn{}, busy\n\t}\n"),
		pkg: "internal/account", tests: "^TestCaptchaIsOpenedBeforeAdmission$",
	},
	{
		name:  "captcha: not before an SMS is sent",
		edits: in("internal/account/phonecode.go", "s.useCaptcha(ctx, OnVerifyPhone, r.Site, r.Proof)", "error(nil)"),
		pkg:   "internal/account", tests: "^TestCaptcha(GuardsEachDoor|On)$",
	},
	{
		name:  "captcha: not before an email is sent",
		edits: in("internal/account/email.go", "s.useCaptcha(ctx, OnVerifyEmail, r.Site, r.Proof)", "error(nil)"),
		pkg:   "internal/server", tests: "^TestEmailNeeds$",
	},
	{
		name: "password: no policy at registration",
		edits: in("internal/account/register.go", "s.Policy.Check(r.Password, s.contextWords(r, a)...)",
			"r.Password, error(nil)"),
		pkg: "internal/account", tests: "^TestRegisterRules$",
	},
	{
		name:  "password: the person's own names are allowed",
		edits: in("internal/account/register.go", ", s.contextWords(r, a)...", ""),
		pkg:   "internal/account", tests: "^TestRegisterRules$",
	},
	{
		name:  "login: any password is right",
		edits: in("internal/account/login.go", "if !ok {", "if false && !ok {"),
		pkg:   "internal/account", tests: "^TestLoginByPassword$",
	},
	{
		name:  "login: an email need not be verified",
		edits: in("gen/db/users.sql.go", " AND email_verified_at IS NOT NULL", ""),
		pkg:   "internal/account", tests: "^TestLoginByPassword$",
	},
	{
		name: "login: a disabled account is let in",
		edits: []edit{
			{"internal/account/login.go", "return n == 1, err", "return true, err"},
			{"internal/account/register.go", "if u.Status != Active {", "if false {"},
		},
		pkg: "internal/account", tests: "^TestDisabledAccount$",
	},
	{
		name:  "login: a user that is disabled meanwhile is let in",
		edits: in("gen/db/users.sql.go", "WHERE id = $2 AND status = 1", "WHERE id = $2"),
		pkg:   "internal/account", tests: "^TestDisabledMeanwhileLogsInNowhere$",
	},
	{
		name:  "login: a token outlives the account's disabling",
		edits: in("internal/account/login.go", "case Status(row.Status) != Active:", "case false:"),
		pkg:   "internal/account", tests: "^TestDisabledAccount$",
	},
	{
		name:  "login: nothing is hashed for an unknown user",
		edits: in("internal/account/login.go", "job.VerifyDummy(ctx, typed)", "error(nil)"),
		pkg:   "internal/account", tests: "^TestUnknownNameCostsAHash$",
	},
	{
		name:  "login: an old hash stays",
		edits: in("internal/account/login.go", "if stale {", "if false && stale {"),
		pkg:   "internal/account", tests: "^TestLoginUpgradesHash$",
	},
	{
		name:  "login: three names have three times the tries",
		edits: in("internal/account/login.go", "if unknown || try.spent {", "if unknown {"),
		pkg:   "internal/account", tests: "^TestNamesShareTheirTries$",
	},
	{
		name: "login: a refusal tells whose another name is",
		edits: in("internal/account/throttle.go",
			"\ttry.spent = try.spent || !ok\n\treturn known, err",
			"\tif err == nil && !ok {\n\t\terr = &Error{Reason: LoginTooMany, RetryAfter: throttleWindow}\n\t}\n"+
				"\treturn known, err"),
		pkg: "internal/account", tests: "^TestNamesTellNothingOfEachOther$",
	},
	{
		name: "login: tries are not counted",
		edits: in("internal/account/login.go", "try, err := s.throttle(ctx, l, row.ID)",
			"try, err := loginTry{name: s.nameMAC(l), account: s.accountMAC(l, row.ID), network: l.From.Narrow()}, error(nil)"),
		pkg: "internal/server", tests: "^TestLoginTries$",
	},
	{
		name: "login: any number of tries from one network",
		edits: in("internal/account/throttle.go", `if try.network != "" && s.Limits.LoginPerNetwork > 0 {`,
			`if try.network == "" && s.Limits.LoginPerNetwork > 0 {`),
		pkg: "internal/server", tests: "^TestLoginTries$",
	},
	{
		name:  "login: any number of tries at one account",
		edits: in("internal/account/throttle.go", "if known || s.Limits.LoginPerAccount == 0 {", "if known || true {"),
		pkg:   "internal/account", tests: "^TestTriesAtOnce$",
	},
	{
		name: "login: guessers elsewhere lock the holder out",
		edits: in("internal/account/throttle.go", "if known || s.Limits.LoginPerAccount == 0 {",
			"if known && false || s.Limits.LoginPerAccount == 0 {"),
		pkg: "internal/account", tests: "^TestHolderIsNotLockedOut$",
	},
	{
		name: "login: whoever has used up the tries is locked out for ever",
		edits: in("gen/db/login_tries.sql.go", "WHERE t.window_start <= $4::timestamptz OR t.tries < ",
			"WHERE $4::timestamptz IS NOT NULL AND t.tries < "),
		pkg: "internal/server", tests: "^TestLoginTries$",
	},
	{
		name:  "email: an unverified claim keeps the owner out",
		edits: in("gen/db/emails.sql.go", "email_verified_at IS NULL AND id <> ", "email_verified_at IS NOT NULL AND -1 = "),
		pkg:   "internal/server", tests: "^TestVerifiedClaimEvicts$",
	},
	{
		name:  "email: a verified claim is evicted as well",
		edits: in("gen/db/emails.sql.go", "AND email_verified_at IS NULL AND id <> ", "AND id <> "),
		pkg:   "internal/server", tests: "^TestVerifiedClaimEvicts$",
	},
	{
		name: "email: a code is good for every user",
		edits: []edit{
			{"internal/code/code.go", "to.Site, to.Purpose, to.User, code, to.Address",
				"to.Site, to.Purpose, int64(0), code, to.Address"},
			{"gen/db/one_time_codes.sql.go", "AND c.user_id = $7 AND c.expires_at", "AND $7 > -1 AND c.expires_at"},
		},
		pkg: "internal/server", tests: "^TestVerifiedClaimEvicts$",
	},
	{
		name:  "email: a disabled user verifies",
		edits: in("gen/db/emails.sql.go", " AND status = 1", ""),
		pkg:   "internal/account", tests: "^TestDisabledMeanwhileVerifiesNothing$",
	},
	{
		name:  "key: one whose claim was lost stays held",
		edits: in("internal/account/idempotency.go", "return s.release(ctx, c, &Error{", "return errors.Join(&Error{"),
		pkg:   "internal/account", tests: "^TestKeyIsFreeAfterTheWait$",
	},
	{
		name:  "key: a repetition is told to come back before the key is free",
		edits: in("internal/account/idempotency.go", "max(refused.RetryAfter, c.until.Sub(s.Now()))", "refused.RetryAfter"),
		pkg:   "internal/account", tests: "^TestKeyIsFreeAfterTheWait$",
	},
	{
		name:  "idempotency: another request gets the first one's user",
		edits: in("internal/account/idempotency.go", "case !row.Same:", "case false:"),
		pkg:   "internal/account", tests: "^TestReplay$",
	},
	{
		name:  "idempotency: a repetition needs no password",
		edits: in("internal/account/idempotency.go", "case !right:", "case false:"),
		pkg:   "internal/account", tests: "^TestReplay$",
	},
	{
		name: "idempotency: another request takes a crashed one's key over",
		edits: in("gen/db/idempotency_keys.sql.go", "RETURNING (k.request_mac = $1)",
			"RETURNING (k.user_id IS NULL OR k.request_mac = $1)"),
		pkg: "internal/account", tests: "^TestCrashedAttempt$",
	},
	{
		name:  "idempotency: a key under way is taken over",
		edits: in("gen/db/idempotency_keys.sql.go", "OR k.claimed_until <= $8", "OR k.claimed_until >= $8"),
		pkg:   "internal/account", tests: "^Test(CrashedAttempt|Twins)$",
	},
	{
		name:  "idempotency: a disabled user gets a token by a repetition",
		edits: in("internal/account/register.go", "if u.Status != Active {", "if false {"),
		pkg:   "internal/account", tests: "^TestDisabledGetsNoToken$",
	},
	{
		name:  "idempotency: an expired key logs in as its earlier user",
		edits: in("gen/db/idempotency_keys.sql.go", "user_id = NULL, created_at", "created_at"),
		pkg:   "internal/account", tests: "^TestExpiredKeyIsFree$",
	},
	{
		name:  "idempotency: the key does not outlive the user's insertion",
		edits: in("internal/account/register.go", "return c.remember(ctx, q, row.ID, newcomer.Now)", "return nil"),
		pkg:   "internal/account", tests: "^TestReplay",
	},
	{
		name: "idempotency: the digest leaves fields out",
		edits: in("internal/account/idempotency.go",
			"r.Proof, r.From = Proof{}, Origin{}\n",
			"r.Proof, r.RealName, r.AvatarURL, r.Email, r.Phone, r.Code = Proof{}, \"\", \"\", \"\", \"\", \"\"\n"),
		pkg: "internal/account", tests: "^TestDigestCoversEveryField$",
	},
	{
		name: "idempotency: a password that is added makes no difference",
		edits: []edit{
			{"internal/account/idempotency.go", `r.Password = "given"`, `r.Password = ""`},
			{"internal/account/idempotency.go", `row.PasswordHash == nil && r.Password == ""`, `row.PasswordHash == nil`},
		},
		pkg: "internal/account", tests: "^TestDigestCoversEveryField$",
	},
	{
		name:  "idempotency: any number of passwords may be tried by repetitions",
		edits: in("internal/account/idempotency.go", "right || err != nil)", "true)"),
		pkg:   "internal/account", tests: "^TestReplayGuesses$",
	},
	{
		name: "idempotency: any number of codes may be tried by repetitions",
		edits: in("gen/db/idempotency_keys.sql.go", "THEN 0\n        ELSE 1 END",
			"THEN 0\n        ELSE (k.request_mac = $1)::integer END"),
		pkg: "internal/account", tests: "^TestReplayGuesses$",
	},
	{
		name:  "idempotency: passwords that are tried at once are not counted",
		edits: in("internal/account/idempotency.go", "WithPassword: r.Password != \"\"", "WithPassword: false"),
		pkg:   "internal/account", tests: "^TestReplayGuesses$",
	},
	{
		name:  "idempotency: an answer is remembered for 23 hours",
		edits: in("internal/account/idempotency.go", "24 * time.Hour //", "23 * time.Hour //"),
		pkg:   "internal/account", tests: "^TestKeyLife$",
	},
	{
		name:  "idempotency: the digest has no key",
		edits: in("internal/account/idempotency.go", "hmac.New(sha256.New, s.requestKey)", "hmac.New(sha256.New, nil)"),
		pkg:   "internal/account", tests: "^TestDigestsAreKeyed$",
	},
}
