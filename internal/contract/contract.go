package contract

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
)

// Contract is an OpenAPI document, prepared for the validation of requests. It is
// immutable and safe for concurrent use.
type Contract struct {
	doc        *openapi3.T
	json       []byte
	operations map[endpoint]*Operation
	// status is the HTTP status of each reason that x-reasons lists.
	status map[Reason]int
}

// Operation returns the operation of a method and a path, or nil if the contract
// lists none. The path is the router's pattern, with :id for {id}. HEAD is the GET
// of the same path, unless that one is unsafe.
func (c *Contract) Operation(method, path string) *Operation {
	return c.operations[endpoint{method, path}]
}

// Status returns the HTTP status of a reason, and whether x-reasons lists it at all.
func (c *Contract) Status(r Reason) (status int, listed bool) {
	status, listed = c.status[r]
	return status, listed
}

// JSON returns the document as JSON, with the members of each object in the order of
// their names, so that equal documents are equal bytes.
func (c *Contract) JSON() []byte { return c.json }

// endpoint names an operation as the router does, so that a request needs no matching of
// paths here.
type endpoint struct{ method, path string }

// Operation has the rules of the contract for the requests of one operation.
type Operation struct {
	ID       string
	Secured  bool // whether a token may be needed
	Optional bool // whether the handler decides if a secured operation needs the token: x-token-optional
	Unsafe   bool // whether a GET changes something: x-unsafe
	params   []*openapi3.Parameter
	body     *openapi3.Schema // nil for none
	required bool             // whether a body is required
	fields   bool             // whether the body is one of fields (application/x-www-form-urlencoded)
	upload   *upload          // the file of a form, which takes the place of body; nil for none
	reasons  map[Reason]bool
	leniency Leniency

	// Parameters of openapi3filter. It only reads them, so all requests can
	// share them.
	route  *routers.Route
	filter *openapi3filter.Options
}

// Allows reports whether the operation's x-reasons list a reason.
func (o *Operation) Allows(r Reason) bool { return o.reasons[r] }

// Takes reports whether the operation has a parameter of this name.
func (o *Operation) Takes(name string) bool {
	return slices.ContainsFunc(o.params, func(p *openapi3.Parameter) bool { return p.Name == name })
}

// Reads reports whether a request of the operation may have a parameter or a member of its body of this name.
func (o *Operation) Reads(name string) bool {
	return o.Takes(name) || o.body != nil && o.body.Properties[name] != nil
}

// Leniency says what is accepted although the document does not allow it, for clients that were
// written for another document. The zero value accepts nothing more.
type Leniency struct {
	// IgnoreUnknown drops members of a body that the document does not list. They have no effect, so
	// a client cannot set with them what it must not set.
	IgnoreUnknown bool
	// Trim names members of bodies. White space at both of their ends is cut before they are validated.
	Trim []string
	// NotGiven names members of bodies that are dropped if they are the empty string, which a form
	// sends for a field that was left empty.
	NotGiven []string
	// Ignored names members of the document that are dropped as if it did not list them.
	Ignored []string
}

// Load reads a document. It returns an error if the document has a rule that this
// package would not check. The error names all such places.
func Load(spec []byte, leniency Leniency) (*Contract, error) {
	doc, err := openapi3.NewLoader().LoadFromData(spec)
	if err != nil {
		return nil, err
	}
	if err := doc.Validate(context.Background()); err != nil {
		return nil, err
	}
	// kin-openapi compiles a schema of OpenAPI 3.1 again at each validation
	// (docs/decisions.md, 1).
	if doc.IsOpenAPI31OrLater() {
		return nil, errors.New("OpenAPI 3.1 is validated by other rules, at forty times the cost; stay with 3.0")
	}
	// The published JSON is made here, because the function leave changes the document later.
	published, err := doc.MarshalJSON()
	if err != nil {
		return nil, err
	}
	c := &Contract{doc: doc, json: published, operations: map[endpoint]*Operation{}, status: map[Reason]int{}}
	// DisableSchemaErrorDetails keeps the value out of errors.
	filter := &openapi3filter.Options{
		MultiError: true, // all errors of a value, not only the first one
		// checkScalar refuses defaults, so there is none to set. A default would change the request.
		SkipSettingDefaults:     true,
		SchemaValidationOptions: []openapi3.SchemaValidationOption{openapi3.DisableSchemaErrorDetails()},
	}
	// The x-reasons of the document itself have the reasons of unknown paths and
	// methods.
	_, err = c.readReasons(doc.Extensions)
	problems := []error{err}
	shared, err := readShared(doc.Extensions)
	problems = append(problems, err)
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			read := &Operation{
				ID: op.OperationID, leniency: leniency,
				route:  &routers.Route{Spec: doc, Path: path, PathItem: item, Method: method, Operation: op},
				filter: filter,
			}
			read.Unsafe, _ = op.Extensions["x-unsafe"].(bool)
			parameters := slices.Concat(item.Parameters, op.Parameters)
			if strings.HasPrefix(path, "/api/") {
				parameters = append(parameters, shared...)
			}
			var err error
			read.reasons, err = c.readReasons(op.Extensions)
			if err = errors.Join(err, read.readSecurity(op), read.readParameters(parameters), read.readBody(op)); err != nil {
				problems = append(problems, fmt.Errorf("%s %s: %w", method, path, err))
			}
			c.operations[endpoint{method, pathParameter.Replace(path)}] = read
			if method == http.MethodGet && !read.Unsafe { // check: head-safe
				// HEAD is a GET whose answer has no content (RFC 9110, 9.3.2).
				c.operations[endpoint{http.MethodHead, pathParameter.Replace(path)}] = read
			}
		}
	}
	// If an operation does not list a reason, the service answers internal instead.
	if _, listed := c.status[Internal]; !listed {
		problems = append(problems, errors.New("x-reasons: internal has no status, and it can be the answer to any request"))
	}
	return c, errors.Join(problems...)
}

