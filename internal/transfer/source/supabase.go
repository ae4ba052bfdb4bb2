package source

import (
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"
	"time"
)

// ErrSupabase is the error of a CSV file of another table, or of one without a column that decides who gets in.
var ErrSupabase = errors.New("the table has not all of the columns id, email, email_confirmed_at, " +
	"encrypted_password, banned_until and deleted_at: export auth.users of Supabase as CSV, with all its columns")

// supabase reads the table auth.users of Supabase Auth as CSV, as \copy of psql and the SQL editor of the dashboard
// write it (User in package models of supabase/auth, read in November 2026).
//
// Second factors and the identities of other providers are in tables of their own. Of the latter, raw_app_meta_data
// has the names.
type supabase struct {
	table *table
	// These decide about a row, and are not in the file.
	phones, emails bool      // the operator vouches for them
	now            time.Time // with which the end of a ban is compared
}

// newSupabase reads the first line.
func newSupabase(in io.Reader, phones, emails bool, now time.Time) (*supabase, error) {
	t, err := newTable(in, false)
	if err != nil {
		return nil, err
	}
	// Without one of them each user would lose the password or the email, or who is banned or deleted would get in.
	required := []string{"id", "email", "email_confirmed_at", "encrypted_password", "banned_until", "deleted_at"}
	if !t.columns.has(required...) { // check: import-supabase-columns
		return nil, ErrSupabase
	}
	return &supabase{t, phones, emails, now}, nil
}

// Next returns the next user.
func (s *supabase) Next() (Record, error) {
	row, line, err := s.table.next()
	if err != nil {
		return Record{}, err
	}
	// psql writes NULL as an empty field, other programs as a word.
	row.nulls("NULL", "null")
	from := s.user(&row)
	from.Line = line
	return from, nil
}

// user returns the record of a row. An email or a phone counts as verified if Supabase has confirmed it and the
// operator vouches for that.
func (s *supabase) user(row *cells) Record {
	// Another column that is not in the file counts as NULL: people select the columns that they know.
	u := User{
		ID: row.id("id"), Email: row.text("email"),
		Phone: row.text("phone"), PasswordHash: row.text("encrypted_password"), Status: Active,
		Created: row.moment("created_at"), Updated: row.moment("updated_at"), LastLogin: row.moment("last_sign_in_at"),
	}
	// Supabase stores a phone in E.164 without its plus sign.
	if u.Phone != "" && !strings.HasPrefix(u.Phone, "+") {
		u.Phone = "+" + u.Phone
	}
	// A ban for ever is one for a hundred years. After the end of a ban the user logs in to Supabase again.
	if until := row.moment("banned_until"); until != nil && until.After(s.now) { // check: import-supabase-banned
		u.Status = Disabled
	}
	// An app may store any JSON about a user, so another type than an object is no error. The names are those that the
	// providers use.
	var meta map[string]json.RawMessage
	_ = json.Unmarshal([]byte(row.text("raw_user_meta_data")), &meta)
	u.RealName, u.AvatarURL = firstText(meta, "full_name", "name"), firstText(meta, "avatar_url", "picture")
	var app struct {
		Providers []string `json:"providers"`
	}
	_ = json.Unmarshal([]byte(row.text("raw_app_meta_data")), &app)
	r := Record{User: &u}
	// A project can be set to confirm each address at once, without a message, and no column tells: a stranger may have
	// signed up with the address of another person, who would share the account. The operator knows how it was set.
	confirmed := row.moment("email_confirmed_at")
	if s.emails { // check: import-supabase-email
		u.EmailVerified = confirmed
	}
	r.loses(confirmed != nil && u.EmailVerified == nil, noteEmail)
	r.vouched(row.moment("phone_confirmed_at") != nil && s.phones) // check: import-supabase-phone
	// Codes by mail and SMS are a login here as well.
	other := func(provider string) bool { return provider != "email" && provider != "phone" }
	r.loses(row.boolean("is_sso_user") || slices.ContainsFunc(app.Providers, other), noteIdentities)
	// A row that is kept although its user is gone, and one of a visitor that has never signed up.
	// Both are rows of the table like any other, and neither can log in.
	switch {
	case row.text("deleted_at") != "": // check: import-supabase-deleted
		r.Wrong = NoteDeleted
	case row.boolean("is_anonymous"):
		r.Wrong = noteAnonymous
	}
	// A value that cannot be read is the better note: an operator can correct it. The others may be of wrong columns.
	if row.wrong != "" {
		r.Wrong, r.Left = row.wrong, nil
	}
	return r
}

// firstText returns the first of the named members that is a text.
func firstText(of map[string]json.RawMessage, names ...string) string {
	// A member of another type has another meaning, such as a list of phones.
	for _, name := range names {
		var text string
		if json.Unmarshal(of[name], &text) == nil && text != "" {
			return text
		}
	}
	return ""
}
