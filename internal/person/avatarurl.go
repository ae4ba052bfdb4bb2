package person

import (
	"net/url"
	"strings"
	"unicode"

	"github.com/enroll-project/enroll/internal/refusal"
)

// maxAvatarURL bounds an avatar URL in bytes.
const maxAvatarURL = 2048

// avatarURL is the rule of an avatar: an absolute http(s) URL with a host, or a path
// within the site. It refuses everything by which a path would leave the site or a
// browser would run a script: other schemes, `//host`, "..", a backslash (browsers
// read it as a slash), user info, and the characters of notInURL.
func avatarURL(s string) (string, error) {
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
	// The picture is not fetched: it may be gone or changed at any time, and fetching would let a client
	// have the service call addresses of its choice.
	absolute := (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != "" && u.Opaque == ""
	within := u.Scheme == "" && u.Host == "" && u.Path != "" && !strings.HasPrefix(s, "//") && !climbs(u.Path)
	if !absolute && !within {
		return "", refused
	}
	return s, nil
}

// notInURL reports whether r must not be in a URL. It allows the characters of RFC
// 3986, and letters, marks and numbers of other scripts, which browsers escape (RFC
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
