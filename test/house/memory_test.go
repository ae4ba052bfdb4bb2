package house

import (
	"go/ast"
	"strings"
	"testing"
)

// memory has each map and each channel that a product package keeps in a struct, or as a type of its own. The value
// is the first cell of its row in SECURITY.md, What an outsider can grow, or, after an exclamation mark, why no
// request adds an element to it.
var memory = map[string]string{
	"address.Addresses.background":             "codes that are sent after the answer",
	"admission.Job.element":                    "hashes in memory",
	"admission.Job.slot":                       "hashes in memory",
	"admission.classQueue.waiting":             "hashes in memory",
	"asset.Site.Files":                         "!read at the start",
	"asset.Site.Headers":                       "!read at the start",
	"asset.Site.Redirects":                     "!read at the start",
	"avatar.Maker.slots":                       "uploads that are decoded",
	"awsrole.Keys.running":                     "!closed once, one attempt at a time",
	"breach.Checker.running":                   "passwords that are looked up as breached",
	"captcha.gate.room":                        "pictures and sounds in memory",
	"captcha.gate.slots":                       "pictures and sounds in memory",
	"contract.Contract.operations":             "!read at the start",
	"contract.Contract.status":                 "!read at the start",
	"contract.Operation.reasons":               "!read at the start",
	"code.moneyMetrics.keys":                   "!read at the start, one for each budget of money",
	"code.seats":                               "!one for each second connection of the pool",
	"command.line":                             "!of a command, one line of its output",
	"command.texts":                            "!of a command",
	"contract.validated.object":                "!one body, of 1,024 members at most",
	"devpg.process.exited":                     "!closed once, and not in a release",
	"event.line.busy":                          "!eight requests for each receiver that the operator has set",
	"extra.Schema.slots":                       "data in extra that is checked against its schema",
	"extra.effort.known":                       "!of a schema at the start",
	"extra.effort.open":                        "!of a schema at the start",
	"health.Readiness.keys":                    "!closed once",
	"health.Readiness.looking":                 "!one look at a time",
	"hook.Denied.messages":                     "!one answer, of 32 messages at most",
	"hook.Hook.running":                        "registrations that the hook is asked about",
	"identifier.domains":                       "!read at the start",
	"identifier.vocabulary.office":             "!read at the start",
	"identifier.vocabulary.technical":          "!read at the start",
	"identifier.vocabulary.title":              "!read at the start",
	"limit.table.arrival":                      "rates in memory",
	"listener.Doors.quiet":                     "!its keys are the messages of the source",
	"message.Texts.by":                         "!read at the start",
	"mail.SMTP.connections":                    "connections to the mail server",
	"notice.soon.workers":                      "notices that are sent after the answer",
	"price.Table.prices":                       "!read at the start",
	"receipt.Config.Senders":                   "!read at the start",
	"receipt.handler.words":                    "!100 words of providers at most",
	"server.origins":                           "!read at the start",
	"server.server.sites":                      "!read at the start",
	"settings.Config.texts":                    "!read at the start",
	"smscount.Counter.counts":                  "messages that are counted",
	"token.Signer.keys":                        "!read at the start",
	"trace.environment":                        "!read at the start",
	"transfer/source/mysqldump.Reader.columns": "!of a command, the two tables of its file",
	"transfer/source/mysqldump.Reader.owner":   "!of a command, the two tables of its file",
	"transfer/source.anqicmsDump.read":         "!of a command, the two tables of its file",
	"transfer/source.columns":                  "!of a command, the columns of its file",
	"transfer.claims.kept":                     "!of a command, for 1,000 rows",
	"transfer.claims.owners":                   "!of a command, for 1,000 rows",
	"transfer.claims.users":                    "!of a command, for 1,000 rows",
	"transfer/source.kratosUser.Credentials":   "!of a command, one user",
	"transfer/source.kratosUser.Traits":        "!of a command, one user",
	"transfer.plan.before":                     "!of a command, for 1,000 rows",
	"transfer.run.groups":                      "!of a command, as many as the groups",
	"transfer.seen.verified":                   "!of a dry run, six for each row of its file",
	"trace.target.headers":                     "!read at the start",
	"wording.Words.files":                      "!read at the start",
	"wording.Words.ids":                        "!read at the start",
}

// TestMemory fails unless memory has each structure in which requests could pile up.
func TestMemory(t *testing.T) {
	t.Parallel()
	_, section, _ := strings.Cut(documents(t)["SECURITY.md"], "## What an outsider can grow")
	section, _, _ = strings.Cut(section, "\n## ")
	found := map[string]bool{}
	for f := range house(t).written(source) {
		if strings.HasPrefix(f.pkg.path, "internal/") {
			for _, name := range piles(f.syntax) {
				found[strings.TrimPrefix(f.pkg.path, "internal/")+"."+name] = true
			}
		}
	}
	for name := range found {
		row, listed := memory[name]
		switch {
		case !listed:
			t.Errorf("%s can grow: say in SECURITY.md what bounds it, and name its row in memory", name)
		case strings.HasPrefix(row, "!"):
		case growthOffence(strings.ReplaceAll(section, "| "+row+" |", "| `"+row+"` |"), row) != "":
			t.Errorf("SECURITY.md, What an outsider can grow: %s, the row of %s, is missing or not whole", row, name)
		}
	}
	for name := range memory {
		if !found[name] {
			t.Errorf("%s is neither a map nor a channel: remove it from memory", name)
		}
	}
}

// piles returns the fields and types of a file that hold any number of elements: maps, channels, and the lists and
// caches of other packages. Slices are left out: those of a request end with it, and the others are read once.
func piles(f *ast.File) (names []string) {
	ast.Inspect(f, func(n ast.Node) bool {
		spec, ok := n.(*ast.TypeSpec)
		if !ok {
			return true
		}
		if piled(spec.Type) {
			names = append(names, spec.Name.Name)
		}
		if fields, ok := spec.Type.(*ast.StructType); ok {
			for _, field := range fields.Fields.List {
				for _, name := range field.Names {
					if piled(field.Type) {
						names = append(names, spec.Name.Name+"."+name.Name)
					}
				}
			}
		}
		return true
	})
	return names
}

// piled reports whether a type holds any number of elements, or waits for any number of goroutines.
func piled(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.MapType, *ast.ChanType:
		return true
	case *ast.StarExpr:
		return piled(e.X)
	case *ast.IndexExpr: // a generic type, such as atomic.Pointer[map[string]bool]
		return piled(e.X) || piled(e.Index)
	case *ast.IndexListExpr:
		return piled(e.X)
	case *ast.SelectorExpr:
		of, ok := e.X.(*ast.Ident)
		return ok && (of.Name == "list" || of.Name == "lru" ||
			of.Name == "sync" && (e.Sel.Name == "Map" || e.Sel.Name == "WaitGroup"))
	}
	return false
}
