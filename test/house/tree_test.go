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
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// listed is a package in the output of `go list -json`.
type listed struct {
	ImportPath, Dir           string
	DepOnly                   bool // a dependency, not matched by ./...
	GoFiles, IgnoredGoFiles   []string
	TestGoFiles, XTestGoFiles []string
	Imports                   []string
	ImportMap                 map[string]string
}

// tree is the product's module: its packages, how to find places in them, and the
// other texts of the repository by their names.
type tree struct {
	fset     *token.FileSet
	packages []*pkg
	texts    map[string][]byte
}

// pkg is one package of the module.
type pkg struct {
	path  string // relative to the module, "." for the one at the top
	files []*file
	types *types.Package // its source files only
	info  *types.Info
}

// kind is the part of a package that a file belongs to.
type kind int

const (
	source kind = iota // compiled into programs
	test               // *_test.go
	script             // excluded by a build constraint, such as a generator
)

// file is one Go file of the module.
type file struct {
	kind      kind
	generated bool
	text      []byte
	syntax    *ast.File
	pkg       *pkg
}

// list runs `go list` and returns the packages in ./... and their dependencies,
// each after its own dependencies. It uses no network: a module that is not in
// the module cache is an error.
func list(dir string) ([]listed, error) {
	cmd := exec.Command("go", "list", "-deps",
		"-json=ImportPath,Dir,DepOnly,GoFiles,IgnoredGoFiles,TestGoFiles,XTestGoFiles,Imports,ImportMap", "./...")
	cmd.Dir = dir
	// Without cgo every package is pure Go, which go/types can check from source.
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

// build parses and type-checks the module's packages. packages must be in the
// order of list. Of other modules it checks only directly imported packages, and
// of those only the declarations: that gives the type of each variable of the
// module in a quarter of the time. Type errors are ignored here, because the
// compiler reports them.
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
		parsed := &pkg{path: "."}
		if p.ImportPath != module {
			parsed.path = strings.TrimPrefix(p.ImportPath, module+"/")
		}
		if err := parsed.parse(t.fset, p, read); err != nil {
			return nil, err
		}
		parsed.check(t.fset, p, checked)
		if !p.DepOnly {
			t.packages = append(t.packages, parsed)
		}
	}
	return t, nil
}

// parse reads the files of a package, and for a dependency only its source.
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

// check type-checks the source files and adds the package to checked.
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

// textSuffixes are the endings of hand-written files with sentences in them,
// other than the module's Go files.
var textSuffixes = []string{
	".md", ".sql", ".yaml", ".yml", ".mk", "Makefile", "Dockerfile", ".sh", ".conf", ".service",
	".ts", ".mjs", ".js", ".py", ".java", ".html", ".css", "message/en.json", "message/zh-CN.json", ".go",
	".ci/run", ".ci/bare",
}

// readTexts reads the hand-written texts below root. It skips gen/, files and folders that begin
// with a dot except those of CI, the output of npm, `make build` and generators, and the released
// contract, which must not change.
func readTexts(root string, packages []*pkg) (map[string][]byte, error) {
	skipped := []string{
		"gen", "bin", "test/contract/released.yaml", "internal/pages/assets", "internal/swaggerui/assets",
		"test/page/failures",
	}
	texts := map[string][]byte{}
	err := filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		base := entry.Name()
		hidden := strings.HasPrefix(base, ".") && relative != "." && base != ".ci" && base != ".github"
		if hidden || base == "node_modules" || base == "testdata" || slices.Contains(skipped, relative) {
			if entry.IsDir() {
				return filepath.SkipDir
			}
			return nil
		}
		isText := slices.ContainsFunc(textSuffixes, func(s string) bool { return strings.HasSuffix(relative, s) })
		if entry.IsDir() || !isText || isPackageFile(packages, relative) {
			return nil
		}
		texts[relative], err = os.ReadFile(name)
		return err
	})
	return texts, err
}

// isPackageFile reports whether a Go file belongs to one of the packages, whose
// files are checked with their syntax. Other Go files are of other modules or
// need a build tag.
func isPackageFile(packages []*pkg, name string) bool {
	return strings.HasSuffix(name, ".go") &&
		slices.ContainsFunc(packages, func(p *pkg) bool { return p.path == filepath.Dir(name) })
}

type importer func(path string) (*types.Package, error)

func (i importer) Import(path string) (*types.Package, error) { return i(path) }

// name returns the name in the package clause, without the suffix "_test".
func (p *pkg) name() string {
	if len(p.files) == 0 {
		return ""
	}
	return strings.TrimSuffix(p.files[0].syntax.Name.Name, "_test")
}

// imports returns the paths that the package's source files import, sorted.
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

// written yields the files of the given kinds that are not generated.
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

// at formats a message after the file and line of a node.
func (t *tree) at(n ast.Node, format string, args ...any) string {
	place := t.fset.Position(n.Pos())
	return fmt.Sprintf("%s:%d: %s", place.Filename, place.Line, fmt.Sprintf(format, args...))
}
