package contract

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
)

// maxFieldErrors bounds the errors of one answer, as the contract does. It is more
// than any form has fields.
const maxFieldErrors = 50

// maxFieldName is the longest name of an unknown field that is sent back, in bytes. The
// contract's own names are shorter.
const maxFieldName = 64

// FieldError is one entry of errors in an answer.
type FieldError struct {
	Field  string // "" for the body as a whole, and for a name that echoable drops
	Reason Reason
	Limit  int // the bound that was crossed, for the message; 0 for none
}

// FieldErrors are the errors of one request, in the order of the answer.
type FieldErrors []FieldError

// Add appends a field error unless it is there or the list is full.
func (f *FieldErrors) Add(field string, reason Reason, limit int) {
	e := FieldError{field, reason, limit}
	if len(*f) < maxFieldErrors && !slices.Contains(*f, e) {
		*f = append(*f, e)
	}
}

// Names reports whether a field has an error.
func (f FieldErrors) Names(field string) bool {
	return slices.ContainsFunc(f, func(e FieldError) bool { return e.Field == field })
}

// echoable returns the name of an unknown field if it may be repeated in the answer, and
// "" otherwise. A value in the place of a name, such as a phone or a code, must not be
// repeated, because answers are logged. So a name must begin with a letter or "_" and
// have only letters, digits and "_.-".
func echoable(name string) string {
	const letters = "_ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	if name == "" || len(name) > maxFieldName || strings.IndexByte(letters, name[0]) < 0 ||
		strings.Trim(name, letters+"0123456789.-") != "" { // check: field-name
		return ""
	}
	return name
}

// addBody adds the errors of a body's schema. A field for which the decoder has found an
// error gets no other: a duplicate field, for example, has no one value to validate.
func (f *FieldErrors) addBody(err error, schema *openapi3.Schema, body map[string]any) {
	decoded := slices.Clone(*f) // the errors of the decoder
	f.each(err, func(e *openapi3.SchemaError) {
		path := e.JSONPointer()
		if len(path) == 0 {
			return // an unknown field, which is named below; checkBody admits no other case
		}
		if !decoded.Names(path[0]) {
			reason, limit := reasonOf(e, body[path[0]])
			f.Add(path[0], reason, limit)
		}
	})
	// Names are sorted, because a map has no order and equal requests should get equal answers.
	var unknown []string
	for name := range body {
		if schema.Properties[name] == nil {
			unknown = append(unknown, name)
		}
	}
	slices.Sort(unknown)
	for _, name := range unknown {
		if name = echoable(name); name == "" || !decoded.Names(name) {
			f.Add(name, UnknownField, 0) // check: json-unknown
		}
	}
}

// addParameter adds an error of openapi3filter about a parameter.
func (f *FieldErrors) addParameter(err error, name string, sent []string) {
	failed, unparsed := (*openapi3filter.RequestError)(nil), (*openapi3filter.ParseError)(nil)
	if !errors.As(err, &failed) {
		panic(err) // openapi3filter documents no other type
	}
	switch {
	case errors.Is(failed.Err, openapi3filter.ErrInvalidRequired):
		f.Add(name, Required, 0)
	case errors.Is(failed.Err, strconv.ErrRange):
		f.Add(name, OutOfRange, 0)
	case errors.As(failed.Err, &unparsed):
		f.Add(name, WrongType, 0)
	default:
		checkVerdict(failed.Err)
		f.each(failed.Err, func(e *openapi3.SchemaError) {
			reason, limit := reasonOf(e, sent[0])
			f.Add(name, reason, limit)
		})
	}
}

// visit validates a body by its schema and returns all errors.
func visit(schema *openapi3.Schema, value any) error {
	err := schema.VisitJSON(value, openapi3.MultiErrors(), openapi3.DisableSchemaErrorDetails())
	checkVerdict(err)
	return err
}

// checkVerdict panics if an error of kin-openapi is not about the value but about the
// schema, which could not be applied. To ignore it would accept any value. Load refuses
// the schemas for which this is known to happen.
func checkVerdict(err error) {
	switch err.(type) {
	case nil, openapi3.MultiError, *openapi3.SchemaError:
	default:
		panic(err)
	}
}

// each calls note for each error of a schema. kin-openapi nests lists of errors.
func (f *FieldErrors) each(err error, note func(*openapi3.SchemaError)) {
	switch e := err.(type) {
	case openapi3.MultiError:
		for _, one := range e {
			f.each(one, note)
		}
	case *openapi3.SchemaError:
		note(e)
	}
}

// reasonOf translates the keyword of JSON Schema that a value violates to a reason and,
// for a length, its bound.
func reasonOf(e *openapi3.SchemaError, value any) (reason Reason, limit int) {
	text, isText := value.(string)
	number := e.Schema.Type.Is(openapi3.TypeInteger)
	switch e.SchemaField {
	case "required":
		return Required, 0
	case "minLength":
		if text == "" { // the contract: the empty string means "not given"
			return Required, 0
		}
		return TooShort, int(e.Schema.MinLength)
	case "maxLength":
		return TooLong, int(*e.Schema.MaxLength)
	case "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf":
		return OutOfRange, 0
	case "format":
		if number { // int32, int64
			return OutOfRange, 0
		}
		return BadFormat, 0
	case "enum":
		if !isText {
			return WrongType, 0
		}
		return BadFormat, 0
	case "nullable": // by checkBody only a required field is not nullable, and null means "not given"
		return Required, 0
	// A number beyond int64 has the right type for a person, so its error is its size.
	case "type":
		if _, huge := value.(beyondInt64); huge && number {
			return OutOfRange, 0
		}
		return WrongType, 0
	}
	return BadFormat, 0 // pattern, and keywords of a later version of kin-openapi
}
