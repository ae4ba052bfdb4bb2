package house

import (
	"maps"
	"path"
	"slices"
	"strings"
	"testing"
)

// outside has small stand-ins of the standard library's packages that fixtures
// import.
const outside = `
-- os/os.go --
package os
func Getenv(string) string
func Environ() []string
func Setenv(string, string) error
-- sync/sync.go --
package sync
type Mutex struct{ n int }
func (m *Mutex) Lock() {}
-- errors/errors.go --
package errors
func New(string) error
-- regexp/regexp.go --
package regexp
type Regexp struct{}
func MustCompile(string) *Regexp
-- http/http.go --
package http
type Client struct{ Timeout int }
var Default = &Client{}
`

// fixture builds a tree from text. A line "-- name --" starts a file, named
// relative to the module. A package must come after those that it imports.
func fixture(t *testing.T, text string) *tree {
	t.Helper()
	texts := map[string][]byte{}
	var packages []listed
	add := func(text string, dependency bool) {
		for _, section := range strings.Split("\n"+text, "\n-- ")[1:] {
			name, body, _ := strings.Cut(section, " --\n")
			texts[name] = []byte(body)
			p := listed{Dir: path.Dir(name), ImportPath: path.Join(module, path.Dir(name)), DepOnly: dependency}
			if !strings.HasSuffix(name, ".go") {
				continue // a text beside the packages
			}
			if dependency {
				p.ImportPath = path.Dir(name)
			}
			at := slices.IndexFunc(packages, func(q listed) bool { return q.ImportPath == p.ImportPath })
			if at < 0 {
				p.Imports = []string{"os", "sync", "errors", "regexp", "http"}
				at, packages = len(packages), append(packages, p)
			}
			if base := path.Base(name); strings.HasSuffix(base, "_test.go") {
				packages[at].TestGoFiles = append(packages[at].TestGoFiles, base)
			} else {
				packages[at].GoFiles = append(packages[at].GoFiles, base)
			}
		}
	}
	add(outside, true)
	add(text, false)
	built, err := build(packages, func(name string) ([]byte, error) { return texts[name], nil })
	if err != nil {
		t.Fatal(err)
	}
	built.texts = maps.Collect(func(yield func(string, []byte) bool) {
		for name, body := range texts {
			if !strings.HasSuffix(name, ".go") && !yield(name, body) {
				return
			}
		}
	})
	return built
}

// inX is a fixture of one file, internal/x/a.go, that has this after the package
// clause.
func inX(code string) string { return "-- internal/x/a.go --\npackage x\n" + code }

