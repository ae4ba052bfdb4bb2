package server

import (
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/labstack/echo/v4"

	"github.com/enroll-project/enroll/gen/api"
)

// defaultSite is the site of a request without Site-Id.
const defaultSite = 1

// validate holds a request against its operation. All field errors of headers and
// body go into one answer, so that a client can mend them together. A site
// that is not served is told before the body is read: nothing about the
// request can be right on a site that does not exist.
func (s *server) validate(next echo.HandlerFunc) echo.HandlerFunc {
	return func(ec echo.Context) error {
		req := ec.Request()
		c := callOf(req.Context())
		if c.op == nil {
			return next(ec)
		}
		var found fieldErrors
		s.parameters(c, req, &found)
		if c.site != 0 && !s.sites[c.site] {
			return &refusal{reason: api.ReasonSiteUnknown}
		}
		if c.op.body != nil {
			if err := s.contract.read(ec, c.op, &found); err != nil {
				return err
			}
		}
		if len(found) > 0 {
			return &refusal{reason: api.ReasonInvalidRequest, fields: found}
		}
		return next(ec)
	}
}

// parameters reads the headers and the query that the contract names. c.site
// stays 0 where the site is not known because its header is wrong.
func (s *server) parameters(c *call, req *http.Request, found *fieldErrors) {
	c.site = defaultSite
	var query url.Values
	for _, p := range c.op.params {
		sent := req.Header[p.key]
		if p.query {
			if query == nil {
				query = readQuery(req.URL.RawQuery, found)
			}
			sent = query[p.key]
		}
		if p.key == "Accept-Language" && len(sent) > 1 {
			// A list may come in several lines (RFC 9110, 5.3), but the generated
			// code takes one.
			sent = []string{strings.Join(sent, ", ")}
			req.Header[p.key] = sent
		}
		switch {
		case len(sent) == 0 && p.required:
			found.add(p.name, api.ReasonRequired, 0)
		case len(sent) == 0:
		case len(sent) > 1:
			// Which one would a proxy in front of us have read?
			found.add(p.name, api.ReasonBadFormat, 0)
			c.forget(p.key)
		case p.query && unfit(sent[0]):
			found.add(p.name, api.ReasonForbiddenCharacter, 0)
		default:
			value := parameterValue(p.schema, sent[0])
			if err := visit(p.schema, value); err != nil {
				found.addParameter(err, p.name, value)
				c.forget(p.key)
			} else if n, ok := value.(int64); ok && p.key == "Site-Id" {
				c.site = n
			}
		}
	}
}

// readQuery reads a query whole or not at all: what cannot be decoded might be
// read otherwise by somebody else.
func readQuery(raw string, found *fieldErrors) url.Values {
	query, err := url.ParseQuery(raw)
	if err != nil {
		found.add("", api.ReasonBadFormat, 0)
		return url.Values{}
	}
	return query
}

// unfit tells whether a query holds what no body may: U+0000, or no UTF-8.
func unfit(text string) bool {
	return !utf8.ValidString(text) || strings.IndexByte(text, 0) >= 0
}

// forget drops the default of a header that was sent and is wrong.
func (c *call) forget(key string) {
	if key == "Site-Id" {
		c.site = 0
	}
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
	// take it for a verdict; loadContract lets no such schema in.
	panic(err)
}
