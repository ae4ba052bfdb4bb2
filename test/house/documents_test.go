package house

import (
	"path"
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
