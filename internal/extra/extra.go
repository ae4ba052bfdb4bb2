package extra

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
)

// maxSchema bounds the text of a schema in bytes. A schema for 8 KiB of data is far smaller. The bound refuses a
// wrong file, such as a log, before it is compiled.
const maxSchema = 1 << 20

// document is the base by which the compiler resolves references within the schema.
const document = "urn:enroll:extra"

// Schema says which objects are accepted. It is immutable and safe for concurrent use.
type Schema struct {
	compiled *jsonschema.Schema
	// slots bounds how many objects are checked at the same time to one for each processor. A check takes up to 40 MiB
	// while it runs, and more at a time would not be faster, because a check only computes.
	slots chan struct{}
}

// Compile reads a JSON Schema of draft 4 to 2020-12; without $schema it is 2020-12. Formats are checked, because
// the author of `"format": "date"` expects that. Patterns are those of RE2, which match in linear time, and
// their length is bounded, so that no value can block the service. An error of a
// keyword names its place in the text.
func Compile(text []byte) (*Schema, error) {
	if len(text) > maxSchema {
		return nil, fmt.Errorf("the schema has more than %d bytes", maxSchema)
	}
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	// The compiler takes the last of two members of one name. Without this check a rule could be dropped silently.
	strict := jsontext.NewDecoder(bytes.NewReader(text))
	if _, err := strict.ReadValue(); err != nil {
		at := strict.InputOffset()
		if wrong := (*jsontext.SyntacticError)(nil); errors.As(err, &wrong) {
			at = wrong.ByteOffset
		}
		return nil, fmt.Errorf("line %d: %w", lineAt(text, at), err)
	}
	if _, err := strict.ReadToken(); err != io.EOF {
		return nil, fmt.Errorf("line %d: something follows the schema", lineAt(text, strict.InputOffset()))
	}
	// UnmarshalJSON reads numbers as json.Number, as for the objects: a float64 would round a bound.
	parsed, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	compiler := jsonschema.NewCompiler()
	compiler.UseLoader(noLoader{})
	// Without AssertFormat, formats would be annotations only, as 2020-12 has it. The drafts before it leave the choice.
	compiler.AssertFormat()
	compiler.UseRegexpEngine(compilePattern)
	if err := compiler.AddResource(document, parsed); err != nil {
		return nil, err
	}
	compiled, err := compiler.Compile(document)
	if invalid := (*jsonschema.SchemaValidationError)(nil); errors.As(err, &invalid) {
		return nil, placed(invalid)
	}
	if err != nil {
		// The URN of the base means nothing to the reader of the file.
		return nil, errors.New(strings.ReplaceAll(err.Error(), document, ""))
	}
	cost := newEffort()
	if n := cost.of(compiled, maxLevels); n > maxEffort { // check: extra-effort
		return nil, fmt.Errorf("one value could be checked against more than %d subschemas: "+
			"of the alternatives of one anyOf or oneOf let at most one refer back to a schema that contains it, "+
			"make the numbers of a long enum strings, and use maxLength instead of a repetition in a pattern",
			maxEffort)
	}
	// 8 KiB of a{1000} expand to gigabytes when they are compiled. The other formats are checked in linear time.
	if cost.regex { // check: extra-regex
		return nil, errors.New(`"format": "regex" is not offered: to compile what users send can take seconds`)
	}
	return &Schema{compiled, make(chan struct{}, runtime.GOMAXPROCS(0))}, nil
}

// lineAt returns the line of an offset, from 1.
func lineAt(text []byte, offset int64) int {
	return 1 + bytes.Count(text[:min(offset, int64(len(text)))], []byte("\n"))
}

// placed says in one line where a schema is wrong, by JSON pointers.
func placed(invalid *jsonschema.SchemaValidationError) error {
	root := (*jsonschema.ValidationError)(nil)
	if !errors.As(invalid.Err, &root) {
		return invalid.Err
	}
	var places []string
	each(root, func(e *jsonschema.ValidationError) {
		at := "/" + strings.Join(e.InstanceLocation, "/")
		places = append(places, at+": "+e.ErrorKind.LocalizedString(message.NewPrinter(language.English)))
	})
	return errors.New(strings.Join(places, "; "))
}

// noLoader refuses references to other documents: the service reads no file that the setting does not name, and
// a schema cannot make it open connections. The drafts of JSON Schema are built into the compiler.
type noLoader struct{}

