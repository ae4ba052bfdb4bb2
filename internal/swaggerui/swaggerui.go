// Package swaggerui serves a page that shows the contract and sends requests to the
// API. The page is compiled into the binary. Its content security policy limits it
// to its own files and to requests to its own host.
//
// The assets are Swagger UI's published files (Apache-2.0, see assets/LICENSE and
// assets/NOTICE), two of them compressed, and this project's index.html and init.js.
// update.sh downloads the published files.
package swaggerui

import (
	_ "embed" // the files below
	"html"
	"net/http"
	"strconv"
	"strings"

	"github.com/enroll-project/enroll/internal/asset"
)

// The files in the binary. The two large ones are compressed to 485 KB from 1.9 MB,
// and sent without decompression to clients that accept gzip, as all browsers do.
var (
	//go:embed assets/index.html
	indexHTML string
	//go:embed assets/init.js
	initJS string
	//go:embed assets/swagger-ui-bundle.js.gz
	bundleJS string
	//go:embed assets/swagger-ui.css.gz
	bundleCSS string
	//go:embed assets/favicon-32x32.png
	favicon string
	//go:embed assets/LICENSE
	license string
	//go:embed assets/NOTICE
	notice string
	//go:embed assets/swagger-ui-bundle.js.LICENSE.txt
	bundleLicense string
)

// policy allows the page's own files and requests to its own host. It forbids inline
// scripts, eval, and frames around the page. Swagger UI's icons are data: pictures.
// check: docs-scripts
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
	"connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// Option changes what [Handler] serves.
type Option func(*settings)

type settings struct{ persist bool }

// PersistAuthorization keeps the visitor's token in the browser's local storage, so
// that a reload does not lose it. It is for development: every script of the same
// origin can read that storage.
func PersistAuthorization() Option {
	return func(s *settings) { s.persist = true }
}

// Handler serves the page at "/" and its files beside it. [http.StripPrefix] mounts
// it below a prefix, whose URL in the browser must end in a slash, because the page
// refers to its files by relative URLs. specURL is the URL of the contract on the
// same host, absolute or relative to the page.
//
// Visitors type passwords and tokens into this page, so every answer, also a refusal,
// has the content security policy.
func Handler(specURL string, opts ...Option) http.Handler {
	var s settings
	for _, opt := range opts {
		opt(&s)
	}
	index := strings.NewReplacer(
		"{spec-url}", html.EscapeString(specURL),
		"{persist}", strconv.FormatBool(s.persist),
	).Replace(indexHTML)
	files := map[string]asset.File{
		"/":                                 asset.New("text/html; charset=utf-8", index),
		"/init.js":                          asset.New("text/javascript; charset=utf-8", initJS),
		"/swagger-ui-bundle.js":             asset.Packed("text/javascript; charset=utf-8", bundleJS),
		"/swagger-ui.css":                   asset.Packed("text/css; charset=utf-8", bundleCSS),
		"/favicon-32x32.png":                asset.New("image/png", favicon),
		"/LICENSE":                          asset.New("text/plain; charset=utf-8", license),
		"/NOTICE":                           asset.New("text/plain; charset=utf-8", notice),
		"/swagger-ui-bundle.js.LICENSE.txt": asset.New("text/plain; charset=utf-8", bundleLicense),
	}
	return asset.Site{Files: files, Headers: map[string]string{
		"Content-Security-Policy":      policy, // check: docs-policy
		"X-Content-Type-Options":       "nosniff",
		"Referrer-Policy":              "no-referrer",
		"Cross-Origin-Opener-Policy":   "same-origin",
		"Cross-Origin-Resource-Policy": "same-origin",
	}}
}
