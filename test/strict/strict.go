// Package strict derives a closed contract from openapi.yaml: exactly the answers that this
// version of the service sends.
//
// The contract itself leaves answers open, because later versions may add fields and values. A test
// that validates an answer by it would not notice an additional field or an undocumented reason.
// test/contract/strict.yaml is the closed contract as a file, for programs that read files.
package strict

import (
	"github.com/getkin/kin-openapi/openapi3"
)

// Read returns a contract with closed answers: no object has members that are not listed, and the
// known values of a text or a number are all of its values.
func Read(contract []byte) (*openapi3.T, error) {
	doc, err := openapi3.NewLoader().LoadFromData(contract)
	if err != nil {
		return nil, err
	}
	for _, schema := range doc.Components.Schemas {
		closeSchema(schema)
	}
	for _, parameter := range doc.Components.Parameters {
		closeSchema(parameter.Value.Schema)
	}
	for _, header := range doc.Components.Headers {
		closeSchema(header.Value.Schema)
	}
	return doc, nil
}

// closeSchema closes a schema and the schemas inside it. A schema that it refers to is a component,
// which Read closes by itself.
func closeSchema(ref *openapi3.SchemaRef) {
	if ref == nil || ref.Ref != "" {
		return
	}
	s := ref.Value
	if values := Known(s); values != nil {
		s.Enum = values
	}
	// A schema with a size instead of members is a map, such as a user's extra data, and stays open.
	if open := s.AdditionalProperties.Has; open != nil && *open && s.Extensions["x-max-bytes"] == nil {
		*open = false
	}
	for _, property := range s.Properties {
		closeSchema(property)
	}
	closeSchema(s.Items)
}

// Known returns the values that a schema lists as known ones, nil if it lists none.
func Known(s *openapi3.Schema) []any {
	values, _ := s.Extensions["x-extensible-enum"].([]any)
	return values
}