// errRemote is wrapped by the compiler's error, which names the address.
var errRemote = errors.New("references to other documents are not read")

// Load implements jsonschema.URLLoader. The compiler calls it for each address that is not in the document, also
// for the $schema of an unknown draft.
func (noLoader) Load(string) (any, error) {
	return nil, errRemote // check: extra-no-remote
}

// each calls note for each error of a tree that has a place of its own. The library nests errors by keyword: the
// causes of $ref and allOf are further down. For anyOf, oneOf, not, contains and propertyNames only the error of
// the keyword is noted, because the errors of one alternative contradict those of the next.
func each(e *jsonschema.ValidationError, note func(*jsonschema.ValidationError)) {
	switch e.ErrorKind.(type) {
	case *kind.AnyOf, *kind.OneOf, *kind.Not, *kind.Contains, *kind.PropertyNames:
		note(e)
		return
	}
	if len(e.Causes) == 0 {
		note(e)
	}
	for _, cause := range e.Causes {
		each(cause, note)
	}
}

// Offense is one member that a schema does not accept.
type Offense struct {
	Path    string // begins with the name of the field, such as extra.address.city
	Missing bool   // whether the schema requires a member that is not there
}

// maxOffenses bounds the list for one object. It is less than an answer may have, and leaves room for the
// errors of other fields.
const maxOffenses = 20

// Offenses returns what is wrong with an object, in the order of the paths; nil if it is accepted. field is the
// name with which each path begins. The object has been bounded before, by package contract.
func (s *Schema) Offenses(field string, object []byte) ([]Offense, error) {
	// The library compares numbers as fractions of integers, so that a bound of 20 digits is exact.
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(object))
	if err != nil {
		return nil, err
	}
	s.slots <- struct{}{}
	defer func() { <-s.slots }()
	err = s.compiled.Validate(value) // check: extra-schema
	if err == nil {
		return nil, nil
	}
	root := (*jsonschema.ValidationError)(nil)
	if !errors.As(err, &root) {
		return nil, err
	}
	var all []Offense
	// Some keywords report the object and name its members beside it. A form shows an error at the member.
	each(root, func(e *jsonschema.ValidationError) {
		at := func(missing bool, names ...string) {
			for _, name := range names {
				all = append(all, Offense{path(field, value, append(slices.Clone(e.InstanceLocation), name)), missing})
			}
		}
		switch k := e.ErrorKind.(type) {
		case *kind.Required:
			at(true, k.Missing...)
		case *kind.DependentRequired:
			at(true, k.Missing...)
		case *kind.Dependency:
			at(true, k.Missing...)
		case *kind.AdditionalProperties:
			at(false, k.Properties...)
		default:
			all = append(all, Offense{Path: path(field, value, e.InstanceLocation)})
		}
	})
	// Two keywords may refuse one member, so duplicates are removed. A map has no order, so the list is sorted.
	slices.SortFunc(all, func(a, b Offense) int { return strings.Compare(a.Path, b.Path) })
	all = slices.Compact(all)
	return all[:min(len(all), maxOffenses)], nil
}

// maxPath is the longest path in bytes. The contract has the same bound for the name of a field.
const maxPath = 128

// path returns a location with dots between its names. It ends before a name that is not plain: such a name may be
// a value, such as a phone, and clients log answers. Then the path is that of the object that has the member.
func path(field string, value any, location []string) string {
	text := field // a name of the contract, so it is plain
	// value is that of the path so far: a segment is a name in an object and a position in an array.
	for _, name := range location {
		switch v := value.(type) {
		case map[string]any:
			if !plain(name) {
				return text
			}
			value = v[name]
		case []any:
			// A position in an array is not a text of the client, so it need not be plain.
			if i, err := strconv.Atoi(name); err == nil && i >= 0 && i < len(v) {
				value = v[i]
			}
		}
		if len(text)+1+len(name) > maxPath {
			return text
		}
		text += "." + name
	}
	return text
}

// plain reports whether a name may be repeated in an answer: at most 64 letters, digits, "_" and "-", and a letter
// or "_" first. Package contract also allows dots in the name of an unknown field. Here a dot would be read as a step
// of the path.
func plain(name string) bool {
	const letters = "_ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	return name != "" && len(name) <= 64 && strings.IndexByte(letters, name[0]) >= 0 &&
		strings.Trim(name, letters+"0123456789-") == "" // check: extra-path
}
