package house

import (
	"fmt"
	"go/ast"
	"maps"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	// claim finds the name of a test, with its package in front if it has one.
	claim = regexp.MustCompile(`([a-z][a-z0-9]*\.)?\b((?:Test|Fuzz|Benchmark)[A-Z]\w*)`)
	// namedFile finds the path of a file or folder of this repository. Of a path with a placeholder
	// it finds the part before that, and the placeholder as the second group: then it names no file.
	namedFile = regexp.MustCompile(
		`(?:^|[\s\x60"(])((?:cmd|deploy|docs|gen|internal|queries|schema|test|tools)/[\w./-]*\w)([\w*…$<{]?)`)
	// declaredTest finds the tests of a file that is not parsed.
	declaredTest = regexp.MustCompile(`(?m)^func (Test\w+)\(`)
	// enrollCommand finds a command of the binary in code quotes, and usageLine and madeCommand
	// those that the binary has.
	enrollCommand = regexp.MustCompile("`(?:bin/(?:release/)?)?enroll ([a-z]+)")
	usageLine     = regexp.MustCompile(`\bUse:\s+"([a-z]+)`)
	madeCommand   = regexp.MustCompile(`\(d \*desk\) ([a-z]+)Command\(\)`)
	// createdTable and filledTable find the tables of schema/ and those that queries/ insert into.
	createdTable = regexp.MustCompile(`CREATE TABLE (\w+)`)
	filledTable  = regexp.MustCompile(`INSERT INTO (\w+)`)
	// byTrigger finds the tables that a function of schema/ inserts into: its statements are indented.
	byTrigger = regexp.MustCompile(`(?m)^ +INSERT INTO (\w+)`)
)

// absent lists files that texts name and a checkout does not have, with the reason.
var absent = map[string]string{
	"deploy/secrets":        "written by deploy/secrets.sh",
	"test/page/failures":    "written by a browser test that fails",
	"schema/0000N_what.sql": "stands for the next migration",
	"internal/x/a.go":       "a fixture",
}

// facts is what a text may name.
type facts struct {
	tests    map[string][]string // by package, and all under ""
	settings []string
	targets  []string // of make
	commands []string // of the binary
	former   []string // tables that no statement fills any more
	exists   func(file string) bool
}

// check returns the names in a text that do not exist.
func (f facts) check(name, text string) (offences []string) {
	missing := func(what, found string) {
		offences = append(offences, fmt.Sprintf("%s names %s, and there is no such %s", name, found, what))
	}
	for _, found := range claim.FindAllStringSubmatch(text, -1) {
		if !slices.Contains(f.tests[strings.TrimSuffix(found[1], ".")], found[2]) {
			missing("test", found[0])
		}
	}
	for _, found := range setting.FindAllString(text, -1) {
		// "ENROLL_LIMIT_…" stands for all that begin so.
		if !slices.ContainsFunc(f.settings, func(s string) bool {
			return s == found || s+"_FILE" == found || strings.HasSuffix(found, "_") && strings.HasPrefix(s, found)
		}) {
			missing("setting", found)
		}
	}
	for _, found := range makeTarget.FindAllStringSubmatch(text, -1) {
		if !slices.Contains(f.targets, found[1]) {
			missing("target", "make "+found[1])
		}
	}
	for _, found := range enrollCommand.FindAllStringSubmatch(text, -1) {
		if !slices.Contains(f.commands, found[1]) {
			missing("command", "enroll "+found[1])
		}
	}
	for _, found := range namedFile.FindAllStringSubmatch(text, -1) {
		if found[2] == "" && !f.exists(found[1]) {
			missing("file", found[1])
		}
	}
	for _, table := range f.former {
		// TestGrowth wants a row that begins with the name, since a former table may still have rows.
		elsewhere := strings.ReplaceAll(text, "\n| `"+table+"` |", "")
		if strings.HasSuffix(name, ".md") && strings.Contains(elsewhere, "`"+table+"`") {
			missing("table in use", table)
		}
	}
	return offences
}

// TestClaims fails if a document, a comment of a Go file or another text names a test, a setting, a target of
// make, a command, a file or a table that does not exist, so that a statement cannot outlive what it is about.
// "account.TestReplay" must be a test of package account; a name without a package may be a test of any package.
func TestClaims(t *testing.T) {
	t.Parallel()
	known := knownFacts(t)
	if len(known.settings) < 40 || len(known.targets) < 20 || len(known.former) == 0 || len(known.tests[""]) < 500 ||
		len(known.commands) < 8 {
		t.Fatalf("%d settings, %d targets, former tables %q, %d tests, commands %q: a pattern no longer finds them",
			len(known.settings), len(known.targets), known.former, len(known.tests[""]), known.commands)
	}
	for name, text := range statements(t) {
		for _, offence := range known.check(name, text) {
			t.Error(offence)
		}
	}
}

