package extra_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/enroll-project/enroll/internal/extra"
)

// TestCompileErrors: a schema that cannot be used is refused. The error says why, and for wrong text or a wrong keyword
// also where.
func TestCompileErrors(t *testing.T) {
	t.Parallel()
	for about, c := range map[string]struct{ text, want string }{
		"no JSON":            {"{\n\"type\": }", "line 2: "},
		"empty":              {"", "line 1: "},
		"two documents":      {"{}\n{}", "line 2: something follows"},
		"duplicate name":     {"{\"type\":\"object\",\n\"type\":\"array\"}", `duplicate object member name "type"`},
		"no schema":          {`7`, "/: got number, want boolean or object"},
		"unknown type":       {`{"properties":{"age":{"type":"int"}}}`, "/properties/age/type: "},
		"bad pattern":        {`{"properties":{"a":{"pattern":"("}}}`, "/properties/a/pattern"},
		"backtracking":       {`{"properties":{"a":{"pattern":"(?=a)"}}}`, "/properties/a/pattern"},
		"values as patterns": {`{"properties":{"a":{"items":{"format":"regex"}}}}`, `"format": "regex" is not offered`},
		"names as patterns":  {`{"propertyNames":{"format":"regex"}}`, `"format": "regex" is not offered`},
		"another document":   {`{"$ref":"https://schemas.example/a.json"}`, "other documents are not read"},
		"another file":       {`{"$ref":"file:///etc/passwd"}`, "other documents are not read"},
		"another draft":      {`{"$schema":"https://schemas.example/draft"}`, "other documents are not read"},
		"unknown place":      {`{"$ref":"#/$defs/none"}`, "#/$defs/none"},
		"too long":           {`{"title":"` + strings.Repeat("x", 1<<20) + `"}`, "more than 1048576 bytes"},
	} {
		_, err := extra.Compile([]byte(c.text))
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "urn:enroll") {
			t.Errorf("%s: %v, want %q", about, err, c.want)
		}
	}
}

// person is the schema of the tests.
const person = "\ufeff" + `{
	"type": "object", "additionalProperties": false, "required": ["city"],
	"dependentRequired": {"plan": ["since"]},
	"properties": {
		"city": {"type": "string", "maxLength": 20},
		"since": {"type": "string", "format": "date"},
		"plan": {"enum": ["free", "paid"]},
		"points": {"type": "integer", "maximum": 12345678901234567890},
		"tags": {"type": "array", "uniqueItems": true, "items": {"type": "string", "pattern": "^[a-z]+$"}},
		"home": {"type": "object", "properties": {"zip": {"type": "string"}}, "additionalProperties": {"type": "integer"}},
		"either": {"anyOf": [{"type": "string"}, {"type": "object", "required": ["a"]}]},
		"tree": {"$ref": "#/$defs/tree"}
	},
	"$defs": {"tree": {"type": "object", "additionalProperties": {"$ref": "#/$defs/tree"}}}
}`

// TestOffenses: a path leads to each wrong member, once. A path ends before a name that is not plain or would make it
// longer than 128 bytes, at the object that has the name.
func TestOffenses(t *testing.T) {
	t.Parallel()
	schema, err := extra.Compile([]byte(person))
	if err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat("n", 61)
	for object, want := range map[string][]string{
		`{"city":"杭州"}`: nil,
		`{"city":"杭州","since":"2026-02-28","plan":"paid","tags":["a","b"],"tree":{"x":{"y":{}}},"either":{"a":1}}`: nil,
		`{"city":"","points":12345678901234567890}`:                         nil,
		`{"city":"","points":12345678901234567891}`:                         {"x.points"},
		`{"city":"","points":1.0}`:                                          nil,
		`{}`:                                                                {"x.city missing"},
		`{"plan":"free"}`:                                                   {"x.city missing", "x.since missing"},
		`{"city":7,"plan":"gold","since":"2026-02-30"}`:                     {"x.city", "x.plan", "x.since"},
		`{"city":"","tags":["a","B","c","D"]}`:                              {"x.tags.1", "x.tags.3"},
		`{"city":"","tags":["a","a"]}`:                                      {"x.tags"},
		`{"city":"","home":{"zip":1,"floor":"x"}}`:                          {"x.home.floor", "x.home.zip"},
		`{"city":"","home":{"13800138000":"x"}}`:                            {"x.home"},
		`{"city":"","home":{"a.b":"x"}}`:                                    {"x.home"},
		`{"city":"","either":{}}`:                                           {"x.either"},
		`{"city":"","other":1,"13800138000":1}`:                             {"x", "x.other"},
		`{"city":"","__proto__":{},"$ref":"#"}`:                             {"x", "x.__proto__"},
		`{"city":"","tree":{"` + long + `":{"` + long + `":{"last":"x"}}}}`: {"x.tree." + long},
		`[]`: {"x"},
	} {
		offenses, err := schema.Offenses("x", []byte(object))
		if err != nil {
			t.Errorf("%s: %v", object, err)
		}
		var got []string
		for _, o := range offenses {
			if o.Missing {
				o.Path += " missing"
			}
			got = append(got, o.Path)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", object, got, want)
		}
	}
}

