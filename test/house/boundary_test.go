package house

import (
	"fmt"
	"go/ast"
	"slices"
	"strings"
)

// permits tells whether a list of mayImport has a package.
func permits(list []string, path string) bool {
	if slices.Contains(list, "!"+path) {
		return false
	}
	return slices.ContainsFunc(list, func(entry string) bool {
		prefix, all := strings.CutSuffix(entry, "*")
		return entry == path || all && strings.HasPrefix(path, prefix)
	})
}

// ours returns a path of our module relative to it.
func ours(path string) (relative string, ok bool) {
	if path == module {
		return ".", true
	}
	return strings.CutPrefix(path, module+"/")
}

func checkImports(t *tree) (offences []string) {
	for _, p := range t.packages {
		for _, path := range p.imports() {
			if relative, ok := ours(path); ok && !permits(mayImport[p.path], relative) {
				offences = append(offences, fmt.Sprintf("%s may not import %s", p.path, relative))
			}
		}
	}
	return offences
}

func checkConfined(t *tree) (offences []string) {
	for _, p := range t.packages {
		for _, path := range p.imports() {
			for prefix, owners := range confined {
				if strings.HasPrefix(path, prefix) && !slices.Contains(owners, p.path) {
					offences = append(offences, fmt.Sprintf("%s may not import %s: that is for %s only",
						p.path, path, strings.Join(owners, ", ")))
				}
			}
		}
	}
	return offences
}

func checkWorlds(t *tree) (offences []string) {
	for _, p := range t.packages {
		paths := p.imports()
		if slices.Contains(paths, module+"/gen/api") && slices.Contains(paths, module+"/gen/db") {
			offences = append(offences, p.path+" imports both gen/api and gen/db")
		}
	}
	return offences
}

// checkEnvironment lets programs and the packages under test/ read the environment.
// No package may write it.
func checkEnvironment(t *tree) (offences []string) {
	reads := []string{"Getenv", "LookupEnv", "Environ", "ExpandEnv"}
	writes := []string{"Setenv", "Unsetenv", "Clearenv"}
	for f := range t.written(source) {
		forbidden := slices.Concat(reads, writes)
		if strings.HasPrefix(f.pkg.path, "cmd/") || strings.HasPrefix(f.pkg.path, "test/") {
			forbidden = writes
		}
		ast.Inspect(f.syntax, func(n ast.Node) bool {
			id, ok := n.(*ast.Ident)
			if !ok {
				return true
			}
			used := f.pkg.info.Uses[id]
			if used == nil || used.Pkg() == nil || !slices.Contains(forbidden, id.Name) {
				return true
			}
			if from := used.Pkg().Path(); from == "os" || from == "syscall" {
				offences = append(offences, t.at(n, "%s may not use %s.%s", f.pkg.path, from, id.Name))
			}
			return true
		})
	}
	return offences
}

func checkInit(t *tree) (offences []string) {
	for f := range t.written(source, test, script) {
		for _, decl := range f.syntax.Decls {
			if fn, ok := decl.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
				offences = append(offences, t.at(fn, "init runs unasked"))
			}
		}
	}
	return offences
}
