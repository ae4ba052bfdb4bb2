package main

import "github.com/getkin/kin-openapi/openapi3"

// closeAnswers gives a contract the form in which versions are compared: its schemas have exactly the fields
// and values that are listed, and no later ones. In the open form, oasdiff would report that a list of values
// became open, although clients see the same answers. It would also miss that a known value was removed.
func closeAnswers(doc *openapi3.T) {
	for _, schema := range doc.Components.Schemas {
		closeSchema(schema)
	}
	for _, header := range doc.Components.Headers {
		closeSchema(header.Value.Schema)
	}
}

// closeSchema closes a schema and the schemas inside it, except components that it refers to.
func closeSchema(ref *openapi3.SchemaRef) {
	if ref == nil || ref.Ref != "" {
		return
	}
	s := ref.Value
	known, _ := s.Extensions["x-extensible-enum"].([]any)
	if s.Type.Is(openapi3.TypeInteger) && s.Min != nil && s.Max != nil && *s.Min == *s.Max {
		known = []any{*s.Min}
	}
	if s.Format == "int32" {
		s.Format = "" // the bounds of the number already say this
	}
	if known != nil {
		s.Enum, s.Min, s.Max, s.MaxLength = known, nil, nil, nil
	}
	if open := s.AdditionalProperties.Has; open != nil && *open {
		*open = false
		if len(s.Properties) == 0 {
			s.MaxProps = new(uint64)
		}
	}
	for _, property := range s.Properties {
		closeSchema(property)
	}
	closeSchema(s.Items)
}
