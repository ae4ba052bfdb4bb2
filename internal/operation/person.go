package operation

import (
	"encoding/json"
	"net/url"
	"strings"

	"github.com/enroll-project/enroll/gen/api"
	"github.com/enroll-project/enroll/internal/person"
)

// The types that are generated for the requests and answers with a profile differ, so each type has a function
// here. No other file of this package names the fields of the profile, except extra in Leniency and the avatar's
// URL in the answer to its upload.

// basics returns the profile that a registration sends. Fields that were not sent are empty.
func basics(b *api.RegisterRequest) person.Basics {
	return person.Basics{
		RealName:  b.RealName,
		FirstName: b.FirstName,
		LastName:  b.LastName,
		AvatarURL: b.AvatarURL,
	}
}

// edits returns the profile's fields of a change. A field that was not sent is nil. A field that was sent empty is
// not nil.
func edits(b *api.UserChangeRequest) person.Edits {
	return person.Edits{
		RealName:  b.RealName,
		FirstName: b.FirstName,
		LastName:  b.LastName,
		AvatarURL: b.AvatarURL,
		Introduce: b.Introduce,
		Birthday:  b.Birthday,
		Extra:     b.Extra,
	}
}

// profileTexts returns the names of the profile's fields whose leading and trailing blanks are removed.
func profileTexts() []string {
	return []string{"real_name", "first_name", "last_name", "introduce"}
}

// showProfile sets the fields of the profile in a user.
func (h *Handlers) showProfile(out *api.User, p person.Profile) {
	out.RealName = p.RealName
	out.FirstName = p.FirstName
	out.LastName = p.LastName
	out.AvatarURL = p.AvatarURL
	out.FullAvatarURL = fullAvatar(h.assetBase, p.AvatarURL)
	out.Introduce = p.Introduce
	out.Birthday = unix(p.Birthday)
	out.Extra = extraOf(p, h.extra)
}

// exportProfile sets the fields of the profile in the export of a user. It includes extra data that the
// deployment's description no longer allows: they are still stored.
func exportProfile(out *api.ExportUser, p person.Profile) {
	out.RealName = p.RealName
	out.FirstName = p.FirstName
	out.LastName = p.LastName
	out.AvatarURL = p.AvatarURL
	out.Introduce = p.Introduce
	out.Birthday = unix(p.Birthday)
	out.Extra = extraOf(p, true)
}

// extraOf returns the extra data of a user, nil if there is none. Data that an earlier description allowed is
// not shown once there is no description: clients do not know what it means, and it cannot be changed.
func extraOf(p person.Profile, offered bool) json.RawMessage {
	if p.Extra == "" || !offered {
		return nil
	}
	return json.RawMessage(p.Extra)
}

// fullAvatar returns an absolute URL of an avatar. Package person has accepted only
// absolute http(s) URLs and paths within the site.
func fullAvatar(base, avatar string) string {
	// An absolute URL stays as it was given.
	if u, err := url.Parse(avatar); err == nil && u.IsAbs() {
		return avatar
	}
	// A path without a base has no absolute form. The answer is then "", as without an avatar.
	if avatar == "" || base == "" {
		return ""
	}
	return strings.TrimSuffix(base, "/") + "/" + strings.TrimPrefix(avatar, "/")
}
