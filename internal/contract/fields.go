package contract

import (
	"errors"
	"io"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/getkin/kin-openapi/openapi3"
)

// fieldsType is the media type of a body of fields, as the form of a page and the clients of OAuth send it.
const fieldsType = "application/x-www-form-urlencoded"

// readFields reads the schema of a body of fields. All of them are texts, because the media type knows no other
// type.
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

// decodeFields reads and validates a body of fields. What was validated is left behind in one spelling for the
// generated code.
func (o *Operation) decodeFields(w http.ResponseWriter, req *http.Request, found *FieldErrors) error {
	// A charset is no parameter of this type; clients send one, and the texts are UTF-8 in any case.
	media, _, err := mime.ParseMediaType(req.Header.Get("Content-Type"))
	if err != nil || media != fieldsType || len(req.Header["Content-Type"]) > 1 {
		return &Error{Reason: UnsupportedMediaType}
	}
	// One byte more would be refused by Content-Length before it is read.
	body, err := io.ReadAll(http.MaxBytesReader(w, req.Body, maxBody)) // check: fields-limit
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		return &Error{Reason: BodyTooLarge}
	}
	// url.ParseQuery skips a part that it cannot decode, and a proxy in front may have read it. So a body with one is
	// refused as a whole.
	fields, parseErr := url.ParseQuery(string(body))
	if err != nil || parseErr != nil {
		found.Add("", BadFormat, 0)
		return nil
	}
	// In one order: a map has none, and the answer to a request should not change.
	object := make(map[string]any, len(fields))
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		values := fields[name]
		object[name] = values[0]
		switch {
		// A proxy in front may have read the last one.
		case len(values) > 1: // check: fields-repeated
			found.Add(echoable(name), DuplicateField, 0)
		case !utf8.ValidString(values[0]):
			found.Add(echoable(name), ForbiddenCharacter, 0)
		}
	}
	// Unknown names are among the errors, as in JSON.
	if err := visit(o.body, object); err != nil {
		found.addBody(err, o.body, object)
	}
	// The generated code parses the body again, and finds the values that were validated.
	req.Body = io.NopCloser(strings.NewReader(fields.Encode()))
	return nil
}