func knownFacts(t *testing.T) facts {
	t.Helper()
	f := facts{
		tests: testNames(house(t)),
		// These are variables that programs of test/ and deploy/ and of the admin API's clients read besides the settings.
		settings: []string{"ENROLL_URL", "ENROLL_UID", "ENROLL_GID", "ENROLL_ADMIN_KEY"},
		exists: func(file string) bool {
			_, err := os.Stat("../../" + file)
			fetched := strings.Contains(file, "node_modules") || strings.Contains(file, ".openapi-generator")
			return err == nil || absent[file] != "" || fetched
		},
	}
	for file := range house(t).written(source) {
		// The commands of package main, and those of package command that stand directly below enroll.
		made := map[string]*regexp.Regexp{"cmd/enroll": usageLine, "internal/command": madeCommand}[file.pkg.path]
		if made == nil {
			continue
		}
		for _, found := range made.FindAllSubmatch(file.text, -1) {
			f.commands = append(f.commands, string(found[1]))
		}
	}
	f.commands = append(f.commands, "help", "completion") // of the library of commands
	f.settings = append(f.settings, setting.FindAllString(documents(t)["docs/settings.md"], -1)...)
	var filled []string
	for name, text := range house(t).texts {
		switch {
		case strings.HasSuffix(name, ".go"): // outside of the packages of go list ./...
			for _, found := range declaredTest.FindAllSubmatch(text, -1) {
				f.tests[""] = append(f.tests[""], string(found[1]))
			}
		case name == "Makefile" || strings.HasSuffix(name, ".mk"):
			f.targets = append(f.targets, targets(string(text))...)
		case strings.HasPrefix(name, "queries/"):
			for _, found := range filledTable.FindAllSubmatch(text, -1) {
				filled = append(filled, string(found[1]))
			}
		case strings.HasPrefix(name, "schema/"):
			for _, found := range byTrigger.FindAllSubmatch(text, -1) {
				filled = append(filled, string(found[1]))
			}
		}
	}
	for name, text := range house(t).texts {
		for _, found := range createdTable.FindAllSubmatch(text, -1) {
			if table := string(found[1]); strings.HasPrefix(name, "schema/") && !slices.Contains(filled, table) {
				f.former = append(f.former, table)
			}
		}
	}
	return f
}

// statements returns the texts in which people state facts: the comments of hand-written Go files,
// and all other texts of this checkout.
func statements(t *testing.T) map[string]string {
	t.Helper()
	texts := textsBelow(t, func(string) bool { return true })
	for f := range house(t).written(source, test, script) {
		var comments strings.Builder
		for _, group := range f.syntax.Comments {
			comments.WriteString(group.Text() + "\n")
		}
		texts[house(t).fset.Position(f.syntax.Pos()).Filename] = comments.String()
	}
	return texts
}

// testNames returns the tests of each package by the package's last element, and all under "".
func testNames(t *tree) map[string][]string {
	names := map[string][]string{}
	for f := range t.written(source, test, script) {
		for _, decl := range f.syntax.Decls {
			if fn, ok := decl.(*ast.FuncDecl); ok && fn.Recv == nil && claim.MatchString(fn.Name.Name) {
				pkg := path.Base(f.pkg.path)
				names[pkg] = append(names[pkg], fn.Name.Name)
				names[""] = append(names[""], fn.Name.Name)
			}
		}
	}
	return names
}

func TestClaimsBroken(t *testing.T) {
	t.Parallel()
	known := facts{
		tests: map[string][]string{"": {"TestA"}, "p": {"TestA"}}, settings: []string{"ENROLL_A_B"},
		targets: []string{"run"}, commands: []string{"fly"}, former: []string{"old_rows"},
		exists: func(file string) bool { return file == "docs/a.md" },
	}
	const good = "TestA p.TestA ENROLL_A_B ENROLL_A_B_FILE ENROLL_A_… `make run` `bin/enroll fly` docs/a.md docs/*.md " +
		"docs/0N… `rows`"
	if found := known.check("a.md", good+"\n| `old_rows` | a row of SECURITY.md |"); found != nil {
		t.Errorf("a text of true names: %v", found)
	}
	broken := map[string]string{
		"TestB": "test", "p.TestB": "test", "q.TestA": "test", "ENROLL_A": "setting", "`make walk`": "target",
		"`enroll swim --far`": "command",
		"(docs/b.md)":         "file", "`old_rows`": "table in use",
	}
	for _, text := range slices.Sorted(maps.Keys(broken)) {
		found := known.check("a.md", good+" "+text)
		if len(found) != 1 || !strings.HasSuffix(found[0], "no such "+broken[text]) {
			t.Errorf("%s: %v", text, found)
		}
	}
}
