package main

// ofClouds has mutants of the calls to AWS.
var ofClouds = []mutant{
	{
		name:  "SES: no time limit for a delivery",
		edits: in("ses-time", "context.WithTimeout(ctx, s.config.Timeout)", "context.WithTimeout(ctx, time.Hour)"),
		pkg:   "internal/mail", tests: "^TestSESSilent$",
	},
	{
		name:  "SES: a mail that was sent without an answer is taken for a refusal",
		edits: in("ses-handed", "wrote.Load()", "false"),
		pkg:   "internal/mail", tests: "^TestSESSilent$",
	},
	{
		name:  "SES: an answer is read without a bound",
		edits: in("ses-answer", "io.LimitReader(res.Body, maxAnswers)", "res.Body"),
		pkg:   "internal/mail", tests: "^TestSESEndlessAnswer$",
	},
	{
		name:  "SES: an answer without an id is a success",
		edits: in("ses-accepted", ` && answer.MessageID != ""`, ""),
		pkg:   "internal/mail", tests: "^TestSESAnswers$",
	},
	{
		name:  "SES: an error of SES itself is taken for a refusal",
		edits: in("ses-unsure", "unsettled(res.StatusCode)", "unsettled(0)"),
		pkg:   "internal/mail", tests: "^TestSESAnswers$",
	},
	{
		name:  "SES: an answer's text is logged as a code",
		edits: in("ses-code", `&& r != '.' {`, `&& r != '.' && false {`),
		pkg:   "internal/mail", tests: "^TestSESAnswers$",
	},
	{
		name:  "role: each message asks for keys while an attempt runs",
		edits: in("role-one-attempt", "k.running == nil && (", "("),
		pkg:   "internal/awsrole", tests: "^TestOneAttempt$",
	},
	{
		name:  "role: a message waits for new keys while the old ones are valid",
		edits: in("role-old-keys", "if valid {", "if valid && running == nil {"),
		pkg:   "internal/awsrole", tests: "^TestKeys$",
	},
	{
		name:  "role: keys are used after their end",
		edits: in("role-expired", " && now.Add(margin).Before(k.current.Expires)", ""),
		pkg:   "internal/awsrole", tests: "^TestEndedKeys$",
	},
	{
		name:  "role: an answer is read without a bound",
		edits: in("role-answer", "io.LimitReader(res.Body, maxAnswer)", "res.Body"),
		pkg:   "internal/awsrole", tests: "^TestLongAnswer$",
	},
	{
		name:  "role: the token of a container goes to any host without TLS",
		edits: in("role-agent", "&& agents[u.Hostname()] {", "{"),
		pkg:   "internal/awsrole", tests: "^TestNewRefuses$",
	},
	{
		name:  "role: the text of a refusal is logged",
		edits: in("role-code", "err != nil && isName(answer.Code)", "err != nil"),
		pkg:   "internal/awsrole", tests: "^TestFailedRenewal$",
	},
	{
		name:  "role: keys without an end are taken",
		edits: in("role-complete", " || ends.IsZero()", ""),
		pkg:   "internal/awsrole", tests: "^TestAnswersWithoutKeys$",
	},
	{
		name:  "SNS: a message is sent without keys",
		edits: in("sns-role", "err != nil {", "err != nil && false {"),
		pkg:   "internal/sms", tests: "^TestSNSByRole$",
	},
	{
		name:  "SES: a mail is sent without keys",
		edits: in("ses-role", "err != nil {", "err != nil && false {"),
		pkg:   "internal/mail", tests: "^TestSESByRole$",
	},
	{
		name:  "role: one that no sender uses is accepted",
		edits: in("role-used", "c.AWSRole != \"\" && !used", "false && !used"),
		pkg:   "internal/settings", tests: "^TestMailSettings$",
	},
	{
		name:  "mail: two senders are set up",
		edits: in("mail-one-sender", "case !used && ", "case false && !used && "),
		pkg:   "internal/settings", tests: "^TestMailSettings$",
	},
}
