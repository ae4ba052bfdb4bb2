package admin

import (
	"encoding/json"

	gen "github.com/enroll-project/enroll/gen/admin"
	"github.com/enroll-project/enroll/internal/person"
)

// The generated types of the two requests and of the answers differ, so each has a function here. Only this file of the
// package names the fields of a profile. The rules of the fields are in package person.

// basics returns the profile that an operator sends with a new user.
func basics(b *gen.NewUserRequest) person.Basics {
	return person.Basics{RealName: b.RealName, FirstName: b.FirstName, LastName: b.LastName, AvatarURL: b.AvatarURL}
}

// edits returns what an operator changes. A field that was not sent is nil.
// A null is nil, too: the contract has no other meaning for it.
func edits(b *gen.UserUpdateRequest) person.Edits {
	return person.Edits{
		RealName: b.RealName, FirstName: b.FirstName, LastName: b.LastName, AvatarURL: b.AvatarURL, Introduce: b.Introduce,
		Birthday: b.Birthday, Extra: b.Extra,
	}
}

// showProfile sets the fields of the profile in a user. Extra data are shown as they are stored, even if the
// deployment no longer describes any: an operator has to know what is held about a person.
func showProfile(v *gen.User, p person.Profile) {
	v.RealName, v.FirstName, v.LastName = p.RealName, p.FirstName, p.LastName
	v.AvatarURL, v.Introduce = p.AvatarURL, p.Introduce
	// 0 stands for none, as in the public API.
	if !p.Birthday.IsZero() {
		v.Birthday = p.Birthday.Unix()
	}
	if p.Extra != "" {
		v.Extra = json.RawMessage(p.Extra)
	}
}
