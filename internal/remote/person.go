package remote

import (
	"github.com/enroll-project/enroll/gen/sdk/go-admin"
	"github.com/enroll-project/enroll/internal/person"
)

// Only this file of the package names the fields of a profile.

// profileOf returns the profile of a user in an answer.
func profileOf(u enrolladmin.User) person.Profile {
	// The texts are as they are stored, also an avatar that is a path within the site.
	p := person.Profile{
		Basics: person.Basics{
			RealName: u.RealName, FirstName: u.FirstName, LastName: u.LastName, AvatarURL: u.AvatarURL,
		},
		Introduce: u.Introduce,
	}
	// 0 stands for none, and so does null.
	if u.Birthday != 0 {
		p.Birthday = timeOf(u.Birthday)
	}
	if string(u.Extra) != "null" {
		p.Extra = string(u.Extra)
	}
	return p
}

// The two requests have types of their own, as in package admin.

// setBasics sets the profile of a new user in a request.
func setBasics(r *enrolladmin.NewUserRequest, b person.Basics) {
	r.RealName, r.FirstName, r.LastName, r.AvatarURL = b.RealName, b.FirstName, b.LastName, b.AvatarURL
}

// setEdits sets the changes of a profile in a request. A nil field is left out, and stays as it is.
func setEdits(r *enrolladmin.UserUpdateRequest, e person.Edits) {
	r.RealName, r.FirstName, r.LastName, r.AvatarURL = e.RealName, e.FirstName, e.LastName, e.AvatarURL
	r.Introduce, r.Birthday, r.Extra = e.Introduce, e.Birthday, e.Extra
}
