package source

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"time"
	"unicode/utf8"
)

// ErrMembers is the error of a CSV file whose first line is not that of this format.
var ErrMembers = errors.New("the first line has no column id, or one that is not a member of a user in " +
	"docs/transfer.md")

// members reads CSV whose columns are members of the format of Enroll, for a team whose own program or spreadsheet has
// its users. An empty value is a missing member.
//
// A row becomes the JSON object of a line, so that each value means what it means there.
type members struct {
	table *table
	// The columns in their order, with the types of their members.
	names []string
	types []reflect.Type
}

// memberTypes returns the type of each member of a user, by its name.
func memberTypes() map[string]reflect.Type {
	// They are those of the lines, so that a new member is a column as well. A file has no other kinds of rows.
	types, user := map[string]reflect.Type{}, reflect.TypeFor[User]()
	for i := range user.NumField() {
		name, _, _ := strings.Cut(user.Field(i).Tag.Get("json"), ",")
		types[name] = user.Field(i).Type
	}
	delete(types, "kind")
	return types
}

// newMembers reads the first line. A column with another name is refused, as an unknown member is: a misspelled one
// would silently lose a value.
func newMembers(in io.Reader) (*members, error) {
	t, err := newTable(in, false)
	if err != nil {
		return nil, err
	}
	// The error has the number of a column and not its name: the first line of a file without names is a user.
	// The types are looked up once, and not for each row.
	types, m := memberTypes(), &members{t, make([]string, t.width), make([]reflect.Type, t.width)}
	for name, i := range t.columns {
		if types[name] == nil {
			return nil, fmt.Errorf("column %d: %w", i+1, ErrMembers)
		}
		m.names[i], m.types[i] = name, types[name]
	}
	// Two columns of one name, of which one would win.
	if !t.columns.has("id") || len(t.columns) != t.width {
		return nil, ErrMembers
	}
	return m, nil
}

// Next returns the next user.
func (m *members) Next() (Record, error) {
	row, line, err := m.table.next()
	if err != nil {
		return Record{}, err
	}
	// The word NULL may be a name, so only an empty value is none.
	row.nulls()
	// The bounds of texts and of times are those of the rules, for all formats.
	object := m.object(&row)
	u := new(User)
	if row.wrong == "" {
		row.wrong = decode(object, u)
	}
	// A row that cannot be read is reported with its id.
	if row.wrong != "" {
		u = &User{ID: row.id("id")}
	}
	return Record{Line: line, User: u, Wrong: row.wrong}, nil
}

// object returns the JSON object of a row.
func (m *members) object(row *cells) []byte {
	// Each value is checked on its own, so that a note has the name of its member.
	values := map[string]json.RawMessage{}
	for i, name := range m.names {
		text := row.text(name)
		if text == "" {
			continue
		}
		// Spreadsheets write other encodings, too. A name in one of them would become another name.
		if !utf8.ValidString(text) {
			row.malformed(name)
		}
		// Spreadsheets write truth values in upper case.
		quoted := true
		switch kind := m.types[i]; kind {
		case reflect.TypeFor[*time.Time]():
			// The error of a time in JSON has no name of its member.
			if _, err := time.Parse(time.RFC3339, text); err != nil {
				row.malformed(name)
			}
		case reflect.TypeFor[bool]():
			text, quoted = strings.ToLower(text), false
		default:
			quoted = kind.Kind() == reflect.String
		}
		if quoted {
			// A text is always valid JSON.
			values[name], _ = json.Marshal(text)
			continue
		}
		// A number, a truth value, or extra data. Anything else could add members to the object.
		if values[name] = json.RawMessage(text); !json.Valid(values[name]) { // check: import-csv-value
			row.malformed(name)
			values[name] = nil
		}
	}
	// No value is invalid, and the names are those of the format.
	// An error would be one of this program, and refuses the row rather than ends the import.
	object, err := json.Marshal(values)
	if err != nil {
		row.malformed("id")
	}
	return object
}
