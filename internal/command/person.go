package command

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/pflag"

	"github.com/enroll-project/enroll/internal/contract"
	"github.com/enroll-project/enroll/internal/person"
)

// profileLine is a profile in --json. The table of users has none of it: it shows only what tells users apart.
// The birthday is in Unix seconds, 0 for none, and the extra data are a JSON object or null, as in the admin API. Only
// this file of the package names the fields of a profile, so a new field changes no other.
type profileLine struct {
	RealName  string `json:"real_name"`
	FirstName string `json:"first_name"`
	LastName  string `json:"last_name"`
	AvatarURL string `json:"avatar_url"`
	Introduce string `json:"introduce"`
	Birthday  int64  `json:"birthday"`

	Extra json.RawMessage `json:"extra"`
}

// profileLineOf returns a profile as --json has it.
func profileLineOf(p person.Profile) profileLine {
	t := profileLine{
		RealName: p.RealName, FirstName: p.FirstName, LastName: p.LastName, AvatarURL: p.AvatarURL, Introduce: p.Introduce,
	}
	// The Unix seconds of the zero time are a large negative number, and no birthday must be 0.
	if !p.Birthday.IsZero() {
		t.Birthday = p.Birthday.Unix()
	}
	// The stored text is JSON, so it becomes an object of the line and not a quoted text.
	if p.Extra != "" {
		t.Extra = json.RawMessage(p.Extra)
	}
	return t
}

// basicsFlags adds the flags of a new user's profile. An introduction is not among them, because a registration has
// none. Package operator checks the values by the rules of a registration, so an error has the name of the field in
// the contract, such as real_name, and not that of the flag.
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
	t.add(f, "birthday", "a day, such as 1990-05-17")
	t.add(f, "extra", "the data that ENROLL_EXTRA_SCHEMA describes, as one JSON object")
}

// maxExtra is the largest size of extra data in bytes, the x-max-bytes of both contracts. A command has no body that
// the contract could check.
const maxExtra = 8192

// edits returns the changes of the profile. It reads the day of --birthday and bounds the JSON of --extra, which have
// no body that the contract could check. Package person checks the values.
func (t texts) edits(f *pflag.FlagSet) (e person.Edits, err error) {
	e = person.Edits{
		RealName: t.given(f, "real-name"), FirstName: t.given(f, "first-name"), LastName: t.given(f, "last-name"),
		AvatarURL: t.given(f, "avatar-url"), Introduce: t.given(f, "introduce"),
	}
	// People type a day, and not the seconds of the contract.
	if day := t.given(f, "birthday"); day != nil {
		if e.Birthday, err = parseBirthday(*day); err != nil {
			return e, err
		}
	}
	if object := t.given(f, "extra"); object != nil {
		// The empty object clears the data, and so does an empty flag.
		if *object == "" {
			*object = "{}"
		}
		if e.Extra, err = contract.OpenObject([]byte(*object), maxExtra); err != nil {
			return e, fmt.Errorf("--extra: %w", err)
		}
	}
	return e, nil
}

// parseBirthday returns a day in Unix seconds, 0 for "". A birthday is midnight UTC, as the pages send it.
func parseBirthday(day string) (*int64, error) {
	if day == "" {
		return new(int64(0)), nil
	}
	born, err := time.Parse(time.DateOnly, day)
	// A year outside of these is a typing error. The contract has nearly the same bounds. Package person refuses a day
	// that is more than 24 hours ahead.
	if err != nil || born.Year() < 1900 || born.Year() > 2099 {
		return nil, errors.New("--birthday is a day, such as 1990-05-17, or empty for none")
	}
	seconds := born.Unix()
	// 0 stands for none, so 1970-01-01 is sent as 1, a second later.
	if seconds == 0 {
		seconds = 1
	}
	return &seconds, nil
}
