// Package house tests rules that hold for the whole module: which package may
// import which, where the environment may be read, how long files, functions and
// lines may be, and what must be documented. It has no code outside its tests.
// The README describes the packages; the limits and the tables are here, and each
// rule says what to do if it is broken. A rule may exempt generated
// code; all other exemptions are entries of a table.
package house

import (
	"os"
	"slices"
	"sync"
	"testing"
)

// module is the path of the product's module. Tables name packages relative to
// it; "." is the package at the top.
const module = "github.com/enroll-project/enroll"

// mayImport lists which packages of the module a package may import outside its
// tests. "internal/*" is every package of internal/, a leading "!" excludes one,
// and a package without an entry may import none.
var mayImport = map[string][]string{
	"cmd/enroll": {"internal/*", "schema", "."},
	"cmd/bench":  {"gen/sdk/go", "internal/devpg", "internal/password"},
	"internal/server": {"gen/api", "internal/contract", "internal/account", "internal/captcha", "internal/holder",
		"internal/limit", "internal/locale", "internal/message", "internal/operation", "internal/origin", "internal/profile",
		"internal/refusal", "internal/token", "internal/trace", "internal/wire", "."},
	"internal/operation": {"gen/api", "internal/account", "internal/address", "internal/captcha", "internal/contract",
		"internal/credential", "internal/holder", "internal/message", "internal/person", "internal/profile",
		"internal/token"},
	"internal/admin": {"gen/admin", "internal/audit", "internal/contract", "internal/event", "internal/limit",
		"internal/locale",
		"internal/message", "internal/network", "internal/operator", "internal/person", "internal/postgres",
		"internal/refusal", "internal/servicekey", "internal/token", "internal/trace", "internal/wire", "."},
	"internal/remote": {"gen/sdk/go-admin", "internal/audit", "internal/code", "internal/event", "internal/operator",
		"internal/outbound", "internal/person", "internal/refusal", "internal/servicekey", "internal/terms"},
	"internal/capacity": {"internal/cgroup", "internal/password"},
	"internal/health":   {"internal/postgres", "internal/rekey"},
	"internal/command": {"internal/address", "internal/audit", "internal/breach", "internal/code",
		"internal/contract", "internal/event", "internal/extra", "internal/idempotency", "internal/identifier",
		"internal/leave", "internal/mail", "internal/operator", "internal/password", "internal/person", "internal/postgres",
		"internal/rekey", "internal/remote", "internal/restore", "internal/servicekey", "internal/settings", "internal/sms",
		"internal/smscount", "internal/transfer", "internal/transfer/source", "internal/wording"},
	"internal/code": {"gen/db", "internal/postgres", "internal/identifier", "internal/network", "internal/digit",
		"internal/price", "internal/sms"},
	"internal/identifier": {"internal/digit", "internal/wordlist"},
	"internal/account": {"gen/db", "internal/address", "internal/admission", "internal/audit", "internal/breach",
		"internal/captcha", "internal/challenge",
		"internal/code", "internal/credential", "internal/export", "internal/extra", "internal/holder", "internal/hook",
		"internal/idempotency", "internal/identifier", "internal/invite", "internal/leave", "internal/locale",
		"internal/login",
		"internal/mail", "internal/network", "internal/notice", "internal/password", "internal/person", "internal/postgres",
		"internal/profile", "internal/refusal", "internal/session", "internal/sms", "internal/terms",
		"internal/throttle", "internal/token", "internal/tx"},
	"internal/login": {"gen/db", "internal/address", "internal/admission", "internal/audit", "internal/challenge",
		"internal/code", "internal/holder", "internal/identifier", "internal/leave", "internal/mail", "internal/network",
		"internal/notice", "internal/password", "internal/postgres", "internal/refusal", "internal/session",
		"internal/sms", "internal/terms", "internal/throttle", "internal/tx"},
	"internal/address": {"gen/db", "internal/audit", "internal/challenge", "internal/code", "internal/holder",
		"internal/identifier", "internal/invite", "internal/mail", "internal/network", "internal/postgres",
		"internal/refusal", "internal/sms", "internal/tx"},
	"internal/credential": {"gen/db", "internal/address", "internal/admission", "internal/audit", "internal/breach",
		"internal/challenge", "internal/code", "internal/holder", "internal/identifier", "internal/mail",
		"internal/network", "internal/notice", "internal/password", "internal/postgres", "internal/refusal",
		"internal/session", "internal/sms", "internal/tx"},
	"internal/profile": {"gen/db", "internal/admission", "internal/audit", "internal/avatar", "internal/code",
		"internal/extra", "internal/holder", "internal/identifier", "internal/leave", "internal/mail",
		"internal/network", "internal/notice", "internal/password", "internal/person", "internal/postgres",
		"internal/refusal", "internal/sms", "internal/terms", "internal/tx"},
	"internal/person": {"gen/db", "internal/extra", "internal/identifier", "internal/postgres", "internal/refusal"},
	"internal/holder": {"gen/db", "internal/audit", "internal/code", "internal/network", "internal/password",
		"internal/person", "internal/postgres", "internal/refusal", "internal/session", "internal/terms",
		"internal/throttle", "internal/token", "internal/tx"},
	"internal/invite": {"gen/db", "internal/code", "internal/refusal"},
	"internal/refusal": {"internal/admission", "internal/breach", "internal/challenge", "internal/code",
		"internal/hook", "internal/idempotency", "internal/identifier", "internal/password", "internal/postgres",
		"internal/session", "internal/terms",
		"internal/throttle", "internal/token"},
	"internal/tx":       {"gen/db", "internal/postgres"},
	"internal/export":   {"gen/db", "internal/code", "internal/postgres", "internal/throttle"},
	"internal/audit":    {"gen/db", "internal/postgres", "internal/terms"},
	"internal/smscount": {"gen/db", "internal/code", "internal/postgres", "internal/price"},
	"internal/receipt": {"internal/code", "internal/limit", "internal/network", "internal/smscount",
		"internal/webhook"},
	"internal/event": {"gen/db", "internal/audit", "internal/outbound", "internal/postgres", "internal/tx",
		"internal/webhook"},
	"internal/settings": {"internal/account", "internal/audit", "internal/event", "internal/limit",
		"internal/locale", "internal/origin",
		"internal/price", "internal/terms",
		"internal/token"},
	"internal/servicekey": {"gen/db", "internal/postgres", "internal/audit"},
	"internal/operator": {"gen/db", "internal/address", "internal/admission", "internal/audit", "internal/breach",
		"internal/code", "internal/credential", "internal/extra", "internal/idempotency", "internal/identifier",
		"internal/invite", "internal/leave", "internal/notice", "internal/password", "internal/person",
		"internal/postgres", "internal/refusal", "internal/session", "internal/terms"},
	"internal/transfer": {"gen/db", "internal/audit", "internal/extra", "internal/identifier", "internal/invite",
		"internal/operator", "internal/password", "internal/person", "internal/postgres", "internal/refusal",
		"internal/terms", "internal/transfer/source"},
	"internal/transfer/source": {"internal/password", "internal/transfer/source/mysqldump"},
	"internal/password": {"internal/password/argon2", "internal/password/foreign", "internal/admission",
		"internal/wordlist"},
	"internal/session": {"gen/db", "internal/postgres", "internal/terms", "internal/token"},
	"internal/leave":   {"gen/db", "internal/code", "internal/postgres", "internal/session", "internal/throttle"},
	"internal/notice": {"gen/db", "internal/postgres", "internal/identifier", "internal/locale", "internal/mail",
		"internal/sms"},
	"internal/rekey":            {"gen/db", "internal/postgres", "internal/identifier"},
	"internal/restore":          {"gen/db", "internal/audit", "internal/postgres"},
	"internal/challenge":        {"gen/db", "internal/postgres", "internal/captcha", "internal/network"},
	"internal/idempotency":      {"gen/db", "internal/postgres"},
	"internal/throttle":         {"gen/db", "internal/postgres"},
	"internal/postgres":         {"schema", "internal/trace"},
	"internal/admission":        {"internal/trace"},
	"internal/mail":             {"internal/locale", "internal/outbound", "internal/trace", "internal/wording"},
	"internal/message":          {"internal/locale"},
	"internal/wording":          {"internal/locale"},
	"internal/trace":            {"internal/outbound"},
	"test/pgtest":               {"internal/postgres", "internal/devpg", "internal/identifier", "internal/rekey"},
	"test/stage":                {"internal/devpg", "test/captchatest"},
	"test/strength":             {"internal/captcha", "internal/captcha/picture", "test/captchatest"},
	"test/chaos":                {"internal/devpg"},
	"internal/pages":            {"internal/asset"},
	"internal/swaggerui":        {"internal/asset"},
	"test/sdk/go":               {"gen/sdk/go", "gen/sdk/go-admin"},
	"internal/password/foreign": {"internal/admission"},
	"internal/awsrole":          {"internal/outbound"},
	"internal/breach":           {"internal/breaker", "internal/outbound", "internal/trace"},
	"internal/hook":             {"internal/breaker", "internal/outbound", "internal/trace", "internal/webhook"},
	"internal/sms": {"internal/breaker", "internal/locale", "internal/outbound", "internal/trace", "internal/webhook",
		"internal/wording"},
	"internal/devpg": {"internal/devpg/archive"},
	"internal/captcha": {"internal/outbound", "internal/digit", "internal/captcha/picture",
		"internal/captcha/speech", "internal/trace"},
}

