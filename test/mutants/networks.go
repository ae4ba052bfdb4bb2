package main

// ofNetworks has mutants of the bounds on what one customer's networks, or one token, may use up.
var ofNetworks = []mutant{
	{
		name:  "login: a customer's /48 fails at 65,536 times as many accounts",
		edits: in("spraying-around", `try.around == "" {`, "true {"),
		pkg:   "internal/account", tests: "^TestSprayingOverSubnets$",
	},
	{
		name: "login: one /64 locks its /48 out",
		edits: in("spraying-around", `refused != nil || try.around == "" {`,
			`try.around == "" {`),
		pkg: "internal/account", tests: "^TestSprayingOverSubnets$",
	},
	{
		name:  "login: a refusal for the /48 counts for the /64",
		edits: in("spraying-untaken", "Network: try.network,", `Network: "",`),
		pkg:   "internal/account", tests: "^TestSprayingOverSubnets$",
	},
	{
		name:  "code: the /64 of ten customers lock an address",
		edits: in("code-around", `if from.Around() == "" {`, "if true {"),
		pkg:   "internal/code", tests: "^TestSubnetsOfACustomer$",
	},
	{
		name:  "code: each /64 of a customer has a share of its own",
		edits: in("code-around-share", `around != "" {`, "false {"),
		pkg:   "internal/code", tests: "^TestSubnetsOfACustomer$",
	},
	{
		name: "code: each /64 of a customer has nine failures of its own",
		edits: in("gen/db/one_time_codes.sql.go", "EXISTS (SELECT FROM counted) AND v.key <> ''",
			"EXISTS (SELECT FROM counted) AND v.place < 3"),
		pkg: "internal/code", tests: "^TestSubnetsOfACustomer$",
	},
	{
		name:  "code: a right code does not forgive the failures of its /48",
		edits: in("schema/00035_give_back.sql", "b.key IN (asker, around)", "b.key = asker"),
		pkg:   "internal/code", tests: "^TestSubnetsOfACustomer$",
	},
	{
		name:  "login: the /64 of ten customers use up the tries of an account",
		edits: in("login-around", `if try.around == "" || tries.name == 0 {`, "if true {"),
		pkg:   "internal/account", tests: "^TestTenNetworksCannotLockALogin$",
	},
	{
		name: "password: a token is a free way to the hashers",
		edits: in("change-bounded", "s.prover.CountUse(ctx, holder.PasswordUses, row.ID); err != nil",
			"error(nil); err != nil"),
		pkg: "internal/account", tests: "^TestPasswordChangesAreBounded$",
	},
	{
		name:  "password: busy hashers use up a holder's changes",
		edits: in("change-busy-free", "s.prover.GiveBack(", "_ = s.prover.GiveBack; func(...any) {}("),
		pkg:   "internal/account", tests: "^TestBusyCostsNoUse$",
	},
	{
		name:  "leave: busy hashers use up a holder's tries",
		edits: in("leave-busy-free", "s.prover.GiveBack(", "_ = s.prover.GiveBack; func(...any) {}("),
		pkg:   "internal/account", tests: "^TestBusyCostsNoUse$",
	},
	{
		name:  "notice: each answer starts a worker",
		edits: in("notice-workers", "s.soon.running == maxWorkers", "s.soon.running > 1<<20"),
		pkg:   "internal/notice", tests: "^TestSendSoonIsBounded$",
	},
	{
		name:  "notice: a user has any number of mails sent",
		edits: in("notice-per-day", "errors.Is(err, pgx.ErrNoRows)", "false && errors.Is(err, pgx.ErrNoRows)"),
		pkg:   "internal/account", tests: "^TestPasswordChangesAreBounded$",
	},
	{
		name:  "session: listed when it is older than one may be",
		edits: in("session-listed", "BegunAfter: now.Add(-s.max)", "BegunAfter: time.Time{}"),
		pkg:   "internal/session", tests: "^TestList$",
	},
	{
		name:  "purge: one table that cannot be purged stops the others",
		edits: in("internal/account/purge.go", "failed = append(failed,", "return total, errors.Join("),
		pkg:   "internal/account", tests: "^TestPurgeGoesOn$",
	},
	{
		name: "code: an address is kept when its code has expired",
		edits: in("gen/db/one_time_codes.sql.go", "WHERE p.expires_at < $1",
			"WHERE p.tries = 0 AND p.tries_elsewhere = 0 AND p.expires_at < $1"),
		pkg: "internal/code", tests: "^TestPurgeForgets$",
	},
	{
		name:  "mail: a dead mailbox is answered as one that is busy",
		edits: in("internal/address/phonecode.go", "&& refused.Permanent() {", "&& false {"),
		pkg:   "internal/account", tests: "^TestDeadMailbox$",
	},
	{
		name:  "outgoing: signed requests go in plain text to another machine",
		edits: in("plain-loopback", "!IsLoopback(u.Hostname())", `!IsLoopback("::1")`),
		pkg:   "internal/sms", tests: "^TestNewWebhookRefuses$",
	},
}
