package house

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// recipe describes the files with which the steps of a recipe in docs/change.md are compared.
type recipe struct {
	// example matches the names of a change that the code already has.
	example *regexp.Regexp
	in      []string // where the example is looked for; empty is the whole repository
}

// recipes has the recipes of docs/change.md whose files can be compared with those of an example.
var recipes = map[string]recipe{
	"A field":      {example: regexp.MustCompile(`first_?name|FirstName`)},
	"A reason":     {example: regexp.MustCompile(`code_exhausted|CodeExhausted`)},
	"A setting":    {example: regexp.MustCompile(`ENROLL_INVITE_LIMIT|InviteLimit\b`)},
	"An operation": {example: regexp.MustCompile(`[cC]onfirmEmail|confirm_email`)},
	"An operation with a method by hand": {
		example: regexp.MustCompile(`[vV]erifyEmail|verify_email`),
		in:      []string{"tools/sdk"},
	},
	"An SMS provider": {example: regexp.MustCompile(`[tT]encent|TENCENT`)},
	"A migration":     {example: regexp.MustCompile(`users_disabled_idx`)},
}

// beside lists what a recipe need not name: generated files, documents, the pages, which need not show a
// field, and tests, since tests fail until the change is whole.
var beside = []string{
	"gen/", "docs/", "internal/pages/", "CHANGELOG.md", "README.md", "test/", "bin/", "node_modules/", ".",
}

// step matches a file or folder that a recipe names in backquotes.
var step = regexp.MustCompile("`([a-z]+/[a-zA-Z0-9/._-]*|openapi(?:-admin)?\\.yaml)`")

// TestRecipes follows each recipe: the files that it lists are those in which its example
// stands.
func TestRecipes(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/change.md")
	if err != nil {
		t.Fatal(err)
	}
	for name, r := range recipes {
		_, text, found := strings.Cut(string(page), "- **"+name+"**")
		if !found {
			t.Errorf("docs/change.md has no recipe for %q", name)
			continue
		}
		text, _, _ = strings.Cut(text, "\n- **")
		var listed []string
		for _, m := range step.FindAllStringSubmatch(text, -1) {
			listed = append(listed, m[1])
		}
		in := filesWith(t, r)
		for _, file := range in {
			if !slices.ContainsFunc(listed, func(l string) bool { return covers(l, file) }) {
				t.Errorf("the recipe for %q does not list %s", name, file)
			}
		}
		for _, l := range listed {
			if !isBeside(l) && !slices.ContainsFunc(in, func(file string) bool { return covers(l, file) }) {
				t.Errorf("the recipe for %q lists %s, where its example does not stand", name, l)
			}
		}
	}
}

// covers reports whether a listed name is a file, or a folder that has it.
func covers(listed, file string) bool {
	return listed == file || strings.HasSuffix(listed, "/") && strings.HasPrefix(file, listed)
}

// isBeside reports whether a recipe need not list a file or folder.
func isBeside(name string) bool {
	return strings.HasSuffix(name, "_test.go") || strings.Contains(name, "node_modules") ||
		slices.ContainsFunc(beside, func(b string) bool { return strings.HasPrefix(name, b) })
}

// filesWith returns the files in which the example of a recipe stands, except those that beside lists.
func filesWith(t *testing.T, r recipe) (found []string) {
	t.Helper()
	const root = "../.."
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || path == root {
			return err
		}
		name, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		name = filepath.ToSlash(name)
		switch {
		case entry.IsDir() && isBeside(name+"/"):
			return filepath.SkipDir
		case entry.IsDir() || isBeside(name) || !entry.Type().IsRegular() || !within(name, r.in):
			return nil
		}
		text, err := os.ReadFile(path)
		if err == nil && r.example.Match(text) {
			found = append(found, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// within reports whether a file is one of those listed, or in a folder that is. An empty list has all files.
func within(name string, listed []string) bool {
	return len(listed) == 0 || slices.ContainsFunc(listed, func(l string) bool {
		return name == l || strings.HasPrefix(name, l+"/")
	})
}
