package contract

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
)

// CheckParameters validates those headers, query parameters and path parameters that the
// operation lists, and returns their errors. Other headers are ignored. path has the
// values of the path's parameters by name, as the router found them.
//
// openapi3filter finds a parameter, parses it and applies its schema. misread first
// refuses the spellings that openapi3filter accepts and this package does not.
func (o *Operation) CheckParameters(req *http.Request, path map[string]string) (found FieldErrors) {
	in := openapi3filter.RequestValidationInput{Request: req, PathParams: path, Route: o.route, Options: o.filter}
	for _, p := range o.params {
		var sent []string
		switch p.In {
		case openapi3.ParameterInHeader:
			sent = req.Header[http.CanonicalHeaderKey(p.Name)]
		case openapi3.ParameterInQuery:
			// The query is parsed once for all of its parameters, so that its error is reported once.
			// Most requests have no query.
			if in.QueryParams == nil && req.URL.RawQuery != "" {
				in.QueryParams = readQuery(req.URL.RawQuery, &found)
			}
			sent = in.QueryParams[p.Name]
		case openapi3.ParameterInPath:
			sent = []string{path[p.Name]}
		}
		// A missing optional parameter is valid, and none has a default, so openapi3filter is not called.
		if !p.Required && len(sent) == 0 {
			continue
		}
		// An empty boolean is refused below: ?dry_run=$MODE with MODE unset must not do the act.
		if !p.Required && len(sent) == 1 && sent[0] == "" && !p.Schema.Value.Type.Is(openapi3.TypeBoolean) {
			drop(req, p)
			continue
		}
		if reason := misread(p, sent); reason != "" {
			found.Add(p.Name, reason, 0)
		} else if err := openapi3filter.ValidateParameter(req.Context(), &in, p); err != nil {
			found.addParameter(err, p.Name, sent)
		}
	}
	return found
}

// CheckQueryNames adds an error for each query parameter that the operation does not list. It is for the admin API:
// if it ignored an unknown parameter, it would answer another question, such as a list without the filter that the
// client meant. The public API ignores unknown parameters, because pages and proxies add some.
func (o *Operation) CheckQueryNames(req *http.Request, found FieldErrors) FieldErrors {
	// A map has no order, and equal requests get equal answers.
	for _, name := range slices.Sorted(maps.Keys(readQuery(req.URL.RawQuery, &found))) {
		listed := func(p *openapi3.Parameter) bool { return p.In == openapi3.ParameterInQuery && p.Name == name }
		if !slices.ContainsFunc(o.params, listed) {
			found.Add(echoable(name), UnknownField, 0) // check: query-unknown
		}
	}
	return found
}

// readQuery parses a query, and refuses the whole query if a part of it cannot be
// decoded. openapi3filter skips such a part, and a proxy in front may have read it.
func readQuery(raw string, found *FieldErrors) url.Values {
	query, err := url.ParseQuery(raw)
	if err != nil {
		found.Add("", BadFormat, 0)
		return url.Values{} // check: parameter-query
	}
	return query
}

// misread returns the reason for which a parameter is refused although openapi3filter
// would accept it, or "".
func misread(p *openapi3.Parameter, sent []string) Reason {
	switch {
	case len(sent) == 0:
		return ""
	case len(sent) > 1: // check: header-repeated
		// openapi3filter takes the first value; a proxy in front may have taken the last.
		return BadFormat
	case p.In != openapi3.ParameterInHeader && (!utf8.ValidString(sent[0]) || strings.IndexByte(sent[0], 0) >= 0):
		// Bodies may not have U+0000 or invalid UTF-8 either. net/http refuses U+0000 in headers. Invalid UTF-8
		// passes in a header whose schema has no pattern.
		return ForbiddenCharacter
	case !canonical(p.Schema.Value, sent[0]):
		return WrongType
	}
	return ""
}

// canonical reports whether a text is the one spelling of a value of its type.
// openapi3filter also accepts +1 and 01 as integers, and 1, t and TRUE as booleans.
func canonical(schema *openapi3.Schema, text string) bool {
	switch {
	case schema.Type.Is(openapi3.TypeInteger):
		return integer(text) != notInteger{} // check: parameter-number
	case schema.Type.Is(openapi3.TypeBoolean):
		return text == "true" || text == "false" // check: parameter-boolean
	}
	return true
}

// drop removes an optional parameter that was sent empty, which means "not given". The
// generated code would fail to parse the empty text as a number. An empty path parameter
// does not get here, because each one is required.
func drop(req *http.Request, p *openapi3.Parameter) {
	if p.In == openapi3.ParameterInHeader {
		delete(req.Header, http.CanonicalHeaderKey(p.Name))
		return
	}
	query := req.URL.Query()
	query.Del(p.Name)
	req.URL.RawQuery = query.Encode()
}
