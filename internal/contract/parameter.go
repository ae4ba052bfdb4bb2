package contract

import (
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/enroll-project/enroll/gen/api"
)

// CheckParameters validates the headers and the query that the contract names and
// returns what is wrong with them.
func (o *Operation) CheckParameters(req *http.Request) (found FieldErrors) {
	var query url.Values
	for _, p := range o.params {
		sent := req.Header[p.key]
		if p.query {
			if query == nil {
				query = readQuery(req.URL.RawQuery, &found)
			}
			sent = query[p.key]
		}
		switch {
		case len(sent) == 0 && p.required:
			found.Add(p.name, api.ReasonRequired, 0)
		case len(sent) == 0:
		case len(sent) > 1:
			// Which one would a proxy in front of us have read?
			found.Add(p.name, api.ReasonBadFormat, 0)
		case p.query && unfit(sent[0]):
			found.Add(p.name, api.ReasonForbiddenCharacter, 0)
		default:
			value := parameterValue(p.schema, sent[0])
			if err := visit(p.schema, value); err != nil {
				found.addParameter(err, p.name, value)
			}
		}
	}
	return found
}

// readQuery reads a query whole or not at all: what cannot be decoded might be
// read otherwise by somebody else.
func readQuery(raw string, found *FieldErrors) url.Values {
	query, err := url.ParseQuery(raw)
	if err != nil {
		found.Add("", api.ReasonBadFormat, 0)
		return url.Values{}
	}
	return query
}

// unfit tells whether a query holds what no body may: U+0000, or no UTF-8.
func unfit(text string) bool {
	return !utf8.ValidString(text) || strings.IndexByte(text, 0) >= 0
}

// parameterValue reads a parameter as its schema says, by the rules of a body.
func parameterValue(schema *openapi3.Schema, text string) any {
	switch {
	case schema.Type.Is(openapi3.TypeInteger):
		return integer(text)
	case schema.Type.Is(openapi3.TypeBoolean) && (text == "true" || text == "false"):
		return text == "true"
	}
	return text
}

// visit holds a value against a schema and returns all that is wrong with it, in
// errors that hold none of the value.
func visit(schema *openapi3.Schema, value any) error {
	err := schema.VisitJSON(value, openapi3.MultiErrors(), openapi3.DisableSchemaErrorDetails())
	switch err.(type) {
	case nil, openapi3.MultiError, *openapi3.SchemaError:
		return err
	}
	// No verdict on the value, but a schema that cannot be applied. Nobody may
	// take it for a verdict; Load lets no such schema in.
	panic(err)
}