// pathParameter replaces {id}, which OpenAPI writes, by :id, which echo writes.
var pathParameter = strings.NewReplacer("{", ":", "}", "")

// readSecurity reads whether the operation needs a token. Each operation must state it.
// Otherwise an operation would need no token if its line was forgotten.
func (o *Operation) readSecurity(op *openapi3.Operation) error {
	if op.Security == nil { // check: operation-security
		return errors.New("security is missing: say [] for an open operation")
	}
	o.Secured = len(*op.Security) > 0
	// An optional token needs both x-token-optional and an alternative {}, so that a mistake in one
	// line does not make a token optional.
	o.Optional, _ = op.Extensions["x-token-optional"].(bool)
	none := 0
	for _, alternative := range *op.Security {
		if len(alternative) == 0 && o.Optional {
			none++
			continue
		}
		// An alternative {} would make the token optional. An alternative with two schemes
		// would need two tokens.
		if len(alternative) != 1 { // check: token-mandatory
			return errors.New("security: one scheme in each alternative, and no optional token")
		}
	}
	if o.Optional && (none != 1 || len(*op.Security) < 2) {
		return errors.New("security: x-token-optional needs one alternative {} beside others")
	}
	return nil
}

// pathText is the only pattern that a text parameter in a path may have.
const pathText = `^[A-Za-z0-9_-]+$`

// readShared reads x-api-parameters: the parameters of every operation below /api/. They are an
// extension, so that generators do not see them.
func readShared(extensions map[string]any) (openapi3.Parameters, error) {
	listed, ok := extensions["x-api-parameters"]
	if !ok {
		return nil, nil
	}
	// The loader leaves an extension as plain values, and resolves no $ref in it.
	text, err := json.Marshal(listed)
	if err != nil {
		return nil, err
	}
	var shared openapi3.Parameters
	if err := json.Unmarshal(text, &shared); err != nil {
		return nil, fmt.Errorf("x-api-parameters: %w", err)
	}
	if err := shared.Validate(context.Background()); err != nil {
		return nil, fmt.Errorf("x-api-parameters: %w", err)
	}
	return shared, nil
}

// readParameters reads the parameters of an operation.
func (o *Operation) readParameters(parameters openapi3.Parameters) error {
	var problems []error
	for _, ref := range parameters {
		p := ref.Value
		if p.In == openapi3.ParameterInCookie || p.Schema == nil || p.Style != "" || p.Explode != nil || p.AllowEmptyValue {
			problems = append(problems, fmt.Errorf("parameter %s: only headers, queries and paths of plain style are read",
				p.Name))
			continue
		}
		if err := errors.Join(checkScalar(p.Schema.Value), leave(p.Schema.Value, !p.Required)); err != nil {
			problems = append(problems, fmt.Errorf("parameter %s: %w", p.Name, err))
		}
		if p.In == openapi3.ParameterInPath && !p.Schema.Value.Type.Is(openapi3.TypeInteger) &&
			p.Schema.Value.Pattern != pathText {
			// The generated code unescapes the path once more after validation, so a text
			// with a percent sign would change. An integer and a text of pathText have none.
			problems = append(problems, fmt.Errorf("parameter %s: a path holds integers and %s only", p.Name, pathText))
		}
		o.params = append(o.params, p)
	}
	return errors.Join(problems...)
}

