package server

import (
	"fmt"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
)

// TestContractForForeignGenerators: the contract has no constructs from which common generators make wrong clients.
func TestContractForForeignGenerators(t *testing.T) {
	t.Parallel()
	doc := load(t)
	for name, problem := range closedAnswers(doc) {
		t.Errorf("%s: %s", name, problem)
	}
	for _, problem := range sharedNames(doc) {
		t.Error(problem)
	}
}

// closedAnswers lists the places in answers where a new value of a later version would break a client.
func closedAnswers(doc *openapi3.T) map[string]string {
	problems := map[string]string{}
	seen := map[*openapi3.Schema]bool{}
	var look func(at string, ref *openapi3.SchemaRef)
	look = func(at string, ref *openapi3.SchemaRef) {
		if ref == nil || seen[ref.Value] {
			return
		}
		s := ref.Value
		seen[s] = true
		if ref.Ref != "" {
			at = strings.TrimPrefix(ref.Ref, "#/components/schemas/")
		}
		if s.Nullable && ref.Ref != "" {
			problems[at] = "null behind a $ref is missed by some: say nullable where it is used"
		}
		if len(s.Enum) > 0 {
			problems[at] = "a later version may have other values: use x-extensible-enum"
		}
		if s.Type.Is("object") && (s.AdditionalProperties.Has == nil || !*s.AdditionalProperties.Has) {
			problems[at] = "a later version may have other members: say additionalProperties: true"
		}
		for name, property := range s.Properties {
			look(at+"."+name, property)
		}
		look(at+"[]", s.Items)
	}
	for path, item := range doc.Paths.Map() {
		for _, op := range item.Operations() {
			for status, response := range op.Responses.Map() {
				for name, header := range response.Value.Headers {
					look(name, header.Value.Schema)
				}
				for _, media := range response.Value.Content {
					look(fmt.Sprint(path, " ", status), media.Schema)
				}
			}
		}
	}
	return problems
}

// sharedNames lists names of enum values that two enums have: constants of Go stand in one scope,
// and openapi-generator names them by nothing but the value unless x-enum-varnames says otherwise.
func sharedNames(doc *openapi3.T) (problems []string) {
	owner := map[string]string{}
	add := func(at string, s *openapi3.Schema) {
		names, named := s.Extensions["x-enum-varnames"].([]any)
		if !named {
			names = s.Enum
		}
		if len(s.Enum) > 0 && len(names) != len(s.Enum) {
			problems = append(problems, at+": as many x-enum-varnames as values")
		}
		for _, value := range names {
			name := strings.ToUpper(fmt.Sprint(value))
			if other := owner[name]; other != "" {
				problems = append(problems, fmt.Sprintf("%s and %s both have %s: name them by x-enum-varnames", at, other, name))
			}
			owner[name] = at
		}
	}
	for name, schema := range doc.Components.Schemas {
		if len(schema.Value.Enum) > 0 {
			add(name, schema.Value)
		}
	}
	for name, parameter := range doc.Components.Parameters {
		if s := parameter.Value.Schema; s.Ref == "" && len(s.Value.Enum) > 0 {
			add(name, s.Value)
		}
	}
	return problems
}
