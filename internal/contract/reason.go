package contract

// Reason is a value of the document's schema Reason: why a request was refused. It is a
// type of this package and not the generated one, so that the package works with any
// document.
type Reason string

// The reasons that this package gives, and Internal, which every document must have. The
// second group is for entries of [FieldErrors] only.
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
