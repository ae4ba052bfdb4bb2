package source

import (
	"encoding/json"
	"errors"
	"io"
)

// values reads the users of a file of JSON values: objects one after the other, as in NDJSON, or arrays of them. Pages
// of an API that a script appends to one file are several arrays. The line of a record is the number of its user.
//
// Such a file has no last line, so one that is cut off between two users counts as whole. The counts of the import show
// it.
type values struct {
	array
	inside bool // an array
}

// newValues reads up to the first user, to see whether the file has the format.
func newValues(in io.Reader, user func([]byte) Record) (*values, error) {
	// The bound is reset for each user, as in an array.
	bounded := &boundedReader{in, maxRecord}
	v := &values{array: array{in: bounded, decoder: json.NewDecoder(bounded), user: user}}
	switch first, err := v.first(); {
	case errors.Is(err, io.EOF):
		return nil, ErrNoLines
	case err != nil || first != '[' && first != '{':
		return nil, ErrArray
	}
	return v, nil
}

// first returns the character with which the next value begins, and leaves it to be read. It returns io.EOF at the end
// of the file, and ErrArray for what cannot begin a value.
func (v *values) first() (byte, error) {
	v.in.left = maxRecord
	// More skips blanks, and its buffer then begins with the value. A token of more than one character is read whole.
	if !v.decoder.More() {
		_, err := v.decoder.Token()
		if errors.Is(err, io.EOF) {
			return 0, io.EOF
		}
		return 0, ErrArray
	}
	var first [1]byte
	_, err := io.ReadFull(v.decoder.Buffered(), first[:])
	return first[0], err
}

// Next returns the next user, of this array or of the next one.
func (v *values) Next() (Record, error) {
	for {
		// An array ends as one of a Keycloak realm does: without its bracket it is cut off.
		if v.inside {
			from, err := v.array.Next()
			if !errors.Is(err, io.EOF) {
				return from, err
			}
			v.inside = false
		}
		first, err := v.first()
		if err != nil {
			return Record{}, err
		}
		// Anything else than an object is reported as malformed, as in an array.
		if first != '[' {
			return v.element()
		}
		if _, err := v.token(); err != nil {
			return Record{}, ErrArray
		}
		v.inside = true
	}
}
