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
		name:  "mail: two senders are set up",
		edits: in("mail-one-sender", "case !used && ", "case false && !used && "),
		pkg:   "internal/settings", tests: "^TestMailSettings$",
	},
}
