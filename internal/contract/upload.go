package contract

import (
	"errors"
	"io"
	"mime/multipart"
	"net/http"

	"github.com/getkin/kin-openapi/openapi3"
)

// formType is the media type of a form with files (RFC 7578).
const formType = "multipart/form-data"

// maxBytes is the extension with the bound of a file or an open object. maxLength counts characters, and for a
// file some generators of clients turn it into code that does not compile.
const maxBytes = "x-max-bytes"

// formOverhead bounds the bytes of a form besides its file: boundaries, and headers of parts. It is
// generous, since some clients write long headers.
const formOverhead = 16 << 10

// upload is the one file of a form. Forms with more fields are not supported.
type upload struct {
	field string
	limit int64 // of the file, in bytes
}

// readForm reads the schema of a form. It returns an error unless the form is one required file with a
// bound, because ReadUpload checks nothing else.
func (o *Operation) readForm(s *openapi3.Schema) error {
	if !s.Type.Is(openapi3.TypeObject) || len(s.Properties) != 1 || len(s.Required) != 1 || composed(s) {
		return errors.New("a form is one required file")
	}
	if open := s.AdditionalProperties.Has; open == nil || *open {
		return errors.New("body: the object is not closed")
	}
	file := s.Properties[s.Required[0]]
	if file == nil || !file.Value.Type.Is(openapi3.TypeString) || file.Value.Format != "binary" {
		return errors.New("a form is one file, of format binary")
	}
	limit, ok := file.Value.Extensions[maxBytes].(float64)
	if !ok || limit < 1 || limit != float64(int64(limit)) {
		return errors.New("a file needs " + maxBytes + ", its bound in bytes")
	}
	o.upload = &upload{s.Required[0], int64(limit)}
	return nil
}

// checkUpload is decodeBody for a form. It refuses a form by its headers and bounds its body. It does not
// read the body: ReadUpload does so after the token has been checked. Otherwise a client without a token
// could make the service hold a megabyte for each connection, for as long as it takes to send a slow body.
func (o *Operation) checkUpload(w http.ResponseWriter, req *http.Request) error {
	limit := o.UploadLimit()
	// A body whose announced length is too large is refused at once. MaxBytesReader bounds one whose
	// length is not announced.
	if req.ContentLength > limit {
		return &Error{Reason: BodyTooLarge}
	}
	if !isForm(req.Header) { // check: upload-type
		return &Error{Reason: UnsupportedMediaType}
	}
	req.Body = http.MaxBytesReader(w, req.Body, limit) // check: upload-limit-chunked
	return nil
}

// UploadLimit returns how many bytes the form of an upload may have, or 0 if the operation takes none. For a nil
// Operation, which stands for a path without an operation, it returns 0.
func (o *Operation) UploadLimit() int64 {
	if o == nil || o.upload == nil {
		return 0
	}
	return o.upload.limit + formOverhead
}

// isForm reports whether the headers announce a form with a boundary, without which there are no parts.
//
// Browsers may send a form to another origin without a preflight. Such a form has no effect: an upload needs a token,
// which is in a header that a form cannot set, or in a cookie that is accepted from pages of our own origin only.
func isForm(h http.Header) bool {
	media, params := mediaType(h)
	// 70 characters are what RFC 2046, section 5.1.1, allows.
	return media == formType && params["boundary"] != "" && len(params["boundary"]) <= 70
}

// ReadUpload reads the form of an upload and returns its file. It is for handlers, because the file is
// read after the token was checked. The name and the media type that a client gives a file are
// ignored.
func (o *Operation) ReadUpload(form *multipart.Reader) (file []byte, err error) {
	// One answer has all errors of the form, as for a body.
	var found FieldErrors
	for {
		part, err := form.NextRawPart() // raw: no transfer encoding is undone
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, formError(err)
		}
		// An unknown name is repeated in the answer under the same rule as one of a body.
		if name := part.FormName(); name != o.upload.field {
			found.Add(echoable(name), UnknownField, 0)
			continue // NextRawPart skips its content
		}
		if file != nil {
			found.Add(o.upload.field, DuplicateField, 0)
			continue
		}
		// One byte more than allowed is read, to detect a file that is too large.
		if file, err = io.ReadAll(io.LimitReader(part, o.upload.limit+1)); err != nil {
			return nil, formError(err)
		}
		if int64(len(file)) > o.upload.limit { // check: upload-file-limit
			return nil, &Error{Reason: BodyTooLarge}
		}
	}
	// An empty file counts as missing: a form in which no file was chosen sends one.
	if len(file) == 0 {
		found.Add(o.upload.field, Required, 0)
	}
	if len(found) > 0 {
		return nil, &Error{InvalidRequest, found}
	}
	return file, nil
}

// formError returns the refusal for an error of reading a form. If the body is cut off, or is not a form, the
// error is about the body as a whole, so no field is named.
func formError(err error) error { return readError(err, InvalidRequest, FieldError{Reason: BadFormat}) }
