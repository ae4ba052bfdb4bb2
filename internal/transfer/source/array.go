package source

import (
	"encoding/json"
	"errors"
	"io"
	"time"
)

// ErrArray is the error of a file that should be JSON: it is malformed, cut off, not of the form of its format, or has
// a user of more than 1 MiB. It quotes nothing of the file.
var ErrArray = errors.New("the file is not the JSON that this format has, is cut off, or has a user of more than " +
	"1 MiB. All users before this place are imported")

// array reads the users of a JSON file one by one: the elements of its array, or of the member users of its object. The
// line of a record is the number of its element.
//
// Memory holds one user at a time. A file of a million users is read as one of ten.
type array struct {
	in      *boundedReader
	decoder *json.Decoder
	// user reads an element. Members that Enroll has no use for are ignored, because each version writes others.
	user func(element []byte) Record
	read int64
}

// newArray reads up to the first element.
func newArray(in io.Reader, user func([]byte) Record) (*array, error) {
	// The bound is reset for each token and each user, so the file may have any size.
	bounded := &boundedReader{in, maxRecord}
	a := &array{in: bounded, decoder: json.NewDecoder(bounded), user: user}
	// An array is what Django writes, and an object what Keycloak writes.
	first, err := a.token()
	switch {
	case errors.Is(err, io.EOF):
		return nil, ErrNoLines
	case err == nil && first == json.Delim('['):
		return a, nil
	case err != nil || first != json.Delim('{'):
		return nil, ErrArray
	}
	// Members before the users are skipped, and members after them are not read.
	for {
		name, err := a.token()
		if err != nil || name == json.Delim('}') {
			return nil, ErrArray
		}
		if name == "users" {
			break
		}
		if err := a.skip(); err != nil {
			return nil, ErrArray
		}
	}
	if first, err = a.token(); err != nil || first != json.Delim('[') {
		return nil, ErrArray
	}
	return a, nil
}

// token returns the next token, which may have maxRecord bytes.
func (a *array) token() (json.Token, error) {
	a.in.left = maxRecord
	return a.decoder.Token()
}

// skip skips a value. A realm of Keycloak has much beside its users, so it is not kept as a whole.
func (a *array) skip() error {
	// A number or a text is one token, and an object ends with the bracket of its depth.
	for depth := 0; ; {
		t, err := a.token()
		if err != nil {
			return err
		}
		switch t {
		case json.Delim('{'), json.Delim('['):
			depth++
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
		if depth == 0 {
			return nil
		}
	}
}

// Next returns the next user.
func (a *array) Next() (Record, error) {
	a.in.left = maxRecord
	if !a.decoder.More() {
		// Without the bracket the file is cut off.
		if t, err := a.token(); err != nil || t != json.Delim(']') { // check: import-array-end
			return Record{}, ErrArray
		}
		return Record{}, io.EOF
	}
	return a.element()
}

// element reads a user.
func (a *array) element() (Record, error) {
	// A user of another form is reported, and a file that is not JSON ends the import.
	var element json.RawMessage
	if err := a.decoder.Decode(&element); err != nil {
		return Record{}, ErrArray
	}
	a.read++
	from := a.user(element)
	from.Line = a.read
	return from, nil
}

// unreadable returns the record of an element that is not a user of its system. Its id is not known.
func unreadable(err error) Record {
	// An id that is too long is the one mistake that an operator can correct in the file.
	wrong := "malformed"
	if errors.Is(err, errSourceID) {
		wrong = "id: malformed"
	}
	return Record{User: new(User), Wrong: wrong}
}

// verifiedAt returns when an email was verified, of a system that says only that it is: at the creation of the user.
func verifiedAt(created *time.Time) *time.Time {
	// The constraint needs a time.
	if created == nil {
		return new(time.Unix(0, 0).UTC())
	}
	return created
}