// breaches has, for each rule, a tree that keeps it (want is empty) and trees that break it, each
// with a part of the expected message. A line "@" in a fixture stands for a hundred lines of code.
var breaches = []struct{ rule, want, text string }{
	{"imports of the module", "", `-- internal/server/a.go --
package server
import _ "github.com/enroll-project/enroll"
import _ "github.com/enroll-project/enroll/internal/account"
-- internal/token/a_test.go --
package token
import _ "github.com/enroll-project/enroll/test/pgtest"
-- cmd/enroll/a.go --
package main
import _ "github.com/enroll-project/enroll/internal/server"`},
	{"imports of the module", "cmd/enroll may not import test/pgtest", `-- cmd/enroll/a.go --
package main
import _ "github.com/enroll-project/enroll/test/pgtest"`},
	{"imports of the module", "internal/token may not import internal/sms", `-- internal/token/a.go --
package token
import _ "github.com/enroll-project/enroll/internal/sms"`},
	{"imports of the module", "schema may not import .", `-- schema/a.go --
package schema
import _ "github.com/enroll-project/enroll"`},

	{"imports of libraries", "", `-- internal/account/a.go --
package account
import _ "github.com/jackc/pgx/v5"`},
	{"imports of libraries", "internal/account may not import github.com/labstack/echo/v4", `-- internal/account/a.go --
package account
import _ "github.com/labstack/echo/v4"`},

	{"generated worlds apart", "", `-- internal/server/a.go --
package server
import _ "github.com/enroll-project/enroll/gen/api"`},
	{"generated worlds apart", "internal/x imports both", `-- internal/x/a.go --
package x
import _ "github.com/enroll-project/enroll/gen/api"
-- internal/x/b.go --
package x
import _ "github.com/enroll-project/enroll/gen/db"`},

	{"generated worlds apart", "internal/x imports both gen/admin", `-- internal/x/a.go --
package x
import _ "github.com/enroll-project/enroll/gen/admin"
import _ "github.com/enroll-project/enroll/gen/db"`},

	{"environment", "", `-- cmd/enroll/a.go --
package main
import "os"
var _ = os.Getenv("A")
-- internal/x/a.go --
package x
type box struct{}
func (box) Getenv(string) string { return "" }
func f() { box{}.Getenv("A") }`},
	{"environment", "internal/x/a.go:3: internal/x may not use os.Getenv", `-- internal/x/a.go --
package x
import sys "os"
var _ = sys.Getenv("A")`},
	{"environment", "internal/x may not use os.Environ", `-- internal/x/a.go --
package x
import "os"
func f() { get := os.Environ; get() }`},
	{"environment", "cmd/enroll may not use os.Setenv", `-- cmd/enroll/a.go --
package main
import "os"
func main() { os.Setenv("A", "b") }`},

	{"no init", "", inX("type y int\nfunc (y) init() {}")},
	{"no init", "internal/x/a.go:2", inX("func init() {}")},

	{"no package state", "", `-- internal/x/a.go --
package x
import ("errors"; "regexp"; "http"; "sync")
type myError struct{}
func (*myError) Error() string { return "" }
var (
	ErrX          = errors.New("x")
	errY          = &myError{}
	pattern       = regexp.MustCompile("x")
	table         = map[string][]int{"a": {1}}
	fn            = func() int { return 1 }
	_       error = (*myError)(nil)
)
func f() {
	table := map[string]int{}
	table["a"] = 1
	_ = http.Default.Timeout
	var mu sync.Mutex
	mu.Lock()
}`},
	{"no package state", "count is written", inX("var count int\nfunc f() { count++ }")},
	{"no package state", "table is written", inX("var table = map[string][]int{}\nfunc f() { (table[\"a\"])[0] = 1 }")},
	{"no package state", "table is written", inX("var table = map[string]int{}\nfunc f() { delete(table, \"a\") }")},
	{"no package state", "last is written", inX("var last int\nfunc f() { for last = range 3 {} }")},
	{"no package state", "its address is taken", inX("var n struct{ a [2]int }\nfunc f() *int { return &n.a[1] }")},
	{"no package state", "mu is written", inX("import \"sync\"\nvar mu sync.Mutex\nfunc f() { mu.Lock() }")},
	{"no package state", "box is written", inX("import \"sync\"\nvar box struct{ sync.Mutex }\nfunc f() { box.Lock() }")},
	{"no package state", "lent is written",
		inX("import \"sync\"\nvar lent struct{ *sync.Mutex }\nfunc f() { lent.Lock() }")},
	{"no package state", "client of type *http.Client can change", inX("import \"http\"\nvar client = &http.Client{}")},
	{"no package state", "Default is written", inX("import \"http\"\nfunc f() { http.Default.Timeout = 1 }")},
	{"no package state", "queue of type chan int can change", inX("var queue = make(chan int)")},
	{"no package state", "hook of type interface{F()} can change", inX("var hook interface{ F() }")},

	{"no embedded configuration", "", inX("type Config struct{}\ntype WorkConfig struct{ Config }\n" +
		"type Service struct{ config Config }")},
	{"no embedded configuration", "a.go:3: Service embeds x.Config",
		inX("type Config struct{}\ntype Service struct{ Config }")},
	{"no embedded configuration", "Service embeds *x.runOptions",
		inX("type runOptions struct{}\ntype Service struct{ *runOptions }")},

	{"package doc", "", `-- internal/x/a.go --
// Package x does x.
package x
-- cmd/y/main.go --
// Command y does
// y.
package main
-- internal/z/a_test.go --
package z`},
	{"package doc", "internal/x has 0 package comments", "-- internal/x/a.go --\npackage x"},
	{"package doc", "internal/x has 2 package comments",
		"-- internal/x/a.go --\n// Package x is a.\npackage x\n-- internal/x/b.go --\n// Package x is b.\npackage x"},
	{"package doc", `does not begin with "Command y "`, "-- cmd/y/a.go --\n// Package main is y.\npackage main"},

	{"exported names", "", `-- internal/x/a.go --
package x
// A is a.
type A int
// F is f.
func (A) F() {}
type b int
func (b) F() {}
// The two.
const (
	C = 1
	D = 2
)
var (
	E = 1 // is e
)`},
	{"exported names", "a.go:2: F is exported", inX("func F() {}")},
	{"exported names", "G is exported", inX("// A is a.\ntype A[T any] int\nfunc (a *A[T]) G() {}")},
	{"exported names", "T is exported", inX("// Both.\ntype (\n\tT int\n)")},
	{"exported names", "V is exported", inX("var V = 1")},

	{"package names", "", "-- internal/phone/a.go --\npackage phone"},
	{"package names", `internal/utils: "utils"`, "-- internal/utils/a.go --\npackage utils"},
	{"package names", `"sms_code"`, "-- internal/sms_code/a.go --\npackage sms_code"},
	{"package names", `internal/x: "common"`, "-- internal/x/a.go --\npackage common"},

	{"words of names", "", inX("// A judge.\nvar defaultLabel = \"judge\"\n-- test/stage/a.go --\npackage stage\n")},
	{"words of names", "a.go:2: errFault: the house says error", inX("var errFault, ok int")},
	{"words of names", "a_test.go:2: judge", "-- internal/x/a_test.go --\npackage x\nfunc f() { judge := 1 }"},
	{"words of names", "a.go:2: HTTPStage", inX("type HTTPStage int")},
	{"words of names", "web/a.ts:2: showFaults",
		"-- web/a.ts --\nlet a;\nshowFaults(a);\n-- test/page/a.mjs --\nstage(1);\n"},

	{"file sizes", "", inX("@\n@\n@\n-- internal/x/a_test.go --\npackage x\n@\n@\n@\n@\n@")},
	{"file sizes", "has 405 lines, more than 400", inX("@\n@\n@\n@\n\n\n\n\n")},
	{"file sizes", "more than 600", "-- internal/x/a_test.go --\npackage x\n@\n@\n@\n@\n@\n@\n@"},

	{"function sizes", "", inX("func f() {\n}\n@\nfunc g() {}")},
	{"function sizes", "a.go:2: f has 102 lines, more than 80", inX("func f() {\n@\n}")},

	{"parallel tests", "", `-- internal/x/a_test.go --
package x
import "testing"
func TestMain(m *testing.M) { m.Run() }
func TestA(t *testing.T) {
	t.Parallel()
	t.Run("b", func(t *testing.T) { t.Parallel() })
}`},
	{"parallel tests", "these 1 of 1 tests",
		"-- internal/x/a_test.go --\npackage x\nimport \"testing\"\nfunc TestA(t *testing.T) { t.Log(); t.Parallel() }"},
	{"parallel tests", "TestA/…", `-- internal/x/a_test.go --
package x
import "testing"
func TestA(t *testing.T) {
	t.Parallel()
	t.Run("b", func(t *testing.T) {})
}`},

	{"no sleep in tests", "", `-- internal/x/a_test.go --
package x
import ("testing"; "testing/synctest"; "time")
func TestA(t *testing.T) { synctest.Test(t, func(t *testing.T) { time.Sleep(1) }) }`},
	{"no sleep in tests", "a_test.go:4: the test sleeps", `-- internal/x/a_test.go --
package x
import ("testing"; "time")
func TestA(t *testing.T) { for {
	time.Sleep(1) } }`},

	{"plain words", "", inX("// A request that is taller.\nconst a = \"of hours\"\n-- README.md --\nIt says who.\n")},
	{"plain words", "a.go:3: \"Whoever\"", inX("// F is f.\n// Whoever calls.\nfunc F() {}")},
	{"plain words", "a.go:3: \"of\\n// ours\"", inX("\n// F is one of\n// ours.\nfunc F() {}")},
	{"plain words", "a_test.go:2: \"is told\"", "-- internal/x/a_test.go --\npackage x\nconst a = \"it is told\""},
	{"plain words", "b.mk:2: \"who\\n# has\"", "-- tools/make/b.mk --\n# A user.\n# One who\n# has a name.\n"},

	{"line length", "",
		"-- internal/x/a.go --\npackage x // " + strings.Repeat("ü", 107) +
			"\n-- a.md --\n" + strings.Repeat("| a ", 40) + "\n\n    " + strings.Repeat("a b", 40) +
			"\n```\n" + strings.Repeat("a b", 40) + "\n```\n- " + strings.Repeat("long", 40)},
	{"line length", "a.go:1: 121 columns, more than 120",
		"-- internal/x/a.go --\npackage x // " + strings.Repeat("a", 108)},
	{"line length", "a.sql:2: 121 columns", "-- schema/a.sql --\n\n" + strings.Repeat("a", 121)},
	{"line length", "a.md:4: 101 columns, more than 100",
		"-- docs/a.md --\n```\na\n```\n" + strings.Repeat("a ", 50) + "a"},

	{"comment share", "", "-- internal/x/a.go --\n// Package x is x.\npackage x\n\n\n\n-- test/y/a.go --\npackage y\n"},
	{"comment share", "internal/x: 16.7 % of 6 lines",
		"-- internal/x/a.go --\n// Package x is x.\npackage x\n\n\n\n\n\n-- internal/x/a_test.go --\n// More.\npackage x\n"},

	{"no open marks", "", inX("// A Todo is a name.\nconst a = \"FIX\" + \"ME\"")},
	{"no open marks", "a.go:2", inX("// TO") + "DO: the rest."},

	{"numbers of migrations", "",
		"-- schema/schema.go --\npackage schema\n\n-- schema/00001_users.sql --\n\n-- schema/00002_more.sql --\n"},
	{"numbers of migrations", "schema/00002_b.sql has the number of another step",
		"-- schema/00001_users.sql --\n\n-- schema/00002_a.sql --\n\n-- schema/00002_b.sql --\n\n-- schema/00003_c.sql --\n"},
	{"numbers of migrations", "schema/00003_b.sql has no step 00002 before it",
		"-- schema/00001_users.sql --\n\n-- schema/00003_b.sql --\n\n-- schema/00004_c.sql --\n"},
	{"numbers of migrations", "schema/0002_b.sql is not named like",
		"-- schema/00001_users.sql --\n\n-- schema/0002_b.sql --\n"},

	{"skips say why", "",
		"-- internal/x/a_test.go --\npackage x\nfunc f() { t.Skip(\"no PostgreSQL here\"); lines.Skip() }"},
	{"skips say why", "a_test.go:2", "-- internal/x/a_test.go --\npackage x\nfunc f() { t.Skip() }"},
	{"skips say why", "a_test.go:2", "-- internal/x/a_test.go --\npackage x\nfunc f() { b.SkipNow() }"},
	{"skips say why", "", "-- internal/x/a_test.go --\npackage x\nimport \"os/exec\"\n" +
		"func f() { _, _ = exec.LookPath(\"x\"); t.Skip(\"x is not installed\") }"},
	{"skips say why", "a_test.go:3", "-- internal/x/a_test.go --\npackage x\nimport \"os/exec\"\n" +
		"func f() { _, _ = exec.LookPath(\"x\"); t.Skip(\"there is no x\") }"},
}

