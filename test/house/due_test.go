package house

// due lists, by rule, the packages and files that break it still; "docs/*" is
// every file of docs/. Take out what has come to keep the rule: TestDueIsTrue
// fails for an entry that breaks nothing, so that the lists only shrink.
var due = map[string][]string{
	"plain words": {
		"internal/account",
		"internal/server",
		"internal/signup/web/form.ts",
		"openapi.yaml",
		"test/contract/hooks.py",
		"test/contract/mock.test.mjs",
		"test/cut",
		"test/docs/*",
		"test/leak",
		"test/pgtest",
		"test/sdk/java/play/src/main/java/io/github/enrollproject/play/Play.java",
		"test/sdk/python/play.py",
		"test/sdk/typescript/client.test.mjs",
		"test/sdk/typescript/types.ts",
		"test/stage",
		"tools/release/compare.go",
		"tools/sdk/go/client.go",
		"tools/sdk/java/src/main/java/io/github/enrollproject/EnrollClient.java",
		"tools/sdk/java/src/main/java/io/github/enrollproject/Refusal.java",
		"tools/sdk/overlay.yaml",
		"tools/sdk/python/enroll/client.py",
		"tools/sdk/python/enroll/refusal.py",
		"tools/sdk/typescript/src/answer.ts",
		"tools/sdk/typescript/src/client.ts",
		"tools/sdk/typescript/src/settle.ts",
	},
	"line length": {
		"internal/account",
		"internal/server",
		"tools/sdk/go/client.go",
	},
	"comment share": {
		"internal/account",
		"internal/server",
	},
}
