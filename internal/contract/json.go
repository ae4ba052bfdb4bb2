package contract

import (
	"bytes"
	"errors"
	"io"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// Bounds of a body's structure. The contract's objects are flat and have far
// fewer members; whatever crosses these is no honest mistake.
const (
	maxDepth   = 8
	maxMembers = 64 // of all objects and arrays together
)

// errMalformed is a body that is not one JSON object (RFC 8259) of valid,
// unambiguous text (RFC 7493), or that crosses the bounds above. It says nothing
// more on purpose: texts of the JSON library quote what was sent.
var errMalformed = errors.New("malformed JSON")

// Numbers that the contract has no use for. They keep the place of the value, so
// that the schema can tell what was expected there.
type (
	notInteger  struct{} // 7.0, 1e2, -0: other languages read integers, Go does not
	beyondInt64 struct{}
)

// decoder reads one body into map[string]any, []any, string, bool, int64 and
// nil, the only values of an accepted body. encoding/json is not used: it takes
// the last of two members of one name, matches names in any case, and mends
// broken text, so that what was validated need not be what is bound.
type decoder struct {
	json    *jsontext.Decoder
	members int
	found   *FieldErrors
}

// decodeObject decodes a body. An error that has a field is noted and decoding
// goes on; whatever leaves no doubt-free object is errMalformed.
func decodeObject(json *jsontext.Decoder, body *bytes.Buffer, found *FieldErrors) (map[string]any, error) {
	// Duplicate names are ours to find: the library would stop at the first.
	json.Reset(body, jsontext.AllowDuplicateNames(true))
	d := decoder{json: json, found: found}
	if json.PeekKind() != '{' {
		return nil, errMalformed
	}
	object, err := d.object("")
	if err != nil {
		return nil, err
	}
	if _, err := json.ReadToken(); err != io.EOF {
		return nil, errMalformed // trailing garbage, or a second document
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
		if strings.IndexByte(s, 0) >= 0 {
			// PostgreSQL's text cannot hold it, and C reads the string's end.
			d.found.Add(field, ForbiddenCharacter, 0)
		}
		return s, nil
	case '0':
		return integer(t.String()), nil
	case 't', 'f':
		return t.Kind() == 't', nil
	}
	return nil, nil
}

// object reads an object. field is "" for the body itself, whose members are
// the fields; what is wrong further down is blamed on the field it belongs to.
func (d *decoder) object(field string) (map[string]any, error) {
	if _, err := d.json.ReadToken(); err != nil || d.json.StackDepth() > maxDepth {
		return nil, errMalformed
	}
	object := make(map[string]any, 8)
	for d.json.PeekKind() != '}' {
		t, err := d.json.ReadToken()
		if err != nil || t.Kind() != '"' || !d.count() {
			return nil, errMalformed
		}
		name := t.String()
		blamed := field
		if d.json.StackDepth() == 1 {
			blamed = echoable(name)
		}
		if _, twice := object[name]; twice {
			d.found.Add(blamed, DuplicateField, 0)
		}
		if object[name], err = d.value(blamed); err != nil {
			return nil, err
		}
	}
	if _, err := d.json.ReadToken(); err != nil {
		return nil, errMalformed
	}
	return object, nil
}

func (d *decoder) array(field string) ([]any, error) {
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

func (d *decoder) count() bool {
	d.members++
	return d.members <= maxMembers
}

// integer reads a number as the contract's headers and bodies write one: digits,
// with a minus sign in front if need be and without a leading zero.
func integer(literal string) any {
	digits := strings.TrimPrefix(literal, "-")
	switch {
	case digits == "", digits[0] == '0' && literal != "0":
		return notInteger{}
	case strings.Trim(digits, "0123456789") != "":
		return notInteger{}
	}
	n, err := strconv.ParseInt(literal, 10, 64)
	if err != nil {
		return beyondInt64{}
	}
	return n
}
