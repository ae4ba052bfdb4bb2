package server

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/enroll-project/enroll"
	"github.com/enroll-project/enroll/internal/locale"
	"github.com/enroll-project/enroll/test/strict"
)

func load(t *testing.T) *openapi3.T {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromData(enroll.Contract)
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// ofFields are the reasons that blame a field of a request that does not fit the
// contract. They are in the list "errors" only, so they have no status of their own.
var ofFields = []string{
	"bad_format", "duplicate_field", "forbidden_character", "out_of_range", "required", "too_long", "too_short",
	"unknown_field", "wrong_type",
}

// TestReasonsAgree: each reason of the contract's schema Reason is in x-reasons or in ofFields, the files of messages
// have exactly these reasons, and the schema has every reason of package refusal.
func TestReasonsAgree(t *testing.T) {
	t.Parallel()
	doc := load(t)
	var want []string
	for _, r := range strict.Known(doc.Components.Schemas["Reason"].Value) {
		want = append(want, r.(string))
	}
	slices.Sort(want)
	same := func(name string, got []string) {
		if slices.Sort(got); !slices.Equal(got, want) {
			t.Errorf("%s differs from the contract's reasons: %q", name, difference(got, want))
		}
	}
	listed := slices.Clone(ofFields)
	for _, r := range want {
		if StatusOf(r) != 0 {
			listed = append(listed, r)
		}
	}
	same("x-reasons", listed)
	languages, err := newLanguages(nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(languages.All()) != len(locale.All()) {
		t.Errorf("%d languages, want %d", len(languages.All()), len(locale.All()))
	}
	for _, l := range languages.All() {
		var reasons, successes []string
		for key := range l.Keys() {
			if operation, ok := strings.CutPrefix(key, "ok."); ok {
				operation, _, _ = strings.Cut(operation, ".") // one may succeed in several ways
				successes = append(successes, operation)
				continue
			}
			// TestMessageVariants checks the operations of those that have one.
			if !strings.Contains(key, ".") {
				reasons = append(reasons, key)
			}
		}
		same(l.Tag, reasons)
		var operations []string
		for path, item := range doc.Paths.Map() {
			for _, op := range item.Operations() {
				if strings.HasPrefix(path, "/api/") { // has an envelope
					operations = append(operations, op.OperationID)
				}
			}
		}
		slices.Sort(successes)
		successes = slices.Compact(successes)
		if slices.Sort(operations); !slices.Equal(successes, operations) {
			t.Errorf("%s has successes of %q, the operations are %q", l.Tag, successes, operations)
		}
	}
	for _, r := range refusalReasons(t) {
		if !slices.Contains(want, r) {
			t.Errorf("refusal.Reason %s is not of the contract", r)
		}
	}
}

func difference(a, b []string) (out []string) {
	for _, x := range slices.Concat(a, b) {
		if !slices.Contains(a, x) || !slices.Contains(b, x) {
			out = append(out, x)
		}
	}
	return out
}

// refusalReasons reads the constants of type Reason from package refusal.
func refusalReasons(t *testing.T) (reasons []string) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "../refusal/refusal.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if typ, ok := spec.Type.(*ast.Ident); ok && typ.Name == "Reason" {
			for _, v := range spec.Values {
				text, err := strconv.Unquote(v.(*ast.BasicLit).Value)
				if err != nil {
					t.Fatal(err)
				}
				reasons = append(reasons, text)
			}
		}
		return true
	})
	if len(reasons) == 0 {
		t.Fatal("package refusal has no reasons in refusal.go")
	}
	return reasons
}

var (
	tableRow = regexp.MustCompile("(?m)^\\| (\\d{3}) \\| ((?:`[a-z_]+`(?:, )?)+) \\| (.+) \\|$")
	quoted   = regexp.MustCompile("`([a-z_]+)`")
)

// TestReasonsOfOperations: the table that people read, the x-reasons that
// programs read and the responses of each operation say the same.
func TestReasonsOfOperations(t *testing.T) {
	t.Parallel()
	for path, item := range load(t).Paths.Map() {
		for method, op := range item.Operations() {
			var listed, table []string
			statuses := map[string]bool{"200": true}
			for status, reasons := range op.Extensions["x-reasons"].(map[string]any) {
				statuses[status] = true
				for _, r := range reasons.([]any) {
					listed = append(listed, status+" "+r.(string))
				}
			}
			for _, row := range tableRow.FindAllStringSubmatch(op.Description, -1) {
				for _, r := range quoted.FindAllStringSubmatch(row[2], -1) {
					table = append(table, row[1]+" "+r[1])
				}
			}
			slices.Sort(listed)
			if slices.Sort(table); !slices.Equal(listed, table) {
				t.Errorf("%s %s: table and x-reasons differ: %q", method, path, difference(listed, table))
			}
			want := slices.Sorted(maps.Keys(statuses))
			if got := slices.Sorted(maps.Keys(op.Responses.Map())); !slices.Equal(got, want) {
				t.Errorf("%s %s: responses %q, statuses of x-reasons %q", method, path, got, want)
			}
		}
	}
}

