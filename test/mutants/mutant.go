package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// mutant is a change that removes one security check. Most need one edit. A check in
// two places, of which each is enough, needs an edit of each.
type mutant struct {
	name  string // the effect of the change, in a few words
	edits []edit
	pkg   string // the package whose tests must fail, relative to the module
	tests string // these tests: a pattern as for go test -run
}

// edit replaces a text that occurs once in a file.
type edit struct {
	file       string // relative to the module
	find, with string
}

// in returns a single edit.
func in(file, find, with string) []edit { return []edit{{file, find, with}} }

// allMutants returns a copy of the whole table.
func allMutants() []mutant {
	return slices.Concat(ofAccount, ofCodes, ofNames, ofPasswords, ofTokens, ofCaptchas, ofServer, ofEdge, ofDrift)
}

// places returns the files that a mutant changes, for people.
func (m mutant) places() string {
	var files []string
	for _, e := range m.edits {
		files = append(files, e.file)
	}
	return strings.Join(slices.Compact(files), ", ")
}

// apply returns the changed files by their names. If a text does not occur exactly
// once, it returns an error: the code has changed, and the table must follow.
func (m mutant) apply(root string) (map[string][]byte, error) {
	changed := map[string][]byte{}
	for _, e := range m.edits {
		text, seen := changed[e.file]
		if !seen {
			var err error
			if text, err = os.ReadFile(filepath.Join(root, filepath.FromSlash(e.file))); err != nil {
				return nil, err
			}
		}
		if n := strings.Count(string(text), e.find); n != 1 {
			return nil, fmt.Errorf("%s has %q %d times, not once", e.file, e.find, n)
		}
		changed[e.file] = []byte(strings.Replace(string(text), e.find, e.with, 1))
	}
	return changed, nil
}