// TestBreaches shows that each rule passes where it should and fails where it should.
func TestBreaches(t *testing.T) {
	t.Parallel()
	type shown struct{ pass, fail bool }
	seen := map[string]shown{}
	for _, b := range breaches {
		was := seen[b.rule]
		seen[b.rule] = shown{was.pass || b.want == "", was.fail || b.want != ""}
		t.Run(b.rule+"/"+b.want, func(t *testing.T) {
			t.Parallel()
			at := slices.IndexFunc(rules, func(r rule) bool { return r.name == b.rule })
			if at < 0 {
				t.Fatalf("there is no rule %q", b.rule)
			}
			text := strings.ReplaceAll(b.text, "@", strings.Repeat("\n", 99))
			found := strings.Join(rules[at].check(fixture(t, text)), "\n")
			if b.want == "" && found != "" {
				t.Errorf("a tree that keeps the rule has offenses:\n%s", found)
			}
			if !strings.Contains(found, b.want) {
				t.Errorf("found %q, want %q", found, b.want)
			}
		})
	}
	for _, r := range rules {
		if seen[r.name] != (shown{true, true}) {
			t.Errorf("the rule %q needs a fixture that keeps it and one that breaks it", r.name)
		}
	}
}

func TestPercentile(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ p, want int }{{0, 1}, {50, 3}, {90, 9}, {100, 9}} {
		if got := percentile([]int{9, 1, 3}, c.p); got != c.want {
			t.Errorf("percentile %d is %d, want %d", c.p, got, c.want)
		}
	}
	if got := percentile(nil, 50); got != 0 {
		t.Errorf("percentile of nothing is %d", got)
	}
}

func TestCommentLines(t *testing.T) {
	t.Parallel()
	built := fixture(t, "-- internal/x/a.go --\n// Package x is\n// x.\npackage x // not a line\n"+
		"\n\t/* one\ntwo */\nvar a /* inside */ int\n")
	if got := built.figures(); got.comments != 4 || got.source != 7 {
		t.Errorf("%d comment lines of %d, want 4 of 7", got.comments, got.source)
	}
}
