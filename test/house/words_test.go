package house

import (
	"fmt"
	"go/ast"
	"go/token"
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
