package house

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	// counting finds a file that counts in the table budgets.
	counting = regexp.MustCompile(`\bCountUseParams\{|\bbudget\{`)
	// scopeOf finds the scopes of such a file: the values of its constants, and those in its statements.
	scopeOf = regexp.MustCompile(`(?m)^\s+(?:\w+\s+= |Scope: )"([a-z_]+)"`)
)

// TestGrowth fails unless SECURITY.md has a row for each table of schema/ that no later step drops, no matter whether
// a statement, a function or a trigger fills it, and for each scope of budgets. The row must say what bounds the table
// or scope, when its entries end, and which rule shows that. docs/rules.md names the tests of the rule.
func TestGrowth(t *testing.T) {
	t.Parallel()
	var growing []string
	created := map[string]bool{}
	var queries, steps strings.Builder
	for name, text := range house(t).texts {
		if strings.HasPrefix(name, "schema/") {
			steps.Write(text)
			for _, found := range createdTable.FindAllSubmatch(text, -1) {
				created[string(found[1])] = true
			}
		}
	}
	for name, text := range house(t).texts {
		if strings.HasPrefix(name, "queries/") {
			queries.Write(text)
			for _, found := range filledTable.FindAllSubmatch(text, -1) {
				growing = append(growing, string(found[1]))
				if !created[string(found[1])] {
					t.Errorf("%s fills %s, which schema/ does not create", name, found[1])
				}
			}
		}
	}
	for name := range created {
		if orphan(name, queries.String(), steps.String()) {
			t.Errorf("no query names the table %s, so nothing ends its rows: drop it by a step of schema/", name)
		}
		if !removed(name, steps.String()) {
			growing = append(growing, name)
		}
	}
	for f := range house(t).written(source) {
		if strings.HasPrefix(f.pkg.path, "internal/") && counting.Match(f.text) {
			for _, found := range scopeOf.FindAllSubmatch(f.text, -1) {
				growing = append(growing, string(found[1]))
			}
		}
	}
	for _, scope := range []string{"sms_total", "captcha_subnet", "notice_user", "export_user"} {
		if !slices.Contains(growing, scope) {
			t.Errorf("the scope %s was not found", scope)
		}
	}
	if len(growing) < 25 {
		t.Fatalf("only %d tables and scopes were found: %q", len(growing), growing)
	}
	_, section, _ := strings.Cut(documents(t)["SECURITY.md"], "## What an outsider can grow")
	section, _, _ = strings.Cut(section, "\n## ")
	for _, name := range slices.Compact(slices.Sorted(slices.Values(growing))) {
		if offence := growthOffence(section, name); offence != "" {
			t.Errorf("SECURITY.md, What an outsider can grow: `%s` %s", name, offence)
		}
	}
}

// orphan reports whether no query names a table that no step of the schema drops.
func orphan(table, queries, steps string) bool {
	return !regexp.MustCompile(`\b`+table+`\b`).MatchString(queries) && !removed(table, steps)
}

// removed reports whether a step of the schema drops a table.
func removed(table, steps string) bool {
	return regexp.MustCompile(`DROP TABLE [^;]*\b` + table + `\b`).MatchString(steps)
}

func TestOrphan(t *testing.T) {
	t.Parallel()
	for table, want := range map[string]bool{"codes": false, "sms_budgets": true, "budgets": false, "old": false} {
		if orphan(table, "DELETE FROM codes; SELECT FROM budgets", "CREATE TABLE old (); DROP TABLE IF EXISTS old;") != want {
			t.Errorf("%s: not %t", table, want)
		}
	}
}

// growthOffence returns what the row of a table or scope lacks, "" for nothing.
func growthOffence(section, name string) string {
	for line := range strings.Lines(section) {
		cells := strings.Split(strings.TrimSpace(line), "|")
		if len(cells) < 2 || strings.TrimSpace(cells[1]) != "`"+name+"`" {
			continue
		}
		if len(cells) != 7 {
			return "does not have five cells"
		}
		for i, what := range []string{2: "what a row is", "what bounds it", "what ends it", "a rule"} {
			if what != "" && strings.TrimSpace(cells[i]) == "" {
				return "does not say " + what
			}
		}
		if !ruleID.MatchString(cells[5]) {
			return "cites no rule"
		}
		return ""
	}
	return "is missing"
}

func TestGrowthBroken(t *testing.T) {
	t.Parallel()
	const section = "| `a` | row | bound | end | D-1 |\n| `b` | row | | end | D-1 |\n" +
		"| `c` | row | bound | end | by reading |\n| `d` | row | bound |\n"
	for name, want := range map[string]string{
		"a": "", "b": "does not say what bounds it", "c": "cites no rule", "d": "does not have five cells", "e": "is missing",
	} {
		if got := growthOffence(section, name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}
