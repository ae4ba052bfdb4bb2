// Package locale has the languages in which people read answers, pages, SMS and mails, and chooses among those of a
// deployment.
package locale

import (
	"fmt"
	"slices"
	"strings"

	"golang.org/x/text/language"
)

// all is the list of languages, as BCP 47 tags. A language that is added here needs its texts in
// internal/server/message, internal/sms/text and internal/mail/text. The tests of these packages compare the files.
//
// The order is that in which settings, errors and pages list them. The language of the interface that Enroll implements
// comes first, then English.
var all = []string{
	"zh-CN",
	"en",
	"zh-TW",
	"ja",
	"ko",
	"es",
	"fr",
	"de",
	"pt-BR",
	"ru",
	"vi",
	"th",
	"id",
	"ar",
}

// All returns the languages of Enroll, as BCP 47 tags.
func All() []string { return slices.Clone(all) }

// Set is the languages of a deployment. It does not change after [New] and is safe for concurrent use.
type Set struct {
	tags    []string // the deployment's own first
	matcher language.Matcher
}

// New returns a set of languages. own is that for people who read none of the set; "" means the first of [All]. No
// tags mean all languages. It returns an error if a tag is not one of [All] or occurs twice, and if own is not in the
// set.
func New(own string, tags ...string) (*Set, error) {
	if own == "" {
		own = all[0]
	}
	if len(tags) == 0 {
		tags = all
	}
	// A tag has one form, so that settings, folders, rows and answers can be compared as texts.
	for i, tag := range tags {
		if !slices.Contains(all, tag) || slices.Contains(tags[:i], tag) {
			return nil, fmt.Errorf("the languages must be of %s, comma-separated, each once", strings.Join(all, ", "))
		}
	}
	// The default of the own language is not changed with the set: a deployment that leaves it out has to name another
	// one, and does not get one by the order of a list.
	at := slices.Index(tags, own)
	if at < 0 {
		return nil, fmt.Errorf("the deployment's own language must be one of %s", strings.Join(tags, ", "))
	}
	// The matcher falls back to the first language.
	s := &Set{tags: slices.Insert(slices.Delete(slices.Clone(tags), at, at+1), 0, own)}
	parsed := make([]language.Tag, len(s.tags))
	for i, tag := range s.tags {
		parsed[i] = language.MustParse(tag) // of the constants above
	}
	s.matcher = language.NewMatcher(parsed)
	return s, nil
}

// Default returns all languages, with the first of [All] as the deployment's own.
func Default() *Set {
	s, err := New("")
	if err != nil {
		panic(err) // the list above has a tag twice
	}
	return s
}

// Tags returns the languages, the deployment's own first.
func (s *Set) Tags() []string { return slices.Clone(s.tags) }

// Match returns the language that is best for a person who reads the wanted ones, the most wanted first. It returns the
// deployment's own if none is near enough by the data of CLDR.
func (s *Set) Match(wanted ...language.Tag) string {
	_, i, confidence := s.matcher.Match(wanted...)
	if confidence == language.No {
		return s.tags[0] // without a match the matcher prefers a language with the same script
	}
	return s.tags[i]
}

// Of returns the language for a stored tag. The row may be older than the settings or of another release, so the tag
// may be of a language that the deployment no longer has, or does not know.
func (s *Set) Of(tag string) string {
	parsed, err := language.Parse(tag)
	if err != nil {
		return s.tags[0]
	}
	return s.Match(parsed)
}

// Direction returns "rtl" for a language that is written from right to left, and else "ltr": the attribute dir of HTML.
func Direction(tag string) string {
	script, _ := language.Make(tag).Script()
	// These are the scripts of living languages that browsers lay out from right to left and that millions read.
	switch script.String() {
	case "Arab", "Hebr":
		return "rtl"
	}
	return "ltr"
}
