package contract

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// maxBody is the size of the largest body in bytes, apart from uploads (see UploadLimit).
const maxBody = 16 << 10 // check: body-limit

// Error is a request that the contract does not allow.
type Error struct {
	Reason Reason
	Fields FieldErrors
}

// Error names the reason and no value.
func (e *Error) Error() string { return string(e.Reason) }

// CheckBody reads and validates a body and puts it in req.Body for the generated code: JSON as the validated value,
// fields of a form encoded anew. Of an upload it checks the headers and bounds the size. found has the errors of the
// parameters; they are returned with those of the body, but not if its size or media type is refused or if it cannot be
// read.
func (o *Operation) CheckBody(w http.ResponseWriter, req *http.Request, found FieldErrors) error {
	if o.body != nil {
		decode := o.decodeBody
		if o.fields {
			decode = o.decodeFields
		}
		if err := decode(w, req, &found); err != nil {
			return err
		}
	}
	if o.upload != nil {
		if err := o.checkUpload(w, req); err != nil {
			return err
		}
	}
	if len(found) > 0 {
		return &Error{InvalidRequest, found}
	}
	return nil
}

// decodeBody refuses a body by its headers if it can, before it reads a byte. Then it
// reads, decodes and validates the body.
func (o *Operation) decodeBody(w http.ResponseWriter, req *http.Request, found *FieldErrors) error {
	if req.ContentLength > maxBody {
		return &Error{Reason: BodyTooLarge} // before any of it is read
	}
	// If there is no body, its type does not matter. ContentLength is -1 if the body is chunked.
	if req.ContentLength != 0 && !isJSON(req.Header) { // check: body-type
		return &Error{Reason: UnsupportedMediaType}
	}
	body, err := receive(w, req)
	if err != nil {
		return readError(err, MalformedJSON)
	}
	text := bytes.TrimPrefix(body, byteOrderMark)
	if len(text) == 0 {
		if o.required {
			found.Add("", Required, 0)
		}
		return nil
	}
	object, err := decodeObject(text, o.body, found)
	if err != nil {
		return &Error{MalformedJSON, *found}
	}
	o.leniency.apply(o.body, object)
	dropNull(o.body, object)
	// Validate even if the decoder has found errors, so that one answer has all of them.
	if err := visit(o.body, object); err != nil {
		found.addBody(err, o.body, object)
	}
	req.Body = validated{object}
	return nil
}

// apply changes a body to what a stricter client would have sent. The errors that the decoder has
// found stay, for example that of a name that was sent twice.
func (l Leniency) apply(schema *openapi3.Schema, object map[string]any) {
	for name := range object {
		if l.IgnoreUnknown && schema.Properties[name] == nil || slices.Contains(l.Ignored, name) {
			delete(object, name)
		}
	}
	for _, name := range l.Trim {
		if text, ok := object[name].(string); ok {
			object[name] = strings.TrimSpace(text)
		}
	}
	for _, name := range l.NotGiven {
		if object[name] == "" {
			delete(object, name)
		}
	}
}

// dropNull removes nullable members that are null. Load has checked that exactly the optional ones are nullable: null
// means "not given", and the generated code cannot bind it.
func dropNull(schema *openapi3.Schema, object map[string]any) {
	for name, value := range object {
		if p := schema.Properties[name]; value == nil && p != nil && p.Value.Nullable {
			delete(object, name)
		}
	}
}

// receive reads a body of at most maxBody bytes, whether or not its length is announced. If the client
// disconnects in the middle, or if the body is shorter than its Content-Length, it returns an error.
func receive(w http.ResponseWriter, req *http.Request) ([]byte, error) {
	return io.ReadAll(http.MaxBytesReader(w, req.Body, maxBody)) // check: body-limit-chunked
}

// readError returns the refusal for a body that could not be read: BodyTooLarge, or else the given reason and fields,
// which say that the body is malformed, since the rest of it is missing.
func readError(err error, reason Reason, fields ...FieldError) error {
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		return &Error{Reason: BodyTooLarge}
	}
	return &Error{reason, fields}
}

// byteOrderMark is U+FEFF in UTF-8. Some clients write it before the text, and RFC
// 8259, section 8.1, lets parsers ignore it there. Elsewhere it is not JSON.
var byteOrderMark = []byte("\ufeff")

// isJSON reports whether the headers announce application/json in UTF-8. UTF-16 would be validated as other
// characters than the client sent. RFC 8259 gives application/json no charset parameter, but clients send one.
func isJSON(h http.Header) bool {
	media, params := mediaType(h)
	charset, given := params["charset"]
	return media == "application/json" && (!given || slices.Contains(utf8Labels, strings.ToLower(charset)))
}

// mediaType returns the media type of a body and its parameters. It returns "" if the body is compressed, since a small
// one can expand to a very large one, or if it does not have exactly one readable Content-Type. Callers then refuse it
// unread. They compare the type: otherwise a page of another origin could send JSON as plain text, without a CORS
// preflight.
func mediaType(h http.Header) (media string, params map[string]string) {
	for _, coding := range h["Content-Encoding"] {
		if !strings.EqualFold(coding, "identity") { // check: body-coding
			return "", nil
		}
	}
	// Two headers of this name may be read differently by a proxy.
	sent := h["Content-Type"]
	if len(sent) != 1 {
		return "", nil
	}
	media, params, err := mime.ParseMediaType(sent[0])
	if err != nil {
		return "", nil
	}
	return media, params
}

// utf8Labels are the names of UTF-8: those of the WHATWG Encoding Standard, section
// 4.2, and the alias that IANA has registered.
var utf8Labels = []string{
	"utf-8", "utf8", "unicode-1-1-utf-8", "unicode11utf8", "unicode20utf8", "x-unicode20utf8", "csutf8",
}

// errBoundOnce is the error of reading a validated body.
var errBoundOnce = errors.New("contract: the validated body did not fit the generated type")

// validated is a body after validation. The generated code takes its value and binds
// that, by exact names. If that failed, the generated code would read the body as JSON
// by encoding/json, whose rules differ; Read returns an error instead.
type validated struct{ object map[string]any }

func (v validated) ValidatedValue() any      { return v.object }
func (v validated) Read([]byte) (int, error) { return 0, errBoundOnce }
func (v validated) Close() error             { return nil }
