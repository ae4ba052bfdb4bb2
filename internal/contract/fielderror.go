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

// maxFieldName is the longest name of an unknown field that is sent back.
const maxFieldName = 64

// FieldError is what is wrong with one field.
type FieldError struct {
	Field  string // "" for the body as a whole, or for a name not fit to repeat
	Reason Reason
	Limit  int // the bound that was crossed, for the message; 0 for none
}

// FieldErrors are the errors of one request, in the order of the answer.
type FieldErrors []FieldError

// Add notes a field error once.
func (f *FieldErrors) Add(field string, reason Reason, limit int) {
	e := FieldError{field, reason, limit}
	if len(*f) < maxFieldErrors && !slices.Contains(*f, e) {
		*f = append(*f, e)
	}
}

// Names tells whether a field has an error already.
func (f FieldErrors) Names(field string) bool {
	return slices.ContainsFunc(f, func(e FieldError) bool { return e.Field == field })
}

// echoable returns a name that a client made up if it is fit to be sent back,
// and "" otherwise: a refusal repeats nothing of what was sent, and a name may
// be a value that slipped into the wrong place, a phone or a code for example:
// a name begins with a letter.
func echoable(name string) string {
	const letters = "_ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	if name == "" || len(name) > maxFieldName || strings.IndexByte(letters, name[0]) < 0 || strings.Trim(name, letters+"0123456789.-") != "" {
		return ""
	}
	return name
}

// addBody notes what the schema says against a body. What the decoder found
// wrong with a field comes first and stands for all that is wrong with it.
func (f *FieldErrors) addBody(err error, schema *openapi3.Schema, body map[string]any) {
	decoded := slices.Clone(*f)
	f.each(err, func(e *openapi3.SchemaError) {
		path := e.JSONPointer()
		if len(path) == 0 {
			return // an unknown field, named below; checkBody leaves no other
		}
		if !decoded.Names(path[0]) {
			reason, limit := reasonOf(e, body[path[0]])
			f.Add(path[0], reason, limit)
		}
	})
	var unknown []string
	for name := range body {
		if schema.Properties[name] == nil {
			unknown = append(unknown, name)
		}
	}
	slices.Sort(unknown)
	for _, name := range unknown {
		if name = echoable(name); name == "" || !decoded.Names(name) {
			f.Add(name, UnknownField, 0)
		}
	}
}

// addParameter notes what openapi3filter says against a parameter.
func (f *FieldErrors) addParameter(err error, name string, sent []string) {
	failed, unparsed := (*openapi3filter.RequestError)(nil), (*openapi3filter.ParseError)(nil)
	if !errors.As(err, &failed) {
		panic(err) // by its documentation it returns nothing else
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

// visit applies a schema to a body and returns all that is wrong with it.
func visit(schema *openapi3.Schema, value any) error {
	err := schema.VisitJSON(value, openapi3.MultiErrors(), openapi3.DisableSchemaErrorDetails())
	checkVerdict(err)
	return err
}

// checkVerdict panics for an error of kin-openapi that is no verdict on a value: the
// schema could not be applied. To pass over it would let any value through. Load
// refuses the schemas for which this is known to happen.
func checkVerdict(err error) {
	switch err.(type) {
	case nil, openapi3.MultiError, *openapi3.SchemaError:
	default:
		panic(err)
	}
}

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

// reasonOf translates the keyword of the schema that a value broke.
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
	case "type", "nullable":
		if _, huge := value.(beyondInt64); huge && number {
			return OutOfRange, 0
		}
		return WrongType, 0
	}
	return BadFormat, 0
}
