package house

import (
	"fmt"
	"go/ast"
	"go/types"
	"slices"
	"strings"
)

// permits reports whether a list of mayImport or confined has a package.
func permits(list []string, path string) bool {
	if slices.Contains(list, "!"+path) {
		return false
	}
	return slices.ContainsFunc(list, func(entry string) bool {
		prefix, all := strings.CutSuffix(entry, "*")
		return entry == path || all && strings.HasPrefix(path, prefix)
	})
}

// inModule returns the path of a package of the module relative to it.
func inModule(path string) (relative string, ok bool) {
	if path == module {
		return ".", true
	}
	return strings.CutPrefix(path, module+"/")
}

func checkImports(t *tree) (offenses []string) {
	for _, p := range t.packages {
		for _, path := range p.imports() {
			if relative, ok := inModule(path); ok && !permits(mayImport[p.path], relative) {
				offenses = append(offenses, fmt.Sprintf("%s may not import %s", p.path, relative))
			}
		}
	}
	return offenses
}

func checkConfined(t *tree) (offenses []string) {
	for _, p := range t.packages {
		for _, path := range p.imports() {
			for prefix, owners := range confined {
				if strings.HasPrefix(path, prefix) && !slices.Contains(owners, p.path) {
					offenses = append(offenses, fmt.Sprintf("%s may not import %s: that is for %s only",
						p.path, path, strings.Join(owners, ", ")))
				}
			}
		}
	}
	return offenses
}

func checkWorlds(t *tree) (offenses []string) {
	for _, p := range t.packages {
		paths := p.imports()
		for _, api := range []string{"gen/api", "gen/admin"} {
			if slices.Contains(paths, module+"/"+api) && slices.Contains(paths, module+"/gen/db") {
				offenses = append(offenses, p.path+" imports both "+api+" and gen/db")
			}
		}
	}
	return offenses
}

// checkEnvironment allows programs and the packages under test/ to read the
// environment. No package may write it.
func checkEnvironment(t *tree) (offenses []string) {
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
				offenses = append(offenses, t.at(n, "%s may not use %s.%s", f.pkg.path, from, id.Name))
			}
			return true
		})
	}
	return offenses
}

func checkInit(t *tree) (offenses []string) {
	for f := range t.written(source, test, script) {
		for _, decl := range f.syntax.Decls {
			if fn, ok := decl.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
				offenses = append(offenses, t.at(fn, "init runs on import, without a caller"))
			}
		}
	}
	return offenses
}

// checkEmbedded finds structs that embed a configuration. One configuration may
// embed another.
func checkEmbedded(t *tree) (offenses []string) {
	for f := range t.written(source) {
		ast.Inspect(f.syntax, func(n ast.Node) bool {
			spec, ok := n.(*ast.TypeSpec)
			if !ok {
				return true
			}
			typ := f.pkg.info.Defs[spec.Name].Type()
			if fields, ok := typ.Underlying().(*types.Struct); ok && !configuration(typ) {
				for field := range fields.Fields() {
					if field.Embedded() && configuration(field.Type()) {
						name := types.TypeString(field.Type(), (*types.Package).Name)
						offenses = append(offenses, t.at(spec, "%s embeds %s", spec.Name, name))
					}
				}
			}
			return true
		})
	}
	return offenses
}

// configuration reports whether the name of a type, or of the type that it points to, says that it is a configuration.
func configuration(typ types.Type) bool {
	if pointer, ok := typ.(*types.Pointer); ok {
		typ = pointer.Elem()
	}
	named, ok := typ.(*types.Named)
	if !ok {
		return false
	}
	name := strings.ToLower(named.Obj().Name())
	return strings.HasSuffix(name, "config") || strings.HasSuffix(name, "settings") || strings.HasSuffix(name, "options")
}
