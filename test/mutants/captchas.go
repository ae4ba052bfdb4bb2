package main

// ofCaptchas has mutants of package captcha and of its use.
var ofCaptchas = []mutant{
	{
		name:  "captcha: a sound needs no work",
		edits: in("captcha-sound-work", "if !solved(soundSalt(s), c.sound, proof) {", "if false {"),
		pkg:   "internal/captcha", tests: "^TestSpeechNeedsWork$",
	},
	{
		name:  "captcha: of a picture with a proof of work, the proof is enough",
		edits: in("captcha-both", "difficulty, proof) && right", "difficulty, proof) && (right || true)"),
		pkg:   "internal/captcha", tests: "^TestImageWithWork$",
	},
	{
		name: "captcha: of a picture with a proof of work, the digits are enough",
		edits: in("captcha-both", "solved(s.nonce, difficulty, proof) && right",
			"(solved(s.nonce, difficulty, proof) || true) && right"),
		pkg: "internal/captcha", tests: "^TestImageWithWork$",
	},
	{
		name: "captcha: a network may leave any number unsolved",
		edits: in("gen/db/budgets.sql.go", "OR b.used - b.redeemed < $6::integer",
			"OR b.used - b.redeemed < $6::integer + 1000000"),
		pkg: "internal/account", tests: "^TestUnsolvedChallengesCostTheirNetwork$",
	},
	{
		name:  "captcha: the network's unsolved captchas cost it nothing",
		edits: in("unsolved-cost", "load = max(load, b.load(unsolved))", "load = max(load, 0*b.load(unsolved))"),
		pkg:   "internal/account", tests: "^TestUnsolvedChallengesCostTheirNetwork$",
	},
	{
		name:  "captcha: a wrong answer counts as solved",
		edits: in("wrong-captcha-counts", "Err: s.countWrong(ctx, opened.from)", "Err: nil"),
		pkg:   "internal/account", tests: "^TestSolvedChallengesAreFree$",
	},
	{
		name: "captcha: a /48 counts as 65,536 networks",
		edits: in("captcha-network", "if from.Network != from.Subnet {",
			"if from.Network != from.Subnet && false {"),
		pkg: "internal/account", tests: "^TestChallengesOfSubnets$",
	},
	{
		name:  "captcha: sounds are not counted",
		edits: in("sounds-count", "OriginOf(client), soundCost)", "OriginOf(client), 0)"),
		pkg:   "internal/account", tests: "^TestSoundsCount$",
	},
	{
		name:  "captcha: costs the same when the budgets of sending run out",
		edits: in("captcha-pressure", "return max(load, pressure), ", "return max(load, 0*pressure), "),
		pkg:   "internal/account", tests: "^TestPriceRisesBeforeABudgetEnds$",
	},
	{
		name: "captcha: any number wait to be drawn or spoken",
		edits: in("captcha-queue", "\tdefault:\n\t\treturn ErrBusy\n",
			"\tdefault:\n\t\tg.room <- struct{}{}\n"),
		pkg: "internal/captcha", tests: "^TestGate$",
	},
	{
		name: "captcha: any number are spoken at a time",
		edits: in("captcha-speaking", "err = c.speaking.run(ctx, func() error {",
			"err = newSpeaking().run(ctx, func() error {"),
		pkg: "internal/captcha", tests: "^TestDrawingAndSpeakingAreBounded$",
	},
	{
		name: "captcha: sounds take the slots of pictures",
		edits: in("captcha-speaking", "err = c.speaking.run(ctx, func() error {",
			"err = c.drawing.run(ctx, func() error {"),
		pkg: "internal/captcha", tests: "^TestDrawingAndSpeakingAreBounded$",
	},
	{
		name:  "captcha: never expires",
		edits: in("captcha-expiry", "if !c.now().Before(s.end()) {", "if false {"),
		pkg:   "internal/captcha", tests: "^TestExpiry$",
	},
	{
		name:  "captcha: accepted on another site",
		edits: in("captcha-site", "uint64(scope.Site))", "uint64(0*scope.Site))"),
		pkg:   "internal/captcha", tests: "^TestOpenRefuses$",
	},
	{
		name:  "captcha: accepted with another binding",
		edits: in("captcha-site", ", scope.Binding...)", ")"),
		pkg:   "internal/captcha", tests: "^TestChallengeHoldsInItsScope$",
	},
	{
		name:  "captcha: accepted for another operation",
		edits: in("captcha-scope", `[]byte(string(op) + "|" + s`, `[]byte("|" + s`),
		pkg:   "internal/account", tests: "^TestCaptchaBinding$",
	},
	{
		name:  "captcha: accepted from another network",
		edits: in("captcha-scope", `+ "|" + s.config.Network.of(client))`, `+ "|")`),
		pkg:   "internal/account", tests: "^TestCaptcha(Binding|Spoken)$",
	},
	{
		name:  "captcha: the client is not passed on",
		edits: in("captcha-client", "Captcha: answer, Client: c.Client}", "Captcha: answer}"),
		pkg:   "internal/server", tests: "^TestCaptchaHoldsWhereItWasAskedFor$",
	},
	{
		name:  "captcha: another kind is accepted",
		edits: in("captcha-kind", "if err != nil || plain[expiryLen] != kind {", "if err != nil {"),
		pkg:   "internal/captcha", tests: "^TestKindsDoNotMix$",
	},
	{
		name:  "captcha: the answer is printed",
		edits: in("captcha-printed", "func (s sealed) Format(f fmt.State", "func (s sealed) format(f fmt.State"),
		pkg:   "internal/captcha", tests: "^TestSealedPrintsNothing$",
	},
	{
		name: "proof of work: one bit less is accepted",
		edits: in("work-difficulty", "LeadingZeros32(binary.BigEndian.Uint32(sum[:])) < difficulty",
			"LeadingZeros32(binary.BigEndian.Uint32(sum[:])) < difficulty-1"),
		pkg: "internal/captcha", tests: "^TestWork",
	},
	{
		name:  "proof of work: one solved puzzle is enough",
		edits: in("work-puzzles", "block[nonceLen:], uint32(i))", "block[nonceLen:], uint32(i*0))"),
		pkg:   "internal/captcha", tests: "^Test(Work|Solver)",
	},
	{
		name: "siteverify: a refused token is accepted",
		edits: in("siteverify-refused", "return unavailable(code)\n\t\t\t}\n\t\t}\n\t\treturn ErrWrong",
			"return unavailable(code)\n\t\t\t}\n\t\t}\n\t\treturn nil"),
		pkg: "internal/captcha", tests: "^TestSiteVerifyVerdicts$",
	},
	{
		name:  "siteverify: another host is accepted",
		edits: in("siteverify-host", "if !here || ", "if len(c.hostnames) == 0 && !here || "),
		pkg:   "internal/captcha", tests: "^TestSiteVerifyVerdicts$",
	},
	{
		name:  "siteverify: every score is accepted",
		edits: in("siteverify-score", "*v.Score >= c.minScore && ", ""),
		pkg:   "internal/captcha", tests: "^TestSiteVerifyVerdicts$",
	},
	{
		name: "siteverify: accepted if the third party fails",
		edits: in("siteverify-status",
			"if res.StatusCode != http.StatusOK {\n\t\treturn unavailable(fmt.Sprintf(\"status %d\", res.StatusCode))",
			"if res.StatusCode != http.StatusOK {\n\t\treturn nil"),
		pkg: "internal/captcha", tests: "^TestSiteVerifyFailsClosed$",
	},
	{
		name:  "siteverify: redirects are followed with the secret",
		edits: in("no-redirects", "return http.ErrUseLastResponse", "return nil"),
		pkg:   "internal/captcha", tests: "^TestSiteVerify",
	},
	{
		name:  "page: a captcha that was not spent is thrown away",
		edits: in("internal/pages/assets/app.js", `"user_name_reserved","password_too_short",`, `"user_name_reserved",`),
		pkg:   "internal/server", tests: "^TestCaptchasThatThePageKeeps$",
	},
	{
		name: "page: a captcha that was spent is kept",
		edits: in("internal/pages/assets/app.js", `"user_name_reserved","password_too_short",`,
			`"user_name_reserved","code_wrong","password_too_short",`),
		pkg: "internal/server", tests: "^TestCaptchasThatThePageKeeps$",
	},
}
