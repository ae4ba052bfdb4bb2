package extra

import (
	"encoding/json"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

const (
	// maxLevels is how many levels of members an object has at most below itself: package contract bounds them.
	maxLevels = 7
	// maxEffort bounds how many schemas are applied to one value. The library applies all alternatives and keeps an
	// error for each, so a schema of 600 bytes that leads back to itself by five alternatives would apply 5^7 to a
	// value on the seventh level: seconds and gigabytes for 2 KB that a user sends. With this bound and that of
	// members an object costs at most about 100,000 applications, a tenth of a second.
	maxEffort = 100
)

// effort computes how many schemas may be applied to one value. It is for one schema and not safe for concurrent use.
type effort struct {
	known map[place]int
	open  map[*jsonschema.Schema]bool // those that are being applied to the same value
	cuts  int                         // circles that were cut
	regex bool                        // whether a value must be a regular expression somewhere
}

// place is a schema that is applied some levels above the value.
type place struct {
	schema *jsonschema.Schema
	levels int
}

func newEffort() *effort { return &effort{known: map[place]int{}, open: map[*jsonschema.Schema]bool{}} }

// of returns how many schemas are applied to one value, on this level or on one of the given number of levels below it,
// because s is applied here. It is an upper bound: alternatives need not all lead to one value. Counting ends above
// maxEffort.
func (e *effort) of(s *jsonschema.Schema, levels int) int {
	// Each level is computed, because a schema may have one alternative on this level and many further down, or the other
	// way round.
	most := 0
	for n := range levels + 1 {
		most = max(most, e.at(s, n))
	}
	return most
}

// at returns an upper bound of how many schemas are applied to one value that is exactly the given number of levels
// below, because s is applied here.
func (e *effort) at(s *jsonschema.Schema, levels int) int {
	if s == nil {
		return 0
	}
	// The library ends a circle of references at one value, too.
	if e.open[s] {
		e.cuts++
		return 0
	}
	if n, ok := e.known[place{s, levels}]; ok {
		return n
	}
	if s.Format != nil && s.Format.Name == "regex" {
		e.regex = true
	}
	cuts := e.cuts
	// If s is met again before this returns, there is a circle.
	e.open[s] = true
	n := 0
	// At a level above the value, s itself is not applied to the value.
	if levels == 0 {
		n = 1 + numbers(s)/2 + instructions(s)/10 // check: extra-pattern
	}
	for _, sub := range here(s) {
		n = min(n+e.at(sub, levels), maxEffort+1) // no overflow
	}
	delete(e.open, s)
	if levels > 0 {
		outer := e.open // a member is another value, so that a circle may begin anew
		e.open = map[*jsonschema.Schema]bool{}
		n = min(n+e.below(s, levels-1), maxEffort+1)
		e.open = outer
	}
	// A result within a circle that was cut lacks a part, so it is not kept.
	if len(e.open) == 0 || e.cuts == cuts {
		e.known[place{s, levels}] = n
	}
	return n
}

// numbers returns how many numbers a value of s is compared with, one after the other. For each comparison the library
// parses both numbers as fractions again, which takes microseconds. Comparing texts takes far less.
func numbers(s *jsonschema.Schema) (n int) {
	if s.Enum == nil {
		return 0
	}
	// Compile reads all numbers of a schema as json.Number, as Offenses reads those of a value.
	for _, v := range s.Enum.Values {
		if _, ok := v.(json.Number); ok {
			n++
		}
	}
	return n
}

// here returns the schemas that s applies to the same value.
func here(s *jsonschema.Schema) []*jsonschema.Schema {
	// Only one of then and else is applied. Counting both is simpler, and gives an upper bound.
	all := []*jsonschema.Schema{s.Ref, s.RecursiveRef, s.Not, s.If, s.Then, s.Else}
	// A dynamic reference may lead to another schema at run time. That one is not counted: dynamic references are rare,
	// and an operator, not a client, writes the schema.
	if s.DynamicRef != nil {
		all = append(all, s.DynamicRef.Ref)
	}
	for _, list := range [][]*jsonschema.Schema{s.AllOf, s.AnyOf, s.OneOf} {
		all = append(all, list...)
	}
	for _, sub := range s.DependentSchemas {
		all = append(all, sub)
	}
	// Up to draft 7 a dependency is a schema or a list of names.
	for _, sub := range s.Dependencies {
		if sub, ok := sub.(*jsonschema.Schema); ok {
			all = append(all, sub)
		}
	}
	return all
}

// below returns an upper bound of how many schemas the rules of s for members and items apply to one value that is the
// given number of levels below a member or an item.
func (e *effort) below(s *jsonschema.Schema, levels int) int {
	// At most one of the properties has the name of a member, but each of the patterns may match the name.
	member := 0
	for _, sub := range s.Properties {
		member = max(member, e.at(sub, levels))
	}
	// The counts of all patterns are added, although few names match all of them: which names a pattern matches is not
	// known here.
	for _, sub := range s.PatternProperties {
		member += e.at(sub, levels)
	}
	if sub, ok := s.AdditionalProperties.(*jsonschema.Schema); ok {
		member = max(member, e.at(sub, levels))
	}
	member += e.at(s.UnevaluatedProperties, levels)
	// The name of a member is checked as a value, too. It has no members.
	if levels == 0 {
		member += e.at(s.PropertyNames, 0)
	}
	// The draft decides which of these fields are set, so that none is counted twice. As with properties, one schema
	// applies to an item: the one of its position, or the one for all other positions.
	item := e.at(s.Items2020, levels)
	if sub, ok := s.Items.(*jsonschema.Schema); ok {
		item = max(item, e.at(sub, levels))
	}
	list, _ := s.Items.([]*jsonschema.Schema)
	for _, sub := range append(list[:len(list):len(list)], s.PrefixItems...) {
		item = max(item, e.at(sub, levels))
	}
	if sub, ok := s.AdditionalItems.(*jsonschema.Schema); ok {
		item = max(item, e.at(sub, levels))
	}
	// These two are applied to each item in addition.
	item += e.at(s.Contains, levels) + e.at(s.UnevaluatedItems, levels)
	// The caller cuts what is beyond maxEffort; a sum of some numbers up to it does not overflow.
	return max(member, item) // a value is an object or an array
}
