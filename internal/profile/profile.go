package profile

import (
	"errors"
	"net/url"
	"strings"
	"unicode"

	"github.com/enroll-project/enroll/gen/db"
	"github.com/enroll-project/enroll/internal/identifier"
	"github.com/enroll-project/enroll/internal/refusal"
)

// maxAvatarURL bounds an avatar URL in bytes.
const maxAvatarURL = 2048

// Profile is what a person tells about themselves, each part checked. No other rule
// depends on it, so a new part needs its rule and its column here and no other code in
// Register.
type Profile struct {
	RealName  string
	FirstName string
	LastName  string
	AvatarURL string
}

// Parse checks the profile of a registration and returns all refusals joined.
func Parse(r Profile) (Profile, error) {
	var p Profile
	var refusals []error
	// One rule checks the three names. None is made of another: the order of given and
	// family name differs between languages.
	for _, name := range []struct {
		field, sent string
		parsed      *string
	}{
		{"real_name", r.RealName, &p.RealName},
		{"first_name", r.FirstName, &p.FirstName},
		{"last_name", r.LastName, &p.LastName},
	} {
		var err error
		if *name.parsed, err = identifier.ParseRealName(name.sent); err != nil {
			refusals = append(refusals,
				&refusal.Error{Reason: refusal.RealNameInvalid, Field: name.field, Limit: identifier.MaxRealName})
		}
	}
	var err error
	if p.AvatarURL, err = parseAvatarURL(r.AvatarURL); err != nil {
		refusals = append(refusals, err)
	}
	return p, errors.Join(refusals...)
}

// Fill sets the columns of the profile in a row to insert.
func (p Profile) Fill(row *db.SpendCodeAndInsertUserParams) {
	row.RealName = p.RealName
	row.FirstName = p.FirstName
	row.LastName = p.LastName
	row.AvatarUrl = p.AvatarURL
}

// parseExtra checks the extra data of a change. It returns NULL for the empty object, which clears it also
// if the schema requires a member.
func (s *Profiles) parseExtra(object []byte) (*string, error) {
	if s.config.Extra == nil { // check: extra-offered
		return nil, &refusal.Error{Reason: refusal.ExtraNotOffered, Field: "extra"}
	}
	text := string(object)
	if text == "{}" {
		return nil, nil
	}
	offenses, err := s.config.Extra.Offenses("extra", object)
	if err != nil || len(offenses) == 0 {
		return &text, err
	}
	// The reason of the answer is the first one, also if the only offense is a member that is missing.
	refusals := []error{&refusal.Error{Reason: refusal.ExtraInvalid}}
	for _, o := range offenses {
		reason := refusal.ExtraInvalid
		if o.Missing {
			reason = refusal.Required
		}
		refusals = append(refusals, &refusal.Error{Reason: reason, Field: o.Path})
	}
	return nil, errors.Join(refusals...)
}

// parseAvatarURL accepts an absolute http(s) URL with a host, or a path
// within the site. Everything by which a browser would leave the site or
// run a script is refused: other schemes, `//host`, a backslash, which
// browsers read as a slash, user info, and characters outside RFC 3986.
func parseAvatarURL(s string) (string, error) {
	if s == "" {
		return "", nil
	}
	refused := &refusal.Error{Reason: refusal.AvatarURLInvalid, Field: "avatar_url", Limit: maxAvatarURL}
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

// notInURL reports whether r must not be in a URL. Allowed are the characters of RFC
// 3986, and letters, marks and digits of other scripts, which browsers escape (RFC
// 3987).
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
