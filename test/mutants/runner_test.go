package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// door writes a small checkout with one check and returns its folder. One test of the
// check works, one always fails and one tests nothing.
func door(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"go.mod": "module example.com/door\n\ngo 1.26\n",
		"door/door.go": "package door\n\nfunc Open(key string) bool { return key == \"right\" && key != \"\" }\n\n" +
			"func Knock(times int) bool {\n\t// check: knock\n\treturn times >= 0\n}\n\n" +
			"func Shut(key string) bool {\n\treturn key == \"right\" // check: shut\n}\n",
		"door/door_test.go": `package door

import "testing"

func TestOpen(t *testing.T) {
	if Open("wrong") || !Open("right") || Knock(-1) || Shut("wrong") {
		t.Error("the check does not work")
	}
}

func TestBroken(t *testing.T) { t.Error("it fails anyway") }

func TestHelpless(t *testing.T) {}
`,
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestRunner has each result that a mutant can have: a runner that reports every mutant
// as killed would be worse than none.
func TestRunner(t *testing.T) {
	t.Parallel()
	dir := door(t)
	r, err := newRunner(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.close)
	const check = `key == "right" &&`
	change := func(name, find, with, tests string) mutant {
		return mutant{name: name, edits: in("door/door.go", find, with), pkg: "door", tests: tests}
	}
	marked := func(name, mark, find string) mutant {
		return mutant{name: name, edits: in(mark, find, "true"), pkg: "door", tests: "^TestOpen$"}
	}
	for _, c := range []struct {
		mutant mutant
		want   string
	}{
		{change("killed", check, "true ||", "^TestOpen$"), "killed    killed: by TestOpen"},
		{change("survivor", check, "true ||", "^TestHelpless$"), "SURVIVED  survivor: ^TestHelpless$ of door do not fail"},
		{marked("killed by a mark", "knock", "times >= 0"), "killed    killed by a mark: by TestOpen"},
		{marked("killed by its line", "shut", `key == "right"`), "killed    killed by its line: by TestOpen"},
		{marked("no mark", "slam", check), `BROKEN    no mark: no line has the mark "// check: slam"`},
		{marked("another line", "knock", "key"), `BROKEN    another line: knock has "key" 0 times`},
		{change("malformed", check, "nothing", "^TestOpen$"), "BROKEN    malformed: it does not compile"},
		{change("outdated", `key == "left"`, "true", "^TestOpen$"), "BROKEN    outdated: door/door.go has"},
		{change("failing test", check, "true ||", "^TestBroken$"), "without a mutant, TestBroken of door fails"},
		{change("no test", check, "true ||", "^TestNone$"), "door has no test that matches (^TestNone$)"},
	} {
		var out bytes.Buffer
		err := r.all(t.Context(), []mutant{c.mutant}, &out)
		if (err == nil) != strings.HasPrefix(c.mutant.name, "killed") {
			t.Errorf("%s: %v", c.mutant.name, err)
		}
		said := out.String()
		if err != nil {
			said += err.Error()
		}
		if !strings.Contains(said, c.want) {
			t.Errorf("%s does not say %q:\n%s", c.mutant.name, c.want, said)
		}
	}
	if text, err := os.ReadFile(filepath.Join(dir, "door", "door.go")); err != nil ||
		!strings.Contains(string(text), check) {
		t.Errorf("the checkout was changed: %s, %v", text, err)
	}
}

func TestRunRefuses(t *testing.T) {
	t.Parallel()
	for want, args := range map[string][]string{
		"no mutant has such a name": {"-run", "^$"},
		"error parsing regexp":      {"-run", "("},
		"not the top of a checkout": {"-dir", t.TempDir()},
	} {
		if err := run(t.Context(), args, new(bytes.Buffer)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v does not say %q", args, err, want)
		}
	}
	var out bytes.Buffer
	if err := run(t.Context(), []string{"-list"}, &out); err != nil ||
		strings.Count(out.String(), "\n") != 2*len(allMutants()) {
		t.Errorf("-list: %v, %s", err, out.String())
	}
}

// TestDoubledMark: a mark that occurs twice is an error, because it names no single line.
func TestDoubledMark(t *testing.T) {
	t.Parallel()
	dir := door(t)
	copied, err := os.ReadFile(filepath.Join(dir, "door", "door.go"))
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "door", "copy.go"), copied, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	want := `the mark "// check: knock" is in door/copy.go and in door/door.go`
	if _, err := newRunner(dir); err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}
