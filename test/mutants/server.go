package main

// ofServer are mutants of what stands between the wire and the rules.
var ofServer = []mutant{
	{
		name:  "body: as large as one likes",
		edits: in("internal/contract/body.go", "maxBody = 16 << 10", "maxBody = 16 << 20"),
		pkg:   "internal/server", tests: "^TestB(adInput|odySize)$",
	},
	{
		name:  "body: without a told length as large as one likes",
		edits: in("internal/contract/body.go", "http.MaxBytesReader(w, req.Body, maxBody)", "req.Body"),
		pkg:   "internal/server", tests: "^TestBodySize$",
	},
	{
		name:  "body: any media type",
		edits: in("internal/contract/body.go", "req.ContentLength != 0 && !isJSON(req.Header)", "false"),
		pkg:   "internal/server", tests: "^TestBadInput$",
	},
	{
		name:  "body: compressed",
		edits: in("internal/contract/body.go", `if !strings.EqualFold(coding, "identity") {`, `if coding == "" {`),
		pkg:   "internal/server", tests: "^TestBadInput$",
	},
	{
		name:  "JSON: the last of two members of a name counts",
		edits: in("internal/contract/json.go", "d.found.Add(blamed, DuplicateField, 0)", ""),
		pkg:   "internal/contract", tests: "^TestDecodeFieldErrors$",
	},
	{
		name:  "JSON: unknown fields are passed over",
		edits: in("internal/contract/fielderror.go", "f.Add(name, UnknownField, 0)", ""),
		pkg:   "internal/server", tests: "^TestBadInput$",
	},
	{
		name:  "JSON: U+0000 passes",
		edits: in("internal/contract/json.go", "if strings.IndexByte(s, 0) >= 0 {", "if false {"),
		pkg:   "internal/server", tests: "^TestBad(Input|Values)$",
	},
	{
		name: "JSON: any depth",
		edits: in("internal/contract/json.go",
			"func (d *decoder) array(field string) ([]any, error) {\n"+
				"\tif _, err := d.json.ReadToken(); err != nil || d.json.StackDepth() > maxDepth {",
			"func (d *decoder) array(field string) ([]any, error) {\n"+
				"\tif _, err := d.json.ReadToken(); err != nil {"),
		pkg: "internal/contract", tests: "^TestDecodeMalformed$",
	},
	{
		name:  "JSON: any number of members",
		edits: in("internal/contract/json.go", "return d.members <= maxMembers", "return true"),
		pkg:   "internal/contract", tests: "^TestDecodeMalformed$",
	},
	{
		name:  "JSON: a second document is passed over",
		edits: in("internal/contract/json.go", "err != io.EOF {", "err == io.ErrNoProgress {"),
		pkg:   "internal/contract", tests: "^TestDecodeMalformed$",
	},
	{
		name:  "JSON: fractions are integers",
		edits: in("internal/contract/json.go", `case strings.Trim(digits, "0123456789") != "":`, `case digits == ".":`),
		pkg:   "internal/contract", tests: "^TestInteger$",
	},
	{
		name: "refusal: repeats what was sent",
		edits: in("internal/contract/fielderror.go", `strings.Trim(name, letters+"0123456789.-") != "" {`,
			"strings.Trim(name, letters) == name+name {"),
		pkg: "internal/server", tests: "^TestBadInput$",
	},
	{
		name:  "refusal: no Retry-After",
		edits: in("internal/server/errors.go", `h.Set("Retry-After", strconv.Itoa(seconds))`, "_ = strconv.Itoa(seconds)"),
		pkg:   "internal/server", tests: "^Test(EveryOutcome|RetryAfter)$",
	},
	{
		name:  "refusal: Retry-After tells the limit's exact state",
		edits: in("internal/server/retry.go", "return step\n", "return int(wait / time.Second)\n"),
		pkg:   "internal/server", tests: "^TestRetryAfter$",
	},
	{
		name:  "refusal: reasons that the contract keeps from the operation",
		edits: in("internal/server/errors.go", "op == nil || op.Allows(contract.Reason(r))", "true"),
		pkg:   "internal/server", tests: "^TestRefusals$",
	},
	{
		name: "refusal: a fault tells its cause",
		edits: in("internal/server/errors.go", "Msg:       c.texts.of(string(r.reason), r.limit, seconds),",
			`Msg:       c.texts.of(string(r.reason), r.limit, seconds) + fmt.Sprint(r.cause),`),
		pkg: "internal/server", tests: "^Test(Refusals|Panics|EveryOutcome|PromiseFailedInsert)$",
	},
	{
		name: "panic: ends the process",
		edits: in("internal/server/route.go", "err = &panicked{what: fmt.Sprintf(\"%T\", v), stack: debug.Stack()}",
			"panic(v)"),
		pkg: "internal/server", tests: "^TestPanics$",
	},
	{
		name:  "token: good on every site",
		edits: in("internal/server/auth.go", "claims.SiteID != c.site", "claims.SiteID == 0"),
		pkg:   "internal/server", tests: "^TestSignIn$",
	},
	{
		name:  "token: one of two is taken",
		edits: in("internal/server/auth.go", `found != "" && found != credentials`, `found == credentials+"x"`),
		pkg:   "internal/server", tests: "^TestSignIn$",
	},
	{
		name:  "token: secured operations are open",
		edits: in("internal/server/auth.go", "if c.op == nil || !c.op.Secured {", "if true {"),
		pkg:   "internal/server", tests: "^TestSignIn$",
	},
	{
		name:  "site: those that are not served",
		edits: in("internal/server/validate.go", "c.site != 0 && !s.sites[c.site]", "false"),
		pkg:   "internal/server", tests: "^Test(BadInput|SignIn)$",
	},
	{
		name:  "parameter: a number has several spellings",
		edits: in("internal/contract/parameter.go", "return integer(text) != notInteger{}", "return true"),
		pkg:   "internal/contract", tests: "^TestParameters$",
	},
	{
		name:  "parameter: a boolean has several spellings",
		edits: in("internal/contract/parameter.go", `return text == "true" || text == "false"`, `return text != ""`),
		pkg:   "internal/contract", tests: "^TestParameters$",
	},
	{
		name:  "parameter: half of a query is read",
		edits: in("internal/contract/parameter.go", "return url.Values{}", "return query"),
		pkg:   "internal/contract", tests: "^TestParameters$",
	},
	{
		name: "contract: an operation without a line on security is open",
		edits: in("internal/contract/contract.go", "if op.Security == nil {",
			"if op.Security == nil && op.OperationID == \"\" {"),
		pkg: "internal/contract", tests: "^TestLoadContract$",
	},
	{
		name:  "contract: a token is optional",
		edits: in("internal/contract/contract.go", "if len(alternative) != 1 {", "if len(alternative) > 9 {"),
		pkg:   "internal/contract", tests: "^TestLoadContract$",
	},
	{
		name:  "header: one of two is taken",
		edits: in("internal/contract/parameter.go", "case len(sent) > 1:", "case len(sent) > 999:"),
		pkg:   "internal/server", tests: "^Test(BadInput|IdempotencyKey)$",
	},
	{
		name:  "header: the request's id as it was sent",
		edits: in("internal/server/call.go", `len(sent) == 1 && plain(sent[0], 64) && sent[0] != ""`, `len(sent) > 0`),
		pkg:   "internal/server", tests: "^TestRequestID$",
	},
	{
		name:  "header: answers may be kept by caches",
		edits: in("internal/server/call.go", `h.Set("Cache-Control", "no-store")`, ""),
		pkg:   "internal/server", tests: "^TestHeadersOfAnswers$",
	},
	{
		name:  "header: browsers may guess the type",
		edits: in("internal/server/call.go", `h.Set("X-Content-Type-Options", "nosniff")`, ""),
		pkg:   "internal/server", tests: "^TestHeadersOfAnswers$",
	},
	{
		name:  "method: unlisted ones are served",
		edits: in("internal/server/route.go", "if !ok {\n\t\t\treturn next(ec)", "if ok || !ok {\n\t\t\treturn next(ec)"),
		pkg:   "internal/server", tests: "^TestMethods$",
	},
	{
		name: "log: holds the URL",
		edits: in("internal/server/observe.go", `slog.String("route", ec.Path())`,
			`slog.String("route", ec.Request().URL.String())`),
		pkg: "internal/server", tests: "^TestLogLines$",
	},
	{
		name:  "log: holds the address",
		edits: in("internal/server/client.go", "bits = 24", "bits = 32"),
		pkg:   "internal/server", tests: "^Test(Network|LogLines)$",
	},
	{
		name:  "metrics: labels are the sender's choice",
		edits: in("internal/server/observe.go", "\t\treturn \"none\"\n", "\t\treturn c.id\n"),
		pkg:   "internal/server", tests: "^TestMetrics$",
	},
	{
		name:  "cors: every origin is allowed",
		edits: in("internal/server/cors.go", "if !s.origins[sent] {", "if sent == \"\" {"),
		pkg:   "internal/server", tests: "^TestOtherOrigins$",
	},
	{
		name:  "cors: what one origin may read is kept for all",
		edits: in("internal/server/cors.go", "func() { h.Add(\"Vary\", \"Origin\") }", "func() {}"),
		pkg:   "internal/server", tests: "^TestOtherOrigins$",
	},
	{
		name: "cors: scripts cannot read the refusals of the limit",
		edits: []edit{
			{"internal/server/server.go", "s.cors,         // scripts", "// scripts"},
			{"internal/server/server.go", "s.route,        // unlisted", "s.cors, s.route,        // unlisted"},
		},
		pkg: "internal/server", tests: "^TestCrossOrigin$",
	},
	{
		name:  "limit: nobody is refused",
		edits: in("internal/server/client.go", "if s.limiter == nil || !c.api {", "if true {"),
		pkg:   "internal/server", tests: "^TestRateLimit$",
	},
	{
		name: "limit: only what is valid is counted",
		edits: []edit{
			{"internal/server/server.go", "s.limit,        // before", "// before"},
			{"internal/server/server.go", "s.authenticate, // needs", "s.limit, s.authenticate, // needs"},
		},
		pkg: "internal/server", tests: "^TestRateLimit$",
	},
	{
		name: "limit: everybody chooses an address",
		edits: in("internal/limit/proxies.go", "if !p.trusts(client) {\n\t\treturn client\n\t}\n\tlines",
			"if false {\n\t\treturn client\n\t}\n\tlines"),
		pkg: "internal/server", tests: "^TestRateLimit$",
	},
}