// readBody reads the schema of the body.
func (o *Operation) readBody(op *openapi3.Operation) error {
	if op.RequestBody == nil {
		return nil
	}
	content := op.RequestBody.Value.Content
	if form := content[formType]; form != nil && form.Schema != nil && len(content) == 1 {
		return o.readForm(form.Schema.Value)
	}
	if fields := content[fieldsType]; fields != nil && fields.Schema != nil && len(content) == 1 {
		return o.readFields(fields.Schema.Value, op.RequestBody.Value.Required)
	}
	// Any other type would need a decoder of its own.
	media := op.RequestBody.Value.Content["application/json"]
	if media == nil || media.Schema == nil || len(op.RequestBody.Value.Content) != 1 {
		return errors.New("a body is application/json, a form of fields, or a form with one file, and nothing else")
	}
	o.body, o.required = media.Schema.Value, op.RequestBody.Value.Required
	return errors.Join(leaveCombinations(o.body, o.reasons), checkBody(o.body))
}

// readReasons reads the x-reasons of an operation, or those of the document, which apply
// to requests that reach no operation. It stores the status of each reason. A reason
// must have one status everywhere, because clients of the mode always-200 see only the
// reason.
func (c *Contract) readReasons(extensions map[string]any) (map[Reason]bool, error) {
	listed, ok := extensions["x-reasons"].(map[string]any)
	if !ok {
		return nil, errors.New("x-reasons is missing")
	}
	reasons := map[Reason]bool{}
	var problems []error
	for text, list := range listed {
		status, err := strconv.Atoi(text)
		if err != nil || http.StatusText(status) == "" {
			problems = append(problems, fmt.Errorf("x-reasons: %q is not a status", text))
		}
		names, _ := list.([]any)
		for _, name := range names {
			text, _ := name.(string)
			r := Reason(text)
			if !c.lists(text) {
				problems = append(problems, fmt.Errorf("x-reasons: %q is not one of the schema Reason", text))
			}
			if known, given := c.status[r]; given && known != status { // check: reason-status
				problems = append(problems, fmt.Errorf("x-reasons: %s stands under %d here and under %d elsewhere", r,
					status, known))
			}
			c.status[r], reasons[r] = status, true
		}
	}
	return reasons, errors.Join(problems...)
}

// lists reports whether a reason is one of the known values of the schema Reason.
func (c *Contract) lists(reason string) bool {
	schema := c.doc.Components.Schemas["Reason"]
	if schema == nil {
		return false
	}
	known, _ := schema.Value.Extensions["x-extensible-enum"].([]any)
	return slices.Contains(known, any(reason))
}

// checkBody returns an error unless the schema is a flat object without other members.
// Field errors of this package name a member of the body and no deeper path, and the decoder
// is made for that. A member may be an open object, whose own members other packages check.
func checkBody(s *openapi3.Schema) error {
	if !s.Type.Is(openapi3.TypeObject) || s.Nullable || s.MinProps != 0 || s.MaxProps != nil || composed(s) {
		return errors.New("body: only a plain object is read")
	}
	if open := s.AdditionalProperties.Has; open == nil || *open || s.AdditionalProperties.Schema != nil {
		return errors.New("body: the object is not closed")
	}
	var problems []error
	for name, property := range s.Properties {
		optional := !slices.Contains(s.Required, name)
		check := checkScalar
		if isOpen(property.Value) {
			check = checkOpen
		}
		if err := errors.Join(check(property.Value), leave(property.Value, optional)); err != nil {
			problems = append(problems, fmt.Errorf("body: %s: %w", name, err))
		}
		if property.Value.Nullable != optional {
			problems = append(problems, fmt.Errorf("body: %s: null means absent, so nullable is for what is not required", name))
		}
	}
	return errors.Join(problems...)
}

// checkScalar is for the fields of a body and for parameters. It returns an error unless
// the schema is a plain string, integer or boolean. It refuses defaults because
// kin-openapi would put them in the place of a null. A parameter may share a nullable
// schema with a field: no parameter is ever null.
func checkScalar(s *openapi3.Schema) error {
	kinds := []string{openapi3.TypeString, openapi3.TypeInteger, openapi3.TypeBoolean}
	switch {
	case s.Type == nil || len(*s.Type) != 1 || !slices.Contains(kinds, (*s.Type)[0]):
		return errors.New("only strings, integers and booleans are read")
	case s.Default != nil || s.ReadOnly || s.WriteOnly || composed(s):
		return errors.New("default, readOnly, writeOnly, not and the …Of are not supported")
	}
	return nil
}

// composed reports whether the schema combines others. An error in one of several
// alternatives has no single field and reason to report.
func composed(s *openapi3.Schema) bool {
	return len(s.OneOf)+len(s.AnyOf)+len(s.AllOf) > 0 || s.Not != nil
}
