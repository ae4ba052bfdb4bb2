package house

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The sizes of makefiles. A longer command belongs in a script under tools/make.
const (
	maxMakefileLines = 200
	maxCommandLines  = 3
)

var (
	phony      = regexp.MustCompile(`(?m)^\.PHONY: (\S+)$`)
	documented = regexp.MustCompile(`(?m)^([a-z-]+):.*## .`)
	internal   = regexp.MustCompile(`^(FORCE|need-.*)$`)
	makeTarget = regexp.MustCompile("`make ([a-z][a-z-]*)")
)

// checkMakefile returns what is wrong with a makefile.
func checkMakefile(name, text string) (offences []string) {
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	if len(lines) > maxMakefileLines {
		offences = append(offences, fmt.Sprintf("%s has %d lines, more than %d: move a subject to tools/make",
			name, len(lines), maxMakefileLines))
	}
	if !strings.HasPrefix(lines[0], "# ") {
		offences = append(offences, name+" does not begin with a comment, which `make help` shows as a title")
	}
	long := 0
	for i, line := range lines {
		if long++; !strings.HasSuffix(line, `\`) {
			if long > maxCommandLines {
				offences = append(offences, fmt.Sprintf("%s:%d: a command of %d lines: move it to a script in tools/make",
					name, i+1, long))
			}
			long = 0
		}
	}
	known := targets(text)
	for _, found := range phony.FindAllStringSubmatch(text, -1) {
		if target := found[1]; !internal.MatchString(target) && !slices.Contains(known, target) {
			offences = append(offences, fmt.Sprintf("%s: target %s has no ## text for `make help`", name, target))
		}
	}
	return offences
}

// targets returns the targets of a makefile that `make help` lists.
func targets(text string) (names []string) {
	for _, found := range documented.FindAllStringSubmatch(text, -1) {
		names = append(names, found[1])
	}
	return names
}

// makefiles returns the makefiles of this checkout by name.
func makefiles(t *testing.T) map[string]string {
	t.Helper()
	texts := textsBelow(t, func(name string) bool { return name == "Makefile" || strings.HasSuffix(name, ".mk") })
	if len(texts) < 2 {
		t.Fatal("no makefile was found in tools/make")
	}
	return texts
}

func TestMakefiles(t *testing.T) {
	t.Parallel()
	texts := makefiles(t)
	for name, text := range texts {
		for _, offence := range checkMakefile(name, text) {
			t.Error(offence)
		}
		if name != "Makefile" && !strings.Contains(texts["Makefile"], name) {
			t.Errorf("Makefile does not include %s", name)
		}
	}
}

func TestMakefilesBroken(t *testing.T) {
	t.Parallel()
	const good = "# Title\n.PHONY: a-b\na-b: c ## do it\n\tx \\\n\ty \\\n\tz\n.PHONY: need-x\nneed-x:\n"
	if found := checkMakefile("good.mk", good); found != nil {
		t.Errorf("a good makefile: %v", found)
	}
	for want, text := range map[string]string{
		"more than 200":           "# Title\n" + strings.Repeat("A := b\n", 200),
		"begin with a comment":    "A := b\n",
		"5: a command of 4 lines": "# Title\n\ta \\\n\tb \\\n\tc \\\n\td\n",
		"target a has no ## text": "# Title\n.PHONY: a\na: b\n",
	} {
		if found := checkMakefile("bad.mk", text); len(found) != 1 || !strings.Contains(found[0], want) {
			t.Errorf("%q: %q is not among %q", text, want, found)
		}
	}
}
