package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// mutant is one security check taken out. Most take one edit; a check that stands
// in two places, so that one of them may fail, takes an edit of each.
type mutant struct {
	name  string // what goes wrong now, in a few words
	edits []edit
	pkg   string // the package whose tests are to miss it, relative to the module
	tests string // which of them: a pattern as for go test -run
}

// edit replaces the only occurrence of a text in a file.
type edit struct {
	file       string // relative to the module
	find, with string
}

// in is the edit of most mutants.
func in(file, find, with string) []edit { return []edit{{file, find, with}} }

// everyone is the whole table, in a slice of its own.
func everyone() []mutant {
	return slices.Concat(ofAccount, ofCodes, ofNames, ofPasswords, ofTokens, ofCaptchas, ofServer, ofEdge, ofDrift)
}

// places names the files that a mutant changes.
func (m mutant) places() string {
	var files []string
	for _, e := range m.edits {
		files = append(files, e.file)
	}
	return strings.Join(slices.Compact(files), ", ")
}

// apply returns the changed files by their names. It is an error if a text is not
// found, or found more than once: then the code has moved on and the table has not.
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
