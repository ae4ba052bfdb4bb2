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

// kinds are names that say what sort of code a package holds and not what it
// is about; everything and nothing belongs into a package of such a name.
var kinds = []string{
	"base", "common", "core", "helper", "helpers", "lib", "misc", "mock", "mocks", "model", "models", "service", "services",
	"shared", "store", "type", "types", "util", "utils",
}

// marks finds comments that put something off. They are spelt in two halves
// so that a search for them finds none here.
var marks = regexp.MustCompile(`\b(TO` + `DO|FIX` + `ME|XX` + `X|HA` + `CK)\b`)

func checkPackageDoc(t *tree) (offences []string) {
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
			offences = append(offences, fmt.Sprintf("%s has %d package comments and needs one, in one file", p.path, len(docs)))
		case !strings.HasPrefix(strings.Join(strings.Fields(docs[0]), " "), want):
			offences = append(offences, fmt.Sprintf("the comment of %s does not begin with %q", p.path, want))
		}
	}
	return offences
}

func checkExported(t *tree) (offences []string) {
	for f := range t.written(source) {
		for _, decl := range f.syntax.Decls {
			for _, id := range undocumented(decl) {
				offences = append(offences, t.at(id, "%s is exported without a comment", id.Name))
			}
		}
	}
	return offences
}

// undocumented returns the exported names of a declaration that no comment
// speaks of. A comment on a group of constants or variables speaks of each.
// Methods count where their type is exported.
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

// receiver is the name of the type that a method belongs to.
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

func checkNames(t *tree) (offences []string) {
	for _, p := range t.packages {
		// Folders of SDKs have the names of their languages.
		if p.path == "." || strings.HasSuffix(p.path, "sdk/go") {
			continue
		}
		for _, name := range slices.Compact([]string{path.Base(p.path), p.name()}) {
			if slices.Contains(kinds, name) || token.IsKeyword(name) || strings.ToLower(name) != name || strings.Contains(name, "_") {
				offences = append(offences, fmt.Sprintf("%s: %q is no name for a package", p.path, name))
			}
		}
	}
	return offences
}

func checkMarks(t *tree) (offences []string) {
	for f := range t.written(source, test, script) {
		for _, group := range f.syntax.Comments {
			for _, comment := range group.List {
				if mark := marks.FindString(comment.Text); mark != "" {
					offences = append(offences, t.at(comment, "%s", mark))
				}
			}
		}
	}
	return offences
}
