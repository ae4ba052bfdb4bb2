package house

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// listed is what `go list -json` says of a package.
type listed struct {
	ImportPath, Dir           string
	DepOnly                   bool // a dependency, not matched by ./...
	GoFiles, IgnoredGoFiles   []string
	TestGoFiles, XTestGoFiles []string
	Imports                   []string
	ImportMap                 map[string]string
}

// tree is the product's module: its packages and how to find places in them.
type tree struct {
	fset     *token.FileSet
	packages []*pkg
}

// pkg is one package of ours.
type pkg struct {
	path  string // relative to the module, "." for the one at the top
	files []*file
	types *types.Package // its source files only
	info  *types.Info
}

// kind tells what a file is part of.
type kind int

const (
	source kind = iota // the package that others import
	test               // its tests
	script             // neither: excluded by a build constraint, run by hand
)

// file is one Go file of ours.
type file struct {
	kind      kind
	generated bool
	text      []byte
	syntax    *ast.File
	pkg       *pkg
}

// list asks the go command for the packages in ./... and all they import. It
// needs no network: a module that is not on this machine is an error.
func list(dir string) ([]listed, error) {
	cmd := exec.Command("go", "list", "-deps",
		"-json=ImportPath,Dir,DepOnly,GoFiles,IgnoredGoFiles,TestGoFiles,XTestGoFiles,Imports,ImportMap", "./...")
	cmd.Dir = dir
	// Without cgo every package is pure Go and can be checked from source.
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOPROXY=off")
	out, err := cmd.Output()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		return nil, fmt.Errorf("go list: %w\n%s", err, exit.Stderr)
	} else if err != nil {
		return nil, err
	}
	var packages []listed
	for decoder := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			return packages, nil
		} else if err != nil {
			return nil, err
		}
		packages = append(packages, p)
	}
}

// build parses and type-checks our packages; dependencies come before their
// importers. Of all others it checks only those that ours import, and of those
// only the declarations: enough to know the type of each variable of ours at
// a quarter of the time. What stays unknown is not an error here, since the
// compiler sees it anyway.
func build(packages []listed, read func(string) ([]byte, error)) (*tree, error) {
	t := &tree{fset: token.NewFileSet()}
	imported := map[string]bool{}
	for _, p := range packages {
		if !p.DepOnly {
			for _, path := range p.Imports {
				imported[path] = true
			}
		}
	}
	checked := map[string]*types.Package{"unsafe": types.Unsafe}
	for _, p := range packages {
		if p.DepOnly && !imported[p.ImportPath] {
			continue
		}
		ours := &pkg{path: "."}
		if p.ImportPath != module {
			ours.path = strings.TrimPrefix(p.ImportPath, module+"/")
		}
		if err := ours.parse(t.fset, p, read); err != nil {
			return nil, err
		}
		ours.check(t.fset, p, checked)
		if !p.DepOnly {
			t.packages = append(t.packages, ours)
		}
	}
	return t, nil
}

// parse reads the files of a package; of a dependency only its source.
func (p *pkg) parse(fset *token.FileSet, from listed, read func(string) ([]byte, error)) error {
	mode := parser.SkipObjectResolution
	names := map[kind][]string{source: from.GoFiles}
	if !from.DepOnly {
		mode |= parser.ParseComments
		names[test] = slices.Concat(from.TestGoFiles, from.XTestGoFiles)
		names[script] = from.IgnoredGoFiles
	}
	for _, kind := range []kind{source, test, script} {
		for _, name := range names[kind] {
			text, err := read(filepath.Join(from.Dir, name))
			if err != nil {
				return err
			}
			shown := filepath.Join(p.path, name)
			syntax, err := parser.ParseFile(fset, shown, text, mode)
			if err != nil {
				return err
			}
			generated := strings.HasPrefix(p.path, "gen/") || ast.IsGenerated(syntax)
			p.files = append(p.files, &file{kind, generated, text, syntax, p})
		}
	}
	return nil
}

// check type-checks the source files and adds the package to those checked.
func (p *pkg) check(fset *token.FileSet, from listed, checked map[string]*types.Package) {
	var files []*ast.File
	for _, f := range p.files {
		if f.kind == source {
			files = append(files, f.syntax)
		}
	}
	p.info = &types.Info{
		Uses:       map[*ast.Ident]types.Object{},
		Defs:       map[*ast.Ident]types.Object{},
		Selections: map[*ast.SelectorExpr]*types.Selection{},
	}
	config := types.Config{
		IgnoreFuncBodies: from.DepOnly,
		FakeImportC:      true,
		Error:            func(error) {},
		Importer: importer(func(path string) (*types.Package, error) {
			if mapped, ok := from.ImportMap[path]; ok {
				path = mapped
			}
			if found := checked[path]; found != nil {
				return found, nil
			}
			return nil, fmt.Errorf("%s was not checked", path)
		}),
	}
	p.types, _ = config.Check(from.ImportPath, fset, files, p.info)
	checked[from.ImportPath] = p.types
}

type importer func(path string) (*types.Package, error)

func (i importer) Import(path string) (*types.Package, error) { return i(path) }

// name is the package's name as its clause says, without a test's suffix.
func (p *pkg) name() string {
	if len(p.files) == 0 {
		return ""
	}
	return strings.TrimSuffix(p.files[0].syntax.Name.Name, "_test")
}

// imports returns what the package's source files import.
func (p *pkg) imports() []string {
	var paths []string
	for _, f := range p.files {
		if f.kind == source {
			for _, spec := range f.syntax.Imports {
				path, _ := strconv.Unquote(spec.Path.Value) // the parser has checked it
				paths = append(paths, path)
			}
		}
	}
	slices.Sort(paths)
	return slices.Compact(paths)
}

// written yields the files of the given kinds that people write.
func (t *tree) written(kinds ...kind) func(yield func(*file) bool) {
	return func(yield func(*file) bool) {
		for _, p := range t.packages {
			for _, f := range p.files {
				if !f.generated && slices.Contains(kinds, f.kind) && !yield(f) {
					return
				}
			}
		}
	}
}

// lines is the number of lines of the file.
func (f *file) lines() int { return bytes.Count(f.text, []byte("\n")) }

// height is the number of lines from the first of a node to its last.
func (t *tree) height(n ast.Node) int {
	return t.fset.Position(n.End()).Line - t.fset.Position(n.Pos()).Line + 1
}

// at puts the place of a node in front of what is wrong there.
func (t *tree) at(n ast.Node, format string, args ...any) string {
	place := t.fset.Position(n.Pos())
	return fmt.Sprintf("%s:%d: %s", place.Filename, place.Line, fmt.Sprintf(format, args...))
}
