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
	also    []string // files of the steps besides those of the product
}

// recipes has the recipes of docs/change.md whose files can be compared with those of an example.
var recipes = map[string]recipe{
	"A field":   {example: regexp.MustCompile(`real_?name|RealName`)},
	"A reason":  {example: regexp.MustCompile(`code_exhausted|CodeExhausted`)},
	"A setting": {example: regexp.MustCompile(`ENROLL_INVITE_LIMIT|InviteLimit\b`)},
	"An operation": {
		example: regexp.MustCompile(`[cC]onfirmEmail|confirm_email`),
		also: []string{"tools/sdk/go", "tools/sdk/python/enroll", "tools/sdk/typescript/src", "tools/sdk/java/src/main",
			"test/scenarios.json"},
	},
}

// beside lists files that are generated, and the sign-up page, which need not show a field.
var beside = []string{"docs/settings.md", "docs/errors.md", "internal/pages/"}

// step matches a file or folder that a recipe names in backquotes.
var step = regexp.MustCompile("`([a-z]+/[a-zA-Z0-9/._-]*|openapi\\.yaml)`")

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
			isBeside := slices.ContainsFunc(beside, func(b string) bool { return strings.HasPrefix(l, b) })
			if !isBeside && !slices.ContainsFunc(in, func(file string) bool { return covers(l, file) }) {
				t.Errorf("the recipe for %q lists %s, where its example does not stand", name, l)
			}
		}
	}
}

// covers reports whether a listed name is a file, or a folder that has it.
func covers(listed, file string) bool {
	return listed == file || strings.HasSuffix(listed, "/") && strings.HasPrefix(file, listed)
}

// filesWith returns the files of the product and of its clients, but for tests, that the
// example of a recipe stands in.
func filesWith(t *testing.T, r recipe) (found []string) {
	t.Helper()
	for _, top := range append([]string{"openapi.yaml", "schema", "queries", "internal", "cmd/enroll"}, r.also...) {
		err := filepath.WalkDir(filepath.Join("../..", top), func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || strings.HasSuffix(path, "_test.go") {
				return err
			}
			name, err := filepath.Rel("../..", path)
			if err != nil {
				return err
			}
			name = filepath.ToSlash(name)
			text, err := os.ReadFile(path)
			if err == nil && r.example.Match(text) &&
				!slices.ContainsFunc(beside, func(b string) bool { return strings.HasPrefix(name, b) }) {
				found = append(found, name)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return found
}
