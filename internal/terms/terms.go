// Package terms compares what a person has accepted with the terms that the operator has set.
//
// A version is a text that the operator chooses, such as 2026-11. Two versions are equal or they differ: none is
// newer, so that an operator can return to an earlier one.
package terms

import (
	"errors"
	"net/url"
	"regexp"
	"strings"
	"time"
)

// Terms are the terms of a deployment. The zero value is a deployment without terms, which requires and stores nothing.
type Terms struct {
	Version string
	// URL is where people read the terms, "" if each client shows them itself. [Terms.Page] replaces the placeholder
	// {lang}.
	URL string
}

// The errors of [Terms.Check].
var (
	ErrRequired = errors.New("terms: none were accepted")
	ErrOutdated = errors.New("terms: another version was accepted")
)

// Check compares the version that a request accepts with that of the deployment. Without terms it returns nil for any
// request, because a client may not know yet that an operator has removed them.
func (t Terms) Check(accepted string) error {
	switch {
	case t.Version == "" || accepted == t.Version: // check: terms-version
		return nil
	case accepted == "":
		return ErrRequired
	}
	return ErrOutdated
}

// Due reports whether a user has to accept the terms. accepted is the version that is stored with the user, nil for
// none.
func (t Terms) Due(accepted *string) bool {
	return t.Version != "" && (accepted == nil || *accepted != t.Version) // check: terms-due
}

// Accept returns the acceptance of the terms at a time, in the language of the request (BCP 47). It is the zero value
// without terms.
func (t Terms) Accept(language string, at time.Time) Acceptance {
	if t.Version == "" {
		return Acceptance{}
	}
	// The database keeps microseconds, and an answer has the time that is stored.
	return Acceptance{Version: t.Version, Language: language, At: at.UTC().Truncate(time.Microsecond)}
}

// Acceptance is what is stored when a user accepts terms. The zero value is none.
type Acceptance struct {
	Version  string
	Language string // BCP 47
	At       time.Time
}

// Columns returns the three columns, which are all nil for the zero value.
func (a Acceptance) Columns() (version *string, at *time.Time, language *string) {
	if a.Version == "" {
		return nil, nil, nil
	}
	return &a.Version, &a.At, &a.Language
}

// placeholder is replaced by the language of the reader.
const placeholder = "{lang}"

// Page returns the URL of the terms for a reader of a language (BCP 47), "" if there is none.
func (t Terms) Page(language string) string {
	return strings.ReplaceAll(t.URL, placeholder, language)
}

// maxURL bounds the URL in bytes, with the longest language. The contract has a greater bound.
const maxURL = 1000

// ValidVersion reports whether a text can be a version: 1 to 32 of the ASCII letters, digits and . _ -. Such a text
// reads the same in each client, and needs no quotes in a shell or an audit log.
func ValidVersion(text string) bool { return version.MatchString(text) }

var version = regexp.MustCompile(`^[A-Za-z0-9._-]{1,32}$`)

// ValidLanguage reports whether a text has the form of a language tag (BCP 47): 1 to 35 ASCII letters, digits and
// hyphens.
func ValidLanguage(text string) bool { return language.MatchString(text) }

var language = regexp.MustCompile(`^[A-Za-z0-9-]{1,35}$`)

// ValidURL reports whether a text can be the URL: absolute, http or https, and at most 1,000 bytes.
func ValidURL(text string) bool {
	page := Terms{URL: text}.Page("zh-CN")
	parsed, err := url.Parse(page)
	return err == nil && len(page) <= maxURL && parsed.Host != "" && parsed.User == nil &&
		(parsed.Scheme == "http" || parsed.Scheme == "https") // check: terms-url
}