// confined lists, by the start of a library's path, the packages that may import
// it outside their tests. Replacing the library then changes only those.
var confined = map[string][]string{
	"github.com/labstack/echo/":      {"internal/server", "internal/admin", "internal/wire", "gen/api", "gen/admin"},
	"github.com/getkin/kin-openapi/": {"internal/contract", "test/strict"},
	"github.com/wneessen/go-mail":    {"internal/mail"},
	"github.com/jackc/pgx/": {"internal/account", "internal/address", "internal/challenge", "internal/code",
		"internal/credential", "internal/export", "internal/holder", "internal/idempotency", "internal/invite",
		"internal/leave", "internal/login",
		"internal/notice", "internal/operator", "internal/profile", "internal/servicekey", "internal/session",
		"internal/smscount", "internal/throttle", "internal/transfer", "internal/tx", "internal/postgres", "internal/devpg",
		"test/pgtest", "gen/db", "cmd/bench", "test/stage", "test/chaos"},
	"github.com/santhosh-tekuri/jsonschema": {"internal/extra"},
	"golang.org/x/crypto/argon2":            {"internal/password/argon2", "cmd/bench"},
	"go.opentelemetry.io/":                  {"internal/trace"},
}

// Limits of sizes that are enforced. The goals of figures_test.go are only printed: one more good file
// can move a median over its goal.
const (
	maxFileLines     = 400
	maxTestFileLines = 600
	maxFuncLines     = 80
	minParallelShare = 0.95
)

