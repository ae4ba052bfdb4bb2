package person

import (
	"errors"
	"time"

	"github.com/enroll-project/enroll/gen/db"
	"github.com/enroll-project/enroll/internal/extra"
	"github.com/enroll-project/enroll/internal/postgres"
)

// Basics is the part of a profile that a registration takes.
type Basics struct {
	RealName  string // for display; never made of the next two
	FirstName string // the given name
	LastName  string // the family name
	AvatarURL string // an absolute URL, or a path within the site; the picture may be on another server
}

// Profile is what users have entered about themselves, each field checked. An empty field was not given or was
// cleared. The fields that are not in Basics are set by a change only: a form of registration should be short.
type Profile struct {
	Basics
	Introduce string    // may have several lines
	Birthday  time.Time // zero for none
	Extra     string    // the data that the deployment describes, a JSON object
}

// Edits are the new values of a profile. A field that is nil stays as it is; an empty one is cleared.
// Each field is optional, because pages change one at a time, and because a page that was made before
// a field existed must not clear the field.
type Edits struct {
	RealName  *string
	FirstName *string
	LastName  *string
	AvatarURL *string
	Introduce *string
	Birthday  *int64 // Unix seconds, 0 for none
	// Extra is a JSON object, without a duplicate name or U+0000 in it. It replaces the earlier object as a
	// whole, because this package does not know what its members mean.
	Extra []byte
}

// Of returns the profile of a row. The field of a column that is NULL is empty: no caller distinguishes the two.
func Of(row db.User) Profile {
	return Profile{
		Basics: Basics{
			RealName: row.RealName, FirstName: row.FirstName, LastName: row.LastName, AvatarURL: row.AvatarUrl,
		},
		Introduce: row.Introduce,
		Birthday:  postgres.OrZero[time.Time](row.Birthday).UTC(),
		Extra:     postgres.OrZero(row.Extra),
	}
}

// Parse checks the profile of a registration. It returns the values as they are stored, and all refusals
// joined, so that a person can correct all fields of a form at once.
func (b Basics) Parse() (Basics, error) {
	var c checks
	b.RealName = c.text(b.RealName, name("real_name"))
	b.FirstName = c.text(b.FirstName, name("first_name"))
	b.LastName = c.text(b.LastName, name("last_name"))
	b.AvatarURL = c.text(b.AvatarURL, avatarURL)
	return b, errors.Join(c.refusals...)
}

// Fill sets the columns of a registration. b is a result of [Basics.Parse]. Fill is a separate step, because
// the captcha is spent and the password is hashed after the check and before the row is made.
func (b Basics) Fill(row *db.SpendCodeAndInsertUserParams) {
	row.RealName = b.RealName
	row.FirstName = b.FirstName
	row.LastName = b.LastName
	row.AvatarUrl = b.AvatarURL
}

// FillNew sets the columns of a user that an operator creates, as Fill does for a registration.
func (b Basics) FillNew(row *db.InsertUserParams) {
	row.RealName = b.RealName
	row.FirstName = b.FirstName
	row.LastName = b.LastName
	row.AvatarUrl = b.AvatarURL
}

// Fill checks the edits by the rules of a registration and sets the columns of a change. A column that is
// NULL, or not marked as given, stays as it is. described is nil if the deployment has no extra data. row.Now must
// be set if there is a birthday. Fill returns all refusals joined.
func (e Edits) Fill(row *db.ChangeProfileParams, described *extra.Schema) error {
	var c checks
	row.RealName = c.edit(e.RealName, name("real_name"))
	row.FirstName = c.edit(e.FirstName, name("first_name"))
	row.LastName = c.edit(e.LastName, name("last_name"))
	// The rule also admits the path of an uploaded picture.
	row.AvatarUrl = c.edit(e.AvatarURL, avatarURL)
	row.Introduce = c.edit(e.Introduce, introduce)
	// NULL clears the next two columns, so that a flag says whether the field was sent.
	if e.Extra != nil {
		row.ExtraGiven = true
		var err error
		row.Extra, err = parseExtra(described, e.Extra)
		c.note(err)
	}
	if e.Birthday != nil {
		row.BirthdayGiven = true
		var err error
		row.Birthday, err = birthday(*e.Birthday, row.Now)
		c.note(err)
	}
	return errors.Join(c.refusals...)
}

// LeaveOut removes from the columns of a change what the profile has already, so that a repetition of a change
// changes nothing.
func (p Profile) LeaveOut(row *db.ChangeProfileParams) {
	for column, has := range map[**string]string{
		&row.RealName: p.RealName, &row.FirstName: p.FirstName, &row.LastName: p.LastName, &row.AvatarUrl: p.AvatarURL,
		&row.Introduce: p.Introduce,
	} {
		// A field that was not sent is nil.
		if *column != nil && **column == has {
			*column = nil
		}
	}
	// In these two, NULL is a value: it clears the column.
	if row.BirthdayGiven && postgres.OrZero(row.Birthday).Equal(p.Birthday) {
		row.BirthdayGiven, row.Birthday = false, nil
	}
	if row.ExtraGiven && sameExtra(postgres.OrZero(row.Extra), p.Extra) {
		row.ExtraGiven, row.Extra = false, nil
	}
}

// Names returns the contract's names of the fields that are given. The audit log has these names, because it must not
// have values.
func (e Edits) Names() (names []string) {
	for _, one := range []struct {
		name  string
		given bool
	}{
		{"real_name", e.RealName != nil}, {"first_name", e.FirstName != nil}, {"last_name", e.LastName != nil},
		{"avatar_url", e.AvatarURL != nil}, {"introduce", e.Introduce != nil}, {"birthday", e.Birthday != nil},
		{"extra", e.Extra != nil},
	} {
		if one.given {
			names = append(names, one.name)
		}
	}
	return names
}

// checks collects the refusals of several fields. The zero value has no refusals.
type checks struct{ refusals []error }

// note adds a refusal if there is one. The fields after it are checked all the same.
func (c *checks) note(err error) {
	if err != nil {
		c.refusals = append(c.refusals, err)
	}
}

// text returns a text in the form in which it is stored, "" if it is refused.
func (c *checks) text(sent string, rule func(string) (string, error)) string {
	parsed, err := rule(sent)
	c.note(err)
	return parsed
}

// edit is text for a field that may not have been sent. It returns nil for a field that was not sent.
func (c *checks) edit(sent *string, rule func(string) (string, error)) *string {
	if sent == nil {
		return nil
	}
	return new(c.text(*sent, rule))
}
