package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// mark begins a mark, which names the check of its line, or of the next one if it stands
// alone. It is a comment, so that code can move without a change of the table.
const mark = "// check: "

var markLine = regexp.MustCompile(`(?m)` + mark + `(\S+)$`)

// marks has the file of each mark, relative to the module.
type marks map[string]string

// unmarked are the folders that hold no code of the product.
var unmarked = []string{"docs", "gen", "test", "tools"}

// findMarks reads the marks of the product. It returns an error if two lines have one mark.
func findMarks(root string) (marks, error) {
	found := marks{}
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		name := filepath.Base(path)
		switch {
		case err != nil:
			return err
		case entry.IsDir() && path != root && (strings.HasPrefix(name, ".") || slices.Contains(unmarked, name)):
			return fs.SkipDir
		case entry.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go"):
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		file, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		file = filepath.ToSlash(file)
		for _, m := range markLine.FindAllStringSubmatch(string(text), -1) {
			if other := found[m[1]]; other != "" {
				return fmt.Errorf("the mark %q is in %s and in %s", m[0], other, file)
			}
			found[m[1]] = file
		}
		return nil
	})
	return found, err
}
