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
		"go.mod":       "module example.com/door\n\ngo 1.26\n",
		"door/door.go": "package door\n\nfunc Open(key string) bool { return key == \"right\" && key != \"\" }\n",
		"door/door_test.go": `package door

import "testing"

func TestOpen(t *testing.T) {
	if Open("wrong") || !Open("right") {
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
	const check = `key == "right"`
	change := func(name, find, with, tests string) mutant {
		return mutant{name: name, edits: in("door/door.go", find, with), pkg: "door", tests: tests}
	}
	for _, c := range []struct {
		mutant mutant
		want   string
	}{
		{change("killed", check, "true", "^TestOpen$"), "killed    killed: by TestOpen"},
		{change("survivor", check, "true", "^TestHelpless$"), "SURVIVED  survivor: ^TestHelpless$ of door do not fail"},
		{change("malformed", check, "nothing", "^TestOpen$"), "BROKEN    malformed: it does not compile"},
		{change("outdated", `key == "left"`, "true", "^TestOpen$"), "BROKEN    outdated: door/door.go has"},
		{change("failing test", check, "true", "^TestBroken$"), "without a mutant, TestBroken of door fails"},
		{change("no test", check, "true", "^TestNone$"), "door has no test that matches (^TestNone$)"},
	} {
		var out bytes.Buffer
		err := r.all(t.Context(), []mutant{c.mutant}, &out)
		if (err == nil) != (c.mutant.name == "killed") {
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
