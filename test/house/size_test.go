package house

import (
	"bytes"
	"go/ast"
	"slices"
	"strings"
)

func checkFileSizes(t *tree) (offences []string) {
	for f := range t.written(source, test, script) {
		limit := maxFileLines
		if f.kind == test {
			limit = maxTestFileLines
		}
		if f.lines() > limit {
			offences = append(offences, t.at(f.syntax, "the file has %d lines, more than %d", f.lines(), limit))
		}
	}
	return offences
}

func checkFuncSizes(t *tree) (offences []string) {
	for f := range t.written(source, test, script) {
		for _, decl := range f.syntax.Decls {
			if fn, ok := decl.(*ast.FuncDecl); ok && t.height(fn) > maxFuncLines {
				offences = append(offences, t.at(fn, "%s has %d lines, more than %d", fn.Name.Name, t.height(fn), maxFuncLines))
			}
		}
	}
	return offences
}

// figures describe the hand-written code. Lengths are in lines.
type figures struct {
	files, funcs            []int // of the source
	source, comments, tests int
	parallel                int
	serial                  []string // tests that are not parallel
}

func (t *tree) figures() figures {
	var f figures
	for file := range t.written(source) {
		f.files = append(f.files, file.lines())
		f.source += file.lines()
		f.comments += t.commentLines(file)
		for _, decl := range file.syntax.Decls {
			if fn, ok := decl.(*ast.FuncDecl); ok {
				f.funcs = append(f.funcs, t.height(fn))
			}
		}
	}
	for file := range t.written(test) {
		f.tests += file.lines()
	}
	f.parallel, f.serial = t.parallel()
	return f
}

// commentLines counts the lines that are comment and nothing else.
func (t *tree) commentLines(f *file) (count int) {
	lines := bytes.Split(f.text, []byte("\n"))
	for _, group := range f.syntax.Comments {
		for _, comment := range group.List {
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

// share is part/whole, and 0 of nothing.
func share(part, whole int) float64 { return float64(part) / float64(max(whole, 1)) }
