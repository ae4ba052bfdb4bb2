// Package contract validates requests by an OpenAPI document at run time: what the
// document does not allow is refused before a handler sees it.
package contract

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/enroll-project/enroll/gen/api"
)

// Contract is openapi.yaml in the form in which requests are held against it.
type Contract struct {
	doc        *openapi3.T
	operations map[endpoint]*Operation
	status     map[api.Reason]int // the HTTP status of each reason that x-reasons lists
}

// Operation returns the operation of a method and a path, written as the contract
// writes it, or nil if it lists none.
func (c *Contract) Operation(method, path string) *Operation {
	return c.operations[endpoint{method, path}]
}

// Status returns the HTTP status of a reason, and whether x-reasons lists it at all.
func (c *Contract) Status(r api.Reason) (status int, listed bool) {
	status, listed = c.status[r]
	return status, listed
}

// JSON is the contract as JSON, with the members of each object in order of their
// names.
func (c *Contract) JSON() ([]byte, error) { return c.doc.MarshalJSON() }

// endpoint names an operation as the router does. The contract has no path
// parameters, so the two write paths alike.
type endpoint struct{ method, path string }

// Operation is what the contract says of one operation.
type Operation struct {
	ID       string
	params   []parameter
	body     *openapi3.Schema // nil for none
	required bool             // whether there must be a body
	Secured  bool             // whether a token is needed
	reasons  map[api.Reason]bool
}

// Allows tells whether the contract lists a refusal.
func (o *Operation) Allows(r api.Reason) bool { return o.reasons[r] }

// Takes tells whether the contract gives a parameter a meaning.
func (o *Operation) Takes(name string) bool {
	return slices.ContainsFunc(o.params, func(p parameter) bool { return p.name == name })
}

// parameter is a header or a part of the query that the contract gives a
// meaning.
type parameter struct {
	name     string // as in the contract
	key      string // as in http.Header or url.Values
	query    bool
	required bool
	schema   *openapi3.Schema
}

// Load reads a contract and refuses one that asks for a check which
// this package would not do.
func Load(spec []byte) (*Contract, error) {
	doc, err := openapi3.NewLoader().LoadFromData(spec)
	if err != nil {
		return nil, err
	}
	if err := doc.Validate(context.Background()); err != nil {
		return nil, err
	}
	if doc.IsOpenAPI31OrLater() {
		return nil, errors.New("OpenAPI 3.1 is validated by other rules, at forty times the cost; stay with 3.0")
	}
	c := &Contract{doc: doc, operations: map[endpoint]*Operation{}, status: map[api.Reason]int{}}
	_, err = c.readReasons(doc.Extensions)
	problems := []error{err}
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			read, err := newOperation(item, op)
			if err == nil {
				read.reasons, err = c.readReasons(op.Extensions)
			}
			if err != nil {
				problems = append(problems, fmt.Errorf("%s %s: %w", method, path, err))
			}
			c.operations[endpoint{method, path}] = read
		}
	}
	return c, errors.Join(problems...)
}

func newOperation(item *openapi3.PathItem, op *openapi3.Operation) (*Operation, error) {
	o := &Operation{ID: op.OperationID, Secured: op.Security != nil && len(*op.Security) > 0}
	var problems []error
	for _, ref := range slices.Concat(item.Parameters, op.Parameters) {
		p := ref.Value
		query := p.In == openapi3.ParameterInQuery
		if !query && p.In != openapi3.ParameterInHeader || p.Schema == nil || p.Style != "" || p.Explode != nil {
			problems = append(problems, fmt.Errorf("parameter %s: only headers and queries of plain style are read", p.Name))
			continue
		}
		if err := checkScalar(p.Schema.Value); err != nil {
			problems = append(problems, fmt.Errorf("parameter %s: %w", p.Name, err))
		}
		key := p.Name
		if !query {
			key = http.CanonicalHeaderKey(p.Name)
		}
		o.params = append(o.params, parameter{p.Name, key, query, p.Required, p.Schema.Value})
	}
	if op.RequestBody != nil {
		media := op.RequestBody.Value.Content["application/json"]
		if media == nil || media.Schema == nil || len(op.RequestBody.Value.Content) != 1 {
			return nil, errors.New("a body is application/json and nothing else")
		}
		o.body, o.required = media.Schema.Value, op.RequestBody.Value.Required
		problems = append(problems, checkBody(o.body))
	}
	return o, errors.Join(problems...)
}

// readReasons reads the x-reasons of an operation, or of the whole document for
// what no operation lists, and notes the status of each reason. A reason has one
// status everywhere: it is what clients of the mode always-200 go by.
func (c *Contract) readReasons(extensions map[string]any) (map[api.Reason]bool, error) {
	listed, ok := extensions["x-reasons"].(map[string]any)
	if !ok {
		return nil, errors.New("x-reasons is missing")
	}
	reasons := map[api.Reason]bool{}
	var problems []error
	for text, list := range listed {
		status, err := strconv.Atoi(text)
		if err != nil || http.StatusText(status) == "" {
			problems = append(problems, fmt.Errorf("x-reasons: %q is not a status", text))
		}
		names, _ := list.([]any)
		for _, name := range names {
			text, _ := name.(string)
			r := api.Reason(text)
			if !c.lists(text) {
				problems = append(problems, fmt.Errorf("x-reasons: %q is not one of the schema Reason", text))
			}
			if known, given := c.status[r]; given && known != status {
				problems = append(problems, fmt.Errorf("x-reasons: %s stands under %d here and under %d elsewhere", r, status, known))
			}
			c.status[r], reasons[r] = status, true
		}
	}
	return reasons, errors.Join(problems...)
}

// lists tells whether the schema Reason has a reason.
func (c *Contract) lists(reason string) bool {
	schema := c.doc.Components.Schemas["Reason"]
	return schema != nil && slices.Contains(schema.Value.Enum, any(reason))
}

// checkBody refuses whatever the body decoder and the naming of field errors do not
// cover: a body is a flat, closed object.
func checkBody(s *openapi3.Schema) error {
	if !s.Type.Is(openapi3.TypeObject) || s.Nullable || s.MinProps != 0 || s.MaxProps != nil || composed(s) {
		return errors.New("body: only a plain object is read")
	}
	if open := s.AdditionalProperties.Has; open == nil || *open || s.AdditionalProperties.Schema != nil {
		return errors.New("body: the object is not closed")
	}
	var problems []error
	for name, property := range s.Properties {
		if err := checkScalar(property.Value); err != nil {
			problems = append(problems, fmt.Errorf("body: %s: %w", name, err))
		}
	}
	return errors.Join(problems...)
}

// checkScalar refuses what a field or a header may not be. Defaults are refused
// as they would make null acceptable (kin-openapi puts them in its place).
func checkScalar(s *openapi3.Schema) error {
	kinds := []string{openapi3.TypeString, openapi3.TypeInteger, openapi3.TypeBoolean}
	switch {
	case s.Type == nil || len(*s.Type) != 1 || !slices.Contains(kinds, (*s.Type)[0]):
		return errors.New("only strings, integers and booleans are read")
	case s.Nullable || s.Default != nil || s.ReadOnly || s.WriteOnly || composed(s):
		return errors.New("nullable, default, readOnly, writeOnly, not and the …Of are not supported")
	}
	return nil
}

func composed(s *openapi3.Schema) bool {
	return len(s.OneOf)+len(s.AnyOf)+len(s.AllOf) > 0 || s.Not != nil
}
