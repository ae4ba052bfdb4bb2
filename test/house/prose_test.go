package house

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/token"
	"regexp"
	"strings"
	"unicode/utf8"
)

// riddles finds phrases that readers of this code had to read twice. A noun says
// the same at once: "a request that …", "the operator's own …". Between words
// may stand the end of a line and the marks that begin the next one.
var riddles = func() *regexp.Regexp {
	phrases := []string{"whoever", "whatever", "of ours", "is told", "are told", "nobody's", "who has", "lets who"}
	return regexp.MustCompile(`(?i)\b(` + strings.ReplaceAll(strings.Join(phrases, "|"), " ", `[\s#*/-]+`) + `)\b`)
}()

// mayRiddle lists the lines that may hold such a phrase: a piece of the line, and
// the reason.
var mayRiddle = map[string]string{
	`phrases := []string{"whoever"`: "the list itself",
	`who|whoever|nobody|whatever`:   "the pattern of vague pronouns",
	`"who, whoever, nobody, …"`:     "their row among the figures",
	`a.go:3: \"Whoever\"`:           "a fixture that breaks the rule",
	`a_test.go:2: \"is told\"`:      "a fixture that breaks the rule",
}

// vague finds the pronouns of which comments should have few. The projects that
// this code learned from have one in 0 to 2 of 1,000 comment lines. Behind a quotation mark the word
// is a name: the system account "nobody".
var vague = regexp.MustCompile(`(?i)(?:^|[^"\pL])(who|whoever|nobody|whatever)\b`)

// Bounds of prose. Columns are code points, and a tab is one, as golangci-lint's
// lll counts. maxVague is reported and not enforced: at times the pronoun is the
// right word.
const (
	maxColumns         = 120
	maxMarkdownColumns = 100
	minCommentShare    = 0.20
	maxVague           = 3 // in 1,000 comment lines
)

// finding is an offense of a package or, beside the Go packages, of a file.
type finding struct{ where, text string }

// texts returns the texts of findings.
func texts(all []finding) (offenses []string) {
	for _, f := range all {
		offenses = append(offenses, f.text)
	}
	return offenses
}

func checkPlainWords(t *tree) []string   { return texts(findRiddles(t)) }
func checkLineLength(t *tree) []string   { return texts(findLongLines(t)) }
func checkCommentShare(t *tree) []string { return texts(findBareCode(t)) }

// findRiddles looks into the comments and string literals of hand-written Go
// files, and into every other text.
func findRiddles(t *tree) (found []finding) {
	look := func(where, file string, line int, text, whole string) {
		for _, at := range riddles.FindAllStringIndex(text, -1) {
			number := line + strings.Count(text[:at[0]], "\n")
			if !mayHold(strings.Split(whole, "\n")[number-1]) {
				found = append(found, finding{where, fmt.Sprintf("%s:%d: %q", file, number, text[at[0]:at[1]])})
			}
		}
	}
	for f := range t.written(source, test, script) {
		name := t.fset.Position(f.syntax.Pos()).Filename
		for _, group := range f.syntax.Comments {
			from, to := t.fset.Position(group.Pos()), t.fset.Position(group.End())
			look(f.pkg.path, name, from.Line, string(f.text[from.Offset:to.Offset]), string(f.text))
		}
		ast.Inspect(f.syntax, func(n ast.Node) bool {
			if literal, ok := n.(*ast.BasicLit); ok && literal.Kind == token.STRING {
				look(f.pkg.path, name, t.fset.Position(literal.Pos()).Line, literal.Value, string(f.text))
			}
			return true
		})
	}
	for name, text := range t.texts {
		look(name, name, 1, string(text), string(text))
	}
	return found
}

func mayHold(line string) bool {
	for allowed := range mayRiddle {
		if strings.Contains(line, allowed) {
			return true
		}
	}
	return false
}

// tagged finds the tag of a struct's field, which is one literal and must stand on
// the field's line.
var tagged = regexp.MustCompile("(?m)`[a-z]+:\".*`$")

