package main

// ofDrift has differences between the contract and the code. A test must fail for each of them,
// although gen/ is not generated again.
var ofDrift = []mutant{
	{
		name: "drift: the contract drops a field of an answer",
		edits: in("openapi.yaml",
			"        link: {type: string, maxLength: 2048, description: 'The profile link, or empty.'}\n", ""),
		pkg: "internal/server", tests: "^TestReferenceClient$",
	},
	{
		name:  "drift: the contract requires one more field in an answer",
		edits: in("openapi.yaml", "        - link\n        - token\n", "        - link\n        - level\n        - token\n"),
		pkg:   "internal/server", tests: "^TestContractExamples$",
	},
	{
		name: "drift: the contract has another type for a field",
		edits: in("openapi.yaml", "        link: {type: string, maxLength: 2048,",
			"        link: {type: boolean,"),
		pkg: "internal/server", tests: "^TestContractExamples$",
	},
	{
		name: "drift: the contract requires one more field in a request",
		edits: in("openapi.yaml", "      x-incomplete: login_incomplete\n",
			"      x-incomplete: login_incomplete\n      required: [captcha]\n"),
		pkg: "internal/server", tests: "^TestLoginAndDetail$",
	},
	{
		name: "drift: the contract drops a reason of an operation",
		edits: []edit{
			{"openapi.yaml", `"429": [login_too_many, rate_limited]`, `"429": [rate_limited]`},
			{"openapi.yaml",
				"        | 429 | `login_too_many` | too many wrong passwords for the account, or for accounts from this network: " +
					"wait for `Retry-After`, an hour at most, or log in with a code where the deployment sends them |\n", ""},
		},
		pkg: "internal/server", tests: "^TestLoginTries$",
	},
	{
		name:  "drift: a reason is missing in the table of an operation",
		edits: in("openapi.yaml", "        | 409 | `user_name_taken`, `phone_taken` | choose another one, or log in |\n", ""),
		pkg:   "internal/server", tests: "^TestReasonsOfOperations$",
	},
	{
		name: "drift: the contract has a reason that the code never gives",
		edits: in("openapi.yaml", "        - account_disabled\n        - approval_pending\n",
			"        - account_closed\n        - account_disabled\n        - approval_pending\n"),
		pkg: "internal/server", tests: "^TestReasonsAgree$",
	},
	{
		name: "drift: the contract allows shorter user names than the rules",
		edits: in("openapi.yaml",
			"'^([A-Za-z0-9_.-]{2,32}|[^\\x00]*[^\\x00-\\x7F][^\\x00]*)?$'\n          description: |",
			"'^([A-Za-z0-9_.-]{2,31}|[^\\x00]*[^\\x00-\\x7F][^\\x00]*)?$'\n          description: |"),
		pkg: "internal/server", tests: "^TestBounds$",
	},
	{
		name:  "drift: the contract drops a status of an operation",
		edits: in("openapi.yaml", "        \"409\": {$ref: '#/components/responses/Conflict'}\n", ""),
		pkg:   "internal/server", tests: "^TestReasonsOfOperations$",
	},
	{
		name: "drift: the contract has another pattern for a header",
		edits: in("openapi.yaml", "pattern: '^[A-Za-z0-9._-]{1,64}$', maxLength: 64}",
			"pattern: '^[A-Z]{1,64}$', maxLength: 64}"),
		pkg: "internal/server", tests: "^TestRequestID$",
	},
	{
		name: "drift: the contract promises a header that is not sent",
		edits: in("openapi.yaml", "        WWW-Authenticate: {$ref: '#/components/headers/WWW-Authenticate'}",
			"        Proxy-Authenticate: {$ref: '#/components/headers/WWW-Authenticate'}"),
		pkg: "internal/server", tests: "^TestSignIn$",
	},
	{
		name:  "drift: the contract has another path",
		edits: in("openapi.yaml", "  /api/user/detail:", "  /api/user/me:"),
		pkg:   "internal/server", tests: "^TestRoutes$",
	},
	{
		name: "drift: the contract requires a token for an open operation",
		edits: in("openapi.yaml", "      security: []\n      responses:\n        \"200\":\n          description: The keys.",
			"      security: [{Token: []}]\n      responses:\n        \"200\":\n          description: The keys."),
		pkg: "internal/server", tests: "^TestKeySet$",
	},
	{
		name:  "drift: an example has another message than the server",
		edits: in("openapi.yaml", "        msg: 账号或密码不正确，请核对后重试", "        msg: 密码不正确"),
		pkg:   "internal/server", tests: "^TestContractExamples$",
	},
	{
		name: "drift: docs/errors.md differs from the contract",
		edits: in("openapi.yaml", "| too many wrong passwords for the account, or for accounts from this network: wait",
			"| too many tries: wait"),
		pkg: "internal/server", tests: "^TestErrorsPage$",
	},
	{
		name:  "drift: the code has another name for a field of an answer",
		edits: in("gen/api/api.gen.go", "`json:\"link\"`", "`json:\"links\"`"),
		pkg:   "internal/server", tests: "^TestReferenceClient$",
	},
	{
		name:  "drift: the code sends a value out of range",
		edits: in("answer-status", "int32(u.Status)", "int32(u.Status) + 1"),
		pkg:   "internal/server", tests: "^TestReferenceClient$",
	},
	{
		name:  "drift: the code has another status for a reason",
		edits: in("refusal-status", "_ = ec.JSONBlob(status, body)", "_ = ec.JSONBlob(status+1, body)"),
		pkg:   "internal/server", tests: "^TestReferenceClient$",
	},
	{
		name:  "drift: a reason has another status in one operation",
		edits: in("reason-status", "given && known != status {", "given && known == 0 {"),
		pkg:   "internal/contract", tests: "^TestLoadContract$",
	},
	{
		name: "drift: the code gives a reason that the operation does not list",
		edits: in("phone-not-offered", `&refusal.Error{Reason: refusal.PhoneNotOffered, Field: "phone"}`,
			`&refusal.Error{Reason: refusal.EmailNotOffered, Field: "phone"}`),
		pkg: "internal/server", tests: "^TestCodesOnTheWire$",
	},
	{
		name:  "drift: the code gives a reason that the contract does not have",
		edits: in("reason-credentials", `= "credentials_wrong"`, `= "credentials_bad"`),
		pkg:   "internal/server", tests: "^TestLoginAndDetail$",
	},
	{
		name:  "drift: the code does not send a header",
		edits: in("header-language", `h.Set("Content-Language", c.Texts.Tag)`, ""),
		pkg:   "internal/server", tests: "^TestReferenceClient$",
	},
	{
		name:  "drift: the code does not renew a token",
		edits: in("header-renewal", `h.Set("Update-Token",`, `h.Set("New-Token",`),
		pkg:   "internal/server", tests: "^TestReferenceToken$",
	},
	{
		name:  "drift: a message is missing in one language",
		edits: in("internal/server/message/en.json", `"user_name_taken":`, `"user_name_used":`),
		pkg:   "internal/server", tests: "^TestReasonsAgree$",
	},
}
