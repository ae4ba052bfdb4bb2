package main

// ofCalls has mutants of calls that speak a code.
var ofCalls = []mutant{
	{
		name:  "calls: a call needs no SMS before it",
		edits: in("voice-after-sms", "!asked", "!asked && false"),
		pkg:   "internal/code", tests: "^TestCallComesAfterAnSMS$",
	},
	{
		name:  "calls: the code that another network has asked for counts",
		edits: in("gen/db/one_time_codes.sql.go", "AND c.network = $5", "AND c.network >= ''"),
		pkg:   "internal/code", tests: "^TestCallComesAfterAnSMS$",
	},
	{
		name:  "calls: a call costs as much as an SMS",
		edits: in("voice-price", "to.Call", "false"),
		pkg:   "internal/code", tests: "^TestCallCostsItsOwnPrice$",
	},
	{
		name:  "calls: the line of prices for every sender of SMS holds for calls",
		edits: in("price-of-calls", "at.sender == every", "false"),
		pkg:   "cmd/enroll", tests: "^TestPricesAtTheStart$",
	},
	{
		name:  "calls: a phone of a country without calls is called",
		edits: in("voice-not-offered", "s.config.Calls == nil || !s.config.Calls(phone.Region)", "false"),
		pkg:   "internal/account", tests: "^TestCall$",
	},
	{
		name:  "calls: an SMS goes to a sender of calls",
		edits: in("voice-routes", " || one.Voice != voice", ""),
		pkg:   "internal/sms", tests: "^TestRouterKeepsCallsApart$",
	},
	{
		name:  "calls: the webhook is not told that a call is wanted",
		edits: in("webhook-channel", "m.Voice", "false"),
		pkg:   "internal/sms", tests: "^TestWebhookRequest$",
	},
	{
		name:  "calls: the name of the service can hold verbs of TwiML",
		edits: in("twiml-escape", "escaped.String()", "text"),
		pkg:   "internal/sms", tests: "^TestTwilioCall$",
	},
	{
		name:  "calls: a text of any length is spoken",
		edits: in("voice-length", "n > MaxSpoken", "n < 0"),
		pkg:   "internal/sms", tests: "^TestSpokenByFile$",
	},
	{
		name:  "calls: a call has the template of an SMS",
		edits: in("voice-template", "m.Voice", "false"),
		pkg:   "internal/sms", tests: "^TestCallsOfChina$",
	},
	{
		name:  "calls: a Chinese call counts as one in every language",
		edits: in("voice-language", "m.Voice &&", "false &&"),
		pkg:   "internal/sms", tests: "^TestCallInAnotherLanguage$",
	},
	{
		name:  "calls: another sender calls after Tencent's call that may have been made",
		edits: in("voice-unsure", `"FailedOperation.AccessUpstreamTimeout", `, ""),
		pkg:   "internal/sms", tests: "^TestUnknownCallIsTheOnlyOne$",
	},
	{
		name:  "calls: an answer of Tencent without a call counts as one",
		edits: in("tencent-call-accepted", `got.SendStatus.CallId != "" && status == http.StatusOK`, "true"),
		pkg:   "internal/sms", tests: "^TestCallsOfChinaAnswers$",
	},
	{
		name:  "calls: an answer of Vonage without a call counts as one",
		edits: in("vonage-call-accepted", `answer.UUID != ""`, "true"),
		pkg:   "internal/sms", tests: "^TestVonageCallAnswers$",
	},
	{
		name:  "calls: a sender of mainland China gets a route for other countries",
		edits: in("voice-mainland", `mainland && one.Country != "CN"`, `mainland && false`),
		pkg:   "internal/settings", tests: "^TestVoiceSettings$",
	},
	{
		name:  "calls: a deployment without SMS makes calls",
		edits: in("voice-needs-sms", "len(c.Voice) > 0", "false"),
		pkg:   "internal/settings", tests: "^TestVoiceSettings$",
	},
	{
		name:  "calls: a budget need not pay a call",
		edits: in("budget-pays-call", "len(c.Voice) > 0", "false"),
		pkg:   "cmd/enroll", tests: "^TestPricesAtTheStart$",
	},
}
