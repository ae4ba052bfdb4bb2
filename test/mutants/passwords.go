package main

// ofPasswords are mutants of package password.
var ofPasswords = []mutant{
	{
		name:  "policy: no block-list",
		edits: in("internal/password/policy.go", "if isCommon(folded) {", "if false {"),
		pkg:   "internal/password", tests: "^TestCheckRefusesEveryCommonPassword$",
	},
	{
		name: "policy: no least length",
		edits: in("internal/password/policy.go", "utf8.RuneCountInString(normal) < p.minLength",
			"utf8.RuneCountInString(normal) < 0"),
		pkg: "internal/password", tests: "^TestCheckLength$",
	},
	{
		name: "policy: length in bytes",
		edits: in("internal/password/policy.go", "utf8.RuneCountInString(normal) < p.minLength",
			"utf8.RuneCountInString(normal) >= 0 && len(normal) < p.minLength"),
		pkg: "internal/password", tests: "^TestCheckLength$",
	},
	{
		name:  "policy: context words in other case",
		edits: in("internal/password/policy.go", "fold(word) == folded", "word == normal"),
		pkg:   "internal/password", tests: "^TestCheckRefusesContext$",
	},
	{
		name: "normalize: too long is cut",
		edits: in("internal/password/normalize.go", "if len(password) > maxBytes {\n\t\treturn \"\", ErrTooLong",
			"if len(password) > maxBytes {\n\t\treturn password[:maxBytes], nil"),
		pkg: "internal/password", tests: "^Test(CheckLength|NormalizeIsNFC)$",
	},
	{
		name: "normalize: NFKC in place of NFC",
		edits: in("internal/password/normalize.go", "normal := norm.NFC.String(password)",
			"normal := norm.NFKC.String(password)"),
		pkg: "internal/password", tests: "^TestNormalizeIsNFC$",
	},
	{
		name: "normalize: blanks are trimmed",
		edits: in("internal/password/normalize.go", "norm.NFC.String(password)",
			"strings.TrimSpace(norm.NFC.String(password))"),
		pkg: "internal/password", tests: "^Test(NoComposition|NormalizeIsNFC|CheckLength)$",
	},
	{
		name:  "normalize: U+0000 passes",
		edits: in("internal/password/normalize.go", " || strings.IndexByte(password, 0) >= 0", ""),
		pkg:   "internal/password", tests: "^TestCheckRefusesWhatIsNotText$",
	},
	{
		name: "hash: every password verifies",
		edits: in("internal/password/job.go", "subtle.ConstantTimeCompare(key, stored.key) == 1",
			"subtle.ConstantTimeCompare(key, stored.key) >= 0"),
		pkg: "internal/password", tests: "^Test(VerifyWhole|KnownAnswers|VerifyOldHashes)$",
	},
	{
		name:  "hash: what bcrypt does not look at may differ",
		edits: in("internal/password/bcrypt.go", "return err == nil && len(password) <= bcryptMaxInput", "return err == nil"),
		pkg:   "internal/password", tests: "^Test(VerifyWhole|VerifyOldHashes)$",
	},
	{
		name:  "hash: one salt for all",
		edits: in("internal/password/job.go", "io.ReadFull(j.hasher.rand, fresh.salt)", "io.ReadFull(j.hasher.rand, nil)"),
		pkg:   "internal/password", tests: "^TestSaltsDiffer$",
	},
	{
		name:  "hash: a stored one may ask for more memory", // a little more: the test has to survive it as well
		edits: in("internal/password/argon2id.go", "p.Memory <= maxMemory", "p.Memory <= maxMemory+64"),
		pkg:   "internal/password", tests: "^TestPoisonedHashes$",
	},
	{
		name:  "hash: a stored one may ask for more passes",
		edits: in("internal/password/argon2id.go", "p.Passes <= maxPasses", "p.Passes <= maxPasses+1"),
		pkg:   "internal/password", tests: "^TestPoisonedHashes$",
	},
	{
		name:  "hash: a stored bcrypt one may cost more",
		edits: in("internal/password/bcrypt.go", "cost > maxBcryptCost", "cost > maxBcryptCost+1"),
		pkg:   "internal/password", tests: "^TestPoisonedHashes$",
	},
	{
		name:  "hash: a weaker one is never stale",
		edits: in("internal/password/job.go", "return ok, ok && !current, nil", "return ok, ok && !current && false, nil"),
		pkg:   "internal/password", tests: "^TestStale",
	},
	{
		name: "argon2: what differs from x/crypto is used",
		edits: in("internal/password/argon2/implementation.go", "!bytes.Equal(got, want)",
			"false && !bytes.Equal(got, want)"),
		pkg: "internal/password/argon2", tests: "^TestChooseFallsBack$",
	},
	{
		name:  "argon2: the memory is not wiped",
		edits: in("internal/password/argon2/memory.go", "clear(part)", "_ = part"),
		pkg:   "internal/password/argon2", tests: "^Test(MemoryIsWiped|Bounds)$",
	},
	{
		name:  "argon2: what a costly hash took is kept",
		edits: in("internal/password/argon2/memory.go", "m.used > m.keep", "m.used > 1<<20*m.keep"),
		pkg:   "internal/password/argon2", tests: "^TestMemoryShrinks$",
	},
	{
		name: "breach check: a flood looks like an API that fails",
		edits: in("internal/breach/breach.go", "\t\treturn checkOverload\n",
			"\t\ta, _ := c.breaker.allow()\n\t\tc.breaker.report(a, false)\n\t\treturn checkOverload\n"),
		pkg: "internal/breach", tests: "^TestOverload$",
	},
	{
		name:  "breach check: requests that fail together count each",
		edits: in("internal/breach/breaker.go", "if a.counted != b.counted {", "if a.counted < 0 {"),
		pkg:   "internal/breach", tests: "^TestFailuresAtTheSameTimeCountOnce$",
	},
	{
		name: "hashers: the queue has no end",
		edits: in("internal/admission/limiter.go",
			"case l.classes[class].admitted()-float64(len(l.idle)) >= float64(l.maxQueue):", "case false:"),
		pkg: "internal/admission", tests: "^TestQueueIsBounded$",
	},
	{
		name:  "hashers: any wait is accepted",
		edits: in("internal/admission/limiter.go", "case wait > l.maxWait:", "case false:"),
		pkg:   "internal/admission", tests: "^TestLongWaitIsRefused$",
	},
	{
		name:  "hashers: a flood of one class keeps the other out",
		edits: in("internal/admission/class.go", "|| c.virtual < chosen.virtual", ""),
		pkg:   "internal/admission", tests: "^TestClassesShareEqually$",
	},
	{
		name:  "hashers: log-ins are admitted by the cost of a registration",
		edits: in("internal/admission/class.go", "* c.runs() * float64(c.cost)", "* c.runs()"),
		pkg:   "internal/admission", tests: "^TestLoginsAreAdmittedByTheirCost$",
	},
	{
		name:  "hashers: requests that are refused before their hash keep others out",
		edits: in("internal/admission/class.go", "c.share.learn(0)", "_ = j"),
		pkg:   "internal/admission", tests: "^TestCanceledJobsKeepNoOneOut$",
	},
	{
		name: "hashers: bcrypt teaches argon2id its pace",
		edits: in("internal/admission/limiter.go", "l.paces.learn(l.slots[slot].work, took)",
			"l.paces.learn(Work{Argon2id, 19456 * 2}, took)"),
		pkg: "internal/admission", tests: "^TestBcryptTeachesRegistrationsNothing$",
	},
	{
		name:  "hashers: what was promised is not counted before it comes",
		edits: in("internal/admission/limiter.go", "l.classes[class].admit(j)", "l.classes[class].pending++"),
		pkg:   "internal/admission", tests: "^TestAdmittedJobsCount$",
	},
	{
		name: "hashers: nobody costs nothing",
		edits: in("internal/password/job.go", "make([]byte, saltLength), j.hasher.params, keyLength)\n\treturn err",
			"make([]byte, saltLength), Params{Memory: 8, Passes: 1, Threads: 1}, keyLength)\n\treturn err"),
		pkg: "internal/password", tests: "^TestVerifyDummy",
	},
}
