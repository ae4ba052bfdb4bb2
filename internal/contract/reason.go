package contract

// Reason says why a request was refused, in a word of the document's schema Reason.
// It is a type of this package, so that it serves any document.
type Reason string

// Reasons that this package gives. Those of a single field stand only in [FieldErrors].
const (
	BodyTooLarge         Reason = "body_too_large"
	Internal             Reason = "internal"
	InvalidRequest       Reason = "invalid_request"
	MalformedJSON        Reason = "malformed_json"
	UnsupportedMediaType Reason = "unsupported_media_type"

	BadFormat          Reason = "bad_format"
	DuplicateField     Reason = "duplicate_field"
	ForbiddenCharacter Reason = "forbidden_character"
	OutOfRange         Reason = "out_of_range"
	Required           Reason = "required"
	TooLong            Reason = "too_long"
	TooShort           Reason = "too_short"
	UnknownField       Reason = "unknown_field"
	WrongType          Reason = "wrong_type"
)