var (
	camel    = regexp.MustCompile(`^[a-z]+([A-Z][a-z]+)*$`)
	clashing = regexp.MustCompile(`(Data|Params|Response|JSONBody|Headers)$`)
)

// TestContractStyle checks rules that OpenAPI does not have and that generated code and readers need.
func TestContractStyle(t *testing.T) {
	t.Parallel()
	doc := load(t)
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			at := method + " " + path
			if !camel.MatchString(op.OperationID) || op.Summary == "" || op.Description == "" || len(op.Tags) != 1 {
				t.Errorf("%s: needs an operationId in camelCase, a summary, a description and one tag", at)
			}
			if op.Responses.Default() != nil {
				t.Errorf("%s: a default response hides undocumented statuses", at)
			}
			if op.RequestBody != nil {
				lintContent(t, at, op.RequestBody.Value.Content)
			}
			for status, response := range op.Responses.Map() {
				if len(response.Value.Links) > 0 {
					t.Errorf("%s %s: openapi-generator refuses links with a body; put them into test/contract/links.yaml", at, status)
				}
				lintContent(t, at+" "+status, response.Value.Content)
			}
		}
	}
	for name, schema := range doc.Components.Schemas {
		if clashing.MatchString(name) {
			t.Errorf("%s: generators name types of their own so", name)
		}
		if schema.Value.Description == "" {
			t.Errorf("%s has no description", name)
		}
		lintSchema(t, name, schema)
	}
	for name, p := range doc.Components.Parameters {
		lintSchema(t, name, p.Value.Schema)
	}
	for name, h := range doc.Components.Headers {
		lintSchema(t, name, h.Value.Schema)
	}
}

func lintContent(t *testing.T, at string, content openapi3.Content) {
	t.Helper()
	for media, typ := range content {
		if typ.Schema.Ref == "" {
			t.Errorf("%s: %s is not a $ref to a named schema", at, media)
		}
	}
}

func lintSchema(t *testing.T, at string, ref *openapi3.SchemaRef) {
	t.Helper()
	s := ref.Value
	switch {
	case s.Type.Is("object"):
		request := strings.HasSuffix(at, "Request")
		if open := s.AdditionalProperties.Has; open == nil || *open == request {
			t.Errorf("%s: requests are closed, answers are open; either says so", at)
		}
	case s.Type.Is("array"):
		if s.MaxItems == nil {
			t.Errorf("%s has no maxItems", at)
		}
	case s.Type.Is("string"):
		if s.MaxLength == nil && len(s.Enum) == 0 && s.Format != "binary" { // a file has x-max-bytes
			t.Errorf("%s has no maxLength", at)
		}
	case s.Type.Is("integer"):
		if s.Format != "int32" && s.Format != "int64" {
			t.Errorf("%s: some generators take an integer without a format for 32 bits, some for 64", at)
		}
		if len(s.Enum) > 0 {
			t.Errorf("%s: an enum of numbers has names like NUMBER_0 in generated code; use bounds", at)
		}
		if s.Max == nil || *s.Max > 1<<53-1 || s.Min == nil || *s.Min < -(1<<53-1) {
			t.Errorf("%s is not bounded within what JavaScript can hold", at)
		}
	}
	for name, property := range s.Properties {
		if property.Ref == "" {
			if property.Value.Description == "" {
				t.Errorf("%s.%s has no description", at, name)
			}
			lintSchema(t, at+"."+name, property)
		}
		// A title is a name, for an object that may be null: generators miss a null behind a $ref.
		if property.Ref == "" && len(property.Value.Properties) > 0 && property.Value.Title == "" {
			t.Errorf("%s.%s is an object without a name", at, name)
		}
	}
}

// TestRoutes: the router serves the operations of the contract, and besides them only documents and avatars.
func TestRoutes(t *testing.T) {
	t.Parallel()
	want := []string{"GET /openapi.json", "GET /openapi.yaml", "GET /pow.js", "HEAD /pow.js", "HEAD /openapi.json",
		"HEAD /openapi.yaml", "GET /avatars/:name", "HEAD /avatars/:name"}
	for path, item := range load(t).Paths.Map() {
		for method, op := range item.Operations() {
			path := strings.NewReplacer("{", ":", "}", "").Replace(path) // as echo writes a parameter
			want = append(want, method+" "+path)
			if method == "GET" && op.Extensions["x-unsafe"] == nil {
				want = append(want, "HEAD "+path)
			}
		}
	}
	var got []string
	for _, r := range routesOf(t) {
		got = append(got, fmt.Sprint(r.Method, " ", r.Path))
	}
	slices.Sort(got)
	if slices.Sort(want); !slices.Equal(got, want) {
		t.Errorf("routes differ: %q", difference(got, want))
	}
}
