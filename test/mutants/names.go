package main

// ofNames are mutants of who may have which name, and of the constraints by which a
// name has one owner.
var ofNames = []mutant{
	{
		name:  "unique: a user name may have two owners",
		edits: in("schema/00001_users.sql", "UNIQUE (site_id, user_name_key)", "CHECK (site_id > 0)"),
		pkg:   "internal/account", tests: "^TestNameIsTakenInAnyCase$",
	},
	{
		name:  "unique: a user name's look may have two owners",
		edits: in("schema/00001_users.sql", "UNIQUE (site_id, user_name_skeleton)", "CHECK (site_id > 0)"),
		pkg:   "internal/account", tests: "^TestTaken$",
	},
	{
		name:  "unique: a phone may have two owners",
		edits: in("schema/00001_users.sql", "UNIQUE (site_id, phone)", "CHECK (site_id > 0)"),
		pkg:   "internal/account", tests: "^TestTaken$",
	},
	{
		name:  "unique: an email may have two owners",
		edits: in("schema/00001_users.sql", "UNIQUE (site_id, email_key)", "CHECK (site_id > 0)"),
		pkg:   "internal/account", tests: "^Test(Taken|Email|Evict)",
	},
	{
		name:  "unique: a violated constraint is a fault and no refusal",
		edits: in("internal/account/refusal.go", `case "users_phone_unique":`, `case "":`),
		pkg:   "internal/account", tests: "^TestTaken$",
	},
	{
		name:  "user name: reserved words are free",
		edits: in("internal/identifier/username.go", "if isReserved(name) {", "if false {"),
		pkg:   "internal/identifier", tests: "^TestReservedUserNames$",
	},
	{
		name:  "user name: scripts may be mixed",
		edits: in("internal/identifier/username.go", "if !oneScript(name) {", "if false {"),
		pkg:   "internal/identifier", tests: "^TestUserNamesRefused$",
	},
	{
		name:  "user name: look-alikes are different names",
		edits: in("internal/identifier/username.go", "Skeleton: skeleton(display)", "Skeleton: key"),
		pkg:   "internal/identifier", tests: "^TestNamesThatLookAlike$",
	},
	{
		name:  "user name: a phone number can be one",
		edits: in("internal/identifier/username.go", "if strings.IndexFunc(name, isNameLetter) < 0 {", "if false {"),
		pkg:   "internal/identifier", tests: "^Test(KindsNeverMeet|UserNamesRefused)$",
	},
	{
		name:  "user name: any character",
		edits: in("internal/identifier/username.go", "case !isPermitted(r):", "case false:"),
		pkg:   "internal/identifier", tests: "^TestUserNamesRefused$",
	},
	{
		name:  "user name: heaps of marks",
		edits: in("internal/identifier/username.go", "&& !heaped(name)", ""),
		pkg:   "internal/identifier", tests: "^TestUserNamesRefused$",
	},
	{
		name: "phone: fixed and premium lines",
		edits: in("internal/identifier/phone.go", "kind != phonenumbers.MOBILE && kind != phonenumbers.FIXED_LINE_OR_MOBILE",
			"false"),
		pkg: "internal/identifier", tests: "^TestPhonesRefused$",
	},
	{
		name: "phone: satellites",
		edits: in("internal/identifier/phone.go", "case region == phonenumbers.REGION_CODE_FOR_NON_GEO_ENTITY:",
			"case false:"),
		pkg: "internal/identifier", tests: "^TestPhonesRefused$",
	},
	{
		name:  "phone: countries that are not served",
		edits: in("internal/identifier/phone.go", "len(p.countries) > 0 &&", "len(p.countries) > 999 &&"),
		pkg:   "internal/identifier", tests: "^TestPhoneCountries$",
	},
	{
		name:  "phone: letters pass for digits",
		edits: in("internal/identifier/phone.go", "case !strings.ContainsRune(phonePunctuation, r):", "case false:"),
		pkg:   "internal/identifier", tests: "^TestPhonesRefused$",
	},
	{
		name:  "email: any local part, line breaks too",
		edits: in("internal/identifier/email.go", "if !ok || !isDotAtom(local) {", "if !ok {"),
		pkg:   "internal/identifier", tests: "^TestEmailsRefused$",
	},
	{
		name: "email: an IP address for a domain",
		edits: in("internal/identifier/email.go", "return labels >= 2 && !numeric",
			"return labels >= 2 && (numeric || !numeric)"),
		pkg: "internal/identifier", tests: "^TestEmailsRefused$",
	},
	{
		name:  "email: the local part without bound",
		edits: in("internal/identifier/email.go", "len(local) > maxEmailLocal || ", ""),
		pkg:   "internal/identifier", tests: "^TestEmailsRefused$",
	},
}
