package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// papers are the documents that name tests for what they promise.
var papers = []string{"SECURITY.md", "docs/asvs.md", "docs/requirements.md"}

// named finds the name of a test, with its package in front if it has one.
var named = regexp.MustCompile(`([a-z][a-z0-9]*\.)?\b((?:Test|Fuzz)[A-Z]\w*)`)

// TestClaims keeps the papers from naming tests that do not exist, so that a
// promise cannot outlive what shows it.
func TestClaims(t *testing.T) {
	t.Parallel()
	known := map[string][]string{}
	for folder, tests := range testsOf(t) {
		known[filepath.Base(folder)] = append(known[filepath.Base(folder)], tests...)
	}
	for _, paper := range papers {
		text, err := os.ReadFile(filepath.Join(root, paper))
		if err != nil {
			t.Fatal(err)
		}
		claims := named.FindAllStringSubmatch(string(text), -1)
		if len(claims) < 30 {
			t.Errorf("%s names %d tests: are they written package.TestName?", paper, len(claims))
		}
		for _, claim := range claims {
			if pkg := strings.TrimSuffix(claim[1], "."); !slices.Contains(known[pkg], claim[2]) {
				t.Errorf("%s names %s, and there is no such test", paper, claim[0])
			}
		}
	}
}
