package main

// ofNetworks are the mutants of what tells the networks of clients apart.
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
		name:  "login: the /64 of ten customers use up the tries of an account",
		edits: in("login-around", `if try.around == "" || tries.name == 0 {`, "if true {"),
		pkg:   "internal/account", tests: "^TestTenNetworksCannotLockALogin$",
	},
}
