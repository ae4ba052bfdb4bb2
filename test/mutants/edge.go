package main

// ofEdge has mutants of the code that exchanges data with other programs: listeners,
// SMS, the database, browsers and proxies.
var ofEdge = []mutant{
	{
		name:  "listener: no time limit for headers",
		edits: in("listener-header-time", "ReadHeaderTimeout: 5 * time.Second,", ""),
		pkg:   "internal/listener", tests: "^TestSlowClients$",
	},
	{
		name:  "listener: no time limit for bodies",
		edits: in("listener-read-time", "ReadTimeout:       10 * time.Second,", ""),
		pkg:   "internal/listener", tests: "^TestSlowClients$",
	},
	{
		name:  "listener: no time limit for slow readers",
		edits: in("listener-write-time", "WriteTimeout:      20 * time.Second,", "WriteTimeout: time.Hour,"),
		pkg:   "internal/listener", tests: "^TestSlowClients$",
	},
	{
		name:  "listener: no bound of connections",
		edits: in("connections-max", "(watched{l, d}, most)", "(watched{l, d}, most+1)"),
		pkg:   "cmd/enroll", tests: "^TestConnectionsMax$",
	},
	{
		name:  "listener: no size limit for headers",
		edits: in("listener-header-size", "MaxHeaderBytes:    maxHeaders - headersLeeway,", ""),
		pkg:   "internal/listener", tests: "^TestHeaderSize$",
	},
	{
		name: "listener: HTTP/2 without TLS",
		edits: in("listener-protocols", "protocols.SetHTTP1(true)",
			"protocols.SetHTTP1(true)\n\tprotocols.SetUnencryptedHTTP2(true)"),
		pkg: "internal/listener", tests: "^TestNoHTTP2$",
	},
	{
		name:  "server: no deadline for requests",
		edits: in("request-deadline", "WithTimeout(c.Connection, s.timeout)", "WithTimeout(c.Connection, 100*s.timeout)"),
		pkg:   "internal/server", tests: "^TestDeadline$",
	},
	{
		name:  "contract: HEAD goes with a GET that changes something",
		edits: in("head-safe", "&& !read.Unsafe {", "{"),
		pkg:   "internal/server", tests: "^TestMethods$",
	},
	{
		name:  "clock: the machine's clock is used",
		edits: in("clock-database", "return r.database.Add(now.Sub(r.local))", "return now.UTC()"),
		pkg:   "internal/account", tests: "^TestClocksApart$",
	},
	{
		name:  "clock: slow answers of the database are used",
		edits: in("clock-slow", "if took < 0 || took > maxSyncRoundTrip {", "if false {"),
		pkg:   "internal/postgres", tests: "^TestClockGoesOn$",
	},
	{
		name: "clock: accounts use the machine's clock",
		edits: in("clock-account", "Now: now, Rand: rand.Reader, Metrics: registry,",
			"Now: time.Now, Rand: rand.Reader, Metrics: registry,"),
		pkg: "cmd/enroll", tests: "^TestServiceGoesByItsClock$",
	},
	{
		name: "clock: captchas use the machine's clock",
		edits: in("clock-captcha", "captcha.Config{Secret: secret, Now: now,",
			"captcha.Config{Secret: secret, Now: time.Now,"),
		pkg: "cmd/enroll", tests: "^TestServiceGoesByItsClock$",
	},
	{
		name: "clock: tokens use the machine's clock",
		edits: in("clock-token", "Audience: c.TokenAudience, Now: now,",
			"Audience: c.TokenAudience, Now: time.Now,"),
		pkg: "cmd/enroll", tests: "^TestServiceGoesByItsClock$",
	},
	{
		name:  "clock: no warning about a wrong clock",
		edits: in("clock-warning", "wrong := skew.Abs() > clockWarning;", "wrong := skew.Abs() > 1000*clockWarning;"),
		pkg:   "internal/health", tests: "^TestKeepTime$",
	},
	{
		name:  "SMS: redirects are followed",
		edits: in("no-redirects", "return http.ErrUseLastResponse", "return nil"),
		pkg:   "internal/sms", tests: "^TestWebhookStatus$",
	},
	{
		name: "SMS: every certificate is accepted",
		edits: in("tls-verified", "MinVersion: tls.VersionTLS12, RootCAs: roots}",
			"MinVersion: tls.VersionTLS12, RootCAs: roots, InsecureSkipVerify: true}"),
		pkg: "internal/sms", tests: "^TestWebhookTLS$",
	},
	{
		name: "database: its default isolation is used",
		edits: in("isolation", `c.RuntimeParams["default_transaction_isolation"] = "read committed"`,
			`delete(c.RuntimeParams, "default_transaction_isolation")`),
		pkg: "internal/postgres", tests: "^TestIsolation$",
	},
	{
		name:  "database: outdated plans are shown to clients",
		edits: in("plans-outdated", "case outdated(f):", "case false:"),
		pkg:   "internal/account", tests: "^TestMigrationIsNotSeen$",
	},
	{
		name:  "database: a deadlock is shown to clients",
		edits: in("deadlock", `f.Code == "40P01" ||`, ""),
		pkg:   "internal/postgres", tests: "^Test(Deadlock|NotSentAgain)$",
	},
	{
		name:  "outgoing: a dead connection is kept",
		edits: in("connection-alive", "SendPingTimeout: silence,", "SendPingTimeout: 0,"),
		pkg:   "internal/outbound", tests: "^TestDeadConnection$",
	},
	{
		name:  "SMS: a refusal is success",
		edits: in("webhook-status", "case status != 0:", "case status > 600:"),
		pkg:   "internal/sms", tests: "^TestWebhookStatus$",
	},
	{
		name:  "SMS: no time limit for a delivery",
		edits: in("sms-time", "context.WithTimeout(ctx, timeout)", "context.WithTimeout(ctx, time.Hour)"),
		pkg:   "internal/sms", tests: "^TestWebhookDeadline$",
	},
	{
		name:  "webhook: the body is not signed",
		edits: in("webhook-signed", "mac.Write(body)", "_ = body"),
		pkg:   "internal/webhook", tests: "^TestSign$",
	},
	{
		name:  "webhook: a short secret is accepted",
		edits: in("webhook-secret", "len(key) < minKey || ", ""),
		pkg:   "internal/webhook", tests: "^TestBadSecrets$",
	},
	{
		name:  "settings: an error quotes the name of a file",
		edits: in("file-name-hidden", "return content, nameless(err)", "return content, err"),
		pkg:   "internal/settings", tests: "^TestFileErrors$",
	},
	{
		name: "SMS: a message prints its code",
		edits: in("sms-printed", "func (m Message) Format(f fmt.State, _ rune) {",
			"func (m Message) format(f fmt.State, _ rune) {"),
		pkg: "internal/sms", tests: "^TestMessagePrintsNothing$",
	},
	{
		name: "SMS: errors quote the URL",
		edits: in("webhook-url", "return &DeliveryError{Kind: Broken}",
			"return &DeliveryError{Kind: Kind(err.Error())}"),
		pkg: "internal/sms", tests: "^TestWebhookNoAnswer$",
	},
	{
		name: "database: COMMIT is canceled with the request",
		edits: in("commit-not-canceled", "context.WithTimeout(context.WithoutCancel(ctx), commitTimeout)",
			"context.WithTimeout(ctx, commitTimeout)"),
		pkg: "internal/postgres", tests: "^TestCommitOutlivesCaller$",
	},
	{
		name: "database: a statement that commits is canceled with the request",
		edits: in("alone-not-canceled", "context.WithTimeout(context.WithoutCancel(ctx), commitTimeout)",
			"context.WithTimeout(ctx, commitTimeout)"),
		pkg: "internal/postgres", tests: "^TestAloneOutlivesCaller$",
	},
	{
		name:  "database: a canceled request closes its connection",
		edits: in("cancel-keeps-connection", "	c.BuildContextWatcherHandler = cancelStatement", "	_ = cancelStatement"),
		pkg:   "internal/postgres", tests: "^TestHangUpKeepsTheConnection$",
	},
	{
		name:  "database: the note of an earlier transaction counts",
		edits: in("standby-own-note", "delete(notes, unreplicated)", "_ = notes"),
		pkg:   "internal/postgres", tests: "^TestUnconfirmedAtOnce$",
	},
	{
		name:  "database: acknowledged without the standby",
		edits: in("standby", "if notes[unreplicated] != nil {", "if false {"),
		pkg:   "internal/postgres", tests: "^TestStandbyAway$",
	},
	{
		name: "database: a lost COMMIT is reported as a failure",
		edits: in("commit-lost", `fmt.Errorf("postgres: %w: %s", ErrOutcomeUnknown, Safe(err))`,
			`Safe(err)`),
		pkg: "internal/postgres", tests: "^TestCommitOutcome$",
	},
	{
		name: "database: COMMIT counts as not sent if the driver says so",
		edits: in("commit-sent", "(!conn.IsClosed() || refused(err))",
			"(!conn.IsClosed() || refused(err) || pgconn.SafeToRetry(err))"),
		pkg: "internal/postgres", tests: "^TestCutConnection$",
	},
	{
		name: "database: errors quote rows",
		edits: in("rows-unquoted",
			"	if f := serverError(err); f != nil {\n\t\treturn f\n\t}\n\tif e := new", "	if e := new"),
		pkg: "internal/postgres", tests: "^TestConstraint$",
	},
	{
		name:  "database: errors quote the URL",
		edits: in("url-unquoted", "	return ErrURL\n", "	return err\n"),
		pkg:   "internal/postgres", tests: "^TestBadURL$",
	},
	{
		name:  "database: no time limit for statements",
		edits: in("statement-time", `"statement_timeout":                   milliseconds(statementTimeout),`, ""),
		pkg:   "internal/postgres", tests: "^TestParameters$",
	},
	{
		name:  "docs: no content security policy",
		edits: in("docs-policy", `"Content-Security-Policy":      policy,`, ""),
		pkg:   "internal/swaggerui", tests: "^TestEveryAnswerIsGuarded$",
	},
	{
		name:  "docs: inline scripts are allowed",
		edits: in("docs-scripts", "script-src 'self';", "script-src 'self' 'unsafe-inline';"),
		pkg:   "internal/swaggerui", tests: "^TestEveryAnswerIsGuarded$",
	},
	{
		name: "proxies: everybody is trusted in two halves",
		edits: in("proxies-halves", "return covers(within, low) && covers(within, high)",
			"return covers(within, low) && covers(within, high) && false"),
		pkg: "internal/limit", tests: "^TestParseProxiesRefusesEverybody$",
	},
	{
		name:  "server: no rate for documents",
		edits: in("limit-documents", "limiter = s.documents", "limiter = nil"),
		pkg:   "internal/server", tests: "^TestDocumentLimit$",
	},
	{
		name:  "server: a flood of files fills the log",
		edits: in("log-files", "case !c.API, method ==", "case method =="),
		pkg:   "internal/server", tests: "^TestFloodIsNotLogged$",
	},
	{
		name:  "server: a flood of refusals fills the log",
		edits: in("log-refusals", "o.second.Swap(second) == second", "o.second.Swap(second) < 0"),
		pkg:   "internal/server", tests: "^TestFloodIsNotLogged$",
	},
	{
		name: "server: a flood of busy answers fills the log",
		edits: in("log-busy", "first, skipped = l.busy.admits(c.Start.Unix())",
			"_, skipped = l.busy.admits(c.Start.Unix())"),
		pkg: "internal/server", tests: "^TestBusyIsNotLogged$",
	},
	{
		name:  "proxies: X-Forwarded-For of every peer is trusted",
		edits: in("forwarded-trusted", "if prefix.Contains(addr) {", "if prefix.Contains(addr) || true {"),
		pkg:   "internal/limit", tests: "^TestClient",
	},
	{
		name:  "proxies: the leftmost address is used",
		edits: in("forwarded-rightmost", "if client = next; !p.trusts(client) {", "if client = next; false {"),
		pkg:   "internal/limit", tests: "^TestClient",
	},
	{
		name: "network: each IPv6 address has its own rate",
		edits: in("network-ipv6", "narrow = binary.BigEndian.Uint64(b[:8])",
			"narrow = binary.BigEndian.Uint64(b[8:])"),
		pkg: "internal/limit", tests: "^TestAllow",
	},
	{
		name:  "network: requests are not counted",
		edits: in("network-counted", "s.narrow.spend(narrow, now)\n\ts.wide.spend(wide, now)", "_, _ = narrow, wide"),
		pkg:   "internal/limit", tests: "^TestAllow",
	},
	{
		name: "network: the wide network is not counted",
		edits: in("network-wide", "max(s.narrow.wait(narrow, now), s.wide.wait(wide, now))",
			"s.narrow.wait(narrow, now)"),
		pkg: "internal/limit", tests: "^TestAllow",
	},
	{
		name:  "SMS: Aliyun's refusal is taken for a success",
		edits: in("aliyun-accepted", `answer.Code == "OK" && status == http.StatusOK`, `status == http.StatusOK`),
		pkg:   "internal/sms", tests: "^TestProviderAnswers$",
	},
	{
		name:  "SMS: Tencent's refusal of a phone is taken for a success",
		edits: in("tencent-accepted", `got.SendStatusSet[0].Code == "Ok" && status == http.StatusOK`, "true"),
		pkg:   "internal/sms", tests: "^TestTencentRefusesAPhone$",
	},
	{
		name:  "SMS: Amazon's refusal is taken for a success",
		edits: in("sns-accepted", `answer.Code != ""`, "false"),
		pkg:   "internal/sms", tests: "^TestSNSAnswers$",
	},
	{
		name:  "SMS: Vonage's refusal is taken for a success",
		edits: in("vonage-accepted", `code != ""`, "false"),
		pkg:   "internal/sms", tests: "^TestVonageAnswers$",
	},
	{
		name:  "SMS: Twilio's refusal is taken for a success",
		edits: in("twilio-accepted", `code != "" && code != "null"`, "false"),
		pkg:   "internal/sms", tests: "^TestTwilioAnswers$",
	},
	{
		name:  "SMS: what a provider does not know itself is taken for a refusal",
		edits: in("sms-unsure", "unsure || unsettled(status)", "unsure && unsettled(status)"),
		pkg:   "internal/sms", tests: "^TestProviderAnswers$",
	},
	{
		name:  "SMS: a phone that gets no SMS looks like an error of the account",
		edits: in("sms-recipient", "blamesPhone(code) && !handed", "false"),
		pkg:   "internal/sms", tests: "^TestProviderAnswers$",
	},
	{
		name:  "SMS: a sender with another language goes first",
		edits: in("sms-language", "&& !sender.speaks(m)", "&& !sender.speaks(m) && false"),
		pkg:   "internal/sms", tests: "^TestRouterPrefersALanguage$",
	},
	{
		name:  "SMS: a message that may arrive is sent once more",
		edits: in("sms-once", "failed == nil || failed.handed ||", "failed == nil ||"),
		pkg:   "internal/sms", tests: "^TestRouter$",
	},
	{
		name:  "SMS: the next sender is asked although the person left",
		edits: in("sms-once", " || ctx.Err() != nil", ""),
		pkg:   "internal/sms", tests: "^TestRouterStopsWithItsCaller$",
	},
	{
		name:  "SMS: a provider that answers 200 with an error of its own stays the first",
		edits: in("sms-own-error", " || e.handed || ownError(e.Code)", ""),
		pkg:   "internal/sms", tests: "^TestRouterLeavesAProvider",
	},
	{
		name:  "SMS: a message that no request was made for ends an outage",
		edits: in("sms-silent", "failed == nil || failed.silent()", "failed == nil"),
		pkg:   "internal/sms", tests: "^TestSilenceEndsNoOutage$",
	},
	{
		name:  "SMS: senders are tried after the client's time",
		edits: in("sms-total-time", "> lastBegin", "> time.Hour"),
		pkg:   "internal/sms", tests: "^TestRouterStopsInTime$",
	},
	{
		name:  "SMS: an answer's number is logged as a code of any length",
		edits: in("sms-code-digits", "digits <= maxDigits", "true"),
		pkg:   "internal/sms", tests: "^TestProviderAnswers$",
	},
	{
		name:  "breaker: a probe that made no request costs a pause",
		edits: in("breaker-forget", "a.pause != 0 && a.pause == b.pauses", "false"),
		pkg:   "internal/breaker", tests: "^TestForget$",
	},
	{
		name:  "settings: a country is served that no sender sends to",
		edits: in("sms-served", "c.unserved()", "[]string(nil)"),
		pkg:   "internal/settings", tests: "^TestServedCountriesHaveASender$",
	},
	{
		name:  "codes: a failure after the answer leaves no line in the log",
		edits: in("late-logged", "if err != nil {", "if false {"),
		pkg:   "internal/account", tests: "^TestResetCodesAreCounted$",
	},
	{
		name:  "housekeeping: the database's chores wait for notices",
		edits: in("notices-alone", "[][]chore{database, notices}", "[][]chore{append(database, notices...)}"),
		pkg:   "cmd/enroll", tests: "^TestNoticesAreAChoreOfTheirOwn$",
	},
	{
		name:  "SMS: a provider that hangs takes any number of connections",
		edits: in("sms-connections", ", Connections: outbound.SenderConnections", ""),
		pkg:   "internal/sms", tests: "^TestConnectionsAreBounded$",
	},
	{
		name:  "SMS: a receiver that hangs takes any number of connections",
		edits: in("webhook-connections", ", Connections: outbound.SenderConnections", ""),
		pkg:   "internal/sms", tests: "^TestConnectionsAreBounded$",
	},
	{
		name:  "mail: SES that hangs takes any number of connections",
		edits: in("ses-connections", ", Connections: outbound.SenderConnections", ""),
		pkg:   "internal/mail", tests: "^TestSESConnectionsAreBounded$",
	},
	{
		name:  "mail: a server that hangs takes any number of connections",
		edits: in("smtp-connections", "outbound.SenderConnections", "outbound.SenderConnections*99"),
		pkg:   "internal/mail", tests: "^TestConnectionsAreBounded$",
	},
	{
		name:  "SMS: a sender that is away is asked each time",
		edits: in("sms-breaker", "!ok && i < len(left)-1", "!ok && i > len(left)"),
		pkg:   "internal/sms", tests: "^TestRouterSkipsASenderThatIsAway$",
	},
}
