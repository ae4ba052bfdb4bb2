package contract

import (
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
)

// CheckParameters validates the headers, the query and the path of a request, as
// far as the operation lists them, and returns what is wrong with them. path has
// the values of the path's parameters by name, as the router found them.
//
// openapi3filter finds a parameter, parses it and applies its schema. What it
// would accept and this package must not is looked for first, in misread.
func (o *Operation) CheckParameters(req *http.Request, path map[string]string) (found FieldErrors) {
	in := openapi3filter.RequestValidationInput{Request: req, PathParams: path, Route: o.route, Options: o.filter}
	for _, p := range o.params {
		var sent []string
		switch p.In {
		case openapi3.ParameterInHeader:
			sent = req.Header[http.CanonicalHeaderKey(p.Name)]
		case openapi3.ParameterInQuery:
			if in.QueryParams == nil {
				in.QueryParams = readQuery(req.URL.RawQuery, &found)
			}
			sent = in.QueryParams[p.Name]
		case openapi3.ParameterInPath:
			sent = []string{path[p.Name]}
		}
		if reason := misread(p, sent); reason != "" {
			found.Add(p.Name, reason, 0)
		} else if err := openapi3filter.ValidateParameter(req.Context(), &in, p); err != nil {
			found.addParameter(err, p.Name, sent)
		}
	}
	return found
}

// readQuery reads a query whole or not at all. openapi3filter's own reading passes
// over what cannot be decoded, and a proxy in front may have read that differently.
func readQuery(raw string, found *FieldErrors) url.Values {
	query, err := url.ParseQuery(raw)
	if err != nil {
		found.Add("", BadFormat, 0)
		return url.Values{}
	}
	return query
}

// misread returns why a parameter is refused although openapi3filter would accept
// it, or "".
func misread(p *openapi3.Parameter, sent []string) Reason {
	switch {
	case len(sent) == 0:
		return ""
	case len(sent) > 1:
		// openapi3filter takes the first, a proxy in front may have taken the last.
		return BadFormat
	case p.In != openapi3.ParameterInHeader && (!utf8.ValidString(sent[0]) || strings.IndexByte(sent[0], 0) >= 0):
		// No body may hold these either. net/http refuses them in headers.
		return ForbiddenCharacter
	case !canonical(p.Schema.Value, sent[0]):
		return WrongType
	}
	return ""
}

// canonical tells whether a text is the one spelling of a value of its type. For
// openapi3filter +1 and 01 are integers too, and 1, t and TRUE are booleans.
func canonical(schema *openapi3.Schema, text string) bool {
	switch {
	case schema.Type.Is(openapi3.TypeInteger):
		return integer(text) != notInteger{}
	case schema.Type.Is(openapi3.TypeBoolean):
		return text == "true" || text == "false"
	}
	return true
}
