package main

// ofWords has mutants of the operator's words of messages.
var ofWords = []mutant{
	{
		name:  "words: a variable that is none is sent",
		edits: in("template-variable", `|| !slices.Contains(allowed, name) {`, `|| slices.Contains([]string{}, name) {`),
		pkg:   "internal/wording", tests: "^TestLoadRefuses$",
	},
	{
		name:  "words: braces around a variable of HTML are sent",
		edits: in("template-pairs", "isHTML && (", "isHTML && false && ("),
		pkg:   "internal/wording", tests: "^TestLoadRefuses$",
	},
	{
		name:  "words: codes go abroad without notices",
		edits: in("template-notice-abroad", "isCodeAbroad(words[0]) && ", "isCodeAbroad(words[0]) && false && "),
		pkg:   "internal/wording", tests: "^TestLoadRefuses$",
	},
	{
		name:  "words: braces of other templates are sent",
		edits: in("template-braces", `&& !told {`, `&& !told && false {`),
		pkg:   "internal/wording", tests: "^TestLoadRefuses$",
	},
	{
		name:  "words: a value is not escaped in HTML",
		edits: in("template-escape", `if t.html {`, `if false {`),
		pkg:   "internal/wording", tests: "^TestFind$",
	},
	{
		name:  "words: a site gets the words of all",
		edits: in("template-site", `{{site, locale}, {0, locale}}`, `{{0, locale}, {site, locale}}`),
		pkg:   "internal/wording", tests: "^TestFind$",
	},
	{
		name:  "words: a phone abroad gets the template of the mainland",
		edits: in("template-abroad", `if abroad {`, `if false {`),
		pkg:   "internal/wording", tests: "^TestIDs$",
	},
	{
		name:  "words: a site that is not served has words",
		edits: in("template-sites", `|| !slices.Contains(b.Sites, id) {`, `{`),
		pkg:   "internal/wording", tests: "^TestLoadRefuses$",
	},
	{
		name:  "words: a folder of a language that is never sent",
		edits: in("template-locale", `if !slices.Contains(locale.All(), f.locale) {`, `if false {`),
		pkg:   "internal/wording", tests: "^TestLoadRefuses$",
	},
	{
		name:  "words: HTML without its text",
		edits: in("template-twin", `if twin == nil {`, `if twin == nil && false {`),
		pkg:   "internal/wording", tests: "^TestLoadRefuses$",
	},
	{
		name:  "words: a misspelled file is left out",
		edits: in("template-known", `if !known ||`, `if !known && false ||`),
		pkg:   "internal/wording", tests: "^TestLoadRefuses$",
	},
	{
		name:  "words: a subject shows the code",
		edits: in("subject-code", `return v == varCode`, `return false`),
		pkg:   "internal/wording", tests: "^TestLoadRefuses$",
	},
	{
		name:  "words: a subject has two lines",
		edits: in("subject-lines", `&& line >= 0 {`, `&& line >= 1<<20 {`),
		pkg:   "internal/wording", tests: "^TestLoadRefuses$",
	},
	{
		name:  "words: a name that is not set",
		edits: in("template-name", `&& name == "" {`, `&& false {`),
		pkg:   "internal/wording", tests: "^TestLoadReportsAll$",
	},
	{
		name:  "words: a message without its code",
		edits: in("template-code", `&& t.uses(varCode) == 0 {`, `&& false {`),
		pkg:   "internal/wording", tests: "^TestLoadRefuses$",
	},
	{
		name:  "words: lines after a code do not count",
		edits: in("template-lines", `if HasCode(message) {`, `if false {`),
		pkg:   "internal/wording", tests: "^TestCodeLinesCount$",
	},
	{
		name:  "words: an SMS of any length",
		edits: in("template-length", `n > MaxSegments {`, `n > 99 {`),
		pkg:   "internal/wording", tests: "^TestLoadRefuses$",
	},
	{
		name:  "words: a code that no Android app gets",
		edits: in("template-retrieved", `n > MaxRetrieved {`, `n > 999 {`),
		pkg:   "internal/wording", tests: "^TestRetrieved$",
	},
	{
		name:  "words: a built-in code that no Android app gets",
		edits: in("sms-hash-length", `n > wording.MaxRetrieved {`, `n > 999 {`),
		pkg:   "internal/sms", tests: "^TestBuiltInTextsAreRetrieved$",
	},
	{
		name:  "words: an id for no message",
		edits: in("template-id-key", `&& !isIDKey(words[0]):`, `&& false:`),
		pkg:   "internal/wording", tests: "^TestLoadRefuses$",
	},
	{
		name:  "words: of two ids the last counts",
		edits: in("template-id-twice", `case twice:`, `case twice && false:`),
		pkg:   "internal/wording", tests: "^TestLoadRefuses$",
	},
	{
		name:  "words: a host makes built-in texts too long",
		edits: in("sms-lines-length", `n > wording.MaxSegments {`, `n > 99 {`),
		pkg:   "internal/sms", tests: "^TestOwnTextIsSent$",
	},
	{
		name:  "words: a notice has the line of a code",
		edits: in("sms-lines", `if m.Code != "" {`, `if true {`),
		pkg:   "internal/sms", tests: "^TestAutofillLines$",
	},
	{
		name:  "words: the line of the host is missing",
		edits: in("sms-host-last", `if t.Host != "" {`, `if t.Host != "" && t.AppHash == "" {`),
		pkg:   "internal/sms", tests: "^TestAutofillLines$",
	},
	{
		name:  "words: the template of a file is not used",
		edits: in("sms-template-file", `case template != "":`, `case template != "" && false:`),
		pkg:   "internal/sms", tests: "^TestOwnTemplates$",
	},
	{
		name:  "words: a deleted account is said to wait",
		edits: in("template-deleted", `case w.Gone:`, `case w.Gone && false:`),
		pkg:   "internal/mail", tests: "^TestOwnLetters$",
	},
	{
		name:  "words: a host that no browser matches",
		edits: in("sms-host-form", `!hostForm.MatchString(c.SMSHost)`, `false`),
		pkg:   "internal/settings", tests: "^TestAutofillSettings$",
	},
	{
		name:  "words: a hash that is none",
		edits: in("sms-hash-form", `!hashForm.MatchString(c.SMSAppHash)`, `false`),
		pkg:   "internal/settings", tests: "^TestAutofillSettings$",
	},
}
