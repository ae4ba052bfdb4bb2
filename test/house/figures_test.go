package house

import (
	"bytes"
	"fmt"
	"go/ast"
	"io"
	"strings"
	"testing"
)

// TestFigures prints the sizes of this checkout beside their goals: `make figures`. It never fails:
// one more file could move a median over its goal, so medians are only reported.
func TestFigures(t *testing.T) {
	t.Parallel()
	seen := house(t)
	seen.printSizes(t.Output())
	seen.printPackages(t.Output())
}

// The goals that are printed and not enforced.
const (
	goalFileMedian   = 120  // lines
	goalFuncP90      = 40   // lines
	goalPackageLines = 1500 // of a product package
)

func (t *tree) printSizes(w io.Writer) {
	f := t.figures()
	row := func(name string, met bool, goal, format string, args ...any) {
		fmt.Fprintf(w, "%-28s %-26s %-22s %s\n", name, fmt.Sprintf(format, args...), goal,
			map[bool]string{true: "met", false: "not met"}[met])
	}
	atMost := func(name string, value, goal int, unit string) {
		row(name, value <= goal, fmt.Sprintf("at most %d", goal), "%d %s", value, unit)
	}
	atMost("file, median", percentile(f.files, 50), goalFileMedian, "lines")
	atMost("file, longest", percentile(f.files, 100), maxFileLines, "lines")
	atMost("function, 90th percentile", percentile(f.funcs, 90), goalFuncP90, "lines")
	atMost("function, longest", percentile(f.funcs, 100), maxFuncLines, "lines")
	row("comments in product code", share(f.comments, f.source) >= minCommentShare, "at least 20 %",
		"%.1f %% of %d lines", 100*share(f.comments, f.source), f.source)
	atMost("Go and SQL lines too long", t.countLong(".go", ".sql"), 0, fmt.Sprintf("over %d", maxColumns))
	atMost("Markdown lines too long", t.countLong(".md"), 0, fmt.Sprintf("over %d", maxMarkdownColumns))
	atMost("exported names undocumented", len(checkExported(t)), 0, "")
	vaguePerMille := 1000 * share(f.vague, f.allComments)
	row("who, whoever, nobody, …", vaguePerMille <= maxVague, fmt.Sprintf("at most %d in 1,000", maxVague),
		"%.1f in 1,000 comments", vaguePerMille)
	atMost("README.md", len(bytes.Fields(t.texts["README.md"])), maxReadmeWords, "words")
	atMost("Makefile", bytes.Count(t.texts["Makefile"], []byte("\n")), maxMakefileLines, "lines")
	all := f.parallel + len(f.serial)
	row("parallel tests", share(f.parallel, all) >= minParallelShare, "at least 95 %", "%d of %d", f.parallel, all)
	for _, name := range f.serial {
		fmt.Fprintln(w, "    not parallel:", name)
	}
	fmt.Fprintf(w, "%-28s %.2f lines for each line of product code\n", "tests", share(f.tests, f.source))
}

// printPackages prints one row for each package with hand-written code. A star
// marks what misses its goal.
func (t *tree) printPackages(w io.Writer) {
	long := map[string]int{}
	for _, f := range findLongLines(t) {
		long[f.where]++
	}
	mark := func(missed bool) string { return map[bool]string{true: "*", false: " "}[missed] }
	fmt.Fprintf(w, "\n%-28s %7s  %9s  %13s  %5s\n", "package", "lines", "comments", "who in 1,000", "long")
	for _, p := range t.prose() {
		product, comments := isProduct(p.path), share(p.comments, p.lines)
		perMille := 1000 * share(p.vague, p.allComments)
		fmt.Fprintf(w, "%-28s %7d%s %7.1f %%%s %12.1f%s %5d%s\n", p.path,
			p.lines, mark(product && p.lines > goalPackageLines),
			100*comments, mark(product && p.lines > 0 && comments < minCommentShare),
			perMille, mark(perMille > maxVague), long[p.path], mark(long[p.path] > 0))
	}
}

// countLong counts the lines that are too long in files with these endings.
func (t *tree) countLong(endings ...string) (count int) {
	for _, f := range findLongLines(t) {
		name, _, _ := strings.Cut(f.text, ":")
		for _, ending := range endings {
			if strings.HasSuffix(name, ending) {
				count++
			}
		}
	}
	return count
}

// figures describe the hand-written code. Lengths are in lines. files, funcs,
// source and comments are of product packages.
type figures struct {
	files, funcs            []int
	source, comments, tests int
	allComments, vague      int
	parallel                int
	serial                  []string // tests that are not parallel
}

func (t *tree) figures() figures {
	var f figures
	for file := range t.written(source) {
		if !isProduct(file.pkg.path) {
			continue
		}
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
	for _, p := range t.prose() {
		f.allComments += p.allComments
		f.vague += p.vague
	}
	f.parallel, f.serial = t.parallel()
	return f
}
