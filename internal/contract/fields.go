package contract

import (
	"errors"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/getkin/kin-openapi/openapi3"
)

// fieldsType is the media type of a body of fields. Forms of web pages and clients of OAuth send it.
const fieldsType = "application/x-www-form-urlencoded"

// readFields reads the schema of a body of fields. It refuses fields that are not strings, because the media type
// has no other type.
func (o *Operation) readFields(schema *openapi3.Schema, required bool) error {
	o.body, o.required, o.fields = schema, required, true
	problems := []error{leaveCombinations(o.body, o.reasons), checkBody(o.body)}
	for name, property := range schema.Properties {
		if !property.Value.Type.Is(openapi3.TypeString) {
			problems = append(problems, errors.New("body: "+name+": a field of a form is a text"))
		}
	}
	return errors.Join(problems...)
}

// decodeFields reads and validates a body of fields. It puts the validated values in req.Body, encoded anew, for the
// generated code to parse.
func (o *Operation) decodeFields(w http.ResponseWriter, req *http.Request, found *FieldErrors) error {
	// This media type has no parameter charset. Some clients send one. It is ignored: the texts must be UTF-8.
	if media, _ := mediaType(req.Header); media != fieldsType {
		return &Error{Reason: UnsupportedMediaType}
	}
	body, err := receive(w, req)
	if err != nil {
		return readError(err, InvalidRequest, FieldError{Reason: BadFormat})
	}
	// url.ParseQuery skips a part that it cannot decode, and a proxy in front may have read it. So a body with one is
	// refused as a whole.
	fields, err := url.ParseQuery(string(body))
	if err != nil {
		found.Add("", BadFormat, 0)
		return nil
	}
	// Names are sorted, because a map has no order and equal requests should get equal answers.
	object := make(map[string]any, len(fields))
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		values := fields[name]
		object[name] = values[0]
		switch {
		// A proxy in front may have read the last value and not the first one.
		case len(values) > 1: // check: fields-repeated
			found.Add(echoable(name), DuplicateField, 0)
		case !utf8.ValidString(values[0]):
			found.Add(echoable(name), ForbiddenCharacter, 0)
		}
	}
	// addBody reports unknown names, too, as for JSON.
	if err := visit(o.body, object); err != nil {
		found.addBody(err, o.body, object)
	}
	// The generated code parses the body again, and gets the values that were validated.
	req.Body = io.NopCloser(strings.NewReader(fields.Encode()))
	return nil
}
