package house

import (
	"fmt"
	"go/ast"
	"go/token"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
)

// kinds are names for a kind of code instead of a subject. Any code would fit
// into a package with such a name, so the name excludes nothing.
var kinds = []string{
	"base", "common", "core", "helper", "helpers", "lib", "misc", "mock", "mocks", "model", "models", "service",
	"services", "shared", "store", "type", "types", "util", "utils",
}

// marks finds comments that postpone work. They are spelled in two halves so that
// a search for them does not find this line.
var marks = regexp.MustCompile(`\b(TO` + `DO|FIX` + `ME|XX` + `X|HA` + `CK)\b`)

func checkPackageDoc(t *tree) (offenses []string) {
	for _, p := range t.packages {
		var docs []string
		var sources int
		for _, f := range p.files {
			if f.kind == source && !strings.HasPrefix(p.path, "gen/") {
				sources++
				if text := f.syntax.Doc.Text(); text != "" {
					docs = append(docs, text)
				}
			}
		}
		want := "Package " + p.name() + " "
		if p.name() == "main" {
			want = "Command " + path.Base(p.path) + " "
		}
		switch {
		case sources == 0:
		case len(docs) != 1:
			offenses = append(offenses, fmt.Sprintf("%s has %d package comments and needs one, in one file", p.path, len(docs)))
		case !strings.HasPrefix(strings.Join(strings.Fields(docs[0]), " "), want):
			offenses = append(offenses, fmt.Sprintf("the comment of %s does not begin with %q", p.path, want))
		}
	}
	return offenses
}

func checkExported(t *tree) (offenses []string) {
	for f := range t.written(source) {
		for _, decl := range f.syntax.Decls {
			for _, id := range undocumented(decl) {
				offenses = append(offenses, t.at(id, "%s is exported without a comment", id.Name))
			}
		}
	}
	return offenses
}

// undocumented returns the exported names of a declaration that have no comment.
// A comment on a group of constants or variables documents each of them. Methods
// count if their type is exported.
func undocumented(decl ast.Decl) (names []*ast.Ident) {
	switch decl := decl.(type) {
	case *ast.FuncDecl:
		if decl.Doc == nil && (decl.Recv == nil || ast.IsExported(receiver(decl))) {
			names = append(names, decl.Name)
		}
	case *ast.GenDecl:
		for _, spec := range decl.Specs {
			switch spec := spec.(type) {
			case *ast.TypeSpec:
				if spec.Doc == nil && (decl.Doc == nil || decl.Lparen.IsValid()) {
					names = append(names, spec.Name)
				}
			case *ast.ValueSpec:
				if spec.Doc == nil && spec.Comment == nil && decl.Doc == nil {
					names = append(names, spec.Names...)
				}
			}
		}
	}
	return slices.DeleteFunc(names, func(id *ast.Ident) bool { return !id.IsExported() })
}

// receiver returns the name of a method's type.
func receiver(method *ast.FuncDecl) string {
	name := ""
	ast.Inspect(method.Recv.List[0].Type, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && name == "" {
			name = id.Name
		}
		return name == ""
	})
	return name
}

func checkNames(t *tree) (offenses []string) {
	for _, p := range t.packages {
		// The folder of an SDK is named after its language, and "go" is a keyword.
		if p.path == "." || strings.HasSuffix(p.path, "sdk/go") {
			continue
		}
		for _, name := range slices.Compact([]string{path.Base(p.path), p.name()}) {
			if slices.Contains(kinds, name) || token.IsKeyword(name) || strings.ToLower(name) != name ||
				strings.Contains(name, "_") {
				offenses = append(offenses, fmt.Sprintf("%s: %q is not a good package name", p.path, name))
			}
		}
	}
	return offenses
}

func checkMarks(t *tree) (offenses []string) {
	for f := range t.written(source, test, script) {
		for _, group := range f.syntax.Comments {
			for _, comment := range group.List {
				if mark := marks.FindString(comment.Text); mark != "" {
					offenses = append(offenses, t.at(comment, "%s", mark))
				}
			}
		}
	}
	return offenses
}

// banned has words that no name in the code may have as a part, and the field's own
// word for each. "stage" is the environment of tests against a running service.
var banned = map[string]string{
	"fault":  "error, failure or refusal",
	"judge":  "check, compare or verify",
	"lab":    "environment",
	"papers": "documents",
	"purse":  "budget",
	"stage":  "testbed or environment",
	"weigh":  "compare",
}

// excused lists the packages that may say a banned word.
var excused = map[string][]string{
	"fault": {"test/chaos"}, // the field's own word for what is injected
	"stage": {
		"test/chaos", "test/contract", "test/docs", "test/generators", "test/page", "test/sdk", "test/stage",
		"tools/sdk/java", // Java's CompletionStage
	},
}

// mayName reports whether a file or package at a path may say a banned word.
func mayName(path, word string) bool {
	return slices.ContainsFunc(excused[word], func(dir string) bool {
		return path == dir || strings.HasPrefix(path, dir+"/")
	})
}

// hasWord matches names that have a banned word, as the first group or the second.
var hasWord = func() *regexp.Regexp {
	words := slices.Sorted(maps.Keys(banned))
	var titles []string
	for _, word := range words {
		titles = append(titles, strings.ToUpper(word[:1])+word[1:])
	}
	first, later := strings.Join(words, "|"), strings.Join(titles, "|")
	return regexp.MustCompile(`(?:^(` + first + `)|(` + later + `))[ds]?(?:[^a-z]|$)`)
}()

// anyWord matches a name, or a word of prose.
var anyWord = regexp.MustCompile(`[A-Za-z_]+`)

func checkIdentifiers(t *tree) (offenses []string) {
	for f := range t.written(source, test, script) {
		seen := map[string]bool{}
		ast.Inspect(f.syntax, func(n ast.Node) bool {
			name, ok := n.(*ast.Ident)
			if !ok || seen[name.Name] {
				return true
			}
			seen[name.Name] = true
			found := hasWord.FindStringSubmatch(name.Name)
			if found == nil {
				return true
			}
			if word := strings.ToLower(found[1] + found[2]); !mayName(f.pkg.path, word) {
				offenses = append(offenses, t.at(name, "%s: the house says %s", name.Name, banned[word]))
			}
			return true
		})
	}
	for name, text := range t.texts {
		if !slices.Contains([]string{".java", ".mjs", ".py", ".ts"}, path.Ext(name)) {
			continue
		}
		for i, line := range strings.Split(string(text), "\n") {
			for _, said := range anyWord.FindAllString(line, -1) { // of comments and strings, too
				found := hasWord.FindStringSubmatch(said)
				if found == nil {
					continue
				}
				if word := strings.ToLower(found[1] + found[2]); !mayName(name, word) {
					offenses = append(offenses, fmt.Sprintf("%s:%d: %s: the house says %s", name, i+1, said, banned[word]))
				}
			}
		}
	}
	return offenses
}
