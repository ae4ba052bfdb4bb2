package main

import (
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// The marks around the generated part of CHANGELOG.md. The rest is written by hand and
// stays as it is.
const (
	begin      = "<!-- made by `make changelog` -->"
	end        = "<!-- end -->"
	unreleased = "## [Unreleased]"
)

// section is the generated part: the changes of the contract since the last
// release.
func (f *files) section() string {
	var b strings.Builder
	b.WriteString("\n### Contract\n")
	if f.released == nil {
		fmt.Fprintf(&b, "\nThe first contract, %v.\n\n", f.is)
		return b.String()
	}
	lists := map[bool][]string{}
	for _, c := range f.changes {
		lists[c.breaks] = append(lists[c.breaks], item(c.text))
	}
	if len(f.changes) == 0 {
		fmt.Fprintf(&b, "\nThe same as in %v.\n", f.was)
	}
	if breaks := lists[true]; breaks != nil {
		fmt.Fprintf(&b, "\n**Breaks clients of %v:**\n\n%s\n", f.was, strings.Join(breaks, "\n"))
	}
	if others := lists[false]; others != nil {
		fmt.Fprintf(&b, "\nWorks with clients of %v:\n\n%s\n", f.was, strings.Join(others, "\n"))
	}
	b.WriteString("\n")
	return b.String()
}

// item is an item of a Markdown list, wrapped at 100 columns as all documents are.
func item(text string) string {
	lines := []string{"-"}
	for _, word := range strings.Fields(text) {
		last := &lines[len(lines)-1]
		if utf8.RuneCountInString(*last)+1+utf8.RuneCountInString(word) > 100 {
			lines = append(lines, "  "+word)
			continue
		}
		*last += " " + word
	}
	return strings.Join(lines, "\n")
}

// update replaces the generated part of the unreleased section.
func update(log, section string) (string, error) {
	_, rest, ok := strings.Cut(log, unreleased)
	if !ok {
		return "", errors.New(changelogFile + " has no " + unreleased)
	}
	open, closing := strings.Index(rest, begin), strings.Index(rest, end)
	if next := strings.Index(rest, "\n## "); open < 0 || closing < open || next >= 0 && next < closing {
		return "", fmt.Errorf("%s: %s and %s do not stand under %s", changelogFile, begin, end, unreleased)
	}
	at := len(log) - len(rest)
	return log[:at+open+len(begin)] + section + log[at+closing:], nil
}

// closeSection gives the unreleased section its version and date, and opens a
// new one above it.
func closeSection(log string, v version, now time.Time) (string, error) {
	before, rest, ok := strings.Cut(log, unreleased)
	if !ok {
		return "", errors.New(changelogFile + " has no " + unreleased)
	}
	rest = strings.NewReplacer(begin+"\n", "", end+"\n", "").Replace(rest)
	fresh := fmt.Sprintf("%s\n\n%s\n### Contract\n\nThe same as in %v.\n\n%s\n", unreleased, begin, v, end)
	return fmt.Sprintf("%s%s\n## [%v] - %s%s", before, fresh, v, now.UTC().Format(time.DateOnly), rest), nil
}
