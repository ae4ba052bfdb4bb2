package house

// due lists, by rule, the packages and files that break it still; "docs/*" is
// every file of docs/. Take out what has come to keep the rule: TestDueIsTrue
// fails for an entry that breaks nothing, so that the lists only shrink.
var due = map[string][]string{
	"plain words": {
	},
	"line length": {
	},
	"comment share": {
		"internal/account",
		"internal/server",
	},
}
