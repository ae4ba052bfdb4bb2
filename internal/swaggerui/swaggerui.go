// Package swaggerui promises a page that shows the contract and lets a visitor
// try it, made only of what is compiled into the binary: no other host is asked
// for anything, and the page's own policy would not let it.
//
// The assets are Swagger UI's (Apache-2.0, see assets/LICENSE and assets/NOTICE) as
// they were published, compressed, besides our own index.html and init.js.
// update.sh refreshes them.
package swaggerui

import (
	_ "embed" // the files below
	"html"
	"net/http"
	"strconv"
	"strings"

	"github.com/enroll-project/enroll/internal/asset"
)

// What is in the binary. The two large files are compressed, 485 KB instead of
// 1.9 MB, and sent as they are to whoever takes gzip, which is every browser.
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

// policy lets the page load its own files and call its own host, nothing more: no
// inline script, no eval, no frame around it. Pictures as data: are Swagger UI's
// icons.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
	"connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// Option changes what [Handler] serves.
type Option func(*settings)

type settings struct{ persist bool }

// PersistAuthorization keeps the visitor's token in the browser's local storage, so
// that a reload does not lose it. It is for development: whoever can run a script
// on the host can read that storage.
func PersistAuthorization() Option {
	return func(s *settings) { s.persist = true }
}

// Handler serves the page at "/" and its files beside it; mount it below a prefix
// with [http.StripPrefix]. The prefix must end in a slash in the visitor's address bar,
// for the page names its files relatively. specURL is where the contract is, on the
// same host, absolute or relative to the page.
//
// A visitor types passwords and tokens into this page, so every answer carries a
// content security policy.
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
		"Content-Security-Policy":      policy,
		"X-Content-Type-Options":       "nosniff",
		"Referrer-Policy":              "no-referrer",
		"Cross-Origin-Opener-Policy":   "same-origin",
		"Cross-Origin-Resource-Policy": "same-origin",
	}}
}
