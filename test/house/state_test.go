package house

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"
)

// immutable lists types of other modules that hold no state although their
// variables are pointers or interfaces.
var immutable = []string{
	"*encoding/base32.Encoding",
	"*encoding/base64.Encoding",
	"*github.com/prometheus/client_golang/prometheus.Desc",
	"*golang.org/x/net/idna.Profile",
	"*golang.org/x/text/secure/precis.Profile",
	"*html/template.Template",
	"*regexp.Regexp",
	"*strings.Replacer",
	"*text/template.Template",
	"*time.Location",
	"*unicode.RangeTable",
	"golang.org/x/text/language.Matcher",
	"reflect.Type",
}

// checkState finds package-level variables that hold state, in two ways. By type:
// a channel, or a pointer or interface that is neither an error nor listed as
// immutable. By use, also of another package's variable: an assignment to it or to
// a part of it, its address taken, or a call of a method with a pointer receiver.
// It does not see a change through a copy of a map or a slice.
func checkState(t *tree) (offenses []string) {
	for f := range t.written(source) {
		for _, decl := range f.syntax.Decls {
			if group, ok := decl.(*ast.GenDecl); ok && group.Tok == token.VAR {
				offenses = append(offenses, t.stateful(f, group)...)
			}
		}
		ast.Inspect(f.syntax, func(n ast.Node) bool {
			for _, target := range f.pkg.written(n) {
				if name := f.pkg.variable(target); name != nil {
					offenses = append(offenses,
						t.at(n, "the package-level variable %s is written or its address is taken", name.Name()))
				}
			}
			return true
		})
	}
	return offenses
}

// stateful returns the variables of a declaration whose type holds state.
func (t *tree) stateful(f *file, group *ast.GenDecl) (offenses []string) {
	for _, spec := range group.Specs {
		for _, id := range spec.(*ast.ValueSpec).Names {
			object := f.pkg.info.Defs[id]
			if id.Name == "_" || object == nil || !holdsState(object.Type()) {
				continue
			}
			offenses = append(offenses, t.at(id, "the package-level variable %s of type %s can change", id.Name, object.Type()))
		}
	}
	return offenses
}

func holdsState(typ types.Type) bool {
	switch typ.Underlying().(type) {
	case *types.Chan:
		return true
	case *types.Pointer, *types.Interface:
		isError := types.Universe.Lookup("error").Type().Underlying().(*types.Interface)
		return !types.Implements(typ, isError) && !slices.Contains(immutable, types.TypeString(typ, nil))
	}
	return false
}

// written returns the expressions that a node writes to or takes the address of.
func (p *pkg) written(n ast.Node) []ast.Expr {
	switch n := n.(type) {
	case *ast.AssignStmt:
		if n.Tok != token.DEFINE {
			return n.Lhs
		}
	case *ast.IncDecStmt:
		return []ast.Expr{n.X}
	case *ast.RangeStmt:
		if n.Tok == token.ASSIGN {
			return []ast.Expr{n.Key, n.Value}
		}
	case *ast.UnaryExpr:
		if n.Op == token.AND {
			return []ast.Expr{n.X}
		}
	case *ast.CallExpr:
		if id, ok := n.Fun.(*ast.Ident); ok && len(n.Args) > 0 && strings.Contains(" clear copy delete ", " "+id.Name+" ") {
			return n.Args[:1]
		}
	case *ast.SelectorExpr:
		// x.Lock() on a value x means (&x).Lock().
		method := p.info.Selections[n]
		if method == nil || method.Kind() != types.MethodVal {
			return nil
		}
		_, onPointer := method.Obj().(*types.Func).Signature().Recv().Type().(*types.Pointer)
		_, isPointer := method.Recv().Underlying().(*types.Pointer)
		if onPointer && !isPointer {
			return []ast.Expr{n.X}
		}
	}
	return nil
}

// variable returns the package-level variable that an expression denotes or
// denotes a part of, and nil if there is none.
func (p *pkg) variable(expr ast.Expr) *types.Var {
	switch x := expr.(type) {
	case *ast.Ident:
		found, ok := p.info.Uses[x].(*types.Var)
		if ok && found.Pkg() != nil && found.Parent() == found.Pkg().Scope() {
			return found
		}
	case *ast.ParenExpr:
		return p.variable(x.X)
	case *ast.StarExpr:
		return p.variable(x.X)
	case *ast.IndexExpr:
		return p.variable(x.X)
	case *ast.SliceExpr:
		return p.variable(x.X)
	case *ast.SelectorExpr:
		if found := p.variable(x.Sel); found != nil {
			return found // otherpackage.Variable
		}
		return p.variable(x.X)
	}
	return nil
}
