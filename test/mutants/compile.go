package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/printer"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// compiler type-checks the packages that mutants change, against the export data of the packages
// that they import. That takes milliseconds for a mutant, and a build takes seconds. A package
// that imports a changed one is not checked.
type compiler struct {
	fset     *token.FileSet
	importer types.Importer
	files    map[string][]string  // the compiled files of each folder, both relative to the module
	parsed   map[string]*ast.File // the files without a mutant, by their names
	root     string
}

// newCompiler builds the packages of a checkout. It returns an error if one does not compile.
func newCompiler(root string) (*compiler, error) {
	// Absolute, as go list prints folders.
	root, err := filepath.Abs(root)
	if err != nil {
		return nil, err
	}
	cmd := exec.Command("go", "list", "-export", "-deps", "-json=ImportPath,Export,Dir,GoFiles,DepOnly", "./...")
	cmd.Dir = root
	out, err := cmd.Output()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		return nil, fmt.Errorf("go list: %w\n%s", err, exit.Stderr)
	} else if err != nil {
		return nil, err
	}
	c := &compiler{fset: token.NewFileSet(), files: map[string][]string{}, parsed: map[string]*ast.File{}, root: root}
	exports := map[string]string{}
	for decoder := json.NewDecoder(bytes.NewReader(out)); ; {
		var p struct {
			ImportPath, Export, Dir string
			GoFiles                 []string
			DepOnly                 bool
		}
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, err
		}
		exports[p.ImportPath] = p.Export
		if p.DepOnly {
			continue
		}
		folder, err := filepath.Rel(root, p.Dir)
		if err != nil {
			return nil, err
		}
		folder = filepath.ToSlash(folder)
		for _, name := range p.GoFiles {
			c.files[folder] = append(c.files[folder], path.Join(folder, name))
		}
	}
	c.importer = importer.ForCompiler(c.fset, "gc", func(path string) (io.ReadCloser, error) {
		return os.Open(exports[path])
	})
	return c, nil
}

// check returns an error if one of the changed files does not compile in its package, or differs
// from the file of the checkout in comments and white space only. Files that are not Go are not
// checked.
func (c *compiler) check(changed map[string][]byte) error {
	parsed := map[string]*ast.File{}
	folders := map[string]bool{}
	for name, text := range changed {
		if !strings.HasSuffix(name, ".go") {
			continue
		}
		if !slices.Contains(c.files[path.Dir(name)], name) {
			return fmt.Errorf("%s is in no package", name)
		}
		file, err := parser.ParseFile(c.fset, name, text, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		before, err := c.parse(name)
		if err != nil {
			return err
		}
		if code(file) == code(before) {
			return fmt.Errorf("it changes no code in %s", name)
		}
		parsed[name], folders[path.Dir(name)] = file, true
	}
	for folder := range folders {
		if err := c.checkFolder(folder, parsed); err != nil {
			return err
		}
	}
	return nil
}

// checkFolder type-checks the package of a folder, with the changed files instead of its own.
func (c *compiler) checkFolder(folder string, changed map[string]*ast.File) error {
	var files []*ast.File
	for _, name := range c.files[folder] {
		file := changed[name]
		if file == nil {
			var err error
			if file, err = c.parse(name); err != nil {
				return err
			}
		}
		files = append(files, file)
	}
	config := types.Config{Importer: c.importer}
	_, err := config.Check(folder, c.fset, files, nil)
	return err
}

// parse returns a file of the checkout. It is read once.
func (c *compiler) parse(name string) (*ast.File, error) {
	if c.parsed[name] == nil {
		full := filepath.Join(c.root, filepath.FromSlash(name))
		file, err := parser.ParseFile(c.fset, full, nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		c.parsed[name] = file
	}
	return c.parsed[name], nil
}

// code returns the text of a file that was parsed without comments. Its white space follows from the
// syntax alone.
func code(file *ast.File) string {
	var text bytes.Buffer
	_ = printer.Fprint(&text, token.NewFileSet(), file) // a buffer takes all writes
	return text.String()
}
