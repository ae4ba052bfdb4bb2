package house

import (
	"fmt"
	"go/ast"
	"slices"
	"strings"
)

func checkParallel(t *tree) []string {
	parallel, serial := t.parallel()
	if all := parallel + len(serial); all == 0 || share(parallel, all) >= minParallelShare {
		return nil
	}
	return append(serial,
		fmt.Sprintf("these %d of %d tests do not begin with t.Parallel()", len(serial), parallel+len(serial)))
}

// parallel counts the tests, and the functions passed to t.Run, whose first
// statement is t.Parallel(). serial has the places of the others. There is no
// comment that exempts a test: serial tests are bounded by their share only.
func (t *tree) parallel() (parallel int, serial []string) {
	count := func(n ast.Node, signature *ast.FuncType, body *ast.BlockStmt, name string) {
		if tester := parameter(signature, "T"); tester == "" {
			return
		} else if len(body.List) > 0 && isCall(body.List[0], tester, "Parallel") {
			parallel++
		} else {
			serial = append(serial, t.at(n, "%s", name))
		}
	}
	for f := range t.written(test) {
		for _, decl := range f.syntax.Decls {
			fn, ok := decl.(*ast.FuncDecl)
			if !ok || fn.Body == nil {
				continue
			}
			if fn.Recv == nil && strings.HasPrefix(fn.Name.Name, "Test") {
				count(fn, fn.Type, fn.Body, fn.Name.Name)
			}
			ast.Inspect(fn, func(n ast.Node) bool {
				call, ok := n.(*ast.CallExpr)
				if ok && method(call) == "Run" && len(call.Args) == 2 {
					if run, ok := call.Args[1].(*ast.FuncLit); ok {
						count(run, run.Type, run.Body, fn.Name.Name+"/…")
					}
				}
				return true
			})
		}
	}
	return parallel, serial
}

// parameter returns the name of a function's only parameter if its type is *p.typ for any package p, such as
// *testing.T for "T", and "" otherwise.
func parameter(signature *ast.FuncType, typ string) string {
	list := signature.Params.List
	if len(list) != 1 || len(list[0].Names) != 1 {
		return ""
	}
	pointer, _ := list[0].Type.(*ast.StarExpr)
	if pointer == nil {
		return ""
	}
	if selector, ok := pointer.X.(*ast.SelectorExpr); !ok || selector.Sel.Name != typ {
		return ""
	}
	return list[0].Names[0].Name
}

// method returns the name of the called method or of another package's called
// function, and "" for other calls.
func method(call *ast.CallExpr) string {
	if selector, ok := call.Fun.(*ast.SelectorExpr); ok {
		return selector.Sel.Name
	}
	return ""
}

// isCall reports whether a statement or an expression is receiver.name(…).
func isCall(n ast.Node, receiver, name string) bool {
	if statement, ok := n.(*ast.ExprStmt); ok {
		n = statement.X
	}
	call, ok := n.(*ast.CallExpr)
	if !ok || method(call) != name {
		return false
	}
	id, ok := call.Fun.(*ast.SelectorExpr).X.(*ast.Ident)
	return ok && id.Name == receiver
}

// checkSleep exempts files that import testing/synctest: time in its bubbles is
// simulated, so a sleep takes no real time and its end does not depend on load.
func checkSleep(t *tree) (offenses []string) {
	for f := range t.written(test) {
		isSynctest := func(i *ast.ImportSpec) bool { return i.Path.Value == `"testing/synctest"` }
		if slices.ContainsFunc(f.syntax.Imports, isSynctest) {
			continue
		}
		ast.Inspect(f.syntax, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok && isCall(call, "time", "Sleep") {
				offenses = append(offenses, t.at(n, "the test sleeps"))
			}
			return true
		})
	}
	return offenses
}

func checkSkips(t *tree) (offenses []string) {
	testers := []string{"t", "b", "f", "tb"}
	for f := range t.written(test) {
		ast.Inspect(f.syntax, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || !slices.ContainsFunc(testers, func(tester string) bool {
				return isCall(call, tester, "SkipNow") || isCall(call, tester, "Skip") && len(call.Args) == 0
			}) {
				return true
			}
			offenses = append(offenses, t.at(call, "the test is skipped without a reason"))
			return true
		})
		for _, decl := range f.syntax.Decls {
			if fn, ok := decl.(*ast.FuncDecl); ok && looks(fn) && !strings.Contains(reasons(fn), notInstalled) {
				offenses = append(offenses, t.at(fn, "the test looks for a program: say %q in the skip, by which .ci/run fails",
					notInstalled))
			}
		}
	}
	return offenses
}

// notInstalled is in the reason of a skip for want of a program. Where all programs are installed, .ci/run fails if a
// test says it.
const notInstalled = " is not installed"

// looks reports whether a function looks for a program in PATH and skips a test.
func looks(fn *ast.FuncDecl) bool {
	looks, skips := false, false
	ast.Inspect(fn, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok {
			looks = looks || isCall(call, "exec", "LookPath")
			skips = skips || slices.Contains([]string{"Skip", "Skipf"}, method(call))
		}
		return true
	})
	return looks && skips
}

// reasons returns the reasons of the skips in a function.
func reasons(fn *ast.FuncDecl) string {
	var all strings.Builder
	ast.Inspect(fn, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if ok && slices.Contains([]string{"Skip", "Skipf"}, method(call)) && len(call.Args) > 0 {
			if reason, ok := call.Args[0].(*ast.BasicLit); ok {
				all.WriteString(reason.Value)
			}
		}
		return true
	})
	return all.String()
}
