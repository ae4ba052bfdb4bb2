package house

import (
	"path"
	"regexp"
	"strings"
	"testing"
)

// documents returns the Markdown files of this checkout by name, without gen/.
func documents(t *testing.T) map[string]string {
	t.Helper()
	texts := textsBelow(t, func(name string) bool { return strings.HasSuffix(name, ".md") })
	if texts["README.md"] == "" || texts["docs/integrate.md"] == "" {
		t.Fatal("README.md or docs/integrate.md was not found")
	}
	return texts
}

// textsBelow returns the texts of this checkout whose names are wanted.
func textsBelow(t *testing.T, wanted func(name string) bool) map[string]string {
	t.Helper()
	texts := map[string]string{}
	for name, text := range house(t).texts {
		if wanted(name) {
			texts[name] = string(text)
		}
	}
	return texts
}

// wrapped finds a line of a paragraph that begins like an item of a list, for example with "401. ". Some programs
// show such a line as an item, and programs that wrap lines indent the lines after it.
var wrapped = regexp.MustCompile(`(?m)^[^\s\d*+-].*\n(\d+[.)] .*)$`)

// TestNoAccidentalList: no line of a paragraph looks like the first item of a list.
func TestNoAccidentalList(t *testing.T) {
	t.Parallel()
	for name, text := range documents(t) {
		for _, found := range wrapped.FindAllStringSubmatch(fenced.ReplaceAllString(text, ""), -1) {
			t.Errorf("%s: wrap this line elsewhere, it looks like an item of a list: %s", name, found[1])
		}
	}
	for text, want := range map[string]bool{
		"with\n401. It caches\n": true, "A list:\n\n1. one\n2. two\n": false, "1. one,\n   two\n2. three\n": false,
	} {
		if wrapped.MatchString(text) != want {
			t.Errorf("%q: not %v", text, want)
		}
	}
}

// TestPages: each page of docs/ opens with its readers ("For operators: …") and is in the index.
func TestPages(t *testing.T) {
	t.Parallel()
	texts := documents(t)
	index := texts["docs/README.md"]
	for name, text := range texts {
		if path.Dir(name) != "docs" || name == "docs/README.md" {
			continue
		}
		_, opening, _ := strings.Cut(text, "\n\n")
		if !strings.HasPrefix(opening, "For ") {
			t.Errorf("%s does not open with its readers, as in \"For operators: …\"", name)
		}
		if !strings.Contains(index, "("+path.Base(name)+")") {
			t.Errorf("docs/README.md does not list %s", name)
		}
	}
}
