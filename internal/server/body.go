package server

import (
	"bytes"
	"errors"
	"mime"
	"net/http"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/labstack/echo/v4"

	"github.com/enroll-project/enroll/gen/api"
)

// maxBody is the size of the largest body in bytes.
const maxBody = 16 << 10

// read reads, decodes and validates a body, each once, and leaves the value
// behind for the generated code to bind.
func (c *contract) read(ec echo.Context, op *operation, found *fieldErrors) error {
	req := ec.Request()
	if req.ContentLength > maxBody {
		return &refusal{reason: api.ReasonBodyTooLarge} // none of it read
	}
	if req.ContentLength != 0 && !isJSON(req.Header) {
		return &refusal{reason: api.ReasonUnsupportedMediaType}
	}
	s := scratch{json: new(jsontext.Decoder)}
	if err := s.fill(ec); err != nil {
		return err
	}
	if s.body.Len() == 0 {
		if op.required {
			found.add("", api.ReasonRequired, 0)
		}
		return nil
	}
	object, err := decodeObject(s.json, &s.body, found)
	if err != nil {
		return &refusal{reason: api.ReasonMalformedJSON, fields: *found}
	}
	if err := visit(op.body, object); err != nil {
		found.addBody(err, op.body, object)
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
func (s *scratch) fill(ec echo.Context) error {
	req := ec.Request()
	if req.ContentLength > 0 {
		s.body.Grow(int(req.ContentLength) + bytes.MinRead) // ReadFrom wants that much room to see the end
	}
	// The writer below echo's, as only net/http's own closes the connection.
	_, err := s.body.ReadFrom(http.MaxBytesReader(ec.Response().Writer, req.Body, maxBody))
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		return &refusal{reason: api.ReasonBodyTooLarge}
	}
	if err != nil {
		return &refusal{reason: api.ReasonMalformedJSON}
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
