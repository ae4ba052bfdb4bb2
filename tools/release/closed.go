package main

import "github.com/getkin/kin-openapi/openapi3"

// closeAnswers gives a contract the form in which versions are compared: with the fields and values
// that its answers have, and without the promise that later ones add some. Otherwise oasdiff would
// find that a text became open where a client sees no other answer than before, and nothing where a
// value that clients know is gone.
func closeAnswers(doc *openapi3.T) {
	for _, schema := range doc.Components.Schemas {
		closeSchema(schema)
	}
	for _, header := range doc.Components.Headers {
		closeSchema(header.Value.Schema)
	}
}

// closeSchema closes a schema and what stands inside it, but for components that it refers to.
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
		s.Format = "" // the bounds say as much
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
