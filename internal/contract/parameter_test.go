package contract

import (
	"net/http"
	"net/http/httptest"
	"reflect"
	"testing"
)

// aList is a document with a parameter of each kind.
const aList = `
openapi: 3.0.3
info: {title: a list, version: 1.0.0}
x-reasons: {"500": [internal]}
paths:
  /list/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: integer, format: int64, minimum: 1, maximum: 99}}]
    get:
      operationId: readList
      security: []
      x-reasons: {}
      parameters:
        - {name: all, in: query, schema: {type: boolean}}
        - {name: size, in: query, schema: {type: integer, format: int64, minimum: 1}}
        - {name: word, in: query, required: true, schema: {type: string, minLength: 2, maxLength: 4}}
        - {name: sort, in: query, schema: {type: string, enum: [up, down]}}
        - {name: X-Page, in: header, schema: {type: integer, format: int32, maximum: 7}}
      responses: {"200": {description: The list.}}
components:
  schemas: {Reason: {type: string, x-extensible-enum: [internal]}}
`

// TestParameters has each error of a parameter, in headers, queries and paths.
func TestParameters(t *testing.T) {
	t.Parallel()
	c, err := Load([]byte(aList), Leniency{})
	if err != nil {
		t.Fatal(err)
	}
	op := c.Operation(http.MethodGet, "/list/:id")
	const wrong, bounds = WrongType, OutOfRange
	for _, in := range []struct {
		id, query, header string
		want              FieldErrors
	}{
		{"7", "word=one", "", nil},
		{"7", "word=one&all=true&size=1&sort=down", "3", nil},
		{"", "word=one", "", FieldErrors{{"id", wrong, 0}}},
		{"x", "word=one", "", FieldErrors{{"id", wrong, 0}}},
		{"+7", "word=one", "", FieldErrors{{"id", wrong, 0}}},
		{"%37", "word=one", "", FieldErrors{{"id", wrong, 0}}},
		{"100", "word=one", "", FieldErrors{{"id", bounds, 0}}},
		{"9223372036854775808", "word=one", "", FieldErrors{{"id", bounds, 0}}},
		{"7\x00", "word=one", "", FieldErrors{{"id", ForbiddenCharacter, 0}}},
		{"7", "", "", FieldErrors{{"word", Required, 0}}},
		{"7", "word=", "", FieldErrors{{"word", Required, 0}}},
		{"7", "word=o", "", FieldErrors{{"word", TooShort, 2}}},
		{"7", "word=three", "", FieldErrors{{"word", TooLong, 4}}},
		{"7", "word=one&sort=Up", "", FieldErrors{{"sort", BadFormat, 0}}},
		{"7", "word=one&sort=", "", nil},
		{"7", "WORD=one", "", FieldErrors{{"word", Required, 0}}},
		{"7", "word=one&word=two", "", FieldErrors{{"word", BadFormat, 0}}},
		{"7", "word=&word=two", "", FieldErrors{{"word", BadFormat, 0}}},
		{"7", "word=%00%00", "", FieldErrors{{"word", ForbiddenCharacter, 0}}},
		{"7", "word=%ff%fe", "", FieldErrors{{"word", ForbiddenCharacter, 0}}},
		{"7", "word=%zz", "", FieldErrors{{"", BadFormat, 0}, {"word", Required, 0}}},
		{"7", "word=one&x=%zz", "", FieldErrors{{"", BadFormat, 0}, {"word", Required, 0}}},
		{"7", "word=one;x=1", "", FieldErrors{{"", BadFormat, 0}, {"word", Required, 0}}},
		{"7", "word=one&all=1&size=01", "", FieldErrors{{"all", wrong, 0}, {"size", wrong, 0}}},
		{"7", "word=one&all=TRUE&size=0", "", FieldErrors{{"all", wrong, 0}, {"size", bounds, 0}}},
		{"7", "word=one&size=", "", nil},
		{"7", "word=one&sort=&sort=up", "", FieldErrors{{"sort", BadFormat, 0}}},
		{"7", "word=one&size=9223372036854775808", "", FieldErrors{{"size", bounds, 0}}},
		{"7", "word=one", "8", FieldErrors{{"X-Page", bounds, 0}}},
		{"7", "word=one", "2147483648", FieldErrors{{"X-Page", bounds, 0}}},
		{"0", "all=no", "1.0", FieldErrors{{"id", bounds, 0}, {"all", wrong, 0}, {"word", Required, 0},
			{"X-Page", wrong, 0}}},
	} {
		t.Run(in.id+"?"+in.query+" "+in.header, func(t *testing.T) {
			t.Parallel()
			r := httptest.NewRequest(http.MethodGet, "/list/1", nil)
			r.URL.RawQuery = in.query
			if in.header != "" {
				r.Header.Set("X-Page", in.header)
			}
			if got := op.CheckParameters(r, map[string]string{"id": in.id}); !reflect.DeepEqual(got, in.want) {
				t.Errorf("got %v, want %v", got, in.want)
			}
		})
	}
}

// TestEmptyParameters: the generated code does not see a parameter that was sent empty, and sees
// all other parameters as they were sent. An empty boolean is refused.
func TestEmptyParameters(t *testing.T) {
	t.Parallel()
	c, err := Load([]byte(aList), Leniency{})
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodGet, "/list/1?size=&word=one", nil)
	r.Header["X-Page"], r.Header["X-Other"] = []string{""}, []string{""}
	if found := c.Operation(http.MethodGet, "/list/:id").CheckParameters(r, map[string]string{"id": "1"}); found != nil {
		t.Fatal(found)
	}
	if r.URL.RawQuery != "word=one" || r.Header["X-Page"] != nil || r.Header["X-Other"] == nil {
		t.Errorf("left are %q and %v", r.URL.RawQuery, r.Header)
	}
	r = httptest.NewRequest(http.MethodGet, "/list/1?word=one&all=", nil)
	found := c.Operation(http.MethodGet, "/list/:id").CheckParameters(r, map[string]string{"id": "1"})
	if len(found) != 1 || found[0].Field != "all" || found[0].Reason != WrongType {
		t.Errorf("an empty boolean: %v", found)
	}
}
