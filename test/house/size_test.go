package house

import (
	"bytes"
	"go/ast"
	"slices"
	"strings"
)

func checkFileSizes(t *tree) (offenses []string) {
	for f := range t.written(source, test, script) {
		limit := maxFileLines
		if f.kind == test {
			limit = maxTestFileLines
		}
		if f.lines() > limit {
			offenses = append(offenses, t.at(f.syntax, "the file has %d lines, more than %d", f.lines(), limit))
		}
	}
	return offenses
}

func checkFuncSizes(t *tree) (offenses []string) {
	for f := range t.written(source, test, script) {
		for _, decl := range f.syntax.Decls {
			if fn, ok := decl.(*ast.FuncDecl); ok && t.height(fn) > maxFuncLines {
				offenses = append(offenses, t.at(fn, "%s has %d lines, more than %d", fn.Name.Name, t.height(fn), maxFuncLines))
			}
		}
	}
	return offenses
}

// commentLines counts the lines that hold a comment and no code. A mark of test/mutants does not
// help a reader and does not count.
func (t *tree) commentLines(f *file) (count int) {
	lines := bytes.Split(f.text, []byte("\n"))
	for _, group := range f.syntax.Comments {
		for _, comment := range group.List {
			if strings.HasPrefix(comment.Text, "// check: ") {
				continue
			}
			at := t.fset.Position(comment.Pos())
			if strings.TrimSpace(string(lines[at.Line-1][:at.Column-1])) == "" {
				count += t.height(comment)
			}
		}
	}
	return count
}

// percentile returns the smallest element that p percent of all do not exceed.
func percentile(of []int, p int) int {
	if len(of) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(of))
	return sorted[max((len(sorted)*p+99)/100, 1)-1]
}

// share is part/whole, and 0 if whole is 0.
func share(part, whole int) float64 { return float64(part) / float64(max(whole, 1)) }
