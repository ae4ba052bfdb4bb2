package main

import (
	"bytes"
	"strings"
	"testing"
)

// TestCompiler has each error of a mutant that is found without a run.
func TestCompiler(t *testing.T) {
	t.Parallel()
	dir := door(t)
	c, err := newCompiler(dir)
	if err != nil {
		t.Fatal(err)
	}
	known, err := findMarks(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range []struct {
		find, with string
		want       string // part of the error, "" for none
	}{
		{`key == "right" &&`, "true ||", ""},
		{`key == "right" &&`, "nothing ||", "undefined: nothing"},
		{`key == "right" &&`, "true {", "expected"},
		{"times >= 0", "true", ""},
		{"return times", "unused := times\n\treturn times", "declared and not used: unused"},
		{"// check: knock", "// another comment", "it changes no code in door/door.go"},
		{"times >= 0", "times  >=  0", "it changes no code in door/door.go"},
	} {
		changed, err := mutant{edits: in("door/door.go", m.find, m.with)}.apply(dir, known)
		if err != nil {
			t.Fatal(err)
		}
		err = c.check(changed)
		if m.want == "" && err != nil || m.want != "" && (err == nil || !strings.Contains(err.Error(), m.want)) {
			t.Errorf("%q: %v, want %q", m.with, err, m.want)
		}
	}
	if err := c.check(map[string][]byte{"door/window.go": nil}); err == nil {
		t.Error("a file that no package has: no error")
	}
	if err := c.check(map[string][]byte{"go.mod": nil}); err != nil {
		t.Errorf("a file that is not Go: %v", err)
	}
}

// TestCompileFlag: with -compile, a mutant that does not fit the code of the folder is reported as
// broken.
func TestCompileFlag(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	err := run(t.Context(), []string{"-compile", "-dir", door(t), "-run", "^captcha: not verified at login$"}, &out)
	if err == nil || !strings.Contains(out.String(), `no line has the mark "// check: captcha-at-login"`) ||
		!strings.Contains(out.String(), "1 mutants, 1 broken") {
		t.Errorf("%v\n%s", err, out.String())
	}
}
