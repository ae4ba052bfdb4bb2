package contract

import (
	"net/http"
	"net/url"
	"slices"

	"github.com/getkin/kin-openapi/openapi3"
)

// CheckQueryNames adds an error for each query parameter that the operation does not list. A parameter that is
// ignored changes what is asked for: a list without the filter that its sender meant, or of another site. The
// public API ignores unknown ones, because pages and proxies add such parameters.
func (o *Operation) CheckQueryNames(req *http.Request, found FieldErrors) FieldErrors {
	// A query that cannot be parsed is refused by CheckParameters if the operation has parameters in the query.
	// Its readable part is checked here in any case.
	query, err := url.ParseQuery(req.URL.RawQuery)
	if err != nil {
		found.Add("", BadFormat, 0)
	}
	var unknown []string
	for name := range query {
		listed := func(p *openapi3.Parameter) bool { return p.In == openapi3.ParameterInQuery && p.Name == name }
		if !slices.ContainsFunc(o.params, listed) {
			unknown = append(unknown, echoable(name))
		}
	}
	// A map has no order, and equal requests get equal answers.
	slices.Sort(unknown)
	for _, name := range unknown {
		found.Add(name, UnknownField, 0) // check: query-unknown
	}
	return found
}
