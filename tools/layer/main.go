// Command layer writes the methods of the SDKs that follow from the contract alone into the layers
// that are written by hand.
//
//	layer CONTRACT FILE...
//
// An operation is plain if its only parameters are those that all operations share, its body is JSON or
// none, its answer is an envelope, and the contract says for certain whether it needs a token. A plain
// operation has one form in each language, so that it needs no line by hand. A file has lines such as
//
//	// generated: session
//
// where the methods are to stand. The other operations are in the file itself: each has something that
// a person should decide, such as how an optional parameter looks in that language.
//
// The section "operations" has all operations of the contract. It is for the admin API, each operation of
// which has one form: the id of the path, the other parameters, and the body.
package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"text/template"

	"gopkg.in/yaml.v3"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "layer:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) < 2 {
		return errors.New("usage: layer CONTRACT FILE...")
	}
	raw, err := os.ReadFile(args[0])
	if err != nil {
		return err
	}
	all, err := read(raw)
	if err != nil {
		return err
	}
	for _, name := range args[1:] {
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		written, err := fill(filepath.Ext(name), text, all)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if err := os.WriteFile(name, written, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// mark is a line that methods replace. It includes the empty line before, because each method begins with one.
var mark = regexp.MustCompile(`(?m)(?:^\n)?^[ \t]*(?://|#) generated: ([a-z_]+)\n`)

// fill replaces the marks of a file. A file without a mark is an error, and so is a mark without a template.
func fill(language string, text []byte, all operations) ([]byte, error) {
	if !mark.Match(text) {
		return nil, errors.New("no line \"generated: …\"")
	}
	var failed error
	text = mark.ReplaceAllFunc(text, func(line []byte) []byte {
		section := string(mark.FindSubmatch(line)[1])
		source, known := templates[language][section]
		if !known {
			failed = fmt.Errorf("no methods for %q", section)
			return nil
		}
		var out bytes.Buffer
		failed = errors.Join(failed, template.Must(template.New(section).Parse(source)).Execute(&out, all.chosen(section)))
		return out.Bytes()
	})
	return text, failed
}

// operation is an operation of the contract.
type operation struct {
	ID, Method, Path, Tag string
	Description           string
	Body                  string // the schema of the body, "" for none
	Answer                string // the schema of the envelope
	Data                  string // the TypeScript type of the envelope's data
	Signed                bool   // whether it needs a token
	Form                  bool   // whether the body is a form and not JSON
	plain                 bool
}

// operations is the data of a template.
type operations []operation

// chosen returns the operations that a section has.
func (all operations) chosen(section string) operations {
	if section == "operations" {
		return all
	}
	return slices.DeleteFunc(slices.Clone(all), func(o operation) bool { return !o.plain })
}

// Types returns the schemas of all bodies and answers, each once.
func (all operations) Types() []string {
	var names []string
	for _, o := range all {
		names = append(names, o.Answer)
		if o.Body != "" {
			names = append(names, o.Body)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Name is the operation in Go: GetUser for getUser.
func (o operation) Name() string { return strings.ToUpper(o.ID[:1]) + o.ID[1:] }

// Addressed reports whether the path has an id.
func (o operation) Addressed() bool { return strings.Contains(o.Path, "{id}") }

var upper = regexp.MustCompile(`[A-Z]`)

// Snake is the operation in Python: get_user for getUser.
func (o operation) Snake() string { return upper.ReplaceAllStringFunc(o.ID, snake) }

func snake(letter string) string { return "_" + strings.ToLower(letter) }

// Module is the tag as a package of Python.
func (o operation) Module() string { return strings.ReplaceAll(strings.ToLower(o.Tag), "-", "_") }

// Lower is the description as the rest of a sentence that begins with a name.
func (o operation) Lower() string { return strings.ToLower(o.Description[:1]) + o.Description[1:] }

// HTML is the description in the form of Javadoc.
func (o operation) HTML() string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "*/", "*&#47;", "@", "&#64;").Replace(o.Description)
}

// Wrap breaks a text into lines of 100 columns, each after a prefix.
func (o operation) Wrap(prefix, text string) string {
	lines := []string{prefix}
	for word := range strings.FieldsSeq(text) {
		last := &lines[len(lines)-1]
		if len(*last)+len(word) >= 100 {
			lines = append(lines, prefix)
			last = &lines[len(lines)-1]
		}
		*last += " " + word
	}
	return strings.Join(lines, "\n")
}

// The parts of an OpenAPI document that a plain operation can have.
type (
	schema struct {
		Ref        string            `yaml:"$ref"`
		Type       string            `yaml:"type"`
		Items      *schema           `yaml:"items"`
		Properties map[string]schema `yaml:"properties"`
	}
	media struct {
		Content map[string]struct {
			Schema schema `yaml:"schema"`
		} `yaml:"content"`
	}
	call struct {
		ID          string                `yaml:"operationId"`
		Tags        []string              `yaml:"tags"`
		Description string                `yaml:"description"`
		Parameters  []schema              `yaml:"parameters"`
		Body        *media                `yaml:"requestBody"`
		Security    []map[string][]string `yaml:"security"`
		Responses   map[string]media      `yaml:"responses"`
	}
	document struct {
		Paths      map[string]map[string]call `yaml:"paths"`
		Components struct {
			Schemas map[string]schema `yaml:"schemas"`
		} `yaml:"components"`
	}
)

func (s schema) name() string { return s.Ref[strings.LastIndex(s.Ref, "/")+1:] }

// json returns the name of the one schema of a body or an answer, "" for any other.
func (m media) json() string {
	if len(m.Content) != 1 {
		return ""
	}
	return m.Content["application/json"].Schema.name()
}

// form is the media type of a body that is not JSON and has one form in Go.
const form = "application/x-www-form-urlencoded"

// read returns the operations of a contract by their names.
func read(raw []byte) (operations, error) {
	var d document
	if err := yaml.Unmarshal(raw, &d); err != nil {
		return nil, err
	}
	var found operations
	for path, item := range d.Paths {
		for method, c := range item {
			o, err := d.operation(strings.ToUpper(method), path, c)
			if err != nil {
				return nil, err
			}
			found = append(found, o)
		}
	}
	slices.SortFunc(found, func(a, b operation) int { return strings.Compare(a.ID, b.ID) })
	return found, nil
}

// operation returns one operation. Only a plain one needs a tag and data that TypeScript can name.
func (d document) operation(method, path string, c call) (operation, error) {
	o := operation{
		ID: c.ID, Method: method, Path: path, Answer: c.Responses["200"].json(), Signed: len(c.Security) > 0,
	}
	o.Description, _, _ = strings.Cut(strings.TrimSpace(c.Description), "\n\n")
	var names []string
	for _, p := range c.Parameters {
		names = append(names, p.name())
	}
	if c.Body != nil {
		if o.Body = c.Body.json(); o.Body == "" {
			o.Body, o.Form = c.Body.Content[form].Schema.name(), true
		}
	}
	optional := slices.ContainsFunc(c.Security, func(s map[string][]string) bool { return len(s) == 0 })
	o.plain = slices.Equal(names, []string{"SiteId", "AcceptLanguage"}) && !o.Form && !optional
	if !o.plain {
		return o, nil
	}
	if o.Description == "" || len(c.Tags) != 1 || o.Answer == "" {
		return o, fmt.Errorf("%s needs a description, one tag and a named answer", c.ID)
	}
	o.Tag = c.Tags[0]
	switch data := d.Components.Schemas[o.Answer].Properties["data"]; {
	case data.Ref != "":
		o.Data = "schema." + data.name()
	case data.Type == "array":
		o.Data = "schema." + data.Items.name() + "[]"
	default:
		o.Data = "object | null"
	}
	return o, nil
}
