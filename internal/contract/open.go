package contract

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// An open object is a member of a body whose own members the document does not list. It may be null, which
// means "not given", and has additionalProperties true and x-max-bytes: the longest JSON text in bytes of
// UTF-8, without blanks and with numbers written as decimal does. Its value is bound as JSON text.
//
// It is the only member of a body that is not a scalar. It holds the deployment's own data, whose form the
// document cannot know. In a string each client would have to quote the JSON.

// Bounds of an open object, besides its size and maxDepth.
const (
	maxOpenMembers = 1024 // of all its objects and arrays together
	maxDigits      = 400  // of a number without its exponent; the shortest text of a double has 327 at most
)

// isOpen reports whether a schema is one of an open object.
func isOpen(s *openapi3.Schema) bool {
	open := s.AdditionalProperties.Has
	return s.Type.Is(openapi3.TypeObject) && open != nil && *open
}

// checkOpen returns an error if an open object has a rule that is not checked. kin-openapi would apply such a
// rule, but its error, further down in the object, would name no field of the body.
func checkOpen(s *openapi3.Schema) error {
	rest := *s
	rest.Type, rest.Nullable, rest.AdditionalProperties = nil, false, openapi3.AdditionalProperties{}
	rest.Description, rest.Example, rest.Extensions = "", nil, nil
	text, err := rest.MarshalJSON()
	if err != nil || string(text) != "{}" {
		return errors.New("an open object must have no rule besides " + maxBytes)
	}
	if openSize(s) == 0 {
		return errors.New(maxBytes + ": an open object needs this bound, in bytes")
	}
	return nil
}

// openSize returns the x-max-bytes of a schema, 0 for none.
func openSize(s *openapi3.Schema) int {
	size, _ := s.Extensions[maxBytes].(float64)
	return int(size)
}

// opens reports whether a member of the body is an open object. The tests of the decoder have no schema.
func (d *decoder) opens(name string) bool {
	if d.schema == nil || d.schema.Properties[name] == nil {
		return false
	}
	return isOpen(d.schema.Properties[name].Value)
}

// openValue reads the value of an open object. Its members do not count as members of the body, and have a bound
// of their own, maxOpenMembers. Its numbers become json.Number, which keeps their digits. Duplicate names, U+0000
// and too many levels are refused as in the rest of the body.
func (d *decoder) openValue(name string) (any, error) {
	// null means "not given". The schema refuses any other value later.
	if d.json.PeekKind() != '{' {
		return d.value(name)
	}
	outside := *d
	d.members, d.bound, d.open = 0, maxOpenMembers, true
	value, err := d.value(name)
	// The rest of the body is read as before.
	d.members, d.bound, d.open = outside.members, outside.bound, false
	if object, ok := value.(map[string]any); ok && err == nil {
		d.checkSize(name, object)
	}
	return value, err
}

// OpenObject returns the text of an open object that does not come from a body, such as one of a command line, as a
// body's would be bound. size is its x-max-bytes. An error does not quote the text.
func OpenObject(text []byte, size int) (json.RawMessage, error) {
	rest, found := true, FieldErrors{}
	open := &openapi3.Schema{
		Type: &openapi3.Types{openapi3.TypeObject}, AdditionalProperties: openapi3.AdditionalProperties{Has: &rest},
		Extensions: map[string]any{maxBytes: float64(size)},
	}
	// The object is read as the only member of a body, since a body is what the decoder reads.
	const name = "object"
	schema := &openapi3.Schema{Properties: openapi3.Schemas{name: openapi3.NewSchemaRef("", open)}}
	body := slices.Concat([]byte(`{"`+name+`":`), text, []byte("}"))
	decoded, err := decodeObject(body, schema, &found)
	object, ok := decoded[name].(map[string]any)
	switch {
	// A text that closes the body and begins another member is not an object.
	case err != nil, !ok, len(decoded) != 1:
		return nil, errors.New("this is not a JSON object")
	case len(found) > 0:
		return nil, fmt.Errorf("this JSON object is refused: %s", found[0].Reason)
	}
	return json.Marshal(object)
}

// checkSize adds an error if an open object is too large. It measures the object written anew: the text in the
// body may have blanks and escapes, and an exponent of few characters, such as 1e99, may stand for many digits.
func (d *decoder) checkSize(name string, object map[string]any) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false) // < is one byte, not six
	err := encoder.Encode(object)
	// The encoder ends the text with a line break.
	if size := openSize(d.schema.Properties[name].Value); err != nil || text.Len()-1 > size { // check: open-size
		d.found.Add(name, TooLong, 0)
	}
}

// decimal returns a number of JSON without its exponent, with all its digits: 1.50e1 is 15.0. So its size is
// counted as the database stores it. It returns false if the number would be longer than maxDigits, or is beyond
// the range of a double: many clients read doubles, and fail at other numbers. The exponent is bounded before it
// is applied: 1e1000000000 would take all memory.
func decimal(literal string) (json.Number, bool) {
	if len(literal) > 2*maxDigits {
		return "", false
	}
	digits, exponent, _ := strings.Cut(strings.ToLower(literal), "e")
	shift := 0
	if exponent != "" {
		var err error
		shift, err = strconv.Atoi(exponent)
		if err != nil || shift > maxDigits || shift < -maxDigits { // check: open-exponent
			return "", false
		}
	}
	// The decoder has checked the grammar of JSON, so a point has a digit on both sides.
	digits, negative := strings.CutPrefix(digits, "-")
	whole, fraction, _ := strings.Cut(digits, ".")
	// The point moves to the right past digits of the fraction, or to the left past those of the whole. Zeros
	// stand where there are no more digits.
	if shift > 0 {
		fraction += strings.Repeat("0", max(0, shift-len(fraction)))
		whole, fraction = whole+fraction[:shift], fraction[shift:]
	} else {
		whole = strings.Repeat("0", max(0, -shift-len(whole))) + whole
		whole, fraction = whole[:len(whole)+shift], whole[len(whole)+shift:]+fraction
	}
	whole = strings.TrimLeft(whole, "0")
	if whole == "" {
		whole = "0"
	}
	text := whole
	if fraction != "" {
		text += "." + fraction
	}
	// The database stores -0 as 0.
	if negative && strings.Trim(text, "0.") != "" {
		text = "-" + text
	}
	_, err := strconv.ParseFloat(text, 64)
	return json.Number(text), err == nil && len(text) <= maxDigits // check: open-digits
}
