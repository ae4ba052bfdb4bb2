package main

// ofServer has mutants of packages server and contract.
var ofServer = []mutant{
	{
		name:  "body: no size limit",
		edits: in("body-limit", "maxBody = 16 << 10", "maxBody = 16 << 20"),
		pkg:   "internal/server", tests: "^TestB(adInput|odySize)$",
	},
	{
		name:  "body: no size limit without Content-Length",
		edits: in("body-limit-chunked", "http.MaxBytesReader(w, req.Body, maxBody)", "req.Body"),
		pkg:   "internal/server", tests: "^TestBodySize$",
	},
	{
		name:  "body: every media type is accepted",
		edits: in("body-type", "req.ContentLength != 0 && !isJSON(req.Header)", "false"),
		pkg:   "internal/server", tests: "^TestBadInput$",
	},
	{
		name:  "body: compressed bodies are accepted",
		edits: in("body-coding", `if !strings.EqualFold(coding, "identity") {`, `if coding == "" {`),
		pkg:   "internal/server", tests: "^TestBadInput$",
	},
	{
		name:  "JSON: duplicate names are accepted",
		edits: in("json-duplicate", "d.found.Add(blamed, DuplicateField, 0)", ""),
		pkg:   "internal/contract", tests: "^TestDecodeFieldErrors$",
	},
	{
		name:  "JSON: unknown fields are ignored",
		edits: in("json-unknown", "f.Add(name, UnknownField, 0)", ""),
		pkg:   "internal/server", tests: "^TestBadInput$",
	},
	{
		name:  "JSON: U+0000 is accepted",
		edits: in("json-nul", "if strings.IndexByte(s, 0) >= 0 {", "if false {"),
		pkg:   "internal/server", tests: "^TestBad(Input|Values)$",
	},
	{
		name: "JSON: no limit of depth",
		edits: in("json-depth",
			"func (d *decoder) array(field string) ([]any, error) {\n"+
				"\tif _, err := d.json.ReadToken(); err != nil || d.json.StackDepth() > maxDepth {",
			"func (d *decoder) array(field string) ([]any, error) {\n"+
				"\tif _, err := d.json.ReadToken(); err != nil {"),
		pkg: "internal/contract", tests: "^TestDecodeMalformed$",
	},
	{
		name:  "JSON: no limit of members",
		edits: in("json-members", "return d.members <= d.bound", "return true"),
		pkg:   "internal/contract", tests: "^TestDecodeMalformed$",
	},
	{
		name:  "JSON: trailing data is ignored",
		edits: in("json-trailing", "err != io.EOF {", "err == io.ErrNoProgress {"),
		pkg:   "internal/contract", tests: "^TestDecodeMalformed$",
	},
	{
		name:  "JSON: fractions are accepted as integers",
		edits: in("json-integer", `case strings.Trim(digits, "0123456789") != "":`, `case digits == ".":`),
		pkg:   "internal/contract", tests: "^TestInteger$",
	},
	{
		name: "refusal: the sent value is repeated",
		edits: in("field-name", `strings.Trim(name, letters+"0123456789.-") != "" {`,
			"strings.Trim(name, letters) == name+name {"),
		pkg: "internal/server", tests: "^TestBadInput$",
	},
	{
		name:  "refusal: no Retry-After",
		edits: in("retry-after", `h.Set("Retry-After", strconv.Itoa(seconds))`, "_ = strconv.Itoa(seconds)"),
		pkg:   "internal/server", tests: "^Test(EveryOutcome|RetryAfter)$",
	},
	{
		name:  "refusal: Retry-After is exact",
		edits: in("retry-step", "return step\n", "return int(wait / time.Second)\n"),
		pkg:   "internal/server", tests: "^TestRetryAfter$",
	},
	{
		name:  "refusal: reasons that the operation does not list",
		edits: in("refusal-listed", "op == nil || op.Allows(contract.Reason(r))", "true"),
		pkg:   "internal/server", tests: "^TestRefusals$",
	},
	{
		name: "refusal: an internal error shows its cause",
		edits: in("refusal-cause", "Msg:       cmp.Or(r.msg, c.Refusal(string(r.reason), r.limit, seconds)),",
			`Msg:       cmp.Or(r.msg, c.Refusal(string(r.reason), r.limit, seconds)) + fmt.Sprint(r.cause),`),
		pkg: "internal/server", tests: "^Test(Refusals|Panics|EveryOutcome|PromiseFailedInsert)$",
	},
	{
		name:  "panic: ends the process",
		edits: in("panic", "err = p", "panic(p)"),
		pkg:   "internal/server", tests: "^TestPanics$",
	},
	{
		name:  "token: accepted on every site",
		edits: in("auth-site", "claims.SiteID != site", "claims.SiteID == 0"),
		pkg:   "internal/server", tests: "^TestSignIn$",
	},
	{
		name:  "token: two tokens are accepted",
		edits: in("auth-one-token", `found != "" && found != credentials`, `found == credentials+"x"`),
		pkg:   "internal/server", tests: "^TestSignIn$",
	},
	{
		name:  "token: not required",
		edits: in("auth-required", "if c.Op == nil || !c.Op.Secured {", "if true {"),
		pkg:   "internal/server", tests: "^TestSignIn$",
	},
	{
		name:  "site: unknown sites are accepted",
		edits: in("site-known", "c.Site != 0 && !s.sites[c.Site]", "false"),
		pkg:   "internal/server", tests: "^Test(BadInput|SignIn)$",
	},
	{
		name:  "cookie: pages of other origins may use it",
		edits: in("cookie-same-origin", "|| !sameOrigin(req)", ""),
		pkg:   "internal/server", tests: "^TestCookieOfOtherPages$",
	},
	{
		name:  "cookie: the first of two counts",
		edits: in("cookie-one", "other.Value != sent[0].Value", "other == nil"),
		pkg:   "internal/server", tests: "^TestHostileCookies$",
	},
	{
		name:  "cookie: read without the mode that sets it",
		edits: in("cookie-compat", "&& s.compat {", "{"),
		pkg:   "internal/server", tests: "^TestNoCookies$",
	},
	{
		name:  "site: header and query may differ",
		edits: in("site-one", "header != 0 && query != 0 && header != query", "false"),
		pkg:   "internal/server", tests: "^TestSiteInQuery$",
	},
	{
		name:  "parameter: a number has several spellings",
		edits: in("parameter-number", "return integer(text) != notInteger{}", "return true"),
		pkg:   "internal/contract", tests: "^TestParameters$",
	},
	{
		name:  "parameter: a boolean has several spellings",
		edits: in("parameter-boolean", `return text == "true" || text == "false"`, `return text != ""`),
		pkg:   "internal/contract", tests: "^TestParameters$",
	},
	{
		name:  "parameter: a malformed query is partly used",
		edits: in("parameter-query", "return url.Values{}", "return query"),
		pkg:   "internal/contract", tests: "^TestParameters$",
	},
	{
		name: "contract: an operation without security is open",
		edits: in("operation-security", "if op.Security == nil {",
			"if op.Security == nil && op.OperationID == \"\" {"),
		pkg: "internal/contract", tests: "^TestLoadContract$",
	},
	{
		name:  "contract: a token is optional",
		edits: in("token-mandatory", "if len(alternative) != 1 {", "if len(alternative) > 9 {"),
		pkg:   "internal/contract", tests: "^TestLoadContract$",
	},
	{
		name:  "header: a repeated header is accepted",
		edits: in("header-repeated", "case len(sent) > 1:", "case len(sent) > 999:"),
		pkg:   "internal/server", tests: "^Test(BadInput|IdempotencyKey)$",
	},
	{
		name:  "header: the sent request id is used unchecked",
		edits: in("request-id", `len(sent) == 1 && plain(sent[0], 64) && sent[0] != ""`, `len(sent) > 0`),
		pkg:   "internal/server", tests: "^TestRequestID$",
	},
	{
		name:  "header: answers can be cached",
		edits: in("header-no-store", `h.Set("Cache-Control", "no-store")`, ""),
		pkg:   "internal/server", tests: "^TestHeadersOfAnswers$",
	},
	{
		name:  "settings: a cache gives those of one site to another",
		edits: in("settings-vary", `"Accept-Language, Site-Id"`, `"Accept-Language"`),
		pkg:   "internal/server", tests: "^TestSettingsAreKept$",
	},
	{
		name:  "header: browsers can guess the type",
		edits: in("header-nosniff", `h.Set("X-Content-Type-Options", "nosniff")`, ""),
		pkg:   "internal/server", tests: "^TestHeadersOfAnswers$",
	},
	{
		name:  "method: unlisted methods are accepted",
		edits: in("method-listed", "if !ok {\n\t\t\treturn next(ec)", "if ok || !ok {\n\t\t\treturn next(ec)"),
		pkg:   "internal/server", tests: "^TestMethods$",
	},
	{
		name: "log: has the URL",
		edits: in("log-route", `slog.String("route", ec.Path())`,
			`slog.String("route", ec.Request().URL.String())`),
		pkg: "internal/server", tests: "^TestLogLines$",
	},
	{
		name:  "log: has the client's address",
		edits: in("log-network", "bits = 24", "bits = 32"),
		pkg:   "internal/server", tests: "^Test(Network|LogLines)$",
	},
	{
		name:  "metrics: labels are chosen by the client",
		edits: in("metrics-label", "\t\treturn \"none\"\n", "\t\treturn c.ID\n"),
		pkg:   "internal/server", tests: "^TestMetrics$",
	},
	{
		name:  "cors: every origin is allowed",
		edits: in("cors-origin", "if !s.origins[sent] {", "if sent == \"\" {"),
		pkg:   "internal/server", tests: "^TestOtherOrigins$",
	},
	{
		name:  "cors: caches ignore the origin",
		edits: in("cors-vary", "func() { h.Add(\"Vary\", \"Origin\") }", "func() {}"),
		pkg:   "internal/server", tests: "^TestOtherOrigins$",
	},
	{
		name: "cors: refusals of the limit have no CORS headers",
		edits: []edit{
			{"cors-before-limit", "s.cors,", ""},
			{"cors-after-limit", "s.route,", "s.cors, s.route,"},
		},
		pkg: "internal/server", tests: "^TestCrossOrigin$",
	},
	{
		name:  "limit: never refuses",
		edits: in("limit-required", "if limiter == nil {", "if true {"),
		pkg:   "internal/server", tests: "^TestRateLimit$",
	},
	{
		name: "limit: invalid requests are not counted",
		edits: []edit{
			{"limit-before-validation", "s.limit,", ""},
			{"limit-after-validation", "s.authenticate,", "s.limit, s.authenticate,"},
		},
		pkg: "internal/server", tests: "^TestRateLimit$",
	},
	{
		name: "limit: X-Forwarded-For of every peer is trusted",
		edits: in("forwarded-peer", "if !p.trusts(client) {\n\t\treturn client\n\t}\n\tlines",
			"if false {\n\t\treturn client\n\t}\n\tlines"),
		pkg: "internal/server", tests: "^TestRateLimit$",
	},
}
