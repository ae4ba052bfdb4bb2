package main

// ofTraces has mutants of the checks that keep identifiers and secrets out of traces.
var ofTraces = []mutant{
	{
		name:  "traces: a request's span has its URL",
		edits: in("trace-route", "ec.Path()", "ec.Request().URL.String()"),
		pkg:   "cmd/enroll", tests: "^TestNothingLeaks$",
	},
	{
		name: "traces: a statement's span has its arguments",
		edits: in("trace-statement", "statementName(data.SQL)", `func() (all string) {
			for _, a := range data.Args {
				if s, ok := a.(*string); ok && s != nil {
					all += *s + " "
				} else if s, ok := a.(string); ok {
					all += s + " "
				}
			}
			return all
		}()`),
		pkg: "cmd/enroll", tests: "^TestNothingLeaks$",
	},
	{
		name:  "traces: a statement's span has the error of the database",
		edits: in("trace-error", "kind = refused.Code", "kind = refused.Code + refused.Message + refused.Detail"),
		pkg:   "cmd/enroll", tests: "^TestNothingLeaks$",
	},
	{
		name:  "traces: the log has the collector's URL",
		edits: in("trace-url", "err = quoting.Err", "_ = quoting.Err"),
		pkg:   "internal/trace", tests: "^TestFailureIsLoggedOnce$",
	},
}
