package main

// ofPasswords has mutants of passwords: policy, hashes, admission and breach check.
var ofPasswords = []mutant{
	{
		name:  "policy: common passwords are allowed",
		edits: in("policy-common", "if isCommon(folded) {", "if false {"),
		pkg:   "internal/password", tests: "^TestCheckRefusesEveryCommonPassword$",
	},
	{
		name:  "policy: no minimum length",
		edits: in("policy-length", "length < p.minLength", "length < 0"),
		pkg:   "internal/password", tests: "^TestCheckLength$",
	},
	{
		name:  "policy: length counted in bytes",
		edits: in("policy-length", "length < p.minLength", "length >= 0 && len(normal) < p.minLength"),
		pkg:   "internal/password", tests: "^TestCheckLength$",
	},
	{
		name: "policy: length as typed not counted",
		edits: in("policy-length", "length < p.minLength",
			"length >= 0 && utf8.RuneCountInString(normal) < p.minLength"),
		pkg: "internal/password", tests: "^TestCheckLength$",
	},
	{
		name:  "policy: context words compared with case",
		edits: in("policy-context", "fold(word) == folded", "word == normal"),
		pkg:   "internal/password", tests: "^TestCheckRefusesContext$",
	},
	{
		name: "normalize: a long password is truncated",
		edits: in("password-whole", "if len(password) > maxBytes {\n\t\treturn \"\", ErrTooLong",
			"if len(password) > maxBytes {\n\t\treturn password[:maxBytes], nil"),
		pkg: "internal/password", tests: "^Test(CheckLength|NormalizeIsNFC)$",
	},
	{
		name: "normalize: NFKC instead of NFC",
		edits: in("password-nfc", "normal := norm.NFC.String(password)",
			"normal := norm.NFKC.String(password)"),
		pkg: "internal/password", tests: "^TestNormalizeIsNFC$",
	},
	{
		name: "normalize: blanks are trimmed",
		edits: in("password-nfc", "norm.NFC.String(password)",
			"strings.TrimSpace(norm.NFC.String(password))"),
		pkg: "internal/password", tests: "^Test(NoComposition|NormalizeIsNFC|CheckLength)$",
	},
	{
		name:  "normalize: U+0000 passes",
		edits: in("password-nul", " || strings.IndexByte(password, 0) >= 0", ""),
		pkg:   "internal/password", tests: "^TestCheckRefusesWhatIsNotText$",
	},
	{
		name: "hash: every password verifies",
		edits: in("hash-compared", "subtle.ConstantTimeCompare(key, stored.key) == 1",
			"subtle.ConstantTimeCompare(key, stored.key) >= 0"),
		pkg: "internal/password", tests: "^Test(VerifyWhole|KnownAnswers|VerifyOldHashes)$",
	},
	{
		name:  "hash: bytes that bcrypt ignores may differ",
		edits: in("bcrypt-length", "return err == nil && len(password) <= bcryptMaxInput", "return err == nil"),
		pkg:   "internal/password", tests: "^Test(VerifyWhole|VerifyOldHashes)$",
	},
	{
		name:  "hash: the salt is constant",
		edits: in("hash-salt", "io.ReadFull(j.hasher.rand, fresh.salt)", "io.ReadFull(j.hasher.rand, nil)"),
		pkg:   "internal/password", tests: "^TestSaltsDiffer$",
	},
	{
		name:  "hash: more memory than allowed is accepted", // only a little more, so that the test needs little memory
		edits: in("hash-memory", "p.Memory <= maxMemory", "p.Memory <= maxMemory+64"),
		pkg:   "internal/password", tests: "^TestPoisonedHashes$",
	},
	{
		name:  "hash: more passes than allowed are accepted",
		edits: in("hash-passes", "p.Passes <= maxPasses", "p.Passes <= maxPasses+1"),
		pkg:   "internal/password", tests: "^TestPoisonedHashes$",
	},
	{
		name:  "hash: a higher bcrypt cost is accepted",
		edits: in("bcrypt-cost", "cost > maxBcryptCost", "cost > maxBcryptCost+1"),
		pkg:   "internal/password", tests: "^TestPoisonedHashes$",
	},
	{
		name:  "hash: more iterations of PBKDF2 are accepted",
		edits: in("pbkdf2-cost", "h.iterations <= h.digest.most", "h.iterations <= h.digest.most+1"),
		pkg:   "internal/password/foreign", tests: "^TestBounds$",
	},
	{
		name: "hash: every password verifies with PBKDF2",
		edits: in("pbkdf2-compared", "subtle.ConstantTimeCompare(key, first) == 1",
			"subtle.ConstantTimeCompare(key, first) >= 0"),
		pkg: "internal/password/foreign", tests: "^TestKnownHashes$",
	},
	{
		name:  "hash: scrypt with more memory is accepted",
		edits: in("scrypt-memory", "h.r <= maxScryptBlocks>>h.ln", "h.r <= maxScryptBlocks>>h.ln+1"),
		pkg:   "internal/password/foreign", tests: "^TestBounds$",
	},
	{
		name:  "hash: scrypt with more passes is accepted",
		edits: in("scrypt-work", "h.p <= maxScryptWork>>h.ln/h.r", "h.p <= maxScryptWork>>h.ln/h.r+1"),
		pkg:   "internal/password/foreign", tests: "^TestBounds$",
	},
	{
		name:  "hash: scrypt mixes more memory beside a small ln",
		edits: in("scrypt-mixed", "h.p <= maxScryptMixed/h.r", "true"),
		pkg:   "internal/password/foreign", tests: "^TestBounds$",
	},
	{
		name: "hash: every password verifies with scrypt",
		edits: in("scrypt-compared", "subtle.ConstantTimeCompare(key, h.key) == 1",
			"subtle.ConstantTimeCompare(key, h.key) >= 0"),
		pkg: "internal/password/foreign", tests: "^TestKnownHashes$",
	},
	{
		name:  "hash: more rounds of SHA-crypt are accepted",
		edits: in("crypt-rounds", "h.rounds > maxRounds", "h.rounds > maxRounds+1"),
		pkg:   "internal/password/foreign", tests: "^TestBounds$",
	},
	{
		name: "hash: every password verifies with SHA-crypt",
		edits: in("crypt-compared", "subtle.ConstantTimeCompare([]byte(h.derive(head)), []byte(h.key)) == 1",
			"subtle.ConstantTimeCompare([]byte(h.derive(head)), []byte(h.key)) >= 0"),
		pkg: "internal/password/foreign", tests: "^Test(KnownHashes|SHACryptLengths)$",
	},
	{
		name:  "hash: bytes beyond the bound of SHA-crypt may differ",
		edits: in("crypt-length", "return same && len(password) <= maxCryptInput", "return same"),
		pkg:   "internal/password/foreign", tests: "^TestSHACryptLongPassword$",
	},
	{
		name:  "hash: a wrapped hash is never replaced",
		edits: in("wrap-stale", "!wrapped", "(wrapped || true)"),
		pkg:   "internal/password", tests: "^TestWrap$",
	},
	{
		name:  "hash: the weak hash itself logs in",
		edits: in("wrap-inner", "weak.Of(typed)", "weak.Of(typed)[:0]+typed"),
		pkg:   "internal/password", tests: "^TestWrap$",
	},
	{
		name:  "hash: a hash of another system has several stored forms",
		edits: in("foreign-spelling", "h.String() != stored", "false"),
		pkg:   "internal/password/foreign", tests: "^TestKnownHashes$",
	},
	{
		name:  "hash: weaker parameters are not replaced",
		edits: in("hash-stale", "return ok, ok && !current, nil", "return ok, ok && !current && false, nil"),
		pkg:   "internal/password", tests: "^TestStale",
	},
	{
		name: "argon2: an implementation that differs from x/crypto is used",
		edits: in("argon2-verified", "!bytes.Equal(got, want)",
			"false && !bytes.Equal(got, want)"),
		pkg: "internal/password/argon2", tests: "^TestChooseFallsBack$",
	},
	{
		name:  "argon2: the memory is not wiped",
		edits: in("argon2-wiped", "clear(part)", "_ = part"),
		pkg:   "internal/password/argon2", tests: "^Test(MemoryIsWiped|Bounds)$",
	},
	{
		name:  "argon2: the memory of a large hash is kept",
		edits: in("argon2-large-freed", "m.used > m.keep", "m.used > 1<<20*m.keep"),
		pkg:   "internal/password/argon2", tests: "^TestMemoryShrinks$",
	},
	{
		name: "breach check: requests beyond the limit count as failures of the API",
		edits: in("breach-limit", "\t\treturn checkOverload\n",
			"\t\ta, _ := c.breaker.Allow()\n\t\tc.breaker.Report(a, false)\n\t\treturn checkOverload\n"),
		pkg: "internal/breach", tests: "^TestOverload$",
	},
	{
		name:  "breach check: simultaneous failures count separately",
		edits: in("breaker-once", "if a.counted != b.counted {", "if a.counted < 0 {"),
		pkg:   "internal/breaker", tests: "^TestFailuresAtTheSameTimeCountOnce$",
	},
	{
		name: "hashers: the queue is unbounded",
		edits: in("queue-bound",
			"case l.classes[class].admitted()-float64(len(l.idle)) >= float64(l.maxQueue):", "case false:"),
		pkg: "internal/admission", tests: "^TestQueueIsBounded$",
	},
	{
		name:  "hashers: the wait is unbounded",
		edits: in("wait-bound", "case wait > l.maxWait:", "case false:"),
		pkg:   "internal/admission", tests: "^TestLongWaitIsRefused$",
	},
	{
		name:  "hashers: one class can take all places",
		edits: in("class-share", "|| c.virtual < chosen.virtual", ""),
		pkg:   "internal/admission", tests: "^TestClassesShareEqually$",
	},
	{
		name:  "hashers: logins are admitted by the cost of a registration",
		edits: in("class-cost", "* c.runs() * float64(c.cost)", "* c.runs()"),
		pkg:   "internal/admission", tests: "^TestLoginsAreAdmittedByTheirCost$",
	},
	{
		name:  "hashers: requests that are refused before their hash keep others out",
		edits: in("class-released", "c.share.learn(0)", "_ = j"),
		pkg:   "internal/admission", tests: "^TestCanceledJobsKeepNoOneOut$",
	},
	{
		name: "hashers: the times of bcrypt count for argon2id",
		edits: in("kind-cost", "l.paces.learn(l.slots[slot].work, took)",
			"l.paces.learn(Work{Argon2id, 19456 * 2}, took)"),
		pkg: "internal/admission", tests: "^TestBcryptTeachesRegistrationsNothing$",
	},
	{
		name:  "hashers: admitted requests do not count before they start",
		edits: in("queue-admitted", "l.classes[class].admit(j)", "l.classes[class].pending++"),
		pkg:   "internal/admission", tests: "^TestAdmittedJobsCount$",
	},
	{
		name: "hashers: the hash for an unknown user is cheap",
		edits: in("dummy-cost", "make([]byte, saltLength), j.hasher.params, keyLength)\n\treturn err",
			"make([]byte, saltLength), Params{Memory: 8, Passes: 1, Threads: 1}, keyLength)\n\treturn err"),
		pkg: "internal/password", tests: "^TestVerifyDummy",
	},
}
