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

// edit replaces a text that occurs once at a place: in a file, named relative to the
// module, or from the line of a mark on. A mark has no dot in its name.
type edit struct {
	place      string
	find, with string
}

// in returns a single edit.
func in(place, find, with string) []edit { return []edit{{place, find, with}} }

// allMutants returns a copy of the whole table.
func allMutants() []mutant {
	return slices.Concat(ofAccount, ofSessions, ofCodes, ofNames, ofPasswords, ofTokens, ofCaptchas, ofServer, ofEdge,
		ofDrift, ofProfiles, ofNetworks, ofShares, ofMoney, ofWords, ofClouds, ofChanges, ofLeave, ofAudit, ofOperators,
		ofAdmin, ofTraces, ofTransfer, ofInvitations, ofApprovals, ofAges, ofTerms, ofHooks, ofEvents,
		ofReceipts, ofIndexes, ofCalls)
}

// places returns the files and marks that a mutant changes, as a text.
func (m mutant) places() string {
	var places []string
	for _, e := range m.edits {
		places = append(places, e.place)
	}
	return strings.Join(slices.Compact(places), ", ")
}

// apply returns the changed files by their names. If a text does not occur exactly
// once at its place, it returns an error: the code has changed, and the table must follow.
func (m mutant) apply(root string, known marks) (map[string][]byte, error) {
	changed := map[string][]byte{}
	for _, e := range m.edits {
		file, ok := known[e.place]
		if strings.Contains(e.place, ".") {
			file, ok = e.place, true
		}
		if !ok {
			return nil, fmt.Errorf("no line has the mark %q", mark+e.place)
		}
		text, seen := changed[file]
		if !seen {
			var err error
			if text, err = os.ReadFile(filepath.Join(root, filepath.FromSlash(file))); err != nil {
				return nil, err
			}
		}
		var err error
		if changed[file], err = e.apply(string(text)); err != nil {
			return nil, err
		}
	}
	return changed, nil
}

// apply returns the text of the file with the edit.
func (e edit) apply(text string) ([]byte, error) {
	before, text, within := e.from(text)
	if n := strings.Count(within, e.find); n != 1 {
		return nil, fmt.Errorf("%s has %q %d times, not once", e.place, e.find, n)
	}
	return []byte(before + strings.Replace(text, e.find, e.with, 1)), nil
}

// from splits the text of a file where the search begins. The text to find must begin in
// the marked line and may end in a later one, so within is as long as that text can
// reach. The mark itself is removed.
func (e edit) from(text string) (before, rest, within string) {
	if strings.Contains(e.place, ".") {
		return "", text, text
	}
	before, rest, _ = strings.Cut(text, mark+e.place+"\n")
	start := strings.LastIndex(before, "\n") + 1
	line := strings.TrimSpace(before[start:])
	if line == "" { // the mark stands alone, above its line
		line, _, _ = strings.Cut(rest, "\n")
		before = before[:start]
	} else {
		before, rest = before[:start], strings.TrimRight(before[start:], " \t")+"\n"+rest
		line, _, _ = strings.Cut(rest, "\n")
	}
	return before, rest, rest[:min(len(line)+len(e.find)-1, len(rest))]
}
