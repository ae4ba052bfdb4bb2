//go:build docs

package docs

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// page is a document with its programs: fenced blocks whose first line says
// the language and the name of a file, as in "```go verify.go".
type page struct {
	t        *testing.T
	name     string
	programs map[string]string
}

var fence = regexp.MustCompile("(?ms)^```([a-z]+) (\\S+)\n(.*?)^```$")

func read(t *testing.T, name string) page {
	t.Helper()
	raw, err := os.ReadFile("../../docs/" + name)
	if err != nil {
		t.Fatal(err)
	}
	p := page{t, name, map[string]string{}}
	for _, found := range fence.FindAllStringSubmatch(string(raw), -1) {
		if _, twice := p.programs[found[2]]; twice {
			t.Errorf("%s has two programs %s", name, found[2])
		}
		p.programs[found[2]] = found[3]
	}
	if blocks := strings.Count("\n"+string(raw), "\n```"); blocks != 2*len(p.programs) {
		t.Errorf("%s: %d fences and %d programs: each block needs a language and a name, so that a test can run it", name,
			blocks, len(p.programs))
	}
	return p
}

// program returns the text of a program, with the page's example addresses and folders
// replaced by those of the test. Each of them must occur in the text: otherwise the test
// would run with the page's own address or folder.
func (p page) program(name string, replace ...string) string {
	p.t.Helper()
	text, ok := p.programs[name]
	if !ok {
		p.t.Fatalf("%s has no program %s", p.name, name)
	}
	for i := 0; i < len(replace); i += 2 {
		if !strings.Contains(text, replace[i]) {
			p.t.Fatalf("%s in %s does not say %q", name, p.name, replace[i])
		}
		text = strings.ReplaceAll(text, replace[i], replace[i+1])
	}
	return text
}
