package main

// ofReceipts has the mutants of delivery receipts.
var ofReceipts = []mutant{
	{
		name:  "receipts: requests have no rate",
		edits: in("receipt-rate", "if !ok {", "if !ok && wait < 0 {"),
		pkg:   "internal/receipt", tests: "^TestRate$",
	},
	{
		name:  "receipts: a body has no bound",
		edits: in("receipt-body", "http.MaxBytesReader(w, r.Body, maxBody)", "http.MaxBytesReader(w, r.Body, 1<<40)"),
		pkg:   "internal/receipt", tests: "^TestLongBody$",
	},
	{
		name:  "receipts: a request that was not verified counts",
		edits: in("receipt-verified", "err != nil {", "err != nil && sender == \"\" {"),
		pkg:   "internal/receipt", tests: "^TestRefusals$",
	},
	{
		name: "receipts: Twilio's signature is not compared",
		edits: in("receipt-twilio", "twilioSignature(t.token, t.url, form))",
			"twilioSignature(t.token, t.url, form)) && len(sent) == 0"),
		pkg: "internal/receipt", tests: "^TestRefusals$",
	},
	{
		name:  "receipts: any method signs for Vonage",
		edits: in("receipt-vonage", `jwt.WithValidMethods([]string{"HS256"})`, `jwt.WithValidMethods(nil)`),
		pkg:   "internal/receipt", tests: "^TestRefusals$",
	},
	{
		name:  "receipts: a token of Vonage is good for any body",
		edits: in("receipt-vonage-body", "case !hmac.Equal(", "case false && !hmac.Equal("),
		pkg:   "internal/receipt", tests: "^TestRefusals$",
	},
	{
		name:  "receipts: messages of another application of Vonage count",
		edits: in("receipt-vonage-application", "claims.Application != v.application", "false"),
		pkg:   "internal/receipt", tests: "^TestRefusals$",
	},
	{
		name:  "receipts: a recorded request of Vonage is good for ever",
		edits: in("receipt-vonage-age", "age > maxTokenAge ||", ""),
		pkg:   "internal/receipt", tests: "^TestRefusals$",
	},
	{
		name:  "receipts: any key of a path is right",
		edits: in("receipt-key", "!hmac.Equal(a[:], b[:])", "!hmac.Equal(a[:], b[:]) && len(sent) == 1"),
		pkg:   "internal/receipt", tests: "^TestRefusals$",
	},
	{
		name:  "receipts: a message that is sent back counts",
		edits: in("receipt-type", `event.Type != "sms.receipt"`, `event.Type == ""`),
		pkg:   "internal/receipt", tests: "^TestBodies$",
	},
	{
		name:  "receipts: a dead phone is a failure of the sender",
		edits: in("receipt-recipient", "if twilioBlamesPhone(reason) {", "if reason == status {"),
		pkg:   "internal/receipt", tests: "^TestStates$",
	},
	{
		name:  "receipts: unknown words fill the log",
		edits: in("receipt-words", "!h.words[at] && len(h.words) < maxWords", "true"),
		pkg:   "internal/receipt", tests: "^TestUnknownWords$",
	},
	{
		name: "receipts: a phone is logged as a word",
		edits: in("internal/receipt/receipt.go",
			"len(word) > 40 || strings.ContainsFunc(word, notInWord) ||",
			"len(word) > 40 ||"),
		pkg: "internal/receipt", tests: "^TestNothingOfAPhoneIsKept$",
	},
	{
		name: "receipts: a repetition counts",
		edits: in("gen/db/sms_receipts.sql.go", "ON CONFLICT ON CONSTRAINT sms_receipts_pk DO NOTHING",
			"ON CONFLICT ON CONSTRAINT sms_receipts_pk DO UPDATE SET counted = false"),
		pkg: "internal/receipt", tests: "^TestKilledBetween$",
	},
	{
		name:  "receipts: a receipt is moved again and again",
		edits: in("gen/db/sms_receipts.sql.go", "SET counted = true", "SET counted = false"),
		pkg:   "internal/receipt", tests: "^TestOldReceipts$",
	},
	{
		name:  "webhook: any signature is right",
		edits: in("webhook-verified", "!s.signed(id, seconds, body, signatures)", "len(signatures) == 0"),
		pkg:   "internal/webhook", tests: "^TestVerify$",
	},
	{
		name:  "webhook: a recorded request is good for ever",
		edits: in("webhook-age", "now.Sub(time.Unix(at, 0)).Abs() > Tolerance", "at == 0"),
		pkg:   "internal/webhook", tests: "^TestVerify$",
	},
	{
		name:  "receipts: sns is accepted and sends none",
		edits: in("internal/settings/receipts.go", `case name == "sns":`, `case false:`),
		pkg:   "internal/settings", tests: "^TestReceiptSettings$",
	},
	{
		name:  "receipts: Twilio's receipts are verified without a token",
		edits: in("receipts-token", `c.TwilioToken() == ""`, `false`),
		pkg:   "internal/settings", tests: "^TestReceiptSettings$",
	},
	{
		name:  "receipts: a URL that Twilio does not sign is accepted",
		edits: in("receipts-url", `!isReceiptsURL(c.ReceiptsURL)`, `false`),
		pkg:   "internal/settings", tests: "^TestReceiptSettings$",
	},
	{
		name:  "receipts: a key that can be guessed is accepted",
		edits: in("receipts-secret", `!pathSecret.MatchString(secret)`, `secret == ""`),
		pkg:   "internal/settings", tests: "^TestReceiptSettings$",
	},
}
