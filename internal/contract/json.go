package contract

import (
	"bytes"
	"errors"
	"io"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/go-json-experiment/json/jsontext"
)

// Bounds of a body's structure; open.go has those of open objects. The contract's other
// objects are flat and have far fewer members, so no client exceeds these bounds by mistake.
// They bound the work for a hostile body; maxBody alone would admit 8,000 members or levels.
const (
	maxDepth   = 8
	maxMembers = 64 // of all objects and arrays together
)

// errMalformed reports a body that is not one JSON object (RFC 8259) in valid UTF-8
// (RFC 7493), or that exceeds the bounds above. It has no detail, because the JSON
// library's texts quote the body.
var errMalformed = errors.New("malformed JSON")

// Numbers that no field accepts. They take the place of the value, so that the validation
// by the schema reports an error for it.
type (
	notInteger  struct{} // 7.0, 1e2, -0: integers in some languages, not in Go
	beyondInt64 struct{}
)

// decoder reads one body into map[string]any, []any, string, bool, int64 and nil, the
// only values of an accepted body, and json.Number within an open object. The package
// doc says why it is not encoding/json.
type decoder struct {
	json    *jsontext.Decoder
	schema  *openapi3.Schema // of the body
	members int
	bound   int  // of members
	open    bool // within an open object
	found   *FieldErrors
}

// decodeObject decodes a body. It adds an error that concerns one field to found and
// goes on. It returns errMalformed if the body cannot be read as one object.
func decodeObject(body []byte, schema *openapi3.Schema, found *FieldErrors) (map[string]any, error) {
	// The library would stop at the first duplicate name, so the method object finds them. The library reads a
	// Buffer without a copy.
	json := jsontext.NewDecoder(bytes.NewBuffer(body), jsontext.AllowDuplicateNames(true))
	d := decoder{json: json, schema: schema, bound: maxMembers, found: found}
	if json.PeekKind() != '{' {
		return nil, errMalformed
	}
	object, err := d.object("")
	if err != nil {
		return nil, err
	}
	if _, err := json.ReadToken(); err != io.EOF { // check: json-trailing
		return nil, errMalformed // something follows the object
	}
	return object, nil
}

// value reads the next value, which belongs to the member field of the body.
func (d *decoder) value(field string) (any, error) {
	switch d.json.PeekKind() {
	case '{':
		return d.object(field)
	case '[':
		return d.array(field)
	}
	t, err := d.json.ReadToken()
	if err != nil {
		return nil, errMalformed
	}
	switch t.Kind() {
	case '"':
		s := t.String()
		if strings.IndexByte(s, 0) >= 0 { // check: json-nul
			// PostgreSQL's type text cannot store NUL, and C programs end a string at it.
			d.found.Add(field, ForbiddenCharacter, 0)
		}
		return s, nil
	case '0':
		if !d.open {
			return integer(t.String()), nil
		}
		n, ok := decimal(t.String())
		if !ok {
			d.found.Add(field, OutOfRange, 0)
		}
		return n, nil
	case 't', 'f':
		return t.Kind() == 't', nil
	}
	return nil, nil
}

// object reads an object. field is "" for the body itself, whose members are the
// fields. An error further down is reported for the field that contains it.
func (d *decoder) object(field string) (map[string]any, error) {
	if _, err := d.json.ReadToken(); err != nil || d.json.StackDepth() > maxDepth {
		return nil, errMalformed
	}
	object := make(map[string]any, 8) // room for the fields of an ordinary registration
	for d.json.PeekKind() != '}' {
		t, err := d.json.ReadToken()
		if err != nil || t.Kind() != '"' || !d.count() {
			return nil, errMalformed
		}
		name := t.String()
		// At depth 1 the names are the body's fields.
		blamed := field
		if d.json.StackDepth() == 1 {
			blamed = echoable(name)
		}
		if _, twice := object[name]; twice {
			d.found.Add(blamed, DuplicateField, 0) // check: json-duplicate
		}
		if d.open && strings.IndexByte(name, 0) >= 0 { // check: open-nul
			d.found.Add(blamed, ForbiddenCharacter, 0)
		}
		read := d.value
		if d.json.StackDepth() == 1 && d.opens(name) {
			read = d.openValue
		}
		if object[name], err = read(blamed); err != nil {
			return nil, err
		}
	}
	if _, err := d.json.ReadToken(); err != nil {
		return nil, errMalformed
	}
	return object, nil
}

// array reads an array. Only an open object may contain one. Elsewhere it is read so that the
// rest of the body is validated, too.
func (d *decoder) array(field string) ([]any, error) { // check: json-depth
	if _, err := d.json.ReadToken(); err != nil || d.json.StackDepth() > maxDepth {
		return nil, errMalformed
	}
	array := []any{}
	for d.json.PeekKind() != ']' {
		v, err := d.value(field)
		if err != nil || !d.count() {
			return nil, errMalformed
		}
		array = append(array, v)
	}
	if _, err := d.json.ReadToken(); err != nil {
		return nil, errMalformed
	}
	return array, nil
}

// count counts a member and returns false after the bound.
func (d *decoder) count() bool {
	d.members++
	return d.members <= d.bound // check: json-members
}

// integer reads an integer in its one spelling: decimal digits without a leading zero,
// after "-" if it is negative. It returns notInteger for any other text and beyondInt64
// for a number that int64 cannot hold.
func integer(literal string) any {
	digits := strings.TrimPrefix(literal, "-")
	switch {
	case digits == "", digits[0] == '0' && literal != "0":
		return notInteger{}
	case strings.Trim(digits, "0123456789") != "": // check: json-integer
		return notInteger{}
	}
	n, err := strconv.ParseInt(literal, 10, 64)
	if err != nil {
		return beyondInt64{}
	}
	return n
}
