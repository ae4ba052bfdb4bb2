package main

// ofHooks has the mutants of the hook before a registration.
var ofHooks = []mutant{
	{
		name: "hook: a registration does not ask",
		edits: in("hook-asked", "err := s.askHook(ctx, r, a); err != nil",
			"err := s.askHook(ctx, r, a); err != nil && false"),
		pkg: "internal/account", tests: "^TestHook$",
	},
	{
		name:  "hook: a closed hook admits without a decision",
		edits: in("hook-closed", "&& h.open", ""),
		pkg:   "internal/hook", tests: "^TestNoDecision$",
	},
	{
		name:  "hook: an answer that is no decision begins a pause",
		edits: in("hook-breaker", "err == nil || errors.As(err, &wrong)", "err == nil"),
		pkg:   "internal/hook", tests: "^TestNoDecision$",
	},
	{
		name:  "hook: a request beyond the limit admits",
		edits: in("hook-limit", "away(resultOverload, soon)", "nil"),
		pkg:   "internal/hook", tests: "^TestOverload$",
	},
	{
		name:  "hook: a person that has gone counts as a failure",
		edits: in("hook-time", "context.WithoutCancel(ctx)", "ctx"),
		pkg:   "internal/hook", tests: "^TestCallerHangsUp$",
	},
	{
		name:  "hook: any status is a decision",
		edits: in("hook-status", "res.StatusCode != http.StatusOK", "res.StatusCode == 0"),
		pkg:   "internal/hook", tests: "^TestNoDecision$",
	},
	{
		name:  "hook: an answer of any length is read",
		edits: in("hook-long", "len(answer) > maxAnswer", "len(answer) < 0"),
		pkg:   "internal/hook", tests: "^TestNoDecision$",
	},
	{
		name: "hook: what does not allow denies",
		edits: in("hook-decision", `resultInvalid, away("an answer that neither allows nor denies", soon)`,
			"resultDenied, new(Denied)"),
		pkg: "internal/hook", tests: "^TestNoDecision$",
	},
	{
		name:  "hook: a decision names any field",
		edits: in("hook-field", "!slices.Contains(fields(), denied.Field)", "!slices.Contains(fields(), \"email\")"),
		pkg:   "internal/hook", tests: "^TestDenialStays$",
	},
	{
		name:  "hook: a message has control characters",
		edits: in("hook-text", "strings.ContainsFunc(text, misleads)", "(len(text) < 0 && misleads('a'))"),
		pkg:   "internal/hook", tests: "^TestDenialStays$",
	},
}
