package contract

import (
	"bytes"
	"errors"
	"mime"
	"net/http"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// maxBody is the size of the largest body in bytes.
const maxBody = 16 << 10

// Error is a request that the contract does not allow.
type Error struct {
	Reason Reason
	Fields FieldErrors
}

// Error names the reason and no value.
func (e *Error) Error() string { return string(e.Reason) }

// CheckBody reads, decodes and validates a body, each once, and leaves the value
// behind for the generated code to bind. It returns what is wrong with the body
// together with found, what is wrong with the parameters.
func (o *Operation) CheckBody(w http.ResponseWriter, req *http.Request, found FieldErrors) error {
	if o.body != nil {
		if err := o.decodeBody(w, req, &found); err != nil {
			return err
		}
	}
	if len(found) > 0 {
		return &Error{InvalidRequest, found}
	}
	return nil
}

func (o *Operation) decodeBody(w http.ResponseWriter, req *http.Request, found *FieldErrors) error {
	if req.ContentLength > maxBody {
		return &Error{Reason: BodyTooLarge} // none of it read
	}
	if req.ContentLength != 0 && !isJSON(req.Header) {
		return &Error{Reason: UnsupportedMediaType}
	}
	s := scratch{json: new(jsontext.Decoder)}
	if err := s.fill(w, req); err != nil {
		return err
	}
	if s.body.Len() == 0 {
		if o.required {
			found.Add("", Required, 0)
		}
		return nil
	}
	object, err := decodeObject(s.json, &s.body, found)
	if err != nil {
		return &Error{MalformedJSON, *found}
	}
	if err := visit(o.body, object); err != nil {
		found.addBody(err, o.body, object)
	}
	req.Body = validated{object}
	return nil
}

type scratch struct {
	body bytes.Buffer
	json *jsontext.Decoder
}

// fill reads the body. Who hangs up in the middle, or promises more than comes,
// has sent no JSON object.
func (s *scratch) fill(w http.ResponseWriter, req *http.Request) error {
	if req.ContentLength > 0 {
		s.body.Grow(int(req.ContentLength) + bytes.MinRead) // ReadFrom wants that much room to see the end
	}
	_, err := s.body.ReadFrom(http.MaxBytesReader(w, req.Body, maxBody))
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		return &Error{Reason: BodyTooLarge}
	}
	if err != nil {
		return &Error{Reason: MalformedJSON}
	}
	return nil
}

// isJSON tells whether a body is application/json in UTF-8, as it stands.
// Anything else is refused before it is read: a form or plain text, because a
// foreign web page may send those without asking (CORS); UTF-16, as the
// validation would read other characters; compressed, as a small body may be a
// very large one.
func isJSON(h http.Header) bool {
	for _, coding := range h["Content-Encoding"] {
		if !strings.EqualFold(coding, "identity") {
			return false
		}
	}
	sent := h["Content-Type"]
	if len(sent) != 1 {
		return false
	}
	if sent[0] == "application/json" {
		return true
	}
	media, params, err := mime.ParseMediaType(sent[0])
	charset, given := params["charset"]
	return err == nil && media == "application/json" && (!given || strings.EqualFold(charset, "utf-8"))
}

// errBoundOnce is for code that would decode a body again.
var errBoundOnce = errors.New("server: the validated body did not fit the generated type")

// validated is a body after validation. The generated code asks it for the value
// and binds that, by exact names. Were it to fail and read the body instead, in
// encoding/json's lax way, it would find an error, not a second reading.
type validated struct{ object map[string]any }

func (v validated) ValidatedValue() any      { return v.object }
func (v validated) Read([]byte) (int, error) { return 0, errBoundOnce }
func (v validated) Close() error             { return nil }
