package contract

import (
	"errors"
	"regexp"
	"slices"

	"github.com/getkin/kin-openapi/openapi3"
)

const (
	// readUpTo is the extension by which a text leaves its bounds to the rules of the
	// service. Its value is the length in characters that is read.
	readUpTo = "x-read-up-to"
	// incomplete is the extension by which a body leaves it to the rules of the service
	// which members must be there together. Its value is the reason that these rules give.
	incomplete = "x-incomplete"
)

// leave removes the bounds of a text with x-read-up-to, and bounds only its length by
// that number. The removed bounds are for clients, which check a text before they send
// it. Here they would give too_long or bad_format, while the rules of the service
// give the reason of the field, for example user_name_too_long. The tests compare each
// accepted request with the removed bounds.
//
// It returns an error if the bounds contradict the rules: if x-read-up-to is less than
// maxLength, or if an optional text may not be empty, since empty means "not given".
func leave(s *openapi3.Schema, optional bool) error {
	value, marked := s.Extensions[readUpTo]
	if !marked {
		return nil
	}
	length, ok := value.(float64)
	switch {
	case !ok || length != float64(uint64(length)) || !s.Type.Is(openapi3.TypeString) || len(s.Enum) > 0:
		return errors.New(readUpTo + ": must be a whole number, on a string without enum")
	case s.MaxLength == nil || *s.MaxLength > uint64(length):
		return errors.New(readUpTo + ": must not be less than maxLength, which must be set")
	}
	pattern, err := regexp.Compile(s.Pattern)
	if err != nil {
		return err
	}
	if optional && (s.MinLength > 0 || !pattern.MatchString("")) {
		return errors.New(readUpTo + ": minLength or pattern forbids the empty text of an optional field")
	}
	most := uint64(length)
	// An empty text in a required place is reported as required. U+0000, which a pattern
	// may forbid, is refused by the JSON decoder and for parameters by misread.
	s.MaxLength, s.MinLength, s.Pattern = &most, min(s.MinLength, 1), ""
	return nil
}

// leaveCombinations removes the conditions of a body with x-incomplete, which say which of
// its members must be there together. If such a condition fails, the error of kin-openapi
// names no field. The rules of the service name the members that are missing, and treat an
// empty member as missing.
//
// It returns an error if the operation does not give the reason, or if the conditions
// concern more than the presence of members.
func leaveCombinations(s *openapi3.Schema, reasons map[Reason]bool) error {
	value, marked := s.Extensions[incomplete]
	if !marked {
		return nil
	}
	if reason, _ := value.(string); !reasons[Reason(reason)] {
		return errors.New(incomplete + ": the operation does not list this reason")
	}
	conditions := slices.Concat(s.AllOf, s.AnyOf, s.OneOf)
	if s.Not != nil {
		conditions = append(conditions, s.Not)
	}
	if !slices.ContainsFunc(conditions, func(c *openapi3.SchemaRef) bool { return !onPresence(c.Value) }) {
		s.AllOf, s.AnyOf, s.OneOf, s.Not, s.MinProps = nil, nil, nil, nil, 0
		return nil
	}
	return errors.New(incomplete + ": a condition is about more than the presence of members")
}

// onPresence reports whether a schema has only lists of required members and combinations
// of such lists.
func onPresence(s *openapi3.Schema) bool {
	nested := slices.Concat(s.AllOf, s.AnyOf, s.OneOf)
	if s.Not != nil {
		nested = append(nested, s.Not)
	}
	rest := *s
	rest.Required, rest.AllOf, rest.AnyOf, rest.OneOf, rest.Not = nil, nil, nil, nil, nil
	text, err := rest.MarshalJSON()
	return err == nil && string(text) == "{}" &&
		!slices.ContainsFunc(nested, func(n *openapi3.SchemaRef) bool { return !onPresence(n.Value) })
}
