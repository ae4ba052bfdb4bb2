package server

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/enroll-project/enroll/internal/captcha"
	"github.com/enroll-project/enroll/internal/contract"
)

// documents are what the service publishes beside its operations: the contract
// in two notations, and the solver of its proofs of work.
type documents []document

type document struct {
	path, media, etag string
	body              []byte
}

// newDocuments renders the contract once: the YAML as it was authored, and the
// same as JSON with the members of each object in order of their names. With
// them goes the program that the contract offers for proofs of work.
func newDocuments(authored []byte, doc *contract.Contract) (documents, error) {
	json, err := doc.JSON()
	if err != nil {
		return nil, err
	}
	return documents{
		newDocument("/openapi.yaml", "application/yaml; charset=utf-8", authored),
		newDocument("/openapi.json", "application/json; charset=utf-8", json),
		newDocument("/pow.js", "text/javascript; charset=utf-8", []byte(captcha.Solver())),
	}, nil
}

func newDocument(path, media string, body []byte) document {
	sum := sha256.Sum256(body)
	return document{path, media, `"` + hex.EncodeToString(sum[:16]) + `"`, body}
}

func (d documents) mount(e *echo.Echo) {
	for _, one := range d {
		e.GET(one.path, one.serve)
		e.HEAD(one.path, one.serve)
	}
}

// serve lets any page read the contract, so that other people's editors and
// generators can: it is public and the same for all. A copy may be kept, and
// must be asked about each time, since a deployment may change it at any time.
func (d document) serve(ec echo.Context) error {
	h := ec.Response().Header()
	h.Set("ETag", d.etag)
	h.Set("Cache-Control", "no-cache")
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Content-Type", d.media)
	http.ServeContent(ec.Response(), ec.Request(), "", time.Time{}, bytes.NewReader(d.body))
	return nil
}

// mountDocs shows documentation below /docs/.
func mountDocs(e *echo.Echo, docs http.Handler) {
	handler := echo.WrapHandler(http.StripPrefix("/docs", docs))
	front := func(ec echo.Context) error { return ec.Redirect(http.StatusMovedPermanently, "/docs/") }
	for _, method := range []string{http.MethodGet, http.MethodHead} {
		e.Add(method, "/docs", front)
		e.Add(method, "/docs/*", handler)
	}
}

// mountPage shows a page at "/", with its files below /signup/.
func mountPage(e *echo.Echo, page http.Handler) {
	handler := echo.WrapHandler(page)
	for _, method := range []string{http.MethodGet, http.MethodHead} {
		e.Add(method, "/", handler)
		e.Add(method, "/signup/*", handler)
	}
}