// TestManyOffenses: an answer names a bounded number of members.
func TestManyOffenses(t *testing.T) {
	t.Parallel()
	schema, err := extra.Compile([]byte(`{"additionalProperties":{"type":"string"}}`))
	if err != nil {
		t.Fatal(err)
	}
	var members []string
	for _, a := range "abcdefghij" {
		for _, b := range "abcdefghij" {
			members = append(members, `"`+string(a)+string(b)+`":1`)
		}
	}
	offenses, err := schema.Offenses("x", []byte("{"+strings.Join(members, ",")+"}"))
	if err != nil || len(offenses) != 20 || offenses[19].Path != "x.bj" {
		t.Errorf("%v, %v", offenses, err)
	}
}

// alternatives is a schema by which a value may have n forms, each with further such values in it.
func alternatives(n int) string {
	form := `{"type":"object","required":["op"],"properties":{"op":{"const":"x"}},` +
		`"additionalProperties":{"$ref":"#/$defs/e"}}`
	return `{"additionalProperties":{"$ref":"#/$defs/e"},"$defs":{"e":{"oneOf":[{"type":"number"}` +
		strings.Repeat(","+form, n) + `]}}}`
}

// TestEffort: a schema by which one value would be checked in a great many ways is refused at the start. Without that
// bound each request of a user could take seconds and gigabytes.
func TestEffort(t *testing.T) {
	t.Parallel()
	// Each of twenty schemas applies the next one twice to the same value: 2^20 applications to a value without members.
	double := `{"$ref":"#/$defs/a0","$defs":{"a20":{}`
	for i := range 20 {
		next := strconv.Itoa(i + 1)
		double += `,"a` + strconv.Itoa(i) + `":{"allOf":[{"$ref":"#/$defs/a` + next + `"},{"$ref":"#/$defs/a` + next + `"}]}`
	}
	// Each of these schemas could cost more than 100 applications for one value: by ways that multiply on each of seven
	// levels, by many ways on one level, by many numbers to compare, or by a pattern of many instructions.
	for about, text := range map[string]string{
		"two forms": alternatives(2), "five forms": alternatives(5), "a chain that doubles": double + `}}`,
		"patterns":  `{"patternProperties":{"a":{"$ref":"#"},"b":{"$ref":"#"},"c":{"$ref":"#"}}}`,
		"contains":  `{"items":{"$ref":"#"},"contains":{"$ref":"#"}}`,
		"numbers":   `{"items":{"enum":[0` + strings.Repeat(",1.5", 300) + `]}}`,
		"pattern":   `{"pattern":"((a?){20}){20}b"}`,
		"names":     `{"patternProperties":{"(a?){250}b":{},"(a?){250}c":{}}}`,
		"otherwise": `{"if":{"additionalProperties":{"$ref":"#"}},"then":{"additionalProperties":{"$ref":"#"}}}`,
	} {
		if _, err := extra.Compile([]byte(text)); err == nil || !strings.Contains(err.Error(), "more than 100 subschemas") {
			t.Errorf("%s: %v", about, err)
		}
	}
	// At most one of the properties applies to a member, so the number of properties adds nothing.
	var flat []string
	for i := range 100 {
		flat = append(flat, `"p`+strconv.Itoa(i)+`":{"anyOf":[{"type":"string"},{"properties":{"a":{"$ref":"#/$defs/t"}}}]}`)
	}
	for about, text := range map[string]string{
		"the one of the other tests": person, "one form": alternatives(1), "a circle": `{"$ref":"#"}`,
		"texts":           `{"items":{"enum":[0` + strings.Repeat(`,"1.5"`, 3000) + `]}}`,
		"many properties": `{"properties":{` + strings.Join(flat, ",") + `},"$defs":{"t":{"items":{"$ref":"#/$defs/t"}}}}`,
		"255 characters":  `{"items":{"pattern":"^.{0,255}$"}}`,
		// An alternative that does not lead back adds one application on one level.
		"many forms": `{"properties":{"a":{"oneOf":[{"const":0}` +
			strings.Repeat(`,{"required":["x"],"properties":{"x":{"const":1}}}`, 90) + `]}}}`,
	} {
		if _, err := extra.Compile([]byte(text)); err != nil {
			t.Errorf("%s: %v", about, err)
		}
	}
}
