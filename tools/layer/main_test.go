package main

import (
	"strings"
	"testing"
)

const contract = `
paths:
  /a:
    get: {operationId: readIt, tags: [Sign-in], description: "Reads it.\n\nMore.", security: [{Token: []}],
      parameters: [{$ref: '#/p/SiteId'}, {$ref: '#/p/AcceptLanguage'}],
      responses: {'200': {content: {application/json: {schema: {$ref: '#/s/ItEnvelope'}}}}}}
  /own:
    get: {operationId: own, tags: [Sign-in], description: Has a parameter., security: [],
      parameters: [{$ref: '#/p/SiteId'}, {$ref: '#/p/AcceptLanguage'}, {$ref: '#/p/Own'}],
      responses: {'200': {content: {application/json: {schema: {$ref: '#/s/ItEnvelope'}}}}}}
  /optional:
    get: {operationId: optional, tags: [Sign-in], description: Has an optional token., security: [{Token: []}, {}],
      parameters: [{$ref: '#/p/SiteId'}, {$ref: '#/p/AcceptLanguage'}],
      responses: {'200': {content: {application/json: {schema: {$ref: '#/s/ItEnvelope'}}}}}}
  /file:
    post: {operationId: file, tags: [Sign-in], description: Has a file., security: [{Token: []}],
      parameters: [{$ref: '#/p/SiteId'}, {$ref: '#/p/AcceptLanguage'}],
      requestBody: {content: {multipart/form-data: {schema: {$ref: '#/s/File'}}}},
      responses: {'200': {content: {application/json: {schema: {$ref: '#/s/ItEnvelope'}}}}}}
  /a/{id}/b:
    post: {operationId: act, tags: [Sign-in], description: Acts., security: [{Key: []}],
      parameters: [{$ref: '#/p/Id'}, {$ref: '#/p/AcceptLanguage'}],
      requestBody: {content: {application/json: {schema: {$ref: '#/s/Act'}}}},
      responses: {'200': {content: {application/json: {schema: {$ref: '#/s/ItEnvelope'}}}}}}
components: {schemas: {ItEnvelope: {properties: {data: {$ref: '#/s/It'}}}}}
`

// TestPlain: an operation with a parameter of its own, an optional token or a file is left to a person.
func TestPlain(t *testing.T) {
	t.Parallel()
	all, err := read([]byte(contract))
	if err != nil || len(all) != 5 {
		t.Fatalf("%+v, %v", all, err)
	}
	all = all.chosen("session")
	if len(all) != 1 {
		t.Fatalf("%+v", all)
	}
	want := operation{ID: "readIt", Method: "GET", Path: "/a", Tag: "Sign-in", Description: "Reads it.",
		Answer: "ItEnvelope", Data: "schema.It", Signed: true, plain: true}
	if all[0] != want {
		t.Errorf("got  %+v\nwant %+v", all[0], want)
	}
}

// TestFill: methods take the place of a mark, and a file whose marks were lost is an error.
func TestFill(t *testing.T) {
	t.Parallel()
	all, err := read([]byte(contract))
	if err != nil {
		t.Fatal(err)
	}
	for mark, want := range map[string]string{
		".go // generated: session":     "func (s *Session) ReadIt(ctx context.Context) (*ItEnvelope, error) {",
		".go // generated: client":      "",
		".go // generated: operations":  "func (c *Client) Own(\n\tctx context.Context, p OwnParams,\n) (*ItEnvelope, error)",
		".py # generated: session":      "def read_it(self) -> models.ItEnvelope:",
		".ts // generated: types":       `readIt(options: UserOptions): Promise<Answer<schema.It, "readIt">>;`,
		".java // generated: session":   `return ask("GET", "/a", Map.of(), null, ItEnvelope.class);`,
		".py # generated: exports":      `"ItEnvelope",`,
		".go // generated: elsewhere":   "error",
		".go // nothing":                "error",
		".rb # generated: session":      "error",
		".py #generated: async_session": "error",
	} {
		language, line, _ := strings.Cut(mark, " ")
		got, err := fill(language, []byte("before\n"+line+"\nafter\n"), all)
		switch {
		case want == "error":
			if err == nil {
				t.Errorf("%s: %s", mark, got)
			}
		case err != nil || !strings.Contains(string(got), want) || strings.Contains(string(got), "generated:"):
			t.Errorf("%s: %s, %v", mark, got, err)
		case !strings.HasPrefix(string(got), "before\n") || !strings.HasSuffix(string(got), "\nafter\n"):
			t.Errorf("%s: %s", mark, got)
		}
	}
}

// TestOperations: in the section for all operations, a method has the id of the path, the parameters and the body.
func TestOperations(t *testing.T) {
	t.Parallel()
	all, err := read([]byte(contract))
	if err != nil {
		t.Fatal(err)
	}
	got, err := fill(".go", []byte("// generated: operations\n"), all)
	for _, want := range []string{
		"// Act acts.\nfunc (c *Client) Act(\n\tctx context.Context, id int64, p ActParams, r Act,\n) " +
			"(*ItEnvelope, error) {\n\treturn read[ItEnvelope](c.raw.Act(ctx, id, &p, r))\n}\n",
		"func (c *Client) ReadIt(", "func (c *Client) Optional(", "c.raw.FileWithFormdataBody(",
	} {
		if err != nil || !strings.Contains(string(got), want) {
			t.Errorf("no %q in %s, %v", want, got, err)
		}
	}
}
