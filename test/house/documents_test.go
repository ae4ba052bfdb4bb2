package house

import (
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
