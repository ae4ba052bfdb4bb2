package extra

import (
	"regexp"
	"regexp/syntax"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// pattern is a regular expression whose cost is known: matching takes time in proportion to the length of the value
// times its instructions, about 75 ms for 8 KiB and 1,000 of them.
type pattern struct {
	*regexp.Regexp
	instructions int
}

// compilePattern implements jsonschema.RegexpEngine, so that effort can count the instructions of a schema's patterns.
func compilePattern(text string) (jsonschema.Regexp, error) {
	// The compiler of schemas adds the place to an error.
	compiled, err := regexp.Compile(text)
	if err != nil {
		return nil, err
	}
	// Compile does not export its program. These are the same steps, so they succeed for a text that Compile
	// accepts. They run once, at the start.
	parsed, err := syntax.Parse(text, syntax.Perl)
	if err != nil {
		return nil, err
	}
	program, err := syntax.Compile(parsed.Simplify())
	if err != nil {
		return nil, err
	}
	return pattern{compiled, len(program.Inst)}, nil
}

// instructions counts the instructions of the patterns that s applies itself: its pattern for a value, and those for
// the names of members. An instruction is a step of RE2's automaton. A repetition is written out, so a{0,255} has two
// for each possible a, and costs more time than maxLength, which only counts.
func instructions(s *jsonschema.Schema) (n int) {
	// The compiler makes all patterns by compilePattern, also those of the drafts that are built in.
	if p, ok := s.Pattern.(pattern); ok {
		n += p.instructions
	}
	// Each is tried on each name, since more than one may match. All names together have 8 KiB at most.
	for p := range s.PatternProperties {
		if p, ok := p.(pattern); ok {
			n += p.instructions
		}
	}
	return n
}
