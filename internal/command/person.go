package command

import (
	"github.com/spf13/pflag"

	"github.com/enroll-project/enroll/internal/person"
)

// The profile of a user has one form in --json and one in the flags. No other file of this package names a field of
// it.

// told is a profile in --json. Birthday and extra data are left out, as in the admin API: an operator seldom needs
// them, and enroll prints to terminals that may be recorded.
type told struct {
	RealName  string `json:"real_name"`
	FirstName string `json:"first_name"`
	LastName  string `json:"last_name"`
	AvatarURL string `json:"avatar_url"`
	Introduce string `json:"introduce"`
}

// toldBy returns a profile as --json has it.
func toldBy(p person.Profile) told {
	return told{p.RealName, p.FirstName, p.LastName, p.AvatarURL, p.Introduce}
}

// basicsFlags adds the flags of a new user's profile. An introduction is not among them, because a registration has
// none.
func basicsFlags(f *pflag.FlagSet, b *person.Basics) {
	f.StringVar(&b.RealName, "real-name", "", "the display name")
	f.StringVar(&b.FirstName, "first-name", "", "the given name")
	f.StringVar(&b.LastName, "last-name", "", "the family name")
	f.StringVar(&b.AvatarURL, "avatar-url", "", "an http(s) URL or a path within the site")
}

// texts are the flags of a change, by their names. A flag that was not given leaves its field as it is, so the value
// alone does not decide: an empty one clears the field.
type texts map[string]*string

// add adds a flag.
func (t texts) add(f *pflag.FlagSet, name, usage string) {
	t[name] = f.String(name, "", usage+"; empty for none")
}

// given returns the value of a flag, or nil if it was not given.
func (t texts) given(f *pflag.FlagSet, name string) *string {
	if !f.Changed(name) {
		return nil
	}
	return t[name]
}

// editFlags adds the flags of a changed profile.
func (t texts) editFlags(f *pflag.FlagSet) {
	t.add(f, "real-name", "the display name")
	t.add(f, "first-name", "the given name")
	t.add(f, "last-name", "the family name")
	t.add(f, "avatar-url", "an http(s) URL or a path within the site")
	t.add(f, "introduce", "a text about the user")
}

// edits returns the changes of the profile.
func (t texts) edits(f *pflag.FlagSet) person.Edits {
	return person.Edits{
		RealName: t.given(f, "real-name"), FirstName: t.given(f, "first-name"), LastName: t.given(f, "last-name"),
		AvatarURL: t.given(f, "avatar-url"), Introduce: t.given(f, "introduce"),
	}
}
