package account

import (
	"errors"
	"net/url"
	"strings"
	"unicode"

	"github.com/enroll-project/enroll/gen/db"
	"github.com/enroll-project/enroll/internal/identifier"
)

// maxAvatarURL bounds an avatar URL in bytes.
const maxAvatarURL = 2048

// profile is what a person tells about themselves, each part checked. It decides
// nothing, so a new part needs its rule and its column here and no other code in
// Register.
type profile struct {
	realName  string
	firstName string
	lastName  string
	avatarURL string
}

// parseProfile checks the profile of a registration and returns all refusals joined.
func parseProfile(r Registration) (profile, error) {
	var p profile
	var refusals []error
	// Three names by one rule. None is made of another: the order of given and family name
	// differs between languages.
	for _, name := range []struct {
		field, sent string
		parsed      *string
	}{
		{"real_name", r.RealName, &p.realName},
		{"first_name", r.FirstName, &p.firstName},
		{"last_name", r.LastName, &p.lastName},
	} {
		var err error
		if *name.parsed, err = identifier.ParseRealName(name.sent); err != nil {
			refusals = append(refusals, &Error{Reason: RealNameInvalid, Field: name.field, Limit: identifier.MaxRealName})
		}
	}
	var err error
	if p.avatarURL, err = parseAvatarURL(r.AvatarURL); err != nil {
		refusals = append(refusals, err)
	}
	return p, errors.Join(refusals...)
}

// fill sets the columns of the profile in a row to insert.
func (p profile) fill(row *db.SpendCodeAndInsertUserParams) {
	row.RealName = p.realName
	row.FirstName = p.firstName
	row.LastName = p.lastName
	row.AvatarUrl = p.avatarURL
}

// parseAvatarURL accepts an absolute http(s) URL with a host, or a path
// within the site. Everything by which a browser would leave the site or
// run a script is refused: other schemes, `//host`, a backslash, which
// browsers read as a slash, user info, and characters outside RFC 3986.
func parseAvatarURL(s string) (string, error) {
	if s == "" {
		return "", nil
	}
	refused := &Error{Reason: AvatarURLInvalid, Field: "avatar_url", Limit: maxAvatarURL}
	if len(s) > maxAvatarURL || strings.ContainsFunc(s, notInURL) {
		return "", refused
	}
	u, err := url.Parse(s)
	if err != nil || u.User != nil {
		return "", refused
	}
	absolute := (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != "" && u.Opaque == ""
	within := u.Scheme == "" && u.Host == "" && u.Path != "" && !strings.HasPrefix(s, "//") && !climbs(u.Path)
	if !absolute && !within {
		return "", refused
	}
	return s, nil
}

// notInURL lets through what RFC 3986 allows, and letters of other scripts,
// which browsers escape (RFC 3987).
func notInURL(r rune) bool {
	if r > unicode.MaxASCII {
		return !unicode.In(r, unicode.L, unicode.M, unicode.N)
	}
	return r <= ' ' || strings.ContainsRune("\"<>\\^`{|}\x7f", r)
}

// climbs reports whether a path has an element "..", by which it could lead out of the
// asset base.
func climbs(path string) bool {
	for part := range strings.SplitSeq(path, "/") {
		if part == ".." {
			return true
		}
	}
	return false
}