// findLongLines looks at hand-written Go, at SQL and at Markdown. It leaves out what cannot be
// wrapped: the tags of struct fields and, of Markdown, what proseOf empties.
func findLongLines(t *tree) (found []finding) {
	look := func(where, file string, text []byte, limit int) {
		for i, line := range bytes.Split(text, []byte("\n")) {
			if n := utf8.RuneCount(line); n > limit {
				found = append(found, finding{where, fmt.Sprintf("%s:%d: %d columns, more than %d", file, i+1, n, limit)})
			}
		}
	}
	for f := range t.written(source, test, script) {
		look(f.pkg.path, t.fset.Position(f.syntax.Pos()).Filename, tagged.ReplaceAll(f.text, nil), maxColumns)
	}
	// Tables that this project's generators write beside the code are checked, too.
	for _, p := range t.packages {
		for _, f := range p.files {
			if name := t.fset.Position(f.syntax.Pos()).Filename; strings.HasSuffix(name, "_table.go") {
				look(p.path, name, f.text, maxColumns)
			}
		}
	}
	for name, text := range t.texts {
		switch {
		case strings.HasSuffix(name, ".sql"), strings.HasSuffix(name, ".go"):
			look(name, name, text, maxColumns)
		case strings.HasSuffix(name, ".md"):
			look(name, name, proseOf(text), maxMarkdownColumns)
		}
	}
	return found
}

// proseOf empties the lines of Markdown that cannot be wrapped: code, rows of
// tables, and lines without a blank to break at.
func proseOf(markdown []byte) []byte {
	lines, fenced := bytes.Split(markdown, []byte("\n")), false
	for i, line := range lines {
		text := bytes.TrimSpace(line)
		fence := bytes.HasPrefix(text, []byte("```"))
		if fence {
			fenced = !fenced
		}
		if fenced || fence || bytes.HasPrefix(line, []byte("    ")) || bytes.HasPrefix(text, []byte("|")) ||
			len(bytes.Fields(bytes.TrimLeft(text, "-*#> "))) < 2 {
			lines[i] = nil
		}
	}
	return bytes.Join(lines, []byte("\n"))
}

// isProduct reports whether a package is part of the program. A generator of tables is
// not.
func isProduct(path string) bool {
	return strings.HasPrefix(path, "internal/") && !strings.HasSuffix(path, "/gen") || path == "cmd/enroll"
}

// findBareCode finds product packages with fewer comments than wanted.
func findBareCode(t *tree) (found []finding) {
	for _, w := range t.prose() {
		if isProduct(w.path) && w.lines > 0 && share(w.comments, w.lines) < minCommentShare {
			found = append(found, finding{w.path, fmt.Sprintf("%s: %.1f %% of %d lines are comments, less than %.0f %%",
				w.path, 100*share(w.comments, w.lines), w.lines, 100*minCommentShare)})
		}
	}
	return found
}

// prose counts, for each package with hand-written files, lines and comment lines
// of its source, and of source and tests the comment lines and the vague ones.
func (t *tree) prose() (all []packageProse) {
	for _, p := range t.packages {
		w := packageProse{path: p.path}
		for _, f := range p.files {
			if f.generated {
				continue
			}
			comments := t.commentLines(f)
			if f.kind == source {
				w.lines += f.lines()
				w.comments += comments
			}
			w.allComments += comments
			w.vague += t.vagueLines(f)
		}
		if w.allComments > 0 || w.lines > 0 {
			all = append(all, w)
		}
	}
	return all
}

type packageProse struct {
	path                                string
	lines, comments, allComments, vague int
}

// vagueLines counts the comment lines that hold a vague pronoun.
func (t *tree) vagueLines(f *file) (count int) {
	for _, group := range f.syntax.Comments {
		for _, comment := range group.List {
			for line := range strings.Lines(comment.Text) {
				if vague.MatchString(line) {
					count++
				}
			}
		}
	}
	return count
}
