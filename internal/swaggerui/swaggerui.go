// Package swaggerui promises a page that shows the contract and lets a visitor
// try it, made only of what is compiled into the binary: no other host is asked
// for anything, and the page's own policy would not let it.
//
// The assets are Swagger UI's (Apache-2.0, see assets/LICENSE and assets/NOTICE) as
// they were published, compressed, besides our own index.html and init.js.
// update.sh refreshes them.
package swaggerui

import (
	"html"
	"net/http"
	"strconv"
	"strings"
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
// content security policy. Every file may be kept and must be asked about each
// time (ETag), since the next deployment may bring others under the same names.
func Handler(specURL string, opts ...Option) http.Handler {
	var s settings
	for _, opt := range opts {
		opt(&s)
	}
	index := strings.NewReplacer(
		"{spec-url}", html.EscapeString(specURL),
		"{persist}", strconv.FormatBool(s.persist),
	).Replace(indexHTML)
	return site{
		"/":                                 newAsset("text/html; charset=utf-8", index),
		"/init.js":                          newAsset("text/javascript; charset=utf-8", initJS),
		"/swagger-ui-bundle.js":             newPacked("text/javascript; charset=utf-8", bundleJS),
		"/swagger-ui.css":                   newPacked("text/css; charset=utf-8", bundleCSS),
		"/favicon-32x32.png":                newAsset("image/png", favicon),
		"/LICENSE":                          newAsset("text/plain; charset=utf-8", license),
		"/NOTICE":                           newAsset("text/plain; charset=utf-8", notice),
		"/swagger-ui-bundle.js.LICENSE.txt": newAsset("text/plain; charset=utf-8", bundleLicense),
	}
}

// site maps paths to files. It is never changed once it is made.
type site map[string]asset

func (s site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	a, ok := s[r.URL.Path]
	if !ok {
		http.NotFound(w, r)
		return
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		h.Set("Allow", "GET, HEAD")
		http.Error(w, http.StatusText(http.StatusMethodNotAllowed), http.StatusMethodNotAllowed)
		return
	}
	a.serve(w, r)
}
