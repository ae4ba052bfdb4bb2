package main

// ofMoney has mutants of prices and of the budgets of money.
var ofMoney = []mutant{
	{
		name:  "money: strangers spend what is reserved",
		edits: in("money-open", `openPercent, moneyShares`, `100, moneyShares`),
		pkg:   "internal/code", tests: "^TestMoneyOfEachStanding$",
	},
	{
		name:  "money: good networks spend what is reserved for holders",
		edits: in("money-proven", `provenPercent, moneyShares`, `100, moneyShares`),
		pkg:   "internal/code", tests: "^TestMoneyOfEachStanding$",
	},
	{
		name:  "money: a holder is refused like a stranger",
		edits: in("money-known", `case standing.Known:`, `case false:`),
		pkg:   "internal/code", tests: "^TestMoneyOfEachStanding$",
	},
	{
		name:  "money: a country whose codes are not used spends what others need",
		edits: in("money-unused", `< aDay(b)/unusedParts/cost:`, `>= 0:`),
		pkg:   "internal/code", tests: "^TestUnusedCountry$",
	},
	{
		name:  "money: three networks close a country",
		edits: in("money-unused", `aDay(b)/unusedParts/cost`, `0`),
		pkg:   "internal/code", tests: "^TestThreeNetworksCloseNoCountry$",
	},
	{
		name:  "money: a country is closed for the rest of a month",
		edits: in("money-unused-window", `|| b.Window > day`, ``),
		pkg:   "internal/code", tests: "^TestThreeNetworksCloseNoCountry$",
	},
	{
		name:  "money: ten networks close a country",
		edits: in("money-unused-share", `openPercent, unusedMoneyShares`, `openPercent, moneyShares`),
		pkg:   "internal/code", tests: "^TestMoneyOfANetwork$",
	},
	{
		name:  "money: ten networks close a country with a small budget",
		edits: in("money-unused-least", `min(max(whole.most, sharedOwn*cost), whole.others)`, `whole.most`),
		pkg:   "internal/code", tests: "^TestUnusedCountry$",
	},
	{
		name:  "money: a refused country is counted as money that is gone",
		edits: in("money-unused-metric", `price.Amount(e.Money) <= wanted[i].others`, `wanted[i].others < 0`),
		pkg:   "internal/code", tests: "^TestMoneyStopsPumpingOfACountry$",
	},
	{
		name:  "budgets: a row that was deleted is neither compared nor counted",
		edits: in("budget-missing", `return e.Missing`, `return false`),
		pkg:   "internal/code", tests: "^Test(PurgeDuringARequest|RowsDeletedAgainAndAgain)$",
	},
	{
		name:  "budgets: a row that was deleted is not inserted again",
		edits: in("budget-missing-again", `!errors.Is(err, errRowsGone)`, `err != nil || !errors.Is(err, errRowsGone)`),
		pkg:   "internal/code", tests: "^TestPurgeDuringARequest$",
	},
	{
		name:  "budgets: the other budgets are counted though a row is missing",
		edits: in("gen/db/budgets.sql.go", "p.missing OR p.running", "p.running"),
		pkg:   "internal/code", tests: "^Test(PurgeDuringARequest|RowsDeletedAgainAndAgain)$",
	},
	{
		name:  "money: an SMS costs the same in each language",
		edits: in("money-parts", `Locale: to.Locale`, `Locale: "en"`),
		pkg:   "internal/account", tests: "^TestCostOfALanguage$",
	},
	{
		name:  "money: a text of two SMS costs as much as one",
		edits: in("price-parts", `one * price.Amount(texts.Parts(m))`, `one + 0*price.Amount(texts.Parts(m))`),
		pkg:   "cmd/enroll", tests: "^TestPriceOfParts$",
	},
	{
		name:  "code: requests for codes hold all connections",
		edits: in("code-seats", `max(n/2, 1)`, `max(n, 1)`),
		pkg:   "internal/account", tests: "^TestCodesLeaveConnections$",
	},
	{
		name:  "money: an alarm that a command has caused is never raised",
		edits: in("money-alarm-late", `percent > row.Alarm`, `percent > 100`),
		pkg:   "internal/code", tests: "^TestAlarmsOfCommands$",
	},
	{
		name:  "money: each replica raises the same alarm",
		edits: in("money-alarm-once", `n == 1`, `n >= 0`),
		pkg:   "internal/code", tests: "^TestAlarmOfALostAnswer$",
	},
	{
		name:  "money: each code is given back in the report",
		edits: in("gen/db/budgets.sql.go", "greatest(d.codes - 1, 0)", "d.codes"),
		pkg:   "internal/code", tests: "^TestDays$",
	},
	{
		name:  "money: a message that may arrive is free in the report",
		edits: in("smscount-unsure", `d.Unsure, d.Cost = 1, cost`, `d.Unsure = 1`),
		pkg:   "internal/smscount", tests: "^TestCounter$",
	},
	{
		name: "money: counts that were not stored are lost",
		edits: in("smscount-kept", `!errors.Is(err, postgres.ErrOutcomeUnknown) {`,
			`errors.Is(err, postgres.ErrOutcomeUnknown) {`),
		pkg: "internal/smscount", tests: "^TestCounter$",
	},
	{
		name:  "money: the messages of the last minute are not counted at a stop",
		edits: in("smscount-last", `err := s.sms.Flush(ctx); err != nil`, `err := ctx.Err(); err != nil`),
		pkg:   "cmd/enroll", tests: "^TestStopStoresTheCounts$",
	},
	{
		name:  "money: the moving of spent codes does not end under load",
		edits: in("smscount-fold", `moved < foldBatch`, `moved == 0`),
		pkg:   "internal/smscount", tests: "^TestFoldEnds$",
	},
	{
		name:  "sms: a language without an id of a template gets no code",
		edits: in("sms-template-nearest", `if template == "" {`, `if false {`),
		pkg:   "internal/sms", tests: "^TestIDOfAnotherLanguage$",
	},
	{
		name:  "money: notices cost without a bound",
		edits: in("notice-money", `case !ok:`, `case !ok && row.Attempts < 0:`),
		pkg:   "internal/account", tests: "^TestNoticeWaitsForMoney$",
	},
	{
		name:  "money: late notices cost without a bound",
		edits: in("notice-late-part", `b.Limit*noticePercent/100`, `b.Limit`),
		pkg:   "internal/code", tests: "^TestNoticesHaveTheirPart$",
	},
	{
		name:  "money: each reset by email queues an SMS",
		edits: in("gen/db/notices.sql.go", "OR NOT EXISTS (", "OR NOT EXISTS (SELECT 1 WHERE false) OR NOT EXISTS ("),
		pkg:   "internal/account", tests: "^TestOneSMSWaits$",
	},
	{
		name:  "money: a notice is lost",
		edits: in("notice-late", `|| !late {`, `|| !late || late {`),
		pkg:   "internal/account", tests: "^TestNoticeWaitsForMoney$",
	},
	{
		name:  "money: a notice that was not sent costs money",
		edits: in("notice-given-back", `_ = giveBack(ctx)`, `_ = giveBack`),
		pkg:   "internal/account", tests: "^TestNoticeThatIsNotSentCostsNothing$",
	},
	{
		name:  "money: one network spends all",
		edits: in("money-share", `max(b.Limit/part, ownCodes*cost)`, `b.Limit*part/part`),
		pkg:   "internal/code", tests: "^TestMoneyOfANetwork$",
	},
	{
		name:  "money: the captcha stays cheap while it goes",
		edits: in("money-pressure", `if row.Scope == smsMoney {`, `if false {`),
		pkg:   "internal/code", tests: "^TestMoneyIsMeasured$",
	},
	{
		name:  "money: the cheapest sender is counted",
		edits: in("price-dearest", `most = max(most, price)`, `most = price`),
		pkg:   "internal/price", tests: "^TestTable$",
	},
	{
		name:  "money: a country without a price is free",
		edits: in("price-unknown", `if !known {`, `if !known && false {`),
		pkg:   "internal/price", tests: "^TestTable$",
	},
	{
		name:  "money: an amount is rounded",
		edits: in("price-rounded", `len(fraction) > decimals ||`, `len(fraction) > 99 ||`),
		pkg:   "internal/price", tests: "^TestAmounts$",
	},
	{
		name:  "money: the second of two prices counts",
		edits: in("price-twice", `case twice:`, `case twice && false:`),
		pkg:   "internal/price", tests: "^TestWrongTables$",
	},
	{
		name:  "money: a country is served without a price",
		edits: in("price-of-served", `!known {`, `false && !known {`),
		pkg:   "cmd/enroll", tests: "^TestPricesAtTheStart$",
	},
	{
		name:  "money: a budget that pays no SMS",
		edits: in("budget-pays", `!code.Pays(b, dearest*parts) {`, `parts < 0 {`),
		pkg:   "cmd/enroll", tests: "^TestPricesAtTheStart$",
	},
	{
		name:  "money: a budget without prices",
		edits: in("budget-without-prices", `len(c.SMSBudget) > 0 && c.SMSPrices == ""`, `false`),
		pkg:   "internal/settings", tests: "^TestSenderSettings$",
	},
	{
		name:  "money: messages that may arrive cost nothing",
		edits: in("money-by-sender", `failed.handed`, `false`),
		pkg:   "internal/sms", tests: "^TestRouterCountsMoney$",
	},
	{
		name:  "money: what is taken exceeds the budget",
		edits: in("gen/db/budgets.sql.go", "p.cost > 0 AND p.money > p.most", "p.cost > 0 AND p.money > p.most * 2"),
		pkg:   "internal/code", tests: "^TestMoneyAtOnce$",
	},
	{
		name:  "money: an alarm comes again with each message",
		edits: in("gen/db/budgets.sql.go", "AND alarm < $1", "AND $1 >= 0"),
		pkg:   "internal/code", tests: "^TestAlarmOfALostAnswer$",
	},
	{
		name:  "money: nothing is given back",
		edits: in("gen/db/budgets.sql.go", "greatest(b.money - locked.cost, 0)", "b.money"),
		pkg:   "internal/code", tests: "^TestMoneyIsGivenBack$",
	},
	{
		name:  "money: given back in the next window",
		edits: in("gen/db/budgets.sql.go", "AND l.ends_at <= r.ends_at", "AND r.ends_at IS NOT NULL"),
		pkg:   "internal/code", tests: "^TestMoneyIsGivenBack$",
	},
}
