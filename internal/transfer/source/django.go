package source

import (
	"encoding/json"
	"strings"
	"time"
)

// djangoUser is a user as manage.py dumpdata auth.user writes it: "JSON" in the documentation of serialization, and the
// fields of django.contrib.auth (5.2). Rights, groups and permissions have no place here.
//
// A dump has the rows of a model in the order of their keys. With the option for natural primary keys, pk is missing
// and each row is refused.
//
// The times are ISO 8601. They have an offset if the project uses time zones (USE_TZ), which is the default. A time
// without an offset could be of any zone, so its row is refused.
type djangoUser struct {
	ID     json.RawMessage `json:"pk"` // a number, or a text such as a UUID
	Fields struct {
		Password  *string    `json:"password"`
		UserName  string     `json:"username"`
		Email     string     `json:"email"`
		FirstName string     `json:"first_name"`
		LastName  string     `json:"last_name"`
		Active    bool       `json:"is_active"`
		Joined    *time.Time `json:"date_joined"`
		LastLogin *time.Time `json:"last_login"`
	} `json:"fields"`
}

// django reads a user of Django. An email is not verified: django.contrib.auth stores what a user types.
// A superuser becomes an ordinary user, because users of Enroll have no such rights.
func django(element []byte) Record {
	// A custom user model has the same fields if it extends AbstractUser.
	var from djangoUser
	if err := json.Unmarshal(element, &from); err != nil {
		return unreadable(err)
	}
	// The id is parsed on its own: that of a row of another model is reported, too.
	var id ID
	if err := id.UnmarshalJSON(from.ID); err != nil {
		return unreadable(err)
	}
	f := from.Fields
	// Other models, such as permissions, have no password.
	if f.Password == nil {
		return Record{User: &User{ID: id}, Wrong: "password: required"}
	}
	u := User{
		ID: id, UserName: f.UserName, Email: f.Email, FirstName: f.FirstName, LastName: f.LastName, Created: f.Joined,
		LastLogin: f.LastLogin, Status: Disabled,
	}
	// A user is active only if the file says so.
	if f.Active {
		u.Status = Active
	}
	// The text begins with the name of a hasher of Django; package password reads most of them. An exclamation mark begins
	// what Django calls an unusable password, which means that the user has none.
	if !strings.HasPrefix(*f.Password, "!") {
		u.PasswordHash = strings.TrimPrefix(*f.Password, "bcrypt$")
		// Django writes argon2 and the PHC string, without the dollar sign at its beginning.
		if phc, found := strings.CutPrefix(u.PasswordHash, "argon2$"); found {
			u.PasswordHash = "$" + phc
		}
	}
	return Record{User: &u}
}
