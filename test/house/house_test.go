// Package house keeps the rules of the house: who may import whom, where the
// outside world may be touched, how large a thing may grow and what must be
// said about it. It has tests only. The README's section "The house" gives the
// reasons; here stand the figures and the tables. Generated code is exempt
// where a rule says so, and nothing else is.
package house

import (
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
)

// module is the path of the product's module; tables name packages relative
// to it, "." being the package at the top.
const module = "github.com/enroll-project/enroll"

// mayImport says which packages of ours a package may import outside its
// tests. "internal/*" is every package of internal/, a leading "!" takes one
// out, and a package that is not listed may import none of ours.
var mayImport = map[string][]string{
	"cmd/enroll":         {"internal/*", "schema", "."},
	"cmd/bench":          {"gen/sdk/go", "internal/devpg", "internal/password"},
	"internal/server":    {"gen/api", "internal/contract", "internal/account", "internal/token", "internal/captcha", "internal/limit", "."},
	"internal/contract":  {"gen/api"},
	"internal/account":   {"gen/db", "internal/postgres", "internal/admission", "internal/password", "internal/breach", "internal/captcha", "internal/token", "internal/sms", "internal/mail", "internal/identifier"},
	"internal/postgres":  {"schema"},
	"test/pgtest":        {"internal/postgres", "internal/devpg"},
	"test/stage":         {"internal/devpg", "test/captchatest"},
	"internal/signup":    {"internal/asset"},
	"internal/swaggerui": {"internal/asset"},
	"test/sdk/go":        {"gen/sdk/go"},
	"internal/password":  {"internal/password/argon2", "internal/admission"},
	"internal/breach":    {"internal/outbound"},
	"internal/sms":       {"internal/outbound"},
	"internal/captcha":   {"internal/outbound"},
}

// confined says which packages of ours may import a library, given by the
// start of its path, outside their tests. The rest of the house then survives
// an exchange of that library.
var confined = map[string][]string{
	"github.com/labstack/echo/":      {"internal/server", "gen/api"},
	"github.com/getkin/kin-openapi/": {"internal/contract"},
	"github.com/wneessen/go-mail":    {"internal/mail"},
	"github.com/jackc/pgx/":          {"internal/account", "internal/postgres", "internal/devpg", "test/pgtest", "gen/db", "cmd/bench", "test/stage"},
	"golang.org/x/crypto/argon2":     {"internal/password/argon2", "cmd/bench"},
}

// The sizes that a reader can take in. Medians and shares are reported and not
// enforced: a median that one more file would break teaches nothing.
const (
	maxFileLines     = 400
	maxTestFileLines = 600
	maxFuncLines     = 80
	minParallelShare = 0.95
)

// rule is one rule of the house.
type rule struct {
	name   string
	advice string // what to do about an offence
	check  func(*tree) []string
}

// rules are all the rules of the house, each with a fixture in
// broken_test.go that shows it fail.
var rules = []rule{
	{"imports of ours", "move the code to the package that may import it, pass a value in, or change mayImport and the README together", checkImports},
	{"imports of libraries", "keep the library behind the package that owns it, or change confined and the README together", checkConfined},
	{"generated worlds apart", "translate through account's types: what we promise outside and what we promise the database change at different times", checkWorlds},
	{"environment", "take the value through a Config; cmd/enroll reads the environment once", checkEnvironment},
	{"no init", "do it in New, where the caller sees it and can pass what it needs", checkInit},
	{"no package state", "put the state into a struct made by New; at package level only constants, sentinel errors and tables that nobody writes may stand", checkState},
	{"package doc", "begin the package's comment with \"Package name\" (\"Command name\" for a program) and a sentence that states its promise", checkPackageDoc},
	{"exported names", "write a comment with the units, bounds and errors of it, or unexport it", checkExported},
	{"package names", "name the package for the one thing it is about, not for the kind of code in it", checkNames},
	{"file sizes", "split the file by the things in it", checkFileSizes},
	{"function sizes", "name the steps of the function, or move a table out of it", checkFuncSizes},
	{"parallel tests", "make t.Parallel() the first statement of the test and of each t.Run", checkParallel},
	{"no sleep in tests", "wait for the event itself, inject the clock, or use testing/synctest", checkSleep},
	{"no open marks", "do it, or open an issue and say in the comment why the code is right as it stands", checkMarks},
	{"skips say why", "give t.Skip a reason that a stranger accepts, with what to install or set", checkSkips},
}

// house loads the tree of this checkout once for all tests.
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
	return build(packages, os.ReadFile)
})

func TestHouse(t *testing.T) {
	t.Parallel()
	for _, r := range rules {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			found := r.check(house(t))
			for _, offence := range found {
				t.Error(offence)
			}
			if len(found) > 0 {
				t.Logf("What to do: %s.", r.advice)
			}
		})
	}
}

// TestFigures reports what the rules do not enforce; read it with
// go test -v -run Figures ./test/house.
func TestFigures(t *testing.T) {
	t.Parallel()
	f := house(t).figures()
	t.Logf("files: median %d lines, longest %d (goal: median of 120 at most)", percentile(f.files, 50), percentile(f.files, 100))
	t.Logf("functions: p90 %d lines, longest %d (goal: p90 of 40 at most)", percentile(f.funcs, 90), percentile(f.funcs, 100))
	t.Logf("comments: %.0f %% of %d source lines (goal: 20 to 28)", 100*share(f.comments, f.source), f.source)
	t.Logf("tests: %.2f lines for each source line (goal: 0.9 to 1.2)", share(f.tests, f.source))
	t.Logf("parallel: %d of %d tests; the others: %s", f.parallel, f.parallel+len(f.serial), strings.Join(f.serial, ", "))
}

// TestHouseIsWhole keeps TestHouse from passing over a tree it did not see.
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
