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

// documents are the static files beside the operations; newDocuments lists them.
type documents []document

// document is one static file. Its ETag is computed once.
type document struct {
	path, media, etag string
	body              []byte
}

// newDocuments returns the contract as it is written, the contract as JSON with the members
// of each object in the order of their names, the script that solves captchas, and, if
// always200 is not nil, the contract of the mode always-200.
func newDocuments(authored, always200 []byte, doc *contract.Contract) documents {
	all := documents{
		newDocument("/openapi.yaml", "application/yaml; charset=utf-8", authored),
		newDocument("/openapi.json", "application/json; charset=utf-8", doc.JSON()),
		newDocument("/pow.js", "text/javascript; charset=utf-8", []byte(captcha.Solver())),
	}
	if always200 != nil {
		all = append(all, newDocument("/openapi-always-200.yaml", "application/yaml; charset=utf-8", always200))
	}
	return all
}

// newDocument returns a document. Its ETag is a hash of its content, so all replicas of
// one version give one ETag.
func newDocument(path, media string, body []byte) document {
	// Half of the hash: an ETag protects against staleness and not against an attacker.
	sum := sha256.Sum256(body)
	return document{path, media, `"` + hex.EncodeToString(sum[:16]) + `"`, body}
}

// mount adds the documents to the router.
func (d documents) mount(e *echo.Echo) {
	for _, one := range d {
		e.GET(one.path, one.serve)
		e.HEAD(one.path, one.serve)
	}
}

// serve sends a document. Scripts of any origin may read it, so that online editors and
// generators work: the contract is public. Caches must revalidate it each time, because
// a new version of the service may change it.
func (d document) serve(ec echo.Context) error {
	h := ec.Response().Header()
	h.Set("ETag", d.etag)
	h.Set("Cache-Control", "no-cache")
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Content-Type", d.media)
	// ServeContent answers conditional requests by the ETag, and ranges.
	http.ServeContent(ec.Response(), ec.Request(), "", time.Time{}, bytes.NewReader(d.body))
	return nil
}

// mountDocs adds the documentation below /docs/. "/docs" redirects there, because the
// documentation's links are relative.
func mountDocs(e *echo.Echo, docs http.Handler) {
	handler := echo.WrapHandler(http.StripPrefix("/docs", docs))
	front := func(ec echo.Context) error { return ec.Redirect(http.StatusMovedPermanently, "/docs/") }
	for _, method := range []string{http.MethodGet, http.MethodHead} {
		e.Add(method, "/docs", front)
		e.Add(method, "/docs/*", handler)
	}
}

// mountPage adds the page at "/", its files below /pages/, and its redirect for password managers.
// Password managers ignore the redirect of a host that answers every path with 200. This one answers
// unknown paths with 404, also in the mode always-200.
func mountPage(e *echo.Echo, page http.Handler) {
	// GET and HEAD only: route refuses other methods.
	handler := echo.WrapHandler(page)
	for _, method := range []string{http.MethodGet, http.MethodHead} {
		e.Add(method, "/", handler)
		e.Add(method, "/pages/*", handler)
		e.Add(method, "/.well-known/change-password", handler)
	}
}
