package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const root = "../.."

// TestMutantsApply compares allMutants with the code and runs no mutant: each text occurs once at
// its place, the changed files compile if they are Go, the change is not empty, and the tests exist.
// Each `// check:` mark occurs once and has a mutant.
func TestMutantsApply(t *testing.T) {
	t.Parallel()
	tests := testsOf(t)
	known, err := findMarks(root)
	if err != nil {
		t.Fatal(err)
	}
	compiled, err := newCompiler(root)
	if err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{}
	seen := map[string]bool{}
	for _, m := range allMutants() {
		if seen[m.name] {
			t.Errorf("two mutants are called %q", m.name)
		}
		seen[m.name] = true
		changed, err := m.apply(root, known)
		if err != nil {
			t.Errorf("%s: %v", m.name, err)
		}
		if err := compiled.check(changed); err != nil {
			t.Errorf("%s: %v", m.name, err)
		}
		for _, e := range m.edits {
			if e.find == e.with {
				t.Errorf("%s changes nothing in %s", m.name, e.place)
			}
			used[e.place] = true
		}
		pattern, err := regexp.Compile(m.tests)
		if err != nil {
			t.Errorf("%s: %v", m.name, err)
		} else if !slices.ContainsFunc(tests[m.pkg], pattern.MatchString) {
			t.Errorf("%s: %s has no test that matches %s", m.name, m.pkg, m.tests)
		}
	}
	for name, file := range known {
		if !used[name] {
			t.Errorf("%s has the mark %q, and no mutant is there: write one, or remove the mark", file, mark+name)
		}
	}
	if len(seen) < 20 {
		t.Errorf("%d mutants, want at least 20", len(seen))
	}
}

// TestEveryIndexHasAMutant: each index that the migrations leave in the schema has a mutant without it.
func TestEveryIndexHasAMutant(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(root + "/schema/*.sql")
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(files) // the order of the migrations
	left := map[string]bool{}
	table := map[string]string{} // of each index
	statement := regexp.MustCompile(`(?m)^(CREATE INDEX|DROP INDEX|DROP TABLE) (?:CONCURRENTLY )?(?:IF EXISTS )?` +
		`([\w, ]+?)(?: ON (\w+)[^;]*)?;$`)
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range statement.FindAllStringSubmatch(string(text), -1) {
			switch found[1] {
			case "CREATE INDEX":
				left[found[2]], table[found[2]] = true, found[3]
			case "DROP INDEX":
				left[found[2]] = false
			case "DROP TABLE":
				for name := range left {
					left[name] = left[name] && !slices.Contains(strings.Split(found[2], ", "), table[name])
				}
			}
		}
	}
	mutants := map[string]bool{}
	for _, m := range ofIndexes {
		mutants[strings.TrimPrefix(m.name, "index: there is no ")] = true
	}
	for name, exists := range left {
		if exists != mutants[name] {
			t.Errorf("%s: it is in the schema: %t, and has a mutant: %t", name, exists, mutants[name])
		}
	}
	if len(left) < 20 {
		t.Errorf("%d indexes were found, want at least 20", len(left))
	}
}

// testsOf returns the names of tests and fuzz targets by the folder of their package.
func testsOf(t *testing.T) map[string][]string {
	t.Helper()
	all := map[string][]string{}
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		name := entry.Name()
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (name == "testdata" || strings.HasPrefix(name, ".") && path != root):
			return fs.SkipDir
		case entry.IsDir() || !strings.HasSuffix(name, "_test.go"):
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		folder, err := filepath.Rel(root, filepath.Dir(path))
		if err != nil {
			return err
		}
		for _, decl := range file.Decls {
			fn, ok := decl.(*ast.FuncDecl)
			if ok && fn.Recv == nil && (strings.HasPrefix(fn.Name.Name, "Test") || strings.HasPrefix(fn.Name.Name, "Fuzz")) {
				all[filepath.ToSlash(folder)] = append(all[filepath.ToSlash(folder)], fn.Name.Name)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}