// rule is a check of the whole tree.
type rule struct {
	name   string
	advice string // what to do about an offense
	check  func(*tree) []string
}

// rules are all rules, each with a fixture in broken_test.go that breaks it.
var rules = []rule{
	{"imports of the module", "move the code to the package that may import it, pass a value in, " +
		"or change mayImport and the README together", checkImports},
	{"imports of libraries", "keep the library inside the package that has it, " +
		"or change confined and the README together", checkConfined},
	{"generated worlds apart", "translate through account's types: " +
		"the contract with clients and the one with the database change at different times", checkWorlds},
	{"environment", "take the value through a Config; cmd/enroll reads the environment once", checkEnvironment},
	{"no init", "do it in New, where the caller sees it and can pass what it needs", checkInit},
	{"no package state", "put the state into a struct made by New; at package level only constants, " +
		"sentinel errors and tables that no code writes may stand", checkState},
	{"no embedded configuration", "give the field a name, or keep only the values that are used: " +
		"what is embedded, such as a secret, is reached through the service", checkEmbedded},
	{"package doc", "begin the package's comment with \"Package name\" (\"Command name\" for a program) " +
		"and a sentence that states its promise", checkPackageDoc},
	{"exported names", "write a comment with its units, bounds and errors, or unexport it", checkExported},
	{"package names", "name the package for its one subject, not for the kind of code in it", checkNames},
	{"words of names", "rename it by the field's own word, which means one thing", checkIdentifiers},
	{"file sizes", "split the file by subject", checkFileSizes},
	{"function sizes", "give the steps of the function names, or move a table out of it", checkFuncSizes},
	{"parallel tests", "make t.Parallel() the first statement of the test and of each t.Run", checkParallel},
	{"no sleep in tests", "wait for the event itself, inject the clock, or use testing/synctest", checkSleep},
	{"plain words", "write the noun: a request that …, the operator's own …", checkPlainWords},
	{"line length", "break the line", checkLineLength},
	{"comment share", "write down the reasons, bounds, units and sources that the code cannot show; " +
		"never paraphrase it", checkCommentShare},
	{"no open marks", "do it, or open an issue and give the reason in the comment why the code is right as it is",
		checkMarks},
	{"numbers of migrations", "rename the newer one to the next free number of the main branch, and run make gen",
		checkMigrations},
	{"skips say why", "give t.Skip a reason that a stranger accepts, with what to install or set", checkSkips},
}

// house returns the tree of this checkout, which is loaded once for all tests.
func house(t *testing.T) *tree {
	t.Helper()
	loaded, err := load()
	if err != nil {
		t.Fatal(err)
	}
	return loaded
}

var load = sync.OnceValues(func() (*tree, error) {
	packages, err := list("../..")
	if err != nil {
		return nil, err
	}
	built, err := build(packages, os.ReadFile)
	if err == nil {
		built.texts, err = readTexts("../..", built.packages)
	}
	return built, err
})

func TestHouse(t *testing.T) {
	t.Parallel()
	for _, r := range rules {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			found := r.check(house(t))
			for _, offense := range found {
				t.Error(offense)
			}
			if len(found) > 0 {
				t.Logf("What to do: %s.", r.advice)
			}
		})
	}
}

// TestHouseIsWhole shows that the tree of TestHouse is not empty: the rules pass
// for packages that were not loaded.
func TestHouseIsWhole(t *testing.T) {
	t.Parallel()
	seen := house(t)
	for _, path := range []string{".", "gen/api", "gen/db", "test/house", "internal/account"} {
		if !slices.ContainsFunc(seen.packages, func(p *pkg) bool { return p.path == path }) {
			t.Errorf("go list does not name package %s of this module", path)
		}
	}
	for _, p := range seen.packages {
		if p.path == "internal/account" && p.types.Scope().Lookup("Service") == nil {
			t.Error("account.Service was not found by the type checker")
		}
	}
}
