package house

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// rulesPage defines the ids of rules and names the tests of each.
const rulesPage = "docs/rules.md"

var (
	ruleRow = regexp.MustCompile(`(?m)^\| ((?:[A-Z]+-\d+(?:, )?)+) \| (.*) \| (.*) \|$`)
	ruleID  = regexp.MustCompile(`\b[A-Z]{1,5}-\d{1,2}\b`)
)

// checkRules returns what is wrong with the tables of rules, and the ids that they define.
func checkRules(page string) (ids, offences []string) {
	for _, row := range ruleRow.FindAllStringSubmatch(page, -1) {
		for _, id := range strings.Split(row[1], ", ") {
			if slices.Contains(ids, id) {
				offences = append(offences, id+" is defined twice")
			}
			ids = append(ids, id)
		}
		if !claim.MatchString(row[3]) && !strings.HasPrefix(row[3], "By design: ") && !strings.Contains(row[3], "`make ") {
			offences = append(offences, row[1]+" names neither a test nor a reason why it needs none")
		}
		for _, cited := range ruleID.FindAllString(row[3], -1) {
			if !slices.Contains(ids, cited) && !strings.Contains(page, "| "+cited) {
				offences = append(offences, row[1]+" cites "+cited+", which is not defined")
			}
		}
	}
	return ids, offences
}

// checkCitations returns the ids of rules that a text cites and the tables do not define. It
// ignores other names of this form, such as SHA-256, because no rule has their prefix.
func checkCitations(name, text string, ids []string) (offences []string) {
	for _, cited := range ruleID.FindAllString(text, -1) {
		prefix, _, _ := strings.Cut(cited, "-")
		known := slices.ContainsFunc(ids, func(id string) bool { return strings.HasPrefix(id, prefix+"-") })
		if known && !slices.Contains(ids, cited) {
			offences = append(offences, fmt.Sprintf("%s cites %s, which %s does not define", name, cited, rulesPage))
		}
	}
	return offences
}

// TestRules compares all citations of rules, in documents and Go comments, with the tables of the
// rules. SECURITY.md and docs/asvs.md name no tests themselves, so that each is named once.
func TestRules(t *testing.T) {
	t.Parallel()
	texts := documents(t)
	ids, offences := checkRules(texts[rulesPage])
	if len(ids) < 100 {
		t.Errorf("%s defines %d rules: the pattern no longer finds them", rulesPage, len(ids))
	}
	for _, name := range []string{"SECURITY.md", "docs/asvs.md"} {
		if found := claim.FindString(texts[name]); found != "" {
			t.Errorf("%s names %s: name it in %s and cite the rule", name, found, rulesPage)
		}
		if cited := ruleID.FindAllString(texts[name], -1); len(cited) < 30 {
			t.Errorf("%s cites %d rules", name, len(cited))
		}
	}
	for name, text := range texts {
		offences = append(offences, checkCitations(name, text, ids)...)
	}
	for f := range house(t).written(source, test, script) {
		for _, group := range f.syntax.Comments {
			offences = append(offences, checkCitations(f.pkg.path, group.Text(), ids)...)
		}
	}
	for _, offence := range offences {
		t.Error(offence)
	}
}

func TestRulesBroken(t *testing.T) {
	t.Parallel()
	const good = "| A-1 | x | `p.TestX` |\n| A-2, B-3 | x | By design: y |\n| B-4 | x | `make cover`; races: A-1 |\n"
	ids, offences := checkRules(good)
	if !slices.Equal(ids, []string{"A-1", "A-2", "B-3", "B-4"}) || offences != nil {
		t.Errorf("good tables: %v, %v", ids, offences)
	}
	for row, want := range map[string]string{
		"| A-1 | x | `p.TestX` |\n":          "A-1 is defined twice",
		"| A-9 | x | nothing |\n":            "A-9 names neither",
		"| A-9 | x | `p.TestX`; see B-9 |\n": "A-9 cites B-9",
	} {
		if _, offences := checkRules(good + row); len(offences) != 1 || !strings.Contains(offences[0], want) {
			t.Errorf("%s: %v", row, offences)
		}
	}
	if found := checkCitations("a", "A-1 SHA-25 B-5", ids); len(found) != 1 || !strings.Contains(found[0], "B-5") {
		t.Errorf("citations: %v", found)
	}
}
