package house

import (
	"go/ast"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// claim finds the name of a test, with its package in front if it has one.
var claim = regexp.MustCompile(`([a-z][a-z0-9]*\.)?\b((?:Test|Fuzz|Benchmark)[A-Z]\w*)`)

// TestClaims fails if a document names a test that does not exist, so that a promise cannot outlive
// the test that shows it. "account.TestReplay" must be a test of package account; a name without a
// package may be of any.
func TestClaims(t *testing.T) {
	t.Parallel()
	known := testNames(house(t))
	for name, text := range documents(t) {
		for _, found := range claim.FindAllStringSubmatch(text, -1) {
			if !slices.Contains(known[strings.TrimSuffix(found[1], ".")], found[2]) {
				t.Errorf("%s names %s, and there is no such test", name, found[0])
			}
		}
	}
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
